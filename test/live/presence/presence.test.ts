/** Who is online. The tests move the clock, a second at a time. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { pino } from 'pino'
import { uuidv7 } from 'uuidv7'
import type { Fanout } from '../../../server/fanout/fanout.ts'
import { createInProcessFanout } from '../../../server/fanout/in-process.ts'
import { createRedisFanout } from '../../../server/fanout/redis/fanout.ts'
import { decodeBatch, encodeBatch } from '../../../server/fanout/redis/wire.ts'
import { isOfNodes } from '../../../server/fanout/topics.ts'
import { Hub } from '../../../server/live/hub.ts'
import type { Listener } from '../../../server/live/listener.ts'
import { Presence } from '../../../server/live/presence/presence.ts'
import { limits } from '../../../server/protocol/limits.ts'
import type { Me, MembersPage, UserAnswer } from '../../../server/protocol/views.ts'
import type { NewTenant, Stores } from '../../../server/store/store.ts'
import { aFolder } from '../../support/a-folder.ts'
import { connectHost } from '../../support/at-host.ts'
import { aCrowd, aRoom, assertProblem, jsonOf } from '../../support/builders.ts'
import type { TestClient } from '../../support/client.ts'
import { aClock } from '../../support/clock.ts'
import { startRedis } from '../../support/redis.ts'
import { signToken, startServer, type TestServer } from '../../support/server.ts'

/** No ghost longer than this after a node died. */
const boundS = 15
const log = pino({ level: 'silent' })

type Clock = ReturnType<typeof aClock>

/** Lets seconds pass, and what each of them brings arrive. */
async function pass(clock: Clock, seconds: number, ...clients: TestClient[]): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    clock.pass(1_000)
    for (let turn = 0; turn < 20; turn++) await nextTurn()
    for (const { socket } of clients) await socket.settle()
  }
}

/** Lets seconds pass until it is so. @returns how many */
async function passUntil(clock: Clock, client: TestClient, isSo: () => boolean): Promise<number> {
  for (let seconds = 0; seconds < 60; seconds++) {
    if (isSo()) return seconds
    await pass(clock, 1, client)
  }
  return assert.fail('a minute was not enough')
}

/** What a client was shown of a user, in order. */
const shown = ({ socket }: TestClient, user: string): boolean[] =>
  socket.events('presence').flatMap((event) => (event.userId === user ? [event.online] : []))

const isShown = (client: TestClient, user: string, online: boolean) => shown(client, user).at(-1) === online

async function start(t: TestContext, options: Parameters<typeof startServer>[0] = {}) {
  const clock = aClock(t)
  return { clock, server: await startServer({ now: clock.now, ...options }) }
}

/** Mina and Sam in a room of their own, Sam online. */
async function twoFriends(t: TestContext) {
  const { clock, server } = await start(t)
  await aRoom(server, ['mina', 'sam'])
  return { clock, server, sam: await server.join('sam') }
}

const lastSeenOf = async (server: TestServer, user: string) =>
  (await server.stores.forTenant('default').readLastSeen([user]))[user]

