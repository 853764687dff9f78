/** A server of the bench, once it listens. */
export type OpenServer = {
  readonly port: number
  /** Messages in the database. */
  stored(): number | Promise<number>
  /** A clean stop, where a row asks for one. */
  stop?(): Promise<void>
}
