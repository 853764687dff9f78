import { encodeFrame } from '../fanout/frame.ts'
import { roomOf, topicsFor } from '../fanout/topics.ts'
import type { JoinedRoom, Store } from '../store/store.ts'
import { usersIn } from '../store/users-in.ts'
import type { Hub } from './hub.ts'
import type { Listener } from './listener.ts'
import type { RoomTopic } from './topic.ts'

type Tools = { readonly hub: Hub; forTenant(tenant: string): Store }

/** Who of this node's listeners may hear which room, asked of the database where the word of it may have been lost. */
export class Membership {
  /** How often a room's members were asked for. */
  checks = 0
  readonly #tools: Tools
  readonly #running = new Map<RoomTopic, Promise<void>>()

  constructor(tools: Tools) {
    this.#tools = tools
  }

  /** Puts out whoever is no member of the room, and then tells the others what was held back. */
  recheck(topic: RoomTopic): Promise<void> {
    return this.#running.get(topic) ?? this.#start(topic)
  }

  /** Lets listeners of these users into rooms they became members of, and puts them out of those they are no longer in. */
  async checkUsers(tenant: string, users: readonly string[]): Promise<void> {
    const { hub, forTenant } = this.#tools
    const topics = topicsFor(tenant)
    const store = forTenant(tenant)
    const listeners = users.flatMap((user) => [...hub.listenersOf(topics.user(user))])
    // Only what they listened to before the question can be contradicted by the answer.
    const heard = listeners.map((listener) => ({ listener, rooms: [...listener.rooms()] }))
    const memberships = await store.listMembershipsOf(users)
    for (const { listener, rooms } of heard) {
      const theirs = new Map((memberships.get(listener.user) ?? []).map((one) => [one.room, one]))
      const listening = new Set(listener.rooms())
      for (const one of theirs.values()) if (!listening.has(one.room)) await admit(hub, store, listener, one)
      for (const room of rooms) {
        const topic = theirs.has(room) ? undefined : hub.room(topics.room(room))
        if (topic) await this.recheck(topic)
      }
    }
  }

  #start(topic: RoomTopic): Promise<void> {
    const check = this.#recheck(topic).finally(() => this.#running.delete(topic))
    this.#running.set(topic, check)
    return check
  }

  async #recheck(topic: RoomTopic): Promise<void> {
    const named = roomOf(topic.name)
    if (!named) return
    const { hub, forTenant } = this.#tools
    const present = [...topic.listeners]
    const before = topic.membershipRev
    topic.held ??= []
    topic.joiners ??= new Map()
    // Who comes in meanwhile lowers it to what was known of them.
    topic.membershipRev = Number.POSITIVE_INFINITY
    this.checks += 1
    const users = new Set(present.map(({ user }) => user))
    const asked = forTenant(named.tenant).filterMembers(named.room, [...users])
    const known = await asked.catch((error: unknown) => {
      topic.membershipRev = Math.min(topic.membershipRev, before)
      throw error
    })
    topic.membershipRev = Math.min(topic.membershipRev, known?.membershipRev ?? before)
    for (const listener of present) {
      if (!known?.members.has(listener.user) && !topic.joiners?.has(listener))
        listener.removedFrom(named.room)
    }
    hub.release(topic)
  }
}

/** Shows the room to a listener of somebody who became a member, and from now on what happens in it. */
async function admit(hub: Hub, store: Store, listener: Listener, joined: JoinedRoom): Promise<void> {
  listener.enterRoom(joined.room, joined)
  const view = await store.findRoom(joined.room, listener.user)
  if (!view?.me) return
  const { me, ...room } = view
  const users = await usersIn(store, { rooms: [room] })
  hub.write(listener, encodeFrame({ t: 'room', room, users }))
  hub.write(listener, encodeFrame({ t: 'mine', roomId: room.id, ...me }))
}
