/**
 * Searching for people, the same on both databases. A database only reads rows in the order of an index, so many as it is
 * told; which of them match is decided here. So no search, however common its words, holds up anybody else: SQLite cannot
 * be interrupted, and there every tenant would wait.
 */

import { wordsIn, wordsOf } from '../protocol/names.ts'
import { Problem } from '../protocol/problems.ts'
import type { FoundUsers, UserSearch } from '../store/store.ts'
import { cutPage, decodeCursor, encodeCursor } from './cursor.ts'
import { type UserRow, userView } from './rows.ts'

/** A user with the name as it is searched. */
export type NamedRow = UserRow & { readonly folded: string }
/** A word of a name with whose it is. */
export type WordRow = NamedRow & { readonly word: string }

/** What a search asks of a database. Each reads at most as many rows as it says, of each table that it reads. */
export type Finder = {
  /** How many words start like that, as far as `most`. */
  countWords(prefix: string, most: number): number | Promise<number>
  /** Words that start like that, by word and user, from behind a place on. */
  readWords(prefix: string, after: Place, most: number): WordRow[] | Promise<WordRow[]>
  /** All users by name and id, from behind a place on. */
  readNames(after: Place, most: number): NamedRow[] | Promise<NamedRow[]>
  /** People of the user's rooms, of at most so many memberships, those of the newest rooms. */
  readSharing(user: string, most: number): NamedRow[] | Promise<NamedRow[]>
}

/** A sort key: the last one of the page before. */
export type Place = readonly [text: string, user: string]

/** Rows that one statement reads: a millisecond or two. */
export const mostRows = 500
/** So many statements, each in a turn of its own, look for a page before it is answered as it is. */
export const mostRounds = 4
/** Of so many words, the longest, it is asked which is the rarest. */
const mostCompared = 8
/** Memberships in one's rooms that are looked at where only people of shared rooms are found. */
const mostSharing = 5_000

/** As `Store.searchUsers` says. */
export async function searchUsers(finder: Finder, search: UserSearch): Promise<FoundUsers> {
  const { query, limit, sharingWith } = search
  const words = wordsOf(query)
  // A query without a letter or digit is in no name's words.
  if (words.length === 0 && query.trim() !== '') return { users: [], examined: 0 }
  const after = search.cursor === undefined ? undefined : decodeCursor(search.cursor, 'string')
  if (sharingWith !== undefined) {
    const rows = await finder.readSharing(sharingWith, mostSharing)
    const found = rows.filter((row) => hasWords(row, words) && (!after || isBehind(placeOf(row), after)))
    found.sort((a, b) => (isBehind(placeOf(a), placeOf(b)) ? 1 : -1))
    return answer(found, limit, placeOf, rows.length)
  }
  if (words.length > 0) return byWords(finder, { words, limit, after })
  const rows = await finder.readNames(after ?? ['', ''], limit + 1)
  return answer(rows, limit, placeOf, rows.length)
}

type WordSearch = {
  readonly words: readonly string[]
  readonly limit: number
  readonly after: Place | undefined
  /** Those of the matching rows that count; all of them, where it does not say. */
  keep?(rows: readonly WordRow[]): Promise<readonly WordRow[]>
}

/** By the rarest word, whose rows are looked at for all the others. */
export async function byWords(
  finder: Finder,
  { words, limit, after, keep }: WordSearch,
): Promise<FoundUsers> {
  const lead = after === undefined ? await rarest(finder, words) : leadOf(words, after)
  // Nearly every row of the only word is an answer.
  const most = words.length === 1 && !keep ? Math.min(mostRows, limit + 1 + Math.ceil(limit / 4)) : mostRows
  const found: WordRow[] = []
  let place: Place = after ?? [lead, '']
  let examined = 0
  for (let round = 0; round < mostRounds; round++) {
    // The others have their turn in between.
    if (round > 0) await new Promise(setImmediate)
    const rows = await finder.readWords(lead, place, most)
    examined += rows.length
    const matching = rows.filter((row) => isFirst(row, lead) && hasWords(row, words))
    found.push(...(keep ? await keep(matching) : matching))
    const last = rows.at(-1)
    if (found.length > limit || !last || rows.length < most) return answer(found, limit, wordPlace, examined)
    place = wordPlace(last)
  }
  return { users: found.map(userView), cursor: encodeCursor(place), examined }
}

async function rarest(finder: Finder, words: readonly string[]): Promise<string> {
  // Where all are common, the longest: more letters say more.
  const longest = words.toSorted((a, b) => b.length - a.length).slice(0, mostCompared)
  let [lead = ''] = longest
  if (longest.length === 1) return lead
  let fewest = mostRows
  for (const word of longest) {
    const count = await finder.countWords(word, fewest)
    if (count >= fewest) continue
    lead = word
    fewest = count
    if (count === 0) break
  }
  return lead
}

/** A place is a word that starts with the one that leads. @throws Problem for the place of another query */
function leadOf(words: readonly string[], [place]: Place): string {
  const [lead] = words.filter((word) => place.startsWith(word)).toSorted((a, b) => b.length - a.length)
  if (lead !== undefined) return lead
  throw new Problem('bad_request', 'cursor: expected the cursor of the page before')
}

/** A user of two words that both match is found by the first one only. */
function isFirst({ folded, word }: WordRow, lead: string): boolean {
  return !wordsIn(folded).some((other) => other < word && other.startsWith(lead))
}

export function hasWords({ folded }: NamedRow, words: readonly string[]): boolean {
  if (!words.every((word) => folded.includes(word))) return false
  const own = wordsIn(folded)
  return words.every((word) => own.some((one) => one.startsWith(word)))
}

const placeOf = ({ folded, id }: NamedRow): Place => [folded, id]
const wordPlace = ({ word, id }: WordRow): Place => [word, id]
const isBehind = (a: Place, b: Place) => a[0] > b[0] || (a[0] === b[0] && a[1] > b[1])

function answer<R extends UserRow>(
  rows: readonly R[],
  limit: number,
  keyOf: (row: R) => Place,
  examined: number,
): FoundUsers {
  const { page, next } = cutPage(rows, limit, keyOf)
  return { users: page.map(userView), ...next, examined }
}
