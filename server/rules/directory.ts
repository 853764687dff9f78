/**
 * The directory of open rooms, the same on both databases: these read rows in the order of an index, so many as they are
 * told, and which of them match is decided here.
 */

import { limits } from '../protocol/limits.ts'
import { wordsOf } from '../protocol/names.ts'
import { Problem } from '../protocol/problems.ts'
import type { OpenRoomView } from '../protocol/views.ts'
import type { FoundRooms, OpenRoomSearch } from '../store/store.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import type { RoomRow } from './rows.ts'
import { mostRows } from './search.ts'
import { countFitting, openRoomBytes } from './size.ts'

export type OpenRoomRow = Pick<RoomRow, 'id' | 'name' | 'description' | 'picture_url' | 'member_count'> & {
  readonly joined: boolean | 0 | 1
}

/** Where a room stands: most members first, then by name, then by id. */
export type DirectoryPlace = readonly [crowd: number, name: string, id: string]

const start: DirectoryPlace = [Number.MIN_SAFE_INTEGER, '', '']

/** From behind which place so many rows are read. @throws Problem `bad_request` for a cursor that is none */
export function directoryScan({ query, limit, cursor }: OpenRoomSearch): {
  after: DirectoryPlace
  most: number
} {
  return {
    after: cursor === undefined ? start : placeIn(cursor),
    most: (wordsOf(query).length > 0 ? mostRows : limit) + 1,
  }
}

/** @param rows as many as `directoryScan` said, or all there are */
export function directoryPage(
  rows: readonly OpenRoomRow[],
  { query, limit }: OpenRoomSearch,
  most: number,
): FoundRooms {
  const words = wordsOf(query)
  // A query without a letter or digit is in no name's words.
  if (words.length === 0 && query.trim() !== '') return { rooms: [], examined: 0 }
  const scanned = rows.slice(0, most - 1)
  const matching = scanned.filter(({ name }) => hasWords(name ?? '', words))
  const page = matching.slice(
    0,
    Math.max(1, Math.min(limit, countFitting(matching, openRoomBytes, limits.pageBytes))),
  )
  const isCut = page.length < matching.length
  const last = isCut ? page.at(-1) : rows.length === most ? scanned.at(-1) : undefined
  return {
    rooms: page.map(openRoomView),
    ...(last && { cursor: encodeCursor(keyOf(last)) }),
    examined: scanned.length,
  }
}

export function openRoomView(row: OpenRoomRow): OpenRoomView {
  const view: OpenRoomView = { id: row.id, memberCount: row.member_count }
  if (row.name !== null) view.name = row.name
  if (row.description !== null) view.description = row.description
  if (row.picture_url !== null) view.pictureUrl = row.picture_url
  if (row.joined) view.joined = true
  return view
}

function hasWords(name: string, words: readonly string[]): boolean {
  const own = wordsOf(name)
  return words.every((word) => own.some((one) => one.startsWith(word)))
}

/** No id has a NUL. */
const keyOf = ({ id, name, member_count }: OpenRoomRow): [number, string] => [
  -member_count,
  `${name ?? ''}\0${id}`,
]

function placeIn(cursor: string): DirectoryPlace {
  const [crowd, rest] = decodeCursor(cursor, 'number')
  const at = rest.lastIndexOf('\0')
  if (at < 0) throw new Problem('bad_request', 'cursor: expected the cursor of the page before')
  return [crowd, rest.slice(0, at), rest.slice(at + 1)]
}
