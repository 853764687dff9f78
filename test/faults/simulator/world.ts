import type { Event, ServerFrame } from '../../../server/protocol/events.ts'
import type { Stores } from '../../../server/store/store.ts'
import { Bus } from './bus.ts'
import { Chance } from './chance.ts'
import { WorldDatabase } from './database.ts'
import { Device } from './device.ts'
import { Ledger } from './ledger.ts'
import { nameOf, SimulatedNode } from './node.ts'
import { SimulatedTime } from './time.ts'

/** A room that is there at first; a group has a name. Its members have written some messages, in turn. */
export type RoomPlan = {
  readonly members: readonly string[]
  readonly name?: string
  readonly messages?: number
  readonly history?: 'since-joined'
}

/** How a world begins. */
export type WorldPlan = {
  readonly seed: number
  readonly nodes: number
  /** Whose devices there are: one for each time that somebody is named. */
  readonly devices: readonly string[]
  readonly rooms: readonly RoomPlan[]
  /** How long a question to the database may be on its way; 0 for one in the same process. */
  readonly databaseMs: number
  /** Whether nodes learn that the bus lost something. */
  readonly isHealed: boolean
}

/** Longer than anything takes to come right again. */
const generousMs = 120_000
/** After so much quiet nothing new happens in an hour: what is left of a long wait is skipped. */
const busyMs = 60_000

/**
 * Everything between the database and the eyes of the users, in one process and on one clock: real nodes on one real
 * SQLite, real clients, and between them a network and a bus that fail as the script says.
 */
export class World {
  readonly time = new SimulatedTime()
  readonly chance: Chance
  readonly bus: Bus
  readonly ledger: Ledger
  readonly nodes: readonly SimulatedNode[]
  readonly devices: readonly Device[]
  readonly database: WorldDatabase
  /** What happened, line by line. */
  readonly trace: string[] = []
  /** The promises that were broken so far. */
  readonly complaints = new Set<string>()
  /** Acknowledged messages, by id. */
  readonly acknowledged = new Map<string, { room: string; text: string }>()
  readonly #clock: Disposable
  /** What was written and, by a backup, never was. */
  readonly #voided = new Set<string>()
  #stores: Stores
  #ids = 0

  /** Opens it, with everybody connected, and every other device looking into a room. */
  static async open(plan: WorldPlan): Promise<World> {
    let now = () => 0
    const database = await WorldDatabase.open(() => now())
    const world = new World(plan, database)
    now = world.time.now
    for (const node of world.nodes) await node.start()
    for (const room of plan.rooms) await world.#furnish(room)
    for (const device of world.devices) device.chat.connect()
    await world.pass(2_000)
    for (const [at, { chat }] of world.devices.entries()) {
      const [room] = at % 2 === 0 ? chat.state.rooms.keys() : []
      if (room !== undefined) void chat.openRoom(room)
    }
    await world.pass(1_000)
    return world
  }

  private constructor(plan: WorldPlan, database: WorldDatabase) {
    const { time } = this
    const chance = new Chance(plan.seed)
    this.#clock = time.install()
    this.chance = chance
    this.database = database
    this.bus = new Bus(time, chance.branch('bus'), plan.isHealed)
    this.ledger = new Ledger({ now: time.now, complain: (what) => this.complain(what) })
    this.#stores = this.ledger.over(database.stores)
    this.nodes = Array.from({ length: plan.nodes }, (_, at) => {
      const name = `node ${at + 1}`
      return new SimulatedNode(name, {
        time,
        chance: chance.branch(name),
        bus: this.bus,
        stores: () => this.#stores,
        databaseMs: plan.databaseMs,
        newId: () => this.newId(),
        onError: (line) => this.complain(`${name} logged ${line}`),
      })
    })
    this.devices = plan.devices.map((user, at) => {
      const before = plan.devices.slice(0, at).filter((other) => other === user).length
      return this.newDevice(`${nameOf(user)}’s ${['phone', 'laptop', 'tablet'][before]}`, user)
    })
  }

  newDevice(name: string, user: string): Device {
    const chance = this.chance.branch(name)
    return new Device(name, user, {
      time: this.time,
      chance,
      route: () => chance.pick(this.nodes.filter(({ isListening }) => isListening)),
      newId: () => this.newId(),
      note: (what) => this.note(what),
      complain: (what) => this.complain(what),
      onFrame: (device, frame) => this.#heard(device, frame),
      onSent: ({ id, roomId, text }) => this.acknowledge(id, { room: roomId, text }),
    })
  }

