/** Requests of a site's servers that may be repeated, and those that expect what was read. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import type { RoomAnswer } from '../../server/protocol/views.ts'
import { jsonOf } from '../support/builders.ts'
import { type Asked, aKey, asker } from '../support/keys.ts'
import { startServer } from '../support/server.ts'

type Said = { readonly code?: string; readonly temporary?: boolean; readonly id?: string }

const said = async (answer: Response): Promise<[number, string | undefined]> => {
  const { code }: Said = await answer.json()
  return [answer.status, code]
}
const repeating = (name: string, more: Asked = {}): Asked => ({
  method: 'POST',
  body: { members: ['mina', 'sam'], name: 'Club' },
  headers: { 'idempotency-key': name },
  ...more,
})
const expecting = (tag: string | null, body: object, method = 'PATCH'): Asked => ({
  method,
  body,
  headers: { 'if-match': tag ?? '' },
})

test('the same request again is answered the same, and makes nothing new', async () => {
  let now = Date.UTC(2030, 0, 1)
  await using server = await startServer({ now: () => now })
  const ask = asker(server, await aKey(server, ['admin']))
  const [one, two] = [await ask('rooms', repeating('"a"')), await ask('rooms', repeating('a'))]
  const room: RoomAnswer = await one.json()
  assert.deepEqual([one.status, two.status, await two.json()], [201, 201, room])
  assert.equal(two.headers.get('content-type'), 'application/json')
  assert.deepEqual([two.headers.get('etag'), one.headers.get('etag')], Array(2).fill(`"${room.rev}"`))
  const other = await ask('rooms', repeating('b'))
  assert.notEqual((await other.json()).id, room.id)
  const body = { members: ['mina'], name: 'Club' }
  assert.deepEqual(await said(await ask('rooms', repeating('a', { body }))), [422, 'key_reused'])
  assert.deepEqual(await said(await ask('rooms', repeating('a', { user: 'mina' }))), [422, 'key_reused'])
  // What failed for good is answered the same, too.
  const bad = repeating('bad', { body: { members: [] } })
  assert.deepEqual(await said(await ask('rooms', bad)), [400, 'bad_request'])
  assert.deepEqual(await said(await ask('rooms', bad)), [400, 'bad_request'])
  now += 86_400_000
  assert.equal((await ask('rooms', repeating('a', { body }))).status, 201)
})

test('another key has names of its own, and as a user a key has the same', async () => {
  await using server = await startServer()
  const [ask, elsewhere] = [
    asker(server, await aKey(server, ['admin'])),
    asker(server, await aKey(server, ['admin'])),
  ]
  const idOf = async (answer: Promise<Response>): Promise<string> => (await (await answer).json()).id
  const ids = [await idOf(ask('rooms', repeating('a'))), await idOf(elsewhere('rooms', repeating('a')))]
  const asMina = repeating('mina', { user: 'mina', body: { memberIds: ['sam'], name: 'Club' } })
  ids.push(await idOf(ask('rooms', asMina)))
  assert.equal(new Set(ids).size, 3)
  assert.equal(await idOf(ask('rooms', asMina)), ids[2])
})

test('at the same time one is performed, and the others are told to wait', async () => {
  await using server = await startServer()
  const ask = asker(server, await aKey(server, ['admin']))
  const all = await Promise.all(Array.from({ length: 5 }, () => ask('rooms', repeating('a'))))
  const statuses = all.map(({ status }) => status)
  assert.ok(statuses.includes(201))
  for (const answer of all) {
    if (answer.status === 201) continue
    const { code, temporary }: Said = await answer.json()
    assert.deepEqual([answer.status, code, temporary], [409, 'in_progress', true])
    assert.equal(answer.headers.get('retry-after'), '1')
  }
  assert.equal((await jsonOf<{ rooms: object[] }>(ask('rooms'))).rooms.length, 1)
})

test('a request whose server was killed before it kept the answer makes nothing twice', async () => {
  let now = Date.UTC(2030, 0, 1)
  await using server = await startServer({ now: () => now })
  const ask = asker(server, await aKey(server, ['admin']))
  const { finish } = server.stores.idempotency
  Object.assign(server.stores.idempotency, { finish: () => new Promise(() => {}) })
  void ask('rooms', repeating('a')).catch(() => {})
  const made = async () => (await jsonOf<{ rooms: { id: string }[] }>(ask('rooms'))).rooms
  for (let rooms = await made(); rooms.length === 0; ) rooms = await made()
  Object.assign(server.stores.idempotency, { finish })
  assert.deepEqual(await said(await ask('rooms', repeating('a'))), [409, 'in_progress'])
  now += 60_000
  const again: RoomAnswer = await (await ask('rooms', repeating('a'))).json()
  assert.deepEqual(
    (await made()).map(({ id }) => id),
    [again.id],
  )
})

test('what is no name is refused, and without one each request is its own', async () => {
  await using server = await startServer()
  const ask = asker(server, await aKey(server, ['admin']))
  for (const name of ['""', 'a b', 'x'.repeat(256)])
    assert.deepEqual(await said(await ask('rooms', repeating(name))), [400, 'bad_request'])
  const ids = await Promise.all(
    [1, 2].map(async () => (await (await ask('rooms', repeating('x', { headers: {} }))).json()).id),
  )
  assert.notEqual(ids[0], ids[1])
})

test('views have a tag, by which a change of what has changed since is refused', async () => {
  await using server = await startServer()
  const ask = asker(server, await aKey(server, ['admin']))
  const made = await ask('rooms', { method: 'POST', body: { members: ['mina', 'sam'], name: 'Club' } })
  const room: RoomAnswer = await made.json()
  const [roomPath, userPath] = [`rooms/${room.id}`, 'users/mina']
  const messagePath = `${roomPath}/messages/${uuidv7()}`
  await ask(messagePath, { method: 'PUT', body: { text: 'Hello' } })
  const cases = [
    [roomPath, { name: 'Other' }, { name: 'Third' }, 'PATCH'],
    [messagePath, { text: 'Other' }, { text: 'Third' }, 'PATCH'],
    [userPath, { name: 'Other' }, { name: 'Third' }, 'PUT'],
  ] as const
  for (const [path, body, another, method] of cases) {
    const read = (await ask(path)).headers.get('etag')
    const changed = await ask(path, expecting(read, body, method))
    assert.equal(changed.status, 200, `${path}: ${await changed.text()}`)
    const tag = changed.headers.get('etag')
    assert.deepEqual([tag === read, (await ask(path)).headers.get('etag')], [false, tag])
    assert.deepEqual(await said(await ask(path, expecting(read, another, method))), [412, 'stale'])
    assert.equal((await ask(path, expecting(`W/"0", ${tag}`, another, method))).status, 200)
    assert.deepEqual(await said(await ask(path, expecting('"a,b",', another, method))), [412, 'stale'])
    assert.equal((await ask(path, expecting('*', body, method))).status, 200)
    const again = (await ask(path)).headers.get('etag')
    assert.equal((await ask(path, expecting(`, "a,b" ,${again},`, another, method))).status, 200)
    assert.deepEqual(await said(await ask(path, expecting('7', body, method))), [400, 'bad_request'])
  }
  assert.deepEqual(await said(await ask('users/zoe', expecting('*', {}, 'PUT'))), [412, 'stale'])
})

test('what is to be made only where there is none is not made over what is there', async () => {
  await using server = await startServer()
  const ask = asker(server, await aKey(server, ['admin']))
  const { id } = await server.chatter.createRoom([{ id: 'mina' }], { name: 'Club' })
  const unless = (tags: string, body: object, method = 'PUT'): Asked => ({
    method,
    body,
    headers: { 'if-none-match': tags },
  })
  const cases = [
    ['users/zoe', { name: 'Zoe' }],
    [`rooms/${id}/messages/${uuidv7()}`, { text: 'Hello' }],
  ] as const
  for (const [path, body] of cases) {
    const made = await ask(path, unless('*', body))
    const tag = made.headers.get('etag')
    assert.equal(made.status, 201)
    assert.deepEqual(await said(await ask(path, unless('*', body))), [412, 'stale'])
    assert.deepEqual(await said(await ask(path, unless(`"0", W/${tag}`, body))), [412, 'stale'])
    assert.equal((await ask(path, unless('"0"', body))).status, 200)
    assert.deepEqual(await said(await ask(path, unless('7', body))), [400, 'bad_request'])
  }
  assert.deepEqual(await said(await ask(`rooms/${id}`, unless('*', { name: 'Other' }, 'PATCH'))), [
    412,
    'stale',
  ])
  const member = await ask(`rooms/${id}/members/sam`, unless('*', {}))
  assert.deepEqual(await said(member), [501, 'unsupported'])
  const both = { ...unless('*', {}), headers: { 'if-none-match': '*', 'if-match': '*' } }
  assert.deepEqual(await said(await ask('users/zoe', both)), [400, 'bad_request'])
})

test('as a user a key expects the same, and what is asked for nowhere is refused', async () => {
  await using server = await startServer()
  const ask = asker(server, await aKey(server, ['admin']))
  const { id } = await server.chatter.createRoom([{ id: 'mina' }, { id: 'sam' }], { name: 'Club' })
  const user = 'mina'
  const path = `rooms/${id}/messages/${uuidv7()}`
  const sent = await ask(path, { method: 'PUT', body: { text: 'Hello' }, user })
  const tag = sent.headers.get('etag')
  assert.equal((await ask(path, { ...expecting(tag, { text: 'Other' }), user })).status, 200)
  assert.deepEqual(await said(await ask(path, { ...expecting(tag, { text: 'x' }), user })), [412, 'stale'])
  const read = (await ask(`rooms/${id}`, { user })).headers.get('etag')
  assert.equal((await ask(`rooms/${id}`, { ...expecting(read, { name: 'Other' }), user })).status, 200)
  const stale = { ...expecting(read, { post: 'owners' }), user }
  assert.deepEqual(await said(await ask(`rooms/${id}/settings`, stale)), [412, 'stale'])
  const wrong = { ...expecting(tag, { on: true }, 'PUT'), user }
  assert.deepEqual(await said(await ask(`${path}/pin`, wrong)), [501, 'unsupported'])
  const disconnect = expecting(tag, {}, 'POST')
  assert.deepEqual(await said(await ask('users/mina/disconnect', disconnect)), [501, 'unsupported'])
})

test('a room is changed in several things as one that expects what was read', async () => {
  await using server = await startServer()
  const ask = asker(server, await aKey(server, ['admin']))
  const { id, rev } = await server.chatter.createRoom([{ id: 'mina' }], { name: 'Club' })
  const change = { name: 'Club', description: 'For all', data: { a: 1 } }
  const changed: RoomAnswer = await (await ask(`rooms/${id}`, expecting(`"${rev}"`, change))).json()
  assert.deepEqual([changed.description, changed.data], ['For all', { a: 1 }])
})
