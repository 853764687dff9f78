import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseProblem } from '../database-problem.ts'
import type { SealKeys } from '../sealing.ts'

const fileName = 'seal.key'

/** The keys of a data folder, newest first. One is made where there is none, for nobody but its owner. */
export function folderKeys(folder: string): SealKeys {
  const file = join(folder, fileName)
  try {
    if (!existsSync(file)) writeFileSync(file, `${newKey()}\n`, { mode: 0o600, flag: 'wx', flush: true })
  } catch (error) {
    // Another process made it just now.
    if ((error as { code?: string }).code !== 'EEXIST') {
      throw new DatabaseProblem(`cannot write to ${file}: ${(error as Error).message}`)
    }
  }
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
}

/** The same where nothing may be made. */
export const knownFolderKeys = (folder: string): SealKeys =>
  existsSync(join(folder, fileName)) ? folderKeys(folder) : []

/**
 * Puts a new key before the one that counts, and calls `sealAll`, which seals everything with it. The one before stays, for
 * backups. Older ones go only when all is sealed: they are still needed where a rotation before this one failed.
 */
export async function rotateFolderKey<T>(folder: string, sealAll: () => Promise<T>): Promise<T> {
  const [, , ...older] = changeKeys(folder, (keys) => [newKey(), ...keys])
  const sealed = await sealAll()
  changeKeys(folder, (keys) => keys.filter((key) => !older.includes(key)))
  return sealed
}

/** One process at a time: of two at once one would lose the key of the other. */
function changeKeys(folder: string, change: (keys: SealKeys) => SealKeys): SealKeys {
  const file = join(folder, fileName)
  const draft = `${file}.new`
  try {
    writeFileSync(draft, '', { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error
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