describe('presence on one node:', () => {
  it('the people of a small room hear who comes online, and who leaves with the time they were last here', async (t) => {
    const { clock, server, sam } = await twoFriends(t)
    await using _server = server
    const mina = await server.join('mina')
    await pass(clock, 1, sam)
    assert.deepEqual(sam.socket.events('presence'), [{ t: 'presence', userId: 'mina', online: true }])
    await mina.socket.close()
    await passUntil(clock, sam, () => isShown(sam, 'mina', false))
    const lastSeenAt = await lastSeenOf(server, 'mina')
    assert.deepEqual(sam.socket.events('presence').slice(1), [
      { t: 'presence', userId: 'mina', online: false, lastSeenAt },
    ])
    assert.ok(Date.parse(lastSeenAt ?? '') <= clock.now() - 4_000, 'the time of leaving, not of showing')
  })

  it('who leaves is online for a grace of about five seconds', async (t) => {
    const { clock, server, sam } = await twoFriends(t)
    await using _server = server
    const mina = await server.join('mina')
    await pass(clock, 1, sam)
    await mina.socket.close()
    const seconds = await passUntil(clock, sam, () => isShown(sam, 'mina', false))
    assert.ok(seconds >= 5 && seconds <= 8, `${seconds} s`)
  })

  it('a reload shows to nobody', async (t) => {
    const { clock, server, sam } = await twoFriends(t)
    await using _server = server
    for (let reload = 0; reload < 3; reload++) {
      const mina = await server.join('mina')
      await pass(clock, 6, sam)
      await mina.socket.close()
      await pass(clock, 4, sam)
    }
    assert.deepEqual(shown(sam, 'mina'), [true])
  })

  it('a user of two devices is online until both are gone', async (t) => {
    const { clock, server, sam } = await twoFriends(t)
    await using _server = server
    const [phone, desktop] = [await server.join('mina'), await server.join('mina')]
    await phone.socket.close()
    await pass(clock, 20, sam, desktop)
    assert.deepEqual(shown(sam, 'mina'), [true])
    await desktop.socket.close()
    await passUntil(clock, sam, () => isShown(sam, 'mina', false))
  })

  it('who is signed out by the host is offline at once', async (t) => {
    const { clock, server, sam } = await twoFriends(t)
    await using _server = server
    const [phone, desktop] = [await server.join('mina'), await server.join('mina')]
    await pass(clock, 1, sam)
    await server.chatter.disconnect('mina')
    await Promise.all([phone.socket.closed, desktop.socket.closed])
    await pass(clock, 1, sam)
    assert.deepEqual(shown(sam, 'mina'), [true, false])
    assert.ok(sam.socket.events('presence').at(-1)?.lastSeenAt)
  })

  it('a newcomer is shown who of their people is online, and of nobody else', async (t) => {
    const { clock, server, sam } = await twoFriends(t)
    await using _server = server
    await aRoom(server, ['mina', 'lee'])
    await aRoom(server, ['sam', 'stranger'])
    const stranger = await server.join('stranger')
    await pass(clock, 1, sam, stranger)
    const mina = await server.join('mina')
    await pass(clock, 1, mina, stranger)
    assert.deepEqual(mina.socket.events('presence'), [{ t: 'presence', userId: 'sam', online: true }])
    assert.deepEqual(shown(stranger, 'mina'), [])
  })

  it('a second device is shown who is online, and the first hears nothing of either', async (t) => {
    const { clock, server, sam } = await twoFriends(t)
    await using _server = server
    const phone = await server.join('mina')
    await pass(clock, 2, sam, phone)
    const desktop = await server.join('mina')
    await pass(clock, 2, sam, phone, desktop)
    assert.deepEqual([shown(phone, 'sam'), shown(desktop, 'sam')], [[true], [true]])
    assert.deepEqual([shown(phone, 'mina'), shown(desktop, 'mina'), shown(sam, 'mina')], [[], [], [true]])
  })

  it('strangers and people of large rooms hear nothing', async (t) => {
    const { clock, server, sam } = await twoFriends(t)
    await using _server = server
    await aRoom(server, ['mina', ...aCrowd(limits.crowd)])
    await aRoom(server, ['sam', 'stranger'])
    const others = [await server.join('u0'), await server.join('stranger')]
    const mina = await server.join('mina')
    await passUntil(clock, sam, () => isShown(sam, 'mina', true))
    await mina.socket.close()
    await passUntil(clock, sam, () => isShown(sam, 'mina', false))
    for (const other of others) {
      await other.socket.settle()
      assert.deepEqual(shown(other, 'mina'), [])
    }
    assert.deepEqual(shown(mina, 'u0'), [])
  })

  it('other tenants hear nothing, though ids and rooms look the same', async (t) => {
    const sites = ['home', 'away'].map(
      (id): NewTenant => ({
        id,
        hosts: [`${id}.test`],
        secrets: [`the secret of ${id}, of thirty-two bytes`],
        origins: [],
      }),
    )
    const { clock, server } = await start(t, { tenants: sites })
    await using _server = server
    const join = async (user: string, { id, secrets: [secret = ''] }: NewTenant) => {
      const socket = await connectHost(server.url, `${id}.test`)
      return socket.hello(await signToken(user, { secret, aud: `${id}.test` }))
    }
    for (const { id } of sites) {
      await server.chatter.createRoom([{ id: 'mina' }, { id: 'sam' }], { tenant: id })
    }
    const [atHome, away] = await Promise.all(sites.map((site) => join('sam', site)))
    assert.ok(atHome && away && sites[0])
    await join('mina', sites[0])
    await passUntil(clock, atHome, () => isShown(atHome, 'mina', true))
    await away.socket.settle()
    assert.deepEqual(away.socket.events('presence'), [])
  })

  it('people who are online when a room brings them together hear of each other', async (t) => {
    const { clock, server } = await start(t)
    await using _server = server
    const [mina, sam] = [await server.join('mina'), await server.join('sam')]
    await pass(clock, 2, mina, sam)
    assert.deepEqual([shown(mina, 'sam'), shown(sam, 'mina')], [[], []])
    const body = { memberIds: ['sam'] }
    await jsonOf(server.fetch('mina', 'rooms', { method: 'POST', body }), 201)
    await pass(clock, 2, mina, sam)
    assert.ok(isShown(mina, 'sam', true) && isShown(sam, 'mina', true))
    assert.deepEqual([shown(mina, 'mina'), shown(sam, 'sam')], [[], []])
  })

  it('last seen is written each minute while a user is here, never goes back, and shows to members of a small room', async (t) => {
    const { clock, server, sam } = await twoFriends(t)
    await using _server = server
    const mina = await server.join('mina')
    await pass(clock, 59, sam, mina)
    assert.equal(await lastSeenOf(server, 'mina'), undefined)
    await pass(clock, 2, sam, mina)
    const first = await lastSeenOf(server, 'mina')
    assert.ok(first)
    await pass(clock, 30, sam, mina)
    assert.equal(await lastSeenOf(server, 'mina'), first, 'at most once a minute')
    await mina.socket.close()
    await pass(clock, 2, sam)
    const second = await lastSeenOf(server, 'mina')
    assert.ok(second && second > first)
    const membersOf = (roomId: string) =>
      jsonOf<MembersPage>(server.fetch('sam', `rooms/${roomId}/members?limit=1`))
    const [small] = sam.ready.rooms
    assert.deepEqual((await membersOf(small?.id ?? '')).lastSeen, { mina: second })
    const { id: large } = await aRoom(server, ['mina', 'sam', ...aCrowd(limits.crowd)], { name: 'Large' })
    assert.equal((await membersOf(large)).lastSeen, undefined)
  })

  it('a server that stops writes who was here until then', async (t) => {
    using folder = aFolder()
    const clock = aClock(t)
    const stores = folder.open({ now: clock.now })
    {
      await using server = await startServer({ now: clock.now, stores })
      await server.join('mina')
      clock.pass(500)
    }
    const { mina: lastSeenAt } = await stores.forTenant('default').readLastSeen(['mina'])
    await stores.close()
    assert.equal(lastSeenAt, new Date(clock.now()).toISOString())
  })
})

