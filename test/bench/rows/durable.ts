import { join } from 'node:path'
import type Database from 'better-sqlite3'
import { openSqlite } from '../../../server/store/sqlite/open.ts'
import type { Row } from '../result.ts'
import { compete } from '../rounds.ts'
import { line, roomOf, type Scene } from '../scene.ts'
import { scratch } from '../server-process.ts'
import { populate } from '../servers/populate.ts'
import { appendAll, author, batchSize, idOf, room, type Write, writer } from './batches.ts'

/** Messages that survive a power cut, fifty to a transaction: the store against the statements it cannot do without. */
export const durable: Row = async ({ rounds, roundMs }) => {
  using folder = scratch()
  const ours = prepared(folder.path, 'chatter')
  const theirs = prepared(folder.path, 'bare')
  const stores = openSqlite({ folder: join(folder.path, 'chatter'), role: 'server', now: Date.now })
  try {
    const store = stores.forTenant('default')
    const write: Write = (batch) => appendAll(store, batch)
    const bare = { write: bareLoop(theirs), count: counterOf(theirs) }
    return await compete(
      { what: 'durable sends, batches of 50', unit: 'messages/s', rounds },
      writer('Chatter', roundMs, { write, count: counterOf(ours) }),
      [{ ...writer('the same transaction, bare', roundMs, bare), budget: { atLeast: 0.6 } }],
    )
  } finally {
    await stores.close()
    for (const db of [ours, theirs]) db.close()
  }
}

/** Chatter's tables and indexes, with one room. */
export function prepared(folder: string, name: string): Database.Database {
  const scene: Scene = { folder, rooms: [roomOf(2)] }
  return populate(scene, name)
}

export function counterOf(db: Database.Database): () => number | undefined {
  const count = db.prepare<[], number>('SELECT count(*) FROM messages').pluck()
  return () => count.get()
}

/** What any server has to do that numbers the messages of a room: raise the number, write the message, flush. */
function bareLoop(db: Database.Database): Write {
  db.pragma('synchronous = FULL')
  db.pragma('wal_autocheckpoint = 4000')
  const number = db.prepare<[number, string], { no: number; head: number }>(
    `UPDATE rooms SET head = head + 1, last_seq = head + 1, last_at = ? WHERE tenant = 'default' AND id = ?
     RETURNING no, head`,
  )
  const insert = db.prepare(
    `INSERT INTO messages (key, rev, id, author, kind, text, hash, created_at)
     VALUES (? << 32 | ?, ?, ?, ?, 'text', ?, '', ?)`,
  )
  const write = db.transaction((batch: number) => {
    const now = Date.now()
    for (let index = 0; index < batchSize; index += 1) {
      const { no, head } = number.get(now, room) ?? { no: 0, head: 0 }
      insert.run(no, head, head, idOf(batch, index), author, line, now)
    }
  })
  return (batch) => write.immediate(batch)
}
