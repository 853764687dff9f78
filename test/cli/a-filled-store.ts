/** Databases with something of everything in them, and what all their readers see. */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { uuidv7 } from 'uuidv7'
import { guestId } from '../../server/protocol/guests.ts'
import { Seal } from '../../server/store/sealing.ts'
import { knownFolderKeys } from '../../server/store/sqlite/seal-key.ts'
import type { Store, Stores } from '../../server/store/store.ts'
import { allPages, Site } from '../contract/store/a-world.ts'
import { type Move, people, play, someTurns } from '../contract/store/moves.ts'

/** `default` has users and rooms without being configured. */
const tenants = ['default', 'acme']
/** Their order in UTF-16 is not that of their bytes. */
const odd = ['\u{fb00}', '😀', 'é', "O'Neil \\ %"]
const everybody = [...people, ...odd]

/** What happens in a tenant, beside what happens in each. */
export type Life = { readonly turns: Move[][]; readonly said: string[]; readonly name: string }

const anything = (minLength: number) =>
  fc.string({ unit: 'binary', minLength, maxLength: 40 }).map((text) => text.replaceAll('\0', '\ufffd'))

export const someLife: fc.Arbitrary<Life> = fc.record({
  turns: someTurns,
  said: fc.array(anything(1), { minLength: 4, maxLength: 12 }),
  name: anything(1),
})

const aLife: Life = { turns: [], said: ['one', 'two', 'three', 'four'], name: 'Wörld' }

/** Opens the folder's database as a server, lives in it, and stops cleanly. */
export async function fill({ open }: { open(): Stores }, life: Life = aLife): Promise<void> {
  const stores = open()
  await stores.tenants.add({
    id: 'acme',
    hosts: ['chat.acme.test', 'acme.test'],
    secrets: ['the newer secret "of \\ acme"', 'the older'],
    origins: ['https://www.acme.test'],
    settings: { directory: 'shared', 'limits.textChars': 4_000, 'features.typing': false },
  })
  const webhook = { id: 'a webhook', url: 'https://acme.test/hook', createdAt: 1 } as const
  for (const tenant of tenants)
    await stores.webhooks.add({
      ...webhook,
      tenant,
      events: 'all',
      secrets: ['whsec_bmV3ZXI=', `of ${tenant}`],
    })
  for (const tenant of tenants) {
    const later = { amendAsBefore: async () => {}, addUsers: async () => {} }
    await live(new Site({ stores, later, close: async () => {} }, tenant), life)
    const key = {
      id: `${tenant}-key`,
      hash: 'of a secret',
      name: life.name,
      scopes: ['rooms', 'read'],
    } as const
    await stores.keys.add(tenant, { ...key, createdAt: Date.UTC(2026, 0, 1) })
    await stores.keys.markUsed(tenant, key.id, Date.UTC(2026, 0, 2))
  }
  // The rest stays in the log.
  while (await stores.webhooks.sortOut());
  for (const tenant of tenants) {
    const store = stores.forTenant(tenant)
    for (const user of ['zed', 'zoe']) await store.beginErasing(user)
    while (!(await store.eraseSome({ user: 'zed', removesMessages: false })).isDone);
  }
  for (const tenant of tenants) {
    const request = repeatedRequest(tenant)
    await stores.idempotency.begin(request, { ...bounds, now: 5 })
    await stores.idempotency.finish(request, { status: 201, body: '{"id":"é"}' })
  }
  for (const tenant of tenants)
    await stores.signOuts.put(
      { tenant, user: 'lee', at: 5, tokensFrom: 4, isDisabled: true, isEnabled: false },
      0,
    )
  const hold = { room: 'a room', attempts: 2, nextAt: 3, why: 'no answer' }
  for (const tenant of tenants)
    await stores.webhooks.holdRooms({ ...webhook, tenant }, [hold], { at: 5, old: 4 })
  await stores.close()
}

