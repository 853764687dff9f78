import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { limits } from '../../server/protocol/limits.ts'
import type { MessageView, Page, RoomAnswer } from '../../server/protocol/views.ts'
import { aRoom, assertProblem, jsonOf } from '../support/builders.ts'
import type { TestClient } from '../support/client.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
let roomId: string
let mina: TestClient
before(async () => {
  server = await startServer()
  ;({ id: roomId } = await aRoom(server, ['mina', 'sam']))
  mina = await server.join('mina')
})
after(() => server[Symbol.asyncDispose]())

const patch = (user: string, message: string, body: unknown, target = roomId) =>
  server.fetch(user, `rooms/${target}/messages/${message}`, { method: 'PATCH', body })
const shown = () => jsonOf<RoomAnswer>(server.fetch('mina', `rooms/${roomId}`))
const edit = async (messageId: string, text: string) =>
  (await mina.ok({ t: 'edit', roomId, messageId, text })).message as MessageView

test('an edit is sent to everybody under a higher rev, to the one who made it after the answer', async () => {
  const [sam, phone] = [await server.join('sam'), await server.join('mina')]
  const sent = await mina.send(roomId, 'Helo')
  const edited = await edit(sent.id, 'Hello')
  const { editedAt = '', ...rest } = edited
  assert.deepEqual(rest, { ...sent, rev: sent.rev + 1, text: 'Hello' })
  assert.ok(editedAt >= sent.createdAt)
  const isEdit = ({ message }: { message: MessageView }) => message.rev === edited.rev
  for (const { socket } of [mina, sam, phone]) {
    const { message, user } = await socket.event('message', isEdit)
    assert.deepEqual([message, user.id], [edited, 'mina'])
  }
  const { frames } = mina.socket
  const answered = frames.findIndex(
    (frame) => frame.t === 'ok' && 'message' in frame && isEdit(frame as never),
  )
  const sentAt = frames.findIndex((frame) => frame.t === 'message' && isEdit(frame))
  assert.ok(answered >= 0 && answered < sentAt)
})

test('the socket and HTTP answer the message as it is now, and so do page, room and changes', async () => {
  const sent = await mina.send(roomId, 'one')
  await edit(sent.id, 'two')
  const edited = await jsonOf<MessageView>(patch('mina', sent.id, { text: 'three' }))
  assert.deepEqual([edited.text, edited.seq, edited.rev], ['three', sent.seq, sent.seq + 2])
  const page = await jsonOf<Page>(server.fetch('sam', `rooms/${roomId}/messages?limit=1`))
  assert.deepEqual([page.messages, page.head], [[edited], edited.rev])
  assert.deepEqual((await shown()).lastMessage, edited)
  const changes = await mina.changes(roomId, sent.rev)
  assert.deepEqual([changes.messages, changes.head, changes.room], [[edited], edited.rev, undefined])
})

test('the same text again changes nothing, by socket or HTTP, and is sent to nobody', async () => {
  const sam = await server.join('sam')
  const sent = await mina.send(roomId, 'same')
  assert.deepEqual(await edit(sent.id, 'same'), sent)
  assert.deepEqual(await jsonOf(patch('mina', sent.id, { text: 'same' })), sent)
  await sam.socket.settle()
  assert.equal(sam.socket.events('message').length, 1)
  assert.equal((await shown()).head, sent.rev)
})

test('the send again answers what it is today, by socket and HTTP; another body is still a conflict', async () => {
  const id = uuidv7()
  await mina.send(roomId, 'before', id)
  const edited = await edit(id, 'after')
  const again = (text: string) =>
    server.fetch('mina', `rooms/${roomId}/messages/${id}`, { method: 'PUT', body: { text } })
  assert.deepEqual(await mina.send(roomId, 'before', id), edited)
  assert.deepEqual(await jsonOf(again('before')), edited)
  assert.equal((await mina.err({ t: 'send', roomId, messageId: id, text: 'after' })).code, 'conflict')
  await assertProblem(await again('after'), 409, 'conflict')
})

test('nobody edits the message of another, and what was refused is sent to nobody', async () => {
  const sam = await server.join('sam')
  const sent = await mina.send(roomId, 'mine')
  assert.equal((await sam.err({ t: 'edit', roomId, messageId: sent.id, text: 'yours' })).code, 'forbidden')
  await assertProblem(await patch('sam', sent.id, { text: 'yours', author: 'mina' }), 403, 'forbidden')
  await sam.socket.settle()
  assert.equal(sam.socket.events('message').length, 1)
  assert.deepEqual((await shown()).lastMessage, sent)
})

test('a stranger learns nothing: neither whether room and message exist, nor whose they are', async () => {
  const stranger = await server.join('stranger')
  const { id } = await mina.send(roomId, 'secret')
  for (const [target, message] of [
    [roomId, id],
    [roomId, uuidv7()],
    [uuidv7(), id],
  ] as const) {
    const { code, detail } = await stranger.err({ t: 'edit', roomId: target, messageId: message, text: 'x' })
    assert.deepEqual([code, detail], ['not_found', 'no such room'])
    await assertProblem(await patch('stranger', message, { text: 'x' }, target), 404, 'not_found')
  }
})

