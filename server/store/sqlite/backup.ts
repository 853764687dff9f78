import { randomUUID } from 'node:crypto'
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { DatabaseProblem } from '../database-problem.ts'
import { renewEpoch } from './epoch.ts'
import { lockFolder, makeFolder, requireDatabase } from './lock.ts'

const parts = ['chatter.db', 'chatter.db-wal', 'chatter.db-shm', 'stopped']

export type BackedUp = { readonly file: string; readonly bytes: number }

/**
 * Copies the database of a folder into a file, as it is at one moment; a server may run on it, and goes on writing. The
 * file is whole and checked, or not there.
 * @throws DatabaseProblem when there is no database, the file is there already or cannot be written, or the copy is damaged
 */
export async function backUp(folder: string, file: string): Promise<BackedUp> {
  requireDatabase(folder)
  const source = join(folder, 'chatter.db')
  if (existsSync(file)) throw new DatabaseProblem(`${file} is there already: expected a new file`)
  const unfinished = `${file}.${randomUUID()}.unfinished`
  try {
    // Made first, so that nobody else can ever read it.
    closeSync(openSync(unfinished, 'wx', 0o600))
    const db = new Database(source, { fileMustExist: true })
    try {
      // All at once: copied in pieces it would begin anew with each write of the server. Readers hold nobody up.
      await db.backup(unfinished, { progress: () => 0x7fffffff })
    } finally {
      db.close()
    }
    finish(unfinished)
    renameSync(unfinished, file)
    flush(dirname(file))
  } catch (error) {
    remove(unfinished)
    throw problemOf(error, `cannot write the backup ${file}`)
  }
  return { file, bytes: statSync(file).size }
}

/**
 * Puts a backup in place of the database of a folder, under a new epoch: clients load anew. What was there before is moved
 * into a folder beside it.
 * @returns that folder, or undefined where nothing was there
 * @throws DatabaseProblem when a server runs on the folder, or the file is no sound backup: then nothing has changed
 */
export function restore(folder: string, file: string): string | undefined {
  if (!existsSync(file)) throw new DatabaseProblem(`there is no file ${file}`)
  makeFolder(folder)
  const unlock = lockFolder(folder)
  const unfinished = join(folder, `restore.${randomUUID()}.unfinished`)
  try {
    copyFileSync(file, unfinished)
    finish(unfinished, renewEpoch)
    const replaced = moveAway(folder)
    renameSync(unfinished, join(folder, 'chatter.db'))
    flush(folder)
    return replaced
  } catch (error) {
    remove(unfinished)
    throw problemOf(error, `cannot restore ${file}`)
  } finally {
    unlock()
  }
}

/** One file, sound and on the disk. Without the mark of a clean stop: nobody knows what happens to it from here. */
function finish(file: string, change: (db: Database.Database) => void = () => {}): void {
  const db = new Database(file, { fileMustExist: true })
  try {
    db.pragma('journal_mode = DELETE')
    db.pragma('synchronous = FULL')
    const found = db.pragma('integrity_check(1)', { simple: true })
    if (found !== 'ok') throw new DatabaseProblem(`${file} is damaged: ${found}`)
    if (!db.prepare(`SELECT 1 FROM sqlite_master WHERE name = 'meta'`).get()) {
      throw new DatabaseProblem(`${file} is no database of Chatter`)
    }
    db.prepare(`DELETE FROM meta WHERE key = 'stopped'`).run()
    change(db)
  } finally {
    db.close()
  }
  flush(file)
}

function moveAway(folder: string): string | undefined {
  const there = parts.filter((name) => existsSync(join(folder, name)))
  if (there.length === 0) return undefined
  const replaced = mkdtempSync(join(folder, 'replaced-'))
  for (const name of there) renameSync(join(folder, name), join(replaced, name))
  return replaced
}

function flush(path: string): void {
  const opened = openSync(path, 'r')
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}

function remove(file: string): void {
  for (const end of ['', '-journal', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true })
}

function problemOf(error: unknown, doing: string): DatabaseProblem {
  if (error instanceof DatabaseProblem) return error
  return new DatabaseProblem(`${doing}: ${(error as Error).message}`)
}
