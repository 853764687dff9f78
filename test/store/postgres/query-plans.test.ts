import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { uuidv7 } from 'uuidv7'
import { guestId } from '../../../server/protocol/guests.ts'
import { limits } from '../../../server/protocol/limits.ts'
import { roomKey } from '../../../server/rules/room-key.ts'
import { openPostgres } from '../../../server/store/postgres/open.ts'
import type { Store } from '../../../server/store/store.ts'
import { aGroup, aRoom, aSystemMessage } from '../../contract/store/a-world.ts'
import { visits as methods } from '../../contract/store/visits.ts'
import { type PostgresServer, startPostgres } from '../../support/postgres.ts'

/** Ten times more than any of the visits needs, and far less than the room, its members or its writer's rooms. */
const fewRows = 450
const manyRows = 20_000
/** From the sixth on Postgres may keep to one plan, whatever becomes of the tables. */
const timesUntilPlanned = 8

const [room, small, slow, cut, large] = [uuidv7(), uuidv7(), uuidv7(), uuidv7(), uuidv7()]
const [author, reader, other, newcomer] = ['mina', 'sam', 'lee', 'ann']
const old = { room, id: uuidv7(), author, text: 'first' }
const seen = { room: cut, id: uuidv7(), author, text: 'seen by all' }

