/** A webhook as both databases keep it, and what a change of theirs says to it. */

import type { MessageChange, RoomChange, Webhook, WebhookHold } from '../store/store.ts'
import { isWebhookEvent, type WebhookEvent } from './webhooks.ts'

export function eventOfAmendment({ kind }: Pick<MessageChange, 'kind'>): WebhookEvent {
  const events = {
    edit: 'message.edited',
    'edit-site': 'message.edited',
    delete: 'message.deleted',
    pin: 'message.pinned',
  } as const
  return events[kind]
}

export function eventOfChange(change: RoomChange): WebhookEvent {
  if (change.kind === 'add' || change.kind === 'join') return 'member.added'
  // The host takes somebody out in their own name, too.
  if (change.kind === 'remove')
    return change.user === change.systemMessage.authorId ? 'member.left' : 'member.removed'
  return change.kind === 'set-role' ? 'member.role' : 'room.changed'
}

export const wants = ({ events }: Pick<Webhook, 'events'>, event: WebhookEvent): boolean =>
  events === 'all' || events.includes(event)

export type WebhookRow = {
  readonly tenant: string
  readonly id: string
  readonly url: string
  readonly events: string
  /** JSON on SQLite. */
  readonly secrets: string | readonly string[]
  readonly created_at: number
  readonly delivered_at: number | null
  readonly dropped: number
  readonly dropped_at: number | null
  readonly disabled_at: number | null
  readonly disabled_why: string | null
}

export const webhookColumns =
  'tenant, id, url, events, secrets, created_at, delivered_at, dropped, dropped_at, disabled_at, disabled_why'

/** Sealed, or opened. */
export type OfSecret = (secret: string, tenant: string) => string

export function webhookIn(row: WebhookRow, open: OfSecret): Webhook {
  const { tenant, id, url, dropped, events } = row
  const secrets: readonly string[] = typeof row.secrets === 'string' ? JSON.parse(row.secrets) : row.secrets
  return {
    ...{ tenant, id, url, dropped },
    // One that this version does not know is none.
    events: events === '' ? 'all' : events.trim().split(' ').filter(isWebhookEvent),
    secrets: secrets.map((secret) => open(secret, tenant)),
    createdAt: row.created_at,
    deliveredAt: row.delivered_at,
    droppedAt: row.dropped_at,
    disabledAt: row.disabled_at,
    disabledWhy: row.disabled_why,
  }
}

/** So that a part of one is no other. */
export const eventsColumn = (events: Webhook['events']): string =>
  events === 'all' ? '' : ` ${events.join(' ')} `

export type HoldRow = {
  readonly attempts: number | null
  readonly next_at: number | null
  readonly why: string | null
}

export const holdIn = ({ attempts, next_at: nextAt, why }: HoldRow): WebhookHold | undefined =>
  attempts === null ? undefined : { attempts, nextAt: nextAt ?? 0, why: why ?? '' }
