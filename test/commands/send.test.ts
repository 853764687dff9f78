import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { limits } from '../../server/protocol/limits.ts'
import type { MessageView, Page } from '../../server/protocol/views.ts'
import { aRoom, assertProblem, jsonOf } from '../support/builders.ts'
import type { TestClient } from '../support/client.ts'
import { databaseOf } from '../support/database.ts'
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

const put = (user: string, message: string, body: unknown, target = roomId) =>
  server.fetch(user, `rooms/${target}/messages/${message}`, { method: 'PUT', body })
const stored = async () =>
  (await jsonOf<Page>(server.fetch('mina', `rooms/${roomId}/messages?limit=200`))).messages

test('a retry is the same message, whether by socket or HTTP, and is sent once', async () => {
  const sam = await server.join('sam')
  const id = uuidv7()
  const sent = await mina.send(roomId, 'Hello', id)
  assert.deepEqual(await mina.send(roomId, 'Hello', id), sent)
  assert.deepEqual(await jsonOf<MessageView>(put('mina', id, { text: 'Hello' })), sent)
  const other = uuidv7()
  const written = await jsonOf<MessageView>(put('mina', other, { text: 'Hello' }), 201)
  assert.equal(written.seq, sent.seq + 1)
  assert.deepEqual(await mina.send(roomId, 'Hello', other), written)
  await sam.socket.settle()
  assert.equal(sam.socket.events('message').length, 2)
})

test('blanks and line ends around a text are dropped, in an edit too, and do not count', async () => {
  const id = uuidv7()
  const sent = await mina.send(roomId, '\n  Hello\n Sam \t\u00a0\n', id)
  assert.equal(sent.text, 'Hello\n Sam')
  assert.deepEqual(await mina.send(roomId, 'Hello\n Sam', id), sent)
  const path = `rooms/${roomId}/messages/${id}`
  const edited = await jsonOf<MessageView>(
    server.fetch('mina', path, { method: 'PATCH', body: { text: ' Hi ' } }),
  )
  assert.equal(edited.text, 'Hi')
  const long = await mina.send(roomId, ` ${'x'.repeat(limits.textChars)}\n`)
  assert.equal(long.text.length, limits.textChars)
})

test('many retries at once make one message', async () => {
  const id = uuidv7()
  const [first, ...rest] = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      index % 2 === 0
        ? mina.send(roomId, 'Once', id)
        : put('mina', id, { text: 'Once' }).then((response) => response.json()),
    ),
  )
  for (const again of rest) assert.deepEqual(again, first)
  assert.equal((await stored()).filter((message) => message.id === id).length, 1)
})

test('the same id with another text or by another author is a conflict, and the message stays', async () => {
  const id = uuidv7()
  const sent = await mina.send(roomId, 'Hello', id)
  assert.equal((await mina.err({ t: 'send', roomId, messageId: id, text: 'Hello!' })).code, 'conflict')
  await assertProblem(await put('mina', id, { text: 'Hello!' }), 409, 'conflict')
  await assertProblem(await put('sam', id, { text: 'Hello' }), 409, 'conflict')
  assert.deepEqual(
    (await stored()).find((message) => message.id === id),
    sent,
  )
})

test('the same id in two rooms is two messages', async () => {
  const { id: other } = await aRoom(server, ['mina', 'sam'], { name: 'Other' })
  const id = uuidv7()
  const first = await mina.send(roomId, 'Here', id)
  const second = await mina.send(other, 'There', id)
  assert.deepEqual([first.roomId, second.roomId, second.seq], [roomId, other, 1])
})

test('a retry after an edit answers the message as it is today', async () => {
  const id = uuidv7()
  const { seq } = await mina.send(roomId, 'Before', id)
  using database = databaseOf(server)
  const rev = database.edit(roomId, seq, 'After')
  const again = await mina.send(roomId, 'Before', id)
  assert.deepEqual([again.text, again.seq, again.rev], ['After', seq, rev])
})