const visits: { readonly [what: string]: (store: Store) => Promise<unknown> } = {
  'a guest comes, writes, and signs in': async (store) => {
    const guest = guestId(uuidv7())
    await store.addGuest({ id: guest, name: 'Zoe', most: 1_000_000 })
    const { room } = await store.openRoom(aRoom([guest, reader]))
    await store.append({ room, id: uuidv7(), author: guest, text: 'Hello?' })
    await store.mergeGuest({ guest, user: author })
    await store.saveUser({ id: author, name: `Somebody ${guest}` })
  },
  'a message is sent': (store) => store.append({ ...old, id: uuidv7() }),
  'an answer is sent': (store) => store.append({ ...old, id: uuidv7(), replyTo: old.id }),
  'a message that mentions somebody is sent': (store) =>
    store.append({ ...old, id: uuidv7(), mentions: [{ userId: reader, at: 0, length: 1 }] }),
  'a message that mentions everybody is sent': (store) =>
    store.append({ ...old, id: uuidv7(), mentionsRoom: { at: 0, length: 1 } }),
  'a message is edited and mentions somebody': async (store) => {
    const mentions = [{ userId: reader, at: 0, length: 1 }]
    await store.amend({ kind: 'edit', room, id: old.id, by: author, text: uuidv7(), mentions })
  },
  'somebody is told how often they are mentioned': (store) => store.countMentions(reader),
  'somebody reacts, and takes it back': async (store) => {
    for (const on of [true, false]) await store.react({ room, id: old.id, by: author, emoji: '👍', on })
  },
  'a message is pinned and listed': async (store) => {
    for (const on of [true, false]) {
      await store.amend({ kind: 'pin', room, id: old.id, by: author, on })
      await store.listPins(room)
    }
  },
  'somebody is told which reactions are theirs': (store) =>
    store.filterReactions(room, author, [{ seq: 1, emoji: '👍' }]),
  'a message is sent where only owners write, in slow mode': (store) =>
    store.append({ ...old, room: slow, id: uuidv7() }),
  'a message is sent again': (store) => store.append(old),
  'the site says something, and something else': async (store) => {
    const id = uuidv7()
    await store.appendFromSite({ room, id, site: { text: 'Hello' } })
    await store.appendFromSite({ room, id, site: { text: 'Hello' } })
    await store.amend({ kind: 'edit-site', room, id, by: '', site: { title: 'Hello' } })
  },
  'a message is edited': (store) =>
    store.amend({ kind: 'edit', room, id: old.id, by: author, text: uuidv7() }),
  'a message of another chat comes, and is read': async (store) => {
    const message = { id: uuidv7(), author, text: 'from elsewhere', at: 0 }
    await store.importMessages({ room, messages: [message], reads: [{ user: reader, id: message.id }] })
  },
  'it is asked which messages a room has': (store) => store.filterMessages(room, [old.id, uuidv7()]),
  'a message is read': (store) => store.findMessage(room, old.id),
  'the newest page is read': (store) => store.readPage(room, {}, 10),
  'an older page is read': (store) => store.readPage(room, { around: 5 }, 10),
  'changes are read': async (store) => {
    const { head } = await store.readPage(room, {}, 1)
    return store.readChanges(room, head - 2, 10)
  },
  'a room is read on, and what is unread is counted': async (store) => {
    const { head } = await store.readPage(room, {}, 1)
    await store.markRead(room, reader, head - 5)
  },
  'a room that was read is pinned': async (store) => {
    await store.markRead(room, reader, Number.MAX_SAFE_INTEGER)
    await store.arrange({ room, user: reader, pinned: true })
  },
  'pinned rooms are listed, and archived ones counted': (store) => store.readArranged(reader),
  'what users decided of their presence is read': (store) => store.readPresence([reader, author]),
  'contacts are found': (store) => store.filterContacts(reader, [author]),
  'the heads of arranged rooms are read': (store) => store.readArrangedHeads(reader),
  'the rooms of a filter are listed, page by page': async (store) => {
    for (const filter of ['pinned', 'archived', 'mentions', 'unread'] as const) {
      const { cursor } = await store.listRooms(reader, { limit: 1, filter })
      if (cursor !== undefined) await store.listRooms(reader, { limit: 1, filter, cursor })
    }
  },
  'the newest of somebody’s rooms are listed': (store) => store.listRooms(reader, { limit: 10 }),
  'the groups that two people share are listed': (store) =>
    store.listRooms(reader, { limit: 10, sharedWith: author }),
  'it is listed where somebody’s rooms stand': (store) => store.listMemberships(reader),
  'it is listed where the rooms of some people stand': (store) => store.listMembershipsOf([reader]),
  'what is unread over all rooms is counted': (store) => store.countUnread(reader),
  'the people of somebody’s newest rooms are found': (store) =>
    store.findCompanions([reader], { rooms: 5, people: 5 }),
  'it is read where rooms stand for somebody who is in very many': (store) =>
    store.readHeads(author, [room, small]),
  'where rooms stand is read': (store) => store.readVersions([room, small]),
  'a room is opened by somebody who is in very many': (store) => store.findRoom(room, author),
  'a room is looked at by its host': (store) => store.findRoom(small),
  'a room is asked for a member who is in very many': async (store) => {
    await store.isMember(room, author)
    await store.filterMembers(room, [author])
    await store.countMembers(room)
  },
  'a page of the members of a large room is read': async (store) => {
    const { cursor } = await store.listMembers(room, { limit: 1 })
    await store.listMembers(room, { limit: 10, ...(cursor !== undefined && { cursor }) })
  },
  'somebody who is in very many rooms reads on in one': async (store) => {
    const { head } = await store.readPage(room, {}, 1)
    await store.markRead(room, author, head - 5)
  },
  'somebody who is in very many rooms arranges one': async (store) => {
    for (const muteMentions of [true, false]) await store.arrange({ room, user: author, muteMentions })
  },
  'a room is found by its members': (store) => store.findRoomByKey(roomKey([author, reader])),
  'a link is made and deleted': async (store) => {
    const link = { room, by: author, id: uuidv7() }
    await store.createLink({ ...link, code: link.id })
    await store.deleteLink(link)
  },
  'a group changes its name and its members': async (store) => {
    await store.alterRoom({ ...altered(), kind: 'rename', name: uuidv7() })
    await store.alterRoom({ ...altered(), kind: 'remove', user: reader })
    await store.alterRoom({ ...altered(), kind: 'add', user: reader })
    // Who is in very many rooms, and is that already.
    await store.alterRoom({ ...altered(), kind: 'set-role', user: author, role: 'owner' })
  },
  'a large group changes its name and its members': async (store) => {
    const by = (user: string) => ({ room: large, by: user, systemMessage: aSystemMessage(user) })
    await store.alterRoom({ ...by(author), kind: 'rename', name: uuidv7() })
    await store.alterRoom({ ...by(author), kind: 'remove', user: reader })
    await store.alterRoom({ ...by(author), kind: 'add', user: reader })
    // Its only owner: somebody else is one after that.
    await store.alterRoom({ ...by(author), kind: 'remove', user: author })
    const heir = await store.findOwner(large)
    assert.ok(heir !== undefined && heir !== author)
    await store.alterRoom({ ...by(heir), kind: 'add', user: author, role: 'owner' })
    await store.alterRoom({ ...by(author), kind: 'set-role', user: heir, role: 'member' })
  },
  'people are read': async (store) => {
    await store.findUser(reader)
    await store.findUsers([reader, author])
    await store.readDetails(reader)
    await store.readLastSeen([reader, author])
  },
  'people change': async (store) => {
    await store.saveUser({ id: reader, name: uuidv7() })
    for (const doNotDisturb of [true, false]) await store.setPresence(reader, { doNotDisturb })
  },
  'open rooms are listed': (store) => store.listOpenRooms({ viewer: reader, query: '', limit: 10 }),
  'a link is looked at': (store) => store.findByLink('code', reader),
  'links of a room are listed': (store) => store.listLinks({ room, by: author }),
  'all rooms are listed': (store) => store.listAllRooms({ limit: 10 }),
  'what came after a place is read': async (store) => {
    const { head } = await store.readPage(room, { around: 5 }, 10, 3)
    await store.readChanges(room, head - 2, 10, 3)
    await store.listPins(room, 3)
  },
  'it is asked from where members see a room': async (store) => {
    await store.visibleFrom(cut, newcomer)
    await store.filterMembers(room, [author, reader, newcomer])
  },
  'who sees a part of a room answers and reacts': async (store) => {
    await store.append({ ...seen, id: uuidv7(), author: newcomer, replyTo: seen.id })
    for (const on of [true, false])
      await store.react({ room: cut, id: seen.id, by: newcomer, emoji: '👍', on })
  },
  'a stranger sends': (store) => assert.rejects(store.append({ ...old, id: uuidv7(), author: 'stranger' })),
}

