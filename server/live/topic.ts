import type { Delivery } from '../fanout/fanout.ts'
import { prevOf } from '../fanout/frame.ts'
import type { TopicName } from '../fanout/topics.ts'
import type { ArrangedRoom, EnteredRoom, RoomVersions } from '../store/store.ts'
import type { Listener } from './listener.ts'

/** More than any room brings while the database answers one question: healing fetches what is beyond it. */
const mostHeld = 1_000

/**
 * What becomes of a delivery: `pass`, at once. `hole`, at once too, but a change before it is missing. `held`, until it
 * is known who is a member. `membersUnknown`, held as well: it is the first, and the database has to be asked.
 */
export type Admission = 'pass' | 'hole' | 'held' | 'membersUnknown'

/**
 * Of the users that were asked about, who is a member, from where those see the room who do not see all of it, and of which
 * membership rev that is true.
 */
export type Members = {
  readonly members: ReadonlySet<string>
  readonly from?: ReadonlyMap<string, number>
  readonly membershipRev: number
}

/** The listeners of this node to one topic, and what waits to be written to all of them. */
export abstract class Topic {
  readonly name: TopicName
  readonly tenant: string
  readonly #listeners = new Set<Listener>()
  #batch: Buffer[] | undefined

  constructor(name: TopicName, tenant: string) {
    this.name = name
    this.tenant = tenant
  }

  get listeners(): ReadonlySet<Listener> {
    return this.#listeners
  }

  /** The last listener has left. It is never used again: the next listener opens another one of that name. */
  get isClosed(): boolean {
    return this.#listeners.size === 0
  }

  leave(listener: Listener): void {
    this.#listeners.delete(listener)
  }

  protected add(listener: Listener): void {
    this.#listeners.add(listener)
  }

  /** Decides what becomes of what the fan-out brings. */
  admit(_delivery: Delivery): Admission {
    return 'pass'
  }

  /** Whether somebody entered who knows of changes that are delivered only now. */
  get hasEntered(): boolean {
    return false
  }

  /** Whether a listener entered with knowledge of this change. */
  knows(_listener: Listener, _rev: number): boolean {
    return false
  }

  /** From where a listener sees what is told here: 0 for all. */
  visibleFrom(_listener: Listener): number {
    return 0
  }

  /** Nobody sees from a later place on. */
  get latestFrom(): number {
    return 0
  }

  /** Keeps a frame for all listeners until `takeBatch`. @returns whether it is the first one */
  collect(frame: Buffer): boolean {
    if (this.#batch) {
      this.#batch.push(frame)
      return false
    }
    this.#batch = [frame]
    return true
  }

  takeBatch(): readonly Buffer[] | undefined {
    const batch = this.#batch
    this.#batch = undefined
    return batch
  }
}

/** All sockets of one user. There is one for each user who is here, so it holds no more than it must. */
export class UserTopic extends Topic {
  readonly user: string
  #arranged: ReadonlyMap<string, number> | undefined

  constructor(name: TopicName, tenant: string, user: string) {
    super(name, tenant)
    this.user = user
  }

  enter(listener: Listener): void {
    this.add(listener)
  }

  /** Somebody comes, and is shown how the user arranged these rooms; others of theirs who are here know of before. */
  beginArranged(memberships: readonly ArrangedRoom[]): void {
    this.#arranged ??= revsOf(memberships)
  }

  /** Which of them the user arranged since they came, or since their sockets were last told. */
  arrangedIn(memberships: readonly ArrangedRoom[]): string[] {
    const before = this.#arranged
    return [...revsOf(memberships)].filter(([room, rev]) => rev !== before?.get(room)).map(([room]) => room)
  }

  /** Their sockets were told. */
  endArranged(memberships: readonly ArrangedRoom[]): void {
    this.#arranged = revsOf(memberships)
  }
}

/** By room, of those that were ever arranged. */
const revsOf = (memberships: readonly ArrangedRoom[]): ReadonlyMap<string, number> =>
  new Map(memberships.flatMap(({ room, arrangedRev }) => (arrangedRev ? [[room, arrangedRev] as const] : [])))

