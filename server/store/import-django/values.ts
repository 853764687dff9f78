/** What a value of Django's is here. */
import { createHash } from 'node:crypto'
import { limits } from '../../protocol/limits.ts'
import { isVisible, trimmed, wellFormed } from '../../protocol/visible.ts'

/** Ids of Chatter's own making lie in this one: it must never change, or what was imported comes again. */
const namespace = Buffer.from('5f0ed4a4f0f64c1f9b0c1d6f3f6f0c58', 'hex')

/** The UUID that an id is already (SQLite has it as 32 hex digits), or one that follows from tenant, table and id. */
export function uuidOf(tenant: string, table: string, id: string): string {
  return asUuid(id) ?? derivedUuid(`${tenant}/${table}/${id}`)
}

/** An id that is a UUID, as Python writes it. */
export function asUuid(id: string): string | undefined {
  const digits = id.toLowerCase().replaceAll('-', '')
  return /^[0-9a-f]{32}$/.test(digits) ? dashed(digits) : undefined
}

const dashed = (digits: string) =>
  [0, 8, 12, 16, 20].map((from, nth, all) => digits.slice(from, all[nth + 1] ?? 32)).join('-')

/** Version 5 of RFC 9562. */
function derivedUuid(name: string): string {
  const bytes = createHash('sha1').update(namespace).update(name).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return dashed(bytes.toString('hex'))
}

/** Milliseconds since 1970 of a time that Django wrote: UTC, though it does not say so, and to the microsecond. */
export function timeOf(text: unknown): number | undefined {
  if (typeof text !== 'string') return undefined
  const [, date, time, second = '', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? []
  if (date === undefined) return undefined
  const at = Date.parse(`${date}T${time}.${second.padEnd(3, '0').slice(0, 3)}${zone}`)
  return at >= 0 ? at : undefined
}

const entities: { readonly [name: string]: string } = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
  '#x27': "'",
  '#39': "'",
}

/**
 * What was typed, of what bleach made of it: each entity undone once, so that of `&amp;lt;` stays `&lt;`. Tags that it let
 * through are text as they stand, which nothing here reads as HTML.
 */
export function typed(text: string): string {
  return text.replace(/&(lt|gt|amp|quot|apos|#x27|#39);/g, (entity, name: string) => entities[name] ?? entity)
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
/** As far from the limit a blank is looked for, so that no word is cut. */
const wordChars = 400
/** A grapheme that is longer is cut. */
const graphemeChars = 200

/** The texts of the messages that it becomes: none where there is nothing to read, several where it is too long. */
export function textsOf(text: string): string[] {
  const parts: string[] = []
  let rest = trimmed(wellFormed(typed(text)))
  while (rest.length > limits.textChars) {
    const end = endOfPart(rest)
    parts.push(trimmed(rest.slice(0, end)))
    rest = trimmed(rest.slice(end))
  }
  return [...parts, rest].filter(isVisible)
}

/** Behind the last blank where one is near, else between two characters as a reader sees them. */
function endOfPart(text: string): number {
  const most = limits.textChars
  const lastWord = /\s\S*$/.exec(text.slice(most - wordChars, most))
  if (lastWord) return most - wordChars + lastWord.index + 1
  // From its start on: of flags in a row only that says which two letters are one.
  const end = graphemes.segment(text.slice(0, most + graphemeChars)).containing(most)?.index ?? most
  return end > most - graphemeChars ? end : wholeFrom(text, most - 1)
}

/** That place, or the one behind it where it stands in a surrogate pair. */
const wholeFrom = (text: string, at: number) => (/[\udc00-\udfff]/.test(text.charAt(at)) ? at + 1 : at)