/** A change of the small group, by its owner. */
const altered = () => ({ room: small, by: author, systemMessage: aSystemMessage(author) })

/** What reads nothing of the database, and so has no visit. */
const notVisited: readonly string[] = ['epoch'] satisfies (keyof Store)[]

/** A search looks at so many rows by design, each through an index and with its user; far fewer than there are. */
const searches: {
  readonly [what: string]: { visit(store: Store): Promise<unknown>; readonly most: number }
} = {
  'people are found by one word': {
    visit: (store) => store.searchUsers({ query: 'common', limit: 10 }),
    most: fewRows,
  },
  'people are found by a rare word beside a common one': {
    visit: (store) => store.searchUsers({ query: 'common mina', limit: 10 }),
    // Each of them is compared, and the rare one read: 500 words in index and table, whatever comes after it.
    most: 3 * 500 * 2 + fewRows,
  },
  'people are looked for by two common words': {
    visit: (store) => store.searchUsers({ query: 'common usual', limit: 10 }),
    // To compare the words, and then of 2,000 rows the word and the user, in index and table.
    most: 2 * 500 * 2 + 2_000 * 4 + fewRows,
  },
  'members of a large group are found by one word': {
    visit: (store) => store.searchMembers({ room, query: 'common', limit: 10 }),
    // So many words, each with its user and its membership, and all of it of a room of one row when it was planned.
    most: 500 * 8 + fewRows,
  },
  'members of a small group are looked for': {
    visit: (store) => store.searchMembers({ room: small, query: 'mina', limit: 10 }),
    // From its place on, whosever they are.
    most: 500 * 2 + fewRows,
  },
  'people are marked as seen': {
    visit: (store) => store.markSeen([reader, author], Date.now()),
    // Without statistics all people of the tenant. By their place they would be lost to whoever changes them at the same time.
    most: 2 * 2 * manyRows + fewRows,
  },
  'all people are listed': { visit: (store) => store.searchUsers({ query: '', limit: 10 }), most: fewRows },
  'people of shared rooms are found': {
    visit: (store) => store.searchUsers({ query: 'mina', limit: 10, sharingWith: reader }),
    most: 5_000 * 4 + fewRows,
  },
  'somebody in very many rooms is known to a member of one of them': {
    visit: async (store) => assert.ok((await store.filterSharing(reader, [author])).has(author)),
    // It is counted how many they are, up to 1,000.
    most: 1_000 * 2 + fewRows,
  },
  'two people in very many rooms each know each other from none of those that are looked at': {
    visit: (store) => store.filterSharing(author, [other]),
    // Both are counted, and each of 1,000 rooms is asked for the other.
    most: 3 * 1_000 * 2 + 1_000 * 2 + fewRows,
  },
  'it is looked whether rooms have something too old': {
    visit: (store) => store.removeOld({ now: 0, keepDays: 1, after: '' }),
    // Of 200 rooms each with its first message.
    most: 200 * 2 * 2 + fewRows,
  },
  'it is looked whether the few rooms that keep messages for less have something too old': {
    visit: (store) => store.removeOld({ now: 0, keepDays: null, after: '' }),
    most: fewRows,
  },
  'somebody who wrote nothing is erased': {
    async visit(store) {
      const user = uuidv7()
      await store.saveUser({ id: user, name: 'Erased' })
      await store.beginErasing(user)
      while (!(await store.eraseSome({ user, removesMessages: false })).isDone);
    },
    // What names them stands in other people's messages too: each is looked at, once.
    most: 4 * manyRows + fewRows,
  },
  // The last one: what is left of the groups goes in the background, and may be counted here.
  'groups are made, set up and deleted': {
    async visit(store) {
      const mine = await store.openRoom({ ...aGroup('mine', [reader, author]), mostWithStrangers: 1_000 })
      await store.setUpRoom({ room: mine.room, join: 'open' })
      await store.deleteRoom({ room: mine.room, by: reader })
      const theirs = await store.openRoom(aGroup('theirs', [author, reader]))
      await store.deleteRoom({ room: theirs.room, by: author })
    },
    most: 2 * 2 * 2 * manyRows + fewRows,
  },
}

