import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { aCrowd, aRoom } from '../support/builders.ts'
import { startServer } from '../support/server.ts'

const senders = 64
const each = 5
const total = senders * each
const everySeq = Array.from({ length: total }, (_, index) => index + 1)

test('64 people send at once, by socket and by HTTP: one order without holes, seen by all, acknowledged before delivered', async () => {
  await using server = await startServer()
  const crowd = aCrowd(senders)
  const { id: roomId } = await aRoom(server, crowd)
  const clients = await Promise.all(crowd.map((user) => server.join(user)))

  const asked: { socket: (typeof clients)[number]['socket']; id: string; message: string }[] = []
  const answers: Promise<Response>[] = []
  for (let round = 0; round < each; round++) {
    for (const [index, { socket }] of clients.entries()) {
      const messageId = uuidv7()
      const text = `${index}/${round}`
      if (round === 2) {
        const path = `rooms/${roomId}/messages/${messageId}`
        answers.push(server.fetch(crowd[index] ?? '', path, { method: 'PUT', body: { text } }))
      } else {
        asked.push({ socket, message: messageId, id: socket.post({ t: 'send', roomId, messageId, text }) })
      }
    }
  }
  for (const answer of await Promise.all(answers)) assert.equal(answer.status, 201)

  for (const { socket } of clients) {
    await socket.event('message', ({ message }) => message.seq === total)
    const seen = socket.events('message').map(({ message }) => message.seq)
    assert.deepEqual(seen, everySeq)
  }
  for (const { socket, id, message } of asked) {
    const acknowledged = socket.frames.findIndex((frame) => frame.t === 'ok' && frame.id === id)
    const delivered = socket.frames.findIndex(
      (frame) => frame.t === 'message' && frame.message.id === message,
    )
    assert.ok(
      acknowledged >= 0 && acknowledged < delivered,
      `ok at ${acknowledged}, its event at ${delivered}`,
    )
  }
})

test('two messages of one sender keep their order', async () => {
  await using server = await startServer()
  const { id: roomId } = await aRoom(server, ['mina', 'sam'])
  const [mina, sam] = [await server.join('mina'), await server.join('sam')]
  const texts = Array.from({ length: 50 }, (_, index) => `${index}`)
  for (const text of texts) mina.socket.post({ t: 'send', roomId, messageId: uuidv7(), text })
  await sam.socket.event('message', ({ message }) => message.seq === texts.length)
  assert.deepEqual(
    sam.socket.events('message').map(({ message }) => message.text),
    texts,
  )
})

test('times never run backwards, whatever the clock does', async () => {
  let now = Date.now()
  await using server = await startServer({ now: () => now })
  const { id: room } = await aRoom(server, ['mina'])
  const mina = await server.join('mina')
  const first = await mina.send(room, 'now')
  now -= 60_000
  const second = await mina.send(room, 'a minute ago')
  assert.ok(second.createdAt >= first.createdAt)
})
