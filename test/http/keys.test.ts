/** What a site's own server asks by a key: every route by every scope, and what becomes of it for the site's users. */
import assert from 'node:assert/strict'
import { after, before, describe, it, test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { Keys } from '../../server/http/keys.ts'
import { RateLimit, rates } from '../../server/http/rate-limits.ts'
import type { Problem } from '../../server/protocol/problems.ts'
import type { MessageView, RoomAnswer, RoomsPage, UsersPage } from '../../server/protocol/views.ts'
import { type KeyScope, keyScopes } from '../../server/rules/keys.ts'
import { aCrowd, assertProblem, jsonOf } from '../support/builders.ts'
import { aKey, asker } from '../support/keys.ts'
import { startServer, type TestServer } from '../support/server.ts'

const scopes = Object.keys(keyScopes) as KeyScope[]

const roomOf = async (made: Promise<Response>): Promise<RoomAnswer> => (await made).json()

const badRooms: Record<string, [room: object, status: number, code: 'bad_request' | 'too_large']> = {
  'more members than one request names': [{ members: aCrowd(257) }, 413, 'too_large'],
  'another kind than its members make': [{ members: aCrowd(3), kind: 'direct' }, 400, 'bad_request'],
  'a description of what is no group': [{ members: aCrowd(2), description: 'For two' }, 400, 'bad_request'],
}
for (const [what, [body, status, code]] of Object.entries(badRooms)) {
  test(`a room with ${what} is refused before any user is made for it`, async () => {
    await using server = await startServer()
    const ask = asker(server, await aKey(server, ['rooms']))
    await assertProblem(await ask('rooms', { method: 'POST', body }), status, code)
    assert.deepEqual(Object.keys(await server.stores.forTenant('default').findUsers(['u0', 'u1'])), [])
  })
}

test('a server that is no Node opens a room for two users who never signed in, and both find it', async () => {
  await using server = await startServer()
  const ask = asker(server, await aKey(server, ['rooms']))
  const members = [{ id: 'mina', name: 'Mina Okafor' }, 'sam']
  const made = await ask('rooms', { method: 'POST', body: { members } })
  assert.equal(made.status, 201)
  const room: RoomAnswer = await made.json()
  assert.deepEqual([room.kind, room.users.mina?.name], ['direct', 'Mina Okafor'])
  const again = await ask('rooms', { method: 'POST', body: { members: ['sam', 'mina'] } })
  assert.deepEqual([again.status, (await again.json()).id], [200, room.id])
  for (const user of ['mina', 'sam']) {
    const { rooms } = await jsonOf<RoomsPage>(server.fetch(user, 'rooms'))
    assert.deepEqual(
      rooms.map(({ id }) => id),
      [room.id],
    )
  }
})

test('a key that may make rooms makes users whom nobody knows, and changes nobody who is there', async () => {
  await using server = await startServer()
  const rooms = asker(server, await aKey(server, ['rooms']))
  const members = (name: string) => ({ members: [{ id: 'ann', name }, 'sam'] })
  const made = await roomOf(rooms('rooms', { method: 'POST', body: members('Ann') }))
  assert.equal(made.users.ann?.name, 'Ann')
  const again = await roomOf(rooms('rooms', { method: 'POST', body: members('Other') }))
  assert.equal(again.users.ann?.name, 'Ann')
  const group = await roomOf(rooms('rooms', { method: 'POST', body: { members: ['sam'], name: 'Club' } }))
  const asMember = (ask: typeof rooms) =>
    roomOf(ask(`rooms/${group.id}/members/ann`, { method: 'PUT', body: { name: 'Other' } }))
  assert.equal((await asMember(rooms)).users.ann?.name, 'Ann')
  const both = asker(server, await aKey(server, ['rooms', 'users']))
  assert.equal((await asMember(both)).users.ann?.name, 'Other')
})

test('users are made, changed and listed for the site, and its open pages see the new name', async () => {
  await using server = await startServer()
  const ask = asker(server, await aKey(server, ['users', 'read', 'rooms']))
  const put = (body: object) => ask('users/ann', { method: 'PUT', body })
  assert.equal((await put({ name: 'Ann', about: 'Keeper' })).status, 201)
  await ask('rooms', { method: 'POST', body: { members: ['ann', 'sam'] } })
  const sam = await server.join('sam')
  const changed = await put({ name: 'Anna' })
  assert.deepEqual(
    [changed.status, await changed.json()],
    [200, { id: 'ann', name: 'Anna', about: 'Keeper' }],
  )
  assert.equal((await sam.socket.event('user', ({ user }) => user.id === 'ann')).user.name, 'Anna')
  const { users } = await jsonOf<UsersPage>(ask('users?q=anna'))
  assert.deepEqual(users, [{ id: 'ann', name: 'Anna', about: 'Keeper' }])
  assert.equal((await jsonOf<{ id: string }>(ask('users/sam'))).id, 'sam')
  await assertProblem(await ask('users/nobody'), 404, 'not_found')
  await assertProblem(await put({ name: 7 }), 400, 'bad_request')
})

test('the site says who is in a group, what it is called, and when it ends; its members see each at once', async () => {
  await using server = await startServer()
  const ask = asker(server, await aKey(server, ['rooms', 'read']))
  const mina = await server.join('mina')
  const body = { members: ['mina'], name: 'Club', description: 'For all' }
  const { id } = await roomOf(ask('rooms', { method: 'POST', body }))
  const member = (user: string, more: object = {}) =>
    ask(`rooms/${id}/members/${user}`, { method: 'PUT', body: more })
  assert.equal((await member('zoe', { name: 'Zoe', role: 'owner' })).status, 201)
  const said = async (text: string) => mina.socket.event('message', ({ message }) => message.text === text)
  await said('Zoe joined')
  assert.equal((await member('lee', { by: 'mina' })).status, 201)
  await said('Mina added lee')
  assert.equal((await member('lee', { by: 'mina' })).status, 200)
  const room = await ask(`rooms/${id}`, { method: 'PATCH', body: { name: 'Club of all', by: 'zoe' } })
  assert.equal((await room.json()).name, 'Club of all')
  const page = await jsonOf<{ members: { userId: string; role: string }[] }>(ask(`rooms/${id}/members`))
  assert.deepEqual(page.members.map(({ userId, role }) => [userId, role]).sort(), [
    ['lee', 'member'],
    ['mina', 'owner'],
    ['zoe', 'owner'],
  ])
  const gone = await ask(`rooms/${id}/members/lee`, { method: 'DELETE' })
  assert.equal(gone.status, 204)
  await said('lee left')
  await assertProblem(await server.fetch('lee', `rooms/${id}`), 404, 'not_found')
  assert.equal((await ask(`rooms/${id}`, { method: 'DELETE' })).status, 204)
  await mina.socket.event('gone', ({ roomId }) => roomId === id)
  await assertProblem(await ask(`rooms/${id}`), 404, 'not_found')
})

test('a group that the site makes has a name as any other, or is refused', async () => {
  await using server = await startServer()
  const ask = asker(server, await aKey(server, ['rooms']))
  const make = (name: string) => ask('rooms', { method: 'POST', body: { members: ['mina'], name } })
  for (const name of ['', ' ', '\u200b', 'a\u0000b'])
    await assertProblem(await make(name), 400, 'bad_request')
  await assertProblem(await make('x'.repeat(201)), 413, 'too_large')
  assert.equal((await roomOf(make(' Club '))).name, 'Club')
})

test('a membership that is refused makes and changes no user', async () => {
  await using server = await startServer()
  const ask = asker(server, await aKey(server, ['rooms', 'read']))
  const { id: direct } = await roomOf(ask('rooms', { method: 'POST', body: { members: ['mina', 'sam'] } }))
  const { id } = await roomOf(ask('rooms', { method: 'POST', body: { members: ['mina'], name: 'Club' } }))
  const put = (room: string, user: string, body: object) =>
    ask(`rooms/${room}/members/${user}`, { method: 'PUT', body: { name: 'Other', ...body } })
  for (const user of ['zoe', 'sam']) {
    await assertProblem(await put(direct, user, {}), 403, 'forbidden')
    await assertProblem(await put(id, user, { by: 'nobody' }), 404, 'not_found')
  }
  await assertProblem(await ask('users/zoe'), 404, 'not_found')
  assert.equal((await (await ask('users/sam')).json()).name, 'sam')
})

test('a key sends as the user whom it names, and reads what they may read', async () => {
  await using server = await startServer()
  const ask = asker(server, await aKey(server, ['rooms', 'messages', 'read']))
  const { id } = await roomOf(ask('rooms', { method: 'POST', body: { members: ['mina é', 'sam'] } }))
  const sam = await server.join('sam')
  const messageId = uuidv7()
  const path = `rooms/${id}/messages/${messageId}`
  assert.equal((await ask(path, { method: 'PUT', body: { text: 'Hello' }, user: 'mina é' })).status, 201)
  const { message } = await sam.socket.event('message', ({ message }) => message.id === messageId)
  assert.deepEqual([message.authorId, message.text], ['mina é', 'Hello'])
  assert.equal((await jsonOf<MessageView>(ask(path, { user: 'sam' }))).text, 'Hello')
  assert.equal((await jsonOf<MessageView>(ask(path))).text, 'Hello')
  await ask('rooms', { method: 'POST', body: { members: ['kim'] } })
  await assertProblem(await ask(path, { user: 'kim' }), 404, 'not_found')
  await assertProblem(await ask(path, { user: 'nobody' }), 404, 'not_found')
  await assertProblem(await ask('me'), 400, 'bad_request')
  await assertProblem(await ask(`rooms/${id}/read`, { method: 'PUT', body: { seq: 1 } }), 400, 'bad_request')
  await assertProblem(await ask('me', { headers: { 'chatter-user': '%E0%A4%A' } }), 400, 'bad_request')
})

test('a key is for servers: a page that sends one is refused', async () => {
  await using server = await startServer()
  const ask = asker(server, await aKey(server, ['admin']))
  const origin = new URL(server.url).origin
  await assertProblem(await ask('users', { headers: { origin } }), 403, 'forbidden')
  // Of its own server a page reads without an Origin.
  for (const site of ['same-origin', 'same-site', 'cross-site'])
    await assertProblem(await ask('users', { headers: { 'sec-fetch-site': site } }), 403, 'forbidden')
})

test('nothing but the whole key opens anything: no part of it, none of another tenant, none that was removed', async () => {
  const tenants = [
    { id: 'home', hosts: ['127.0.0.1'], secrets: ['h'.repeat(32)], origins: [] },
    { id: 'away', hosts: ['away.test'], secrets: ['a'.repeat(32)], origins: [] },
  ]
  await using server = await startServer({ tenants })
  const key = await aKey(server, ['admin'], 'home')
  assert.equal((await asker(server, key)('users')).status, 200)
  const [, id = '', secret = ''] = /^chk_(\w{12})_(.*)$/.exec(key) ?? []
  const wrong = [
    ...[`chk_${id}`, `chk_${id}_`, `chk_${id}_${secret.slice(0, -1)}`, `chk_${id}_${'A'.repeat(43)}`],
    ...[
      `chk_${'0'.repeat(12)}_${secret}`,
      `${key}A`,
      key.toUpperCase(),
      await aKey(server, ['admin'], 'away'),
    ],
  ]
  for (const other of wrong) await assertProblem(await asker(server, other)('users'), 401, 'unauthorized')
  await server.stores.keys.remove('home', id)
  await assertProblem(await asker(server, key)('users'), 401, 'unauthorized')
})

test('when a key was last used is known to the minute', async () => {
  let now = Date.UTC(2030, 0, 1)
  await using server = await startServer({ now: () => now })
  const key = await aKey(server, ['read'])
  const used = async () => (await server.stores.keys.list('default'))[0]?.usedAt
  assert.equal(await used(), null)
  for (const [afterMs, expected] of [
    [0, now],
    [59_000, now],
    [60_000, now + 60_000],
  ] as const) {
    now = Date.UTC(2030, 0, 1) + afterMs
    await asker(server, key)('users')
    assert.equal(await used(), expected)
  }
})

test('a database that takes no writes answers a key what it reads', async () => {
  await using server = await startServer()
  const key = await aKey(server, ['read'])
  const markUsed = () => Promise.reject(new Error('the disk is full'))
  const keys = new Keys({
    store: { ...server.stores.keys, markUsed },
    rateLimit: undefined,
    now: Date.now,
  })
  assert.deepEqual((await keys.find('default', key)).scopes, ['read'])
})

test('a key that asks too often is told to wait, and no other key is', async () => {
  await using server = await startServer()
  const limit = new RateLimit()
  const keys = new Keys({ store: server.stores.keys, rateLimit: limit, now: Date.now })
  const [busy, calm] = [await aKey(server, ['read']), await aKey(server, ['read'])]
  const [, id = ''] = busy.split('_')
  await limit.take('key', `default ${id}`, rates.key.points)
  await assert.rejects(keys.find('default', busy), (error: Problem) => {
    assert.deepEqual([error.code, (error.retryAfter ?? 0) > 0], ['rate_limited', true])
    return true
  })
  assert.deepEqual((await keys.find('default', calm)).scopes, ['read'])
})

test('what is not there is not found by a key, and what is not done to what is there says what is', async () => {
  await using server = await startServer()
  const ask = asker(server, await aKey(server, ['admin']))
  for (const path of ['nothing', 'users/mina/nothing', 'rooms/x/y/z']) {
    await assertProblem(await ask(path), 404, 'not_found')
    await assertProblem(await ask(path, { method: 'PUT', body: {} }), 404, 'not_found')
  }
  const refused = await ask('users/mina', { method: 'PATCH', body: {} })
  assert.equal(refused.headers.get('allow'), 'DELETE, GET, HEAD, PUT')
  await assertProblem(refused, 405, 'not_found')
  await assertProblem(await ask('me'), 400, 'bad_request')
})

test('the site lists the rooms of one of its users, page by page', async () => {
  await using server = await startServer()
  const ask = asker(server, await aKey(server, ['rooms', 'read']))
  const made: string[] = []
  for (const other of ['sam', 'kim', 'lee'])
    made.push((await roomOf(ask('rooms', { method: 'POST', body: { members: ['mina', other] } }))).id)
  await ask('rooms', { method: 'POST', body: { members: ['sam', 'kim'] } })
  const first = await jsonOf<RoomsPage>(ask('rooms?userId=mina&limit=2'))
  const second = await jsonOf<RoomsPage>(ask(`rooms?userId=mina&limit=2&cursor=${first.cursor}`))
  const ids = [...first.rooms, ...second.rooms].map(({ id }) => id)
  assert.deepEqual([ids.toSorted(), second.more], [made.toSorted(), false])
  assert.deepEqual((await jsonOf<RoomsPage>(ask('rooms?userId=nobody'))).rooms, [])
})

describe('every route by every scope', () => {
  let server: TestServer
  let id: string
  before(async () => {
    server = await startServer()
    const { id: made } = await server.chatter.createRoom([{ id: 'mina' }, { id: 'sam' }], { name: 'Club' })
    id = made
  })
  after(() => server[Symbol.asyncDispose]())

  /** What a route needs, for the site and as a user; undefined where it is not for that. */
  function neededFor(method: string, path: string): { site?: KeyScope; user?: KeyScope } {
    const forSite =
      /^\/(users(\/:userId)?|rooms(\/:roomId(\/(members(\/:userId)?|messages(\/:messageId)?))?)?)$/
    if (path === '/export') return { site: 'read' }
    if (method === 'GET') return { user: 'read', ...(forSite.test(path) && { site: 'read' }) }
    if (path.startsWith('/users')) return { site: 'users' }
    if (path === '/me/presence' || path === '/me/guest') return { user: 'users' }
    if (path === '/rooms/:roomId/messages/:messageId') return { user: 'messages', site: 'messages' }
    const ofMessages = /\/messages|\/read$|\/rooms\/:roomId\/me$/
    if (ofMessages.test(path)) return { user: 'messages' }
    const isOfSite = /^\/rooms(\/:roomId(\/members(\/:userId)?)?)?$/.test(path)
    return { user: 'rooms', ...(isOfSite && { site: 'rooms' }) }
  }

  /** Whether it came past the key: what then fails, fails for another reason. */
  async function passes(key: string, method: string, path: string, user?: string): Promise<boolean> {
    const real = path
      .replace('/', '')
      .replace(':roomId', id)
      .replace(':userId', 'sam')
      .replace(':messageId', uuidv7())
      .replace(':linkId', uuidv7())
      .replace(':code', 'none')
      .replace(':emoji', encodeURIComponent('👍'))
    const ask = asker(server, key)
    // Empty bodies are refused, but only behind the key.
    const answer = await ask(real, {
      method,
      ...(method !== 'GET' && { body: { no: 1 } }),
      ...(user && { user }),
    })
    const text = await answer.text()
    if (answer.status === 403) return !/expected the scope|expected a key/.test(text)
    return !/Chatter-User: expected/.test(text)
  }

  const opens = (scope: KeyScope, needed: KeyScope | undefined) =>
    needed !== undefined && (scope === 'admin' || scope === needed)

  const routes = () =>
    server.chatter.routes
      .map((route) => route.split(' ') as [string, string])
      .filter(([, path]) => path.startsWith('/v1/') && !/\/(check|openapi\.json|guests)$/.test(path))
      .map(([method, path]) => [method, path.replace('/v1', '')] as const)
      // They would end what the others ask of.
      .filter(([method]) => method !== 'DELETE')

  for (const scope of scopes)
    it(`${scope} opens what it says and nothing else`, async () => {
      const all = routes()
      assert.ok(all.length > 30, `${all.length} routes`)
      const key = await aKey(server, [scope])
      const asked = all.flatMap(([method, path]) => [
        { method, path, needed: neededFor(method, path).site },
        { method, path, needed: neededFor(method, path).user, user: 'mina' },
      ])
      const faults: string[] = []
      for (const { method, path, needed, user } of asked) {
        const passed = await passes(key, method, path, user)
        if (passed !== opens(scope, needed))
          faults.push(`${method} ${path} as ${user ?? 'the site'}: ${passed}`)
      }
      assert.deepEqual(faults, [])
    })
})
