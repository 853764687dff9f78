/** A database of Django's. What is asked of it is written once, in history.ts; this is how the two kinds differ. */
export interface DjangoDatabase {
  /** For people. */
  readonly place: string
  /** None where there is no such table. */
  columnsOf(table: string): Promise<readonly Column[]>
  /** A table within a statement. */
  named(table: string): string
  /** A time as text: UTC. */
  time(column: string): string
  /** All values of a column as JSON, `[]` of none. */
  list(column: string): string
  /** The first value of a statement. */
  readonly parameter: string
  /** The rows of a statement, some hundred at a time, all of the same moment. */
  pages(statement: string, ...values: readonly unknown[]): AsyncIterable<readonly Row[]>
  close(): Promise<void>
}

export type Column = { readonly name: string; readonly type: string; readonly isKey: boolean }
export type Row = { readonly [column: string]: unknown }

export const pageRows = 500

/** Columns are asked for by names of a site's own, too. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
