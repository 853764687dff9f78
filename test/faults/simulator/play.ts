/** Does what a script says. */
import type { Arranging } from '../../../widget/state/state.ts'
import type { Device } from './device.ts'
import { origin } from './network.ts'
import type { SimulatedNode } from './node.ts'
import { type Arrangement, type Named, type Step, users } from './script.ts'
import type { World } from './world.ts'

/** As long as one of the waits of a script. */
const shortMs = 12_000

const wishes: Record<Arrangement, Arranging> = {
  pinned: { pinned: true },
  unpinned: { pinned: false },
  muted: { mutedUntil: 'forever' },
  'muted-shortly': {},
  'muted-with-mentions': { mutedUntil: 'forever', muteMentions: true },
  unmuted: { mutedUntil: null, muteMentions: false },
  archived: { archived: true },
  unarchived: { archived: false },
  marked: {},
  unmarked: { unreadFrom: null },
}

type Acts = { [D in Step['do']]: (world: World, step: Named<D>) => void | Promise<void> }

const acts: Acts = {
  send(world, step) {
    const { device, room } = at(world, step)
    if (room === undefined || !device.chat.state.rooms.has(room)) return
    device.send(room, `${device.user} ${world.newId().slice(-4)}`)
  },
  'send-by-http'(world, { times, ...step }) {
    const { device, room } = at(world, step)
    for (let left = times; left > 0; left--) {
      const id = world.newId()
      const text = `${device.user} ${id.slice(-4)} by http`
      const sent = request(device, 'PUT', `rooms/${room}/messages/${id}`, { text })
      void sent.then((answer) => answer?.ok && room && world.acknowledge(id, { room, text }))
    }
  },
  reply(world, { message, ...step }) {
    const { device } = at(world, step)
    const [replyTo, { room } = { room: '' }] = nth([...world.ledger.messages].reverse(), message) ?? []
    if (replyTo === undefined) return
    const id = world.newId()
    const text = `${device.user} ${id.slice(-4)} answers`
    const sent = request(device, 'PUT', `rooms/${room}/messages/${id}`, { text, replyTo })
    void sent.then((answer) => answer?.ok && world.acknowledge(id, { room, text }))
  },
  mention(world, { user, everybody, ...step }) {
    const { device, room } = at(world, step)
    const id = world.newId()
    const text = `${device.user} ${id.slice(-4)}`
    const body = mentioning(text, nth(users, user) ?? '', everybody)
    const sent = request(device, 'PUT', `rooms/${room}/messages/${id}`, body)
    void sent.then((answer) => answer?.ok && room && world.acknowledge(id, { room, text: body.text }))
  },
  'edit-to-mention': (world, { message, user, everybody }) =>
    amend(world, message, 'PATCH', (text) => mentioning(text, nth(users, user) ?? '', everybody)),
  forward(world, { message, ...step }) {
    const { device, room } = at(world, step)
    const [messageId, { room: roomId } = { room: '' }] =
      nth([...world.ledger.messages].reverse(), message) ?? []
    if (messageId === undefined || room === undefined) return
    const id = world.newId()
    const path = `rooms/${room}/messages/${id}`
    const sent = request(device, 'PUT', path, { forward: { roomId, messageId } })
    void sent.then((answer) => {
      const [text = ''] = world.ledger.messages.get(id)?.texts ?? []
      if (answer?.ok) world.acknowledge(id, { room, text })
    })
  },
  /** Several times: so do as many devices in a turn. */
  react(world, { message, emoji, on, times, ...step }) {
    const [id, { room } = { room: '' }] = nth([...world.ledger.messages].reverse(), message) ?? []
    for (let left = times; left > 0; left--) {
      const { device } = at(world, { device: step.device + left })
      const path = `rooms/${room}/messages/${id}/reactions/${encodeURIComponent(emoji)}`
      if (id !== undefined) void request(device, 'PUT', path, { on })
    }
  },
  edit: (world, { message }) => amend(world, message, 'PATCH'),
  delete: (world, { message }) => amend(world, message, 'DELETE'),
  pin: (world, { message }) => pin(world, message, true),
  unpin: (world, { message }) => pin(world, message, false),
  'look-into'(world, step) {
    const { device, room } = at(world, step)
    if (room !== undefined) void device.chat.openRoom(room)
  },
  'look-away': (world, step) => at(world, step).device.chat.leaveRoom(),
  'scroll-up'(world, step) {
    const { device, room } = at(world, step)
    if (room !== undefined) void device.chat.loadOlder(room)
  },
  read(world, { share, ...step }) {
    const { device, room } = at(world, step)
    const head = device.chat.state.rooms.get(room ?? '')?.head ?? 0
    if (room !== undefined) device.chat.markRead(room, Math.ceil(head * share))
  },
  arrange(world, { how, share, ...step }) {
    const { device, room } = at(world, step)
    const head = device.chat.state.rooms.get(room ?? '')?.head ?? 0
    const wish = { ...wishes[how], ...(how === 'marked' && { unreadFrom: Math.ceil(head * share) }) }
    const shortly = how === 'muted-shortly' && {
      mutedUntil: new Date(world.time.now() + shortMs).toISOString(),
    }
    if (room !== undefined) device.chat.arrange(room, { ...wish, ...shortly }).catch(ignore)
  },
  'open-room'(world, step) {
    const { device } = at(world, step)
    const other = nth(users, step.with) ?? device.user
    const draft = { memberIds: [other], ...(step.name && { name: `Room of ${device.user}` }) }
    device.chat.createRoom(draft).catch(ignore)
  },
  add: (world, step) => alter(world, step, 'PUT'),
  remove: (world, step) => alter(world, step, 'DELETE'),
  leave(world, step) {
    const { device, room } = at(world, step)
    void request(device, 'DELETE', `rooms/${room}/members/${device.user}`)
  },
  rename(world, step) {
    const { room, device } = insider(world, step.room)
    if (device) void request(device, 'PATCH', `rooms/${room}`, { name: `Name ${step.name}` })
  },
  'delete-room'(world, step) {
    const { room, device } = insider(world, step.room)
    if (device) void request(device, 'DELETE', `rooms/${room}`)
  },
  'hide-history': (world, step) => configure(world, step.room, 'since-joined'),
  'show-history': (world, step) => configure(world, step.room, 'all'),

  break: (world, step) => at(world, step).device.access.break(step.how),
  'go-offline'(world, step) {
    const { access } = at(world, step).device
    access.isOffline = true
    access.break('cut')
  },
  'come-online'(world, step) {
    const { device } = at(world, step)
    device.access.isOffline = false
    device.chat.wake()
  },
  reload: (world, step) => at(world, step).device.reload(),
  async reconnect(world, step) {
    const { device } = at(world, step)
    for (let left = step.times; left > 0; left--) {
      device.access.break('cut')
      await world.pass(step.everyMs)
      device.chat.wake()
    }
  },
  'switch-node'(world, step) {
    const { device } = at(world, step)
    device.access.next = nth(world.nodes, step.node)
    device.access.break('cut')
  },
  sleep: (world, step) => at(world, step).device.fallAsleep(),
  'wake-up': (world, step) => at(world, step).device.wakeUp(),

  crash: (world, step) => nodeOf(world, step).crash(),
  'crash-after-commit': (world, step) => nodeOf(world, step).crashAfterCommit(),
  start: (world, step) => nodeOf(world, step).start(),
  'hear-nothing': (world, step) => nodeOf(world, step).bus?.fallSilent(),
  'hear-again'(world, step) {
    const { bus } = nodeOf(world, step)
    if (bus) world.bus.reconnect(bus)
  },
  lose(world, { share, how }) {
    world.bus.lossy = { share, how }
  },
  'lose-nothing'(world) {
    world.bus.lossy = undefined
  },
  'back-up': (world) => world.backUp(),
  restore: (world) => world.restore(),
  wait: (world, { ms }) => world.pass(ms),
}

