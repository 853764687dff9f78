import { limits } from '../protocol/limits.ts'
import { jsonColumns, type MessageRow, type RoomRow } from './rows.ts'

/** Bytes of a message's view beside its text and its JSON, rounded up: ids, numbers and times. */
const frameBytes = 600

/** About how many bytes a message takes as JSON, and never more. */
export function messageBytes(row: Pick<MessageRow, 'text' | (typeof jsonColumns)[number]>): number {
  const { text } = row
  let rest = frameBytes
  for (const name of jsonColumns) rest += 3 * (row[name]?.length ?? 0)
  // Six for a control character, three for most others: exact only where it matters.
  return rest + (text.length < 100 ? 6 * text.length : Buffer.byteLength(JSON.stringify(text)))
}

/** Of a room's view: the room itself, and each member that it lists with what is shown of them beside it. */
const roomBytesAlone = 1_500
const memberBytes = 250

/** More members than a page of rooms can list. */
export const mostListed = Math.ceil(limits.pageBytes / memberBytes)

/** About how many bytes a room takes in a list. */
export function roomBytes(
  room: Pick<RoomRow, 'member_count' | 'description' | 'picture_url' | 'data'>,
  last: MessageRow | undefined,
): number {
  const listed = room.member_count > limits.crowd ? 0 : room.member_count
  const said =
    3 * ((room.description?.length ?? 0) + (room.picture_url?.length ?? 0) + (room.data?.length ?? 0))
  return roomBytesAlone + said + listed * memberBytes + (last ? messageBytes(last) : 0)
}

/** The same of a room in the directory. */
export const openRoomBytes = ({
  description,
  picture_url,
}: Pick<RoomRow, 'description' | 'picture_url'>): number =>
  roomBytesAlone + 3 * ((description?.length ?? 0) + (picture_url?.length ?? 0))

/** How many of the first entries fit into so many bytes together. */
export function countFitting<T>(entries: readonly T[], bytesOf: (entry: T) => number, bytes: number): number {
  let left = bytes
  const first = entries.findIndex((entry) => {
    left -= bytesOf(entry)
    return left < 0
  })
  return first < 0 ? entries.length : first
}
