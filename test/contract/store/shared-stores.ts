/** The stores that all tenants share are asked about one of them each time, and answer and change nothing of another. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { KeptAnswer, Stores } from '../../../server/store/store.ts'
import { aRoom, type World } from './a-world.ts'
import { rooms, users } from './visits.ts'

type Shared = 'keys' | 'idempotency' | 'signOuts' | 'webhooks' | 'erasures' | 'tenants'
type SharedVisits = {
  readonly [S in Shared]: { readonly [M in keyof Stores[S]]: (stores: Stores, tenant: string) => unknown }
}

const sameRoom = rooms[0] ?? ''
const hook = (tenant: string) => ({ tenant, id: 'same-hook' })
const place = (tenant: string) => ({ tenant, webhook: 'same-hook', room: sameRoom })
const request = (tenant: string) => ({ tenant, key: 'same-key', name: 'same-name', fingerprint: 'same' })
const bounds = { now: 5, old: 0, abandoned: 0, most: 100 }
const answerOf = (tenant: string): KeptAnswer => ({ status: 201, body: `answered ${tenant}` })
const newEvent = { room: sameRoom, rev: 900, event: 'room.changed', seq: null, at: 1 } as const
const held = { room: sameRoom, attempts: 2, nextAt: 7, why: 'no answer' }
const keyNamed = (id: string, tenant: string) => ({
  ...{ id, hash: `hash ${tenant}`, name: tenant, scopes: ['read' as const], createdAt: 0 },
})
const out = { at: 9, tokensFrom: null, isDisabled: true, isEnabled: false }
const late = Number.MAX_SAFE_INTEGER
/** What lists all tenants is asked about one. */
const ofIt = <T extends { readonly tenant: string }>(all: readonly T[], tenant: string) =>
  all.filter((one) => one.tenant === tenant)
const sortOutAll = async ({ webhooks }: Stores) => {
  while (await webhooks.sortOut());
}
const checkOf = async ({ webhooks }: Stores, tenant: string) =>
  (await webhooks.listChecks([tenant], late, 10))[0] ?? assert.fail(`${tenant} has a check`)

/** One call of each method, in the order in which they leave something to the next. */
const sharedVisits: SharedVisits = {
  keys: {
    list: ({ keys }, tenant) => keys.list(tenant),
    find: ({ keys }, tenant) => keys.find(tenant, 'same-key'),
    markUsed: ({ keys }, tenant) => keys.markUsed(tenant, 'same-key', 8),
    add: ({ keys }, tenant) => keys.add(tenant, keyNamed('another', tenant)),
    remove: ({ keys }, tenant) => keys.remove(tenant, 'same-key'),
  },
  idempotency: {
    begin: async ({ idempotency }, tenant) => {
      assert.equal(await idempotency.begin(request(tenant), bounds), 'begun')
    },
    release: ({ idempotency }, tenant) => idempotency.release(request(tenant)),
    // Whose they are makes no difference: it goes by their time alone.
    forget: ({ idempotency }) => idempotency.forget(0),
    finish: async ({ idempotency }, tenant) => {
      await idempotency.begin(request(tenant), bounds)
      await idempotency.finish(request(tenant), answerOf(tenant))
      return idempotency.begin(request(tenant), bounds)
    },
  },
  signOuts: {
    put: ({ signOuts }, tenant) => signOuts.put({ tenant, user: 'sam', ...out, tokensFrom: 5 }, 0),
    list: async ({ signOuts }, tenant) => ofIt(await signOuts.list(0), tenant),
    listSince: async ({ signOuts }, tenant) => ofIt(await signOuts.listSince(0), tenant),
  },
  webhooks: {
    sortOut: async (stores, tenant) => {
      await stores
        .forTenant(tenant)
        .append({ room: sameRoom, id: rooms[2] ?? '', author: 'lee', text: 'more' })
      await sortOutAll(stores)
    },
    list: ({ webhooks }, tenant) => webhooks.list(tenant),
    listPending: async ({ webhooks }, tenant) => ofIt(await webhooks.listPending(undefined, 1_000), tenant),
    readBacklog: ({ webhooks }, tenant) => webhooks.readBacklog(hook(tenant)),
    readEvents: ({ webhooks }, tenant) => webhooks.readEvents(place(tenant), 100),
    putEvents: ({ webhooks }, tenant) => webhooks.putEvents(hook(tenant), [newEvent]),
    holdRooms: ({ webhooks }, tenant) => webhooks.holdRooms(hook(tenant), [held], { at: 6, old: late }),
    endHolds: ({ webhooks }, tenant) => webhooks.endHolds(hook(tenant)),
    markDelivered: ({ webhooks }, tenant) =>
      webhooks.markDelivered(hook(tenant), [{ room: sameRoom, revs: [1, 2, 3, 900] }], late),
    lease: async ({ webhooks }, tenant) => ofIt(await webhooks.lease('a server', 60_000), tenant),
    release: ({ webhooks }) => webhooks.release('a server'),
    listChecks: ({ webhooks }, tenant) => webhooks.listChecks([tenant], late, 10),
    findUnread: async (stores, tenant) => stores.webhooks.findUnread(await checkOf(stores, tenant), '', 100),
    tellUnread: ({ webhooks }, tenant) => webhooks.tellUnread(tenant, [...users], late),
    endCheck: async (stores, tenant) => stores.webhooks.endCheck(await checkOf(stores, tenant)),
    changeSecrets: ({ webhooks }, tenant) => webhooks.changeSecrets(hook(tenant), () => [`new ${tenant}`]),
    disable: ({ webhooks }, tenant) => webhooks.disable(hook(tenant), 4, 'gone'),
    remove: ({ webhooks }, tenant) => webhooks.remove(hook(tenant)),
    add: ({ webhooks }, tenant) => webhooks.add(hookOf(tenant)),
  },
  erasures: {
    list: async ({ erasures }, tenant) => ofIt(await erasures.list(0), tenant),
    hashOf: async ({ erasures }, tenant) => {
      const [here, there] = await Promise.all(
        [tenant, 'another'].map((one) => erasures.hashOf({ tenant: one, user: 'sam' })),
      )
      assert.notEqual(here, there)
    },
    forget: ({ erasures }) => erasures.forget(0),
  },
  tenants: {
    list: async ({ tenants }, tenant) => (await tenants.list()).filter(({ id }) => id === tenant),
    readVersion: ({ tenants }) => tenants.readVersion(),
    hasUsers: async ({ tenants }) => assert.equal(await tenants.hasUsers('of-nobody'), false),
    isDefaultOpen: ({ tenants }) => tenants.isDefaultOpen(),
    openDefault: ({ tenants }) => tenants.openDefault(),
    change: ({ tenants }, tenant) =>
      tenants.change(tenant, { isDisabled: true, settings: { keepDays: 9 }, origins: [], secrets: ['new'] }),
    remove: ({ tenants }, tenant) => tenants.remove(tenant),
    add: ({ tenants }, tenant) => tenants.add(rowOf(tenant)),
  },
}

