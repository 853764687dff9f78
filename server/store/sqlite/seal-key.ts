import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
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

/** Puts a new key before the one that counts. That one stays, for backups, until the next time. */
export function replaceFolderKey(folder: string): void {
  const [newest = ''] = folderKeys(folder)
  const file = join(folder, fileName)
  writeFileSync(`${file}.new`, `${newKey()}\n${newest}\n`, { mode: 0o600, flush: true })
  renameSync(`${file}.new`, file)
}

const newKey = () => randomBytes(32).toString('base64url')
