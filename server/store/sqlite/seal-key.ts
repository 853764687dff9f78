import { randomBytes, randomUUID } from 'node:crypto'
import {
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { DatabaseProblem } from '../database-problem.ts'
import { Seal, type SealKeys } from '../sealing.ts'
import { requireDatabase } from './lock.ts'

const fileName = 'seal.key'

/** The keys of a data folder, newest first. One is made where there is none, for nobody but its owner. */
export function folderKeys(folder: string): SealKeys {
  const file = join(folder, fileName)
  try {
    if (!existsSync(file)) makeKey(file)
  } catch (error) {
    // Another process made it just now.
    if (codeOf(error) !== 'EEXIST') {
      throw new DatabaseProblem(`cannot write to ${file}: ${(error as Error).message}`)
    }
  }
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
}

/** It is whole from the moment it is there: others start at the same time, and of several one makes it. */
function makeKey(file: string): void {
  const draft = `${file}.${randomUUID()}.new`
  try {
    writeFileSync(draft, `${newKey()}\n`, { mode: 0o600, flag: 'wx', flush: true })
    linkSync(draft, file)
  } catch (error) {
    // A file system without links (exFAT): there, too, one of them makes it.
    if (!noLinks.has(codeOf(error))) throw error
    copyFileSync(draft, file, constants.COPYFILE_EXCL)
  } finally {
    rmSync(draft, { force: true })
  }
}

const noLinks = new Set<string | undefined>(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'])
const codeOf = (error: unknown) => (error as { code?: string }).code

/** The same where nothing may be made. */
export const knownFolderKeys = (folder: string): SealKeys =>
  existsSync(join(folder, fileName)) ? folderKeys(folder) : []

/**
 * Puts a new key before the one that counts, and calls `sealAll`, which seals everything with it. The one before stays, for
 * backups. Older ones go only when all is sealed. Where a rotation before this one failed, its key is the new one: another
 * would take the place of the key that backups are sealed with.
 * @throws DatabaseProblem when it fails, with what that means for the keys; NoDatabase
 */
export async function rotateFolderKey<T>(folder: string, sealAll: () => Promise<T>): Promise<T> {
  requireDatabase(folder)
  const isUnfinished = hasOutdated(folder, new Seal(() => folderKeys(folder)))
  const [, , ...older] = changeKeys(folder, (keys) => (isUnfinished ? keys : [newKey(), ...keys]))
  try {
    const sealed = await sealAll()
    changeKeys(folder, (keys) => keys.filter((key) => !older.includes(key)))
    return sealed
  } catch (error) {
    throw new DatabaseProblem(
      `${(error as Error).message}: ${join(folder, fileName)} has a new key, and not everything is sealed with it yet. It keeps the older ones, so no secret is lost. To go on: chatter seal --rotate`,
      { cause: error },
    )
  }
}

/** Whether a secret is not sealed with the newest key. Read as it lies there: nothing is opened that a rotation would change. */
function hasOutdated(folder: string, seal: Seal): boolean {
  const db = new Database(join(folder, 'chatter.db'), { readonly: true, fileMustExist: true })
  try {
    const isThere = db.prepare<[string], number>('SELECT 1 FROM sqlite_master WHERE name = ?').pluck()
    const lists = ['tenants', 'webhooks'].flatMap((table) =>
      isThere.get(table) ? db.prepare<[], string>(`SELECT secrets FROM ${table}`).pluck().all() : [],
    )
    return lists.some((list) => (JSON.parse(list) as string[]).some((secret) => seal.isOutdated(secret)))
  } finally {
    db.close()
  }
}

/** One process at a time: of two at once one would lose the key of the other. */
function changeKeys(folder: string, change: (keys: SealKeys) => SealKeys): SealKeys {
  const file = join(folder, fileName)
  const draft = `${file}.new`
  try {
    writeFileSync(draft, '', { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    throw new DatabaseProblem(`another process changes ${file}: try again, and if none does, remove ${draft}`)
  }
  try {
    const keys = change(folderKeys(folder))
    writeFileSync(draft, keys.map((key) => `${key}\n`).join(''), { flush: true })
    renameSync(draft, file)
    return keys
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

const newKey = () => randomBytes(32).toString('base64url')
