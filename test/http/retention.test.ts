/** For how long rooms keep messages, as a site says it by a key, and what is answered about those that went. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import type { Page, RoomAnswer, RoomsPage } from '../../server/protocol/views.ts'
import { assertProblem, jsonOf } from '../support/builders.ts'
import { aKey, asker } from '../support/keys.ts'
import { startServer, type TestServer } from '../support/server.ts'

test('a key says of a room of any kind for how many days it keeps messages, at its creation and later', async () => {
  await using server = await startServer({})
  const ask = asker(server, await aKey(server, ['rooms', 'read']))
  const make = (body: object) => ask('rooms', { method: 'POST', body })
  const pair: RoomAnswer = await (await make({ members: ['mina', 'sam'], keepDays: 30 })).json()
  const club: RoomAnswer = await (await make({ members: ['mina', 'sam'], name: 'Club' })).json()
  assert.deepEqual([pair.keepDays, club.keepDays], [30, undefined])
  const sam = await server.join('sam')
  for (const { id } of [pair, club]) {
    const path = `rooms/${id}`
    const changed = await jsonOf<RoomAnswer>(ask(path, { method: 'PATCH', body: { keepDays: 7 } }))
    assert.equal(changed.keepDays, 7)
    await sam.socket.event('room', ({ room }) => room.id === id && room.keepDays === 7)
    assert.equal((await jsonOf<RoomAnswer>(ask(path))).keepDays, 7)
    const { rooms } = await jsonOf<RoomsPage>(ask('rooms'))
    assert.equal(rooms.find((room) => room.id === id)?.keepDays, 7)
    await ask(path, { method: 'PATCH', body: { data: { a: 1 } } })
    assert.equal((await jsonOf<RoomAnswer>(ask(path))).keepDays, 7)
    await ask(path, { method: 'PATCH', body: { keepDays: null } })
    assert.equal((await jsonOf<RoomAnswer>(ask(path))).keepDays, undefined)
    for (const keepDays of [0, -1, 1.5, 36_501, '7', true, [7]]) {
      await assertProblem(await ask(path, { method: 'PATCH', body: { keepDays } }), 400, 'bad_request')
      await assertProblem(await make({ members: ['mina'], keepDays }), 400, 'bad_request')
    }
  }
  const reading = asker(server, await aKey(server, ['read', 'messages', 'users']))
  const body = { keepDays: 1 }
  await assertProblem(await reading(`rooms/${pair.id}`, { method: 'PATCH', body }), 403, 'forbidden')
})

test('no user says for how long a room keeps messages', async () => {
  await using server = await startServer({})
  const { id: club } = await server.chatter.createRoom([{ id: 'mina' }, { id: 'sam' }], { name: 'Club' })
  const keepDays = 1
  const opened = await server.fetch('mina', 'rooms', {
    method: 'POST',
    body: { memberIds: ['sam'], keepDays },
  })
  const room: RoomAnswer = await opened.json()
  for (const [path, body] of [
    [`rooms/${club}`, { keepDays }],
    [`rooms/${club}/settings`, { keepDays, slowMode: 3 }],
    [`rooms/${room.id}`, { keepDays, name: 'Pair' }],
  ] as const)
    await (await server.fetch('mina', path, { method: 'PATCH', body })).text()
  const id = uuidv7()
  await server.fetch('mina', `rooms/${club}/messages/${id}`, {
    method: 'PUT',
    body: { text: 'hello', keepDays },
  })
  const { rooms } = await jsonOf<RoomsPage>(server.fetch('mina', 'rooms'))
  assert.deepEqual([rooms.length, rooms.filter((one) => 'keepDays' in one)], [2, []])
})

/** All that was said until now grows old and goes. */
async function removeAll({ stores }: TestServer): Promise<void> {
  const wish = { now: Date.now() + 40 * 86_400_000, keepDays: 30 }
  let after = ''
  for (let isDone = false; !isDone; )
    ({ after, isDone } = await stores.forTenant('default').removeOld({ ...wish, after }))
}

