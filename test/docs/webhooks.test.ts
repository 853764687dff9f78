/** docs/webhooks.md against what is delivered: its examples, its table of events, and its receivers. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { silent } from '../../server/log/logger.ts'
import type { Outbound } from '../../server/outbound/outbound.ts'
import { awayMs, signaturesOf, webhookEvents } from '../../server/rules/webhooks.ts'
import { Deliveries } from '../../server/webhooks/deliveries.ts'
import { testDelivery } from '../../server/webhooks/send.ts'
import { aFolder } from '../support/a-folder.ts'
import { read, textsOf, textWith } from '../support/markdown.ts'
import { freePort } from '../support/redis.ts'
import { aWorldOf } from '../webhooks/a-site.ts'
import { Receiver } from '../webhooks/receiver.ts'

const page = 'docs/webhooks.md'

type World = ReturnType<typeof aWorldOf>

/** What delivers, but for the way there. */
function delivering({ stores, clock }: World, outbound: Outbound): Deliveries {
  return new Deliveries({
    store: stores.webhooks,
    forTenant: (tenant: string) => stores.forTenant(tenant),
    tenantOf: () => undefined,
    isDisabled: () => false,
    outbound,
    node: 'a node',
    now: () => clock.now,
    random: () => 1,
    log: silent,
    onError: (error: unknown) => assert.fail(error as Error),
  })
}

const documented = () =>
  textsOf(page, 'json').flatMap((text) => {
    const value = JSON.parse(text)
    return value.events ?? [value]
  })

/** What is there and of which type, but for how many: texts, times and numbers are others. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf)
  if (typeof value !== 'object' || value === null) return value === null ? null : typeof value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, part]) => [name, shapeOf(part)]),
  )
}

/** Everything that there is to tell, told. */
async function allEvents() {
  await using world = aWorldOf()
  const { stores, site, clock } = world
  const receiver = new Receiver('whsec_bWluZQ==')
  const webhook = { tenant: site.tenant, id: 'one', url: 'https://shop.example/', createdAt: 0 }
  await stores.webhooks.add({ ...webhook, events: 'all', secrets: receiver.secrets })
  const deliver = () => delivering(world, receiver.outbound).look()
  await site.store.saveUser({ id: 'mina', name: 'Mina', timeZone: 'Europe/Berlin' })
  const room = await site.group('Sky', 'mina', 'sam')
  await deliver()
  const { id } = await site.say(room, 'mina')
  await deliver()
  await site.store.amend({ kind: 'edit', room, id, by: 'mina', text: 'hello!' })
  await site.store.react({ room, id, by: 'sam', emoji: '👍', on: true })
  await site.store.amend({ kind: 'pin', room, id, by: 'mina', on: true })
  await deliver()
  await site.users('lee')
  const changes = [
    [{ kind: 'add', user: 'lee' }, 'added'],
    [{ kind: 'set-role', user: 'lee', role: 'owner' }, 'promoted'],
    [{ kind: 'remove', user: 'lee' }, 'removed'],
  ] as const
  for (const [index, [change, event]] of changes.entries()) {
    const system = { event, userId: 'lee' }
    const message = {
      id: `019a0000-0000-7000-8000-00000000000${index}`,
      authorId: 'mina',
      text: event,
      system,
    }
    await site.store.alterRoom({ room, systemMessage: message, ...change })
    await deliver()
  }
  const left = {
    id: '019a0000-0000-7000-8000-00000000000d',
    authorId: 'sam',
    text: 'left',
    system: { event: 'left' },
  } as const
  const renamed = {
    id: '019a0000-0000-7000-8000-00000000000e',
    authorId: 'mina',
    text: 'named',
    system: { event: 'renamed', name: 'Stars' },
  } as const
  await site.store.alterRoom({ room, systemMessage: renamed, kind: 'rename', name: 'Stars' })
  await deliver()
  await site.store.alterRoom({ room, systemMessage: left, kind: 'remove', user: 'sam' })
  await deliver()
  await site.store.amend({ kind: 'delete', room, id, by: 'mina' })
  await deliver()
  await site.store.deleteRoom({ room })
  await site.say(await site.room('mina', 'sam'), 'sam')
  clock.now += 2 * awayMs
  await deliver()
  return [...receiver.events, ...testDelivery(clock.now).events]
}

