import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import type { Links, LinkView, OpenRoomView, RoomAnswer } from '../../server/protocol/views.ts'
import { aRoom, assertProblem, jsonOf, type ProblemBody } from '../support/builders.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startServer({ settings: { features: { joinLinks: true } } })
})
after(() => server[Symbol.asyncDispose]())

const create = (user: string, room: string, body: object = {}) =>
  server.fetch(user, `rooms/${room}/links`, { method: 'POST', body: { id: uuidv7(), ...body } })
const join = (user: string, room: string, code: string) =>
  server.fetch(user, `rooms/${room}/join`, { method: 'POST', body: { code } })
const look = (user: string, code: string) => server.fetch(user, `links/${code}`)

test('an owner makes a link; who has it sees the group, joins it, and everybody hears of that', async () => {
  const { id: roomId } = await aRoom(server, ['mina'], { name: 'Sky', description: 'For all' })
  const mina = await server.join('mina')
  assert.equal(mina.ready.features.joinLinks, true)
  const sam = await server.join('sam')
  const link = await jsonOf<LinkView>(create('mina', roomId, { maxUses: 2 }), 201)
  assert.match(link.code, /^[\w-]{22}$/)
  assert.deepEqual([link.maxUses, link.used, link.expiresAt], [2, 0, undefined])
  assert.deepEqual(await jsonOf<OpenRoomView>(look('sam', link.code)), {
    ...{ id: roomId, name: 'Sky', description: 'For all', memberCount: 1 },
  })
  const answer = await jsonOf<RoomAnswer>(join('sam', roomId, link.code), 201)
  assert.deepEqual([answer.memberCount, answer.me?.unread], [2, 0])
  await sam.socket.event('room', ({ room }) => room.id === roomId)
  await mina.socket.event('message', ({ message }) => message.system?.event === 'joined')
  const { links } = await jsonOf<Links>(server.fetch('mina', `rooms/${roomId}/links`))
  assert.deepEqual(links, [{ ...link, used: 1 }])
  await sam.send(roomId, 'Hello')
})

test('two users who come at the same moment by a link of one use: one is in, the other finds no link', async () => {
  for (let round = 0; round < 5; round++) {
    const { id } = await aRoom(server, ['mina'], { name: 'Sky' })
    const { code } = await jsonOf<LinkView>(create('mina', id, { maxUses: 1 }), 201)
    const answers = await Promise.all(['sam', 'lee'].map((user) => join(user, id, code)))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 404])
    const { memberCount } = await jsonOf<RoomAnswer>(server.fetch('mina', `rooms/${id}`))
    assert.equal(memberCount, 2)
  }
})

test('a link that never was, is over, deleted, of a room that is gone or where links are off: all say the same', async () => {
  const { id: roomId } = await aRoom(server, ['mina'], { name: 'Sky' })
  const { id: goneId } = await aRoom(server, ['mina'], { name: 'Gone' })
  const [deleted, gone, used] = [
    await jsonOf<LinkView>(create('mina', roomId), 201),
    await jsonOf<LinkView>(create('mina', goneId), 201),
    await jsonOf<LinkView>(create('mina', roomId, { maxUses: 1 }), 201),
  ]
  const path = `rooms/${roomId}/links/${deleted.id}`
  assert.equal((await server.fetch('mina', path, { method: 'DELETE' })).status, 204)
  assert.equal((await server.fetch('mina', path, { method: 'DELETE' })).status, 204)
  await server.fetch('mina', `rooms/${goneId}`, { method: 'DELETE' })
  await join('lee', roomId, used.code)
  const answers: ProblemBody[] = []
  for (const code of ['x', 'A'.repeat(22), deleted.code, gone.code, used.code])
    answers.push(await assertProblem(await look('sam', code), 404, 'not_found'))
  await using without = await startServer()
  answers.push(await assertProblem(await without.fetch('sam', 'links/x'), 404, 'not_found'))
  assert.equal(new Set(answers.map(({ detail }) => detail)).size, 1)
  for (const code of ['x', deleted.code, used.code])
    await assertProblem(await join('sam', roomId, code), 404, 'not_found')
})

test('where a site has links off, nobody makes or lists any, and none that is there opens its room', async () => {
  await using site = await startServer({ stores: server.stores })
  const { id: roomId } = await aRoom(server, ['mina'], { name: 'Sky' })
  const { code } = await jsonOf<LinkView>(create('mina', roomId), 201)
  const post = { method: 'POST', body: { id: uuidv7() } }
  await assertProblem(await site.fetch('mina', `rooms/${roomId}/links`, post), 501, 'unsupported')
  await assertProblem(await site.fetch('mina', `rooms/${roomId}/links`), 501, 'unsupported')
  const by = { method: 'POST', body: { code } }
  await assertProblem(await site.fetch('sam', `rooms/${roomId}/join`, by), 404, 'not_found')
  assert.equal((await site.join('mina')).ready.features.joinLinks, false)
})

test('a link that is asked for wrongly is refused', async () => {
  const { id } = await aRoom(server, ['mina'], { name: 'Sky' })
  for (const bad of [{ maxUses: 0 }, { maxUses: 10_001 }, { expiresAt: 'soon' }, { id: 'x' }])
    await assertProblem(await create('mina', id, bad), 400, 'bad_request')
  const past = { expiresAt: '2020-01-01T00:00:00Z' }
  await assertProblem(await create('mina', id, past), 400, 'bad_request')
})

test('who guesses codes is stopped after sixty in a minute', async () => {
  await using site = await startServer({ isLimited: true, settings: { features: { joinLinks: true } } })
  const statuses = []
  for (let n = 0; n < 61; n++) statuses.push((await site.fetch('sam', `links/guess-${n}`)).status)
  assert.deepEqual([statuses[59], statuses[60]], [404, 429])
})
