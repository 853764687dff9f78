import { limits } from '../protocol/limits.ts'
import { Problem } from '../protocol/problems.ts'
import type { MessageView, ReactionView } from '../protocol/views.ts'
import type { ReactionChange } from '../store/store.ts'

/** One emoji in the summary that lies in a message's row: what the table of reactions says, written with it. */
type StoredReaction = {
  readonly emoji: string
  readonly count: number
  /** The first users, in the order in which they reacted. */
  readonly users: readonly string[]
  /** The rev of the first one's: the summary is in this order. */
  readonly since: number
}

/** What a change depends on, of the row of its message. */
type Reactable = {
  readonly kind: MessageView['kind']
  readonly deleted_at: number | null
  readonly reactions: string | null
}

/** Of a row of the table of reactions. */
export type Reactor = { readonly user: string; readonly rev: number }

const summaryIn = (column: string | null): readonly StoredReaction[] =>
  column === null ? [] : (JSON.parse(column) as StoredReaction[])

const columnOf = (summary: readonly StoredReaction[]): string | null =>
  summary.length === 0 ? null : JSON.stringify(summary)

/**
 * Whether the change would change anything. `isThere`: the user has reacted with this emoji. That they are a member was
 * part of finding the row. @throws Problem `not_found` without a message, `forbidden` for what the room itself says,
 * `conflict` for a tombstone, `too_large` for one more emoji than a message may have
 */
export function changesReactions(row: Reactable, { emoji, on }: ReactionChange, isThere: boolean): boolean {
  if (row.kind !== 'text') throw new Problem('forbidden', 'nobody reacts to what the room itself says')
  if (row.deleted_at !== null) throw new Problem('conflict', 'the message was deleted')
  const summary = summaryIn(row.reactions)
  const isNew = on && !summary.some((one) => one.emoji === emoji)
  if (isNew && summary.length >= limits.reactions)
    throw new Problem('too_large', `emoji: expected at most ${limits.reactions} different reactions`)
  return isThere !== on
}

/** The summary with one more reaction, which is the room's newest change. */
export function withReaction(column: string | null, emoji: string, { user, rev }: Reactor): string | null {
  const summary = summaryIn(column)
  if (!summary.some((one) => one.emoji === emoji))
    return columnOf([...summary, { emoji, count: 1, users: [user], since: rev }])
  return columnOf(
    summary.map((one) => {
      if (one.emoji !== emoji) return one
      const users = one.users.length < limits.reactors ? [...one.users, user] : one.users
      return { ...one, count: one.count + 1, users }
    }),
  )
}

/** The summary with one reaction less. `first`: who reacted with it first of those that are left, as many as it names. */
export function withoutReaction(
  column: string | null,
  emoji: string,
  first: readonly Reactor[],
): string | null {
  const [eldest] = first
  const left = summaryIn(column).flatMap((one) => {
    if (one.emoji !== emoji) return one
    if (!eldest) return []
    return { ...one, count: one.count - 1, users: first.map(({ user }) => user), since: eldest.rev }
  })
  return columnOf(left.toSorted((a, b) => a.since - b.since))
}

export const reactionViews = (column: string): ReactionView[] =>
  summaryIn(column).map(({ emoji, count, users }) => ({ emoji, count, userIds: [...users] }))