test('events of each kind have an example, which is what is delivered, and each its row of the table', async () => {
  const told = await allEvents()
  const examples = documented()
  const kindOf = (type: string) => type.split('.')[0]
  assert.deepEqual(
    new Set(examples.map(({ type }) => kindOf(type))),
    new Set(Object.keys(webhookEvents).map(kindOf)),
  )
  for (const example of examples) {
    const mine = told.filter((one) => one.type === example.type)
    const shapes = mine.map((one) => JSON.stringify(shapeOf(one)))
    assert.ok(
      shapes.includes(JSON.stringify(shapeOf(example))),
      `${example.type}: ${JSON.stringify(mine[0], undefined, 2)}`,
    )
  }
  const rows = read(page)
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
  for (const [type, about] of Object.entries(webhookEvents)) {
    const row = rows.find(([, name]) => name === `\`${type}\``)
    assert.equal(row?.[2], about)
    const data = told.find((one) => one.type === type)?.data ?? assert.fail(type)
    const fields = Object.keys(data).filter((field) => !['roomId', 'rev'].includes(field))
    const named = fields.map((field) => `\`${field}\``)
    if (type !== 'user.unread')
      assert.deepEqual(row[3]?.split(', ').toSorted(), named.length > 0 ? named.toSorted() : [''], type)
  }
})

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

/** What the receivers keep, in their folder. */
function keptInTable(folder: string): { id: string }[] {
  const db = new Database(join(folder, 'chatter-events.db'), { readonly: true })
  try {
    return db
      .prepare<[], { event: string }>('SELECT event FROM chatter_events ORDER BY rowid')
      .all()
      .map(({ event }) => JSON.parse(event))
  } finally {
    db.close()
  }
}

function keptInFiles(folder: string): { id: string }[] {
  const files = join(folder, 'chatter-events')
  return readdirSync(files).map((name) => JSON.parse(readFileSync(join(files, name), 'utf8')))
}

const receivers = [
  ['js', 'receiver.mjs', process.execPath, () => [], keptInTable],
  ['python', 'receiver.py', 'python3', () => [], keptInTable],
  ['php', 'receiver.php', 'php', (port: number) => ['-S', `127.0.0.1:${port}`], keptInFiles],
] as const

/** The receiver of the page as a process of its own. */
async function aReceiver(folder: string, [language, file, program, argsFor]: (typeof receivers)[number]) {
  writeFileSync(join(folder, file), textWith(page, language, 'chatter-events'))
  const port = await freePort()
  const env = { PATH: process.env.PATH ?? '', CHATTER_WEBHOOK_SECRET: secret, PORT: String(port) }
  const child = spawn(program, [...argsFor(port), file], {
    cwd: folder,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (data) => (said += data))
  const opens = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
      socket.on('connect', () => socket.end())
    })
  while (!(await opens())) {
    assert.equal(child.exitCode, null, said)
    await wait(20)
  }
  return {
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      child.kill()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
    },
  }
}

for (const receiver of receivers) {
  const [language, , program, , keptIn] = receiver
  const isThere = spawnSync(program, ['--version']).status === 0
  test(`the receiver in ${language} keeps each event that is delivered once, and believes only what is signed`, {
    skip: !isThere && `there is no ${program}`,
  }, async () => {
    using folder = aFolder()
    await using site = await aReceiver(folder.path, receiver)
    await using world = aWorldOf()
    world.clock.now = Date.now()
    const webhook = { tenant: world.site.tenant, id: 'one', url: 'https://shop.example/', createdAt: 0 }
    await world.stores.webhooks.add({ ...webhook, events: 'all', secrets: ['whsec_b3RoZXI=', secret] })
    const statuses: number[] = []
    const seen: { headers: Record<string, string>; body: string }[] = []
    const outbound: Outbound = async (_, { headers = {}, body = '' } = {}) => {
      seen.push({ headers: { ...headers }, body: String(body) })
      const answer = await fetch(site.url, { method: 'POST', headers: { ...headers }, body })
      statuses.push(answer.status)
      return answer
    }
    const room = await world.site.room('mina', 'sam')
    for (const text of ['Clear skies', 'tonight – 🌌']) await world.site.say(room, 'mina', text)
    await delivering(world, outbound).look()
    const [{ headers, body } = assert.fail('nothing came')] = seen
    const sent = seen.flatMap((one) => JSON.parse(one.body).events)
    assert.deepEqual(new Set(statuses), new Set([204]))

    const asked = async (given: Record<string, string>, text: string) =>
      (await fetch(site.url, { method: 'POST', headers: given, body: text })).status
    const signedAt = (timestamp: number, by = secret) => ({
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signaturesOf([by], { id: 'msg_1', timestamp, body }),
    })
    const now = Math.floor(Date.now() / 1000)
    assert.equal(await asked(headers, body), 204, 'the same again')
    assert.equal(await asked(signedAt(now), body), 204)
    const refused = [
      asked(headers, body.replace('Clear', 'Dense')),
      asked(signedAt(now, 'whsec_b3RoZXI='), body),
      asked(signedAt(now - 3_600), body),
      asked({ ...signedAt(now), 'webhook-id': 'msg_2' }, body),
      asked({}, body),
    ]
    assert.deepEqual(await Promise.all(refused), Array(refused.length).fill(401))

    const kept = keptIn(folder.path)
    const byId = (a: { id: string }, b: { id: string }) => a.id.localeCompare(b.id)
    assert.deepEqual(kept.toSorted(byId), sent.toSorted(byId))
    assert.ok(sent.length > 2)
  })
}