/** Deliveries that wait until it is known who is a member. */
type Hold = {
  readonly deliveries: Delivery[]
  /**
   * Listeners who entered since the first of them, with the room's head that they know: no delivery up to it is for
   * them.
   */
  readonly entered: Map<Listener, number>
  /** While the database is asked: about whom … */
  asked: Set<Listener> | undefined
  /** … and the lowest membership rev of those who entered since, or Infinity. */
  enteredRev: number
}

/**
 * A room's topic. It knows up to which of the room's changes its listeners got everything, and up to which membership
 * rev all of them are members, and from where they see the room. From both it decides what becomes of a delivery:
 *
 *   open       deliveries pass.
 *   holding    one of them carries a later membership rev. It and all that follow are held: they may be for others.
 *   checking   holding, while the database is asked who of the listeners is a member.
 *
 * `admit` leads from open to holding, `beginCheck` from either to checking. `endCheck` names who is out, and `release`
 * gives what was held: the topic is open again, unless that carries a still later membership rev.
 */
export class RoomTopic extends Topic {
  readonly room: string
  #rev: number
  #membershipRev: number
  /** Changes that were delivered beyond a hole. */
  #early: Set<number> | undefined
  #hold: Hold | undefined
  #movedAt = -1
  /** From where those see the room who do not see all of it: of most rooms there are none. */
  #from: Map<Listener, number> | undefined
  #latestFrom = 0

  constructor(
    name: TopicName,
    { tenant, room }: { tenant: string; room: string },
    { head, membershipRev }: RoomVersions,
  ) {
    super(name, tenant)
    this.room = room
    this.#rev = head
    this.#membershipRev = membershipRev
  }

  /** Every change of the room up to this one was delivered here, or a listener who entered after it knew it. */
  get rev(): number {
    return this.#rev
  }

  /** All listeners were members at this change of members. */
  get membershipRev(): number {
    return this.#membershipRev
  }

  get isHolding(): boolean {
    return this.#hold !== undefined
  }

  get isChecking(): boolean {
    return this.#hold?.asked !== undefined
  }

  /** The turn of the heartbeat in which its heads last moved. */
  get movedAt(): number {
    return this.#movedAt
  }

  /** Its heads moved, or may have: listeners get them with their next turn of the heartbeat. */
  noteMove(tick: number): void {
    this.#movedAt = tick
  }

