/** The two ends of a copy, whatever database each is. */
import type { SettingsChange } from '../../rules/settings.ts'
import type { CopiedTable, Row } from './tables.ts'

/** Reads a database as it was at one moment. */
export interface Reader {
  /** For people. */
  readonly place: string
  count(table: CopiedTable): Promise<number>
  /** The next rows in the order of the key; none at the end. */
  read(table: CopiedTable, after: Row | undefined): Promise<Row[]>
  close(): Promise<void>
}

/** A database to be copied. No server runs on it until it is closed, as far as that can be known. */
export interface Source extends Reader {
  /** The same database as it is by now. */
  again(): Promise<Reader>
}

/** An empty database. Closed without a commit it is as empty as before. */
export interface Target extends Reader {
  write(table: CopiedTable, rows: readonly Row[]): Promise<void>
  /** After the last row. */
  settle(): Promise<void>
  /** Under an epoch of its own: what clients hold is of another database. */
  commit(epoch: string): Promise<void>
}

/** What is imported of a tenant's own row. */
export type OwnRow = { readonly settings: SettingsChange; readonly disabledAt: number | null }

/** A tenant without anything, among others. Closed without a commit it is as empty as before. */
export interface TenantTarget {
  write(table: CopiedTable, rows: readonly Row[]): Promise<void>
  /**
   * With the settings, where the tenant is configured. It is disabled from now on where it was when it was exported, or
   * is by now. @throws DatabaseProblem when it was removed meanwhile
   */
  commit(own: OwnRow | undefined): Promise<void>
  close(): Promise<void>
}
