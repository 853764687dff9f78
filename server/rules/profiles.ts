import { limits } from '../protocol/limits.ts'
import { parse } from '../protocol/parse.ts'
import { Problem } from '../protocol/problems.ts'
import { UserId } from '../protocol/views.ts'
import { isVisible } from '../protocol/visible.ts'
import type { Profile } from '../store/store.ts'

/** @throws Problem `unauthorized` when a user id is missing or impossible */
export function toProfile({
  id,
  name,
  avatarUrl,
  about,
  timeZone,
}: {
  id: unknown
  name?: unknown
  avatarUrl?: unknown
  about?: unknown
  timeZone?: unknown
}): Profile {
  const shownName = cleanLine(name, limits.nameChars)
  const shownUrl = cleanUrl(avatarUrl)
  const shownAbout = cleanLine(about, limits.aboutChars)
  try {
    return {
      id: parse(UserId, id),
      ...(shownName && { name: shownName }),
      ...(shownUrl !== undefined && { avatarUrl: shownUrl }),
      ...(shownAbout !== undefined && { about: shownAbout }),
      ...(typeof timeZone === 'string' && { timeZone: isTimeZone(timeZone) ? timeZone : '' }),
    }
  } catch (error) {
    throw new Problem('unauthorized', `user id: ${(error as Error).message}`)
  }
}

// Arabic and its like, and the scripts of India and around: they are written with joiners between letters.
const joined = [
  'Arab',
  'Syrc',
  'Nkoo',
  'Mong',
  'Deva',
  'Beng',
  'Guru',
  'Gujr',
  'Orya',
  'Taml',
  'Telu',
  'Knda',
  'Mlym',
]
  .concat(['Sinh', 'Khmr', 'Mymr', 'Tibt'])
  .map((script) => `\\p{Script_Extensions=${script}}`)
  .join('')
const tags = '\\u{e0061}-\\u{e007a}'
// What shows nothing by itself and is where it belongs: …
const kept = [
  `(?<=[${joined}])[\\u200c\\u200d](?=[${joined}])`,
  // … between the parts of an emoji,
  '(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f])\\u200d(?=\\p{Extended_Pictographic})',
  // … behind a character whose looks it chooses,
  '(?<=[^\\s\\p{Default_Ignorable_Code_Point}])\\p{Variation_Selector}',
  // … and in the flags of Scotland and its like.
  `(?<=\\u{1f3f4}[${tags}]*)[${tags}\\u{e007f}]`,
]
/** Bidirectional controls, zero-widths, fillers and tags. */
const unseen = new RegExp(`(${kept.join('|')})|\\p{Default_Ignorable_Code_Point}`, 'gu')
const mostMarks = 4
const tooManyMarks = new RegExp(`(\\p{M}{${mostMarks}})\\p{M}+`, 'gu')

/**
 * A host's strange name must not lock its user out: it is cleaned instead of refused. What cannot be seen in it could
 * make it look like another's, and what it piles up or turns round would spoil the page around it. Empty where nothing
 * is left to see, undefined for what is no text.
 */
function cleanLine(line: unknown, mostChars: number): string | undefined {
  if (typeof line !== 'string') return undefined
  const clean = line
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(unseen, '$1')
    .replace(tooManyMarks, '$1')
    .trim()
    .slice(0, mostChars)
    .toWellFormed()
  return isVisible(clean) ? clean : ''
}

/** Those that were asked for: to make a formatter takes longer than all else of a profile. */
const timeZones = new Map<string, boolean>()
const mostTimeZones = 2_000

/** Whether it is a name of the IANA database. An offset is none: it would be wrong for half of the year. */
function isTimeZone(name: string): boolean {
  const known = timeZones.get(name)
  if (known !== undefined) return known
  const isZone = /^[A-Za-z][\w+-]*(\/[\w+-]+)*$/.test(name) && name.length <= 64 && canFormatIn(name)
  if (timeZones.size < mostTimeZones) timeZones.set(name, isZone)
  return isZone
}

function canFormatIn(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone })
    return true
  } catch {
    return false
  }
}

const anySite = 'https://page.invalid'

/** A web address, or a path on the page's own site. Browsers read a backslash as a slash, and skip tabs and line ends. */
function cleanUrl(url: unknown): string | undefined {
  if (typeof url !== 'string' || url.length > 2000 || /[\s\\\p{Cc}]/u.test(url)) return undefined
  const parsed = URL.parse(url.toWellFormed(), anySite)
  const isPath = url.startsWith('/') && parsed?.origin === anySite
  return parsed && (isPath || /^https?:\/\//.test(url)) ? url.toWellFormed() : undefined
}
