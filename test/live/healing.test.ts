import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Delivery } from '../../server/fanout/fanout.ts'
import { topicsFor } from '../../server/fanout/topics.ts'
import { aLog, aRoom } from '../support/builders.ts'
import type { TestClient } from '../support/client.ts'
import { aClock } from '../support/clock.ts'
import { leakyBus } from '../support/leaky-bus.ts'
import { startServer } from '../support/server.ts'

type Options = { readonly members?: readonly string[]; readonly now?: () => number; readonly kind?: 'group' }

/** Two nodes on one database: Mina, who owns the group, is on one; Sam is on the other. */
async function twoNodes({ members = ['mina', 'sam'], ...options }: Options = {}) {
  const bus = leakyBus()
  const log = aLog()
  const [first, second] = bus.fanouts
  const near = await startServer({ ...(first && { fanout: first }), ...options, log: log.log })
  const far = await startServer({
    ...(second && { fanout: second }),
    ...options,
    stores: near.stores,
    log: log.log,
  })
  const { id: room } = await aRoom(near, members, { kind: 'group' })
  const [mina, sam] = [await near.join('mina'), await far.join('sam')]
  return {
    bus,
    log,
    near,
    far,
    room,
    mina,
    sam,
    async change(path: string, method: string, body?: unknown) {
      const response = await near.fetch('mina', `rooms/${room}${path}`, { method, body })
      assert.ok(response.ok, `${response.status} ${await response.clone().text()}`)
      return response
    },
    async [Symbol.asyncDispose]() {
      await far[Symbol.asyncDispose]()
      await near[Symbol.asyncDispose]()
    },
  }
}

const isMessage = ({ frame }: Delivery) => frame.includes('"t":"message"')
const heard = ({ socket }: TestClient) => socket.events('message').map(({ message }) => message.text)

/** What is delivered of them, in this order, without anybody asking. */
async function hears(client: TestClient, ...texts: string[]): Promise<void> {
  for (const text of texts) await client.socket.event('message', ({ message }) => message.text === text)
}

