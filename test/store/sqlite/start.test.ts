import assert from 'node:assert/strict'
import { copyFileSync, cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import Database from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { migrate } from 'drizzle-orm/better-sqlite3/migrator'
import { settingsFrom } from '../../../server/rules/settings.ts'
import { DatabaseProblem } from '../../../server/store/database-problem.ts'
import { openSqlite } from '../../../server/store/sqlite/open.ts'
import { aFolder, type Folder } from '../../support/a-folder.ts'
import { messagesOfBefore, roomOfBefore } from '../room-of-before.ts'

const migrations = join(import.meta.dirname, '..', '..', '..', 'server', 'store', 'sqlite', 'migrations')
const journal = JSON.parse(readFileSync(join(migrations, 'meta', '_journal.json'), 'utf8'))

/** For `assert.throws`: one line for the operator. */
const oneLine = (pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof DatabaseProblem, String(error))
  assert.doesNotMatch(error.message, /\n/)
  assert.match(error.message, pattern)
  return true
}

describe('the database of a folder:', () => {
  let folder: Folder
  beforeEach(() => {
    folder = aFolder()
  })
  afterEach(() => folder.remove())

  const onFile = <T>(look: (db: Database.Database) => T, path = folder.file('chatter.db')): T => {
    const db = new Database(path)
    try {
      return look(db)
    } finally {
      db.close()
    }
  }

  /** Opens it as a server, saves a user, and stops cleanly. */
  async function useIt(user: string): Promise<string> {
    const stores = folder.open()
    await stores.forTenant('site').saveUser({ id: user })
    await stores.close()
    return stores.epoch
  }

  /** The tables as the first so many migrations leave them. */
  function makeTables(count: number): void {
    const earlier = folder.file(`until-${count}`)
    cpSync(migrations, earlier, { recursive: true })
    const entries = journal.entries.slice(0, count)
    writeFileSync(join(earlier, 'meta', '_journal.json'), JSON.stringify({ ...journal, entries }))
    onFile((db) => migrate(drizzle(db), { migrationsFolder: earlier }))
  }

  async function epochNow(): Promise<string> {
    const stores = folder.open()
    await stores.close()
    return stores.epoch
  }

  it('commits are flushed to the disk, after the first write too', async () => {
    const stores = folder.open()
    await stores.check()
    await stores.forTenant('site').saveUser({ id: 'mina' })
    await stores.check()
    assert.equal(
      onFile((db) => db.pragma('journal_mode', { simple: true })),
      'wal',
    )
    await stores.close()
  })

  it('a folder that cannot be made is one line, below /proc too, and one with folders above it is made', async () => {
    const below = '/proc/nothing/data'
    assert.throws(() => folder.open({ folder: below }), oneLine(/^cannot write to \/proc\/nothing\/data: /))
    const deep = folder.file('a/b/data')
    await folder.open({ folder: deep }).close()
    for (const path of [deep, folder.file('a')]) assert.equal(statSync(path).mode & 0o777, 0o700)
  })

  it('one server holds a folder; the next gets it when the first has gone', async () => {
    const first = folder.open()
    assert.throws(() => folder.open(), oneLine(/^another Chatter server is using /))
    await first.forTenant('site').saveUser({ id: 'mina' })
    await first.close()
    const second = folder.open()
    assert.ok(await second.forTenant('site').findUser('mina'))
    await second.close()
  })

  it('a tool works beside a server, and never keeps one from starting', async () => {
    const [early, server, late] = [
      folder.open({ role: 'tool' }),
      folder.open(),
      folder.open({ role: 'tool' }),
    ] as const
    for (const [n, { tenants }] of [early, server, late].entries()) {
      await tenants.add({ id: `t${n}`, hosts: [], secrets: [], origins: [] })
    }
    for (const stores of [early, server, late]) {
      assert.equal((await stores.tenants.list()).length, 3)
      assert.equal(await stores.tenants.readVersion(), 3)
      assert.equal(stores.epoch === server.epoch, stores !== early)
    }
    for (const stores of [early, late, server]) await stores.close()
    assert.equal(await epochNow(), server.epoch)
  })

  it('what the build before adds and changes beside it is a tenant with the usual settings', async () => {
    const stores = folder.open()
    await stores.tenants.add({
      id: 'new',
      hosts: [],
      secrets: [],
      origins: [],
      settings: { 'limits.textChars': 9 },
    })
    onFile((db) => {
      db.exec(
        `INSERT INTO tenants (id, secrets, origins, directory, created_at) VALUES ('old', '[]', '[]', 'shared', 0)`,
      )
      db.exec(`UPDATE tenants SET directory = 'none' WHERE id = 'new'`)
    })
    const found = (await stores.tenants.list()).map(({ id, settings }) => [id, settings])
    assert.deepEqual(Object.fromEntries(found), {
      old: settingsFrom({ directory: 'shared' }),
      new: settingsFrom({ directory: 'none', 'limits.textChars': 9 }),
    })
    await stores.tenants.change('new', { settings: { directory: 'all' } })
    assert.equal(
      onFile((db) => db.prepare(`SELECT directory FROM tenants WHERE id = 'new'`).pluck().get()),
      'all',
    )
    await stores.close()
  })

  it('a clean stop and start keeps the epoch', async () => {
    const epoch = await useIt('mina')
    assert.match(epoch, /^[0-9a-f-]{36}$/)
    assert.equal(await useIt('sam'), epoch)
    assert.equal(await epochNow(), epoch)
  })

  it('a backup that is put back is another epoch, and what was in it is there', async () => {
    const epoch = await useIt('mina')
    copyFileSync(folder.file('chatter.db'), folder.file('backup'))
    await useIt('lost')
    copyFileSync(folder.file('backup'), folder.file('chatter.db'))
    const stores = folder.open()
    assert.notEqual(stores.epoch, epoch)
    assert.deepEqual(Object.keys(await stores.forTenant('site').findUsers(['mina', 'lost'])), ['mina'])
    await stores.close()
    assert.equal(await epochNow(), stores.epoch)
  })

  it('so is a backup that was taken of the running server whose place it takes', async () => {
    const stores = folder.open()
    await stores.forTenant('site').saveUser({ id: 'mina' })
    onFile((db) => db.exec(`VACUUM INTO '${folder.file('backup')}'`))
    await stores.forTenant('site').saveUser({ id: 'lost' })
    await stores.close()
    copyFileSync(folder.file('backup'), folder.file('chatter.db'))
    assert.notEqual(await epochNow(), stores.epoch)
  })

  it('so is a backup of the whole folder of a running server, and the folder of one that was killed', async () => {
    const stores = folder.open()
    await stores.forTenant('site').saveUser({ id: 'mina' })
    const copy = aFolder()
    cpSync(folder.path, copy.path, { recursive: true })
    const restored = copy.open()
    assert.notEqual(restored.epoch, stores.epoch)
    assert.ok(await restored.forTenant('site').findUser('mina'))
    await restored.close()
    await stores.close()
    copy.remove()
  })

  it('so is one whose disk lost more than it said: the mark of an earlier stop counts no more', async () => {
    const epoch = await useIt('mina')
    const mark = readFileSync(folder.file('stopped'))
    const stores = folder.open()
    const copy = aFolder()
    cpSync(folder.path, copy.path, { recursive: true })
    writeFileSync(copy.file('stopped'), mark)
    const restored = copy.open()
    assert.notEqual(restored.epoch, epoch)
    await restored.close()
    await stores.close()
    copy.remove()
  })

  it('so is the database alone, on a new machine', async () => {
    const epoch = await useIt('mina')
    rmSync(folder.file('stopped'))
    assert.notEqual(await epochNow(), epoch)
  })

  it('a database of a newer version is refused, by server and tool', async () => {
    await useIt('mina')
    onFile((db) =>
      db.prepare(`INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('later', ?)`).run(9e12),
    )
    const before = readFileSync(folder.file('chatter.db'))
    for (const role of ['server', 'tool'] as const) {
      assert.throws(() => folder.open({ role }), oneLine(/was made by a newer version of Chatter: upgrade/))
    }
    assert.deepEqual(readFileSync(folder.file('chatter.db')), before)
  })

  it('a folder that cannot be written is one clear line', () => {
    writeFileSync(folder.file('plain'), 'a file')
    for (const path of [folder.file('plain'), join(folder.file('plain'), 'data')]) {
      const open = () => openSqlite({ folder: path, role: 'server', now: Date.now })
      assert.throws(open, oneLine(/^cannot (write to|open) .*plain/))
    }
  })

  it('a file that is no database is one clear line, and the folder is free again', async () => {
    writeFileSync(folder.file('chatter.db'), 'something else entirely, and long enough to look like a header')
    assert.throws(() => folder.open(), oneLine(/^cannot use the database in .*: file is not a database$/))
    rmSync(folder.file('chatter.db'))
    await useIt('mina')
  })

  it('migrations lead from nothing, and from every earlier version, to the same tables', async () => {
    const tables = () => onFile((db) => db.prepare('SELECT name, sql FROM sqlite_master ORDER BY name').all())
    await useIt('mina')
    const expected = tables()
    for (let count = 1; count <= journal.entries.length; count++) {
      for (const file of ['chatter.db', 'stopped']) rmSync(folder.file(file), { force: true })
      makeTables(count)
      await useIt('mina')
      assert.deepEqual(tables(), expected)
    }
  })

  it('a room from before membership revs is there with its members, and has none yet', async () => {
    makeTables(2)
    onFile((db) => db.exec(roomOfBefore))
    const stores = folder.open()
    assert.deepEqual(await stores.forTenant('site').listMemberships('mina'), [
      { room: 'team', head: 7, membershipRev: 0 },
    ])
    await stores.close()
  })

  it('messages from before their keys were numbers are where they were, as they were', async () => {
    makeTables(3)
    onFile((db) => db.exec(`${roomOfBefore}; ${messagesOfBefore}`))
    const stores = folder.open()
    const [site, other] = [stores.forTenant('site'), stores.forTenant('other')]
    const at = (ms: number) => new Date(ms).toISOString()
    const sams = { authorId: 'sam', kind: 'text' as const }
    const [edited, deleted] = [
      { ...sams, id: 'same', roomId: 'a', seq: 1, rev: 3, text: 'edited', createdAt: at(5), editedAt: at(7) },
      { ...sams, id: 'next', roomId: 'a', seq: 2, rev: 4, text: '', createdAt: at(6), deletedAt: at(8) },
    ]
    const inTeam = {
      ...sams,
      id: 'same',
      roomId: 'team',
      seq: 4,
      rev: 4,
      text: 'in the team',
      createdAt: at(5),
    }
    const system = { event: 'added', userId: 'lee' } as const
    const place = { id: 'added', roomId: 'team', seq: 7, rev: 7, createdAt: at(6) }
    const added = { ...place, authorId: 'sam', kind: 'system' as const, text: 'added', system }
    const elsewhere = {
      ...sams,
      id: 'same',
      roomId: 'team',
      seq: 1,
      rev: 1,
      text: 'elsewhere',
      createdAt: at(9),
    }

    assert.deepEqual((await site.readPage('a', {}, 10)).messages, [edited, deleted])
    assert.deepEqual((await site.readChanges('a', 3, 10)).messages, [deleted])
    assert.deepEqual((await site.readPage('team', {}, 10)).messages, [inTeam, added])
    assert.deepEqual((await other.readPage('team', {}, 10)).messages, [elsewhere])
    assert.deepEqual(await site.findMessage('team', 'same'), inTeam)
    assert.deepEqual((await site.findRoom('team', 'mina'))?.lastMessage, added)
    assert.equal(await site.countUnread('mina'), 2)
    assert.deepEqual(await site.listMemberships('mina'), [
      { room: 'a', head: 4, membershipRev: 3 },
      { room: 'team', head: 7, membershipRev: 0 },
    ])
    const next = await site.append({ room: 'team', id: 'new', author: 'mina', text: 'and on' })
    assert.equal(next.message.seq, 8)
    await stores.close()
    assert.equal(
      onFile((db) => db.prepare('SELECT count(*) FROM messages').pluck().get()),
      6,
    )
  })

  it('a tool that comes first makes the tables, once', async () => {
    const tools = [folder.open({ role: 'tool' }), folder.open({ role: 'tool' })]
    assert.deepEqual(await tools[0]?.tenants.list(), [])
    for (const tool of tools) await tool.close()
    const count = onFile((db) => db.prepare('SELECT count(*) FROM __drizzle_migrations').pluck().get())
    assert.equal(count, journal.entries.length)
  })
})
