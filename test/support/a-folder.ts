import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqlite, type SqliteOptions } from '../../server/store/sqlite/open.ts'
import type { Stores } from '../../server/store/store.ts'

/** A data folder of one test. */
export type Folder = Disposable & {
  readonly path: string
  file(name: string): string
  open(options?: Partial<SqliteOptions>): Stores
  remove(): void
}

export function aFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'chatter-data-'))
  const remove = () => rmSync(path, { recursive: true, force: true })
  return {
    path,
    file: (name) => join(path, name),
    open: (options = {}) => openSqlite({ folder: path, role: 'server', now: Date.now, ...options }),
    remove,
    [Symbol.dispose]: remove,
  }
}
