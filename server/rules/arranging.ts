/** How a member keeps a room in their own list: pinned, muted, archived, marked unread. The same on both databases. */
import { limits } from '../protocol/limits.ts'
import { Problem } from '../protocol/problems.ts'
import type { RoomArranging } from '../store/store.ts'
import { type RoomRow, saidSeq } from './rows.ts'

/** The columns of `members` that it writes, as they hold now: a mute that has ended is none. */
export type Arranged = {
  readonly pinned_at: number | null
  readonly muted: number
  readonly muted_until: number | null
  readonly mute_mentions: number
  readonly archived_seq: number | null
  readonly unread_from: number | null
}

/** What a change depends on beside these: of the room, and of the user's other pins. */
export type ArrangedIn = Arranged & Pick<RoomRow, 'head' | 'last_seq' | 'quiet_from' | 'quiet_to'>
export type Pinned = { readonly count: number; readonly newest: number | null }

/** A room where nobody said anything since it was archived; a muted one stays there. */
function isArchived(room: ArrangedIn): boolean {
  const { archived_seq, muted } = room
  return archived_seq !== null && (muted !== 0 || saidSeq(room) <= archived_seq)
}

/**
 * What is to be written; undefined where nothing changes. @throws Problem `too_large` for one more pinned room than a
 * list may have
 */
export function arrangedBy(
  change: RoomArranging,
  before: ArrangedIn,
  { pinned, now }: { readonly pinned: Pinned; readonly now: number },
): Arranged | undefined {
  const after: Arranged = {
    ...placeOf(change, before, pinned, now),
    ...muteOf(change, before, now),
    mute_mentions: change.muteMentions === undefined ? before.mute_mentions : Number(change.muteMentions),
    // A room without messages has none to begin with.
    unread_from:
      change.unreadFrom === undefined
        ? before.unread_from
        : Math.min(change.unreadFrom ?? 0, before.head) || null,
  }
  const names = Object.keys(after) as (keyof Arranged)[]
  return names.every((name) => after[name] === before[name]) ? undefined : after
}

/** Pinned or archived, and not both: the later one counts. */
function placeOf(
  { pinned, archived }: RoomArranging,
  before: ArrangedIn,
  { count, newest }: Pinned,
  now: number,
): Pick<Arranged, 'pinned_at' | 'archived_seq'> {
  const { pinned_at, archived_seq, last_seq } = before
  if (archived) return { pinned_at: null, archived_seq: isArchived(before) ? archived_seq : last_seq }
  const stays = archived === false || pinned ? null : archived_seq
  if (pinned === undefined) return { pinned_at, archived_seq: stays }
  if (!pinned) return { pinned_at: null, archived_seq: stays }
  if (pinned_at === null && count >= limits.pinnedRooms)
    throw new Problem('too_large', `pinned: expected at most ${limits.pinnedRooms} pinned rooms`)
  // After all others, also where the clock went back: they are in this order.
  return { pinned_at: pinned_at ?? Math.max(now, (newest ?? 0) + 1), archived_seq: stays }
}

function muteOf(
  { mutedUntil }: RoomArranging,
  { muted, muted_until }: Arranged,
  now: number,
): Pick<Arranged, 'muted' | 'muted_until'> {
  if (mutedUntil === undefined) return { muted, muted_until }
  if (mutedUntil === 'forever') return { muted: 1, muted_until: null }
  return mutedUntil !== null && mutedUntil > now
    ? { muted: 1, muted_until: mutedUntil }
    : { muted: 0, muted_until: null }
}