const repeatedRequest = (tenant: string) => ({
  tenant,
  key: `${tenant}-key`,
  name: 'a',
  fingerprint: 'of it',
})
const bounds = { old: 0, abandoned: 0, most: 10 }

async function live(site: Site, { turns, said, name }: Life): Promise<void> {
  const { store } = site
  await site.users(...everybody)
  await store.saveUser({ id: 'mina', name, avatarUrl: 'https://cdn.test/mina.png', about: `${name}!` })
  await store.markSeen(['mina', 'sam'], Date.UTC(2026, 0, 2))
  await play([store], await site.group('changing', ...people), turns)

  const direct = await site.room('mina', 'sam')
  for (const [index, text] of said.entries()) {
    const message = await site.say(direct, index % 2 ? 'sam' : 'mina', text)
    if (index % 3 === 1) await site.edit(message, `${text} again`)
    if (index % 4 === 2) await site.delete(message)
  }
  await store.markRead(direct, 'mina', 2)
  const asked = await site.say(direct, 'mina', 'Lunch?')
  await store.append({ room: direct, id: uuidv7(), author: 'sam', text: 'yes', replyTo: asked.id })
  for (const by of ['sam', 'mina'])
    for (const emoji of ['👩🏽‍🚀', '👍'])
      await store.react({ room: direct, id: asked.id, by, emoji, on: true })

  const group = await site.group(name, ...odd, 'ada')
  const mentions = [{ userId: odd[1] ?? '', at: 0, length: 3 }]
  const first = await store.append({ room: group, id: uuidv7(), author: 'ada', text: '@é!', mentions })
  await store.amend({ kind: 'edit', room: group, id: first.message.id, by: 'ada', text: '@é?', mentions })
  const toAll = { text: '@all', mentionsRoom: { at: 0, length: 4 } }
  await store.append({ room: group, id: uuidv7(), author: odd[0] ?? '', ...toAll })
  await site.alter(group, { kind: 'describe', description: name }, 'ada')
  const by = odd[0] ?? ''
  await site.alter(group, { kind: 'configure', settings: { slowMode: 5 } }, by)
  await store.setUpRoom({ room: group, pictureUrl: 'https://cdn.test/group.png', join: 'open' })
  const link = { room: group, by, id: uuidv7(), expiresAt: Date.UTC(2100, 0), maxUses: 5 }
  await store.createLink({ ...link, code: `code of ${site.tenant}` })
  await site.say(group, '😀', said[0])
  await site.alter(group, { kind: 'remove', user: 'ada' }, '\u{fb00}')
  await site.say(group, 'é', said[1])
  await site.mute(group, 'é')
  await store.arrange({ room: group, user: '😀', pinned: true, mutedUntil: Date.UTC(2100, 0), unreadFrom: 1 })
  await store.arrange({ room: direct, user: 'mina', archived: true, muteMentions: true })
  await site.room('mina')
  for (const n of [1, 2]) await store.addGuest({ id: guestId(`${n}`), name: `${name} ${n}`, most: 9 })
  await store.mergeGuest({ guest: guestId('1'), user: 'mina' })
}

/** Everything that anybody in the database sees. */
export async function viewsOf(stores: Stores) {
  const inTenants = tenants.map(async (tenant) => {
    const store = stores.forTenant(tenant)
    const users = await allPages(async (cursor) => {
      const found = await store.searchUsers({ query: '', limit: 3, ...(cursor !== undefined && { cursor }) })
      return { ...found, entries: found.users }
    })
    const seen = await Promise.all(users.flat().map(({ id }) => seenBy(store, id)))
    const rooms = [...new Set(seen.flatMap(({ joined }) => joined.map(({ room }) => room)))].sort()
    return { users, seen, rooms: await Promise.all(rooms.map((room) => shownOf(store, room))) }
  })
  const keys = await Promise.all(tenants.map((tenant) => stores.keys.list(tenant)))
  const signOuts = await stores.signOuts.list(0)
  const places = await stores.webhooks.listPending(undefined, 1_000)
  const told = await Promise.all(places.map((place) => stores.webhooks.readEvents(place, 1_000)))
  const webhooks = { all: await stores.webhooks.list(), places, told }
  const repeated = await Promise.all(
    tenants.map((tenant) => stores.idempotency.begin(repeatedRequest(tenant), { ...bounds, now: 6 })),
  )
  return {
    tenants: await stores.tenants.list(),
    keys,
    signOuts,
    webhooks,
    repeated,
    inTenants: await Promise.all(inTenants),
  }
}

