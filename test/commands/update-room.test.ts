import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import type { ProblemCode } from '../../server/protocol/problems.ts'
import type { Page } from '../../server/protocol/views.ts'
import { aRoom, jsonOf } from '../support/builders.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startServer()
})
after(() => server[Symbol.asyncDispose]())

const pictureUrl = 'https://example.com/club.png'
const refused = (code: ProblemCode) => (error: unknown) => {
  assert.equal((error as { code?: string }).code, code, String(error))
  return true
}

test('a host opens a group with a description, a picture and rules, and its members see all of it', async () => {
  const sam = await server.join('sam')
  const said = { description: 'For all', pictureUrl, post: 'owners', slowMode: 30 } as const
  const room = await aRoom(server, ['mina', 'sam'], { name: 'Club', ...said })
  assert.deepEqual({ ...room, ...said }, room)
  const event = await sam.socket.event('room', (one) => one.room.id === room.id)
  assert.deepEqual({ ...event.room, ...said }, event.room)
})

test('what a host says of a room that is no group, or says wrongly, is refused, and no room is made', async () => {
  const id = uuidv7()
  await assert.rejects(aRoom(server, ['mina', 'sam'], { id, pictureUrl }), refused('bad_request'))
  for (const url of ['http://example.com/a.png', 'javascript:alert(1)', '/a.png', 'https://exa mple.com', ''])
    await assert.rejects(
      aRoom(server, ['mina', 'sam'], { id, name: 'Club', pictureUrl: url }),
      refused('bad_request'),
    )
  const long = { id, name: 'Club', pictureUrl: `${pictureUrl}${'x'.repeat(2_000)}` }
  await assert.rejects(aRoom(server, ['mina', 'sam'], long), refused('too_large'))
  assert.equal(await server.stores.forTenant('default').findRoom(id), undefined)
})

test('a host changes a group: members see it at once, with a message for what a message can say', async () => {
  const { id } = await aRoom(server, ['mina', 'sam'], { name: 'Club' })
  const sam = await server.join('sam')
  const { chatter } = server
  const said = { name: 'Crew', description: 'For all', pictureUrl, post: 'owners', slowMode: 30 } as const
  const room = await chatter.updateRoom({ id, ...said })
  assert.deepEqual({ ...room, ...said }, room)
  assert.deepEqual([room.head, room.me, Object.keys(room.users).sort()], [7, undefined, ['mina', 'sam']])
  const event = await sam.socket.event('room', (one) => one.room.pictureUrl === pictureUrl)
  assert.deepEqual({ ...event.room, ...said }, event.room)
  const { messages } = await jsonOf<Page>(server.fetch('sam', `rooms/${id}/messages`))
  assert.deepEqual(
    messages.map(({ authorId, system }) => [authorId, system?.event]),
    ['renamed', 'described', 'configured'].map((name) => ['mina', name]),
  )
  assert.equal((await chatter.updateRoom({ id, ...said })).head, 7)
  const without = await chatter.updateRoom({ id, by: 'sam', name: null, description: null, pictureUrl: null })
  assert.deepEqual([without.name, without.description, without.pictureUrl], [undefined, undefined, undefined])
  assert.equal(without.lastMessage?.text, 'Sam took the description away')
})

test('a host changes no room that is not there, is of another site or no group, and nothing wrongly', async () => {
  const { chatter } = server
  const { id } = await aRoom(server, ['mina', 'sam'], { name: 'Club' })
  const pair = await aRoom(server, ['mina', 'sam'])
  await assert.rejects(chatter.updateRoom({ id: uuidv7(), name: 'x' }), refused('not_found'))
  await assert.rejects(chatter.updateRoom({ id, tenant: 'other', name: 'x' }), refused('not_found'))
  await assert.rejects(chatter.updateRoom({ id, by: 'nobody', name: 'x' }), refused('not_found'))
  await assert.rejects(chatter.updateRoom({ id: pair.id, pictureUrl }), refused('forbidden'))
  await assert.rejects(chatter.updateRoom({ id, name: 'x', slowMode: -1 }), refused('bad_request'))
  assert.equal((await chatter.updateRoom({ id })).name, 'Club')
  for (const user of ['mina', 'sam'])
    await server.fetch(user, `rooms/${id}/members/${user}`, { method: 'DELETE' })
  await assert.rejects(chatter.updateRoom({ id, name: 'x' }), refused('conflict'))
  assert.equal((await chatter.updateRoom({ id, name: 'x', by: 'sam' })).name, 'x')
})
