/**
 * What becomes of a room's event for a listener who does not see all of the room (rules/visibility.ts). It is encoded once
 * for everybody; where that would tell of what was before they joined, they get another frame: the number alone, or the
 * message without its quote.
 */
import { encodeFrame, frameText } from '../fanout/frame.ts'
import type { Event, ServerFrame } from '../protocol/events.ts'
import type { MessageView } from '../protocol/views.ts'
import { isShown, shownFrom } from '../rules/visibility.ts'
import { onlyNamed } from '../store/users-in.ts'

/** One event, for each listener by the place from which they see the room. */
export type Reading = {
  /** Who sees from here on, or from before, gets it as it came. */
  readonly wholeFrom: number
  frameFor(from: number): Buffer
}

/** For an event of a room's topic. */
export function readingOf(frame: Buffer): Reading {
  const event = JSON.parse(frameText(frame)) as ServerFrame
  if (event.t === 'message')
    return reading(frame, firstPlaceIn(event.message), (from) => messageFor(from, event))
  if (event.t === 'room' && event.room.lastMessage)
    return reading(frame, firstPlaceIn(event.room.lastMessage), (from) => roomFor(from, event))
  return { wholeFrom: Number.POSITIVE_INFINITY, frameFor: () => frame }
}

/** Members who came at different times may get the same: each is encoded once. */
function reading(frame: Buffer, wholeFrom: number, eventFor: (from: number) => ServerFrame): Reading {
  const encoded = new Map<string, Buffer>()
  return {
    wholeFrom,
    frameFor(from) {
      if (from <= wholeFrom) return frame
      const event = eventFor(from)
      const key = JSON.stringify(event)
      const known = encoded.get(key) ?? encodeFrame(event)
      encoded.set(key, known)
      return known
    },
  }
}

/** The place of the earliest message that it tells of. */
function firstPlaceIn({ seq, replyTo }: MessageView): number {
  return Math.min(seq, replyTo?.seq ?? seq)
}

function messageFor(from: number, event: Event<'message'>): Event<'message'> | Event<'skipped'> {
  const { prev, same } = event
  if (isShown(from, event.message)) {
    const message = shownFrom(from, event.message)
    const { users: all, ...others } = event
    const users = all && onlyNamed(all, { messages: [message] })
    return { ...others, message, ...(users && Object.keys(users).length > 0 && { users }) }
  }
  const { rev, roomId } = event.message
  return { t: 'skipped', roomId, rev, ...(prev !== undefined && { prev }), ...(same && { same }) }
}

function roomFor(from: number, event: Event<'room'>): Event<'room'> {
  const { lastMessage, ...others } = event.room
  const isIn = lastMessage && isShown(from, lastMessage)
  const room = isIn ? { ...others, lastMessage: shownFrom(from, lastMessage) } : others
  return { ...event, room, users: onlyNamed(event.users, { rooms: [room] }) }
}