test('a message that is not in the room is not_found', async () => {
  const { id: other } = await aRoom(server, ['mina', 'ann'])
  const { id } = await mina.send(other, 'elsewhere')
  for (const messageId of [id, uuidv7()]) {
    assert.equal((await mina.err({ t: 'edit', roomId, messageId, text: 'x' })).code, 'not_found')
    await assertProblem(await patch('mina', messageId, { text: 'x' }), 404, 'not_found')
  }
})

test('the room and the message of a request are those of its path', async () => {
  const sent = await mina.send(roomId, 'one')
  const edited = await jsonOf<MessageView>(
    patch('mina', sent.id, { text: 'two', room: uuidv7(), message: uuidv7() }),
  )
  assert.deepEqual([edited.roomId, edited.id], [roomId, sent.id])
})

test('an edit makes nothing unread', async () => {
  const { id: quiet } = await aRoom(server, ['mina', 'ann'])
  const { id, seq } = await mina.send(quiet, 'one')
  await server.fetch('ann', `rooms/${quiet}/read`, { method: 'PUT', body: { seq } })
  await jsonOf(patch('mina', id, { text: 'two' }, quiet))
  const { me } = await jsonOf<RoomAnswer>(server.fetch('ann', `rooms/${quiet}`))
  assert.deepEqual(me, { readSeq: seq, unread: 0, muted: false })
})

test('edits and deletions are paced as sends are, by socket and HTTP together', async () => {
  await using limited = await startServer({ isLimited: true })
  const { id: busy } = await aRoom(limited, ['mina', 'sam'])
  const writer = await limited.join('mina')
  const { id } = await writer.send(busy, '0')
  for (let count = 1; count < 30; count++) {
    await writer.ok({ t: 'edit', roomId: busy, messageId: id, text: `${count}` })
  }
  for (const t of ['edit', 'delete', 'send']) {
    const { code } = await writer.err({ t, room: busy, message: id, text: 'more' })
    assert.equal(code, 'rate_limited', t)
  }
  const response = await limited.fetch('mina', `rooms/${busy}/messages/${id}`, { method: 'DELETE' })
  await assertProblem(response, 429, 'rate_limited')
})

const badTexts: Record<string, [text: unknown, status: number, code: 'bad_request' | 'too_large']> = {
  missing: [undefined, 400, 'bad_request'],
  'a number': [1, 400, 'bad_request'],
  empty: ['', 400, 'bad_request'],
  'white space': [' \n\u00a0', 400, 'bad_request'],
  'holding NUL': ['a\0b', 400, 'bad_request'],
  'holding a lone surrogate': ['a\ud83d', 400, 'bad_request'],
  'over 8,000 characters': ['x'.repeat(limits.textChars + 1), 413, 'too_large'],
}

for (const [what, [text, status, code]] of Object.entries(badTexts)) {
  test(`a new text that is ${what} is ${code} by socket and HTTP, and the message stays`, async () => {
    const sent = await mina.send(roomId, `before ${what}`)
    assert.equal((await mina.err({ t: 'edit', roomId, messageId: sent.id, text })).code, code)
    await assertProblem(await patch('mina', sent.id, { text }), status, code)
    assert.deepEqual((await shown()).lastMessage, sent)
  })
}

for (const id of ['x', '__proto__', uuidv7().toUpperCase(), 1, null]) {
  test(`an edit of a message ${JSON.stringify(id)} is a bad_request`, async () => {
    assert.equal((await mina.err({ t: 'edit', roomId, messageId: id, text: 'x' })).code, 'bad_request')
    await assertProblem(await patch('mina', String(id), { text: 'x' }), 400, 'bad_request')
  })
}

test('after the window of its site a message is forbidden to change, and the answer says why', async () => {
  for (const editWindow of [0, null]) {
    await using site = await startServer({ settings: { limits: { editWindow } } })
    const { id } = await aRoom(site, ['mina'])
    const client = await site.join('mina')
    assert.equal(client.ready.limits.editWindow, editWindow)
    const { id: messageId, createdAt } = await client.send(id, 'one')
    while (Date.now() <= Date.parse(createdAt)) await client.socket.settle()
    for (const change of [{ t: 'edit', text: 'two' }, { t: 'delete' }]) {
      const answer = await client.socket.ask({ ...change, roomId: id, messageId })
      const isRefused =
        answer.t === 'err' && answer.code === 'forbidden' && /last 0 seconds/.test(answer.detail)
      assert.equal(isRefused, editWindow === 0, JSON.stringify(answer))
    }
  }
  assert.equal(mina.ready.limits.editWindow, 86_400)
})