const decide = (server: TestServer, user: string, body: object) =>
  server.fetch(user, 'me/presence', { method: 'PUT', body })
/** Something that is new, so 201. */
const decided = (server: TestServer, user: string, body: object) => jsonOf(decide(server, user, body), 201)
const hide = (server: TestServer, user: string) => decided(server, user, { show: 'off' })

describe('presence as far as people show it:', () => {
  it('what one decides is answered, stays, and is told to the other devices of the user alone', async (t) => {
    const { clock, server, sam } = await twoFriends(t)
    await using _server = server
    const mina = await server.join('mina')
    assert.deepEqual([mina.ready.presence, mina.ready.features.presence], [undefined, true])
    const presence = { show: 'contacts', doNotDisturb: true }
    assert.deepEqual(await decided(server, 'mina', presence), presence)
    assert.deepEqual(await mina.socket.event('myPresence'), { t: 'myPresence', ...presence })
    assert.deepEqual((await jsonOf<Me>(server.fetch('mina', 'me'))).presence, presence)
    assert.deepEqual((await server.join('mina')).ready.presence, presence)
    assert.equal((await jsonOf<Me>(server.fetch('sam', 'me'))).presence, undefined)
    await jsonOf(decide(server, 'mina', { doNotDisturb: true }))
    await pass(clock, 1, sam, mina)
    assert.equal(mina.socket.events('myPresence').length, 1, 'nothing was changed')
    assert.deepEqual(sam.socket.events('myPresence'), [])
    await assertProblem(await decide(server, 'mina', { show: 'friends' }), 400, 'bad_request')
  })

  it('who shows nobody comes and goes unheard', async (t) => {
    const { clock, server, sam } = await twoFriends(t)
    await using _server = server
    await server.join('mina')
    await passUntil(clock, sam, () => isShown(sam, 'mina', true))
    await server.chatter.disconnect('mina')
    await passUntil(clock, sam, () => isShown(sam, 'mina', false))
    await hide(server, 'mina')
    const mina = await server.join('mina')
    await pass(clock, 3, sam, mina)
    await mina.socket.close()
    await pass(clock, 10, sam)
    assert.deepEqual(shown(sam, 'mina'), [true, false])
  })

  it('a newcomer is not shown who shows nobody, and who does is shown nobody', async (t) => {
    const { clock, server, sam } = await twoFriends(t)
    await using _server = server
    await aRoom(server, ['mina', 'lee'])
    await server.chatter.createRoom([{ id: 'mina' }])
    await hide(server, 'mina')
    const mina = await server.join('mina')
    await pass(clock, 2, sam, mina)
    const lee = await server.join('lee')
    await pass(clock, 2, sam, mina, lee)
    assert.deepEqual([shown(mina, 'sam'), shown(mina, 'lee')], [[], []])
    assert.deepEqual([shown(sam, 'mina'), shown(lee, 'mina')], [[], []])
  })

  it('a room that brings people together shows none of them who show nobody', async (t) => {
    const { clock, server } = await start(t)
    await using _server = server
    const people = [await server.join('mina'), await server.join('sam'), await server.join('lee')] as const
    const [mina, sam, lee] = people
    await hide(server, 'mina')
    await pass(clock, 2, ...people)
    await aRoom(server, ['mina', 'sam', 'lee'])
    await pass(clock, 3, ...people)
    assert.deepEqual([shown(sam, 'mina'), shown(lee, 'mina'), shown(mina, 'sam')], [[], [], []])
    assert.deepEqual([isShown(sam, 'lee', true), isShown(lee, 'sam', true)], [true, true])
  })

  it('neither members nor a user say when somebody was here who shows nobody, nor to them', async (t) => {
    const { clock, server, sam } = await twoFriends(t)
    await using _server = server
    const mina = await server.join('mina')
    await pass(clock, 61, sam, mina)
    const [room] = sam.ready.rooms
    const seenBy = async (viewer: string, user: string) => {
      const page = await jsonOf<MembersPage>(server.fetch(viewer, `rooms/${room?.id}/members`))
      const { lastSeenAt } = await jsonOf<UserAnswer>(server.fetch(viewer, `users/${user}`))
      return [page.lastSeen?.[user] !== undefined, lastSeenAt !== undefined]
    }
    assert.deepEqual(
      [await seenBy('sam', 'mina'), await seenBy('mina', 'sam')],
      [
        [true, true],
        [true, true],
      ],
    )
    await hide(server, 'mina')
    assert.deepEqual(await seenBy('sam', 'mina'), [false, false])
    assert.deepEqual(await seenBy('mina', 'sam'), [false, false])
    assert.deepEqual(await seenBy('mina', 'mina'), [true, true])
    assert.deepEqual(await seenBy('sam', 'sam'), [true, true])
  })

  it('who hides seems to leave at once, both ways and without a time, and is back when they show themselves', async (t) => {
    const { clock, server, sam } = await twoFriends(t)
    await using _server = server
    const mina = await server.join('mina')
    await pass(clock, 2, sam, mina)
    await hide(server, 'mina')
    await pass(clock, 1, sam, mina)
    assert.deepEqual(sam.socket.events('presence').at(-1), { t: 'presence', userId: 'mina', online: false })
    assert.deepEqual(mina.socket.events('presence').at(-1), { t: 'presence', userId: 'sam', online: false })
    await decided(server, 'mina', { show: 'everybody' })
    await pass(clock, 1, sam, mina)
    assert.deepEqual(
      [shown(sam, 'mina'), shown(mina, 'sam')],
      [
        [true, false, true],
        [true, false, true],
      ],
    )
  })

  it('who hides and leaves at once does not stay online for anybody', async (t) => {
    const { clock, server, sam } = await twoFriends(t)
    await using _server = server
    const mina = await server.join('mina')
    await pass(clock, 2, sam, mina)
    await hide(server, 'mina')
    await server.chatter.disconnect('mina')
    await pass(clock, 2, sam)
    assert.deepEqual(sam.socket.events('presence').at(-1), { t: 'presence', userId: 'mina', online: false })
  })

  it('contacts are the people of direct rooms, and who shows themselves to these sees these', async (t) => {
    const { clock, server, sam } = await twoFriends(t)
    await using _server = server
    await aRoom(server, ['mina', 'sam', 'lee'])
    const [mina, lee] = [await server.join('mina'), await server.join('lee')]
    const people = [mina, sam, lee]
    await pass(clock, 2, ...people)
    await decided(server, 'mina', { show: 'contacts' })
    await pass(clock, 2, ...people)
    assert.deepEqual([isShown(sam, 'mina', true), isShown(lee, 'mina', true)], [true, false])
    assert.deepEqual([isShown(mina, 'sam', true), isShown(mina, 'lee', true)], [true, false])
    assert.deepEqual([isShown(sam, 'lee', true), isShown(lee, 'sam', true)], [true, true])
    await aRoom(server, ['mina', 'lee'])
    await pass(clock, 2, ...people)
    assert.deepEqual([isShown(lee, 'mina', true), isShown(mina, 'lee', true)], [true, true])
  })

  it('who does not want to be disturbed is shown so, to newcomers too', async (t) => {
    const { clock, server, sam } = await twoFriends(t)
    await using _server = server
    const mina = await server.join('mina')
    await pass(clock, 2, sam, mina)
    await decided(server, 'mina', { doNotDisturb: true })
    await pass(clock, 1, sam, mina)
    const quiet = { t: 'presence', userId: 'mina', online: true, doNotDisturb: true }
    assert.deepEqual(sam.socket.events('presence').at(-1), quiet)
    const tablet = await server.join('sam')
    await pass(clock, 2, tablet)
    assert.deepEqual(tablet.socket.events('presence'), [quiet])
    await decided(server, 'mina', { doNotDisturb: false })
    await pass(clock, 1, sam)
    assert.deepEqual(sam.socket.events('presence').at(-1), { t: 'presence', userId: 'mina', online: true })
  })

  it('a site that turned presence off shows nobody, and says so', async (t) => {
    const { clock, server } = await start(t, { settings: { presence: 'off' } })
    await using _server = server
    const { id } = await aRoom(server, ['mina', 'sam'])
    const [mina, sam] = [await server.join('mina'), await server.join('sam')]
    assert.equal(mina.ready.features.presence, false)
    await pass(clock, 62, mina, sam)
    assert.deepEqual(
      [mina, sam].map(({ socket }) => socket.events('presence')),
      [[], []],
    )
    const { lastSeen } = await jsonOf<MembersPage>(server.fetch('sam', `rooms/${id}/members`))
    const { lastSeenAt } = await jsonOf<UserAnswer>(server.fetch('sam', 'users/mina'))
    assert.deepEqual([lastSeen, lastSeenAt], [undefined, undefined])
    await assertProblem(await decide(server, 'mina', { show: 'everybody' }), 501, 'unsupported')
  })
})

