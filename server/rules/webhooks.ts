/**
 * What a site is told of, and how: the events, the signature, the pauses between attempts. Signed as https://www.standardwebhooks.com has it.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { Problem } from '../protocol/problems.ts'
import type { MessageView } from '../protocol/views.ts'

/** Each with what became true. */
export const webhookEvents = {
  'message.sent': 'somebody sent a message',
  'message.edited': 'a message has a new text',
  'message.deleted': 'a message was taken back',
  'message.reacted': 'somebody reacted to a message, or took that back',
  'message.pinned': 'a message was pinned for all, or is no longer',
  'room.created': 'there is a new room',
  'room.changed':
    'a room has another name, description, picture or setting, or a guest in it signed in as a user',
  'room.deleted': 'a group was deleted, and all that was said in it',
  'member.added': 'somebody came into a group',
  'member.removed': 'somebody was taken out of a group',
  'member.left': 'somebody left a group',
  'member.role': 'somebody has another role in a group',
  'user.unread': 'a user has been away, and others wrote what notifies them',
} as const

export type WebhookEvent = keyof typeof webhookEvents

/** Webhooks of one tenant. */
export const mostWebhooks = 5
const mostUrlChars = 2_000
/** Two while one is being replaced. */
export const mostWebhookSecrets = 2

/** How long an event is tried. */
export const deliverForMs = 24 * 60 * 60_000
const firstPauseMs = 5_000
const longestPauseMs = 60 * 60_000

/** Who was not here for so long, with something unread since, is away. */
export const awayMs = 5 * 60_000
/** What is said in a room is looked at once for each of these. */
export const checkEveryMs = 60_000

export function isWebhookEvent(text: string): text is WebhookEvent {
  return Object.hasOwn(webhookEvents, text)
}

/** @throws Problem `bad_request` for what cannot be delivered to */
export function requireWebhookUrl(text: string, isPublic: (address: string) => boolean): string {
  const refuse = (why: string) =>
    new Problem('bad_request', `url: expected ${why}, got ${JSON.stringify(text)}`)
  if (text.length > mostUrlChars)
    throw new Problem('bad_request', `url: expected at most ${mostUrlChars} characters, got ${text.length}`)
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'https:') throw refuse('an address that starts with https://')
  if (url.username !== '' || url.password !== '') throw refuse('an address without a user')
  if (url.hash !== '') throw refuse('an address without #')
  const name = url.hostname.replace(/^\[|\]$/g, '')
  const isAddress = /^[\d.]+$/.test(name) || name.includes(':')
  if (name === 'localhost' || name.endsWith('.localhost') || (isAddress && !isPublic(name)))
    throw refuse('an address of the public internet')
  return url.href
}

const prefix = 'whsec_'

export function makeWebhookSecret(): string {
  return prefix + randomBytes(32).toString('base64')
}

export function makeWebhookId(): string {
  return randomBytes(6).toString('hex')
}

export type Signed = { readonly id: string; readonly timestamp: number; readonly body: string }

/** The value of the header `webhook-signature`: one for each secret. `timestamp` in seconds. */
export function signaturesOf(secrets: readonly string[], { id, timestamp, body }: Signed): string {
  return secrets
    .map((secret) => {
      const key = Buffer.from(secret.slice(prefix.length), 'base64')
      return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
    })
    .join(' ')
}

/** From one attempt to the next: twice as long each time, up to an hour, and nobody at the same time as all others. */
export function pauseMs(attempts: number, random: number): number {
  const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** (attempts - 1))
  return Math.round(pause * (0.5 + random / 2))
}

/** Milliseconds that an answer's header asks to wait for; 0 where it asks for none. */
export function retryAfterMs(header: string | null, now: number): number {
  if (header === null) return 0
  const asked = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isNaN(asked) ? 0 : Math.max(0, Math.min(deliverForMs, asked))
}

/** What a message of history says happened, for who is told of it again. */
export function eventOfMessage({ system }: Pick<MessageView, 'system'>): WebhookEvent {
  return system ? ofSystem[system.event] : 'message.sent'
}

const ofSystem = {
  renamed: 'room.changed',
  described: 'room.changed',
  configured: 'room.changed',
  added: 'member.added',
  joined: 'member.added',
  removed: 'member.removed',
  left: 'member.left',
  promoted: 'member.role',
  demoted: 'member.role',
} as const

/** The room of an event that is a user's alone. */
export const roomOfUser = (user: string): string => `@${user}`
export const userOfRoom = (room: string): string | undefined =>
  room.startsWith('@') ? room.slice(1) : undefined

export const spaced = (event: WebhookEvent): string => ` ${event} `

export const takenWebhook = (id: string): Problem => new Problem('conflict', `there is a webhook ${id}`)
export const tooManyWebhooks = (): Problem =>
  new Problem('too_large', `expected at most ${mostWebhooks} webhooks of a tenant: remove one first`)
export const noWebhook = (tenant: string, id: string): Problem =>
  new Problem('not_found', `no webhook ${JSON.stringify(id)} of ${tenant}`)
