import pg from 'pg'
import { openPostgres } from '../../../server/store/postgres/open.ts'
import { line, type Scene, userName, uuid } from '../scene.ts'

/** Enough for the planner to know that a room may be long: of empty tables it has another opinion, for a minute. */
const pastMessages = 20_000

/** Chatter's tables in a database that has been in use, with a scene's rooms. Those that are there stay as they are. */
export async function populatePostgres(url: string, { rooms }: Scene): Promise<void> {
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
  await client.query('ANALYZE')
  await client.end()
}