/** Fan-outs that hear each other as through Redis, and can be cut off as by a SIGKILL. */
function aBridge() {
  const nodes: { name: string; local: Fanout; isCut: boolean }[] = []
  return {
    connect(): Fanout & { cut(): void } {
      const self = { name: `node ${nodes.length}`, local: createInProcessFanout(), isCut: false }
      nodes.push(self)
      return {
        ...self.local,
        publish(delivery) {
          self.local.publish(delivery)
          const batch = encodeBatch({ node: self.name, number: 1, mark: '' }, [delivery])
          const others = nodes.filter((node) => node !== self && !node.isCut && !self.isCut)
          for (const { local, name } of others) {
            for (const one of decodeBatch(batch, { node: name, mark: '' }).deliveries) local.publish(one)
          }
        },
        cut() {
          self.isCut = true
        },
      }
    },
  }
}

/** Two servers on one database; Mina and Sam share a room, and Sam is online on the first. */
async function twoNodes(t: TestContext) {
  const clock = aClock(t)
  const bridge = aBridge()
  const [fanout, otherFanout] = [bridge.connect(), bridge.connect()]
  const here = await startServer({ now: clock.now, fanout })
  const there = await startServer({ now: clock.now, fanout: otherFanout, stores: here.stores })
  await aRoom(here, ['mina', 'sam'])
  const sam = await here.join('sam')
  await pass(clock, 2, sam)
  const dispose = async () => {
    await there[Symbol.asyncDispose]()
    await here[Symbol.asyncDispose]()
  }
  return { clock, here, there, sam, killThere: () => otherFanout.cut(), [Symbol.asyncDispose]: dispose }
}

