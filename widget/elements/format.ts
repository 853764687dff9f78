/** Numbers, times and names in the reader's language (rules M22–M24). Formatters are made once per language. */
import { type StringOverrides, type Strings, worded } from '../locale/en.ts'
import type { Title } from '../state/room-list.ts'

export type HourCycle = 'auto' | 'h12' | 'h23'

/** The language of a reader, with the page's own words in it. */
export function makeFormat(lang: string, strings: StringOverrides, hourCycle: HourCycle): Format {
  return new Format(lang, worded(strings), { hourCycle })
}

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
const weekDays = 7

export class Format {
  readonly words: Strings
  readonly now: () => number
  readonly #time: Intl.DateTimeFormat
  readonly #full: Intl.DateTimeFormat
  readonly #weekday: Intl.DateTimeFormat
  readonly #date: Intl.DateTimeFormat
  readonly #shortDate: Intl.DateTimeFormat
  readonly #list: Intl.ListFormat
  readonly #number: Intl.NumberFormat

  constructor(lang: string, words: Strings, { hourCycle = 'auto', now = Date.now }: FormatOptions = {}) {
    const cycle = hourCycle === 'auto' ? {} : { hourCycle }
    this.words = words
    this.now = now
    this.#time = new Intl.DateTimeFormat(lang, { timeStyle: 'short', ...cycle })
    this.#full = new Intl.DateTimeFormat(lang, { dateStyle: 'full', timeStyle: 'short', ...cycle })
    this.#weekday = new Intl.DateTimeFormat(lang, { weekday: 'long' })
    this.#date = new Intl.DateTimeFormat(lang, { dateStyle: 'long' })
    this.#shortDate = new Intl.DateTimeFormat(lang, { dateStyle: 'short' })
    this.#list = new Intl.ListFormat(words.language, { type: 'conjunction' })
    this.#number = new Intl.NumberFormat(lang)
  }

  time(at: string): string {
    return this.#time.format(Date.parse(at))
  }

  /** Weekday, date and time. */
  full(at: string): string {
    return this.#full.format(Date.parse(at))
  }

  /** The title of a day: Today, Yesterday, a weekday within the week, then the date. */
  day(at: string): string {
    const age = this.#daysAgo(at)
    if (age === 0) return this.words.today
    if (age === 1) return this.words.yesterday
    return (age > 0 && age < weekDays ? this.#weekday : this.#date).format(Date.parse(at))
  }

  /** How long ago, in as few letters as say it: for the room list. */
  ago(at: string): string {
    const minutes = Math.floor((this.now() - Date.parse(at)) / minuteMs)
    if (minutes < 1) return this.words.now
    if (minutes < 60) return this.words.minutesAgo(minutes)
    const days = this.#daysAgo(at)
    if (days === 0) return this.time(at)
    if (days === 1) return this.words.yesterday
    return (days < weekDays ? this.#weekday : this.#shortDate).format(Date.parse(at))
  }

  /** Unread messages: nobody counts beyond 99. */
  count(count: number): string {
    return count > 99 ? `${this.#number.format(99)}+` : this.#number.format(count)
  }

  names(names: readonly string[]): string {
    return this.#list.format(names)
  }

  /** `as` marks the names in it. */
  title(title: Title, as = (name: string) => name): string {
    if (title.kind === 'name') return title.name
    if (title.kind === 'self') return this.words.notes
    const names = title.users.map(({ name }) => as(name))
    if (title.more > 0) names.push(this.words.andMore(title.more))
    return this.names(names)
  }

  #daysAgo(at: string): number {
    return Math.round((startOfDay(this.now()) - startOfDay(Date.parse(at))) / dayMs)
  }
}

type FormatOptions = { hourCycle?: HourCycle; now?: () => number }

/** Local midnight. */
function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0)
}
