import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { aRoom } from '../support/builders.ts'
import { aClock } from '../support/clock.ts'
import { startServer } from '../support/server.ts'

/** So many seconds a token is good beyond its `exp`. */
const skew = 120
const inSeconds = (now: number, seconds: number) => Math.floor(now / 1000) + seconds

test('a socket whose token has expired is closed with 4005', async (t) => {
  const clock = aClock(t)
  await using server = await startServer({ now: clock.now })
  const socket = await server.socket()
  await socket.hello(await server.token('mina', { exp: inSeconds(clock.now(), 60 - skew) }))
  for (let turn = 0; turn < 2; turn++) {
    clock.pass(25_000)
    await socket.settle()
  }
  clock.pass(25_000)
  assert.equal((await socket.closed).code, 4005)
  assert.equal(socket.events('bye')[0]?.code, 4005)
})

test('the first frame after the end of a token is refused, and closes the socket with 4005', async (t) => {
  const clock = aClock(t)
  await using server = await startServer({ now: clock.now })
  const { id: room } = await aRoom(server, ['mina', 'sam'])
  const mina = await (await server.socket()).hello(
    await server.token('mina', { exp: inSeconds(clock.now(), 5 - skew) }),
  )
  await mina.send(room, 'in time')
  clock.pass(6_000)
  const late = { t: 'send', roomId: room, messageId: uuidv7(), text: 'too late' }
  assert.equal((await mina.err(late)).code, 'token_expired')
  assert.equal((await mina.socket.closed).code, 4005)
})

test('after the end of a token a newer one is still taken', async (t) => {
  const clock = aClock(t)
  await using server = await startServer({ now: clock.now })
  const mina = await (await server.socket()).hello(
    await server.token('mina', { exp: inSeconds(clock.now(), 5 - skew) }),
  )
  clock.pass(6_000)
  await mina.ok({ t: 'auth', token: await server.token('mina', { exp: inSeconds(clock.now(), 3600) }) })
  await mina.socket.settle()
})

test('a token refreshed on the live socket carries it past the first one', async (t) => {
  const clock = aClock(t)
  await using server = await startServer({ now: clock.now })
  const socket = await server.socket()
  const mina = await socket.hello(await server.token('mina', { exp: inSeconds(clock.now(), 60 - skew) }))
  await mina.ok({ t: 'auth', token: await server.token('mina', { exp: inSeconds(clock.now(), 3600) }) })
  for (let turn = 0; turn < 4; turn++) {
    clock.pass(25_000)
    await socket.settle()
  }
})

test('a token that is refreshed twenty times on the live socket loses no event, and doubles none', async (t) => {
  const clock = aClock(t)
  await using server = await startServer({ now: clock.now })
  const { id: room } = await aRoom(server, ['mina', 'sam'])
  const lasting = { exp: inSeconds(clock.now(), 3600) }
  const sam = await (await server.socket()).hello(await server.token('sam', lasting))
  const mina = await (await server.socket()).hello(
    await server.token('mina', { exp: inSeconds(clock.now(), 60 - skew) }),
  )
  const sent: string[] = []
  for (let turn = 1; turn <= 20; turn++) {
    const said = Array.from({ length: 5 }, () => sam.send(room, `turn ${turn}`))
    const fresh = await server.token('mina', { exp: inSeconds(clock.now(), 60 + turn - skew) })
    const renewed = mina.ok({ t: 'auth', token: fresh })
    sent.push(...(await Promise.all(said)).map(({ id }) => id))
    await renewed
    clock.pass(25_000)
    await mina.socket.settle()
  }
  const heard = mina.socket.events('message').map(({ message }) => message.id)
  assert.deepEqual(heard, sent)
})

test("another user's token does not refresh a socket", async () => {
  await using server = await startServer()
  const mina = await server.join('mina')
  const { code } = await mina.err({ t: 'auth', token: await server.token('sam') })
  assert.equal(code, 'forbidden')
  const { id: room } = await aRoom(server, ['mina'])
  assert.equal((await mina.send(room, 'Still me')).authorId, 'mina')
})

test('a bad token does not refresh a socket, and does not end it either', async () => {
  await using server = await startServer()
  const mina = await server.join('mina')
  const foreign = await server.token('mina', { secret: 'another secret of thirty-two bytes' })
  assert.equal((await mina.err({ t: 'auth', token: foreign })).code, 'unauthorized')
  const expired = await server.token('mina', { exp: 1 })
  assert.equal((await mina.err({ t: 'auth', token: expired })).code, 'token_expired')
  await mina.socket.settle()
})

test('a new name in a token is shown to the people who share a room, and to nobody else', async () => {
  await using server = await startServer()
  await aRoom(server, ['mina', 'sam'])
  const [mina, sam, stranger] = [
    await server.join('mina'),
    await server.join('sam'),
    await server.join('stranger'),
  ]
  await mina.ok({ t: 'auth', token: await server.token('mina', { name: 'Mina López' }) })
  const user = { id: 'mina', name: 'Mina López' }
  assert.deepEqual((await sam.socket.event('user')).user, user)
  assert.deepEqual((await mina.socket.event('user')).user, user)
  await stranger.socket.settle()
  assert.deepEqual(stranger.socket.events('user'), [])
})

test('a message carries the name of the newest token', async () => {
  await using server = await startServer()
  const { id: room } = await aRoom(server, ['mina', 'sam'])
  const [mina, sam] = [await server.join('mina'), await server.join('sam')]
  await mina.ok({ t: 'auth', token: await server.token('mina', { name: 'Mina López' }) })
  await mina.send(room, 'Hello')
  assert.equal((await sam.socket.event('message')).user.name, 'Mina López')
})

test('a new name in the token of a request is shown as well', async () => {
  await using server = await startServer()
  await aRoom(server, ['mina', 'sam'])
  const sam = await server.join('sam')
  const headers = { authorization: `Bearer ${await server.token('mina', { name: 'Mina López' })}` }
  await fetch(`${server.url}v1/me`, { headers })
  assert.equal((await sam.socket.event('user')).user.name, 'Mina López')
})
