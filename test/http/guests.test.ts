/** Visitors whom the site does not know: how they come, what they may, and how they become users. */
import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import { SignJWT } from 'jose'
import { uuidv7 } from 'uuidv7'
import { readGuestToken, signGuestToken } from '../../server/http/guest-tokens.ts'
import { guestId } from '../../server/protocol/guests.ts'
import type { RoomAnswer, RoomsPage, UsersPage, UserView } from '../../server/protocol/views.ts'
import { type GivenSettings, settingsFrom } from '../../server/rules/settings.ts'
import { assertProblem, jsonOf } from '../support/builders.ts'
import { type ServerOptions, secret, startServer, type TestServer } from '../support/server.ts'

type Came = { readonly token: string; readonly user: UserView; readonly roomId?: string }

const open: GivenSettings = { guests: true, guestContacts: 'sam' }
const start = (options: ServerOptions = {}) => startServer({ settings: open, ...options })

const ask = (
  server: TestServer,
  path: string,
  token?: string,
  body?: object,
  method = body ? 'POST' : 'GET',
) =>
  fetch(`${server.url}v1/${path}`, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })

async function come(server: TestServer, name = 'Zoe'): Promise<Came> {
  const answer = await ask(server, 'guests', undefined, { name })
  assert.equal(answer.status, 201)
  return answer.json()
}

const merge = async (server: TestServer, user: string, guestToken: string) =>
  ask(server, 'me/guest', await server.token(user, { name: 'Mina' }), { guestToken })

const send = (server: TestServer, token: string, roomId: string, text: string, id = uuidv7()) =>
  ask(server, `rooms/${roomId}/messages/${id}`, token, { text }, 'PUT')

const joinAs = async (server: TestServer, token: string) => (await server.socket()).hello(token)

test('nobody comes as a guest where the site does not say so', async () => {
  await using server = await startServer()
  assert.deepEqual(await jsonOf(ask(server, 'guests')), { allowed: false })
  await assertProblem(await ask(server, 'guests', undefined, { name: 'Zoe' }), 403, 'forbidden')
})

test('a visitor who gives a name finds a room with those who answer visitors, who see that it is a guest', async () => {
  await using server = await start()
  assert.deepEqual(await jsonOf(ask(server, 'guests')), { allowed: true })
  const sam = await server.join('sam')
  const { token, user, roomId = '' } = await come(server, ' Zoe\u202e ')
  assert.deepEqual(user, { id: user.id, name: 'Zoe', guest: true })
  const seen = await sam.socket.event('room', ({ room }) => room.id === roomId)
  assert.deepEqual(seen.users[user.id], user)
  const guest = await joinAs(server, token)
  assert.deepEqual(guest.ready.me, user)
  assert.equal((await send(server, token, roomId, 'Hello?')).status, 201)
  const { message } = await sam.socket.event('message')
  assert.deepEqual([message.authorId, message.text], [user.id, 'Hello?'])
})

test('with several who answer visitors, all of them are in the one room, and none of it is the guest’s', async () => {
  await using server = await start({ settings: { guests: true, guestContacts: 'sam, 42' } })
  const { token, user, roomId } = await come(server)
  const room = await jsonOf<RoomAnswer>(ask(server, `rooms/${roomId}`, token))
  assert.deepEqual(room.members?.map(({ userId, role }) => [userId, role]).sort(), [
    ['42', 'member'],
    [user.id, 'member'],
    ['sam', 'owner'],
  ])
})

test('of those who answer visitors one who was erased is missing, and the others answer', async () => {
  await using server = await start({ settings: { guests: true, guestContacts: 'sam, lee' } })
  await server.join('sam')
  await server.chatter.eraseUser('sam')
  const { token, user, roomId } = await come(server)
  const room = await jsonOf<RoomAnswer>(ask(server, `rooms/${roomId}`, token))
  assert.deepEqual(room.members?.map(({ userId }) => userId).sort(), [user.id, 'lee'].sort())
  await server.chatter.eraseUser('lee')
  assert.equal((await come(server)).roomId, undefined)
})

