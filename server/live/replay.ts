import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import { messageEvent } from '../commands/message-news.ts'
import { encodeFrame } from '../fanout/frame.ts'
import type { Event } from '../protocol/events.ts'
import { limits } from '../protocol/limits.ts'
import type { StoredChanges, StoreReads } from '../store/store.ts'
import { usersIn } from '../store/users-in.ts'
import { pieceOfChanges } from '../views/piece.ts'
import type { Hub } from './hub.ts'
import type { Membership } from './membership.ts'
import type { RoomTopic } from './topic.ts'

type Change = { readonly rev: number; readonly event: Event<'message'> | Event<'room'> }
type Tools = { readonly hub: Hub; readonly membership: Membership; forTenant(tenant: string): StoreReads }

/** How often it is checked whether what was sent has left, and how many times. */
const lookEveryMs = 10
const mostLooks = 100

/**
 * Sends a room's listeners the changes that they missed, as they are now: what was changed twice is sent once. Each
 * says by `prev` that nothing is missing before it. They come in pieces, the next one when the last has left: sent all
 * at once, long messages would make a client that reads seem too slow. @returns how many
 */
export async function replayMissed(tools: Tools, topic: RoomTopic): Promise<number> {
  const { hub, forTenant } = tools
  const store = forTenant(topic.tenant)
  for (let sent = 0; ; ) {
    const since = topic.rev
    // Of all that was missed: the hub knows what of it each listener sees.
    const missed = await pieceOfChanges(store, { room: topic.room, since, limit: limits.page })
    const changes = missed.reset ? [] : await changesOf(store, topic.room, missed)
    await ensureMembers(tools, topic, missed.membershipRev)
    let prev = since
    for (const { rev, event } of changes) {
      hub.broadcast(topic, encodeFrame({ ...event, prev }))
      prev = rev
    }
    // Too much to be sent: clients see it by their heads, and load anew.
    if (missed.reset) topic.noteMove(hub.tick)
    topic.deliveredUpTo(lastOf(missed))
    sent += changes.length
    if (!missed.more || topic.isClosed) return sent
    await toDrain(topic)
  }
}

/** A member who was removed up to that change must not receive it: they leave the topic first. */
async function ensureMembers({ membership }: Tools, topic: RoomTopic, membershipRev: number): Promise<void> {
  while ((topic.isHolding || membershipRev > topic.membershipRev) && !topic.isClosed)
    await membership.check(topic)
}

/** Resolves when all sockets took most of what they were sent. One that does not read is not waited for much longer. */
async function toDrain(topic: RoomTopic): Promise<void> {
  await nextTurn()
  for (let left = mostLooks; left > 0 && isLagging(topic); left--) await delay(lookEveryMs)
}

function isLagging({ listeners }: RoomTopic): boolean {
  for (const { writer } of listeners) if (writer.isLagging) return true
  return false
}

/** Ascending by rev. */
async function changesOf(store: StoreReads, id: string, missed: StoredChanges): Promise<Change[]> {
  const { messages, roomChanged } = missed
  const users = await usersIn(store, { messages })
  const changes = messages.map(
    (message): Change => ({ rev: message.rev, event: messageEvent(message, users) }),
  )
  const room = roomChanged ? await store.findRoom(id) : undefined
  // Changed once more since: then that change comes by itself, and this one is no longer to be had.
  if (room && room.rev <= lastOf(missed)) {
    const event = { t: 'room', room, users: await usersIn(store, { rooms: [room] }) } as const
    changes.push({ rev: room.rev, event })
  }
  return changes.sort((a, b) => a.rev - b.rev)
}

/** The rev up to which an answer knows everything. */
function lastOf({ messages, more, head }: StoredChanges): number {
  return more ? (messages.at(-1)?.rev ?? head) : head
}
