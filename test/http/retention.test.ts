/** For how long rooms keep messages, as a site says it by a key, and what is answered about those that went. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import type { RoomAnswer, RoomsPage } from '../../server/protocol/views.ts'
import { assertProblem, jsonOf } from '../support/builders.ts'
import { aKey, asker } from '../support/keys.ts'
import { startServer } from '../support/server.ts'

test('a key says of a room of any kind for how many days it keeps messages, at its creation and later', async () => {
  await using server = await startServer({})
  const ask = asker(server, await aKey(server, ['rooms', 'read']))
  const make = (body: object) => ask('rooms', { method: 'POST', body })
  const pair = await jsonOf<RoomAnswer>(make({ members: ['mina', 'sam'], keepDays: 30 }))
  const club = await jsonOf<RoomAnswer>(make({ members: ['mina', 'sam'], name: 'Club' }))
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
    body: JSON.stringify({ memberIds: ['sam'], keepDays }),
  })
  const room: RoomAnswer = await opened.json()
  for (const [path, body] of [
    [`rooms/${club}`, { keepDays }],
    [`rooms/${club}/settings`, { keepDays, slowMode: 3 }],
    [`rooms/${room.id}`, { keepDays, name: 'Pair' }],
  ] as const)
    await (await server.fetch('mina', path, { method: 'PATCH', body: JSON.stringify(body) })).text()
  const id = uuidv7()
  await server.fetch('mina', `rooms/${club}/messages/${id}`, {
    method: 'PUT',
    body: JSON.stringify({ text: 'hello', keepDays }),
  })
  const { rooms } = await jsonOf<RoomsPage>(server.fetch('mina', 'rooms'))
  assert.deepEqual([rooms.length, rooms.filter((one) => 'keepDays' in one)], [2, []])
})
