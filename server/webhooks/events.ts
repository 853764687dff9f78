/** What a delivery says: each event with what it is about, as that is now. */
import type { MessageView, RoomView, Users } from '../protocol/views.ts'
import { userOfRoom, type WebhookEvent } from '../rules/webhooks.ts'
import type { PendingEvent, StoreReads } from '../store/store.ts'
import { namedIn } from '../store/users-in.ts'
import { type Unread, unreadOf } from './unread.ts'

export type SentEvent = {
  /** The same whenever it is sent. */
  readonly id: string
  readonly type: WebhookEvent | 'test'
  /** When it happened. */
  readonly timestamp: string
  readonly data: EventData
}

type EventData = {
  readonly roomId?: string
  /** The room's number after it. */
  readonly rev?: number
  /** As it is now; null where it is gone. */
  readonly message?: MessageView | null
  /** As it is now; null where it is gone. */
  readonly room?: RoomView | null
  /** Whom it is about. */
  readonly userId?: string
} & Partial<Omit<Unread, 'userId'>>

/** The body of a delivery. */
export type Delivery = {
  readonly events: readonly SentEvent[]
  /** Those whom the events name, by id. */
  readonly users: Users
}

/** The events of one room, or one user. What has become nothing meanwhile is none: somebody read what they were to be told of. */
export async function eventsOf(
  store: StoreReads,
  room: string,
  pending: readonly PendingEvent[],
): Promise<SentEvent[]> {
  const user = userOfRoom(room)
  if (user !== undefined) {
    const unread = await unreadOf(store, user)
    const last = pending.at(-1)
    return unread && last ? [sentEvent(`${user}.${last.rev}`, last, { ...unread })] : []
  }
  const hasRoom = pending.some(({ event }) => event === 'room.created' || event === 'room.changed')
  const view = hasRoom ? ((await store.findRoom(room)) ?? null) : null
  return pending.map((one) => sentEvent(`${room}.${one.rev}`, one, dataOf(room, one, view)))
}

function sentEvent(id: string, { event, at, message }: PendingEvent, data: EventData): SentEvent {
  // Of one that is told again it is another time that stands beside it.
  const timestamp = event === 'message.sent' ? message?.createdAt : undefined
  return { id, type: event, timestamp: timestamp ?? new Date(at).toISOString(), data }
}

function dataOf(roomId: string, one: PendingEvent, room: RoomView | null): EventData {
  const { event, rev, message = null } = one
  const place = { roomId, rev }
  if (event === 'room.created') return { ...place, room }
  if (event === 'room.deleted') return place
  if (event === 'room.changed') return { ...place, room, ...(one.seq !== null && { message }) }
  if (!event.startsWith('member.')) return { ...place, message }
  const userId = message?.system?.userId ?? message?.authorId
  return { ...place, message, ...(userId !== undefined && { userId }) }
}

/** With the people that the events name. */
export async function deliveryOf(store: StoreReads, events: readonly SentEvent[]): Promise<Delivery> {
  const ids = new Set(events.flatMap(({ data }) => namesOf(data)))
  return { events, users: ids.size > 0 ? await store.findUsers(ids) : {} }
}

function namesOf({ message, room, userId, rooms = [] }: EventData): string[] {
  return [
    ...(message ? namedIn(message) : []),
    ...(room?.members ?? []).map((member) => member.userId),
    ...(room?.lastMessage ? namedIn(room.lastMessage) : []),
    ...(userId === undefined ? [] : [userId]),
    ...rooms.flatMap(({ senderIds }) => senderIds),
  ]
}
