/** A user who was erased is in no column of either database, whatever tables there are: but for the hash. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { guestId } from '../../server/protocol/guests.ts'
import { tables } from '../../server/store/tables.ts'
import { problem, Site } from '../contract/store/a-world.ts'
import { type ScannedStore, scannedStores } from './scanned-store.ts'

/** Neither stands in anything that somebody else typed. Quotes and a backslash: JSON writes them in another way. */
const user = 'zé"d\\7f3'
const name = 'Zédrick Erasable'
const traces = [user, JSON.stringify(user).slice(1, -1), name, 'Erasable', 'zedrick', 'erasable']

/** Everywhere a user can be: a new table that names users is filled here, too. */
async function live({ stores }: ScannedStore, tenant: string): Promise<void> {
  const site = new Site(
    { stores, later: { amendAsBefore: async () => {}, addUsers: async () => {} }, close: async () => {} },
    tenant,
  )
  const { store } = site
  const settings = { guests: true, guestContacts: `sam,${user}` }
  await stores.tenants.add({ id: tenant, hosts: [`${tenant}.test`], origins: [], secrets: ['s'], settings })
  await store.saveUser({
    id: user,
    name,
    about: name,
    avatarUrl: `https://cdn.test/${encodeURIComponent('x')}`,
    timeZone: 'Europe/Madrid',
  })
  await site.users('sam', 'lee')
  await store.markSeen([user], Date.now())
  await store.setPresence(user, { show: 'contacts' })
  const direct = await site.room(user, 'sam')
  await site.room(user)
  const group = await site.group('Team', user, 'sam', 'lee')
  const strangers = await site
    .users('eva')
    .then(() => store.openRoom({ id: uuidv7(), kind: 'group', members: [user, 'eva'], mostWithStrangers: 5 }))
  await site.say(strangers.room, user, 'hello')
  const theirs = await site.say(direct, user, `I am ${name}`)
  await site.edit(theirs, `I am still ${name}`)
  await store.append({ room: direct, id: uuidv7(), author: 'sam', text: 'ah', replyTo: theirs.id })
  await site.delete(await site.say(direct, user, 'wrong'))
  const said = (
    await store.append({
      room: group,
      id: uuidv7(),
      author: 'sam',
      text: 'who?',
      mentions: [{ userId: user, at: 0, length: 3 }],
    })
  ).message
  await store.append({
    room: group,
    id: uuidv7(),
    author: user,
    text: '@sam @all',
    mentions: [{ userId: 'sam', at: 0, length: 4 }],
    mentionsRoom: { at: 5, length: 4 },
  })
  for (const by of ['lee', user]) await store.react({ room: group, id: said.id, by, emoji: '👍', on: true })
  await store.amend({ kind: 'pin', room: group, id: said.id, by: user, on: true })
  // Where they never were.
  const elsewhere = await site.group('Elsewhere', 'sam', 'lee')
  await store.append({ room: elsewhere, id: uuidv7(), author: 'sam', text: 'said again', forwarded: user })
  await store.importMessages({
    room: elsewhere,
    messages: [{ id: uuidv7(), author: user, text: name, at: 5 }],
    reads: [],
  })
  // More than a summary names react before them.
  const crowd = Array.from({ length: 25 }, (_, nth) => `crowd${nth}`)
  const big = await site.group('Big', 'sam', ...crowd, user)
  const liked = await site.say(big, 'sam', 'like me')
  for (const by of [...crowd, user]) await store.react({ room: big, id: liked.id, by, emoji: '🎉', on: true })
  const about = (
    text: string,
    system: { event: 'added' | 'left' | 'described'; userId?: string },
    authorId: string,
  ) => ({ id: uuidv7(), authorId, text, system })
  const ann = await site.users('ann').then(() => 'ann')
  await store.alterRoom({
    room: group,
    by: user,
    kind: 'add',
    user: ann,
    mostAdded: 5,
    systemMessage: about(`${name} added ann`, { event: 'added', userId: ann }, user),
  })
  await store.alterRoom({
    room: group,
    by: user,
    kind: 'describe',
    description: 'ours',
    systemMessage: about(`${name} changed the description`, { event: 'described' }, user),
  })
  const other = await site.group('Other', 'sam', 'lee')
  await store.alterRoom({
    room: other,
    by: 'sam',
    kind: 'add',
    user,
    systemMessage: about(`sam added ${name}`, { event: 'added', userId: user }, 'sam'),
  })
  await store.alterRoom({
    room: other,
    by: user,
    kind: 'remove',
    user,
    systemMessage: about(`${name} left`, { event: 'left' }, user),
  })
  await store.arrange({ room: group, user, pinned: true, unreadFrom: 1 })
  // A guest who signed in as them.
  const guest = await store.addGuest({ id: guestId(uuidv7()), name: 'Visitor' })
  await store.mergeGuest({ guest: guest.id, user })
  const webhook = {
    tenant,
    id: 'hook',
    url: 'https://site.test/',
    events: 'all',
    secrets: ['s'],
    createdAt: 1,
  } as const
  await stores.webhooks.add(webhook)
  await stores.webhooks.tellUnread(tenant, [user], 5)
  await stores.webhooks.holdRooms(webhook, [{ room: `@${user}`, attempts: 1, nextAt: 1, why: 'no' }], {
    at: 5,
    old: 0,
  })
  const request = { tenant, key: 'a key', name: 'a name', fingerprint: 'of it' }
  await stores.idempotency.begin(request, { now: Date.now(), old: 0, abandoned: 0, most: 1 })
  await stores.idempotency.finish(request, { status: 200, body: JSON.stringify({ id: user, name }) })
  await stores.signOuts.put(
    { tenant, user, at: Date.now(), tokensFrom: 5, isDisabled: true, isEnabled: false },
    0,
  )
}

