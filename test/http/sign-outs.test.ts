/** A site ends what its users have open, takes their tokens back, and lets nobody sign in as one of them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SignOuts } from '../../server/http/sign-outs.ts'
import { makeKey } from '../../server/rules/keys.ts'
import { aFolder } from '../support/a-folder.ts'
import { assertProblem, jsonOf } from '../support/builders.ts'
import { startServer, type TestServer } from '../support/server.ts'

const me = (server: TestServer, token: string) =>
  fetch(`${server.url}v1/me`, { headers: { authorization: `Bearer ${token}` } })

/** A token that was issued so long after the server's time, in milliseconds. */
const issued = (server: TestServer, user: string, at: number) =>
  server.token(user, { iat: Math.floor(at / 1000), exp: Math.floor(at / 1000) + 600 })

const now = Date.UTC(2030, 0, 1)

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
  await signOuts.start({ onSignOut: ({ user }) => ended.push(user), onError: assert.ifError })
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
  await signOuts.start({ onSignOut: ({ user }) => ended.push(user), onError: assert.ifError })
  await assert.rejects(signOuts.add({ tenant: 'default', user: 'mina' }), /away/)
  signOuts.stop()
  assert.deepEqual(ended, ['mina'])
})
