/** What was said longer ago than a tenant keeps it is in no column of either database, whatever tables there are. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { uuidv7 } from 'uuidv7'
import type { Store } from '../../server/store/store.ts'
import { Site } from '../contract/store/a-world.ts'
import { type ScannedStore, scannedStores } from './scanned-store.ts'

const dayMs = 86_400_000
/** Stands in all that was said then, and in nothing that was said since. */
const traces = ['ancient', 'Ancient']
const clock = { now: Date.now() }

const siteIn = ({ stores }: ScannedStore, tenant: string) =>
  new Site(
    { stores, later: { amendAsBefore: async () => {}, addUsers: async () => {} }, close: async () => {} },
    tenant,
  )

/** Everywhere the text of a message can be: a new table that has some is filled here, too. */
async function speak(world: ScannedStore, tenant: string) {
  const site = siteIn(world, tenant)
  const { store } = site
  await site.users('mina', 'sam', 'lee')
  const [room, pair] = [await site.group('Team', 'mina', 'sam', 'lee'), await site.room('mina', 'sam')]
  const webhook = {
    id: 'hook',
    url: 'https://site.test/',
    events: 'all',
    secrets: ['s'],
    createdAt: 1,
  } as const
  await world.stores.webhooks.add({ ...webhook, tenant })
  const mentions = [{ userId: 'sam', at: 0, length: 4 }]
  const first = await store.append({ room, id: uuidv7(), author: 'mina', text: '@sam ancient', mentions })
  const { id } = first.message
  await store.react({ room, id, by: 'sam', emoji: '👍', on: true })
  await store.amend({ kind: 'pin', room, id, by: 'sam', on: true })
  await site.edit(await site.say(room, 'mina', 'ancient'), 'ancient, and edited')
  await site.delete(await site.say(room, 'lee', 'ancient, and deleted'))
  await store.append({ room, id: uuidv7(), author: 'sam', text: 'ancient answer', replyTo: id })
  await store.append({ room: pair, id: uuidv7(), author: 'sam', text: 'ancient again', forwarded: 'mina' })
  await store.importMessages({
    room: pair,
    messages: [{ id: uuidv7(), author: 'mina', text: 'ancient, of another chat', at: clock.now }],
    reads: [],
  })
  const link = { url: 'https://site.test/ancient', label: 'ancient label' }
  const said = { title: 'Ancient', text: 'ancient order', link, type: 'ancient', data: { ancient: 1 } }
  await store.appendFromSite({ room, id: uuidv7(), site: said })
  const systemMessage = { id: uuidv7(), authorId: 'mina', text: 'an ancient name' }
  await store.alterRoom({
    ...{ room, by: 'mina', kind: 'rename', name: 'Ancients' },
    systemMessage: { ...systemMessage, system: { event: 'renamed', name: 'Ancients' } },
  })
  const request = { tenant, key: 'a key', name: 'a name', fingerprint: 'of it' }
  const bounds = { now: clock.now, old: 0, abandoned: 0, most: 5 }
  await world.stores.idempotency.begin(request, bounds)
  await world.stores.idempotency.finish(request, { status: 200, body: '{"lastMessage":{"text":"ancient"}}' })
  return { room, pair, id, site }
}

async function removeOld(store: Store, keepDays: number | null): Promise<void> {
  let after = ''
  for (let isDone = false; !isDone; )
    ({ after, isDone } = await store.removeOld({ now: clock.now, keepDays, after }))
}

for (const [database, open] of Object.entries(scannedStores))
  describe(`on ${database}`, () => {
    let world: ScannedStore
    before(async () => {
      clock.now = Date.now()
      world = await open({ now: () => clock.now })
    })
    after(() => world.close())

    for (const whose of ['a tenant', 'its rooms'] as const)
      it(`what is older than ${whose} keeps it is in no column: no quote, pin, last message, forwarded copy or kept answer has it`, async () => {
        const { room, pair, id, site } = await speak(world, whose)
        const { store } = site
        clock.now += 31 * dayMs
        await store.append({ room, id: uuidv7(), author: 'lee', text: 'young answer', replyTo: id })
        // What it is called is what is said of it now.
        await site.alter(room, { kind: 'rename', name: 'Team' })
        const found = new Set(await world.find(traces))
        assert.deepEqual([...found].sort(), [
          'idempotency.body',
          'messages.site',
          'messages.system',
          'messages.text',
        ])
        if (whose === 'its rooms')
          for (const one of [room, pair]) await store.setUpRoom({ room: one, keepDays: 30 })
        await removeOld(store, whose === 'a tenant' ? 30 : null)
        while ((await world.stores.idempotency.forget(clock.now - dayMs)) > 0);
        assert.deepEqual(await world.find(traces), [])
        assert.equal(
          JSON.stringify(await store.listRooms('mina', { limit: 9 }))
            .toLowerCase()
            .includes('ancient'),
          false,
        )
        assert.deepEqual((await store.readPage(room, {}, 9)).messages.at(0)?.text, 'young answer')
      })
  })