describe('what another node’s members did not hear', () => {
  it('that a group was deleted reaches them, too', async () => {
    await using nodes = await twoNodes()
    nodes.bus.lose(() => true)
    await nodes.change('', 'DELETE')
    assert.equal((await nodes.mina.socket.event('gone')).roomId, nodes.room)
    nodes.bus.reportLoss()
    assert.equal((await nodes.sam.socket.event('gone')).roomId, nodes.room)
    const refused = await nodes.sam.err({ t: 'changes', roomId: nodes.room, since: 0 })
    assert.equal(refused.code, 'not_found')
  })

  it('who writes in a group, and what its host says of it, reaches them, too', async () => {
    await using nodes = await twoNodes()
    nodes.bus.lose(() => true)
    await nodes.change('/settings', 'PATCH', { post: 'owners' })
    await nodes.near.chatter.updateRoom({ id: nodes.room, pictureUrl: 'https://example.com/a.png' })
    nodes.bus.reportLoss()
    await nodes.sam.socket.event('message', ({ message }) => message.system?.settings?.post === 'owners')
    const { room } = await nodes.sam.socket.event('room', (event) => event.room.pictureUrl !== undefined)
    assert.deepEqual([room.post, room.rev, room.head], ['owners', 3, 3])
    nodes.bus.lose(() => false)
    await nodes.mina.send(nodes.room, 'heard')
    const { message, prev } = await nodes.sam.socket.event(
      'message',
      (event) => event.message.text === 'heard',
    )
    assert.deepEqual([message.rev, prev], [4, undefined])
  })

  it('they are delivered when the next change shows that something is missing', async () => {
    await using nodes = await twoNodes()
    nodes.bus.lose(isMessage)
    await nodes.mina.send(nodes.room, 'lost')
    await nodes.mina.send(nodes.room, 'lost too')
    nodes.bus.lose(() => false)
    await nodes.mina.send(nodes.room, 'heard')
    await hears(nodes.sam, 'lost', 'lost too', 'heard')
    const late = nodes.sam.socket.events('message').filter(({ prev }) => prev !== undefined)
    assert.deepEqual(
      late.map(({ message, prev }) => [message.text, prev]),
      [
        ['lost', 0],
        ['lost too', 1],
        ['heard', 2],
      ],
    )
  })

  it('they are delivered when the bus says that something may be lost', async () => {
    await using nodes = await twoNodes()
    nodes.bus.lose(isMessage)
    await nodes.mina.send(nodes.room, 'lost')
    nodes.bus.reportLoss()
    await hears(nodes.sam, 'lost')
  })

  for (const hearing of [{ isUp: false }, { missing: 1 }]) {
    it(`they are delivered within seconds while ${JSON.stringify(hearing)}`, async (t) => {
      const clock = aClock(t)
      await using nodes = await twoNodes(clock)
      nodes.bus.lose(isMessage)
      nodes.bus.hear(hearing)
      await nodes.mina.send(nodes.room, 'lost')
      await passUntil(clock, 3, () => heard(nodes.sam).includes('lost'))
    })
  }

  it('they are delivered in the next round, even if nobody noticed', async (t) => {
    const clock = aClock(t)
    await using nodes = await twoNodes(clock)
    nodes.bus.lose(isMessage)
    await nodes.mina.send(nodes.room, 'lost')
    await passUntil(clock, 40, () => heard(nodes.sam).includes('lost'))
  })

  it('how somebody arranged a quiet room reaches their other device in the next round, and once', async (t) => {
    const clock = aClock(t)
    await using nodes = await twoNodes(clock)
    const tablet = await nodes.far.join('mina')
    // Until nothing is left to be said of the room.
    await pass(clock, 60)
    nodes.bus.lose(() => true)
    await nodes.mina.ok({ t: 'arrange', roomId: nodes.room, pinned: true })
    const revs = () => tablet.socket.events('heads').map(({ heads }) => heads[nodes.room]?.[2])
    await passUntil(clock, 40, () => revs().includes(1))
    const count = revs().length
    await pass(clock, 40)
    assert.equal(revs().length, count)
    assert.deepEqual(tablet.socket.events('mine'), [])
  })

  it('they are delivered as they are now: an edited message once, a new name too', async () => {
    await using nodes = await twoNodes()
    nodes.bus.lose(() => true)
    const { id } = await nodes.mina.send(nodes.room, 'first')
    await nodes.mina.send(nodes.room, 'second')
    await nodes.change(`/messages/${id}`, 'PATCH', { text: 'first, edited' })
    await nodes.change('', 'PATCH', { name: 'A new name' })
    nodes.bus.reportLoss()
    await nodes.sam.socket.event('message', ({ message }) => message.kind === 'system')
    const { room, prev } = await nodes.sam.socket.event('room', (event) => event.room.name === 'A new name')
    assert.deepEqual([room.rev, prev], [4, 3])
    const messages = nodes.sam.socket.events('message')
    assert.deepEqual(
      messages.map((event) => [event.message.rev, event.prev]),
      [
        [2, 0],
        [3, 2],
        [5, 4],
      ],
    )
    assert.deepEqual(heard(nodes.sam).slice(0, 2), ['second', 'first, edited'])
  })

  it('they are delivered in pieces: who reads is not taken for slow, however long the messages are', async () => {
    await using nodes = await twoNodes()
    nodes.bus.lose(isMessage)
    for (let count = 0; count < 150; count++) await nodes.mina.send(nodes.room, '長'.repeat(7_900))
    nodes.bus.reportLoss()
    await nodes.sam.socket.event('message', ({ message }) => message.seq === 150)
    const received = nodes.sam.socket.events('message').map(({ message, prev }) => [message.seq, prev])
    assert.deepEqual(
      received,
      Array.from({ length: 150 }, (_, index) => [index + 1, index]),
    )
    await nodes.sam.socket.settle()
  })

  it('they are delivered no faster than they are read', async () => {
    await using nodes = await twoNodes()
    nodes.sam.socket.ws.pause()
    nodes.bus.lose(isMessage)
    for (let count = 0; count < 400; count++) await nodes.mina.send(nodes.room, '長'.repeat(7_900))
    nodes.bus.reportLoss()
    const turn = () => new Promise(setImmediate)
    // What the system keeps of a socket that is not read is full.
    while (nodes.far.chatter.stats().largestBacklog < 256 * 1024) await turn()
    for (let turns = 0; turns < 40; turns++) await turn()
    nodes.sam.socket.ws.resume()
    await nodes.sam.socket.event('message', ({ message }) => message.seq === 400)
    await nodes.sam.socket.settle()
  })

  it('they are delivered though one socket reads nothing, which is closed', async () => {
    await using nodes = await twoNodes({ members: ['mina', 'sam', 'ida'] })
    const ida = await nodes.far.join('ida')
    ida.socket.ws.pause()
    nodes.bus.lose(isMessage)
    for (let count = 0; count < 400; count++) await nodes.mina.send(nodes.room, '長'.repeat(7_900))
    nodes.bus.reportLoss()
    await nodes.sam.socket.event('message', ({ message }) => message.seq === 400)
    ida.socket.ws.resume()
    await ida.socket.closed
    assert.equal(nodes.far.chatter.stats().closed.tooSlow, 1)
  })

  it('their own read mark is in the next heads, though only the event for its reader was lost', async (t) => {
    const clock = aClock(t)
    await using nodes = await twoNodes(clock)
    await nodes.mina.send(nodes.room, 'read')
    await hears(nodes.sam, 'read')
    const phone = await nodes.near.join('sam')
    await passUntil(clock, 60, () => nodes.sam.socket.events('heads').length > 0)
    nodes.bus.lose(({ frame }) => frame.includes('"t":"mine"'))
    await phone.ok({ t: 'read', roomId: nodes.room, seq: 1 })
    nodes.bus.reportLoss((topic) => topic === topicsFor('default').user('sam'))
    const isMarked = () => nodes.sam.socket.events('heads').some(({ heads }) => heads[nodes.room]?.[1] === 1)
    await passUntil(clock, 60, isMarked)
  })

  it('they are delivered when only one of them is known to have been removed', async (t) => {
    // It stands: without a word nobody compares anything.
    const clock = aClock(t)
    await using nodes = await twoNodes({ members: ['mina', 'sam', 'lee'], now: clock.now })
    const lee = await nodes.far.join('lee')
    nodes.bus.lose(() => true)
    await nodes.change('/members/sam', 'DELETE')
    nodes.bus.reportLoss((topic) => topic === topicsFor('default').user('sam'))
    await nodes.sam.socket.event('gone')
    const isTold = () => lee.socket.events('message').some(({ message }) => message.kind === 'system')
    for (let turn = 0; turn < 9 && !isTold(); turn++) {
      clock.pass(100)
      await lee.socket.settle()
    }
    assert.ok(isTold())
  })

  it('is not delivered twice where nothing was lost', async () => {
    await using nodes = await twoNodes()
    const sends = Array.from({ length: 50 }, (_, index) => nodes.mina.send(nodes.room, `${index}`))
    await Promise.all(sends)
    nodes.bus.reportLoss()
    await nodes.mina.send(nodes.room, 'the end')
    await hears(nodes.sam, 'the end')
    assert.equal(heard(nodes.sam).length, 51)
    assert.ok(nodes.sam.socket.events('message').every(({ prev }) => prev === undefined))
  })
})

