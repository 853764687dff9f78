/** What a site is told: all of it, signed, in order, again until it took it, and nothing of anybody else. */
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, it, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Logger } from '../../server/log/logger.ts'
import { silent } from '../../server/log/logger.ts'
import { guestId } from '../../server/protocol/guests.ts'
import { deliverForMs, signaturesOf } from '../../server/rules/webhooks.ts'
import { openPostgres } from '../../server/store/postgres/open.ts'
import type { NewWebhook, Stores, Tenant } from '../../server/store/store.ts'
import { Deliveries } from '../../server/webhooks/deliveries.ts'
import { replaySince } from '../../server/webhooks/replay.ts'
import { Site } from '../contract/store/a-world.ts'
import { aWebhook } from '../contract/store/webhooks.ts'
import { aFolder, type Folder } from '../support/a-folder.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { Receiver } from './receiver.ts'

const minute = 60_000
const hour = 60 * minute

test('a delivery is signed as Standard Webhooks has it', () => {
  // The example of its specification.
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  const signed = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1614265330, body: '{"test": 2432232314}' }
  assert.equal(signaturesOf([secret], signed), 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
})

type Setup = {
  stores: Stores
  now: () => number
  log?: Logger
  random?: () => number
  node?: string
  tenantOf?: () => Pick<Tenant, 'disabledAt' | 'enabledAt'>
  isDisabled?: (tenant: string, user: string) => boolean
}

function deliveriesOf(
  { outbound }: Receiver,
  { stores, now, log = silent, random = () => 1, node = 'a node', ...setup }: Setup,
): Deliveries {
  const { tenantOf = () => ({}), isDisabled = () => false } = setup
  const { webhooks: store } = stores
  const onError = (error: unknown) => assert.fail(error as Error)
  const forTenant = (tenant: string) => stores.forTenant(tenant)
  return new Deliveries({ store, forTenant, tenantOf, isDisabled, outbound, node, now, random, log, onError })
}

