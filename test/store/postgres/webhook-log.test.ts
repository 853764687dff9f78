import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import pg from 'pg'
import { openPostgres } from '../../../server/store/postgres/open.ts'
import type { Stores } from '../../../server/store/store.ts'
import { Site } from '../../contract/store/a-world.ts'
import { aWebhook } from '../../contract/store/webhooks.ts'
import { type PostgresServer, startPostgres } from '../../support/postgres.ts'

let server: PostgresServer
before(async () => {
  server = await startPostgres()
})
after(() => server.stop())

const siteOn = (stores: Stores) =>
  new Site(
    { stores, later: { amendAsBefore: async () => {}, addUsers: async () => {} }, close: async () => {} },
    'acme',
  )

it('what a server of the version before writes past the log keeps its place in the room, and is told to its webhook only', async () => {
  const url = await server.newDatabase()
  const stores = await openPostgres({ url })
  const before = new pg.Client(url)
  await before.connect()
  const site = siteOn(stores)
  const [one, two] = [aWebhook('acme'), aWebhook('acme')]
  for (const webhook of [one, two]) await stores.webhooks.add(webhook)
  const room = await site.room('mina', 'sam')
  const { seq } = await site.say(room, 'mina')
  const write = (text: string, rev: number) =>
    before.query(text, ['acme', one.id, room, rev, 'message.edited', seq, Date.now()])
  // As it does: of an event that waits already it writes nothing.
  await write('INSERT INTO webhook_events VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING', 2)
  // Neither does a server of the version before deliver what comes later first.
  assert.deepEqual(await stores.webhooks.listPending(undefined, 10), [])
  await before.query(`INSERT INTO webhook_events VALUES ('acme', $1, '@mina', 5, 'user.unread', NULL, 5)`, [
    one.id,
  ])
  assert.deepEqual(await stores.webhooks.readBacklog(two), { events: 2, held: [] })
  assert.deepEqual(await stores.webhooks.readBacklog(one), { events: 4, held: [] })
  await stores.webhooks.sortOut()
  const eventsOf = async ({ id: webhook }: { id: string }, of = room) =>
    (await stores.webhooks.readEvents({ tenant: 'acme', webhook, room: of }, 10)).map(({ event }) => event)
  assert.deepEqual(await eventsOf(one), ['room.created', 'message.sent', 'message.edited'])
  assert.deepEqual(await eventsOf(two), ['room.created', 'message.sent'])
  assert.deepEqual(await eventsOf(one, '@mina'), ['user.unread'])
  await before.end()
  await stores.close()
})

it('while several servers write and sort out, what waits of each room has no hole at any time', async () => {
  const url = await server.newDatabase()
  const nodes = await Promise.all([openPostgres({ url }), openPostgres({ url }), openPostgres({ url })])
  const [one, two, three] = nodes
  assert.ok(one && two && three)
  const webhook = aWebhook('acme', { events: ['message.sent'] })
  await one.webhooks.add(webhook)
  const rooms = await Promise.all(['sam', 'lee', 'kim'].map((other) => siteOn(one).room('mina', other)))
  const each = 40
  const sending = Promise.all(
    [one, two].flatMap((stores) =>
      rooms.map(async (room) => {
        for (let sent = 0; sent < each; sent++) await siteOn(stores).say(room, 'mina')
      }),
    ),
  )
  const looks = { isDone: false }
  const sorting = [one, three].map(async ({ webhooks }) => {
    while (!looks.isDone) await webhooks.sortOut()
  })
  const revsOf = async (room: string) =>
    (await two.webhooks.readEvents({ tenant: 'acme', webhook: webhook.id, room }, 1_000)).map(
      ({ rev }) => rev,
    )
  const watching = (async () => {
    while (!looks.isDone)
      for (const room of rooms) {
        const revs = await revsOf(room)
        assert.deepEqual(
          revs,
          revs.map((_, at) => at + 1),
        )
      }
  })()
  await sending
  looks.isDone = true
  await Promise.all([watching, ...sorting])
  while (await three.webhooks.sortOut());
  for (const room of rooms) assert.equal((await revsOf(room)).length, 2 * each)
  await Promise.all(nodes.map((node) => node.close()))
})
