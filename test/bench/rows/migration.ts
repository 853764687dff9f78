import {
  closeSync,
  copyFileSync,
  cpSync,
  fsyncSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { migrate } from 'drizzle-orm/better-sqlite3/migrator'
import { openSqlite } from '../../../server/store/sqlite/open.ts'
import type { Row } from '../result.ts'
import { compete } from '../rounds.ts'
import { roomOf } from '../scene.ts'
import { scratch } from '../server-process.ts'
import { addHistory, addRooms } from '../servers/populate.ts'

const migrations = join(import.meta.dirname, '..', '..', '..', 'server', 'store', 'sqlite', 'migrations')
/** The tables of the build of 2026-11-30, before messages had answers, reactions, pins and mentions. */
const earlier = 7

/** The first start of this version on a large store of an earlier one, beside a copy of its file. */
export const migration: Row = async ({ rounds, isQuick }) => {
  using folder = scratch()
  const total = isQuick ? 20_000 : 1_000_000
  const before = join(folder.path, 'before.db')
  fill(before, { total, migrationsFolder: earlierMigrations(join(folder.path, 'migrations')) })
  const data = join(folder.path, 'data')
  const file = join(data, 'chatter.db')
  const fresh = () => {
    rmSync(data, { recursive: true, force: true })
    void openSqlite({ folder: data, role: 'server', now: Date.now }).close()
    for (const end of ['-wal', '-shm']) rmSync(`${file}${end}`, { force: true })
    copyDurably(before, file)
  }
  return await compete(
    {
      what: `the first start on ${total.toLocaleString('en')} messages of an earlier version`,
      unit: 'ms',
      rounds,
    },
    {
      name: 'Chatter',
      async measure() {
        fresh()
        const begin = performance.now()
        const stores = openSqlite({ folder: data, role: 'server', now: Date.now })
        const ms = performance.now() - begin
        await stores.close()
        return ms
      },
    },
    [
      {
        name: 'copying the file',
        budget: { atMost: 1.5 },
        async measure() {
          const begin = performance.now()
          copyDurably(before, join(folder.path, 'copy.db'))
          return performance.now() - begin
        },
      },
    ],
  )
}

/** A folder with the migrations that an earlier version had. */
function earlierMigrations(folder: string): string {
  cpSync(migrations, folder, { recursive: true })
  const path = join(folder, 'meta', '_journal.json')
  const journal = JSON.parse(readFileSync(path, 'utf8')) as { entries: readonly unknown[] }
  writeFileSync(path, JSON.stringify({ ...journal, entries: journal.entries.slice(0, earlier) }))
  return folder
}

function fill(path: string, { total, migrationsFolder }: { total: number; migrationsFolder: string }): void {
  const db = new Database(path)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = OFF')
  migrate(drizzle(db), { migrationsFolder })
  const room = roomOf(20)
  db.transaction(() => {
    addRooms(db, [room])
    addHistory(db, room.id, total)
  })()
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
}

function copyDurably(from: string, to: string): void {
  copyFileSync(from, to)
  const file = openSync(to, 'r+')
  fsyncSync(file)
  closeSync(file)
}
