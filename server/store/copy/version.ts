import { join } from 'node:path'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { DatabaseProblem } from '../database-problem.ts'

type Left = {
  readonly dialect: 'sqlite' | 'postgres'
  /** When its last migration was made; 0 without any. */
  readonly last: number
  /** What to call it, and the flag that leads `chatter migrate` there. */
  readonly place: string
  readonly flag: string
}

/**
 * What is copied is as this version left it, and the copy does not change it: it is brought up to date before.
 * @throws DatabaseProblem
 */
export function requireThisVersion({ dialect, last, place, flag }: Left): void {
  const folder = join(import.meta.dirname, '..', dialect, 'migrations')
  const newest = readMigrationFiles({ migrationsFolder: folder }).at(-1)?.folderMillis ?? 0
  if (last > newest) {
    throw new DatabaseProblem(`${place} was made by a newer version of Chatter: upgrade this one`)
  }
  if (last < newest) {
    throw new DatabaseProblem(
      `${place} was made by an older version of Chatter: bring it up to date first, with chatter migrate ${flag}`,
    )
  }
}
