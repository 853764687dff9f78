/** Webhooks while the server and the site that is told are killed, over and over. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { makeWebhookSecret } from '../../server/rules/webhooks.ts'
import { openPostgres } from '../../server/store/postgres/open.ts'
import { openSqlite } from '../../server/store/sqlite/open.ts'
import { Site } from '../contract/store/a-world.ts'
import { aWebhook } from '../contract/store/webhooks.ts'
import { aFolder } from '../support/a-folder.ts'
import { startPostgres } from '../support/postgres.ts'
import { signToken } from '../support/server.ts'
import { until } from './until.ts'

const roomCount = 10
const messagesEach = 100
const kills = [250, 500, 750]

/** A program beside this one that prints its port, and can be killed and started again. */
class Program implements AsyncDisposable {
  readonly #file: string
  readonly #argsFor: (port: number) => string[]
  #child: ChildProcess | undefined
  port = 0

  constructor(file: string, argsFor: (port: number) => string[]) {
    this.#file = join(import.meta.dirname, file)
    this.#argsFor = argsFor
  }

  async start(): Promise<this> {
    const child = spawn(process.execPath, [this.#file, ...this.#argsFor(this.port)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child = child
    const [line] = await once(child.stdout, 'data')
    this.port = Number(line)
    return this
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'close')
    child.kill('SIGKILL')
    await gone
  }

  [Symbol.asyncDispose] = () => this.kill()
}

function toldIn(file: string): { roomId: string; rev: number; isSigned: boolean }[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => line.endsWith('}')).map((line) => JSON.parse(line))
}

test('a thousand events over three kills of the server and of the site: each arrives, in order, and none unsigned', async () => {
  using folder = aFolder()
  const file = folder.file('told')
  const secret = makeWebhookSecret()
  await using site = await new Program('told-site.ts', (port) => [String(port), file, secret]).start()

  const stores = folder.open()
  const later = { amendAsBefore: async () => {}, addUsers: async () => {} }
  const made = new Site({ stores, later, close: async () => {} }, 'default')
  const rooms = await Promise.all(
    Array.from({ length: roomCount }, (_, at) => made.group(`Group ${at}`, 'mina', 'sam')),
  )
  const webhook = aWebhook('default', {
    url: `https://localhost:${site.port}/`,
    events: ['message.sent'],
    secrets: [secret],
  })
  await stores.webhooks.add(webhook)
  await stores.close()

  await using server = await new Program('telling-server.ts', () => [folder.path]).start()
  const token = await signToken('mina')
  let acknowledged = 0
  async function send(room: string): Promise<void> {
    const [id, body] = [uuidv7(), JSON.stringify({ text: 'hello' })]
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const isSent = async () => {
      const url = `http://127.0.0.1:${server.port}/v1/rooms/${room}/messages/${id}`
      const answer = await fetch(url, { method: 'PUT', headers, body }).catch(() => undefined)
      return answer?.ok ?? false
    }
    await until(isSent, 'a message to be sent')
    acknowledged += 1
  }
  const told = () => toldIn(file)
  const places = () => new Set(told().map(({ roomId, rev }) => `${roomId} ${rev}`))
  /** As an operator does after an outage, who would not wait. */
  async function tryNow(): Promise<void> {
    const tool = openSqlite({ folder: folder.path, role: 'tool' })
    await tool.webhooks.endHolds(webhook)
    await tool.close()
  }

  const sending = rooms.map(async (room) => {
    for (let sent = 0; sent < messagesEach; sent++) await send(room)
  })
  const killing = async () => {
    for (const after of kills) {
      await until(() => acknowledged >= after, `${after} to be sent`)
      await site.kill()
      await server.kill()
      await server.start()
      await site.start()
      await tryNow()
      const before = places().size
      await until(() => places().size > before, 'the site to be told again')
    }
  }
  await Promise.all([...sending, killing()])
  await until(async () => {
    await tryNow()
    return places().size === roomCount * messagesEach
  }, 'all to arrive')

  const highest = new Map<string, number>()
  for (const { roomId, rev, isSigned } of told()) {
    assert.ok(isSigned)
    const last = highest.get(roomId) ?? 0
    assert.ok(rev <= last + 1, `${rev} after ${last}`)
    highest.set(roomId, Math.max(last, rev))
  }
  assert.deepEqual(
    [...highest.values()],
    Array.from(rooms, () => messagesEach),
  )
})

test('of two servers on one Postgres the one that delivers is killed: the other goes on where it ended, in order', async () => {
  using folder = aFolder()
  const file = folder.file('told')
  const secret = makeWebhookSecret()
  await using site = await new Program('told-site.ts', (port) => [String(port), file, secret]).start()
  const postgres = await startPostgres()
  await using stack = new AsyncDisposableStack()
  stack.defer(() => postgres.stop())
  const url = await postgres.newDatabase()
  const stores = await openPostgres({ url, role: 'tool' })
  stack.defer(() => stores.close())
  const later = { amendAsBefore: async () => {}, addUsers: async () => {} }
  const made = new Site({ stores, later, close: async () => {} }, 'default')
  const room = await made.group('Sky', 'mina', 'sam')
  await stores.webhooks.add(
    aWebhook('default', {
      url: `https://localhost:${site.port}/`,
      events: ['message.sent'],
      secrets: [secret],
    }),
  )
  const arrived = (rev: number) => () => toldIn(file).some((one) => one.rev === rev)
  const owner = stack.use(await new Program('telling-server.ts', () => [url]).start())
  await made.say(room, 'mina')
  await until(arrived(1), 'the first to be delivered by the only server')
  stack.use(await new Program('telling-server.ts', () => [url]).start())
  // Its lease is its own while it lives: what comes now is delivered by it, or was to be when it is killed.
  for (let count = 0; count < 5; count++) await made.say(room, 'mina')
  await owner.kill()
  for (let count = 0; count < 5; count++) await made.say(room, 'mina')
  await until(arrived(11), 'the other to take it over')
  let highest = 0
  for (const { rev, isSigned } of toldIn(file)) {
    assert.ok(isSigned)
    assert.ok(rev <= highest + 1, `${rev} after ${highest}`)
    highest = Math.max(highest, rev)
  }
  assert.equal(highest, 11)
})