let server: PostgresServer
before(async () => {
  server = await startPostgres()
})
after(() => server.stop())

for (const isTold of [false, true]) {
  describe(`prepared when the tables were empty, ${isTold ? 'with' : 'without'} statistics of how large they have become:`, () => {
    let tables: GrownTables
    before(async () => {
      tables = await GrownTables.open({ isTold })
    })
    after(() => tables.close())

    it('every method of a store is visited', () => {
      const missing = Object.keys(methods).filter((name) => !tables.visited.has(name))
      assert.deepEqual(missing, notVisited)
    })
    for (const [what, visit] of Object.entries(visits)) {
      it(`${what}, and the rows that are read are those that it needs`, async () => {
        assertFew(await tables.rowsRead(visit))
      })
    }
    for (const [what, { visit, most }] of Object.entries(searches)) {
      it(`${what}, and the rows that are read are bounded`, async () => {
        assertFew(await tables.rowsRead(visit), most)
      })
    }
  })
}

function assertFew(read: number, most = fewRows): void {
  assert.ok(read > 0, `it is counted: ${read}`)
  assert.ok(read < most, `${read} rows read`)
}

/** A store whose every statement was prepared while the tables were small, and the tables as they have become since. */
class GrownTables {
  readonly #store: Store
  readonly #operator: pg.Client
  readonly #used: ReadonlySet<pg.Client>
  readonly #end: () => Promise<unknown>
  /** The names of the methods that the visits called. */
  readonly visited: ReadonlySet<string>

