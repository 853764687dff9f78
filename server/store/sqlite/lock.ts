import { chmodSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import Database from 'better-sqlite3'
import { DatabaseProblem, NoDatabase } from '../database-problem.ts'

/** A process that is just stopping, or a command line that migrates, is waited for. */
const patienceMs = 2_000

/**
 * Holds a folder for this process alone, until the function it returns is called. It is an exclusive transaction on a
 * database beside the real one: unlike a lock file it ends with the process, however that ends.
 * @throws DatabaseProblem when another process holds the folder, or nothing can be written there
 */
export function lockFolder(folder: string): () => void {
  const lock = openFile(join(folder, 'lock.db'))
  try {
    lock.pragma(`busy_timeout = ${patienceMs}`)
    lock.exec('BEGIN EXCLUSIVE')
    return () => lock.close()
  } catch (error) {
    lock.close()
    const isHeld = (error as { code?: string }).code === 'SQLITE_BUSY'
    if (isHeld) throw new DatabaseProblem(`another Chatter server is using ${folder}`)
    throw new DatabaseProblem(`cannot write to ${lock.name}: ${(error as Error).message}`)
  }
}

/** @throws NoDatabase */
export function requireDatabase(folder: string): void {
  if (!existsSync(join(folder, 'chatter.db'))) throw new NoDatabase(`there is no database in ${folder}`)
}

export function makeFolder(folder: string): void {
  try {
    makeEach(resolve(folder))
  } catch (error) {
    throw new DatabaseProblem(`cannot write to ${folder}: ${(error as Error).message}`)
  }
}

/** Not `recursive`: that never returns below /proc, where a folder that is there takes no other. */
function makeEach(folder: string): void {
  const above = dirname(folder)
  if (above !== folder && !existsSync(above)) makeEach(above)
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error
  }
}

/** What lies in a data folder. */
const isOurs =
  /^(chatter\.db|lock\.db)(-wal|-shm|-journal)?$|^(stopped|seal\.key)(\.[\da-f-]{36})?(\.new)?$|^widget$|^replaced-|^demo-secret$/

/**
 * Nobody but its owner reads what is said in it, whether a server made it or a tool. A folder that holds other things too
 * stays as open as it is.
 */
export function closeToOthers(folder: string): void {
  const names = readdirSync(folder)
  const files = names.filter(
    (name) => isOurs.test(name) && statSync(join(folder, name), { throwIfNoEntry: false })?.isFile(),
  )
  const isAllOurs = files.length > 0 && names.every((name) => isOurs.test(name))
  try {
    for (const name of files) chmodSync(join(folder, name), 0o600)
    if (isAllOurs) chmodSync(folder, 0o700)
  } catch (error) {
    // Whoever owns them (of a volume, say) has decided; and a server beside a tool takes its own files away.
    const { code = '' } = error as { code?: string }
    if (!['EPERM', 'ENOENT'].includes(code)) throw error
  }
}

export function openFile(path: string, options?: Database.Options): Database.Database {
  try {
    return new Database(path, options)
  } catch (error) {
    throw new DatabaseProblem(`cannot open ${path}: ${(error as Error).message}`)
  }
}