const hookOf = (tenant: string) => ({
  ...{ ...hook(tenant), url: 'https://shop.example/hook', events: 'all' as const },
  ...{ secrets: [`whsec ${tenant}`], createdAt: 0 },
})
const rowOf = (id: string) => ({ id, hosts: [`${id}.test`], secrets: [`secret ${id}`], origins: [] })

/** Something in each of the shared stores, under the same ids for each tenant. */
async function share(stores: Stores, tenant: string): Promise<void> {
  await stores.tenants.add(rowOf(tenant))
  await stores.webhooks.add(hookOf(tenant))
  const store = stores.forTenant(tenant)
  for (const id of users) await store.saveUser({ id })
  await store.openRoom(aRoom(users, sameRoom))
  await store.append({ room: sameRoom, id: rooms[1] ?? '', author: 'sam', text: `said ${tenant}` })
  await sortOutAll(stores)
  await stores.webhooks.holdRooms(hook(tenant), [{ ...held, why: `why ${tenant}` }], { at: 6, old: 0 })
  await stores.keys.add(tenant, keyNamed('same-key', tenant))
  await stores.signOuts.put({ tenant, user: 'sam', ...out }, 0)
  await store.beginErasing('ada')
}

/** All that there is of a tenant in the shared stores. */
async function sharedOf(stores: Stores, tenant: string): Promise<unknown> {
  const { keys, signOuts, webhooks, erasures, tenants } = stores
  return {
    keys: await keys.list(tenant),
    signOuts: ofIt(await signOuts.list(0), tenant),
    webhooks: await webhooks.list(tenant),
    backlog: await webhooks.readBacklog(hook(tenant)),
    pending: ofIt(await webhooks.listPending(undefined, 1_000), tenant),
    events: await webhooks.readEvents(place(tenant), 100),
    checks: await webhooks.listChecks([tenant], late, 10),
    unread: await webhooks.findUnread(await checkOf(stores, tenant), '', 100),
    erasures: ofIt(await erasures.list(0), tenant),
    row: (await tenants.list()).find(({ id }) => id === tenant),
    said: await stores.forTenant(tenant).readPage(sameRoom, {}, 100),
  }
}

/** Everything is the same at both but for the words: `walked` is asked, and `still` stays as it is. */
async function walk(stores: Stores, walked: string, still: string): Promise<void> {
  // Only where it is still: a request of the same name is none of the other's.
  await stores.idempotency.begin(request(still), bounds)
  await stores.idempotency.finish(request(still), answerOf(still))
  const before = await sharedOf(stores, still)
  const calls = Object.entries(sharedVisits).flatMap(([store, methods]) =>
    Object.entries(methods).map(([method, visit]) => ({ name: `${store}.${method}`, visit })),
  )
  for (const { name, visit } of calls) {
    const answer = await visit(stores, walked)
    assert.doesNotMatch(JSON.stringify(answer ?? ''), new RegExp(`${still}\\b`), name)
    assert.deepEqual(await sharedOf(stores, still), before, name)
  }
  assert.deepEqual(await stores.idempotency.begin(request(still), bounds), answerOf(still))
}

/** Nothing of one tenant shows in another, though both use the same ids. */
export function sharedStorePromises(world: World): void {
  it('every store that all tenants share, and every method of it, has a visit here', () => {
    const { stores } = world
    const isStore = (value: unknown) => typeof value === 'object' && value !== null
    const names = Object.entries(stores).flatMap(([name, value]) => (isStore(value) ? [name] : []))
    // Of databases and servers, and of no tenant.
    assert.deepEqual(names.filter((name) => name !== 'servers').sort(), Object.keys(sharedVisits).sort())
    for (const [name, methods] of Object.entries(sharedVisits))
      assert.deepEqual(Object.keys(methods).sort(), Object.keys(stores[name as Shared]).sort(), name)
  })

  for (const which of ['before', 'after'] as const)
    it(`a tenant that was there ${which} another is asked and changed, and the other stays`, async () => {
      const { stores } = world
      const pair = [world.site().tenant, world.site().tenant] as const
      for (const tenant of pair) await share(stores, tenant)
      const [walked, still] = which === 'before' ? pair : ([pair[1], pair[0]] as const)
      await walk(stores, walked, still)
      for (const tenant of pair) await stores.tenants.remove(tenant)
      await stores.tenants.openDefault()
    })
}
