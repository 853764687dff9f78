/** How I keep a room in my list: pinned, muted, archived, marked unread. What each means, docs/protocol.md says. */
import type { ArrangementView, RoomMe, RoomView } from '../../server/protocol/views.ts'
import type { Arranging, Count, Room } from './state.ts'

type Arranged = Pick<Room, 'me' | 'saidSeq'>

/** In the archive: while nobody said anything since, or while it is muted. */
export function isArchived({ me, saidSeq }: Arranged): boolean {
  const { archivedSeq } = me.arranged ?? {}
  return archivedSeq !== undefined && (me.muted || saidSeq <= archivedSeq)
}

/** The last place where somebody said something: what an earlier server's rooms say themselves counts as that. */
export const saidIn = ({ saidSeq, lastMessage }: RoomView): number => saidSeq ?? lastMessage?.seq ?? 0

/** What of a room counts to the sums of what is unread and what mentions me. */
export function countOf(room: Arranged): Count {
  const { me } = room
  if (isArchived(room)) return { unread: 0, mentions: 0 }
  const isQuiet = me.muted && me.arranged?.muteMentions
  return { unread: me.muted ? 0 : me.unread, mentions: isQuiet ? 0 : (me.mentions ?? 0) }
}

/** The place after which messages of others are unread to me. */
export function readMark({ readSeq, arranged }: RoomMe): number {
  return Math.min(readSeq, (arranged?.unreadFrom ?? Number.POSITIVE_INFINITY) - 1)
}

/** As the server will have it, before it says so. `at`: now, in milliseconds. */
export function arrangedBy(room: Room, wish: Arranging, at: number): Pick<RoomMe, 'muted' | 'arranged'> {
  const { me } = room
  const held: Partial<ArrangementView> = me.arranged ?? {}
  const { muteMentions = held.muteMentions, unreadFrom = held.unreadFrom } = wish
  const { muted, mutedUntil } = mutedBy(me, wish, at)
  const arranged = {
    ...{ rev: held.rev ?? 0, mutedUntil, ...placedBy(room, wish, at) },
    muteMentions: muteMentions || undefined,
    unreadFrom: unreadFrom || undefined,
  }
  return { muted, arranged: defined(arranged) }
}

/** Pinned or archived, and not both: the later one counts. */
function placedBy({ me, lastMessage }: Room, { pinned, archived }: Arranging, at: number): Fields {
  const { pinnedAt, archivedSeq } = me.arranged ?? {}
  if (archived) return { archivedSeq: lastMessage?.seq ?? 0 }
  if (pinned) return { pinnedAt: pinnedAt ?? new Date(at).toISOString() }
  return {
    pinnedAt: pinned === false ? undefined : pinnedAt,
    archivedSeq: archived === false ? undefined : archivedSeq,
  }
}

function mutedBy({ muted, arranged }: RoomMe, { mutedUntil: until }: Arranging, at: number) {
  if (until === undefined) return { muted, mutedUntil: arranged?.mutedUntil }
  if (until === 'forever') return { muted: true }
  return until !== null && Date.parse(until) > at ? { muted: true, mutedUntil: until } : { muted: false }
}

/**
 * Without its mark, which was read to its end as it is known here. Somebody may have written since: the server alone knows
 * whether the mark is over, so that its word of the same rev counts more than this.
 */
export function unmarked(me: RoomMe): RoomMe {
  if (me.arranged?.unreadFrom === undefined) return me
  const { unreadFrom: _, rev, ...arranged } = me.arranged
  return { ...me, arranged: { rev: rev - 1, ...arranged } }
}

/** When its mute ends by itself, in milliseconds. */
export function muteEnd({ muted, arranged }: RoomMe): number {
  return muted && arranged?.mutedUntil ? Date.parse(arranged.mutedUntil) : Number.POSITIVE_INFINITY
}

type Fields = { readonly [K in keyof ArrangementView]?: ArrangementView[K] | undefined }

function defined(fields: Fields): ArrangementView {
  const all = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(all) as ArrangementView
}
