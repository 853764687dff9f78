import type { MemberView, UserView } from '../../server/protocol/views.ts'
import type { State } from './state.ts'

/** Somebody who has read a message, and when they last read in this room. */
export type Seen = { readonly user: UserView; readonly at: string | undefined }

/** A user's view; of somebody never heard of, the id as the name. */
export function userOf(state: State, id: string): UserView {
  return state.users.get(id) ?? { id, name: id }
}

/** Whether that is me, or the guest that I was. */
export function isMe(state: State, id: string): boolean {
  return (state.users.get(id)?.mergedInto ?? id) === state.me
}

/** Who else of some members has seen a message, latest reader first. */
export function seenAmong(state: State, members: readonly MemberView[], seq: number): readonly Seen[] {
  return members
    .filter(({ userId, readSeq }) => userId !== state.me && readSeq >= seq)
    .map(({ userId, readAt }) => ({ user: userOf(state, userId), at: readAt }))
    .sort((a, b) => compare(b.at ?? '', a.at ?? ''))
}

/** Members with the times of those who have read no further since the server was asked for them. */
export function withTimes(
  members: readonly MemberView[] | undefined,
  timed: readonly MemberView[],
): readonly MemberView[] {
  if (!members) return timed
  const times = new Map(timed.map((member) => [member.userId, member]))
  return members.map((member) => {
    const { readSeq = -1 } = times.get(member.userId) ?? {}
    return readSeq < member.readSeq ? member : { ...member, ...times.get(member.userId) }
  })
}

/** By UTF-16 code units: ids, and RFC 3339 in UTC with milliseconds. */
export function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
