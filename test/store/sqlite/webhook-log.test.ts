import assert from 'node:assert/strict'
import { it } from 'node:test'
import Database from 'better-sqlite3'
import { Site } from '../../contract/store/a-world.ts'
import { aWebhook } from '../../contract/store/webhooks.ts'
import { aFolder } from '../../support/a-folder.ts'

it('all of one commit is one row of the log of its tenant, with a number that rises', async () => {
  using folder = aFolder()
  const stores = folder.open()
  const later = { amendAsBefore: async () => {}, addUsers: async () => {} }
  const [site, other] = ['acme', 'other'].map(
    (tenant) => new Site({ stores, later, close: async () => {} }, tenant),
  )
  assert.ok(site && other)
  const rooms = await Promise.all(['sam', 'lee', 'kim'].map((user) => site.room('mina', user)))
  await other.room('mina', 'sam')
  for (const { tenant } of [site, other])
    await stores.webhooks.add(aWebhook(tenant, { events: ['message.sent', 'room.created'] }))
  await Promise.all([
    ...rooms.map((room) => site.say(room, 'mina')),
    other.store.saveUser({ id: 'zoe', name: 'Zoe' }),
  ])
  await Promise.all(rooms.map((room) => site.say(room, 'mina')))
  const db = new Database(folder.file('chatter.db'), { readonly: true })
  const rows = db
    .prepare<[], { tenant: string; no: number; events: string }>('SELECT * FROM webhook_log')
    .all()
  db.close()
  assert.deepEqual(
    rows.map(({ tenant, no, events }) => [tenant, no, JSON.parse(events).length]),
    [
      ['acme', 1, 3],
      ['acme', 2, 3],
    ],
  )
  await stores.close()
})

it('a webhook that another process adds or removes counts from the next commit on', async () => {
  using folder = aFolder()
  const stores = folder.open()
  const site = new Site(
    { stores, later: { amendAsBefore: async () => {}, addUsers: async () => {} }, close: async () => {} },
    'acme',
  )
  const room = await site.room('mina', 'sam')
  const tool = folder.open({ role: 'tool' })
  const webhook = aWebhook('acme')
  const told = async () => (await stores.webhooks.readBacklog(webhook)).events
  await site.say(room, 'mina')
  await tool.webhooks.add(webhook)
  await site.say(room, 'mina')
  assert.equal(await told(), 1)
  await tool.webhooks.remove(webhook)
  await site.say(room, 'mina')
  await tool.webhooks.add(webhook)
  assert.equal(await told(), 0)
  await tool.close()
  await stores.close()
})
