import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SignJWT } from 'jose'
import type { RoomAnswer } from '../../server/protocol/views.ts'
import { aRoom, assertProblem, jsonOf } from '../support/builders.ts'
import { secret, startServer, type TestServer } from '../support/server.ts'

async function aSite(contact: 'anyone' | 'shared' | 'nobody'): Promise<TestServer> {
  const server = await startServer({ settings: { contact } })
  for (const user of ['mina', 'sam', 'lee', 'stranger']) await server.fetch(user, 'me')
  return server
}

const open = (server: TestServer, body: object, user = 'mina') =>
  server.fetch(user, 'rooms', { method: 'POST', body })

/** As `open`, by a token that names in `may` whom Mina may contact. */
async function openWith(server: TestServer, may: unknown, body: object): Promise<Response> {
  const token = await new SignJWT({ sub: 'mina', exp: Math.floor(Date.now() / 1000) + 600, may })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(secret))
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return fetch(`${server.url}v1/rooms`, { method: 'POST', headers, body: JSON.stringify(body) })
}

const add = (server: TestServer, room: string, user: string) =>
  server.fetch('mina', `rooms/${room}/members/${user}`, { method: 'PUT' })

test('where the site says nothing, anybody opens a room with anybody', async () => {
  await using server = await aSite('anyone')
  assert.equal((await open(server, { memberIds: ['stranger'] })).status, 201)
})

test('with contact=shared a user opens rooms with people of shared rooms, and brings no others into one', async () => {
  await using server = await aSite('shared')
  const { id: team } = await aRoom(server, ['mina', 'sam', 'lee'], { name: 'Team' })
  assert.equal((await open(server, { memberIds: ['sam'] })).status, 201)
  assert.equal((await open(server, { memberIds: ['sam', 'lee'], name: 'Plans' })).status, 201)
  assert.equal((await open(server, { memberIds: [] })).status, 201)
  for (const memberIds of [['stranger'], ['sam', 'stranger']])
    await assertProblem(await open(server, { memberIds }), 404, 'not_found')
  await assertProblem(await open(server, { memberIds: ['stranger'], name: 'Hi' }), 404, 'not_found')
  await assertProblem(await add(server, team, 'stranger'), 404, 'not_found')
  assert.equal((await add(server, team, 'sam')).status, 200)
})

test('with contact=nobody only the host opens rooms; those that are there are found', async () => {
  await using server = await aSite('nobody')
  const { id } = await aRoom(server, ['mina', 'sam'])
  const found = await jsonOf<RoomAnswer>(open(server, { memberIds: ['sam'] }))
  assert.equal(found.id, id)
  await assertProblem(await open(server, { memberIds: ['sam'], name: 'Two' }), 404, 'not_found')
  await assertProblem(await open(server, { memberIds: ['lee'] }), 404, 'not_found')
  assert.equal((await open(server, { memberIds: [] })).status, 201)
})

test('whom a token names may be contacted, whatever the policy, and a strange claim is refused', async () => {
  await using server = await aSite('nobody')
  assert.equal((await openWith(server, ['lee'], { memberIds: ['lee'] })).status, 201)
  await assertProblem(await openWith(server, ['lee'], { memberIds: ['sam'] }), 404, 'not_found')
  for (const may of ['lee', [7], Array.from({ length: 101 }, (_, n) => `user-${n}`)])
    await assertProblem(await openWith(server, may, { memberIds: ['lee'] }), 401, 'unauthorized')
})

test('a user who cannot be contacted and one who does not exist are answered alike', async () => {
  await using server = await aSite('shared')
  const detailOf = async (user: string) => {
    const { detail } = await assertProblem(await open(server, { memberIds: [user] }), 404, 'not_found')
    return detail.replaceAll(user, 'X')
  }
  assert.equal(await detailOf('stranger'), await detailOf('nobody-at-all'))
})
