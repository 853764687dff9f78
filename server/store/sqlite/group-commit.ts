import type Database from 'better-sqlite3'
import { asDiskProblem, isBusy } from './disk.ts'

/** More than wait at once on a busy server: a flush that half of them miss costs all of them another. */
const batchSize = 500
/** Somebody else who writes is waited for that long, without holding up the process … */
const busyPatienceMs = 5_000
/** … and asked so often. */
const askBusyEveryMs = 10

type Job = {
  readonly work: () => unknown
  readonly resolve: (value: unknown) => void
  readonly reject: (reason: unknown) => void
}

/** What the writes of a turn leave to be written once, at their end and in their transaction. */
export type Gathered = {
  /** How much it is. */
  readonly size: number
  /** Writes it, and has none any more. */
  write(): void
  /** What came after it had this size was undone. */
  undo(size: number): void
}

/**
 * All writes of one turn of the event loop in one transaction: with `synchronous=FULL` a commit costs a flush of the
 * disk, and so a flush serves everybody who waits. A write that fails is undone alone. A promise
 * resolves after the commit, never before.
 */
export class GroupCommit {
  readonly #savepoint: Database.Statement
  readonly #release: Database.Statement
  readonly #rollBackTo: Database.Statement
  readonly #begin: Database.Statement
  readonly #commit: Database.Statement
  readonly #rollBack: Database.Statement
  readonly #db: Database.Database
  readonly #requireFiles: () => void
  #jobs: Job[] = []
  #gathered: Gathered | undefined
  #scheduled = false
  #busySince: number | undefined

  /** @param requireFiles throws what every write is answered while the database cannot be written at all */
  constructor(db: Database.Database, requireFiles: () => void = () => {}) {
    this.#db = db
    this.#requireFiles = requireFiles
    this.#savepoint = db.prepare('SAVEPOINT job')
    this.#release = db.prepare('RELEASE job')
    this.#rollBackTo = db.prepare('ROLLBACK TO job')
    // IMMEDIATE: a transaction that reads before it writes cannot be refused later as outdated.
    this.#begin = db.prepare('BEGIN IMMEDIATE')
    this.#commit = db.prepare('COMMIT')
    this.#rollBack = db.prepare('ROLLBACK')
  }

  gather(gathered: Gathered): void {
    this.#gathered = gathered
  }

  /** Runs `work` in the transaction of this turn. It must be synchronous, and may be undone and run once more. */
  run<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#jobs.push({ work, resolve: resolve as (value: unknown) => void, reject })
      this.#schedule()
    })
  }

  /** Commits what is waiting, now. */
  flush(): void {
    while (this.#jobs.length > 0) this.#commitBatch({ isLast: true })
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    const commit = () => {
      this.#scheduled = false
      this.#commitBatch()
      if (this.#jobs.length > 0) this.#schedule()
    }
    if (this.#busySince === undefined) setImmediate(commit)
    else setTimeout(commit, askBusyEveryMs)
  }

  #commitBatch({ isLast = false } = {}): void {
    const batch = this.#jobs.splice(0, batchSize)
    if (batch.length === 0) return
    let settle: (() => void)[] = []
    try {
      this.#requireFiles()
      this.#begin.run()
      settle = this.#performAll(batch)
      this.#gathered?.write()
      this.#commit.run()
      this.#busySince = undefined
    } catch (error) {
      this.#undoAll()
      if (isBusy(error) && !isLast && this.#isPatient()) {
        this.#jobs.unshift(...batch)
        return
      }
      this.#busySince = undefined
      settle = batch.map((job) => () => job.reject(asDiskProblem(error)))
    }
    for (const done of settle) done()
  }

  #isPatient(): boolean {
    const now = performance.now()
    this.#busySince ??= now
    return now - this.#busySince < busyPatienceMs
  }

  /** Nearly always nobody fails, and savepoints, a fifth of the work, are for nothing: they come when somebody does. */
  #performAll(batch: readonly Job[]): (() => void)[] {
    try {
      return batch.map(({ work, resolve }) => {
        const value = work()
        return () => resolve(value)
      })
    } catch {
      this.#undoAll()
      this.#begin.run()
      return batch.map((job) => this.#perform(job))
    }
  }

  #undoAll(): void {
    if (this.#db.inTransaction) this.#rollBack.run()
    this.#gathered?.undo(0)
  }

  #perform({ work, resolve, reject }: Job): () => void {
    const before = this.#gathered?.size ?? 0
    this.#savepoint.run()
    try {
      const value = work()
      this.#release.run()
      return () => resolve(value)
    } catch (error) {
      // A full disk ends the whole transaction by itself: then there is no savepoint to go back to.
      if (!this.#db.inTransaction) throw error
      this.#rollBackTo.run()
      this.#release.run()
      this.#gathered?.undo(before)
      return () => reject(asDiskProblem(error))
    }
  }
}
