/** What nodes say to each other about who is online: to all which rooms they hold, and to each one whom it may need. */
import * as v from 'valibot'

const mostUsers = 500
const mostRooms = 5_000
const separator = '/user/'

/** A user of a tenant: user ids are unique in their tenant only. */
export type Person = { readonly tenant: string; readonly user: string }

/** `tenant/user/id`. Tenant ids hold no slash. */
const PersonText = v.pipe(
  v.string(),
  v.regex(/^[^/]+\/user\//, 'expected tenant/user/id'),
  v.transform((text): Person => {
    const end = text.indexOf(separator)
    return { tenant: text.slice(0, end), user: text.slice(end + separator.length) }
  }),
)

/**
 * Part of what a node says in a row: changes are numbered, so that whoever hears one knows whether one is missing. One without
 * a change only says which number was the last.
 */
const row = {
  node: v.string(),
  no: v.number(),
  /** It says everything: what was said before is void. */
  isAll: v.boolean(),
}

/** To all nodes: the rooms that it holds listeners of, as `roomMark` has them. */
const Rooms = v.object({
  ...row,
  opened: v.array(v.number()),
  closed: v.array(v.number()),
  /**
   * Users who changed who sees them. It is no news that counts: whoever misses it finds it in the database within a minute,
   * and nodes of the build before do not know it.
   */
  settled: v.exactOptional(v.array(PersonText)),
})

/** To one node: the users that share one of its rooms. */
const People = v.object({
  ...row,
  here: v.array(PersonText),
  left: v.array(PersonText),
  /** It missed something of what the other said, and asks for all of it. */
  asks: v.array(v.picklist(['rooms', 'people'])),
})

export type Rooms = v.InferOutput<typeof Rooms>
export type People = v.InferOutput<typeof People>
export type Announcement = Rooms | People

type Row = Pick<Rooms, 'node' | 'no' | 'isAll'>

export function decodeAnnouncement(frame: Buffer): Announcement {
  const announcement: unknown = JSON.parse(frame.toString())
  const isOfRooms = typeof announcement === 'object' && announcement !== null && 'opened' in announcement
  return isOfRooms ? v.parse(Rooms, announcement) : v.parse(People, announcement)
}

export const isAboutRooms = (announcement: Announcement): announcement is Rooms => 'opened' in announcement

/** In pieces that hold nobody up; `no` is the number of the first. Without a change: only the last number. */
export function encodeRooms(
  row: Row,
  opened: readonly number[],
  closed: readonly number[],
  settled: readonly Person[] = [],
): Buffer[] {
  const most = Math.max(opened.length, closed.length, settled.length)
  return pieces(row, most, mostRooms, (from, to) => ({
    opened: opened.slice(from, to),
    closed: closed.slice(from, to),
    ...(settled.length > from && { settled: settled.slice(from, to).map(textOf) }),
  }))
}

export function encodePeople(
  row: Row,
  { here, left, asks }: Pick<People, 'asks'> & { here: readonly Person[]; left: readonly Person[] },
): Buffer[] {
  return pieces(row, Math.max(here.length, left.length), mostUsers, (from, to) => ({
    here: here.slice(from, to).map(textOf),
    left: left.slice(from, to).map(textOf),
    asks: from === 0 ? asks : [],
  }))
}

function pieces(
  { node, no, isAll }: Row,
  length: number,
  most: number,
  pieceOf: (from: number, to: number) => object,
): Buffer[] {
  const frames: Buffer[] = []
  for (let at = 0; at === 0 || at < length; at += most) {
    const row = { node, no: no + frames.length, isAll: isAll && at === 0 }
    frames.push(Buffer.from(JSON.stringify({ ...row, ...pieceOf(at, at + most) })))
  }
  return frames
}

const textOf = ({ tenant, user }: Person): string => `${tenant}${separator}${user}`

/**
 * A room by a number: 48 bits of the name of its topic, so that no two are the same by chance, and tens of thousands are few
 * bytes. Two of FNV-1a, which is cheap and the same on every node.
 */
export function roomMark(topic: string): number {
  let high = 0x811c9dc5
  let low = 0x01234567
  for (let at = 0; at < topic.length; at++) {
    const code = topic.charCodeAt(at)
    high = Math.imul(high ^ code, 0x01000193)
    low = Math.imul(low ^ code, 0x01000193) + 0x9e37
  }
  return (high >>> 0) * 0x10000 + ((low ^ (low >>> 15)) & 0xffff)
}