/** Does what the script says, step by step, a moment apart. */
export async function play(world: World, steps: readonly Step[]): Promise<void> {
  const pause = world.chance.branch('pauses')
  for (const step of steps) {
    world.note(`── ${inWords(world, step)}`)
    const act = acts[step.do] as (world: World, step: Step) => void | Promise<void>
    await act(world, step)
    await world.pass(pause.happens(0.5) ? 0 : pause.between(1, 120))
  }
}

/** A step in words. */
function inWords(world: World, { do: name, ...rest }: Step): string {
  const who = 'device' in rest ? at(world, rest).device.name : 'node' in rest ? nodeOf(world, rest).name : ''
  const words = Object.entries(rest).map(([key, value]) => {
    if (key === 'device' || (key === 'node' && !('device' in rest))) return ''
    if (key === 'room' && typeof value === 'number')
      return `room ${world.ledger.rooms.indexOf(nth(world.ledger.rooms, value) ?? '') + 1}`
    const isUser = (key === 'user' || key === 'with') && typeof value === 'number'
    return isUser ? `${key} ${nth(users, value)}` : `${key} ${value}`
  })
  return [who, name, ...words].filter(Boolean).join(' ')
}

// ── Who and what is meant ────────────────────────────────────────────────────────────────────────────────────────