async function seenBy(store: Store, user: string) {
  const joined = await store.listMemberships(user)
  return {
    user: await store.findUser(user),
    unread: await store.countUnread(user),
    mentions: await store.countMentions(user),
    joined,
    rooms: await allPages(async (cursor) => {
      const page = await store.listRooms(user, { limit: 2, ...(cursor !== undefined && { cursor }) })
      return { ...page, entries: page.rooms }
    }),
    marks: await store.readHeads(
      user,
      joined.map(({ room }) => room),
    ),
    found: await store.searchUsers({ query: 'w', sharingWith: user, limit: 10 }),
    open: await store.listOpenRooms({ viewer: user, query: '', limit: 10 }),
    behind: await store.findByLink('code of acme', user),
  }
}

async function shownOf(store: Store, room: string) {
  return {
    view: await store.findRoom(room),
    versions: await store.readVersions([room]),
    members: (await store.listMembers(room, { limit: 100 })).members,
    newest: await store.readPage(room, {}, 100),
    around: await store.readPage(room, { around: 3 }, 2),
    changes: await store.readChanges(room, 0, 100),
    since: await store.readChanges(room, 2, 100),
  }
}

/** Rooms may have other numbers in another database. */
const selects: { readonly [table: string]: string } = {
  rooms: 'SELECT *, NULL AS no FROM rooms',
  messages: `SELECT r.tenant, r.id AS of, m.*, NULL AS key, NULL AS room
             FROM messages m LEFT JOIN rooms r ON r.no = m.room`,
}

/** Every row of a folder's database, but for what belongs to it alone. */
export function rowsIn(folder: string): { readonly [table: string]: readonly string[] } {
  return onFile(folder, (db) => {
    const isTable = `type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_\\_%' ESCAPE '\\'`
    const names = db.prepare<[], string>(`SELECT name FROM sqlite_master WHERE ${isTable}`).pluck().all()
    const rowsOf = (name: string) => {
      const rows = db
        .prepare(selects[name] ?? `SELECT * FROM ${name}`)
        .all()
        .map((row) =>
          JSON.stringify(['tenants', 'webhooks'].includes(name) ? unsealed(folder, row as SealedRow) : row),
        )
      return rows.filter((row) => name !== 'meta' || !/"(epoch|stopped)"/.test(row)).sort()
    }
    return Object.fromEntries(names.map((name) => [name, rowsOf(name)]))
  })
}

/** Of a tenant, or of one's webhook. */
type SealedRow = { readonly id: string; readonly tenant?: string; readonly secrets: string }

/** Each folder seals with a key of its own. */
function unsealed(folder: string, row: SealedRow): SealedRow {
  const seal = new Seal(() => knownFolderKeys(folder))
  const secrets: string[] = JSON.parse(row.secrets)
  return { ...row, secrets: JSON.stringify(secrets.map((text) => seal.open(text, row.tenant ?? row.id))) }
}

/** What somebody with a tool of SQLite's does to a folder's database, or finds there. */
export function onFile<T>(folder: string, look: (db: Database.Database) => T): T {
  const db = new Database(join(folder, 'chatter.db'))
  try {
    return look(db)
  } finally {
    db.close()
  }
}