describe('presence across nodes:', () => {
  it('who comes and goes on one node is shown on the other', async (t) => {
    await using nodes = await twoNodes(t)
    const { clock, there, sam } = nodes
    const mina = await there.join('mina')
    await pass(clock, 3, sam, mina)
    assert.deepEqual([shown(sam, 'mina'), shown(mina, 'sam')], [[true], [true]])
    await mina.socket.close()
    const seconds = await passUntil(clock, sam, () => isShown(sam, 'mina', false))
    assert.ok(seconds >= 5 && seconds <= 10, `${seconds} s`)
    assert.ok(sam.socket.events('presence').at(-1)?.lastSeenAt)
  })

  it('who stays online is shown once, however long', async (t) => {
    await using nodes = await twoNodes(t)
    const { clock, there, sam } = nodes
    const mina = await there.join('mina')
    await pass(clock, 40, sam, mina)
    assert.deepEqual([shown(sam, 'mina'), shown(mina, 'sam')], [[true], [true]])
  })

  it('a device on one node does not clear the one on another', async (t) => {
    await using nodes = await twoNodes(t)
    const { clock, here, there, sam } = nodes
    const [phone, desktop] = [await here.join('mina'), await there.join('mina')]
    await pass(clock, 3, sam)
    await phone.socket.close()
    await pass(clock, 20, sam, desktop)
    assert.deepEqual(shown(sam, 'mina'), [true])
  })

  it('who moves to another node does not flicker', async (t) => {
    await using nodes = await twoNodes(t)
    const { clock, here, there, sam } = nodes
    const mina = await there.join('mina')
    await pass(clock, 3, sam)
    await mina.socket.close()
    await pass(clock, 3, sam)
    const again = await here.join('mina')
    await pass(clock, 20, sam, again)
    assert.deepEqual(shown(sam, 'mina'), [true])
  })

  it(`the users of a node that died are offline within ${boundS} s, whenever it died`, async (t) => {
    await using nodes = await twoNodes(t)
    const { clock, there, sam, killThere } = nodes
    const mina = await there.join('mina')
    await passUntil(clock, sam, () => isShown(sam, 'mina', true))
    killThere()
    await mina.socket.settle()
    const seconds = await passUntil(clock, sam, () => isShown(sam, 'mina', false))
    assert.ok(seconds <= boundS, `${seconds} s`)
  })

  it('who came back elsewhere before their node was given up does not flicker', async (t) => {
    await using nodes = await twoNodes(t)
    const { clock, here, there, sam, killThere } = nodes
    await there.join('mina')
    await passUntil(clock, sam, () => isShown(sam, 'mina', true))
    killThere()
    await pass(clock, 6, sam)
    const again = await here.join('mina')
    await pass(clock, 30, sam, again)
    assert.deepEqual(shown(sam, 'mina'), [true])
  })

  it('who hides by one node is hidden by the other, and so they are where the word of it got lost', async (t) => {
    await using nodes = await twoNodes(t)
    const { clock, here, there, sam } = nodes
    const mina = await there.join('mina')
    await pass(clock, 3, sam, mina)
    await hide(there, 'mina')
    await pass(clock, 2, sam, mina)
    assert.deepEqual(
      [shown(sam, 'mina'), shown(mina, 'sam')],
      [
        [true, false],
        [true, false],
      ],
    )
    // As if by a node that nobody heard.
    await here.stores.forTenant('default').setPresence('mina', { show: 'everybody' })
    await pass(clock, 61, sam, mina)
    assert.deepEqual([isShown(sam, 'mina', true), isShown(mina, 'sam', true)], [true, true])
  })

  it('through Redis too', async () => {
    const redis = await startRedis()
    const database = { identity: 'a database', epoch: 'an epoch' }
    const connect = () => createRedisFanout({ url: redis.url, log, database })
    const [fanout, otherFanout] = [await connect(), await connect()]
    {
      await using here = await startServer({ fanout })
      await using there = await startServer({ fanout: otherFanout, stores: here.stores })
      await aRoom(here, ['mina', 'sam'])
      const [sam, mina] = [await here.join('sam'), await there.join('mina')]
      await sam.socket.event('presence', ({ userId, online }) => userId === 'mina' && online)
      await mina.socket.event('presence', ({ userId, online }) => userId === 'sam' && online)
      await there.chatter.disconnect('mina')
      const { lastSeenAt } = await sam.socket.event('presence', ({ online }) => !online)
      assert.ok(lastSeenAt)
    }
    await redis.stop()
  })
})

