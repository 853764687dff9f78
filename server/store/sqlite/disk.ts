import { type Stats, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { Problem } from '../../protocol/problems.ts'
import { DatabaseProblem } from '../database-problem.ts'

const lookEveryMs = 5_000
/** With less than that the next commits may not fit. */
const leastFreeBytes = 1024 * 1024

/** Full, locked by somebody else, failing, or taken away: not the fault of who asked, and it may pass. */
const ofDisk = /^SQLITE_(FULL|BUSY|IOERR|READONLY|CANTOPEN|PROTOCOL|NOMEM)/

/** What a write answers, with trouble of the disk reported as what it is: temporary. */
export function asDiskProblem(error: unknown): unknown {
  const isOfDisk = error instanceof Database.SqliteError && ofDisk.test(error.code)
  if (!isOfDisk && !(error instanceof DatabaseProblem)) return error
  const problem = new Problem('overloaded', 'the database takes no writes: try again', { retryAfter: 1 })
  problem.cause = error
  return problem
}

export const isBusy = (error: unknown): boolean =>
  error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')

/** The files of a database that is open: SQLite goes on writing into them when they are deleted, and all of it is lost. */
export class Disk {
  readonly #folder: string
  readonly #files: ReadonlyMap<string, Stats>
  readonly #timer: NodeJS.Timeout | undefined
  #isLost = false

  /** @param isServer it looks after them by itself, every 5 s */
  constructor(folder: string, isServer: boolean) {
    this.#folder = folder
    const paths = isServer ? ['chatter.db', 'chatter.db-wal'].map((name) => join(folder, name)) : []
    const found = paths.map((path) => [path, statSync(path, { throwIfNoEntry: false })] as const)
    this.#files = new Map(found.flatMap(([path, stats]) => (stats ? [[path, stats] as const] : [])))
    if (!isServer) return
    this.#timer = setInterval(() => this.#look(), lookEveryMs)
    this.#timer.unref()
  }

  /** @throws Problem `overloaded` when they were found deleted or replaced */
  requireFiles(): void {
    if (!this.#isLost) return
    const why = `the database in ${this.#folder} was deleted or replaced under the running server: stop it, put the files back, start it`
    throw asDiskProblem(new DatabaseProblem(why))
  }

  /** Looks at once. @throws Problem `overloaded`, also when the disk is full */
  requireSpace(): void {
    this.#look()
    this.requireFiles()
    if (this.free() >= leastFreeBytes) return
    throw asDiskProblem(new DatabaseProblem(`the disk of ${this.#folder} is full`))
  }

  /** Bytes that it can still take. */
  free(): number {
    const { bavail, bsize } = statfsSync(this.#folder)
    return bavail * bsize
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    this.#isLost = [...this.#files].some(([path, before]) => {
      const now = statSync(path, { throwIfNoEntry: false })
      return now?.ino !== before.ino || now.dev !== before.dev
    })
  }
}