describe('somebody who was removed, and the event of it was lost,', () => {
  const isRemoval = ({ leave, frame }: Delivery) => leave !== undefined || frame.includes('"t":"gone"')

  it('hears nothing that was written afterwards', async () => {
    await using nodes = await twoNodes({ members: ['mina', 'sam', 'ida'] })
    const ida = await nodes.far.join('ida')
    nodes.bus.lose(isRemoval)
    await nodes.change('/members/sam', 'DELETE')
    const secret = await nodes.mina.send(nodes.room, 'not for Sam')
    await hears(ida, 'not for Sam')
    await nodes.sam.socket.event('gone', ({ roomId }) => roomId === nodes.room)
    assert.ok(nodes.sam.socket.events('message').every(({ message }) => message.seq < secret.seq - 1))
  })

  it('receives nothing late either while the database is asked who is a member', async (t) => {
    await using nodes = await twoNodes({ members: ['mina', 'sam', 'ida'] })
    const ida = await nodes.far.join('ida')
    const store = nodes.near.stores.forTenant('default')
    const [asked, answers, read] = [Promise.withResolvers(), Promise.withResolvers(), Promise.withResolvers()]
    const { filterMembers, readChanges } = store
    t.mock.method(store, 'filterMembers', async (...question: Parameters<typeof filterMembers>) => {
      asked.resolve(undefined)
      await answers.promise
      return filterMembers(...question)
    })
    t.mock.method(store, 'readChanges', async (...question: Parameters<typeof readChanges>) => {
      const answer = await readChanges(...question)
      setImmediate(read.resolve)
      return answer
    })
    // A hole, which is soon looked into.
    nodes.bus.lose(isMessage)
    await nodes.mina.send(nodes.room, 'lost')
    nodes.bus.lose(isRemoval)
    await nodes.mina.send(nodes.room, 'heard')
    await nodes.change('/members/sam', 'DELETE')
    await asked.promise
    await nodes.mina.send(nodes.room, 'not for Sam')
    await read.promise
    await nodes.sam.socket.settle()
    assert.deepEqual(heard(nodes.sam), ['heard'])
    answers.resolve(undefined)
    await hears(ida, 'lost', 'not for Sam')
    await nodes.sam.socket.event('gone', ({ roomId }) => roomId === nodes.room)
    assert.deepEqual(heard(nodes.sam), ['heard'])
  })

  it('receives `gone` when they write, and nothing afterwards', async (t) => {
    // Time stands still: nothing else looks.
    await using nodes = await twoNodes({ ...aClock(t), members: ['mina', 'sam', 'ida'] })
    nodes.bus.lose(() => true)
    await nodes.change('/members/sam', 'DELETE')
    const { code } = await nodes.sam.err({
      t: 'send',
      roomId: nodes.room,
      messageId: '01890000-0000-7000-8000-000000000001',
      text: 'Let me in',
    })
    assert.equal(code, 'not_found')
    await nodes.sam.socket.event('gone', ({ roomId }) => roomId === nodes.room)
    nodes.bus.lose(() => false)
    await nodes.mina.send(nodes.room, 'not for Sam')
    await nodes.sam.socket.settle()
    assert.deepEqual(heard(nodes.sam), [])
  })

  it('receives `gone` in the next round, if nothing happens', async (t) => {
    const clock = aClock(t)
    await using nodes = await twoNodes({ ...clock, members: ['mina', 'sam', 'ida'] })
    nodes.bus.lose(() => true)
    await nodes.change('/members/sam', 'DELETE')
    await passUntil(clock, 40, () => nodes.sam.socket.events('gone').length > 0)
  })
})