/** A node without a network: sessions that only keep what they are given. */
function aNode(stores: Stores, fanout: Fanout, name: string) {
  const announced: Buffer[] = []
  const counting: Fanout = {
    ...fanout,
    publish(delivery) {
      if (isOfNodes(delivery.topic)) announced.push(delivery.frame)
      fanout.publish(delivery)
    },
  }
  const hub = new Hub(fanout)
  const forTenant = (tenant: string) => stores.forTenant(tenant)
  const mostShown = () => 'everybody' as const
  const presence = new Presence({
    hub,
    fanout: counting,
    log,
    node: name,
    now: Date.now,
    forTenant,
    mostShown,
  })
  fanout.onDelivery(({ topic, frame }) => isOfNodes(topic) && presence.hear(frame))
  return {
    presence,
    hub,
    announced,
    /** A live socket: `got` counts its frames, `leave` ends it. It listens to these rooms. */
    join(user: string, ...rooms: string[]) {
      const got: Buffer[] = []
      const writer = { push: (frame: Buffer) => got.push(frame) }
      const about = { user, tenant: 'default', writer, flush: () => {}, rooms: () => rooms }
      const session = about as unknown as Listener
      const topic = hub.joinUser(session)
      const entered = rooms.map((room) => hub.joinRoom(session, room, { head: 0, membershipRev: 0 }))
      presence.came(session, topic.name)
      const leave = () => {
        for (const room of entered) hub.leave(session, room)
        hub.leave(session, topic)
        presence.gone(topic.name)
      }
      return { got, leave }
    },
  }
}

