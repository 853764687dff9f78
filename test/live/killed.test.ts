/** kill -9 under load, twenty times over: what was acknowledged is there, once, in its place. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import type { MessageView, Page, RoomAnswer } from '../../server/protocol/views.ts'
import { until } from '../contract/fanout.ts'
import { jsonOf } from '../support/builders.ts'
import { aChatterFolder, type ServerProcess } from '../support/chatter-process.ts'
import type { Socket } from '../support/client.ts'
import { signToken } from '../support/server.ts'

const kills = 20
const names = ['mina', 'sam', 'lee', 'ada']
const atOnce = 6

/** Sends as fast as it is answered; what was not acknowledged goes again, under the same id, to the next server. */
class Sender {
  readonly acknowledged = new Map<string, MessageView>()
  readonly sent = new Map<string, { roomId: string; text: string }>()
  isDone = false
  readonly #rooms: readonly string[]
  readonly #token: string
  #count = 0

  constructor(token: string, rooms: readonly string[]) {
    this.#token = token
    this.#rooms = rooms
  }

  get waiting(): number {
    return this.sent.size - this.acknowledged.size
  }

  /** Until that server is gone. */
  async sendTo(server: ServerProcess): Promise<void> {
    try {
      const socket = await server.socket()
      this.#listen(socket)
      await socket.hello(this.#token)
      for (const id of this.sent.keys()) if (!this.acknowledged.has(id)) this.#post(socket, id)
      for (let n = this.waiting; n < atOnce; n++) this.#postNew(socket)
      await socket.closed
    } catch {
      // Killed before it said ready.
    }
  }

  #listen(socket: Socket): void {
    socket.ws.on('message', (data) => {
      const frame = JSON.parse(String(data))
      if (frame.t !== 'ok' || !frame.message) return
      const { id } = frame.message
      assert.ok(!this.acknowledged.has(id), 'acknowledged once')
      this.acknowledged.set(id, frame.message)
      this.#postNew(socket)
    })
  }

  #postNew(socket: Socket): void {
    if (this.isDone) return
    const id = uuidv7()
    const roomId = this.#rooms[this.#count++ % this.#rooms.length] ?? ''
    this.sent.set(id, { roomId, text: `${this.#count} ${'x'.repeat((this.#count * 97) % 1500)}` })
    this.#post(socket, id)
  }

  #post(socket: Socket, messageId: string): void {
    socket.post({ t: 'send', messageId, ...this.sent.get(messageId) })
  }
}

async function ask<T>(url: string, user: string, path: string, body?: object): Promise<T> {
  const headers = { authorization: `Bearer ${await signToken(user)}`, 'content-type': 'application/json' }
  const request = body && { method: 'POST', body: JSON.stringify(body) }
  return jsonOf(fetch(`${url}v1/${path}`, { headers, ...request }), body ? 201 : 200)
}

async function historyOf(url: string, room: string): Promise<{ messages: MessageView[]; head: number }> {
  const messages: MessageView[] = []
  for (let after = 0; ; ) {
    const page = await ask<Page>(url, 'mina', `rooms/${room}/messages?after=${after}&limit=200`)
    messages.push(...page.messages)
    after = page.messages.at(-1)?.seq ?? after
    if (!page.newer) return { messages, head: page.head }
  }
}

test(`a server killed ${kills} times under load loses nothing that it acknowledged`, async () => {
  await using folder = aChatterFolder()
  let server = await folder.serve()
  for (const user of names) await ask(server.url, user, 'me')
  const rooms: string[] = []
  for (const name of ['one', 'two']) {
    const { id } = await ask<RoomAnswer>(server.url, 'mina', 'rooms', { memberIds: names, name })
    rooms.push(id)
  }
  const senders = await Promise.all(names.map(async (user) => new Sender(await signToken(user), rooms)))
  const count = (what: 'acknowledged' | 'sent') => senders.reduce((sum, sender) => sum + sender[what].size, 0)

  for (let kill = 0; kill < kills; kill++) {
    const sessions = senders.map((sender) => sender.sendTo(server))
    // Now and then before the first answer, else after some: somewhere between two commits, or in one.
    const [what, before] =
      kill % 4 === 0 ? (['sent', count('sent')] as const) : (['acknowledged', count('acknowledged')] as const)
    const enough = before + 1 + ((kill * 37) % 100)
    await until(() => count(what) >= enough || (what === 'sent' && count('sent') > before), 'some load')
    server.kill('SIGKILL')
    await Promise.all([...sessions, server.ended])
    server = await folder.serve()
  }

  for (const sender of senders) sender.isDone = true
  const last = senders.map((sender) => sender.sendTo(server))
  await until(
    () => senders.every(({ waiting }) => waiting === 0),
    () => `the rest to be acknowledged: ${senders.map(({ waiting }) => waiting)}`,
  )

  const kept = new Map<string, MessageView>()
  for (const room of rooms) {
    const { messages, head } = await historyOf(server.url, room)
    const numbers = Array.from({ length: head }, (_, index) => index + 1)
    assert.deepEqual(
      messages.map(({ seq }) => seq),
      numbers,
    )
    assert.deepEqual(
      messages.map(({ rev }) => rev),
      numbers,
    )
    for (const message of messages) {
      assert.ok(!kept.has(message.id), 'each message once')
      kept.set(message.id, message)
    }
  }
  assert.equal(kept.size, count('sent'))
  for (const { acknowledged, sent } of senders) {
    for (const [id, message] of acknowledged) {
      assert.deepEqual(kept.get(id), message)
      assert.deepEqual({ roomId: message.roomId, text: message.text }, sent.get(id))
    }
  }
  server.kill('SIGTERM')
  await Promise.all([...last, server.ended])
})
