/** A webhook as both databases keep it, and what a change of theirs says to it. */

import type { MessageChange, NewWebhookEvent, RoomChange, Webhook, WebhookHold } from '../store/store.ts'
import { isWebhookEvent, spaced, type WebhookEvent } from './webhooks.ts'

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

/** An event in the log. A message that was sent is the first three; `webhook` is the only one that is told. */
type LogEntry = readonly [
  room: string,
  rev: number,
  at: number,
  event?: WebhookEvent,
  seq?: number | null,
  webhook?: string,
]

/** Events as the log has those of one commit: short, for it is written with it. */
export const logColumn = (events: readonly NewWebhookEvent[]): string =>
  JSON.stringify(
    events.map(
      ({ room, rev, event, seq, at }): LogEntry =>
        event === 'message.sent' ? [room, rev, at] : [room, rev, at, event, seq],
    ),
  )

export const loggedIn = (column: string): NewWebhookEvent[] =>
  (JSON.parse(column) as LogEntry[]).map(([room, rev, at, event = 'message.sent', seq = rev]) => ({
    ...{ room, rev, event, seq, at },
  }))

/** By the column of a webhook. */
export const columnWants = (events: string, event: WebhookEvent): boolean =>
  events === '' || events.includes(spaced(event))

/** Whether an event is logged for a webhook. What is said may be what somebody who is away has not read. */
export const isLoggedFor = (events: string, event: WebhookEvent): boolean =>
  columnWants(events, event) || (event === 'message.sent' && columnWants(events, 'user.unread'))
