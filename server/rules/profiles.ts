import { cleanLine } from '../protocol/clean.ts'
import { limits } from '../protocol/limits.ts'
import { parse } from '../protocol/parse.ts'
import { Problem } from '../protocol/problems.ts'
import { UserId } from '../protocol/views.ts'
import { isVisible } from '../protocol/visible.ts'
import type { Profile } from '../store/store.ts'
import { dataColumn, dataIn } from './site-message.ts'

/** @throws Problem `unauthorized` when a user id is missing or impossible, `bad_request` and `too_large` for `data` */
export function toProfile({
  id,
  name,
  avatarUrl,
  about,
  timeZone,
  data,
}: {
  id: unknown
  name?: unknown
  avatarUrl?: unknown
  about?: unknown
  timeZone?: unknown
  data?: unknown
}): Profile {
  const shownName = shownLine(name, limits.nameChars)
  const shownUrl = cleanUrl(avatarUrl)
  const shownAbout = shownLine(about, limits.aboutChars)
  const column = data === undefined ? undefined : dataColumn(data)
  try {
    return {
      id: parse(UserId, id),
      ...(shownName && { name: shownName }),
      ...(shownUrl !== undefined && { avatarUrl: shownUrl }),
      ...(shownAbout !== undefined && { about: shownAbout }),
      ...(typeof timeZone === 'string' && { timeZone: isTimeZone(timeZone) ? timeZone : '' }),
      ...(column !== undefined && { data: column === null ? null : dataIn(column) }),
    }
  } catch (error) {
    throw new Problem('unauthorized', `user id: ${(error as Error).message}`)
  }
}

/**
 * A host's strange name must not lock its user out: it is cleaned instead of refused. Empty where nothing is left to see,
 * undefined for what is no text.
 */
function shownLine(line: unknown, mostChars: number): string | undefined {
  if (typeof line !== 'string') return undefined
  const clean = cleanLine(line).slice(0, mostChars).toWellFormed()
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
