/** Things for tests of the widget, complete unless a test says otherwise. */

import type { Event } from '../../server/protocol/events.ts'
import { isGuestId } from '../../server/protocol/guests.ts'
import { limits } from '../../server/protocol/limits.ts'
import type { MessageView, Page, RoomView, UserView } from '../../server/protocol/views.ts'
import { reduce } from '../../widget/state/reduce.ts'
import { type Action, initialState, type State } from '../../widget/state/state.ts'

export const noon = Date.parse('2026-11-22T12:00:00.000Z')

/** The time `minutes` after noon, as the server writes it. */
export function after(minutes: number): string {
  return new Date(noon + minutes * 60_000).toISOString()
}

/** A UUID that a reader recognises: `idOf('r', 1)`. */
export function idOf(kind: string, number: number): string {
  const tail = `${kind.charCodeAt(0).toString(16)}${number.toString(16).padStart(10, '0')}`
  return `00000000-0000-7000-8000-${tail.padStart(12, '0')}`
}

export function aUser(id: string, more: Partial<UserView> = {}): UserView {
  const name = id.charAt(0).toUpperCase() + id.slice(1)
  return { id, name, ...(isGuestId(id) && { guest: true }), ...more }
}

/** From sam, in room 1; its rev is its seq, and each seq is a minute later. */
export function aMessage({ seq, ...more }: { seq: number } & Partial<MessageView>): MessageView {
  return {
    id: idOf('m', seq),
    roomId: idOf('r', 1),
    seq,
    rev: seq,
    authorId: 'sam',
    kind: 'text',
    text: `message ${seq}`,
    createdAt: after(seq),
    ...more,
  }
}

/** Room 1: direct, of ana (me) and sam, empty. */
export function aRoom(more: Partial<RoomView> = {}): RoomView {
  return {
    id: idOf('r', 1),
    kind: 'direct',
    rev: 0,
    head: 0,
    memberCount: 2,
    members: [
      { userId: 'ana', role: 'owner', readSeq: 0 },
      { userId: 'sam', role: 'member', readSeq: 0 },
    ],
    lastAt: after(0),
    me: { readSeq: 0, unread: 0, muted: false },
    ...more,
  }
}

export function aPage(messages: MessageView[], more: Partial<Page> = {}): Page {
  const head = Math.max(0, ...messages.map(({ rev }) => rev))
  return { messages, users: {}, head, epoch: 'e1', older: false, newer: false, ...more }
}

/** The start of ana's session, with room 1 unless a test says otherwise. */
export function aReady({ rooms = [aRoom()], ...more }: Partial<Event<'ready'>> = {}): Event<'ready'> {
  const { textChars, frameBytes, nameChars, descriptionChars, members, page, crowd } = limits
  return {
    t: 'ready',
    id: '1',
    me: aUser('ana'),
    unread: rooms.reduce((sum, { me }) => sum + (me?.unread ?? 0), 0),
    epoch: 'e1',
    features: { typing: true, replies: true, reactions: true, mentions: true },
    limits: { textChars, frameBytes, nameChars, descriptionChars, members, page, crowd, rooms: limits.rooms },
    rooms,
    users: { ana: aUser('ana'), sam: aUser('sam') },
    heads: Object.fromEntries(rooms.map(({ id, head }) => [id, head])),
    more: false,
    ...more,
  }
}

export function aMessageEvent(message: MessageView, prev?: number): Event<'message'> {
  return { t: 'message', message, user: aUser(message.authorId), ...(prev !== undefined && { prev }) }
}

/** The state after all this happened, beginning with `ready` unless the actions do. */
export function stateAfter(...actions: Action[]): State {
  const all = actions[0]?.t === 'ready' ? actions : [aReady(), ...actions]
  return all.reduce(reduce, initialState)
}