  private constructor(
    store: Store,
    operator: pg.Client,
    used: ReadonlySet<pg.Client>,
    end: () => Promise<unknown>,
    visited: ReadonlySet<string>,
  ) {
    this.#store = store
    this.#operator = operator
    this.#used = used
    this.#end = end
    this.visited = visited
  }

  static async open({ isTold }: { isTold: boolean }): Promise<GrownTables> {
    const url = await server.newDatabase()
    using connected = new Connected()
    // Of one connection, so that it is the same that prepared and is asked later.
    const stores = await openPostgres({ url: `${url}?max=1`, role: 'tool', now: Date.now })
    const store = stores.forTenant('acme')
    await store.saveUser({ id: author })
    await store.saveUser({ id: reader })
    await store.saveUser({ id: newcomer })
    await store.openRoom(aGroup('planned', [author, reader], room))
    await store.openRoom(aGroup('small', [author, reader], small))
    await store.openRoom({ ...aGroup('slow', [author, reader], slow), post: 'owners', slowMode: 5 })
    await store.openRoom(aGroup('large', [author, reader], large))
    await store.openRoom(aRoom([author, reader]))
    await store.openRoom({ ...aGroup('cut', [author, reader], cut), history: 'since-joined' })
    const system = { event: 'added', userId: newcomer } as const
    const systemMessage = { id: uuidv7(), authorId: author, text: 'added', system }
    await store.alterRoom({ kind: 'add', room: cut, by: author, user: newcomer, systemMessage })
    await store.append(seen)
    await store.setUpRoom({ room: small, join: 'open' })
    await store.createLink({ room, by: author, id: uuidv7(), code: 'code' })
    await store.append(old)
    const operator = new pg.Client(url)
    await operator.connect()
    for (const table of ['users', 'user_words', 'rooms', 'members', 'messages', 'reactions', 'mentions']) {
      await operator.query(`ALTER TABLE ${table} SET (autovacuum_enabled = off)`)
    }
    const visited = new Set<string>()
    const watched = new Proxy(store, {
      get(target, name) {
        visited.add(String(name))
        return Reflect.get(target, name)
      },
    })
    const found = Object.values(searches).map(({ visit }) => visit)
    for (let n = 0; n < timesUntilPlanned; n++) {
      for (const visit of [...Object.values(visits), ...found]) await visit(watched)
    }
    await grow(operator)
    if (isTold) await operator.query('ANALYZE')
    const end = () => Promise.all([stores.close(), operator.end()])
    return new GrownTables(store, operator, connected.clients, end, visited)
  }

  /** How many rows a visit reads. */
  async rowsRead(visit: (store: Store) => Promise<unknown>): Promise<number> {
    const before = await this.#read()
    await visit(this.#store)
    return (await this.#read()) - before
  }

  async close(): Promise<void> {
    await this.#end()
  }

  /** By all connections, since they began. */
  async #read(): Promise<number> {
    // Else it is told after some time.
    for (const client of this.#used) await client.query('SELECT pg_stat_force_next_flush()')
    const { rows } = await this.#operator.query<{ read: number }>(
      `SELECT (SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_user_tables)::int
            + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes)::int AS read`,
    )
    return rows[0]?.read ?? 0
  }
}

/** Which connections are opened meanwhile and are still open: a store shows its own to nobody. */
class Connected implements Disposable {
  readonly clients = new Set<pg.Client>()
  readonly #connect = pg.Client.prototype.connect

