/** A site ends what its users have open, takes their tokens back, and lets nobody sign in as one of them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SignOuts } from '../../server/http/sign-outs.ts'
import { makeKey } from '../../server/rules/keys.ts'
import type { Stores } from '../../server/store/store.ts'
import { aFolder } from '../support/a-folder.ts'
import { assertProblem, jsonOf } from '../support/builders.ts'
import { startServer, type TestServer } from '../support/server.ts'

const me = (server: TestServer, token: string) =>
  fetch(`${server.url}v1/me`, { headers: { authorization: `Bearer ${token}` } })

/** A token that was issued so long after the server's time, in milliseconds. */
const issued = (server: TestServer, user: string, at: number) =>
  server.token(user, { iat: Math.floor(at / 1000), exp: Math.floor(at / 1000) + 600 })

const now = Date.UTC(2030, 0, 1)

const usersOf = (all: readonly { readonly user: string }[]) => all.map(({ user }) => user)

test('a disconnect ends all sockets of the user, and nobody else’s', async () => {
  await using server = await startServer()
  const [phone, desktop, sam] = [
    await server.join('mina'),
    await server.join('mina'),
    await server.join('sam'),
  ]
  await server.chatter.disconnect('mina')
  for (const { socket } of [phone, desktop]) assert.equal((await socket.closed).code, 4503)
  await sam.socket.settle()
  await server.join('mina')
})

test('what another server wrote ends the sockets here, too', async () => {
  await using server = await startServer()
  const mina = await server.join('mina')
  const row = { tenant: 'default', user: 'mina', at: Date.now(), tokensFrom: null }
  await server.stores.signOuts.put({ ...row, isDisabled: false, isEnabled: false }, 0)
  assert.equal((await mina.socket.closed).code, 4503)
  await server.stores.signOuts.put({ ...row, tenant: 'another', isDisabled: true, isEnabled: false }, 0)
  await server.join('mina')
})

test('revoked tokens are good no more at either door, and one that is issued later is', async () => {
  let time = now
  await using server = await startServer({ now: () => time })
  const old = await issued(server, 'mina', now)
  const silent = await server.token('mina', { exp: now / 1000 + 600 })
  const mina = await (await server.socket()).hello(old)
  time += 5_000
  await server.chatter.revokeTokens('mina')
  assert.equal((await mina.socket.closed).code, 4503)
  for (const token of [old, silent]) {
    await assertProblem(await me(server, token), 401, 'unauthorized')
    const socket = await server.socket()
    await assert.rejects(socket.hello(token))
    assert.equal((await socket.closed).code, 4500)
  }
  assert.equal((await me(server, await issued(server, 'sam', now))).status, 200)
  time += 2_000
  assert.equal((await me(server, await issued(server, 'mina', time))).status, 200)
  time += 1_000
  await server.chatter.disconnect('mina')
  assert.equal((await me(server, await issued(server, 'mina', time - 1_000))).status, 200)
})

test('a user who was disabled signs in nowhere, and keeps what they had for when they may again', async () => {
  await using server = await startServer()
  const { id } = await server.chatter.createRoom([{ id: 'mina' }, { id: 'sam' }])
  const mina = await server.join('mina')
  await server.chatter.disableUser('mina')
  assert.equal((await mina.socket.closed).code, 4503)
  await assertProblem(await server.fetch('mina', 'me'), 403, 'forbidden')
  const socket = await server.socket()
  await assert.rejects(socket.hello(await server.token('mina')))
  await server.chatter.disconnect('mina')
  await assertProblem(await server.fetch('mina', 'me'), 403, 'forbidden')
  assert.equal((await server.fetch('sam', `rooms/${id}`)).status, 200)
  await server.chatter.enableUser('mina')
  const { rooms } = await jsonOf<{ rooms: { id: string }[] }>(server.fetch('mina', 'rooms'))
  assert.deepEqual(
    rooms.map((room) => room.id),
    [id],
  )
})

test('who was disabled is so after a restart, too', async () => {
  await using first = await startServer()
  await first.chatter.disableUser('mina')
  await using second = await startServer({ stores: first.stores })
  await assertProblem(await second.fetch('mina', 'me'), 403, 'forbidden')
})

test('the host’s own sign-in is asked about tokens in vain, and obeyed about who may come', async () => {
  const mina = { id: 'mina', name: 'Mina' }
  await using server = await startServer({ authenticate: () => mina })
  const ask = () => fetch(`${server.url}v1/me`)
  await server.chatter.revokeTokens('mina')
  assert.equal((await ask()).status, 200)
  await server.chatter.disableUser('mina')
  await assertProblem(await ask(), 403, 'forbidden')
})

