/** docs/webhooks.md against what is delivered: each event as its example has it, and signatures as its functions check them. */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { silent } from '../../server/log/logger.ts'
import { awayMs, signaturesOf, webhookEvents } from '../../server/rules/webhooks.ts'
import { Deliveries } from '../../server/webhooks/deliveries.ts'
import { testDelivery } from '../../server/webhooks/send.ts'
import { root, textsOf, textWith } from '../support/markdown.ts'
import { aWorldOf } from '../webhooks/a-site.ts'
import { Receiver } from '../webhooks/receiver.ts'

const page = 'docs/webhooks.md'
const run = promisify(execFile)

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

test('each event has an example, which is what is delivered', async () => {
  await using world = aWorldOf()
  const { stores, site, clock } = world
  const secret = 'whsec_bWluZQ=='
  const receiver = new Receiver(secret)
  const webhook = { tenant: site.tenant, id: 'one', url: 'https://shop.example/', createdAt: 0 }
  await stores.webhooks.add({ ...webhook, events: 'all', secrets: [secret] })
  await site.store.saveUser({ id: 'mina', name: 'Mina', timeZone: 'Europe/Berlin' })
  const room = await site.group('Sky', 'mina', 'sam')
  const { id } = await site.say(room, 'mina')
  await site.store.amend({ kind: 'edit', room, id, by: 'mina', text: 'hello!' })
  await site.store.react({ room, id, by: 'sam', emoji: '👍', on: true })
  await site.store.amend({ kind: 'pin', room, id, by: 'mina', on: true })
  const deliver = () => {
    const { webhooks: store } = stores
    const { outbound } = receiver
    const onError = (error: unknown) => assert.fail(error as Error)
    const now = () => clock.now
    const forTenant = (tenant: string) => stores.forTenant(tenant)
    const tenantOf = () => undefined
    const options = {
      store,
      forTenant,
      tenantOf,
      outbound,
      node: 'a node',
      now,
      random: () => 1,
      log: silent,
      onError,
    }
    return new Deliveries(options).look()
  }
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
  const told = [...receiver.events, ...testDelivery(clock.now).events]
  const examples = documented()
  const types = [...Object.keys(webhookEvents), 'test']
  assert.deepEqual(
    types.filter((type) => !examples.some((one) => one.type === type)),
    [],
    'without an example',
  )
  for (const type of types) {
    const mine = told.filter((one) => one.type === type)
    const shapes = mine.map((one) => JSON.stringify(shapeOf(one)))
    for (const example of examples.filter((one) => one.type === type))
      assert.ok(
        shapes.includes(JSON.stringify(shapeOf(example))),
        `${type}: ${JSON.stringify(mine[0], undefined, 2)}`,
      )
  }
})

const body = '{"events":[],"users":{}}'
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

const languages = [
  [
    'js',
    process.execPath,
    (code: string, ask: string) => [
      '--input-type=module',
      '--eval',
      `${code}\nprocess.stdout.write(JSON.stringify(${ask}))`,
    ],
  ],
  [
    'python',
    'python3',
    (code: string, ask: string) => [
      '-c',
      `${code}\nimport sys\nsys.stdout.write("true" if ${ask} else "false")`,
    ],
  ],
] as const

for (const [language, program, argsFor] of languages) {
  const isThere = spawnSync(program, ['--version']).status === 0
  test(`the function in ${language} takes what Chatter signed, and nothing else`, {
    skip: !isThere && `there is no ${program}`,
  }, async () => {
    const code = textWith(page, language, 'webhook-signature')
    const check = async (headers: object, text: string) => {
      const ask = `${language === 'js' ? 'isFromChatter' : 'is_from_chatter'}(${JSON.stringify(headers)}, ${JSON.stringify(text)})`
      const env = { PATH: process.env.PATH ?? '', CHATTER_WEBHOOK_SECRET: secret }
      return JSON.parse((await run(program, argsFor(code, ask), { cwd: root, env })).stdout)
    }
    const headersAt = (timestamp: number, secrets = [secret]) => ({
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signaturesOf(secrets, { id: 'msg_1', timestamp, body }),
    })
    const now = Math.floor(Date.now() / 1000)
    assert.equal(await check(headersAt(now), body), true)
    assert.equal(await check(headersAt(now, ['whsec_b3RoZXI=', secret]), body), true)
    assert.equal(await check(headersAt(now), `${body} `), false)
    assert.equal(await check(headersAt(now, ['whsec_b3RoZXI=']), body), false)
    assert.equal(await check(headersAt(now - 3_600), body), false)
    assert.equal(await check({ ...headersAt(now), 'webhook-id': 'msg_2' }, body), false)
  })
}
