import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import pg from 'pg'
import { uuidv7 } from 'uuidv7'
import { foldName, wordsOf } from '../../../server/protocol/names.ts'
import { openPostgres } from '../../../server/store/postgres/open.ts'
import type { Store, Stores } from '../../../server/store/store.ts'
import { aGroup, aRoom, aSystemMessage, type Later, problem } from '../../contract/store/a-world.ts'
import { people, play, someTurns, writtenOutside } from '../../contract/store/moves.ts'
import { storeContract } from '../../contract/store.ts'
import { until } from '../../faults/until.ts'
import { type PostgresServer, perform, startPostgres } from '../../support/postgres.ts'

// Sorted as dictionaries do, where bytes differ from it: what is compared byte-wise must not depend on the database.
const dictionaryOrder = `TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'`

let server: PostgresServer
before(async () => {
  server = await startPostgres()
})
after(() => server.stop())

const open = (url: string, patienceMs?: number) =>
  openPostgres({ url, role: 'server', now: Date.now, ...(patienceMs !== undefined && { patienceMs }) })

storeContract('Postgres', async ({ now }) => {
  const url = await server.newDatabase(dictionaryOrder)
  const stores = await openPostgres({ url, role: 'tool', now })
  const client = await connection(url)
  return {
    stores,
    later: laterOn(client),
    async close() {
      await client.end()
      await stores.close()
    },
  }
})

async function connection(url: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  await client.connect()
  return client
}

function laterOn(client: pg.Client): Later {
  const mine = 'WHERE tenant = $1 AND room = $2 AND id = $3'
  const edit = `UPDATE messages SET text = $4, edited_at = coalesce(edited_at, created_at) + 1 ${mine}`
  const remove = `UPDATE messages SET text = '', deleted_at = created_at ${mine}`
  return {
    async amendAsBefore(tenant, room, id, text) {
      if (text === null) await client.query(remove, [tenant, room, id])
      else await client.query(edit, [tenant, room, id, text])
    },
    async addUsers(tenant, names) {
      const words = names.flatMap((name) => wordsOf(name).map((word) => [word, name] as const))
      await client.query(
        `INSERT INTO users (tenant, id, name, folded, created_at)
         SELECT $1, name, name, folded, 0 FROM unnest($2::text[], $3::text[]) AS one (name, folded)`,
        [tenant, names, names.map(foldName)],
      )
      await client.query(
        `INSERT INTO user_words (tenant, word, "user") SELECT $1, * FROM unnest($2::text[], $3::text[])`,
        [tenant, words.map(([word]) => word), words.map(([, name]) => name)],
      )
    },
  }
}