describe('a site is told', () => {
  let folder: Folder
  let stores: Stores
  let site: Site
  let clock: number
  let receiver: Receiver
  let deliveries: Deliveries
  const now = () => clock
  const siteOf = (tenant: string) =>
    new Site(
      { stores, later: { amendAsBefore: async () => {}, addUsers: async () => {} }, close: async () => {} },
      tenant,
    )

  beforeEach(() => {
    clock = Date.UTC(2026, 0, 1)
    folder = aFolder()
    stores = folder.open({ now })
    site = siteOf('acme')
    receiver = new Receiver('whsec_bWluZQ==')
    deliveries = deliveriesOf(receiver, { stores, now })
  })
  afterEach(async () => {
    await stores.close()
    folder.remove()
  })

  async function add(parts: Partial<NewWebhook> = {}): Promise<NewWebhook> {
    const webhook = aWebhook('acme', { secrets: receiver.secrets, ...parts })
    await stores.webhooks.add(webhook)
    return webhook
  }

  it('what happens, each event with what it is about and the names of those in it', async () => {
    await add()
    const room = await site.group('Sky', 'mina', 'sam')
    const message = await site.say(room, 'mina', 'hello')
    await site.alter(room, { kind: 'remove', user: 'sam' })
    await deliveries.look()
    const [created, sent, removed] = receiver.events
    assert.deepEqual(
      receiver.events.map(({ id, type }) => [id, type]),
      [
        [`${room}.0`, 'room.created'],
        [`${room}.1`, 'message.sent'],
        [`${room}.3`, 'member.removed'],
      ],
    )
    assert.deepEqual([created?.data.room?.name, created?.data.rev], ['Sky', 0])
    assert.deepEqual(sent?.data, { roomId: room, rev: 1, message })
    assert.equal(sent?.timestamp, message.createdAt)
    assert.equal(removed?.data.message?.kind, 'system')
    assert.deepEqual(Object.keys(receiver.heard[0]?.body.users ?? {}).sort(), ['mina'])
    await deliveries.look()
    assert.equal(receiver.heard.length, 1)
    assert.deepEqual(deliveries.counts, { delivered: 3, failed: 0, dropped: 0, disabled: 0 })
  })

  it('a thousand messages of ten rooms, each once and in order', async () => {
    await add({ events: ['message.sent'] })
    const rooms = await Promise.all(
      Array.from({ length: 10 }, (_, at) => site.group(`Group ${at}`, 'mina', 'sam')),
    )
    await Promise.all(rooms.flatMap((room) => Array.from({ length: 100 }, () => site.say(room, 'mina'))))
    await site.say(rooms[0] ?? '', 'sam')
    await deliveries.look()
    while (receiver.events.length < 1_001) await deliveries.look()
    for (const [at, room] of rooms.entries())
      assert.deepEqual(
        receiver.revs[room],
        Array.from({ length: at === 0 ? 101 : 100 }, (_, rev) => rev + 1),
      )
  })

  it('again until it took it: the room waits, in order, and other rooms do not', async () => {
    await add({ events: ['message.sent'] })
    const [one, two] = [await site.room('mina', 'sam'), await site.room('mina', 'lee')]
    for (const room of [one, two, one]) await site.say(room, 'mina')
    receiver.answer = ({ body }) =>
      new Response('no', { status: body.events.some(({ data }) => data.roomId === one) ? 500 : 200 })
    await deliveries.look()
    assert.deepEqual(receiver.revs, {})
    // Both failed together; from then on each is tried alone.
    clock += 5_000
    await deliveries.look()
    assert.deepEqual(receiver.revs, { [two]: [1] })
    await site.say(two, 'mina')
    await site.say(one, 'mina')
    await deliveries.look()
    assert.deepEqual(receiver.revs, { [two]: [1, 2] })
    receiver.answer = () => new Response('yes')
    await deliveries.look()
    assert.deepEqual(receiver.revs, { [two]: [1, 2] })
    clock += 10_000
    await deliveries.look()
    assert.deepEqual(receiver.revs, { [two]: [1, 2], [one]: [1, 2, 3] })
    assert.deepEqual((await stores.webhooks.list())[0]?.dropped, 0)
  })

  it('the same under the same id, however often it is sent', async () => {
    await add({ events: ['message.sent'] })
    await site.say(await site.room('mina', 'sam'), 'mina')
    const ids: string[] = []
    receiver.answer = ({ id }) => {
      ids.push(id)
      return ids.length < 3 ? undefined : new Response('yes')
    }
    for (let tried = 0; tried < 4; tried++, clock += hour) await deliveries.look()
    assert.equal(ids.length, 3)
    assert.equal(new Set(ids).size, 1)
  })

  it('with pauses that grow to an hour, and for a day; then it is given up where everybody sees it', async () => {
    const webhook = await add({ events: ['message.sent'] })
    const room = await site.room('mina', 'sam')
    await site.say(room, 'mina')
    const [begun, tries] = [clock, [] as number[]]
    receiver.answer = () => {
      tries.push(clock)
      return undefined
    }
    const lines: string[] = []
    const log = { ...silent, error: (_: unknown, text?: string) => lines.push(String(text)) } as Logger
    deliveries = deliveriesOf(receiver, { stores, now, log })
    const holdOf = async () => (await stores.webhooks.readBacklog(webhook)).held[0]
    for (;;) {
      await deliveries.look()
      const hold = await holdOf()
      if ((await stores.webhooks.readBacklog(webhook)).events === 0) break
      assert.equal(hold?.why, 'https://shop.example: no answer within 10 s')
      clock = hold.nextAt
    }
    const pauses = tries.slice(1).map((at, index) => at - (tries[index] ?? 0))
    assert.deepEqual(pauses.slice(0, 3), [5_000, 10_000, 20_000])
    assert.equal(Math.max(...pauses), hour)
    assert.ok((tries.at(-1) ?? 0) - begun > deliverForMs)
    assert.ok((tries.at(-2) ?? 0) - begun <= deliverForMs)
    assert.equal((await stores.webhooks.list())[0]?.dropped, 1)
    assert.equal(await holdOf(), undefined)
    assert.deepEqual([deliveries.counts.dropped, lines.length], [1, 1])
    // What comes later has a day of its own.
    receiver.answer = () => new Response('yes')
    await site.say(room, 'mina')
    await deliveries.look()
    assert.deepEqual(receiver.revs, { [room]: [2] })
  })

  it('nothing while it is disabled, and all of it afterwards: no day runs out meanwhile', async () => {
    const webhook = await add({ events: ['message.sent'] })
    const room = await site.room('mina', 'sam')
    await site.say(room, 'mina')
    let tenant: Pick<Tenant, 'disabledAt' | 'enabledAt'> = { disabledAt: clock }
    deliveries = deliveriesOf(receiver, { stores, now, tenantOf: () => tenant })
    let isAway = true
    receiver.answer = () => (isAway ? undefined : new Response('yes'))
    await deliveries.look()
    clock += 3 * deliverForMs
    await deliveries.look()
    assert.deepEqual(deliveries.counts, { delivered: 0, failed: 0, dropped: 0, disabled: 0 })
    tenant = { enabledAt: clock }
    await deliveries.look()
    assert.deepEqual([deliveries.counts.failed, deliveries.counts.dropped], [1, 0])
    isAway = false
    clock += minute
    await deliveries.look()
    assert.deepEqual(receiver.revs, { [room]: [1] })
    // From then on a day is a day.
    isAway = true
    await site.say(room, 'mina')
    await deliveries.look()
    clock += deliverForMs + minute
    await deliveries.look()
    assert.deepEqual([deliveries.counts.dropped, (await stores.webhooks.readBacklog(webhook)).events], [1, 0])
  })

  it('no sooner than it asked for', async () => {
    await add({ events: ['message.sent'] })
    await site.say(await site.room('mina', 'sam'), 'mina')
    receiver.answer = () => new Response('later', { status: 503, headers: { 'retry-after': '600' } })
    await deliveries.look()
    receiver.answer = () => new Response('yes')
    clock += 599_000
    await deliveries.look()
    assert.equal(receiver.heard.length, 0)
    clock += 1_000
    await deliveries.look()
    assert.equal(receiver.heard.length, 1)
  })

  it('nothing more once it answered that it is gone', async () => {
    await add()
    await site.say(await site.room('mina', 'sam'), 'mina')
    receiver.answer = () => new Response('gone', { status: 410 })
    await deliveries.look()
    const [webhook] = await stores.webhooks.list()
    assert.deepEqual(
      [webhook?.disabledAt, webhook?.disabledWhy],
      [clock, 'expected a status from 200 to 299, got 410'],
    )
    await site.say(await site.room('mina', 'sam'), 'mina')
    receiver.answer = () => assert.fail('asked again')
    await deliveries.look()
    assert.deepEqual(await stores.webhooks.listPending(undefined, 9), [])
  })

  it('what a message is when it is told: one that was deleted or whose room is gone says no text', async () => {
    await add({ events: ['message.sent'] })
    const room = await site.group('Sky', 'mina', 'sam')
    const message = await site.say(room, 'mina', 'a secret')
    await site.delete(message)
    const gone = await site.group('Stars', 'mina', 'sam')
    await site.say(gone, 'mina', 'a secret')
    await site.store.deleteRoom({ room: gone })
    const folderEmptied = async () =>
      (await stores.forTenant('acme').readPage(gone, {}, 1)).messages.length === 0
    while (!(await folderEmptied())) await nextTurn()
    await deliveries.look()
    const told = Object.fromEntries(receiver.events.map(({ data }) => [data.roomId, data.message]))
    assert.deepEqual([told[room]?.id, told[room]?.text], [message.id, ''])
    assert.equal(told[gone], null)
    assert.doesNotMatch(JSON.stringify(receiver.heard), /a secret/)
  })

  it('by both secrets while one is being replaced', async () => {
    const webhook = await add({ events: ['message.sent'] })
    await stores.webhooks.changeSecrets(webhook, (before) => ['whsec_bmV3', ...before])
    const room = await site.room('mina', 'sam')
    await site.say(room, 'mina')
    await deliveries.look()
    receiver.secrets = ['whsec_bmV3']
    await site.say(room, 'mina')
    await deliveries.look()
    assert.deepEqual(receiver.revs, { [room]: [1, 2] })
  })

  it('again what history knows, from the time on that is asked for', async () => {
    const room = await site.group('Sky', 'mina', 'sam')
    await site.say(room, 'mina', 'before')
    clock += hour
    await site.say(room, 'mina', 'after')
    await site.alter(room, { kind: 'rename', name: 'Stars' })
    const webhook = {
      ...(await add()),
      ...{ deliveredAt: null, dropped: 0 },
      ...{ droppedAt: null, disabledAt: null, disabledWhy: null },
    }
    const count = await replaySince(stores, webhook, { since: clock, now: clock })
    assert.equal(count, 2)
    await deliveries.look()
    assert.deepEqual(
      receiver.events.map(({ type, data }) => [type, data.message?.text]),
      [
        ['message.sent', 'after'],
        ['room.changed', receiver.events[1]?.data.message?.text],
      ],
    )
  })

  it('again each room in its order, however much it is', async () => {
    const room = await site.room('mina', 'sam')
    for (let count = 0; count < 250; count++) await site.say(room, 'mina')
    const webhook = {
      ...(await add()),
      ...{ deliveredAt: null, dropped: 0 },
      ...{ droppedAt: null, disabledAt: null, disabledWhy: null },
    }
    const put: number[] = []
    const webhooks = {
      ...stores.webhooks,
      async putEvents(_: unknown, events: readonly { rev: number }[]) {
        put.push(...events.map(({ rev }) => rev))
      },
    }
    const forTenant = (tenant: string) => stores.forTenant(tenant)
    await replaySince({ webhooks, forTenant }, webhook, { since: clock, now: clock })
    assert.deepEqual(
      put,
      Array.from({ length: 250 }, (_, at) => at + 1),
    )
  })

  it('soon, where a clock that was wrong had it wait for longer than anything waits', async () => {
    const webhook = await add()
    const room = await site.room('mina', 'sam')
    await site.say(room, 'mina', 'hello')
    const held = { room, attempts: 1, nextAt: clock + 365 * 24 * hour, why: 'no answer' }
    await stores.webhooks.holdRooms(webhook, [held], { at: clock, old: 0 })
    await deliveries.look()
    assert.deepEqual(
      receiver.events.map(({ data }) => data.message?.text),
      [undefined, 'hello'],
    )
  })

  it('at once of a room that nothing holds, though thousands of others wait for their next attempt', async () => {
    const webhook = await add({ events: ['message.sent'] })
    const name = (at: number) => `00000000-0000-7000-8000-${String(at).padStart(12, '0')}`
    const waiting = Array.from({ length: 3_000 }, (_, at) => name(at))
    const events = waiting.map(
      (room) => ({ room, rev: 1, event: 'message.sent', seq: 1, at: clock }) as const,
    )
    await stores.webhooks.putEvents(webhook, events)
    const holds = waiting.map((room) => ({ room, attempts: 1, nextAt: clock + hour, why: 'no answer' }))
    await stores.webhooks.holdRooms(webhook, holds, { at: clock, old: 0 })
    const room = await site.room('mina', 'sam')
    await site.say(room, 'mina')
    await deliveries.look()
    assert.deepEqual(receiver.revs, { [room]: [1] })
  })

  it('nothing of another tenant, whoever has a webhook there', async () => {
    await add()
    const away = siteOf('away')
    const theirs = new Receiver('whsec_dGhlaXJz')
    await stores.webhooks.add(aWebhook('away', { url: 'https://away.example/', secrets: theirs.secrets }))
    await site.say(await site.group('At home', 'mina', 'sam'), 'mina', 'said at home')
    await away.say(await away.group('Away', 'mina', 'kim'), 'mina', 'said away')
    const both = new Receiver()
    const outbound: Receiver['outbound'] = (url, request) =>
      (url.startsWith('https://away') ? theirs : receiver).outbound(url, request)
    await deliveriesOf(Object.assign(both, { outbound }), { stores, now }).look()
    const [ours, others] = [JSON.stringify(receiver.heard), JSON.stringify(theirs.heard)]
    assert.match(ours, /said at home/)
    assert.doesNotMatch(ours, /said away|kim/)
    assert.match(others, /said away/)
    assert.doesNotMatch(others, /said at home|sam/)
  })

  describe('who has been away with something unread:', () => {
    const look = async () => {
      // Each time by one that just started: nothing that it needs is in its memory.
      deliveries = deliveriesOf(receiver, { stores, now })
      await deliveries.look()
    }
    const unread = () => receiver.events.map(({ data }) => data)

    it('how much, by whom and where, once until they come back', async () => {
      await add({ events: ['user.unread'] })
      const room = await site.room('mina', 'sam')
      await site.store.saveUser({ id: 'mina', timeZone: 'Europe/Berlin' })
      const { id: messageId } = await site.say(room, 'sam', 'hello')
      await site.say(room, 'sam', 'there?')
      clock += 5 * minute
      await look()
      assert.deepEqual(unread(), [])
      clock += 2 * minute
      await look()
      const there = { roomId: room, kind: 'direct', unread: 2, mentions: 0, senderIds: ['sam'], messageId }
      const rooms = [{ ...there, link: `#chatter:${room}/${messageId}` }]
      assert.deepEqual(unread(), [
        { userId: 'mina', timeZone: 'Europe/Berlin', unread: 2, mentions: 0, rooms },
      ])
      assert.deepEqual(Object.keys(receiver.heard[0]?.body.users ?? {}).sort(), ['mina', 'sam'])
      await site.say(room, 'sam', 'still not?')
      clock += 10 * minute
      await look()
      assert.equal(unread().length, 1)
      await site.store.markSeen(['mina'], clock)
      await site.say(room, 'sam', 'welcome')
      clock += 10 * minute
      await look()
      assert.deepEqual(unread()[1]?.unread, 4)
    })

    it('nothing of who is here, until they go without having read it', async () => {
      await add({ events: ['user.unread'] })
      const room = await site.room('mina', 'sam')
      await site.say(room, 'sam')
      for (let minutes = 0; minutes < 20; minutes++, clock += minute) {
        await site.store.markSeen(['mina'], clock)
        await look()
      }
      assert.deepEqual(unread(), [])
      for (let minutes = 0; minutes < 15; minutes++, clock += minute) await look()
      assert.deepEqual(
        unread().map(({ userId }) => userId),
        ['mina'],
      )
    })

    it('nothing of who read it before they were told, or muted the room', async () => {
      await add({ events: ['user.unread'] })
      const [read, muted] = [await site.room('mina', 'sam'), await site.room('lee', 'sam')]
      await site.mute(muted, 'lee')
      for (const room of [read, muted]) await site.say(room, 'sam')
      await site.store.markRead(read, 'mina', 1)
      clock += 10 * minute
      await look()
      assert.deepEqual(unread(), [])
    })

    it('nothing of guests, whom no site can reach', async () => {
      await add({ events: ['user.unread'] })
      const guest = guestId('zoe')
      await site.store.addGuest({ id: guest, name: 'Zoe' })
      await site.say(await site.room(guest, 'sam'), 'sam')
      clock += 10 * minute
      await look()
      assert.deepEqual(unread(), [])
    })

    it('also behind many newer rooms that they muted', async () => {
      await add({ events: ['user.unread'] })
      const room = await site.room('mina', 'sam')
      await site.say(room, 'sam')
      for (let count = 0; count < 60; count++) {
        clock += 1_000
        const busy = await site.group(`Sky ${count}`, 'mina', 'sam')
        await site.mute(busy, 'mina')
        await site.say(busy, 'sam')
      }
      clock += 10 * minute
      await look()
      assert.deepEqual(
        unread().map(({ rooms }) => rooms?.map(({ roomId }) => roomId)),
        [[room]],
      )
    })

    it('nothing of who may not sign in any more when it is delivered', async () => {
      await add({ events: ['user.unread'] })
      await site.say(await site.room('mina', 'sam'), 'sam')
      const asked: unknown[] = []
      receiver.answer = ({ body }) => {
        asked.push(body.events.map(({ data }) => data.userId))
        return new Response('later', { status: 503 })
      }
      clock += 10 * minute
      await look()
      assert.deepEqual(asked, [['mina']])
      clock += hour
      const isDisabled = (tenant: string, user: string) => tenant === 'acme' && user === 'mina'
      await deliveriesOf(receiver, { stores, now, isDisabled }).look()
      clock += hour
      await look()
      assert.deepEqual(asked, [['mina']])
    })

    it('though a clock that was wrong wrote something and told them', async () => {
      await add({ events: ['user.unread'] })
      const room = await site.room('mina', 'sam')
      const wrong = 365 * 24 * hour
      clock += wrong
      await site.say(room, 'sam')
      clock += 10 * minute
      await look()
      assert.deepEqual(
        unread().map(({ userId }) => userId),
        ['mina'],
      )
      clock -= wrong
      await site.store.markSeen(['mina'], clock)
      for (let times = 0; times < 2; times++) {
        await site.say(room, 'sam')
        clock += 10 * minute
        await look()
      }
      assert.deepEqual(
        unread().map(({ userId }) => userId),
        ['mina', 'mina'],
      )
    })

    it('of a muted room what mentions them', async () => {
      await add({ events: ['user.unread'] })
      const room = await site.group('Sky', 'mina', 'sam')
      await site.mute(room, 'mina')
      await site.say(room, 'sam')
      const mentions = [{ userId: 'mina', at: 0, length: 5 }]
      await site.store.append({
        room,
        id: '019a0000-0000-7000-8000-00000000000a',
        author: 'sam',
        text: '@mina',
        mentions,
      })
      clock += 10 * minute
      await look()
      assert.deepEqual(
        unread().map(({ userId, mentions, rooms }) => [userId, mentions, rooms?.[0]?.name]),
        [['mina', 1, 'Sky']],
      )
    })
  })
})