test('a name that is none, or too long, is refused; who else comes has a name as anybody', async () => {
  await using server = await start()
  const say = (name: unknown) => ask(server, 'guests', undefined, { name })
  for (const name of ['', ' ', '\u200b\u2066', 7]) await assertProblem(await say(name), 400, 'bad_request')
  await assertProblem(await say('x'.repeat(201)), 413, 'too_large')
  assert.equal((await say('管理者')).status, 201)
})

test('so many come from one address, and then are told when to try again', async () => {
  await using server = await start({ isLimited: true, trustedProxies: ['127.0.0.1'] })
  const from = (address: string) =>
    fetch(`${server.url}v1/guests`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
      body: JSON.stringify({ name: 'Zoe' }),
    })
  for (let n = 0; n < 10; n++) assert.equal((await from('203.0.113.7')).status, 201)
  const refused = await from('203.0.113.7')
  assert.ok(Number(refused.headers.get('retry-after')) > 0)
  await assertProblem(refused, 429, 'rate_limited')
  assert.equal((await from('203.0.113.8')).status, 201)
})

test('so many come to a site in an hour, from anywhere', async () => {
  const settings = { ...open, limits: { guestsPerHour: 2 } }
  await using server = await start({ isLimited: true, settings })
  await come(server)
  await come(server)
  await assertProblem(await ask(server, 'guests', undefined, { name: 'Zoe' }), 429, 'rate_limited')
})

test('a guest writes more slowly than a user', async () => {
  await using server = await start({ isLimited: true })
  const { token, roomId = '' } = await come(server)
  for (let n = 0; n < 10; n++) assert.equal((await send(server, token, roomId, `${n}`)).status, 201)
  await assertProblem(await send(server, token, roomId, 'more'), 429, 'rate_limited')
})

test('a guest finds nobody, and starts nothing with anybody but those who answer visitors', async () => {
  await using server = await start()
  await server.join('mina')
  const { token, user, roomId = '' } = await come(server)
  assert.deepEqual((await jsonOf<UsersPage>(ask(server, 'users?q=mina', token))).users, [])
  await assertProblem(await ask(server, 'users/mina', token), 404, 'not_found')
  assert.equal((await jsonOf<UserView>(ask(server, 'users/sam', token))).id, 'sam')
  const room = (body: object) => ask(server, 'rooms', token, body)
  await assertProblem(await room({ memberIds: ['mina'] }), 404, 'not_found')
  await assertProblem(await room({ memberIds: [] }), 403, 'forbidden')
  await assertProblem(await room({ memberIds: ['sam'], name: 'Mine' }), 403, 'forbidden')
  assert.equal((await jsonOf<RoomAnswer>(room({ memberIds: ['sam'] }))).id, roomId)
  const { id } = await server.chatter.createRoom([{ id: 'sam' }, { id: user.id }], { name: 'Club' })
  for (const [method, path, body] of [
    ['PATCH', '', { name: 'Mine' }],
    ['PUT', '/members/mina', {}],
    ['POST', '/links', { id: uuidv7() }],
  ] as const)
    assert.ok(
      [403, 404].includes((await ask(server, `rooms/${id}${path}`, token, body, method)).status),
      path,
    )
  assert.equal((await send(server, token, id, 'Hello')).status, 201)
})

test('a user finds guests in no directory, and in the rooms that they share', async () => {
  await using server = await start()
  const { user } = await come(server, 'Zoe Winter')
  const { users } = await jsonOf<UsersPage>(server.fetch('mina', 'users?q=zoe'))
  assert.deepEqual(users, [])
  await assertProblem(await server.fetch('mina', `users/${user.id}`), 404, 'not_found')
  assert.deepEqual(await jsonOf(server.fetch('sam', `users/${user.id}`)), user)
})

