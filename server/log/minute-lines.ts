import type { Logger } from './logger.ts'

const quietMs = 60_000
/** Different ones of one kind that are logged within a minute: strangers choose what comes. */
const mostLogged = 20
const mostChars = 200

/** Warnings about what strangers send: each thing once a minute, with the number of times since. */
export class MinuteLines {
  readonly #log: Logger
  readonly #now: () => number
  readonly #logged = new Map<string, { at: number; times: number }>()

  constructor(log: Logger, now: () => number) {
    this.#log = log
    this.#now = now
  }

  /** `thing` tells one from another of its kind. It is not in the line, unless `said` has it. */
  warn(kind: string, thing: string, said: Readonly<Record<string, unknown>>, message: string): void {
    const now = this.#now()
    const known = `${kind} ${cut(thing)}`
    const before = this.#logged.get(known)
    if (before && now - before.at < quietMs) {
      before.times += 1
      return
    }
    for (const [old, { at }] of this.#logged) if (now - at >= quietMs) this.#logged.delete(old)
    const ofKind = [...this.#logged.keys()].filter((one) => one.startsWith(`${kind} `))
    if (ofKind.length >= mostLogged) return
    this.#logged.set(known, { at: now, times: 0 })
    this.#log.warn({ ...said, times: 1 + (before?.times ?? 0) }, message)
  }
}

/** What a stranger sent, as far as a line has room for it. */
export function cut(text: string): string {
  return text.slice(0, mostChars)
}