test('a message that went is not found: read, edited, deleted, pinned, reacted to, answered or forwarded, by HTTP, by a socket and by a key', async () => {
  await using server = await startServer({})
  const ask = asker(server, await aKey(server, ['admin']))
  const { id: roomId } = await server.chatter.createRoom([{ id: 'mina' }, { id: 'sam' }], { name: 'Club' })
  const [mina, sam] = [await server.join('mina'), await server.join('sam')]
  const { id: messageId, seq } = await mina.send(roomId, 'old')
  const told = uuidv7()
  await ask(`rooms/${roomId}/messages/${told}`, { method: 'PUT', body: { text: 'the site’s' } })
  await removeAll(server)
  const path = `rooms/${roomId}/messages/${messageId}`
  const again = () => `rooms/${roomId}/messages/${uuidv7()}`
  const forward = { roomId, messageId }
  for (const [method, at, body] of [
    ['GET', path],
    ['PATCH', path, { text: 'new' }],
    ['DELETE', path],
    ['PUT', `${path}/pin`, { on: true }],
    ['PUT', `${path}/reactions/${encodeURIComponent('👍')}`, { on: true }],
    ['PUT', again(), { text: 'yes', replyTo: messageId }],
    ['PUT', again(), { forward }],
  ] as const)
    await assertProblem(await server.fetch('mina', at, { method, body }), 404, 'not_found')
  for (const asked of [{ method: 'PATCH', body: { text: 'new' } }, { method: 'DELETE' }])
    await assertProblem(await ask(`rooms/${roomId}/messages/${told}`, asked), 404, 'not_found')
  for (const frame of [
    { t: 'edit', text: 'new' },
    { t: 'delete' },
    { t: 'pin', on: true },
    { t: 'react', emoji: '👍', on: true },
  ])
    assert.equal((await mina.err({ roomId, messageId, ...frame })).code, 'not_found', frame.t)
  for (const more of [{ text: 'yes', replyTo: messageId }, { forward }])
    assert.equal((await sam.err({ t: 'send', roomId, messageId: uuidv7(), ...more })).code, 'not_found')
  // Where it stood, a link to it finds what is left.
  const around = await jsonOf<Page>(server.fetch('sam', `rooms/${roomId}/messages?around=${seq}`))
  assert.deepEqual([around.messages, around.older, around.newer], [[], false, false])
  assert.deepEqual((await jsonOf<Page>(ask(`rooms/${roomId}/messages`))).messages, [])
})

test('who is connected while messages go is told nothing and goes on; who was away since before starts anew', async () => {
  await using server = await startServer({})
  const { id: roomId } = await server.chatter.createRoom([{ id: 'mina' }, { id: 'sam' }], { name: 'Club' })
  const [mina, sam] = [await server.join('mina'), await server.join('sam')]
  const [first] = [await mina.send(roomId, 'old'), await mina.send(roomId, 'old, too')]
  const last = await mina.send(roomId, 'old as well')
  await sam.socket.event('message', ({ message }) => message.id === last.id)
  await sam.socket.settle()
  const before = sam.socket.frames.length
  await removeAll(server)
  const next = await mina.send(roomId, 'young')
  assert.equal(next.seq, last.seq + 1)
  await sam.socket.event('message', ({ message }) => message.id === next.id)
  assert.deepEqual(
    sam.socket.frames.slice(before).map(({ t }) => t),
    ['message'],
  )
  assert.equal((await sam.changes(roomId, first.seq)).reset, true)
  const known = await sam.changes(roomId, last.seq)
  assert.deepEqual([known.reset, known.messages.map(({ text }) => text)], [undefined, ['young']])
  const { rooms } = (await server.join('sam')).ready
  assert.equal(rooms.find(({ id }) => id === roomId)?.me?.unread, 1)
  await removeAll(server)
  const { rooms: emptied } = (await server.join('sam')).ready
  const room = emptied.find(({ id }) => id === roomId)
  assert.deepEqual([room?.head, room?.lastMessage, room?.me?.unread], [next.seq, undefined, 0])
  // On a device that was offline for longer than they are kept the same is said again, once.
  const again = await mina.send(roomId, 'young', next.id)
  assert.equal(again.seq, next.seq + 1)
  assert.equal((await mina.send(roomId, 'young', next.id)).seq, again.seq)
  await sam.socket.event('message', ({ message }) => message.seq === again.seq)
})