  newId(): string {
    return `00000000-0000-7000-8000-${(++this.#ids).toString(16).padStart(12, '0')}`
  }

  note(what: string): void {
    this.trace.push(`${String(Math.round(this.time.age)).padStart(8)} ${what}`)
  }

  /** The server has a message, unless a backup was put back while it said so. */
  acknowledge(id: string, message: { room: string; text: string }): void {
    if (!this.#voided.has(id)) this.acknowledged.set(id, message)
  }

  complain(what: string): void {
    this.complaints.add(what)
  }

  async pass(ms: number): Promise<void> {
    await this.time.pass(Math.min(ms, busyMs))
    if (ms > busyMs) this.time.skip(ms - busyMs)
    if (ms > busyMs) await this.time.pass(0)
  }

  backUp(): void {
    this.database.backUp()
    this.ledger.backUp()
  }

  /** All nodes stop, and start on an older state of the database. */
  async restore(): Promise<void> {
    if (!this.ledger.hasBackup) return
    for (const node of this.nodes) node.crash()
    await this.database.restore()
    for (const id of this.ledger.restore()) {
      this.#voided.add(id)
      this.acknowledged.delete(id)
      for (const { sent } of this.devices) sent.delete(id)
    }
    this.#stores = this.ledger.over(this.database.stores)
    for (const node of this.nodes) await node.start()
  }

  /** The faults are over, everybody comes back, and time passes. */
  async recover(): Promise<void> {
    this.note('the faults are over')
    for (const node of this.nodes) await node.start()
    this.bus.repair()
    for (const device of this.devices) {
      device.access.isOffline = false
      device.wakeUp()
      device.chat.connect()
    }
    await this.time.pass(generousMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { chat } of this.devices) chat.close()
    for (const node of this.nodes) node.crash()
    await this.time.pass(0)
    this.#clock[Symbol.dispose]()
    await this.database.close()
  }

  async #furnish({ members, name, messages = 0, history }: RoomPlan): Promise<void> {
    const profiles = members.map((id) => ({ id, name: nameOf(id) }))
    const made = this.nodes[0]?.chatter?.createRoom(profiles, {
      ...(name !== undefined && { name }),
      ...(history && { history }),
    })
    await this.pass(1_000)
    const room = (await made)?.id ?? ''
    const store = this.#stores.forTenant('default')
    const authors = Array.from({ length: messages }, (_, at) => members[at % members.length] ?? '')
    await Promise.all(
      authors.map((author, at) =>
        store.append({ room, id: this.newId(), author, text: `${author} early ${at}` }),
      ),
    )
  }

  #heard(device: Device, frame: ServerFrame): void {
    this.note(`${device.name} hears ${summary(frame)}`)
    if (frame.t !== 'message' && frame.t !== 'room') return
    const { user, name } = device
    for (const shown of shownIn(frame))
      if (!this.ledger.maySee({ user, at: this.time.now(), ...shown }))
        this.complain(`${name} was shown ${shown.seq} of ${shown.room}, which was before its user joined`)
    // Written before the database was put back, and read by a device that slept: then its user was a member, and what they
    // hear was never taken back from anybody who was awake.
    if (frame.t === 'message' && this.#voided.has(frame.message.id)) return
    const [room, { rev }] =
      frame.t === 'room' ? [frame.room.id, frame.room] : [frame.message.roomId, frame.message]
    if (this.ledger.mayHear({ user, room, rev, at: this.time.now() })) return
    this.complain(`${name} heard change ${rev} of ${room}, of which its user was no member any more`)
  }
}

/** The messages that an event tells of, and those that they quote, by the version that does. */
function shownIn(frame: Event<'message'> | Event<'room'>): { room: string; seq: number; rev: number }[] {
  const message = frame.t === 'message' ? frame.message : frame.room.lastMessage
  if (!message) return []
  const { roomId: room, seq, replyTo } = message
  const rev = frame.t === 'message' ? message.rev : frame.room.rev
  return [{ room, seq, rev }, ...(replyTo ? [{ room, seq: replyTo.seq, rev }] : [])]
}

function summary(frame: ServerFrame): string {
  if (frame.t === 'message') return `message ${frame.message.seq}/${frame.message.rev} ${frame.message.text}`
  if (frame.t === 'room') return `room ${frame.room.rev}`
  if (frame.t === 'mine') return `mine ${frame.readSeq} ${frame.unread}`
  if (frame.t === 'heads')
    return `heads ${JSON.stringify(frame.heads).replaceAll('00000000-0000-7000-8000-0000000', '')}`
  return frame.t
}