async function erase({ stores }: ScannedStore, tenant: string, removesMessages: boolean): Promise<void> {
  const store = stores.forTenant(tenant)
  await store.beginErasing(user)
  while (!(await store.eraseSome({ user, removesMessages })).isDone);
}

const tableOf = (column: string) => column.split('.')[0] ?? ''

for (const [database, open] of Object.entries(scannedStores))
  describe(`on ${database}`, () => {
    let world: ScannedStore
    before(async () => {
      world = await open()
      for (const tenant of ['tombs', 'none']) await live(world, tenant)
    })
    after(() => world.close())

    it('a user is in each table of which the list says that erasing changes it, and in no other', async () => {
      await world.stores.forTenant('begun').saveUser({ id: user, name })
      await world.stores.forTenant('begun').beginErasing(user)
      const found = new Set((await world.find(traces)).map(tableOf))
      // A room names its members by a hash of them, and a sign-in that is over nobody.
      const expected = tables.filter(({ erase, name }) => erase.how !== 'nobody' && name !== 'rooms')
      assert.deepEqual([...found].sort(), expected.map((one) => one.name).sort())
      while (!(await world.stores.forTenant('begun').eraseSome({ user, removesMessages: false })).isDone);
    })

    it('the first erasure of a database stands, though another write at the same moment fails', async () => {
      const { stores, close } = await open()
      try {
        const store = stores.forTenant('default')
        await store.saveUser({ id: user, name })
        const written = [store.beginErasing(user), store.setPresence('unknown', { show: 'contacts' })]
        const outcomes = await Promise.allSettled(written)
        assert.deepEqual(
          outcomes.map(({ status }) => status),
          ['fulfilled', 'rejected'],
        )
        await assert.rejects(store.saveUser({ id: user, name }), problem('forbidden'))
      } finally {
        await close()
      }
    })

    it('once erased, the user is in no column and no index, by id or by name', async () => {
      await erase(world, 'tombs', false)
      await erase(world, 'none', true)
      assert.deepEqual(await world.find(traces), [])
      const bytes = world.bytes?.()
      if (bytes)
        assert.deepEqual(
          traces.filter((text) => bytes.includes(text)),
          [],
        )
    })
  })