describe('two servers on one Postgres', () => {
  let url: string
  let nodes: Stores[]
  let stores: [Store, Store]
  before(async () => {
    url = await server.newDatabase()
    nodes = await Promise.all([open(url), open(url)])
    const [one, other] = nodes.map((node) => node.forTenant('acme'))
    assert.ok(one && other)
    stores = [one, other]
    await Promise.all(people.map((id) => one.saveUser({ id })))
  })
  after(() => Promise.all(nodes.map((node) => node.close())))

  const either = (index: number): Store => stores[index % 2 === 0 ? 0 : 1]
  const times = <T>(count: number, work: (index: number) => T): T[] =>
    Array.from({ length: count }, (_, index) => work(index))

  it('64 writers on both give one room the numbers 1…N without holes', async () => {
    const room = (await stores[0].openRoom(aGroup('hot', ['mina', 'sam']))).room
    await Promise.all(
      times(64, async (writer) => {
        for (let n = 0; n < 8; n++)
          await either(writer).append({ room, id: uuidv7(), author: 'mina', text: `${writer} ${n}` })
      }),
    )
    const seqs: number[] = []
    for (let newer = true; newer; ) {
      const page = await stores[1].readPage(room, { after: seqs.length }, 200)
      seqs.push(...page.messages.map(({ seq }) => seq))
      newer = page.newer
    }
    assert.deepEqual(
      seqs,
      times(512, (index) => index + 1),
    )
    assert.equal((await stores[0].readPage(room, {}, 1)).head, 512)
  })

  it('changes of a group on both at once take the numbers 1…head, each once', async () => {
    await fc.assert(
      fc.asyncProperty(someTurns, async (turns) => {
        const { room } = await stores[0].openRoom(aGroup('mixed', people))
        const { taken, messages } = await play(stores, room, turns)
        const { head, messages: stored } = await stores[1].readPage(room, {}, 200)
        assert.deepEqual(
          taken,
          times(head, (index) => index + 1),
        )
        assert.deepEqual(
          stored,
          messages.sort((a, b) => a.seq - b.seq),
        )
        assert.deepEqual(writtenOutside(stored), [])
      }),
      { numRuns: 40 },
    )
  })

  it('who is removed on one while they send on both has no message after the one that says so', async () => {
    const outcomes = []
    for (let round = 0; round < 20; round++) {
      const { room } = await stores[0].openRoom(aGroup('removed', ['mina', 'sam']))
      const send = async (index: number, author: string) => {
        for (let n = 0; n < 3; n++) await either(index).append({ room, id: uuidv7(), author, text: `${n}` })
      }
      const sends = times(64, (index) => send(index, index % 4 < 2 ? 'mina' : 'sam'))
      const removal = either(round).alterRoom({
        room,
        systemMessage: aSystemMessage('mina'),
        kind: 'remove',
        user: 'sam',
      })
      outcomes.push(...(await Promise.allSettled(sends)))
      const out = (await removal)?.message.seq ?? 0
      const { messages, head } = await stores[1].readPage(room, {}, 200)
      const texts = messages.filter(({ kind }) => kind === 'text')
      assert.equal(texts.filter(({ authorId }) => authorId === 'mina').length, 96)
      const late = texts.filter(({ authorId, seq }) => authorId === 'sam' && seq > out)
      assert.deepEqual(late, [])
      assert.equal(messages.length + 1, head, 'the change itself has a number, and no place in history')
    }
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
    refused.forEach(problem('not_found'))
    assert.ok(refused.length > 0, 'they were still sending')
  })

  it('one id sent to both at once, among others, is one message, and leaves no hole', async () => {
    const room = (await stores[0].openRoom(aGroup('twice', ['mina']))).room
    const ids = times(40, () => uuidv7())
    const sends = ids.flatMap((id, n) =>
      times(4, (index) => either(index).append({ room, id, author: 'mina', text: `${n}` })),
    )
    const answers = await Promise.all(sends)
    assert.equal(answers.filter(({ created }) => created).length, ids.length)
    assert.equal(new Set(answers.map(({ message }) => `${message.id} ${message.seq}`)).size, ids.length)
    const { messages, head } = await stores[1].readPage(room, {}, 100)
    assert.deepEqual([messages.length, head], [ids.length, ids.length])
  })

  it('an id that another server is just writing is the same message when that commits', async (t) => {
    const room = (await stores[0].openRoom(aGroup('overtaken', ['mina']))).room
    const draft = { room, id: uuidv7(), author: 'mina', text: 'once' }
    const other = await connection(url)
    t.after(() => other.end())
    await other.query('BEGIN')
    await other.query(`UPDATE rooms SET head = 1, last_seq = 1 WHERE id = '${room}'`)
    await other.query(
      `INSERT INTO messages (tenant, room, seq, rev, id, author, kind, text, hash, created_at)
       VALUES ('acme', $1, 1, 1, $2, 'mina', 'text', 'once', $3, 1)`,
      [room, draft.id, hash('sha256', 'once', 'base64url')],
    )
    const answer = stores[0].append(draft)
    // Within a transaction it would show the same state for ever.
    const look = await connection(url)
    t.after(() => look.end())
    const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%fresh AS%'`
    while ((await look.query(waiting)).rowCount === 0);
    await other.query('COMMIT')
    const { message, created } = await answer
    assert.deepEqual([message.seq, created], [1, false])
    assert.equal((await stores[0].readPage(room, {}, 10)).head, 1)
  })

  it('a room that another transaction has locked holds up no other, nor do many', async (t) => {
    const groups = await Promise.all(
      times(40, async (n) => (await stores[0].openRoom(aGroup(`${n}`, ['mina']))).room),
    )
    const [locked, free] = [groups.slice(0, 20), groups.slice(20)]
    const other = await connection(url)
    t.after(() => other.end())
    await other.query('BEGIN')
    await other.query('SELECT FROM rooms WHERE id = ANY($1) FOR UPDATE', [locked])
    const say = async (room: string) =>
      (await stores[0].append({ room, id: uuidv7(), author: 'mina', text: 'hello' })).message.seq
    // One after the other, so that some share a batch with what cannot be written yet, and others come later.
    const late = locked.map(say)
    const passed = []
    for (const room of free) passed.push(await say(room))
    assert.deepEqual(
      await Promise.all(groups.slice(20).map(say)),
      times(20, () => 2),
    )
    assert.deepEqual(
      passed,
      times(20, () => 1),
    )
    await other.query('COMMIT')
    assert.deepEqual(
      await Promise.all(late),
      times(20, () => 1),
    )
  })

  it('both write the same rooms at the same time, in any order, and never wait for each other in a ring', async () => {
    const own = await server.newDatabase()
    const pair = await Promise.all([open(own), open(own)])
    const [one, two] = pair.map((node) => node.forTenant('acme'))
    assert.ok(one && two)
    await one.saveUser({ id: 'mina' })
    const groups = await Promise.all(
      times(30, async (n) => (await one.openRoom(aGroup(`${n}`, ['mina']))).room),
    )
    const writeAll = async (store: Store, rooms: readonly string[]) => {
      for (let round = 0; round < 20; round++) {
        await Promise.all(
          rooms.map((room) => store.append({ room, id: uuidv7(), author: 'mina', text: `${round}` })),
        )
      }
    }
    await Promise.all([writeAll(one, groups), writeAll(two, groups.toReversed())])
    for (const room of groups) {
      const { messages, head } = await one.readPage(room, {}, 100)
      assert.deepEqual([messages.map(({ seq }) => seq), head], [times(40, (index) => index + 1), 40])
    }
    // Closed first: connections report at the latest at their end.
    await Promise.all(pair.map((node) => node.close()))
    const look = await connection(own)
    const { rows } = await look.query(
      'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
    )
    await look.end()
    assert.deepEqual(rows, [{ deadlocks: 0 }])
  })

  it('200 concurrent openings of one set of members on both make one room', async () => {
    const opened = await Promise.all(
      times(200, (index) => either(index).openRoom(aRoom(index % 3 ? ['mina', 'sam'] : ['sam', 'mina']))),
    )
    assert.equal(new Set(opened.map(({ room }) => room)).size, 1)
    assert.equal(opened.filter(({ created }) => created).length, 1)
    assert.equal(
      (await stores[1].listRooms('mina', { limit: 50 })).rooms.filter((r) => r.kind === 'direct').length,
      1,
    )
  })

  it('what a user did on one counts on the other: rooms, members and, to a slice, text', async () => {
    const strangers = times(8, (index) => `stranger-${index}`)
    await Promise.all(['ann', ...strangers].map((id) => stores[0].saveUser({ id })))
    const opened = await Promise.allSettled(
      strangers.map((one, index) => either(index).openRoom({ ...aRoom(['ann', one]), mostWithStrangers: 3 })),
    )
    assert.equal(opened.filter(({ status }) => status === 'fulfilled').length, 3)
    const { room } = await stores[0].openRoom(aGroup('Team', ['ann']))
    const added = await Promise.allSettled(
      strangers.map((user, index) =>
        either(index).alterRoom({
          ...{ room, systemMessage: aSystemMessage('ann'), kind: 'add', user, by: 'ann', mostAdded: 3 },
        }),
      ),
    )
    assert.equal(added.filter(({ status }) => status === 'fulfilled').length, 3)
    const send = (store: Store) =>
      store.append({ room, id: uuidv7(), author: 'ann', text: 'x'.repeat(1_000), mostTextBytes: 10_000 })
    for (let n = 0; n < 10; n++) await send(stores[0])
    let taken = 0
    const sendOn = async () => {
      for (; taken < 10; taken++) await send(stores[1])
    }
    await assert.rejects(sendOn(), problem('rate_limited'))
    assert.ok(taken < 5, `${taken} messages more`)
  })

  it('a user whom both rename at once is found by the words of the name that stayed', async () => {
    await Promise.all(times(20, (index) => either(index).saveUser({ id: 'lee', name: `Name${index} Lee` })))
    const { name = '' } = (await stores[0].findUser('lee')) ?? {}
    const found = await Promise.all(
      times(20, async (index) => (await stores[1].searchUsers({ query: `name${index} `, limit: 5 })).users),
    )
    const foundBy = found.flatMap((users, index) => (users.some(({ id }) => id === 'lee') ? [index] : []))
    const prefixOf = (index: number) => name.toLowerCase().startsWith(`name${index}`)
    assert.deepEqual(foundBy, times(20, (index) => index).filter(prefixOf))
  })

  it('a deleted group is emptied to the last message, also where both empty it at once', async () => {
    const client = await connection(url)
    const open = async (index: number) => (await stores[0].openRoom(aGroup(`Ending ${index}`, ['mina']))).room
    const rooms = await Promise.all(times(2, open))
    const fill = `
      INSERT INTO messages (tenant, room, seq, rev, id, author, kind, text, hash, created_at)
      SELECT 'acme', room, seq, seq, gen_random_uuid()::text, 'mina', 'text', 'hello', '', 0
      FROM unnest($1::text[]) AS room, generate_series(1, 6000) AS seq`
    await client.query(fill, [rooms])
    // Both take the rooms in the same order.
    await Promise.all(rooms.map((room, index) => either(index).deleteRoom({ room, by: 'mina' })))
    const count = async (what: string) =>
      Number((await client.query(`SELECT count(*) FROM ${what}`)).rows[0]?.count)
    await until(
      async () => (await count('rooms WHERE deleted_at IS NOT NULL AND cleared_at IS NULL')) === 0,
      'both to say that they are empty',
    )
    assert.equal(await count(`messages WHERE text = 'hello' AND created_at = 0`), 0)
    await client.end()
  })

  it('what earlier servers left of a group that they noted as empty goes with the next start', async () => {
    const client = await connection(url)
    const { room } = await stores[0].openRoom(aGroup('Left over', ['mina']))
    await client.query(
      `INSERT INTO messages (tenant, room, seq, rev, id, author, kind, text, hash, created_at)
       SELECT 'acme', $1, seq, seq, 'left ' || seq, 'mina', 'text', 'left over', '', 0 FROM generate_series(1, 1500) AS seq`,
      [room],
    )
    await client.query('UPDATE rooms SET deleted_at = 1, emptied_at = 2 WHERE id = $1', [room])
    const next = await open(url)
    const left = async () =>
      Number((await client.query(`SELECT count(*) FROM messages WHERE room = $1`, [room])).rows[0]?.count)
    await until(async () => (await left()) === 0, 'nothing to be left')
    await next.close()
    await client.end()
  })

  it('a tenant is added once, whoever is asked', async () => {
    const add = (index: number) =>
      nodes[index % 2]?.tenants.add({
        id: 'shop',
        hosts: ['shop.example'],
        secrets: ['secret'],
        origins: [],
      })
    const outcomes = await Promise.allSettled(times(6, add))
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') problem('conflict')(outcome.reason)
    }
    assert.equal((await nodes[1]?.tenants.list())?.length, 1)
  })
})

