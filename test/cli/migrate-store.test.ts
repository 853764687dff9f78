import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import pg from 'pg'
import { uuidv7 } from 'uuidv7'
import { ConfigProblem } from '../../server/config.ts'
import { copiedTables } from '../../server/store/copy/tables.ts'
import { DatabaseProblem } from '../../server/store/database-problem.ts'
import { openPostgres } from '../../server/store/postgres/open.ts'
import type { Stores } from '../../server/store/store.ts'
import { Chat } from '../../widget/chat.ts'
import type { State } from '../../widget/state/state.ts'
import { aRoom } from '../contract/store/a-world.ts'
import { aFolder, type Folder } from '../support/a-folder.ts'
import { chatterCommand } from '../support/chatter-command.ts'
import { chatterProgram } from '../support/chatter-program.ts'
import { type PostgresServer, perform, startPostgres } from '../support/postgres.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { texts } from '../widget/a-chat.ts'
import { fill, onFile, rowsIn, someLife, viewsOf } from './a-filled-store.ts'

const deadlineMs = 30_000

let postgres: PostgresServer
/** Something of everything: every copy leaves it as it is. */
let filled: Folder
/** The name of a database as `chatter migrate` leaves it. */
let template: string
before(async () => {
  filled = aFolder()
  await fill(filled)
  postgres = await startPostgres()
  const url = await postgres.newDatabase()
  await (await openUrl(url)).close()
  template = nameOf(url)
})
after(async () => {
  await postgres.stop()
  filled.remove()
})

type Copied = { tables: Record<string, number>; rows: number; rooms: number; seconds: number }

/** `chatter migrate-store`, without a process of its own. */
async function move(from: string, to: string): Promise<Copied> {
  return JSON.parse(await chatterCommand('', 'migrate-store', '--from', from, '--to', to, '--json'))
}

const openUrl = (url: string) => openPostgres({ url, role: 'tool', now: Date.now })

async function viewsAt(place: string) {
  const stores = await openUrl(place)
  try {
    return await viewsOf(stores)
  } finally {
    await stores.close()
  }
}

/** A new database as `chatter migrate` leaves it, with something done to it. */
async function aPrepared(...statements: string[]): Promise<string> {
  const url = await postgres.newDatabase(`TEMPLATE ${template}`)
  for (const statement of statements) await perform(url, statement)
  return url
}

/** A new database on Postgres with all that is in `filled`. */
async function aFilled(): Promise<string> {
  const url = await postgres.newDatabase()
  await move(filled.path, url)
  return url
}

const nameOf = (url: string) => new URL(url).pathname.slice(1)

async function ask<Row extends object>(url: string, statement: string): Promise<Row[]> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return (await client.query<Row>(statement)).rows
  } finally {
    await client.end()
  }
}

/** It fails with that one line. */
async function refuses(moving: Promise<unknown>, why: RegExp): Promise<void> {
  await assert.rejects(moving, (error: unknown) => {
    assert.ok(error instanceof DatabaseProblem, `expected a DatabaseProblem, got ${error}`)
    assert.match(error.message, why)
    assert.doesNotMatch(error.message, /\n/)
    return true
  })
}

async function requireEmpty(url: string): Promise<void> {
  for (const { name } of copiedTables) {
    if (name !== 'meta') assert.deepEqual(await ask(url, `SELECT * FROM "${name}" LIMIT 1`), [], name)
  }
}

/** A trigger of that name on a table of Postgres, before a row is written. */
const trigger = (table: string, when: string, does: string) => `
  CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${does} END $$;
  CREATE TRIGGER meddle BEFORE INSERT ON ${table} FOR EACH ROW WHEN (${when}) EXECUTE FUNCTION meddle()`

