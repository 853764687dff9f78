/** Join links, the same on both databases. */
import { limits } from '../protocol/limits.ts'
import { Problem } from '../protocol/problems.ts'
import type { LinkView } from '../protocol/views.ts'
import type { LinkDraft } from '../store/store.ts'

export type LinkRow = {
  readonly id: string
  readonly code: string
  readonly created_at: number
  readonly expires_at: number | null
  readonly max_uses: number | null
  readonly used: number
}

const time = (ms: number) => new Date(ms).toISOString()

export function linkView(row: LinkRow): LinkView {
  const view: LinkView = { id: row.id, code: row.code, createdAt: time(row.created_at), used: row.used }
  if (row.expires_at !== null) view.expiresAt = time(row.expires_at)
  if (row.max_uses !== null) view.maxUses = row.max_uses
  return view
}

/** The row of a new link. @throws Problem `bad_request` for one that would open nothing */
export function firstLink({ id, code, expiresAt, maxUses }: LinkDraft, now: number): LinkRow {
  if (expiresAt !== undefined && expiresAt <= now)
    throw new Problem('bad_request', 'expiresAt: expected a time to come')
  return { id, code, created_at: now, expires_at: expiresAt ?? null, max_uses: maxUses ?? null, used: 0 }
}

/** A retry makes no second link. @throws Problem `conflict` when the id is that of a link of another kind */
export function retriedLink(known: LinkRow, { expiresAt, maxUses }: LinkDraft): LinkView {
  if (known.expires_at !== (expiresAt ?? null) || known.max_uses !== (maxUses ?? null))
    throw new Problem('conflict', 'id: another link has this id')
  return linkView(known)
}

/** @param count the links of the room that still open it. @throws Problem `too_large` */
export function requireLinkLeft(count: number): void {
  if (count >= limits.links)
    throw new Problem('too_large', `expected at most ${limits.links} join links of a room`)
}
