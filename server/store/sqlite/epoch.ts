import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type Database from 'better-sqlite3'

/**
 * The epoch of a database that may be replaced by its backup while no server runs. A clean stop leaves one mark in the
 * database and the same one in a file beside it. Where a start finds them equal, nothing happened in between. Anything
 * else (a backup put back, a power cut on a disk that only said it had flushed) means that clients may hold what never
 * was: a new epoch makes them load it again.
 */
export function startEpoch(db: Database.Database, file: string): { epoch: string; isNew: boolean } {
  const beside = existsSync(file) ? readFileSync(file, 'utf8') : undefined
  const known = readMeta(db, 'epoch')
  const isUntouched = beside !== undefined && readMeta(db, 'stopped') === beside
  const epoch = known !== undefined && isUntouched ? known : randomUUID()
  db.transaction(() => {
    writeMeta(db, 'epoch', epoch)
    db.prepare(`DELETE FROM meta WHERE key = 'stopped'`).run()
  }).immediate()
  rmSync(file, { force: true })
  return { epoch, isNew: epoch !== known }
}

export function knownEpoch(db: Database.Database): string {
  return readMeta(db, 'epoch') ?? ''
}

export function renewEpoch(db: Database.Database): string {
  const epoch = randomUUID()
  writeMeta(db, 'epoch', epoch)
  return epoch
}

/** Marks a clean stop. */
export function stopEpoch(db: Database.Database, file: string): void {
  const mark = randomUUID()
  writeMeta(db, 'stopped', mark)
  writeFileSync(`${file}.new`, mark, { mode: 0o600, flush: true })
  renameSync(`${file}.new`, file)
}

function readMeta(db: Database.Database, key: string): string | undefined {
  return db.prepare<[string], string>('SELECT value FROM meta WHERE key = ?').pluck().get(key)
}

function writeMeta(db: Database.Database, key: string, value: string): void {
  db.prepare(
    'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  ).run(key, value)
}
