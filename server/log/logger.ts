/** Writes a line: what is to stand in it beside the words, or the words alone. */
type WriteLine = {
  (fields: object, message?: string): void
  (message: string): void
}

/** Where Chatter logs to. A logger of pino is one. */
export type Logger = {
  /** A fault of Chatter. */
  readonly error: WriteLine
  /** What an operator should know of, and may have to do something about. */
  readonly warn: WriteLine
  readonly info: WriteLine
  readonly debug: WriteLine
  /** One that puts these fields into each of its lines. */
  child(fields: object): Logger
}

const nothing = () => {}

export const silent: Logger = {
  error: nothing,
  warn: nothing,
  info: nothing,
  debug: nothing,
  child: () => silent,
}
