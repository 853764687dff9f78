/** Numbers, times and names in the reader's language (rules M22–M24). Formatters are made once per language, when they are needed. */
import { erasedId } from '../../server/protocol/erased.ts'
import type { UserView } from '../../server/protocol/views.ts'
import { badgeOf } from '../locale/count.ts'
import { en, type StringOverrides, type Strings, worded } from '../locale/en.ts'
import type { Title } from '../state/room-list.ts'

export type HourCycle = 'auto' | 'h12' | 'h23'

type Language = { readonly lang: string; readonly words: Strings | undefined }

/** The language of a reader, with the page's own words in it; in English where nobody wrote its words. */
export function makeFormat(
  { lang, words = en }: Language,
  strings: StringOverrides,
  hourCycle: HourCycle,
): Format {
  return new Format(lang, worded(words, strings), { hourCycle })
}

/** Times in the room list and the names of days grow older (rules M22, M23): they are looked at again this often. */
export const agingMs = 30_000
const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
const weekDays = 7

/** Of a guest with the word for it: anybody may give any name. Of an erased user there is only the word. */
export function nameIn(words: Strings, { id, name, guest }: UserView): string {
  if (id === erasedId) return words.erased
  return guest ? words.guest(name) : name
}

export class Format {
  readonly words: Strings
  readonly now: () => number
  readonly lang: string
  readonly #time: Made<Intl.DateTimeFormat>
  readonly #full: Made<Intl.DateTimeFormat>
  readonly #weekday: Made<Intl.DateTimeFormat>
  readonly #date: Made<Intl.DateTimeFormat>
  readonly #shortDate: Made<Intl.DateTimeFormat>
  readonly #shortDateOfYear: Made<Intl.DateTimeFormat>
  readonly #list: Made<Intl.ListFormat>
  readonly #number: Made<Intl.NumberFormat>
  readonly #minutes: Made<Intl.NumberFormat>
  readonly #relative: Made<Intl.RelativeTimeFormat>

  constructor(lang: string, words: Strings, { hourCycle = 'auto', now = Date.now }: FormatOptions = {}) {
    const cycle = hourCycle === 'auto' ? {} : { hourCycle }
    this.words = words
    this.now = now
    this.lang = lang
    this.#time = once(() => new Intl.DateTimeFormat(lang, { timeStyle: 'short', ...cycle }))
    this.#full = once(
      () => new Intl.DateTimeFormat(lang, { dateStyle: 'full', timeStyle: 'short', ...cycle }),
    )
    this.#weekday = once(() => new Intl.DateTimeFormat(lang, { weekday: 'long' }))
    this.#date = once(() => new Intl.DateTimeFormat(lang, { dateStyle: 'long' }))
    this.#shortDate = once(() => new Intl.DateTimeFormat(lang, { month: 'short', day: 'numeric' }))
    this.#shortDateOfYear = once(() => new Intl.DateTimeFormat(lang, { dateStyle: 'medium' }))
    this.#list = once(() => new Intl.ListFormat(words.language, { type: 'conjunction' }))
    this.#number = once(() => new Intl.NumberFormat(lang))
    this.#minutes = once(
      () => new Intl.NumberFormat(lang, { style: 'unit', unit: 'minute', unitDisplay: 'short' }),
    )
    this.#relative = once(() => new Intl.RelativeTimeFormat(lang, { numeric: 'auto' }))
  }

  time(at: string): string {
    return this.#time().format(Date.parse(at))
  }

  /** Weekday, date and time. */
  full(at: string): string {
    return this.#full().format(Date.parse(at))
  }

  /** Another number whenever what grows older has to be drawn again. */
  get age(): number {
    return Math.floor(this.now() / agingMs)
  }

  /** The title of a day: Today, Yesterday, a weekday within the week, then the date. */
  day(at: string): string {
    const age = this.#daysAgo(at)
    if (age === 0 || age === 1) return this.#near(age)
    return (age > 0 && age < weekDays ? this.#weekday : this.#date)().format(Date.parse(at))
  }

  /** How long ago, in as few letters as say it: for the room list. */
  ago(at: string): string {
    const minutes = Math.floor((this.now() - Date.parse(at)) / minuteMs)
    if (minutes < 1) return this.#relative().format(0, 'second')
    if (minutes < 60) return this.#minutes().format(minutes)
    const days = this.#daysAgo(at)
    if (days === 0) return this.time(at)
    if (days === 1) return this.#near(days)
    const isThisYear = new Date(at).getFullYear() === new Date(this.now()).getFullYear()
    const date = isThisYear ? this.#shortDate : this.#shortDateOfYear
    return (days < weekDays ? this.#weekday : date)().format(Date.parse(at))
  }

  /** In the reader's digits. */
  number(n: number): string {
    return this.#number().format(n)
  }

  /** Unread messages, as they stand on a badge. */
  badge(n: number): string {
    return badgeOf(n, (n) => this.number(n), this.words)
  }

  name(user: UserView): string {
    return nameIn(this.words, user)
  }

  names(names: readonly string[]): string {
    return this.#list().format(names)
  }

  /** `as` marks the names in it. */
  title(title: Title, as = (name: string) => name): string {
    if (title.kind === 'name') return title.name
    if (title.kind === 'self') return this.words.notes
    const names = title.users.map((user) => as(this.name(user)))
    if (title.more > 0) names.push(this.words.andMore(title.more, this.number(title.more)))
    return this.names(names)
  }

  /** Today or Yesterday, as a title. */
  #near(daysAgo: number): string {
    const day = this.#relative().format(-daysAgo, 'day')
    return day.slice(0, 1).toLocaleUpperCase(this.lang) + day.slice(1)
  }

  #daysAgo(at: string): number {
    return Math.round((startOfDay(this.now()) - startOfDay(Date.parse(at))) / dayMs)
  }
}

type FormatOptions = { hourCycle?: HourCycle; now?: () => number }

type Made<T> = () => T

/** Of a formatter: a browser takes a millisecond to make one, and a room that opens needs few of them. */
function once<T>(make: () => T): Made<T> {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

/** Local midnight. */
function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0)
}