function nth<T>(list: readonly T[], number: number): T | undefined {
  return list[number % list.length]
}

function at(
  world: World,
  step: { device: number; room?: number },
): { device: Device; room: string | undefined } {
  const device = nth(world.devices, step.device)
  if (!device) throw new Error('a world without devices')
  return { device, room: step.room === undefined ? undefined : nth(world.ledger.rooms, step.room) }
}

function nodeOf(world: World, step: { node: number }): SimulatedNode {
  const node = nth(world.nodes, step.node)
  if (!node) throw new Error('a world without nodes')
  return node
}

/** A room, and a device of somebody who may change it: of its first member, who owns it. */
function insider(world: World, number: number): { room: string | undefined; device: Device | undefined } {
  const room = nth(world.ledger.rooms, number)
  const [owner] = world.ledger.membersOf(room ?? '')
  return { room, device: world.devices.find(({ user }) => user === owner) }
}

function alter(world: World, step: { room: number; user: number }, method: 'PUT' | 'DELETE'): void {
  const { room, device } = insider(world, step.room)
  if (device) void request(device, method, `rooms/${room}/members/${nth(users, step.user)}`)
}

function configure(world: World, number: number, history: 'since-joined' | 'all'): void {
  const { room, device } = insider(world, number)
  if (device) void request(device, 'PATCH', `rooms/${room}/settings`, { history })
}

/** A text that mentions somebody, or everybody, in front. */
function mentioning(text: string, userId: string, everybody: boolean) {
  const place = { at: 0, length: userId.length + 1 }
  return {
    text: `@${userId} ${text}`,
    ...(everybody ? { mentionsRoom: place } : { mentions: [{ userId, ...place }] }),
  }
}

function amend(
  world: World,
  number: number,
  method: 'PATCH' | 'DELETE',
  bodyOf: (text: string) => object = (text) => ({ text }),
): void {
  const message = nth([...world.ledger.messages].reverse(), number)
  if (!message) return
  const [id, { room, author, texts }] = message
  const device = world.devices.find(({ user }) => user === author)
  const body = method === 'PATCH' ? bodyOf(`${texts[0]} (edit ${texts.length})`) : undefined
  if (device) void request(device, method, `rooms/${room}/messages/${id}`, body)
}

function pin(world: World, number: number, on: boolean): void {
  const [id, { room, author } = { room: '', author: '' }] =
    nth([...world.ledger.messages].reverse(), number) ?? []
  const device = world.devices.find(({ user }) => user === author)
  if (device && id !== undefined) void request(device, 'PUT', `rooms/${room}/messages/${id}/pin`, { on })
}

/** By the same unreliable network, and once only: it may be done and look failed. */
function request(device: Device, method: string, path: string, body?: object): Promise<Response | undefined> {
  const json = body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  return device.access.fetch(`${origin}/v1/${path}`, { method, ...json }).catch(ignore)
}

function ignore(): undefined {}
