import pg from 'pg'
import { openPostgres } from '../../../server/store/postgres/open.ts'
import { line, type Scene, userName, uuid } from '../scene.ts'

/** Enough for the planner to know that a room may be long: of empty tables it has another opinion, for a minute. */
const pastMessages = 20_000

/**
 * Chatter's tables in a database that has been in use, with a scene in them as in populate.ts. Rooms that are there
 * already stay as they are.
 */
export async function populatePostgres(
  url: string,
  { rooms, history = 0 }: Omit<Scene, 'folder'>,
): Promise<void> {
  const stores = await openPostgres({ url, role: 'server', now: Date.now })
  await stores.close()
  const client = new pg.Client(url)
  await client.connect()
  const seats = rooms.flatMap(({ id, users }) => users.map((user) => ({ id, user })))
  const users = [...new Set(seats.map(({ user }) => user))]
  await client.query(
    `INSERT INTO users (tenant, id, name, folded, created_at)
     SELECT 'default', id, id, id, 0 FROM unnest($1::text[]) AS id ON CONFLICT DO NOTHING`,
    [users],
  )
  await client.query(
    `INSERT INTO rooms (tenant, id, kind, head, rev, last_seq, last_at, member_count, created_at)
     SELECT 'default', id, 'group', 0, 0, 0, 0, count, 0 FROM unnest($1::text[], $2::bigint[]) AS room (id, count)
     ON CONFLICT DO NOTHING`,
    [rooms.map(({ id }) => id), rooms.map((room) => room.users.length)],
  )
  await client.query(
    `INSERT INTO members (tenant, room, "user", role, read_seq, joined_seq, muted)
     SELECT 'default', room, member, 'member', 0, 0, false FROM unnest($1::text[], $2::text[]) AS seat (room, member)
     ON CONFLICT DO NOTHING`,
    [seats.map(({ id }) => id), seats.map(({ user }) => user)],
  )
  await client.query(
    `INSERT INTO messages (tenant, room, seq, rev, id, author, kind, text, hash, created_at)
     SELECT 'past', $1, n, n, n, $2, 'text', $3, '', n FROM generate_series(1, $4::int) AS n ON CONFLICT DO NOTHING`,
    [uuid(1), userName(0), line, pastMessages],
  )
  const [first] = rooms
  if (first && history > 0) await addHistory(client, first.id, history)
  await client.query('ANALYZE')
  await client.end()
}

/** Twenty people take turns, a message a second. */
async function addHistory(client: pg.Client, room: string, count: number): Promise<void> {
  await client.query(
    `INSERT INTO messages (tenant, room, seq, rev, id, author, kind, text, hash, created_at)
     SELECT 'default', $1::text, n, n, lpad(to_hex(n), 8, '0') || '-0000-7000-8000-000000000000',
            'user' || lpad((n % 20)::text, 5, '0'), 'text', $2::text, '', 1700000000000 + n * 1000::bigint
     FROM generate_series(1, $3::int) AS n`,
    [room, line, count],
  )
  await client.query('UPDATE rooms SET head = $1, last_seq = $1 WHERE id = $2', [count, room])
}