/** Holds a lock that such a trigger waits for, and says when somebody does. */
const waits = 'PERFORM pg_advisory_xact_lock(7); RETURN NEW;'
async function aBarrier(url: string) {
  const client = new pg.Client(url)
  await client.connect()
  await client.query('SELECT pg_advisory_lock(7)')
  const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND wait_event = 'advisory'`
  return {
    async reached(): Promise<void> {
      const end = Date.now() + deadlineMs
      while ((await client.query(waiting)).rowCount === 0) {
        assert.ok(Date.now() < end, 'nobody came to the barrier')
      }
    },
    lift: () => client.end(),
  }
}

describe('what arrives', () => {
  it('is what left: from SQLite to Postgres, to another one, and back', async () => {
    await fc.assert(
      fc.asyncProperty(someLife, async (life) => {
        using first = aFolder()
        using last = aFolder()
        await fill(first, life)
        const [one, other] = [await postgres.newDatabase(), await postgres.newDatabase()]
        const stores = first.open({ role: 'tool' })
        const views = await viewsOf(stores)
        await stores.close()

        const { tables } = await move(first.path, one)
        assert.deepEqual(await viewsAt(one), views)
        assert.deepEqual((await move(one, other)).tables, tables)
        assert.deepEqual(await viewsAt(other), views)
        assert.deepEqual((await move(other, last.path)).tables, tables)
        assert.deepEqual(rowsIn(last.path), rowsIn(first.path))
        for (const [table, count] of Object.entries(tables)) {
          assert.equal(rowsIn(first.path)[table]?.length, count, table)
        }
      }),
      { numRuns: 4 },
    )
  })

  it('is every column of every table that the databases have', async () => {
    const onSqlite = onFile(filled.path, (db) =>
      db
        .prepare<[], string>(
          `SELECT t.name || '.' || c.name FROM sqlite_master t, pragma_table_xinfo(t.name) c
           WHERE t.type = 'table' AND t.name NOT IN ('sqlite_sequence', '__drizzle_migrations')
             AND (t.name, c.name) NOT IN
               (('rooms', 'no'), ('rooms', 'crowd_order'), ('rooms', 'name_order'), ('messages', 'key'))`,
        )
        .pluck()
        .all(),
    )
    const onPostgres = await ask<{ name: string }>(
      await aPrepared(),
      `SELECT table_name || '.' || column_name AS name FROM information_schema.columns
       WHERE table_schema = 'public' AND table_name NOT IN ('chatter_migrations', 'servers')`,
    )
    const copied = copiedTables.flatMap((table) => table.columns.map(({ name }) => `${table.name}.${name}`))
    // A message on SQLite knows its tenant by the number of its room.
    assert.deepEqual(copied.sort(), [...onSqlite, 'messages.tenant'].sort())
    assert.deepEqual(copied, onPostgres.map(({ name }) => name).sort())
  })

  it('takes many pages, and a room may lie across them', async () => {
    using first = aFolder()
    using last = aFolder()
    await fill(first)
    onFile(first.path, (db) => {
      const [room] = db.prepare<[], { tenant: string; id: string }>('SELECT tenant, id FROM rooms').all()
      assert.ok(room)
      const insert = db.prepare(
        `INSERT INTO messages (key, rev, id, author, kind, text, hash, created_at)
         SELECT no << 32 | ?, ?, ?, 'mina', 'text', 'more', '', 1 FROM rooms WHERE tenant = ? AND id = ?`,
      )
      const many = Array.from({ length: 4_500 }, (_, index) => index + 100)
      db.transaction(() => many.map((seq) => insert.run(seq, seq, uuidv7(), room.tenant, room.id)))()
    })
    const url = await postgres.newDatabase()
    const { tables } = await move(first.path, url)
    assert.ok((tables.messages ?? 0) > 4_500)
    await move(url, last.path)
    assert.deepEqual(rowsIn(last.path), rowsIn(first.path))
  })

  it('has an epoch of its own, and no mark of a clean stop', async () => {
    using last = aFolder()
    // How far the names were made anew depends on how long the server ran.
    const metaOf = (folder: Folder) =>
      onFile(folder.path, (db) =>
        db.prepare<[], string>(`SELECT key FROM meta WHERE key <> 'fold' ORDER BY key`).pluck().all(),
      )
    const epochOf = async (stores: Stores) => {
      await stores.close()
      return stores.epoch
    }
    const url = await aFilled()
    await move(filled.path, last.path)
    assert.deepEqual(metaOf(filled), ['epoch', 'erasures', 'stopped', 'tenants'])
    assert.deepEqual(metaOf(last), ['epoch', 'erasures', 'tenants'])
    const epochs = [filled, last].map((folder) => epochOf(folder.open({ role: 'tool' })))
    const all = await Promise.all([...epochs, epochOf(await openUrl(url))])
    assert.equal(new Set(all).size, 3)
    assert.ok(all.every((epoch) => epoch !== ''))
  })

  it('leaves the source as it was', async () => {
    using last = aFolder()
    const [bytes, mark] = [readFileSync(filled.file('chatter.db')), readFileSync(filled.file('stopped'))]
    await move(filled.path, last.path)
    assert.ok(readFileSync(filled.file('chatter.db')).equals(bytes))
    assert.ok(readFileSync(filled.file('stopped')).equals(mark))
  })
})

describe('clients', () => {
  it('reset on the copy, and load the same log from there', async () => {
    using folder = aFolder()
    let server = await startServer({ stores: folder.open() })
    const asked: string[] = []
    // One address, whichever server answers there.
    const there = (url: string | URL) => String(url).replace('chat.test/', `${new URL(server.url).host}/`)
    const fetchThere: typeof fetch = (input, init) => {
      asked.push(String(input))
      return fetch(there(String(input)), init)
    }
    class SocketThere extends WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(there(url), protocols)
      }
    }
    const sam = await server.join('sam')
    const chat = new Chat({
      server: 'http://chat.test/',
      auth: { provider: () => server.token('mina', { name: 'Mina' }) },
      fetch: fetchThere,
      WebSocket: SocketThere,
    })
    try {
      chat.connect()
      await until(chat, ({ connection }) => connection.status === 'open')
      const roomId = await chat.openDirect('sam')
      await chat.openRoom(roomId)
      const first = await sam.send(roomId, 'one')
      await sam.send(roomId, 'two')
      await sam.ok({ t: 'edit', roomId, messageId: first.id, text: 'one, edited' })
      await until(chat, () => texts(chat, roomId).join() === 'one, edited,two')
      const { epoch } = chat.state

      await stop(server)
      const url = await postgres.newDatabase()
      await move(folder.path, url)
      asked.length = 0
      server = await startServer({ stores: await openPostgres({ url, role: 'server', now: Date.now }) })
      await until(chat, (state) => state.epoch !== epoch && state.connection.status === 'open')
      await until(chat, () => texts(chat, roomId).join() === 'one, edited,two')
      assert.ok(
        asked.some((path) => path.includes(`${roomId}/messages`)),
        'the log is loaded anew',
      )
      const again = await server.join('sam')
      await again.send(roomId, 'three')
      await until(chat, () => texts(chat, roomId).join() === 'one, edited,two,three')
    } finally {
      chat.close()
      await stop(server)
    }
  })
})

async function stop(server: TestServer): Promise<void> {
  await server[Symbol.asyncDispose]()
  await server.stores.close()
}

function until(chat: Chat, fits: (state: State) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    if (fits(chat.state)) return resolve()
    const timer = setTimeout(() => reject(new Error(`waited for ${fits}`)), deadlineMs)
    const stopListening = chat.subscribe((state) => {
      if (!fits(state)) return
      clearTimeout(timer)
      stopListening()
      resolve()
    })
  })
}

describe('a database in use', () => {
  const inUse = /^Chatter servers are using the database chatter_\d+ at [^ ]+ \(\d connections\): stop them/

  it('is refused at both ends while a server runs on its folder', async () => {
    using last = aFolder()
    const source = filled.open()
    await refuses(move(filled.path, last.path), /^another Chatter server is using /)
    assert.ok(!existsSync(last.file('chatter.db')))
    await source.close()
    const target = last.open()
    await refuses(move(filled.path, last.path), /^another Chatter server is using /)
    await target.close()
    await move(filled.path, last.path)
  })

  it('is refused at both ends while a server is connected to its Postgres', async () => {
    const [full, empty] = [await aFilled(), await aPrepared()]
    for (const url of [full, empty]) {
      const server = await openPostgres({ url, role: 'server', now: Date.now })
      await server.check()
      await refuses(move(full, empty), inUse)
      await server.close()
    }
    await move(full, empty)
  })

  it('is refused when a server came to it in between', async () => {
    const [source, target] = [await aFilled(), await aPrepared(trigger('hosts', 'true', waits))]
    const barrier = await aBarrier(target)
    const moving = move(source, target)
    moving.catch(() => {})
    await barrier.reached()
    const server = await openPostgres({ url: source, role: 'server', now: Date.now })
    await barrier.lift()
    await refuses(moving, inUse)
    await server.close()
    await requireEmpty(target)
  })

  it('in a schema beside another Chatter is copied: nothing shows whose the connections are', async () => {
    const url = await aPrepared('CREATE SCHEMA talk')
    const server = await openPostgres({ url, role: 'server', now: Date.now })
    await server.check()
    const inSchema = `${url}?options=${encodeURIComponent('-c search_path=talk')}`
    const { rows } = await move(filled.path, inSchema)
    using last = aFolder()
    assert.equal((await move(inSchema, last.path)).rows, rows)
    assert.deepEqual(rowsIn(last.path), rowsIn(filled.path))
    await server.close()
  })

  const changes: { [what: string]: (stores: Stores) => Promise<unknown> } = {
    'a message': async (stores) => {
      const store = stores.forTenant('acme')
      const { room } = await store.openRoom(aRoom(['mina', 'sam']))
      await store.append({ room, id: uuidv7(), author: 'sam', text: 'too late' })
    },
    'a read mark': async (stores) => {
      const store = stores.forTenant('acme')
      const { room } = await store.openRoom(aRoom(['mina', 'sam']))
      await store.markRead(room, 'mina', 3)
    },
    'a name': (stores) => stores.forTenant('default').saveUser({ id: 'lee', name: 'Somebody Else' }),
    'a tenant': (stores) => stores.tenants.change('acme', { origins: [] }),
  }
  for (const [what, change] of Object.entries(changes)) {
    it(`is noticed when ${what} changed while it was copied`, async () => {
      const [source, target] = [await aFilled(), await aPrepared(trigger('hosts', 'true', waits))]
      const barrier = await aBarrier(target)
      const moving = move(source, target)
      moving.catch(() => {})
      await barrier.reached()
      const stores = await openUrl(source)
      await change(stores)
      await stores.close()
      await barrier.lift()
      await refuses(
        moving,
        /^the database chatter_\d+ at [^ ]+ was changed while it was copied: stop its servers/,
      )
      await requireEmpty(target)
    })
  }

  it('is noticed when the command line changed a folder while it was copied', async () => {
    using first = aFolder()
    await move(filled.path, first.path)
    const target = await aPrepared(trigger('hosts', 'true', waits))
    const barrier = await aBarrier(target)
    const moving = move(first.path, target)
    moving.catch(() => {})
    await barrier.reached()
    await chatterCommand(first.path, 'tenant', 'change', 'acme', '--directory', 'none')
    await barrier.lift()
    await refuses(moving, /^the database in [^ ]+ was changed while it was copied: /)
    await requireEmpty(target)
  })
})

describe('a target', () => {
  it('that holds something is refused, and stays as it is', async () => {
    using last = aFolder()
    const url = await postgres.newDatabase()
    for (const stores of [await openUrl(url), last.open()]) {
      await stores.forTenant('acme').saveUser({ id: 'ada', name: 'Ada' })
      await stores.close()
    }
    const known = rowsIn(last.path)
    const full = / is not empty: it holds users, user_words$/
    await refuses(move(filled.path, url), full)
    await refuses(move(filled.path, last.path), full)
    assert.deepEqual(rowsIn(last.path), known)
    const ids = await ask(url, 'SELECT tenant, id, name FROM users')
    assert.deepEqual(ids, [{ tenant: 'acme', id: 'ada', name: 'Ada' }])
  })

  it('of an older version that holds something is refused before it is migrated', async () => {
    using last = aFolder()
    await move(filled.path, last.path)
    const url = await aFilled()
    onFile(last.path, (db) => db.exec('DELETE FROM __drizzle_migrations'))
    await perform(url, 'DELETE FROM chatter_migrations')
    await refuses(move(filled.path, last.path), / is not empty: /)
    await refuses(move(filled.path, url), / is not empty: /)
  })

  it('that other software uses is refused', async () => {
    const url = await postgres.newDatabase()
    await perform(url, 'CREATE TABLE users (id int)')
    await refuses(move(filled.path, url), /relation "users" already exists/)
    await perform(url, 'INSERT INTO users VALUES (1)')
    await refuses(move(filled.path, url), / is not empty: it holds users$/)
  })

  it('that cannot be written, reached or served from is one line', async () => {
    writeFileSync(filled.file('file'), '')
    await refuses(move(filled.path, filled.file('file/data')), /^cannot write to /)
    const url = await postgres.newDatabase()
    await refuses(
      move(filled.path, url.replace(/chatter_\d+$/, 'nowhere')),
      /database "nowhere" does not exist/,
    )
    await perform(url, `ALTER DATABASE ${nameOf(url)} SET synchronous_commit = off`)
    await refuses(move(filled.path, url), /synchronous_commit is off/)
  })

  it('to which somebody else is just writing is left alone', async () => {
    const target = await aPrepared()
    const other = new pg.Client(target)
    await other.connect()
    await other.query(`BEGIN; INSERT INTO users VALUES ('acme', 'new', 'New', NULL, 'new', NULL, 1)`)
    await refuses(move(filled.path, target), /^somebody else is writing to the database chatter_/)
    await other.end()
    await move(filled.path, target)
  })

  it('to which two copies go at once gets one of them', async () => {
    const [source, target] = [await aFilled(), await postgres.newDatabase()]
    const outcomes = await Promise.allSettled([move(source, target), move(source, target)])
    const [done, ...more] = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    assert.ok(done && more.length === 0)
    using last = aFolder()
    await move(target, last.path)
    assert.deepEqual(rowsIn(last.path), rowsIn(filled.path))
  })
})

describe('a source', () => {
  it('that is not there is one line, and nothing is made', async () => {
    using first = aFolder()
    using last = aFolder()
    await refuses(move(first.file('nothing'), last.path), /^there is no Chatter database in /)
    await refuses(move(first.path, last.path), /^there is no Chatter database in /)
    await refuses(move(await postgres.newDatabase(), last.path), /^there is no Chatter in the database /)
    writeFileSync(first.file('chatter.db'), 'this is no database, however long it may be'.repeat(100))
    await refuses(move(first.path, last.path), /^cannot use the database in [^ ]+: file is not a database$/)
    assert.ok(!existsSync(first.file('nothing')))
    assert.ok(!existsSync(last.file('chatter.db')))
  })

  it('of an older version is to be migrated first, and of a newer one refused', async () => {
    using first = aFolder()
    using last = aFolder()
    await move(filled.path, first.path)
    const url = await aFilled()
    const change = async (sqlite: string, postgres: string) => {
      onFile(first.path, (db) => db.exec(sqlite))
      await perform(url, postgres)
    }
    const newest = (table: string, column: string) =>
      `DELETE FROM ${table} WHERE ${column} = (SELECT max(${column}) FROM ${table})`
    await change(newest('__drizzle_migrations', 'created_at'), newest('chatter_migrations', 'made_at'))
    const older = /was made by an older version of Chatter: .*, with chatter migrate --d/
    for (const place of [first.path, url]) await refuses(move(place, last.path), older)
    await change(
      `INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('to come', ${4e12})`,
      `INSERT INTO chatter_migrations VALUES (${4e12}, 'to come')`,
    )
    const newer = /was made by a newer version of Chatter: upgrade this one$/
    for (const place of [first.path, url]) await refuses(move(place, last.path), newer)
    assert.ok(!existsSync(last.file('chatter.db')))
  })

  it('with text that cannot be there is refused, and the place is named', async () => {
    using first = aFolder()
    using last = aFolder()
    await fill(first)
    const url = await postgres.newDatabase()
    const [message] = onFile(first.path, (db) =>
      db
        .prepare<[], { room: string; seq: number }>(
          `SELECT r.id AS room, seq FROM messages m JOIN rooms r ON r.no = m.room WHERE tenant = 'acme'`,
        )
        .all(),
    )
    assert.ok(message)
    const { room, seq } = message
    const put = (value: string, column = 'text') =>
      onFile(first.path, (db) =>
        db.exec(
          `UPDATE messages SET ${column} = ${value}
           WHERE key = (SELECT no FROM rooms WHERE id = '${room}') << 32 | ${seq}`,
        ),
      )
    const there = `^messages, tenant "acme", room "${room}", seq ${seq}: `

    put(`'a' || char(0) || 'b'`)
    await refuses(move(first.path, url), new RegExp(`${there}text has the character U\\+0000`))
    await move(first.path, last.path)
    assert.deepEqual(rowsIn(last.path), rowsIn(first.path))
    last.remove()

    // Half of a surrogate pair, written as some programs write it.
    put(`CAST(X'61EDA08062' AS TEXT)`)
    await refuses(move(first.path, url), new RegExp(`${there}text is not UTF-8`))
    await refuses(move(first.path, last.path), new RegExp(`${there}text is not UTF-8`))
    put(`'\ufffd'`)
    put('9007199254740993', 'created_at')
    await refuses(move(first.path, url), new RegExp(`${there}created_at is not a whole number below 2\\^53`))
    put('12', 'created_at')
    put(`X'00'`)
    await refuses(move(first.path, url), new RegExp(`${there}text is not text`))
    put(`'good'`)
    await move(first.path, url)
    await perform(
      url,
      `UPDATE messages SET edited_at = 9007199254740993 WHERE room = '${room}' AND seq = ${seq}`,
    )
    await refuses(move(url, last.path), new RegExp(`${there}edited_at is not a whole number below 2\\^53`))
  })

  it('that takes no writes is copied; a replica, which may lack some, is not', async () => {
    using last = aFolder()
    const url = await postgres.newDatabase()
    await move(filled.path, url)
    await perform(url, `ALTER DATABASE ${nameOf(url)} SET default_transaction_read_only = on`)
    await move(url, last.path)
    assert.deepEqual(rowsIn(last.path), rowsIn(filled.path))
    const replica = await startPostgres({ isStandby: true })
    try {
      await refuses(
        move(replica.url, await postgres.newDatabase()),
        /read-only replica, expected the primary/,
      )
    } finally {
      await replica.stop()
    }
  })
})

describe('what did not arrive as it left', () => {
  const ofRoom =
    /^the database .* does not hold what it was given: messages, tenant "acme", room "[0-9a-f-]{36}": /
  const onTheWay: { [what: string]: [table: string, does: string, difference: RegExp] } = {
    'another text': [
      'messages',
      `NEW.text := NEW.text || ' '; RETURN NEW;`,
      /the rows differ in what they say/,
    ],
    'another rev': [
      'messages',
      'NEW.rev := NEW.rev + 99; RETURN NEW;',
      /expected the highest rev \d+, got \d+/,
    ],
    'a message less': ['messages', 'RETURN NULL;', /expected \d+ rows, got \d+/],
  }
  for (const [what, [table, does, difference]] of Object.entries(onTheWay)) {
    it(`is found before anything is kept: ${what}`, async () => {
      const target = await aPrepared(trigger(table, `NEW.tenant = 'acme' AND NEW.seq = 2`, does))
      await refuses(move(filled.path, target), new RegExp(ofRoom.source + difference.source))
      await requireEmpty(target)
      await perform(target, 'DROP FUNCTION meddle CASCADE')
      await move(filled.path, target)
    })
  }

  const others: { [what: string]: [table: string, does: string, difference: RegExp] } = {
    'a member less': [
      'members',
      `RETURN CASE NEW."user" WHEN 'lee' THEN NULL ELSE NEW END;`,
      /members, tenant "[^"]+", room "[^"]+": expected 4 rows, got 3/,
    ],
    'all members of a room': [
      'members',
      `RETURN CASE NEW."user" WHEN 'mina' THEN NULL ELSE NEW END;`,
      /members, tenant .* expected \d+ rows, got \d+|expected members, .*, got members, /,
    ],
    'a muted member': ['members', 'NEW.muted := false; RETURN NEW;', /members, .*: the rows differ/],
    'a head': [
      'rooms',
      'NEW.head := NEW.head + 1; RETURN NEW;',
      /rooms, tenant "acme", id "[^"]+": expected the highest head \d+, got \d+/,
    ],
    'the key of a room': ['rooms', 'NEW.key := NULL; RETURN NEW;', /rooms, tenant .*: the rows differ/],
    'a word': [
      'user_words',
      `NEW.word := NEW.word || 'x'; RETURN NEW;`,
      /user_words, tenant "acme": the rows differ/,
    ],
    'a secret': ['tenants', `NEW.secrets := '[]'; RETURN NEW;`, /tenants: the rows differ/],
    'a host': ['hosts', 'RETURN NULL;', /expected hosts, got nothing more/],
  }
  for (const [what, [table, does, difference]] of Object.entries(others)) {
    it(`is found in every table: ${what}`, async () => {
      const target = await aPrepared(trigger(table, 'true', does))
      await refuses(
        move(filled.path, target),
        new RegExp(` does not hold what it was given: ${difference.source}`),
      )
      await requireEmpty(target)
    })
  }

  it('is found on SQLite too', async () => {
    using last = aFolder()
    await last.open().close()
    onFile(last.path, (db) =>
      db.exec(`CREATE TRIGGER meddle AFTER INSERT ON messages WHEN new.seq = 2 BEGIN
        UPDATE messages SET text = 'x' WHERE key = new.key; END`),
    )
    await refuses(
      move(filled.path, last.path),
      /messages, tenant "acme", room "[^"]+": the rows differ in what they say/,
    )
    onFile(last.path, (db) => db.exec('DROP TRIGGER meddle'))
    await move(filled.path, last.path)
    assert.deepEqual(rowsIn(last.path), rowsIn(filled.path))
  })

  it('and what the target refuses ends the copy, with nothing kept', async () => {
    const target = await aPrepared(trigger('users', 'true', `RAISE EXCEPTION 'no more users';`))
    await refuses(move(filled.path, target), /^cannot use the database chatter_\d+ at [^ ]+: no more users$/)
    await requireEmpty(target)
  })
})

/** `chatter migrate-store` as a process. */
function launch(...args: readonly string[]) {
  const child = spawn(process.execPath, [chatterProgram, 'migrate-store', ...args], {
    env: { PATH: process.env.PATH },
  })
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { child, ended: ended.then(([out, err, [code]]) => ({ out, err, code })) }
}

describe('killed in the middle', () => {
  it('nothing of it is on Postgres, and a second run succeeds', async () => {
    using last = aFolder()
    const target = await aPrepared(trigger('messages', `NEW.tenant = 'default' AND NEW.seq = 2`, waits))
    const barrier = await aBarrier(target)
    const { child, ended } = launch('--from', filled.path, '--to', target)
    await barrier.reached()
    child.kill('SIGKILL')
    await ended
    await barrier.lift()
    await perform(target, 'DROP FUNCTION meddle CASCADE')
    await requireEmpty(target)
    await move(filled.path, target)
    await move(target, last.path)
    assert.deepEqual(rowsIn(last.path), rowsIn(filled.path))
  })

  it('nothing of it is in the folder, and a second run succeeds', async () => {
    using last = aFolder()
    await last.open().close()
    onFile(last.path, (db) =>
      db.exec(`CREATE TRIGGER meddle BEFORE INSERT ON users BEGIN
        SELECT count(*) FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n); END`),
    )
    const { child, ended } = launch('--from', filled.path, '--to', last.path)
    for await (const line of createInterface({ input: child.stderr })) {
      if (line.startsWith('copying users')) break
    }
    child.kill('SIGKILL')
    await ended
    onFile(last.path, (db) => db.exec('DROP TRIGGER meddle'))
    await move(filled.path, last.path)
    assert.deepEqual(rowsIn(last.path), rowsIn(filled.path))
  })
})

describe('to people', () => {
  it('it says how far it is, and in the end what was copied', async () => {
    const url = await postgres.newDatabase()
    const { out, err, code } = await launch('--from', filled.path, '--to', url).ended
    assert.equal(code, 0, err)
    assert.match(out, /^table +rows\n/)
    assert.match(out, /^rooms +8$/m)
    assert.match(
      out,
      /^Copied and verified \d+ rows, of them 8 rooms, in \d+ s\.\n.*every client loads anew\.\n$/m,
    )
    assert.match(err, /^copying messages: \d+$/m)
    assert.match(err, /^verifying messages: \d+$/m)
  })

  it('with --json it says nothing but the result', async () => {
    using last = aFolder()
    const { out, err, code } = await launch('--from', filled.path, '--to', last.path, '--json').ended
    assert.deepEqual([code, err], [0, ''])
    const { tables, rows, rooms, seconds }: Copied = JSON.parse(out)
    assert.deepEqual([rooms, tables.rooms, typeof seconds], [8, 8, 'number'])
    assert.equal(
      rows,
      Object.values(tables).reduce((sum, count) => sum + count),
    )
  })

  it('what was asked wrongly is exit 2, what fails exit 1, each in one line without the password', async () => {
    using folder = aFolder()
    const to = 'postgres://chatter:sesame@127.0.0.1:1/chatter'
    await folder.open().close()
    const failed = await launch('--from', folder.path, '--to', to).ended
    assert.deepEqual([failed.code, failed.out], [1, ''])
    assert.match(failed.err, /^chatter: cannot use the database chatter at 127\.0\.0\.1:1: [^\n]+\n$/)
    assert.doesNotMatch(failed.err, /sesame/)
    const wrong = await launch('--to', to).ended
    assert.deepEqual(wrong, {
      code: 2,
      out: '',
      err: 'chatter: --from: expected a folder or postgres://…, got nothing\n',
    })
  })

  it('every fault of its flags is shown', async () => {
    const faultsOf = async (...args: string[]) => {
      const faults = await chatterCommand('', 'migrate-store', ...args).then(
        () => [],
        (error: unknown) => (error instanceof ConfigProblem ? error.faults : assert.fail(String(error))),
      )
      return faults.map((fault) => fault.split(', got')[0])
    }
    const nothing = (flag: string) => `${flag}: expected a folder or postgres://…`
    const wrong = '--to: expected a folder, or a URL like postgres://user@host:5432/database'
    const same = '--to: expected another database than that of --from'
    assert.deepEqual(await faultsOf(), [nothing('--from'), nothing('--to')])
    assert.deepEqual(await faultsOf('--from', '', '--to', 'mysql://me:sesame@db/chat'), [
      nothing('--from'),
      wrong,
    ])
    assert.deepEqual(await faultsOf('--from', './data', '--to', 'postgres://me@db:port/chat'), [wrong])
    assert.deepEqual(await faultsOf('--from', './data', '--to', 'data/'), [same])
    const [one, other] = ['postgres://me@db/chat', 'postgresql://you:sesame@db:5432/chat']
    assert.deepEqual(await faultsOf('--from', one, '--to', other), [same])
  })
})