test('a guest comes back by a new token, for as long as the site has guests', async () => {
  await using server = await start()
  const { token, user, roomId } = await come(server)
  const again = await jsonOf<Came>(ask(server, 'guests', token, {}))
  assert.deepEqual(again.user, user)
  const { rooms } = await jsonOf<RoomsPage>(ask(server, 'rooms', again.token))
  assert.deepEqual(
    rooms.map(({ id }) => id),
    [roomId],
  )
})

test('where a site has guests no more, those who are here go', async () => {
  const tenant = { id: 'home', hosts: ['127.0.0.1'], secrets: [secret], origins: [] }
  await using server = await startServer({ tenants: [{ ...tenant, settings: { guests: true } }] })
  const { token } = await come(server)
  const guest = await joinAs(server, token)
  await server.stores.tenants.change('home', { settings: { guests: false } })
  assert.equal((await guest.socket.closed).code, 4503)
  await assertProblem(await ask(server, 'me', token), 401, 'unauthorized')
  await assertProblem(await ask(server, 'guests', token, {}), 401, 'unauthorized')
})

test('a guest whose tokens were revoked is one no more', async () => {
  await using server = await start()
  const { token, user } = await come(server)
  await server.chatter.revokeTokens(user.id)
  await assertProblem(await ask(server, 'guests', token, {}), 403, 'forbidden')
  await assertProblem(await ask(server, 'me', token), 403, 'forbidden')
})

describe('a token of a guest is no other’s:', () => {
  const tenant = { id: 'default', hosts: [], secrets: [secret], origins: [], settings: settingsFrom({}) }
  const id = guestId(uuidv7())

  it('the host signs for no guest', async () => {
    await using server = await start({ authenticate: () => ({ id }) })
    await assertProblem(await ask(server, 'me', await server.token(id)), 401, 'unauthorized')
    await assertProblem(await ask(server, 'me'), 401, 'unauthorized')
    const { user } = await come(server)
    await assertProblem(await ask(server, 'me', await server.token(user.id)), 401, 'unauthorized')
  })

  it('nothing that the host signs is one, also where it says so', async () => {
    const said = new SignJWT({ sub: id, iat: 1, exp: 9_999_999_999, aud: 'default' })
    const forged = await said
      .setProtectedHeader({ alg: 'HS256', typ: 'chatter-guest+jwt' })
      .sign(new TextEncoder().encode(secret))
    await assert.rejects(readGuestToken(forged, tenant, Date.now()), { code: 'unauthorized' })
  })

  it('nor is one of another tenant with the same secret, or one that is over', async () => {
    const now = Date.now()
    const token = await signGuestToken(id, tenant, now)
    assert.equal((await readGuestToken(token, tenant, now)).profile.id, id)
    await assert.rejects(readGuestToken(token, { ...tenant, id: 'away' }, now), { code: 'unauthorized' })
    const later = now + 15 * 86_400_000
    await assert.rejects(readGuestToken(token, tenant, later), { code: 'token_expired' })
    await assert.rejects(signGuestToken(id, { ...tenant, secrets: [] }, now), { code: 'forbidden' })
  })

  it('a secret that is being replaced still lets them in', async () => {
    const token = await signGuestToken(id, tenant, Date.now())
    const both = { ...tenant, secrets: ['another secret of thirty-two bytes', secret] }
    assert.equal((await readGuestToken(token, both, Date.now())).profile.id, id)
  })
})

