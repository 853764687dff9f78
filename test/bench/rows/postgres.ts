import { join } from 'node:path'
import pg from 'pg'
import { openPostgres } from '../../../server/store/postgres/open.ts'
import { openSqlite } from '../../../server/store/sqlite/open.ts'
import { type PostgresServer, startPostgres } from '../../support/postgres.ts'
import type { Pace, Result, Row } from '../result.ts'
import { compete } from '../rounds.ts'
import { line, roomOf, type Scene } from '../scene.ts'
import { scratch } from '../server-process.ts'
import { MessageCount } from '../servers/message-count.ts'
import { populatePostgres } from '../servers/populate-postgres.ts'
import { appendAll, author, batchSize, idOf, room, type Write, writer } from './batches.ts'
import { counterOf, prepared } from './durable.ts'
import { inPairs } from './pairs.ts'

/**
 * Chatter on Postgres, which flushes every commit: its store beside itself on SQLite and beside a bare statement; and
 * the pairs beside Socket.IO, which inserts message by message into the same Postgres (see postgres-log.ts).
 */
export const postgres: Row = async (pace) => {
  await using stack = new AsyncDisposableStack()
  const server = stack.adopt(await startPostgres({ isDurable: true }), ({ stop }) => stop())
  return [
    ...(await durableSends(server, pace)),
    ...(await inPairs('250 pairs on Postgres', { 'socket-io': { atLeast: 1 } }, pace, server)),
  ]
}

async function durableSends(server: PostgresServer, { rounds, roundMs }: Pace): Promise<Result[]> {
  using folder = scratch()
  await using stack = new AsyncDisposableStack()
  const openDatabase = async () => {
    const url = await server.newDatabase()
    const scene: Scene = { folder: folder.path, rooms: [roomOf(2)] }
    await populatePostgres(url, scene)
    const messages = stack.use(await MessageCount.open(url))
    return { url, count: () => messages.now() }
  }
  const ours = await openDatabase()
  const role = 'server'
  const stores = stack.adopt(await openPostgres({ url: ours.url, role, now: Date.now }), (one) => one.close())
  const store = stores.forTenant('default')

  const db = prepared(folder.path, 'chatter')
  stack.defer(() => void db.close())
  const sqlite = openSqlite({ folder: join(folder.path, 'chatter'), role, now: Date.now })
  stack.defer(() => sqlite.close())
  const other = sqlite.forTenant('default')

  const bare = await openDatabase()
  const client = stack.adopt(new pg.Client(bare.url), (one) => one.end())
  await client.connect()

  const onSqlite = { write: (batch: number) => appendAll(other, batch), count: counterOf(db) }
  const onePerBatch = { write: bareStatement(client), count: bare.count }
  return await compete(
    { what: 'durable sends on Postgres, batches of 50', unit: 'messages/s', rounds },
    writer('Chatter', roundMs, { write: (batch) => appendAll(store, batch), count: ours.count }),
    [
      { ...writer('itself on SQLite', roundMs, onSqlite), budget: 'none' },
      { ...writer('the same transaction, bare', roundMs, onePerBatch), budget: 'none' },
    ],
  )
}

/** What any server has to do that numbers the messages of a room, in the one statement that does it fastest. */
function bareStatement(client: pg.Client): Write {
  const text = `
    WITH numbered AS (
      UPDATE rooms SET head = head + ${batchSize}, last_seq = head + ${batchSize}, last_at = $1
      WHERE tenant = 'default' AND id = $2 RETURNING head - ${batchSize} AS before
    )
    INSERT INTO messages (tenant, room, seq, rev, id, author, kind, text, hash, created_at)
    SELECT 'default', $2, before + place, before + place, id, author, 'text', text,
           '', $1
    FROM numbered, unnest($3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS draft (id, author, text, place)
    RETURNING seq`
  return (batch) => {
    const ids = Array.from({ length: batchSize }, (_, index) => idOf(batch, index))
    const values = [Date.now(), room, ids, ids.map(() => author), ids.map(() => line)]
    return client.query({ name: 'batch', text, values })
  }
}
