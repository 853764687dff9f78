/** Criterion 5: however often a message is sent, wherever, and whatever answers are lost, it is one message. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import type { MessageView } from '../../server/protocol/views.ts'
import { aChatterFolder } from '../support/chatter-process.ts'
import type { TestClient } from '../support/client.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { Line } from '../support/proxy.ts'
import { scaled } from '../support/scale.ts'
import { aGroup, ask, join } from './api.ts'
import { aCluster } from './cluster.ts'
import { faultsIn, type Happening } from './history.ts'
import { freshRoom, type Group } from './load.ts'
import { marker } from './node.ts'
import { Chance } from './simulator/chance.ts'
import { until } from './until.ts'

const messages = scaled(150, 10_000)
const users = Array.from({ length: 10 }, (_, index) => `u${index}`)
const fates = ['answered', 'answered', 'swallowed', 'cut'] as const

let postgres: PostgresServer
before(async () => {
  postgres = await startPostgres()
})
after(() => postgres.stop())

type Message = { readonly roomId: string; readonly id: string; readonly text: string }
type Attempt = { readonly isSocket: boolean; readonly fate: (typeof fates)[number]; readonly bytes: number }

/** A user's way to one server, on a line that loses answers. */
class Endpoint implements AsyncDisposable {
  readonly #line: Line
  readonly #url: string
  readonly #user: string
  #client: Promise<TestClient> | undefined

  private constructor(line: Line, user: string) {
    this.#line = line
    this.#user = user
    this.#url = `http://127.0.0.1:${line.port}/`
  }

  static async open(url: string, user: string): Promise<Endpoint> {
    return new Endpoint(await Line.open(() => [{ port: Number(new URL(url).port) }]), user)
  }

  /** Sends once. Answers the message, or nothing: then nobody knows whether it arrived. */
  async send(message: Message, { isSocket, fate, bytes }: Attempt): Promise<MessageView | undefined> {
    const line = this.#line
    const client = isSocket ? await this.#connected().catch(unanswered) : undefined
    if (isSocket && !client) return undefined
    const { swallowed } = line
    let isOver = false
    if (fate === 'swallowed') line.turn('deaf')
    const { roomId, text, id } = message
    const asking = client ? client.send(roomId, text, id) : byHttp(this.#url, this.#user, message)
    const answer = asking.catch(unanswered).finally(() => (isOver = true))
    if (fate === 'cut') line.cutAfter(() => bytes)
    if (fate === 'swallowed') {
      await until(() => isOver || line.swallowed > swallowed, 'an answer to swallow')
      line.cutAll()
      line.turn('open')
    }
    const heard = await answer
    if (!heard) this.#client = undefined
    return heard
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#line[Symbol.asyncDispose]()
  }

  #connected(): Promise<TestClient> {
    this.#client ??= join(this.#url, this.#user).catch((error) => {
      this.#client = undefined
      throw error
    })
    return this.#client
  }
}

/** A line that failed is no answer. A server that refuses is one, and wrong. */
function unanswered(error: unknown): undefined {
  if (error instanceof assert.AssertionError) throw error
}

async function byHttp(url: string, user: string, { roomId, id, text }: Message): Promise<MessageView> {
  const request = { method: 'PUT', body: { text } }
  const { status, body } = await ask(url, user, `rooms/${roomId}/messages/${id}`, request)
  assert.ok(status === 200 || status === 201, JSON.stringify(body))
  return body as MessageView
}

/** One user sends their share, each message until it was answered and up to five times. */
async function sendAll(user: string, urls: readonly string[], groups: readonly Group[], chance: Chance) {
  const happenings: Happening[] = []
  const endpoints = await Promise.all(urls.map((url) => Endpoint.open(url, user)))
  const attempt = async (message: Message, fate?: Attempt['fate']) => {
    const isSocket = chance.happens(0.5)
    const how = { isSocket, fate: fate ?? chance.pick(fates) ?? 'answered', bytes: chance.between(0, 300) }
    const answer = await chance.pick(endpoints)?.send(message, how)
    if (answer) happenings.push({ t: 'acknowledged', message: answer })
    return answer !== undefined
  }
  try {
    for (let count = 0; count < messages / users.length; count++) {
      const roomId = chance.pick(groups)?.id ?? ''
      const message = { roomId, id: uuidv7(), text: `${marker}${count} of ${user}` }
      happenings.push({ t: 'sent', authorId: user, ...message })
      for (let left = chance.between(0, 4); left > 0; left--) {
        const first = attempt(message)
        // Now and then the next attempt does not wait for this one.
        if (chance.happens(0.7)) await first
      }
      while (!(await attempt(message, 'answered'))) {}
    }
  } finally {
    for (const endpoint of endpoints) await endpoint[Symbol.asyncDispose]()
  }
  return happenings
}

async function exactlyOnce(urls: readonly string[]): Promise<void> {
  const [url = ''] = urls
  const groups: Group[] = []
  for (const name of ['one', 'two', 'three'])
    groups.push({ id: await aGroup(url, users, name), founders: users })
  const chance = new Chance(5)
  const all = await Promise.all(users.map((user) => sendAll(user, urls, groups, chance.branch(user))))
  const happenings = all.flat()
  for (const one of urls) {
    const fresh = await Promise.all(groups.map((group) => freshRoom(one, group)))
    assert.deepEqual(faultsIn({ happenings, fresh, held: [] }), [])
    assert.equal(fresh.flatMap((room) => room.messages).length, messages)
  }
  const [sent] = happenings
  assert.ok(sent?.t === 'sent')
  for (const one of urls) {
    const path = `rooms/${sent.roomId}/messages/${sent.id}`
    const { status } = await ask(one, sent.authorId, path, { method: 'PUT', body: { text: 'other' } })
    assert.equal(status, 409)
  }
}

test(`5: ${messages} messages, each sent up to five times by socket and by HTTP to two servers that lose answers, are ${messages} messages`, async () => {
  await using cluster = await aCluster(postgres)
  await exactlyOnce(cluster.members.map(({ node }) => node.url))
  assert.deepEqual(cluster.complaints(), [])
})

test(`5: on SQLite, where there is one server, they are ${messages} messages too`, async () => {
  await using folder = aChatterFolder()
  const { url } = await folder.serve()
  await exactlyOnce([url])
})