  /** One more listener, whose user was a member when the room's versions were these. It may be here already. */
  enter(listener: Listener, { head, membershipRev, from = 0 }: EnteredRoom): void {
    const hold = this.#hold
    const isNew = !this.listeners.has(listener)
    // What is older than what is known here may say that they see more.
    if (isNew || membershipRev >= this.#membershipRev) this.#seesFrom(listener, from)
    if (isNew) {
      this.add(listener)
      this.#membershipRev = Math.min(this.#membershipRev, membershipRev)
    }
    if (!hold) return
    hold.entered.set(listener, Math.max(head, hold.entered.get(listener) ?? 0))
    // The database's answer may be older than this.
    hold.asked?.delete(listener)
    hold.enteredRev = Math.min(hold.enteredRev, membershipRev)
  }

  /** A delivery that is held is kept here. */
  override admit(delivery: Delivery): Admission {
    if (this.#hold) {
      keep(this.#hold.deliveries, delivery)
      return 'held'
    }
    if (!this.#isOfMembersUnknown(delivery)) return this.#pass(delivery)
    this.#hold = aHold([delivery])
    return 'membersUnknown'
  }

  /** From now on deliveries are held, until `release`. @returns the users about whom to ask the database */
  beginCheck(): string[] {
    this.#hold ??= aHold([])
    if (this.isChecking) throw new Error('expected no check to be under way')
    this.#hold.asked = new Set(this.listeners)
    this.#hold.enteredRev = Number.POSITIVE_INFINITY
    return [...new Set([...this.listeners].map(({ user }) => user))]
  }

  /** The database did not answer: what is held stays held until the next check. */
  abandonCheck(): void {
    if (this.#hold) this.#hold.asked = undefined
  }

  /** The database's answer; undefined if there is no such room. @returns the listeners who are no members */
  endCheck(answer: Members | undefined): Listener[] {
    const { asked, enteredRev } = this.#hold ?? aHold([])
    if (!asked) throw new Error('expected a check to be under way')
    this.#membershipRev = Math.min(answer?.membershipRev ?? this.#membershipRev, enteredRev)
    this.abandonCheck()
    const here = [...asked].filter((one) => this.listeners.has(one))
    if (answer) for (const one of here) this.#seesFrom(one, answer.from?.get(one.user) ?? 0)
    return here.filter((one) => !answer?.members.has(one.user))
  }

  override leave(listener: Listener): void {
    super.leave(listener)
    this.#from?.delete(listener)
  }

  override visibleFrom(listener: Listener): number {
    return this.#from?.get(listener) ?? 0
  }

  override get latestFrom(): number {
    return this.#from?.size ? this.#latestFrom : 0
  }

  #seesFrom(listener: Listener, from: number): void {
    if (from === 0) {
      this.#from?.delete(listener)
      return
    }
    this.#from ??= new Map()
    this.#from.set(listener, from)
    this.#latestFrom = Math.max(this.#latestFrom, from)
  }

  /** Hands out what was held, in order, for as long as it is known who is a member. */
  release(deliver: (delivery: Delivery, admission: Admission) => void): void {
    const deliveries = this.#hold?.deliveries ?? []
    for (let next = deliveries[0]; next; next = deliveries[0]) {
      if (this.#isOfMembersUnknown(next)) return
      deliveries.shift()
      deliver(next, this.#pass(next))
    }
    this.#hold = undefined
  }

  override get hasEntered(): boolean {
    return this.#hold !== undefined && this.#hold.entered.size > 0
  }

  override knows(listener: Listener, rev: number): boolean {
    return (this.#hold?.entered.get(listener) ?? 0) >= rev
  }

  /** Every change up to this one was delivered, and so was what came early. */
  deliveredUpTo(rev: number): void {
    this.#rev = Math.max(this.#rev, rev)
    if (!this.#early) return
    while (this.#early.has(this.#rev + 1)) this.#rev += 1
    for (const one of this.#early) if (one <= this.#rev) this.#early.delete(one)
    if (this.#early.size === 0) this.#early = undefined
  }

  /**
   * Somebody was brought in who knows the room only up to this change: what came since, and passed before they were
   * here, is missing again. @returns the last change that is, if any
   */
  rewind(head: number): number | undefined {
    const rev = this.#rev
    if (head >= rev) return undefined
    this.#rev = head
    return rev
  }

  #isOfMembersUnknown({ membershipRev = 0 }: Delivery): boolean {
    return membershipRev > this.#membershipRev
  }

  #pass({ rev, frame }: Delivery): 'pass' | 'hole' {
    if (rev === undefined || rev <= this.#rev) return 'pass'
    const prev = rev === this.#rev + 1 ? this.#rev : (prevOf(frame) ?? rev - 1)
    if (prev <= this.#rev) {
      this.deliveredUpTo(rev)
      return 'pass'
    }
    this.#early ??= new Set()
    for (let one = prev + 1; one <= rev; one++) this.#early.add(one)
    return 'hole'
  }
}

const aHold = (deliveries: Delivery[]): Hold => ({
  deliveries,
  entered: new Map(),
  asked: undefined,
  enteredRev: Number.POSITIVE_INFINITY,
})

/** Where there are too many the last one gives way: a hole shows that there were more. */
function keep(deliveries: Delivery[], delivery: Delivery): void {
  if (deliveries.length < mostHeld) deliveries.push(delivery)
  else if (delivery.rev !== undefined) deliveries[mostHeld - 1] = delivery
}
