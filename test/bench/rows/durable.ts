import { join } from 'node:path'
import type Database from 'better-sqlite3'
import { openSqlite } from '../../../server/store/sqlite.ts'
import type { Store } from '../../../server/store/store.ts'
import type { Row } from '../result.ts'
import { type Contender, compete } from '../rounds.ts'
import { line, roomOf, type Scene, userName, uuid } from '../scene.ts'
import { scratch } from '../server-process.ts'
import { populate } from '../servers/populate.ts'

const batchSize = 50
const room = uuid(1)
const author = userName(0)

/** Messages that survive a power cut, fifty to a transaction: the store against the statements it cannot do without. */
export const durable: Row = async ({ rounds, roundMs }) => {
  using folder = scratch()
  const ours = prepared(folder.path, 'chatter')
  const theirs = prepared(folder.path, 'bare')
  const stores = openSqlite({ folder: join(folder.path, 'chatter'), role: 'server', now: Date.now })
  try {
    const store = stores.forTenant('default')
    return await compete(
      { what: 'durable sends, batches of 50', unit: 'messages/s', rounds },
      contender('Chatter', ours, roundMs, (batch) => appendAll(store, batch)),
      [
        {
          ...contender('the same transaction, bare', theirs, roundMs, bareLoop(theirs)),
          budget: { atLeast: 0.6 },
        },
      ],
    )
  } finally {
    await stores.close()
    for (const db of [ours, theirs]) db.close()
  }
}

/** Chatter's tables and indexes, with one room. */
function prepared(folder: string, name: string): Database.Database {
  const scene: Scene = { folder, rooms: [roomOf(2)] }
  return populate(scene, name)
}

type Write = (batch: number) => void | Promise<void>

let batches = 0

function contender(name: string, db: Database.Database, roundMs: number, write: Write): Contender {
  const count = db.prepare<[], number>('SELECT count(*) FROM messages').pluck()
  const faults: string[] = []
  return {
    name,
    faults: () => faults,
    async measure() {
      const before = count.get() ?? 0
      const start = performance.now()
      let messages = 0
      for (; performance.now() - start < roundMs; messages += batchSize) await write(++batches)
      const seconds = (performance.now() - start) / 1000
      const stored = (count.get() ?? 0) - before
      if (stored !== messages) faults.push(`stored ${stored} of ${messages}`)
      return messages / seconds
    },
  }
}

const idOf = (batch: number, index: number) => uuid(batch * batchSize + index)

async function appendAll(store: Store, batch: number): Promise<void> {
  const appended = Array.from({ length: batchSize }, (_, index) =>
    store.append({ room, id: idOf(batch, index), author, text: line }),
  )
  await Promise.all(appended)
}

/** What any server has to do that numbers the messages of a room: raise the number, write the message, flush. */
function bareLoop(db: Database.Database): Write {
  db.pragma('synchronous = FULL')
  db.pragma('wal_autocheckpoint = 4000')
  const number = db.prepare<[number, string], number>(
    `UPDATE rooms SET head = head + 1, last_seq = head + 1, last_at = ? WHERE tenant = 'default' AND id = ?
     RETURNING head`,
  )
  const insert = db.prepare(
    `INSERT INTO messages (tenant, room, seq, rev, id, author, kind, text, hash, created_at)
     VALUES ('default', ?, ?, ?, ?, ?, 'text', ?, 'ZQeaXUVYyURpq3qQ3ArXkPhqkI6gfBDJLvIyqRLcQRo', ?)`,
  )
  number.pluck()
  const write = db.transaction((batch: number) => {
    const now = Date.now()
    for (let index = 0; index < batchSize; index += 1) {
      const seq = number.get(now, room)
      insert.run(room, seq, seq, idOf(batch, index), author, line, now)
    }
  })
  return (batch) => write.immediate(batch)
}
