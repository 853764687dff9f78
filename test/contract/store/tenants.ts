import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Problem } from '../../../server/protocol/problems.ts'
import { type SettingsChange, type StoredSettings, settingsFrom } from '../../../server/rules/settings.ts'
import type { NewTenant, Tenant } from '../../../server/store/store.ts'
import { problem, type Site, type World } from './a-world.ts'

let made = 0

function aTenant(parts: Partial<NewTenant> = {}): NewTenant {
  const id = parts.id ?? `tenant-${++made}`
  const defaults = { hosts: [`${id}.example.com`], secrets: ['s'.repeat(32)], origins: [] }
  return { ...defaults, ...parts, id }
}

/** How it is shown. */
const shown = ({ settings = {}, ...tenant }: NewTenant): Tenant => ({
  ...tenant,
  settings: settingsFrom(settings as StoredSettings),
})

/** Tenants as the command line manages them. */
export function tenantPromises(world: World): void {
  it('secrets that follow from those that are there follow from the latest, whoever changes them at the same time', async () => {
    const { tenants } = world.stores
    const id = 'rotating'
    await tenants.add({ id, hosts: ['rotating.test'], secrets: ['first'], origins: [] })
    const changes = Array.from({ length: 20 }, (_, n) =>
      tenants.change(id, { secrets: (now) => (n % 2 ? now : [`next-${n}`, ...now]) }),
    )
    await Promise.all(changes)
    const { secrets } = (await tenants.list()).find((one) => one.id === id) ?? assert.fail('it is there')
    assert.equal(secrets.length, 11)
    assert.equal(secrets.at(-1), 'first')
    const refuse = () => {
      throw new Problem('conflict', 'not so')
    }
    await assert.rejects(tenants.change(id, { hosts: ['other.test'], secrets: refuse }), problem('conflict'))
    const after = (await tenants.list()).find((one) => one.id === id)
    assert.deepEqual([after?.hosts, after?.secrets], [['rotating.test'], secrets])
    await tenants.remove(id)
  })

  const find = async (id: string) => (await world.stores.tenants.list()).find((tenant) => tenant.id === id)

  /** Whether `work` moves the version, by which every process sees that its list is old. */
  async function moves(work: () => Promise<unknown>): Promise<boolean> {
    const before = await world.stores.tenants.readVersion()
    await work().catch(() => {})
    return (await world.stores.tenants.readVersion()) !== before
  }

  it('a tenant is kept as it was added, hosts in order of the alphabet', async () => {
    const tenant = aTenant({
      hosts: ['b.example.org', 'a.example.org', '[::1]'],
      secrets: ['newest', 'older'],
      origins: ['https://www.example.org', 'http://localhost:3000'],
      settings: { directory: 'shared', 'limits.textChars': 500 },
    })
    await world.stores.tenants.add(tenant)
    assert.deepEqual(await find(tenant.id), {
      ...shown(tenant),
      hosts: ['[::1]', 'a.example.org', 'b.example.org'],
    })
    await world.stores.tenants.remove(tenant.id)
  })

  it('is disabled since the first time it was, and enabled again; and the second time changes nothing', async () => {
    const { tenants } = world.stores
    const tenant = aTenant()
    await tenants.add(tenant)
    const first = await tenants.change(tenant.id, { isDisabled: true })
    const disabledAt = first.disabledAt ?? assert.fail('it says since when')
    assert.deepEqual(first, { ...shown(tenant), disabledAt })
    await tenants.change(tenant.id, { isDisabled: true })
    assert.deepEqual(await find(tenant.id), first)
    await tenants.change(tenant.id, { origins: ['https://three.test'] })
    assert.equal((await find(tenant.id))?.disabledAt, disabledAt)
    const { enabledAt, ...enabled } = await tenants.change(tenant.id, { isDisabled: false })
    assert.ok(enabledAt && enabledAt >= disabledAt)
    assert.equal('disabledAt' in enabled, false)
    assert.equal((await tenants.change(tenant.id, { isDisabled: false })).enabledAt, enabledAt)
    await tenants.remove(tenant.id)
  })

  it('a change touches what it names and leaves the rest', async () => {
    const { tenants } = world.stores
    const tenant = aTenant({ hosts: ['one.test', 'two.test'] })
    await tenants.add(tenant)
    const settings = { directory: 'none', 'limits.members': 9 }
    assert.deepEqual(await tenants.change(tenant.id, { settings }), shown({ ...tenant, settings }))
    const origins = ['https://three.test']
    const changed = await tenants.change(tenant.id, { hosts: ['two.test', 'three.test'], origins })
    const expected = shown({ ...tenant, settings, hosts: ['three.test', 'two.test'], origins })
    assert.deepEqual(changed, expected)
    assert.deepEqual(await find(tenant.id), expected)
    assert.deepEqual(await tenants.change(tenant.id, { secrets: ['b', 'a'] }), {
      ...expected,
      secrets: ['b', 'a'],
    })
    await tenants.remove(tenant.id)
    assert.equal(await find(tenant.id), undefined)
  })

  it('a setting changes alone, and takes its default again', async () => {
    const { tenants } = world.stores
    const tenant = aTenant({ settings: { 'limits.textChars': 10 } })
    await tenants.add(tenant)
    const set = async (settings: SettingsChange) => (await tenants.change(tenant.id, { settings })).settings
    const usual = settingsFrom({})
    const short = { ...usual, limits: { ...usual.limits, textChars: 10 } }
    const silent = { ...short, features: { ...usual.features, typing: false } }
    assert.deepEqual(await set({ 'features.typing': false }), silent)
    assert.deepEqual(await set({ directory: 'shared' }), { ...silent, directory: 'shared' })
    assert.deepEqual(await set({ 'features.typing': undefined, directory: undefined }), short)
    assert.deepEqual(await set({ 'limits.textChars': undefined }), usual)
    assert.deepEqual(await find(tenant.id), shown({ ...tenant, settings: {} }))
    await tenants.remove(tenant.id)
  })

  it('an id or a host that is taken is a conflict, and nothing changes', async () => {
    const { tenants } = world.stores
    const [one, other] = [aTenant({ hosts: ['taken.test', 'one.test'] }), aTenant()]
    await tenants.add(one)
    await tenants.add(other)
    const before = await tenants.list()
    await assert.rejects(tenants.add(aTenant({ id: one.id, hosts: ['new.test'] })), problem('conflict'))
    await assert.rejects(tenants.add(aTenant({ hosts: ['new.test', 'taken.test'] })), problem('conflict'))
    const hosts = [...other.hosts, 'taken.test']
    await assert.rejects(
      tenants.change(other.id, { hosts, settings: { directory: 'none' } }),
      problem('conflict'),
    )
    assert.deepEqual(await tenants.list(), before)
    await tenants.remove(one.id)
    assert.deepEqual((await tenants.change(other.id, { hosts })).hosts.toSorted(), hosts.toSorted())
    await tenants.remove(other.id)
  })

  it('a host named twice is one host', async () => {
    const { tenants } = world.stores
    const tenant = aTenant({ hosts: ['twice.test', 'twice.test'] })
    await tenants.add(tenant)
    assert.deepEqual((await find(tenant.id))?.hosts, ['twice.test'])
    await tenants.remove(tenant.id)
  })

  it('a tenant that does not exist can be neither changed nor removed', async () => {
    const { tenants } = world.stores
    await assert.rejects(tenants.change('nobody', { origins: [] }), problem('not_found'))
    await assert.rejects(tenants.remove('nobody'), problem('not_found'))
  })

  it('the version moves with every change, and only then', async () => {
    const { tenants } = world.stores
    const tenant = aTenant()
    assert.equal(await moves(() => tenants.add(tenant)), true)
    assert.equal(await moves(() => tenants.list()), false)
    assert.equal(await moves(() => tenants.add(tenant)), false)
    assert.equal(await moves(() => tenants.change(tenant.id, { origins: ['https://a.test'] })), true)
    assert.equal(await moves(() => tenants.change(tenant.id, { hosts: ['moved.test'] })), true)
    assert.equal(await moves(() => world.site().users('mina')), false)
    assert.equal(await moves(() => tenants.remove(tenant.id)), true)
    assert.equal(await moves(() => tenants.remove(tenant.id)), false)
  })

  it('a removed tenant is gone with all it had, also when its id comes back; others keep theirs', async () => {
    const { tenants } = world.stores
    const [leaving, staying] = [world.site(), world.site()]
    const fill = async (site: Site) => {
      await tenants.add(aTenant({ id: site.tenant }))
      const room = await site.room('mina', 'sam')
      const { id } = await site.say(room, 'sam')
      return { room, id }
    }
    const [gone, kept] = [await fill(leaving), await fill(staying)]
    await tenants.remove(leaving.tenant)
    // What a server still wrote, which had not heard of it.
    await leaving.users('late')
    await tenants.add(aTenant({ id: leaving.tenant }))
    const { store } = leaving
    for (const user of ['mina', 'sam', 'late']) assert.equal(await store.findUser(user), undefined)
    assert.deepEqual(await store.searchUsers({ query: '', limit: 9 }), { users: [], examined: 0 })
    assert.deepEqual(await store.searchUsers({ query: 'mina', limit: 9 }), { users: [], examined: 0 })
    assert.deepEqual(await store.listMemberships('mina'), [])
    assert.equal(await store.findRoom(gone.room), undefined)
    assert.equal(await store.findMessage(gone.room, gone.id), undefined)
    assert.notEqual(await leaving.room('mina', 'sam'), gone.room)
    assert.equal((await staying.store.findRoom(kept.room, 'mina'))?.me?.unread, 1)
    assert.equal(await staying.room('mina', 'sam'), kept.room)
    await tenants.remove(leaving.tenant)
    await tenants.remove(staying.tenant)
  })

  it('the tenant default keeps what it had before it was one', async () => {
    const { tenants } = world.stores
    const store = world.stores.forTenant('default')
    assert.equal(await tenants.hasUsers('default'), false)
    await store.saveUser({ id: 'mina', name: 'Mina' })
    assert.equal(await tenants.hasUsers('default'), true)
    await tenants.add(aTenant({ id: 'default' }))
    assert.equal((await store.findUser('mina'))?.name, 'Mina')
    await tenants.remove('default')
    assert.equal(await store.findUser('mina'), undefined)
  })

  it('the last tenant that goes closes default, until it is opened', async () => {
    const { tenants } = world.stores
    assert.deepEqual(await tenants.list(), [])
    await tenants.openDefault()
    assert.equal(await tenants.isDefaultOpen(), true)
    const [one, other] = [aTenant(), aTenant()]
    await tenants.add(one)
    await tenants.add(other)
    await tenants.remove(one.id)
    assert.equal(await tenants.isDefaultOpen(), true)
    await tenants.remove(other.id)
    assert.equal(await tenants.isDefaultOpen(), false)
    assert.equal(await moves(() => tenants.openDefault()), true)
    assert.equal(await tenants.isDefaultOpen(), true)
  })
}