  constructor() {
    const { clients } = this
    const connect = this.#connect as (...args: unknown[]) => unknown
    pg.Client.prototype.connect = function (this: pg.Client, ...args: unknown[]) {
      clients.add(this)
      this.once('end', () => clients.delete(this))
      return connect.apply(this, args)
    } as typeof pg.Client.prototype.connect
  }

  [Symbol.dispose](): void {
    pg.Client.prototype.connect = this.#connect
  }
}

/**
 * Much of everything that a statement could read by half of a key: the room's messages and members, its writer's rooms,
 * users of one name.
 */
async function grow(operator: pg.Client): Promise<void> {
  const each = `FROM generate_series(10, ${manyRows}) AS n`
  await operator.query(
    `INSERT INTO messages (tenant, room, seq, rev, id, author, kind, text, hash, created_at)
     SELECT 'acme', '${room}', 1000 + n, 1000 + n, 'm' || n, '${author}', 'text', 'hello', '', 0 ${each}`,
  )
  await operator.query(
    `INSERT INTO reactions (tenant, room, seq, emoji, "user", rev, at)
     SELECT 'acme', '${room}', 1000 + n, '🎉', '${author}', 1000 + n, 0 ${each}`,
  )
  await operator.query(
    `INSERT INTO mentions (tenant, room, "user", seq)
     SELECT 'acme', '${room}', '${author}', 1000 + n ${each}
     UNION ALL SELECT 'acme', '${room}', 'u' || n, 1000 + n ${each}
     UNION ALL SELECT 'acme', 'r' || n, '${reader}', 1000 + n ${each}`,
  )
  await operator.query(`UPDATE rooms SET head = 1000 + ${manyRows}, last_seq = 1000 + ${manyRows}`)
  await operator.query(`UPDATE rooms SET member_count = ${manyRows} WHERE id IN ('${room}', '${slow}')`)
  // As many as a group may have, but for one.
  await operator.query(`UPDATE rooms SET member_count = ${limits.members - 1} WHERE id = '${large}'`)
  await operator.query(
    `INSERT INTO rooms (tenant, id, kind, head, rev, last_seq, last_at, member_count, created_at, joining)
     SELECT 'acme', 'r' || n, 'group', 0, 0, 0, 0, 1, 0, 'open' ${each}`,
  )
  await operator.query(
    `INSERT INTO members (tenant, room, "user", role, read_seq, joined_seq, muted)
     SELECT 'acme', 'r' || n, '${author}', 'member', 0, 0, false ${each}
     UNION ALL SELECT 'acme', '${room}', 'u' || n, 'member', 0, 0, false ${each}
     UNION ALL SELECT 'acme', '${slow}', 'u' || n, 'member', 0, 0, false ${each}
     UNION ALL SELECT 'acme', '${large}', 'u' || n, 'member', 0, 0, false ${each}
     UNION ALL SELECT 'acme', 's' || n, '${other}', 'member', 0, 0, false ${each}`,
  )
  await operator.query(`UPDATE rooms SET keep_days = 30000 WHERE id = '${large}'`)
  // Whoever wrote all of it has read nearly all of it, or it would be looked at for what is unread.
  await operator.query(
    `UPDATE members SET read_seq = ${manyRows + 950} WHERE room = '${room}' AND "user" = '${author}'`,
  )
  await operator.query(
    `INSERT INTO links (tenant, room, id, code, created_at, used)
     SELECT 'acme', 'r' || n, 'l' || n, 'c' || n, 0, 0 ${each}`,
  )
  await operator.query(
    `INSERT INTO users (tenant, id, name, folded, created_at)
     SELECT 'acme', 'u' || n, 'common ' || n, 'common ' || n, 0 ${each}
     UNION ALL SELECT 'acme', 'v' || n, 'usual ' || n, 'usual ' || n, 0 ${each}`,
  )
  await operator.query(
    `INSERT INTO user_words (tenant, word, "user")
     SELECT 'acme', 'common', 'u' || n ${each} UNION ALL SELECT 'acme', 'usual', 'v' || n ${each}`,
  )
}
