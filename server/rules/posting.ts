/** Who may write in a room now: where only owners do, and in slow mode. */
import { Problem } from '../protocol/problems.ts'
import type { MemberView } from '../protocol/views.ts'
import { requirePermission } from './permissions.ts'
import type { RoomRow } from './rows.ts'

/** Both null in most rooms. Then nothing more is asked of who writes, and it costs nothing. */
export type PostingRules = Pick<RoomRow, 'post' | 'slow_mode'>

/** A member who writes. `posted_at`: when they last did while slow mode was on. */
export type Poster = { readonly role: MemberView['role']; readonly posted_at: number | null }

export const hasPostingRules = ({ post, slow_mode }: PostingRules): boolean =>
  post !== null || slow_mode !== null

/**
 * Asked in the transaction that writes, of a message that is not there yet. @throws Problem `forbidden`, `rate_limited` with
 * the seconds that are left
 */
export function requirePosting({ post, slow_mode }: PostingRules, { role, posted_at }: Poster, now: number) {
  if (role === 'owner') return
  if (post === 'owners') requirePermission('announce', { role, kind: 'group' })
  if (slow_mode === null || posted_at === null) return
  const retryAfter = Math.ceil((posted_at + slow_mode * 1000 - now) / 1000)
  if (retryAfter <= 0) return
  const detail = `slow mode: expected ${slow_mode} s between two messages: try again in ${retryAfter} s`
  throw new Problem('rate_limited', detail, { retryAfter })
}