describe('somebody who was added, and the event of it was lost,', () => {
  it('hears the room as soon as the bus says that something may be lost', async () => {
    await using nodes = await twoNodes({ members: ['mina', 'ida'] })
    nodes.bus.lose(() => true)
    await nodes.change('/members/sam', 'PUT', {})
    nodes.bus.lose(() => false)
    nodes.bus.reportLoss()
    const { room } = await nodes.sam.socket.event('room')
    assert.equal(room.id, nodes.room)
    const mine = await nodes.sam.socket.event('mine')
    assert.deepEqual([mine.roomId, mine.unread], [nodes.room, 0])
    await nodes.mina.send(nodes.room, 'Welcome')
    await hears(nodes.sam, 'Welcome')
  })
})

describe('while the database is away', () => {
  it('what waits to know its members is held, and delivered when it is back', async (t) => {
    const clock = aClock(t)
    await using nodes = await twoNodes({ ...clock, members: ['mina', 'sam', 'ida'] })
    const asked = t.mock.method(nodes.near.stores.forTenant('default'), 'filterMembers', () =>
      Promise.reject(new Error('no database')),
    )
    await nodes.change('/members/ida', 'DELETE')
    await nodes.mina.send(nodes.room, 'after')
    await nodes.sam.socket.settle()
    assert.deepEqual(heard(nodes.sam), [])
    assert.ok(asked.mock.callCount() > 0)
    asked.mock.restore()
    await passUntil(clock, 3, () => heard(nodes.sam).includes('after'))
    assert.match(nodes.log.text(), /trying again/)
  })
})

async function pass(clock: ReturnType<typeof aClock>, seconds: number): Promise<void> {
  let passed = 0
  await passUntil(clock, seconds, () => ++passed === seconds)
}

/** Lets seconds pass, and gives the nodes time for what each of them brings, until the condition holds. */
async function passUntil(
  clock: ReturnType<typeof aClock>,
  seconds: number,
  condition: () => boolean,
): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    // In steps: a timer that a turn starts wants to be over within it.
    for (let part = 0; part < 5; part++) {
      clock.pass(200)
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
    }
    if (condition()) return
  }
  assert.fail(`not within ${seconds} seconds`)
}
