import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { openSqlite } from '../../../server/store/sqlite/open.ts'
import type { Stores } from '../../../server/store/store.ts'

/** In memory, where the machine has a folder there: every commit waits for its disk. */
const place = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
let home: Promise<string> | undefined
let folders = 0

/** A real SQLite of its own, which all nodes of a world share. */
export class WorldDatabase {
  readonly #now: () => number
  readonly #home: string
  #folder = ''
  #stores: Stores | undefined
  #reader: Database.Database | undefined
  #backups = 0

  /** A copy of an empty one, for to make its tables takes longer than a whole script. */
  static async open(now: () => number): Promise<WorldDatabase> {
    home ??= makeHome()
    const database = new WorldDatabase(now, await home)
    database.#start(join(database.#home, 'chatter.db'))
    return database
  }

  private constructor(now: () => number, folder: string) {
    this.#now = now
    this.#home = folder
  }

  get stores(): Stores {
    if (!this.#stores) throw new Error('the database is closed')
    return this.#stores
  }

  /** Asks SQLite itself, past all our code. */
  ask(sql: string, ...values: (string | number)[]): Record<string, unknown>[] {
    return this.#reader?.prepare<unknown[], Record<string, unknown>>(sql).all(...values) ?? []
  }

  backUp(): void {
    this.#reader?.exec(`VACUUM INTO '${this.#backup(++this.#backups)}'`)
  }

  /** Puts the last backup in the place of all that was written since, while no node runs. */
  async restore(): Promise<void> {
    const before = this.#folder
    const backup = this.#backup(this.#backups)
    await this.#stop()
    this.#start(backup)
    rmSync(before, { recursive: true })
  }

  async close(): Promise<void> {
    await this.#stop()
    rmSync(this.#folder, { recursive: true })
  }

  #backup(number: number): string {
    return join(this.#folder, `backup-${number}.db`)
  }

  #start(file: string): void {
    this.#folder = join(this.#home, `world-${++folders}`)
    mkdirSync(this.#folder)
    copyFileSync(file, join(this.#folder, 'chatter.db'))
    this.#backups = 0
    this.#stores = openSqlite({ folder: this.#folder, role: 'server', now: this.#now })
    this.#reader = new Database(join(this.#folder, 'chatter.db'), { readonly: true })
  }

  async #stop(): Promise<void> {
    this.#reader?.close()
    await this.#stores?.close()
  }
}

async function makeHome(): Promise<string> {
  const folder = mkdtempSync(join(place, 'chatter-worlds-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  await openSqlite({ folder, role: 'server', now: Date.now }).close()
  return folder
}
