/** Searching for members of one room, the same on both databases: by the room or by the words, whichever is less to look at. */
import { wordsOf } from '../protocol/names.ts'
import type { Users } from '../protocol/views.ts'
import type { FoundMembers, MemberSearch } from '../store/store.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { type MemberRow, memberView, userView } from './rows.ts'
import { byWords, type Finder, hasWords, mostRounds, mostRows, type NamedRow, type Place } from './search.ts'

/** Of somebody who is in the room or was, with the name as it is searched. */
export type NamedMemberRow = NamedRow & MemberRow & { readonly left_seq: number | null }

/** What a search asks of a database, which reads at most as many rows as it says. */
export type MemberFinder = Finder & {
  countMembers(room: string): number | Promise<number>
  /** Who is in the room or was, by user, from behind one on. */
  readMembers(room: string, after: string, most: number): NamedMemberRow[] | Promise<NamedMemberRow[]>
  /** Those of them who are in the room now. */
  findMembers(room: string, users: readonly string[]): MemberRow[] | Promise<MemberRow[]>
}

/** Up to so many members the room is looked through, as far as one search goes; of more only those with the words. */
const mostLookedThrough = mostRows * mostRounds

/** As `Store.searchMembers` says. */
export async function searchMembers(finder: MemberFinder, search: MemberSearch): Promise<FoundMembers> {
  const words = wordsOf(search.query)
  if (words.length === 0) return { members: [], users: {}, examined: 0 }
  const after = search.cursor === undefined ? undefined : decodeCursor(search.cursor, 'string')
  // A cursor says how its search goes about it: by the room it names no word.
  const isByRoom = after ? after[0] === '' : (await finder.countMembers(search.room)) <= mostLookedThrough
  return isByRoom
    ? inRoom(finder, search, words, after?.[1] ?? '')
    : inDirectory(finder, search, words, after)
}

async function inRoom(
  finder: MemberFinder,
  { room, limit }: MemberSearch,
  words: readonly string[],
  after: string,
): Promise<FoundMembers> {
  const found: NamedMemberRow[] = []
  let [place, examined, isEnd] = [after, 0, false]
  for (let round = 0; round < mostRounds && !isEnd && found.length <= limit; round++) {
    // The others have their turn in between.
    if (round > 0) await new Promise(setImmediate)
    const rows = await finder.readMembers(room, place, mostRows)
    examined += rows.length
    found.push(...rows.filter((row) => row.left_seq === null && hasWords(row, words)))
    place = rows.at(-1)?.user ?? place
    isEnd = rows.length < mostRows
  }
  const page = found.slice(0, limit)
  const last = found.length > limit ? page.at(-1)?.user : isEnd ? undefined : place
  return {
    members: page.map(memberView),
    users: Object.fromEntries(page.map((row) => [row.id, userView(row)])),
    ...(last !== undefined && { cursor: encodeCursor(['', last]) }),
    examined,
  }
}

async function inDirectory(
  finder: MemberFinder,
  { room, limit }: MemberSearch,
  words: readonly string[],
  after: Place | undefined,
): Promise<FoundMembers> {
  const members = new Map<string, MemberRow>()
  const { users, ...found } = await byWords(finder, {
    ...{ words, limit, after },
    async keep(rows) {
      for (const member of await finder.findMembers(
        room,
        rows.map(({ id }) => id),
      ))
        members.set(member.user, member)
      return rows.filter(({ id }) => members.has(id))
    },
  })
  const named: Users = Object.fromEntries(users.map((user) => [user.id, user]))
  return { ...found, members: users.flatMap(({ id }) => members.get(id) ?? []).map(memberView), users: named }
}
