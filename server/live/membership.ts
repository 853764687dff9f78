import { encodeFrame } from '../fanout/frame.ts'
import { topicsFor } from '../fanout/topics.ts'
import type { ArrangedRoom, JoinedRoom, StoreReads } from '../store/store.ts'
import { usersIn } from '../store/users-in.ts'
import type { Hub } from './hub.ts'
import type { Listener } from './listener.ts'
import type { Members, RoomTopic, UserTopic } from './topic.ts'

type Tools = { readonly hub: Hub; forTenant(tenant: string): StoreReads }

/** Asks the database who is a member, where the event that said so may have been lost. */
export class Membership {
  /** How often a room's members were asked for. */
  checks = 0
  readonly #tools: Tools
  readonly #running = new WeakMap<RoomTopic, Promise<void>>()

  constructor(tools: Tools) {
    this.#tools = tools
  }

  /**
   * Asks which of a room's listeners are members. A listener who is none leaves, and is sent `gone`; the others then
   * get the deliveries that were held. Rejects when the database does not answer: then it stays held, for the next
   * check.
   */
  check(topic: RoomTopic): Promise<void> {
    const running = topic.isChecking ? this.#running.get(topic) : undefined
    return running ?? this.#start(topic)
  }

  /**
   * The sockets of one tenant's users enter rooms they became members of; rooms they are not in are checked. They are told the
   * heads of rooms that were arranged since the last time: the word of it may have been lost, and in a quiet room nothing else
   * would show it. @returns the checked rooms: their events of it were missed, and so may be others
   */
  async checkUsers(tenant: string, topics: readonly UserTopic[]): Promise<RoomTopic[]> {
    const { hub, forTenant } = this.#tools
    const store = forTenant(tenant)
    // Only what they listened to before the question can be contradicted by the answer.
    const before = topics
      .flatMap(({ listeners }) => [...listeners])
      .map((listener) => ({ listener, rooms: [...listener.rooms()] }))
    const memberships = await store.listMembershipsOf(topics.map(({ user }) => user))
    await this.#tellArranged(topics, memberships)
    const checked: RoomTopic[] = []
    for (const { listener, rooms } of before) {
      const theirs = new Map((memberships.get(listener.user) ?? []).map((one) => [one.room, one]))
      const listening = new Set(listener.rooms())
      for (const one of theirs.values())
        if (!listening.has(one.room)) await showRoom(hub, store, listener, one)
      for (const room of rooms) {
        const topic = theirs.has(room) ? undefined : hub.room(topicsFor(tenant).room(room))
        if (!topic) continue
        checked.push(topic)
        await this.check(topic)
      }
    }
    return checked
  }

  async #tellArranged(
    topics: readonly UserTopic[],
    memberships: ReadonlyMap<string, readonly ArrangedRoom[]>,
  ): Promise<void> {
    const { hub, forTenant } = this.#tools
    for (const topic of topics) {
      const theirs = memberships.get(topic.user) ?? []
      const changed = topic.arrangedIn(theirs)
      if (changed.length === 0) continue
      const heads = await forTenant(topic.tenant).readHeads(topic.user, changed)
      const frame = encodeFrame({ t: 'heads', heads })
      for (const listener of topic.listeners) hub.write(listener, frame)
      topic.endArranged(theirs)
    }
  }

  #start(topic: RoomTopic): Promise<void> {
    const check = this.#check(topic)
    this.#running.set(topic, check)
    return check
  }

  async #check(topic: RoomTopic): Promise<void> {
    let answer: Members | undefined
    let previous: number | undefined
    do {
      previous = answer?.membershipRev
      answer = await this.#ask(topic)
      this.#tools.hub.finishCheck(topic, answer)
      // Something is still held that came after the question. The same answer twice brings nothing, unless somebody who
      // entered meanwhile kept it from counting: healing asks later.
    } while (topic.isHolding && (answer?.membershipRev !== previous || isBehind(topic, answer)))
  }

  async #ask(topic: RoomTopic): Promise<Members | undefined> {
    this.checks += 1
    const users = topic.beginCheck()
    try {
      return await this.#tools.forTenant(topic.tenant).filterMembers(topic.room, users)
    } catch (error) {
      topic.abandonCheck()
      throw error
    }
  }
}

function isBehind({ membershipRev }: RoomTopic, answer: Members | undefined): boolean {
  return answer !== undefined && membershipRev < answer.membershipRev
}

/** Shows the room to a listener of somebody who became a member, and from now on what happens in it. */
async function showRoom(hub: Hub, store: StoreReads, listener: Listener, joined: JoinedRoom): Promise<void> {
  listener.enterRoom(joined.room, joined)
  const view = await store.findRoom(joined.room, listener.user)
  if (!view?.me) return
  const { me, ...room } = view
  const users = await usersIn(store, { rooms: [room] })
  hub.write(listener, encodeFrame({ t: 'room', room, users }))
  hub.write(listener, encodeFrame({ t: 'mine', roomId: room.id, ...me }))
}