test('a key with the scope of users does all of it', async () => {
  await using server = await startServer()
  const { id, text, hash } = makeKey()
  await server.stores.keys.add('default', { id, hash, name: '', scopes: ['users'], createdAt: 0 })
  const ask = (method: string, path: string, body?: object) =>
    fetch(`${server.url}v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${text}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
  const mina = await server.join('mina')
  const token = await server.token('mina')
  assert.equal((await ask('POST', 'users/mina/disconnect')).status, 204)
  assert.equal((await mina.socket.closed).code, 4503)
  assert.equal((await me(server, token)).status, 200)
  assert.equal((await ask('POST', 'users/mina/disconnect', { revokeTokens: true })).status, 204)
  await assertProblem(await me(server, token), 401, 'unauthorized')
  await assertProblem(await ask('POST', 'users/mina/disconnect', { revokeTokens: 'yes' }), 400, 'bad_request')
  assert.equal((await ask('PUT', 'users/sam', { name: 'Sam', disabled: true })).status, 201)
  await assertProblem(await server.fetch('sam', 'me'), 403, 'forbidden')
  assert.equal((await ask('PUT', 'users/sam', { disabled: false })).status, 200)
  assert.equal((await server.fetch('sam', 'me')).status, 200)
})

test('a sign-out ends what was open then, and nothing however much later', async () => {
  using folder = aFolder()
  const stores = folder.open()
  let time = now
  const ended: string[] = []
  const signOuts = new SignOuts({ store: stores.signOuts, now: () => time })
  await signOuts.start({ onSignOuts: (all) => ended.push(...usersOf(all)), onError: assert.ifError })
  await signOuts.add({ tenant: 'default', user: 'mina' })
  await signOuts.add({ tenant: 'default', user: 'lee', isDisabled: true })
  assert.deepEqual(ended, ['mina', 'lee'])
  for (const hours of [1, 2, 48]) {
    time = now + hours * 3600_000
    for (let looks = 0; looks < 3; looks++) await signOuts.look()
  }
  assert.deepEqual(ended, ['mina', 'lee'])
  assert.throws(() => signOuts.require('default', { profile: { id: 'lee' } }))
  signOuts.stop()
  await stores.close()
})

test('a sign-out that the database cannot take ends the sockets here, and says that it failed', async () => {
  const failing = {
    list: async () => [],
    listSince: async () => [],
    put: () => Promise.reject(new Error('away')),
  }
  const ended: string[] = []
  const signOuts = new SignOuts({ store: failing, now: () => now })
  await signOuts.start({ onSignOuts: (all) => ended.push(...usersOf(all)), onError: assert.ifError })
  await assert.rejects(signOuts.add({ tenant: 'default', user: 'mina' }), /away/)
  signOuts.stop()
  assert.deepEqual(ended, ['mina'])
})

/** Two servers on one database, the second with a clock of its own, and whose sockets each ended. */
async function twoServers(stores: Stores, secondsAhead = 0) {
  const ended = { here: [] as string[], there: [] as string[] }
  const make = async (whose: string[], clock: () => number) => {
    const signOuts = new SignOuts({ store: stores.signOuts, now: clock })
    await signOuts.start({ onSignOuts: (all) => whose.push(...usersOf(all)), onError: assert.ifError })
    signOuts.stop()
    return signOuts
  }
  return {
    here: await make(ended.here, () => now),
    there: await make(ended.there, () => now + secondsAhead * 1000),
    ended,
  }
}

test('a sign-out counts on the other servers, also where the user may sign in again right after', async () => {
  using folder = aFolder()
  const stores = folder.open()
  const { here, there, ended } = await twoServers(stores)
  const mina = { tenant: 'default', user: 'mina' }
  await here.add({ ...mina, isRevoking: true })
  // As a site does that says of each user what it knows.
  await here.add({ ...mina, isEnabled: true })
  await there.look()
  assert.deepEqual(ended.there, ['mina'])
  const sam = { tenant: 'default', user: 'sam' }
  await here.add({ ...sam, isDisabled: true })
  await here.add({ ...sam, isEnabled: true })
  await there.look()
  assert.deepEqual(ended.there, ['mina', 'sam'])
  there.require('default', { profile: { id: 'sam', name: 'Sam' } })
  await stores.close()
})

test('a server whose clock is wrong hides nobody else’s sign-outs, and hears them', async () => {
  for (const secondsAhead of [300, -300]) {
    using folder = aFolder()
    const stores = folder.open()
    const { here, there, ended } = await twoServers(stores, secondsAhead)
    await there.add({ tenant: 'default', user: 'mina' })
    await here.look()
    await here.add({ tenant: 'default', user: 'sam' })
    await there.look()
    await there.add({ tenant: 'default', user: 'lee' })
    await here.look()
    assert.deepEqual(ended, { here: ['mina', 'sam', 'lee'], there: ['mina', 'sam', 'lee'] })
    await stores.close()
  }
})

test('what was read once is not read again', async () => {
  using folder = aFolder()
  const stores = folder.open()
  let read = 0
  const store = {
    ...stores.signOuts,
    async listSince(from: number) {
      const rows = await stores.signOuts.listSince(from)
      read += rows.length
      return rows
    },
  }
  const signOuts = new SignOuts({ store, now: () => now })
  await signOuts.start({ onSignOuts() {}, onError: assert.ifError })
  signOuts.stop()
  for (let i = 0; i < 20; i++) await signOuts.add({ tenant: 'default', user: `user ${i}` })
  await signOuts.look()
  assert.equal(read, 20)
  await stores.close()
})

test('thousands of sign-outs at once are read a few times, and end sockets together', async () => {
  using folder = aFolder()
  const stores = folder.open()
  let looks = 0
  const store = {
    ...stores.signOuts,
    listSince(from: number) {
      looks++
      return stores.signOuts.listSince(from)
    },
  }
  const ended: number[] = []
  const signOuts = new SignOuts({ store, now: () => now })
  await signOuts.start({ onSignOuts: ({ length }) => ended.push(length), onError: assert.ifError })
  signOuts.stop()
  const all = Array.from({ length: 3_000 }, (_, i) => signOuts.add({ tenant: 'default', user: `user ${i}` }))
  await Promise.all(all)
  assert.equal(
    ended.reduce((sum, one) => sum + one, 0),
    3_000,
  )
  assert.ok(looks < 100 && ended.length < 100, `${looks} looks, ${ended.length} times`)
  await stores.close()
})

test('while the database hangs one look waits for it, not one of each second', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  let looks = 0
  const { promise, resolve } = Promise.withResolvers<[]>()
  const store = {
    list: async () => [],
    listSince() {
      looks++
      return promise
    },
    put: async () => {},
  }
  const signOuts = new SignOuts({ store, now: () => now })
  await signOuts.start({ onSignOuts() {}, onError: assert.ifError })
  for (let second = 0; second < 60; second++) t.mock.timers.tick(1_000)
  assert.equal(looks, 1)
  resolve([])
  await signOuts.look()
  signOuts.stop()
})

test('a user whose hello is under way is signed out with the others', async (t) => {
  await using server = await startServer()
  const { promise, resolve } = Promise.withResolvers<void>()
  const store = server.stores.forTenant('default')
  const list = store.listMemberships.bind(store)
  t.mock.method(store, 'listMemberships', async (user: string) => {
    await promise
    return list(user)
  })
  const socket = await server.socket()
  const hello = socket.hello(await server.token('mina'))
  hello.catch(() => {})
  while ((store.listMemberships as unknown as { mock: { callCount(): number } }).mock.callCount() === 0)
    await new Promise(setImmediate)
  await server.chatter.disconnect('mina')
  resolve()
  assert.equal((await socket.closed).code, 4503)
})

test('a token of the very second of a revocation may be one of before, and is refused', async () => {
  let time = now + 500
  await using server = await startServer({ now: () => time })
  await server.chatter.revokeTokens('mina')
  await assertProblem(await me(server, await issued(server, 'mina', now)), 401, 'unauthorized')
  await assertProblem(await me(server, await issued(server, 'mina', now + 999)), 401, 'unauthorized')
  time += 500
  assert.equal((await me(server, await issued(server, 'mina', now + 1_000))).status, 200)
})

test('a user whom nobody knows can be signed out and shut out, and ids that are none are refused', async () => {
  await using server = await startServer()
  await server.chatter.disconnect('nobody yet')
  await server.chatter.disableUser('nobody yet')
  await assertProblem(await server.fetch('nobody yet', 'me'), 403, 'forbidden')
  for (const id of ['', 'a\0b', 'x'.repeat(129), '\ud800'])
    for (const ask of [server.chatter.disconnect, server.chatter.disableUser, server.chatter.enableUser])
      await assert.rejects(async () => ask(id), { code: 'bad_request' }, JSON.stringify(id))
  await assert.rejects(async () => server.chatter.disconnect('mina', 'no-such'), { code: 'not_found' })
})