describe('who signs in after they were a guest', () => {
  it('is in the guest’s rooms, on their own sockets and to all others, at once', async () => {
    await using server = await start()
    const { token, user, roomId = '' } = await come(server)
    await send(server, token, roomId, 'Hello?')
    const [sam, mina, guest] = [
      await server.join('sam'),
      await server.join('mina'),
      await joinAs(server, token),
    ]
    const answer = await merge(server, 'mina', token)
    assert.deepEqual([answer.status, await answer.json()], [200, { guestId: user.id }])
    const merged = { id: user.id, name: 'Mina', mergedInto: 'mina' }
    const ofSam = await sam.socket.event(
      'room',
      ({ room }) => !!room.members?.some(({ userId }) => userId === 'mina'),
    )
    assert.deepEqual(ofSam.users[user.id], merged)
    assert.deepEqual((await sam.socket.event('user', (event) => event.user.id === user.id)).user, merged)
    await mina.socket.event('room', ({ room }) => room.id === roomId)
    assert.equal((await mina.socket.event('mine', (mine) => mine.roomId === roomId)).unread, 0)
    await guest.socket.event('gone', (gone) => gone.roomId === roomId)
    assert.equal((await guest.socket.closed).code, 4503)
    assert.equal((await send(server, await server.token('sam'), roomId, 'Hi Mina')).status, 201)
    assert.equal((await mina.socket.event('message')).message.text, 'Hi Mina')
    await assertProblem(await ask(server, 'me', token), 401, 'unauthorized')
    await assertProblem(await ask(server, 'guests', token, {}), 401, 'unauthorized')
  })

  it('may say so twice, from two pages at once', async () => {
    await using server = await start()
    const { token, roomId } = await come(server)
    const both = await Promise.all([merge(server, 'mina', token), merge(server, 'mina', token)])
    assert.deepEqual(
      both.map(({ status }) => status),
      [200, 200],
    )
    assert.equal((await merge(server, 'mina', token)).status, 200)
    await assertProblem(await merge(server, 'lee', token), 409, 'conflict')
    const room = await jsonOf<RoomAnswer>(server.fetch('mina', `rooms/${roomId}`))
    assert.deepEqual(room.members?.map(({ userId }) => userId).sort(), ['mina', 'sam'])
  })

  it('sends again what they sent as the guest, and it is there once', async () => {
    await using server = await start()
    const { token, roomId = '' } = await come(server)
    const [id, other] = [uuidv7(), uuidv7()]
    await send(server, token, roomId, 'Hello?', id)
    await merge(server, 'mina', token)
    const mina = await server.token('mina')
    assert.equal((await send(server, mina, roomId, 'Hello?', id)).status, 200)
    await assertProblem(await send(server, mina, roomId, 'Something else', id), 409, 'conflict')
    assert.equal((await send(server, mina, roomId, 'What was not sent', other)).status, 201)
    await assertProblem(await send(server, await server.token('sam'), roomId, 'Hello?', id), 409, 'conflict')
    const { messages } = await jsonOf<{ messages: { text: string }[] }>(
      server.fetch('mina', `rooms/${roomId}/messages`),
    )
    assert.deepEqual(
      messages.map(({ text }) => text),
      ['Hello?', 'What was not sent'],
    )
  })

  it('is found by who opens a room with the guest that they were', async () => {
    await using server = await start()
    const { token, user } = await come(server)
    await merge(server, 'mina', token)
    const body = { memberIds: [user.id] }
    const room: RoomAnswer = await (await server.fetch('lee', 'rooms', { method: 'POST', body })).json()
    assert.deepEqual(room.members?.map(({ userId }) => userId).sort(), ['lee', 'mina'])
    await assert.rejects(server.chatter.createRoom([{ id: 'sam' }, { id: user.id }]), { code: 'not_found' })
  })

  it('needs both tokens, each of its kind', async () => {
    await using server = await start()
    const { token } = await come(server)
    const other = await come(server)
    await assertProblem(await ask(server, 'me/guest', token, { guestToken: other.token }), 403, 'forbidden')
    await assertProblem(await ask(server, 'me/guest', undefined, { guestToken: token }), 401, 'unauthorized')
    await assertProblem(await merge(server, 'mina', await server.token('sam')), 400, 'bad_request')
  })
})