describe('on Postgres', () => {
  let url: string
  let stores: Stores
  let store: Store
  before(async () => {
    url = await server.newDatabase()
    stores = await open(url)
    store = stores.forTenant('acme')
    await store.saveUser({ id: 'mina' })
  })
  after(() => stores.close())

  it('a message that the database refuses fails no other', async () => {
    const { room } = await store.openRoom(aGroup('refusal', ['mina']))
    const { room: other } = await store.openRoom(aGroup('beside it', ['mina']))
    // Longer than an index entry may be, and too random to be compressed.
    const tooLong = Array.from({ length: 300 }, () => uuidv7()).join('')
    const ids = [uuidv7(), tooLong, uuidv7()]
    const drafts = [...ids.map((id) => ({ room, id })), { room: other, id: uuidv7() }]
    const outcomes = await Promise.allSettled(
      drafts.map((draft) => store.append({ ...draft, author: 'mina', text: 'hello' })),
    )
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
    )
    const { messages } = await store.readPage(room, {}, 10)
    assert.deepEqual(
      messages.map(({ seq }) => seq),
      [1, 2],
    )
  })

  it('an edit that the database refuses half-way leaves nothing behind', async (t) => {
    const { room } = await store.openRoom(aGroup('half-way', ['mina']))
    const { message } = await store.append({ room, id: uuidv7(), author: 'mina', text: 'hello' })
    // No half milliseconds there: by the time it says so, the room has its next number.
    const odd = await openPostgres({ url, role: 'tool', now: () => Date.now() + 0.5 })
    t.after(() => odd.close())
    const change = { kind: 'edit', room, id: message.id, by: 'mina', text: 'hello!' } as const
    await assert.rejects(odd.forTenant('acme').amend(change), { code: '22P02' })
    assert.equal((await store.readPage(room, {}, 10)).head, 1)
    assert.deepEqual(await store.findMessage(room, message.id), message)
  })

  it('an id with NUL, which its text cannot hold, names nothing', async () => {
    assert.equal(await store.findRoom('\0'), undefined)
    assert.equal(await store.isMember('\0', '\0mina'), false)
    assert.deepEqual({ ...(await store.findUsers(['mina\0'])) }, {})
    assert.deepEqual(await store.readHeads('mina', ['\0']), {})
  })

  it('a connection that is cut fails what it carried, and the next one works', async () => {
    const { room } = await store.openRoom(aGroup('cut', ['mina']))
    const sends = Array.from({ length: 200 }, (_, index) => ({
      room,
      id: uuidv7(),
      author: 'mina',
      text: `${index}`,
    }))
    const outcomes = Promise.allSettled(sends.map((draft) => store.append(draft)))
    await server.crash()
    for (const outcome of await outcomes) {
      if (outcome.status === 'rejected') problem('overloaded')(outcome.reason)
    }
    for (const draft of sends) {
      const { message } = await untilAnswered(() => store.append(draft))
      assert.equal(message.text, draft.text)
    }
    const { messages, head } = await store.readPage(room, {}, 200)
    assert.equal(head, sends.length)
    assert.deepEqual(messages.map(({ id }) => id).sort(), sends.map(({ id }) => id).sort())
  })

  it('a database that hears and does not answer is given up in bounded time, and so is its connection', {
    timeout: 30_000,
  }, async (t) => {
    const wire = await startWire(server.port)
    const far = await open(url.replace(`:${server.port}`, `:${wire.port}`), 1_500)
    t.after(async () => {
      await far.close()
      wire.close()
    })
    const { room } = await store.openRoom(aGroup('deaf', ['mina']))
    const draft = { room, id: uuidv7(), author: 'mina', text: 'hello?' }
    await far.forTenant('acme').append(draft)
    wire.deafen()
    const crowd = Array.from({ length: 50 }, () => ({ ...draft, id: uuidv7() }))
    const sends = crowd.map((one) => assert.rejects(far.forTenant('acme').append(one), problem('overloaded')))
    await Promise.all(sends)
    await assert.rejects(far.check(), problem('overloaded'))
    // Those that never answered never will: only new ones work.
    wire.hear()
    await untilAnswered(() => far.check())
    assert.equal((await far.forTenant('acme').append(draft)).created, false)
  })

  it('while the database is away or takes no writes, a check says so', async (t) => {
    const own = await startPostgres()
    t.after(() => own.stop())
    const lonely = await open(own.url)
    t.after(() => lonely.close())
    await lonely.check()
    await perform(own.url, 'ALTER SYSTEM SET default_transaction_read_only = on')
    await perform(own.url, 'SELECT pg_reload_conf()')
    // Every connection learns it in its own time.
    while (
      await lonely.check().then(
        () => true,
        () => false,
      )
    );
    await assert.rejects(lonely.check(), problem('overloaded'))
    await assert.rejects(lonely.forTenant('acme').saveUser({ id: 'mina' }), problem('overloaded'))
    await own.stop()
    await assert.rejects(lonely.check(), problem('overloaded'))
    await assert.rejects(lonely.tenants.readVersion(), problem('overloaded'))
  })
})

/** Asks again while the database is away. */
async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      problem('overloaded')(error)
    }
  }
}

/** A way to that port that can go dead without being cut. */
async function startWire(port: number) {
  const sockets: Socket[] = []
  let isDeaf = false
  const listener = createServer((near) => {
    sockets.push(near.on('error', () => {}).resume())
    if (isDeaf) return
    const far = connect(port, '127.0.0.1').on('error', () => {})
    sockets.push(far)
    near.pipe(far).pipe(near)
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return {
    port: (listener.address() as AddressInfo).port,
    /** What is connected hears nothing any more, nor does what comes until `hear`. */
    deafen() {
      isDeaf = true
      for (const socket of sockets) socket.unpipe().resume()
    },
    hear() {
      isDeaf = false
    },
    close() {
      listener.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
