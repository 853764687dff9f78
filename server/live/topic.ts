import type { Delivery } from '../fanout/fanout.ts'
import type { RoomVersions } from '../store/store.ts'
import type { Listener } from './listener.ts'

/** The listeners of this node that listen to one topic. There is one for each user, so it holds no more than it must. */
export class Topic {
  readonly name: string
  readonly listeners = new Set<Listener>()
  /** Frames of this turn, joined into one buffer for all of the listeners. */
  batch: Buffer[] | undefined
  /** The turn of the pulse in which its heads last moved. */
  changedAt = -1

  constructor(name: string) {
    this.name = name
  }
}

/** Of a room: also how much of it its listeners were told, and whose they may be. */
export class RoomTopic extends Topic {
  /** Every change of the room up to this one was told here, or was known to who came after it. */
  rev: number
  /** The room's change of members up to which it is sure that all listeners are of members. */
  membershipRev: number
  /** Changes that were told beyond a hole. */
  early: Set<number> | undefined
  /** What is not told before it is known again who is a member … */
  held: Delivery[] | undefined
  /** … and who came in since that was asked, with the head they came in at. */
  joiners: Map<Listener, number> | undefined

  constructor(name: string, { head, membershipRev }: RoomVersions) {
    super(name)
    this.rev = head
    this.membershipRev = membershipRev
  }

  /** One more listener, whose user was a member when the room stood like that. */
  enter(listener: Listener, { head, membershipRev }: RoomVersions): void {
    this.listeners.add(listener)
    this.joiners?.set(listener, head)
    this.membershipRev = Math.min(this.membershipRev, membershipRev)
  }

  /** Notes that a change is told. @returns false when one before it was not */
  note(rev: number): boolean {
    if (rev > this.rev + 1) {
      this.early ??= new Set()
      this.early.add(rev)
      return false
    }
    if (rev > this.rev) this.deliveredUpTo(rev)
    return true
  }

  /** Every change up to this one was told, and with it what came early. */
  deliveredUpTo(rev: number): void {
    this.rev = Math.max(this.rev, rev)
    if (!this.early) return
    while (this.early.has(this.rev + 1)) this.rev += 1
    for (const one of this.early) if (one <= this.rev) this.early.delete(one)
    if (this.early.size === 0) this.early = undefined
  }
}