describe('of two servers on one Postgres', () => {
  let server: PostgresServer
  before(async () => {
    server = await startPostgres()
  })
  after(() => server.stop())

  it('one delivers a webhook at a time, and the other takes it over when it stops', async () => {
    const url = await server.newDatabase()
    const open = () => openPostgres({ url, role: 'server', now: Date.now })
    const [one, two] = [await open(), await open()]
    const receivers = [new Receiver('whsec_bWluZQ=='), new Receiver('whsec_bWluZQ==')] as const
    const [first, second] = [
      deliveriesOf(receivers[0], { stores: one, now: Date.now, node: 'one' }),
      deliveriesOf(receivers[1], { stores: two, now: Date.now, node: 'two' }),
    ]
    const site = new Site(
      {
        stores: one,
        later: { amendAsBefore: async () => {}, addUsers: async () => {} },
        close: async () => {},
      },
      'acme',
    )
    await one.webhooks.add(aWebhook('acme', { events: ['message.sent'], secrets: ['whsec_bWluZQ=='] }))
    const room = await site.room('mina', 'sam')
    await site.say(room, 'mina')
    // Whichever of them looks would do it, and the other may not see it yet.
    const sortOut = async () => {
      while (await one.webhooks.sortOut());
    }
    await sortOut()
    await Promise.all([first.look(), second.look()])
    const [owner, other, heard, later] = receivers[0].heard.length
      ? [first, second, ...receivers]
      : [second, first, receivers[1], receivers[0]]
    assert.deepEqual([heard.revs, later.revs], [{ [room]: [1] }, {}])
    await site.say(room, 'mina')
    await sortOut()
    await Promise.all([other.look(), owner.look()])
    assert.deepEqual([heard.revs, later.revs], [{ [room]: [1, 2] }, {}])
    await owner.stop()
    await site.say(room, 'mina')
    while (later.heard.length === 0) await other.look()
    assert.deepEqual(later.revs, { [room]: [3] })
    await other.stop()
    await Promise.all([one.close(), two.close()])
  })
})