test('the author is the caller, whatever the frame or the body claims', async () => {
  const forged = {
    authorId: 'sam',
    userId: 'sam',
    seq: 999,
    rev: 999,
    kind: 'system',
    createdAt: '1999-01-01',
  }
  const answer = await mina.socket.ask({ t: 'send', roomId, messageId: uuidv7(), text: 'Forged', ...forged })
  const byFrame = (answer as unknown as { message: MessageView }).message
  const byBody = await jsonOf<MessageView>(put('mina', uuidv7(), { text: 'Forged', ...forged }), 201)
  for (const { authorId, kind, seq } of [byFrame, byBody]) {
    assert.deepEqual([authorId, kind, seq < 999], ['mina', 'text', true])
  }
})

test('the room and the id of a request are those of its path', async () => {
  const { id: other } = await aRoom(server, ['mina', 'ann'])
  const id = uuidv7()
  const written = await jsonOf<MessageView>(
    put('mina', id, { text: 'Hi', room: other, message: uuidv7() }),
    201,
  )
  assert.deepEqual([written.roomId, written.id], [roomId, id])
})

test('nobody sends to a room of others, nor to one that is none', async () => {
  const stranger = await server.join('stranger')
  for (const target of [roomId, uuidv7()]) {
    const messageId = uuidv7()
    const { code } = await stranger.err({ t: 'send', roomId: target, messageId, text: 'Hi' })
    assert.equal(code, 'not_found')
    await assertProblem(await put('stranger', messageId, { text: 'Hi' }, target), 404, 'not_found')
  }
})

const longest = '🙂'.repeat(limits.textChars / 2)

test('text arrives as it was sent: the longest, joined emoji, right-to-left, line ends', async () => {
  for (const text of [longest, '👩‍👩‍👧‍👦', 'مرحبا\u200f', 'a \r\n\tb', '\u0001x', '<b>&amp;']) {
    assert.equal((await mina.send(roomId, text)).text, text)
  }
})

const badTexts: Record<string, [text: unknown, status: number, code: 'bad_request' | 'too_large']> = {
  missing: [undefined, 400, 'bad_request'],
  'a number': [1, 400, 'bad_request'],
  'an object': [{ toString: 'x' }, 400, 'bad_request'],
  empty: ['', 400, 'bad_request'],
  'white space': [' \n\t\u00a0\u3000', 400, 'bad_request'],
  'zero-width only': ['\u200b\u200c\u200d\u2060\ufeff', 400, 'bad_request'],
  'direction marks only': ['\u200e\u200f\u202a\u202e\u2066', 400, 'bad_request'],
  'variation selectors and other ignorables only': ['\ufe0f\u034f\u{e0100}', 400, 'bad_request'],
  'invisible fillers only': ['\u115f\u1160\u3164\uffa0\u2800', 400, 'bad_request'],
  'holding NUL': ['a\0b', 400, 'bad_request'],
  'holding a lone surrogate': ['a\ud83d', 400, 'bad_request'],
  'over 8,000 characters': ['x'.repeat(limits.textChars + 1), 413, 'too_large'],
}

for (const [what, [text, status, code]] of Object.entries(badTexts)) {
  test(`text that is ${what} is ${code} by socket and HTTP, and nothing is written`, async () => {
    const before = (await stored()).length
    const messageId = uuidv7()
    assert.equal((await mina.err({ t: 'send', roomId, messageId, text })).code, code)
    await assertProblem(await put('mina', messageId, { text }), status, code)
    assert.equal((await stored()).length, before)
  })
}

for (const id of ['x', '__proto__', 'constructor', uuidv7().toUpperCase(), `${uuidv7()}0`, 1, null]) {
  test(`a message id ${JSON.stringify(id)} is a bad_request`, async () => {
    const { code } = await mina.err({ t: 'send', roomId, messageId: id, text: 'Hello' })
    assert.equal(code, 'bad_request')
    await assertProblem(await put('mina', String(id), { text: 'Hello' }), 400, 'bad_request')
  })
}

test('attachments are unsupported: documented and not built', async () => {
  const body = { text: 'Hello', attachments: [] }
  assert.equal((await mina.err({ t: 'send', roomId, messageId: uuidv7(), ...body })).code, 'unsupported')
  await assertProblem(await put('mina', uuidv7(), body), 501, 'unsupported')
})