/** Two nodes on one database without a network. */
async function twoBareNodes(t: TestContext) {
  aClock(t)
  const folder = aFolder()
  const stores = folder.open()
  const bridge = aBridge()
  const nodes = [aNode(stores, bridge.connect(), 'here'), aNode(stores, bridge.connect(), 'there')] as const
  const tick = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      await Promise.all(nodes.map(({ presence }) => presence.tick()))
      await nextTurn()
    }
  }
  await tick(2)
  const dispose = async () => {
    for (const { presence } of nodes) await presence.stop()
    await stores.close()
    folder.remove()
  }
  return { stores, here: nodes[0], there: nodes[1], nodes, tick, [Symbol.asyncDispose]: dispose }
}

/** The room for these users, who need not exist. */
async function aRoomIn(stores: Stores, members: string[]): Promise<void> {
  const store = stores.forTenant('default')
  await Promise.all(members.map((id) => store.saveUser({ id })))
  await store.openRoom({ id: uuidv7(), kind: 'group', members })
}

describe('presence of many:', () => {
  it('holds nothing any more when everybody is gone', async (t) => {
    await using bare = await twoBareNodes(t)
    const { stores, nodes, tick } = bare
    await aRoomIn(stores, aCrowd(20))
    for (let round = 0; round < 3; round++) {
      const sockets = aCrowd(200).flatMap((user, at) =>
        nodes.map((node) => node.join(user, `room ${at >> 3}`)),
      )
      await tick(2)
      for (const { leave } of sockets) leave()
      await tick(round)
    }
    assert.ok(nodes.every(({ presence }) => presence.size > 0))
    await tick(20)
    for (const { presence, hub } of nodes) assert.deepEqual([presence.size, hub.topicCount], [0, 0])
  })

  it('5,000 users who come back at once cost few announcements, and others have their turn in between', async (t) => {
    await using bare = await twoBareNodes(t)
    const { here, there, tick } = bare
    const before = here.announced.length
    // All of them are known to somebody on the other node.
    const rooms = Array.from({ length: 250 }, (_, room) => `room ${room}`)
    there.join('sam', ...rooms)
    await tick(2)
    for (const [at, user] of aCrowd(5_000).entries()) here.join(user, `room ${at % rooms.length}`)
    let turns = 0
    let isOver = false
    const counting = (async () => {
      while (!isOver) {
        await nextTurn()
        turns += 1
      }
    })()
    await tick(2)
    isOver = true
    await counting
    const bytes = here.announced.slice(before).map(({ length }) => length)
    assert.ok(bytes.length <= 25 && Math.max(...bytes) < 32_768, bytes.join())
    assert.ok(turns >= 50, `${turns} turns`)
    assert.ok(there.presence.size >= 5_000)
  })

  it('a node that is alone says no more than that it lives', async (t) => {
    aClock(t)
    using folder = aFolder()
    const stores = folder.open()
    const node = aNode(stores, createInProcessFanout(), 'alone')
    for (const user of aCrowd(100)) node.join(user)
    for (let second = 0; second < 20; second++) await node.presence.tick()
    await node.presence.stop()
    await stores.close()
    assert.ok(node.announced.length <= 5)
    assert.ok(node.announced.every(({ length }) => length < 100))
  })

  it('a newcomer is shown at most 200 people', async (t) => {
    await using bare = await twoBareNodes(t)
    const { stores, here, tick } = bare
    const crowd = aCrowd(245)
    for (let at = 0; at < crowd.length; at += 49) await aRoomIn(stores, ['mina', ...crowd.slice(at, at + 49)])
    for (const user of crowd) here.join(user)
    await tick(2)
    const mina = here.join('mina')
    await tick(1)
    assert.equal(mina.got.length, 200)
  })

  it('an old acquaintance of somebody in many rooms hears of them going too', async (t) => {
    await using bare = await twoBareNodes(t)
    const { stores, here, tick } = bare
    await aRoomIn(stores, ['helper', 'sam'])
    for (const user of aCrowd(150)) await aRoomIn(stores, ['helper', user])
    const helper = here.join('helper')
    await tick(2)
    const sam = here.join('sam')
    await tick(2)
    assert.equal(sam.got.length, 1)
    helper.leave()
    await tick(8)
    assert.equal(sam.got.length, 2)
  })

  it('what the database did not answer is shown when it does', async (t) => {
    await using bare = await twoBareNodes(t)
    const { stores, here, tick } = bare
    await aRoomIn(stores, ['mina', 'sam'])
    const sam = here.join('sam')
    await tick(1)
    const broken = t.mock.method(stores.forTenant('default'), 'findCompanions', () =>
      Promise.reject(new Error('away')),
    )
    here.join('mina')
    await tick(3)
    assert.equal(sam.got.length, 0)
    broken.mock.restore()
    await tick(1)
    assert.equal(sam.got.length, 1)
  })
})
