import type { SiteView } from '../../server/protocol/views.ts'
import { siteId, wholeText } from '../../server/rules/site-message.ts'

/** One message: who wrote it, what, and when (milliseconds since 1970). */
export type Line = { readonly author: string; readonly text: string; readonly at: number } & More

/** What belongs to a message beside its text. */
type More = {
  /** It answers the message so many lines before it. */
  readonly answers?: number
  /** Who reacted to it with which emoji. */
  readonly reactions?: Readonly<Record<string, readonly string[]>>
  /** The site itself says it, in these parts. */
  readonly site?: SiteView
}

export type SeedRoom = {
  /** Names the room in the seed; its id is made of it. */
  readonly key: string
  /** Only groups have one, and not all. */
  readonly name?: string
  /** The owner first. */
  readonly members: readonly string[]
  readonly lines: readonly Line[]
  /** Members who have not read the last so many lines; the others have read them all. */
  readonly unread?: Readonly<Record<string, number>>
}

export type Said = readonly [author: string, text: string, more?: More]

export const bySite = (site: SiteView, more: More = {}): Said => [siteId, wholeText(site), { ...more, site }]

const minuteMs = 60_000

/** An evening's talk, a few minutes from line to line; the clock is that of the machine the demo runs on. */
export function talk(now: number, daysAgo: number, time: string, said: readonly Said[]): Line[] {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  const start = new Date(now)
  start.setDate(start.getDate() - daysAgo)
  start.setHours(hours, minutes, 0, 0)
  let at = start.getTime()
  return said.map(([author, text, more]) => {
    const line = { author, text, at: Math.min(at, now), ...more }
    at += minuteMs / 2 + Math.min(text.length, 160) * 900
    return line
  })
}
