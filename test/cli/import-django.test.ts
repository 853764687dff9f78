/** A site that had django-chatter: what its users had there, they find here. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it, test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { ConfigProblem } from '../../server/config.ts'
import { roomKey } from '../../server/rules/room-key.ts'
import { DatabaseProblem } from '../../server/store/database-problem.ts'
import type { Imported as Took } from '../../server/store/import-django/import.ts'
import { openPostgres } from '../../server/store/postgres/open.ts'
import type { Stores } from '../../server/store/store.ts'
import { aFolder, type Folder } from '../support/a-folder.ts'
import { chatterCommand } from '../support/chatter-command.ts'
import { aChatterFolder } from '../support/chatter-process.ts'
import { aDjangoFile, aDjangoSchema, type Django } from '../support/django.ts'
import { type PostgresServer, perform, startPostgres } from '../support/postgres.ts'
import { signToken, startServer } from '../support/server.ts'

const id = (n: number) => `${String(n).padStart(8, '0')}-aaaa-4aaa-8aaa-aaaaaaaaaaaa`
const [pair, again, notes, trio] = [id(1), id(2), id(3), id(4)]
const [quiet, nobody, empty] = [id(5), id(6), id(7)]
const [mina, sam, lee, ada, bo] = [1, 2, 3, 4, 5] as const
const family = '👩‍👩‍👧‍👦'
/** Two characters before the limit begins one that has eleven. */
const long = `${'x'.repeat(7_998)}${family}${'y'.repeat(20)}`

/** What a site wrote in a year, with what is awkward about it. */
async function fill(django: Django): Promise<void> {
  await django.user(mina, 'mina', { first: 'Mina', last: 'López' })
  await django.user(sam, 'sam')
  await django.user(lee, 'lee')
  // She may not sign in any more, and never said anything.
  await django.user(ada, 'ada', { isActive: false })
  await django.user(bo, 'bo', { isActive: false })
  await django.visit(mina, '2019-06-01 10:00:00.999999')
  await django.room(pair, '2019-05-01 10:00:00', mina, sam)
  await django.room(again, '2019-05-02 10:00:00', sam, mina)
  await django.room(notes, '2019-05-03 10:00:00', mina)
  await django.room(trio, '2019-05-04 10:00:00', sam, mina, bo)
  await django.room(quiet, '2019-05-05 10:00:00', lee, sam)
  await django.room(nobody, '2019-05-06 10:00:00')
  await django.room(empty, '2019-05-07 10:00:00', sam, lee)
  const say = (n: number, room: string, sender: number, text: string, at: string, ...readers: number[]) =>
    django.message(n, { room, sender, text, at, readers })
  await say(11, pair, mina, 'a &lt;b&gt; &amp;amp; &amp; "c" <em>d</em>', '2019-05-25 03:08:00', sam)
  // Later by its number, earlier by its time.
  await say(13, pair, sam, 'third', '2019-05-25 03:08:00.000002')
  await say(12, pair, mina, 'second', '2019-05-25 03:08:00.000001')
  await say(14, pair, sam, '  \u200b ', '2019-05-25 03:09:00')
  await say(15, pair, mina, long, '2019-05-25 03:10:00.5', sam)
  await say(17, pair, mina, 'of one moment, second', '2019-05-25 03:11:00')
  await say(16, pair, mina, 'of one moment, first', '2019-05-25 03:11:00')
  await say(21, again, sam, 'in the other room', '2019-05-26 00:00:00')
  await say(31, notes, mina, 'milk', '2019-05-20 00:00:00')
  await say(41, trio, bo, 'hello both', '2019-05-27 00:00:00', mina)
  // She was never in that room.
  await say(42, trio, lee, 'from outside', '2019-05-27 00:00:01', mina)
  await say(61, nobody, sam, 'to nobody', '2019-05-27 00:00:00')
}

type Imported = Took & { readonly dryRun: boolean }

type Place = { readonly flags: readonly string[]; open(): Promise<Stores>; remove(): void }

async function run(place: Place, django: Django, ...flags: readonly string[]): Promise<Imported> {
  const asked = [...place.flags, ...django.flags, '--tenant', 'default', '--json', ...flags]
  return JSON.parse(await chatterCommand('', 'import-django', ...asked))
}

const oddIn = ({ odd }: Imported) => Object.fromEntries(odd.map(({ what, count }) => [what, count]))

/** All that users see. */
async function seenIn(place: Place) {
  const stores = await place.open()
  try {
    const store = stores.forTenant('default')
    const lists: Record<string, unknown> = {}
    const histories: Record<string, unknown> = {}
    for (const user of ['1', '2', '3', '4', '5']) {
      const { rooms } = await store.listRooms(user, { limit: 100 })
      lists[user] = rooms.map(({ id, kind, lastAt, me }) => [id, kind, lastAt, me?.unread])
      for (const room of rooms) {
        const { messages } = await store.readPage(room.id, { after: 0 }, 100)
        histories[room.id] = messages.map(({ id, authorId, text, createdAt }) => [
          id,
          authorId,
          text,
          createdAt,
        ])
      }
    }
    const users = await store.findUsers(['1', '2', '3', '4', '5'])
    const names = Object.fromEntries(Object.values(users).map((user) => [user.id, user.name]))
    return { lists, histories, names, lastSeen: { ...(await store.readLastSeen(['1', '2'])) } }
  } finally {
    await stores.close()
  }
}

const textsIn = (history: unknown) =>
  (history as [string, string, string, string][]).map(([, by, text, at]) => [by, text, at])

describe('what a site had in django-chatter,', () => {
  let postgres: PostgresServer
  let folders: Folder[] = []
  const aPlace = async (kind: 'SQLite' | 'Postgres'): Promise<Place> => {
    if (kind === 'SQLite') {
      const folder = aFolder()
      folders.push(folder)
      const open = async () => folder.open({ role: 'tool' })
      await (await open()).close()
      return { flags: ['--data', folder.path], open, remove: folder.remove }
    }
    const url = await postgres.newDatabase()
    const open = () => openPostgres({ url, role: 'tool' })
    await (await open()).close()
    return { flags: ['--database-url', url], open, remove: () => {} }
  }
  const aDjango = async (kind: 'SQLite' | 'Postgres', schema?: string): Promise<Django> => {
    if (kind === 'Postgres') return aDjangoSchema(await postgres.newDatabase(), schema)
    const folder = aFolder()
    folders.push(folder)
    return aDjangoFile(folder.file('db.sqlite3'))
  }
  before(async () => {
    postgres = await startPostgres()
  })
  after(async () => {
    await postgres.stop()
    for (const folder of folders) folder.remove()
    folders = []
  })

  for (const [from, to, schema] of [
    ['SQLite', 'SQLite'],
    ['Postgres', 'SQLite', 'shop_7'],
    ['SQLite', 'Postgres'],
    ['Postgres', 'Postgres'],
  ] as const) {
    it(`from ${from}${schema === undefined ? '' : ', in a schema of its own,'} on ${to} its users find as it was`, async () => {
      const [place, django] = [await aPlace(to), await aDjango(from, schema)]
      await fill(django)
      const imported = await run(place, django)
      const seen = await seenIn(place)
      assert.deepEqual(seen.lists, {
        1: [
          [trio, 'group', '2019-05-27T00:00:01.000Z', 0],
          [again, 'group', '2019-05-26T00:00:00.000Z', 1],
          [pair, 'direct', '2019-05-25T03:11:00.000Z', 0],
          [notes, 'self', '2019-05-20T00:00:00.000Z', 0],
        ],
        2: [
          [trio, 'group', '2019-05-27T00:00:01.000Z', 2],
          [again, 'group', '2019-05-26T00:00:00.000Z', 0],
          [pair, 'direct', '2019-05-25T03:11:00.000Z', 2],
          [quiet, 'direct', '2019-05-05T10:00:00.000Z', 0],
        ],
        3: [[quiet, 'direct', '2019-05-05T10:00:00.000Z', 0]],
        4: [],
        5: [[trio, 'group', '2019-05-27T00:00:01.000Z', 1]],
      })
      assert.deepEqual(textsIn(seen.histories[pair]), [
        ['1', 'a <b> &amp; & "c" <em>d</em>', '2019-05-25T03:08:00.000Z'],
        ['1', 'second', '2019-05-25T03:08:00.000Z'],
        ['2', 'third', '2019-05-25T03:08:00.000Z'],
        ['1', 'x'.repeat(7_998), '2019-05-25T03:10:00.500Z'],
        ['1', `${family}${'y'.repeat(20)}`, '2019-05-25T03:10:00.500Z'],
        ['1', 'of one moment, first', '2019-05-25T03:11:00.000Z'],
        ['1', 'of one moment, second', '2019-05-25T03:11:00.000Z'],
      ])
      assert.deepEqual(textsIn(seen.histories[trio]), [
        ['5', 'hello both', '2019-05-27T00:00:00.000Z'],
        ['3', 'from outside', '2019-05-27T00:00:01.000Z'],
      ])
      assert.deepEqual(seen.names, { 1: 'mina', 2: 'sam', 3: 'lee', 5: 'bo' })
      assert.deepEqual(seen.lastSeen, { 1: '2019-06-01T10:00:00.999Z' })
      const { odd: _, seconds: __, ...counts } = imported
      assert.deepEqual(counts, {
        users: { created: 4, known: 0 },
        rooms: { created: 5, known: 0, self: 1, direct: 2, group: 2 },
        messages: { created: 11, known: 0 },
        dryRun: false,
      })
      assert.deepEqual(oddIn(imported), {
        roomsAsGroups: 1,
        roomsOfNobody: 1,
        roomsTwice: 1,
        messagesLeft: 1,
        messagesEmpty: 1,
        messagesSplit: 1,
        sendersElsewhere: 1,
      })

      const twice = await run(place, django)
      assert.deepEqual(await seenIn(place), seen)
      assert.deepEqual(
        [twice.users, twice.messages, twice.rooms.created, twice.rooms.known],
        [{ created: 0, known: 4 }, { created: 0, known: 11 }, 0, 5],
      )
      await django.close()
    })
  }

  it('what comes there after the first time comes once, and what became of it here stays', async () => {
    const [place, django] = [await aPlace('SQLite'), await aDjango('SQLite')]
    await fill(django)
    await run(place, django)
    const stores = await place.open()
    const store = stores.forTenant('default')
    const { messages } = await store.readPage(pair, { after: 0 }, 100)
    const [first] = messages
    assert.ok(first)
    await store.amend({ kind: 'edit', room: pair, id: first.id, by: '1', text: 'otherwise' })
    await store.saveUser({ id: '1', name: 'Mina, as her token says' })
    await store.deleteRoom({ room: again })
    await store.append({ room: trio, id: id(90), author: '2', text: 'written here' })
    await stores.close()
    await django.message(50, { room: pair, sender: sam, text: 'and then', at: '2019-07-01 00:00:00' })
    await django.message(51, {
      room: trio,
      sender: sam,
      text: 'there, too',
      at: '2019-07-01 00:00:00',
      readers: [mina],
    })
    await django.user(6, 'kim')
    await django.room(id(8), '2019-07-01 00:00:00', 6, mina)
    await django.message(81, { room: id(8), sender: 6, text: 'new', at: '2019-07-01 00:00:01' })
    const before = await seenIn(place)
    const more = await run(place, django)
    assert.deepEqual([more.users.created, more.rooms.created, more.messages.created], [1, 1, 3])
    assert.deepEqual(
      Object.keys(oddIn(more))
        .filter((what) => /rooms|marks/.test(what))
        .sort(),
      ['marksKept', 'roomsDeleted', 'roomsOfNobody', 'roomsTwice', 'roomsAsGroups'].sort(),
    )
    const seen = await seenIn(place)
    assert.deepEqual(textsIn(seen.histories[pair]).at(0)?.[1], 'otherwise')
    assert.deepEqual(textsIn(seen.histories[pair]).at(-1), ['2', 'and then', '2019-07-01T00:00:00.000Z'])
    assert.deepEqual(
      textsIn(seen.histories[trio]).map(([, text]) => text),
      ['hello both', 'from outside', 'written here', 'there, too'],
    )
    // What she has not read here she has not read, whatever she read there since.
    assert.equal(unreadOf(before, '1', trio), 1)
    assert.equal(unreadOf(seen, '1', trio), 2)
    assert.equal(seen.names['1'], 'Mina, as her token says')
    assert.equal(again in seen.histories, false)
    await run(place, django)
    assert.deepEqual(await seenIn(place), seen)
    await django.close()
  })

  it('who was erased here since does not come again, nor what they wrote, and all else does', async () => {
    for (const removesMessages of [false, true]) {
      const [place, django] = [await aPlace('SQLite'), await aDjango('SQLite')]
      await fill(django)
      await run(place, django)
      const stores = await place.open()
      const store = stores.forTenant('default')
      await store.beginErasing('2')
      while (!(await store.eraseSome({ user: '2', removesMessages })).isDone);
      await stores.close()
      const before = await seenIn(place)
      await django.message(50, { room: pair, sender: sam, text: 'and then', at: '2019-07-01 00:00:00' })
      await django.message(51, { room: pair, sender: mina, text: 'and I', at: '2019-07-01 00:00:01' })
      const more = await run(place, django)
      assert.deepEqual([more.users.created, more.rooms.created, more.messages.created], [0, 0, 1])
      const odd = oddIn(more)
      assert.equal(odd.usersErased, 1)
      const seen = await seenIn(place)
      assert.equal(seen.names['2'], undefined)
      assert.deepEqual(textsIn(seen.histories[pair]).at(-1)?.slice(0, 2), ['1', 'and I'])
      assert.equal(textsIn(seen.histories[pair]).length, textsIn(before.histories[pair]).length + 1)
      assert.equal(JSON.stringify(seen).includes('and then'), false)
      await django.close()
    }
  })

  it('what is too old for a room does not come, and what went since does not come back', async () => {
    const [place, django] = [await aPlace('SQLite'), await aDjango('SQLite')]
    await django.user(mina, 'mina')
    await django.user(sam, 'sam')
    await django.room(pair, '2019-05-01 10:00:00', mina, sam)
    const days = (n: number) =>
      new Date(Date.now() - n * 86_400_000).toISOString().replace('T', ' ').slice(0, 19)
    // More than a page of them is old.
    await django.run(
      `WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 599)
       INSERT INTO django_chatter_message (id, date_created, date_modified, text, room_id, sender_id)
       SELECT 1000 + n, $1, $2, 'old ' || n, $3, $4 FROM n`,
      ...[days(50), days(50), pair.replaceAll('-', ''), mina],
    )
    await django.message(5_000, { room: pair, sender: sam, text: 'young', at: days(5) })
    const ours = id(77)
    const stores = await place.open()
    const store = stores.forTenant('default')
    await store.saveUser({ id: '1' })
    await store.saveUser({ id: '2' })
    await store.openRoom({ id: ours, kind: 'direct', members: ['1', '2'], key: roomKey(['1', '2']) })
    await stores.close()
    assert.equal((await run(place, django)).messages.created, 601)
    const later = await place.open()
    await later.forTenant('default').setUpRoom({ room: ours, keepDays: 30 })
    const wish = { now: Date.now(), keepDays: null, after: '' }
    for (let left = 600; left > 0; ) left -= (await later.forTenant('default').removeOld(wish)).removed
    await later.close()
    await django.message(5_001, { room: pair, sender: mina, text: 'younger', at: days(1) })
    const more = await run(place, django)
    assert.deepEqual([more.rooms.created, more.messages.created, oddIn(more).messagesOld], [0, 1, 600])
    const { histories } = await seenIn(place)
    assert.deepEqual(
      textsIn(histories[ours]).map(([, text]) => text),
      ['young', 'younger'],
    )
    await django.close()
  })

  it('is what a server answers its users', async () => {
    const [place, django] = [await aPlace('SQLite'), await aDjango('SQLite')]
    await fill(django)
    await run(place, django)
    const stores = await place.open()
    await using server = await startServer({ stores })
    const { rooms } = await (await server.fetch('2', 'rooms')).json()
    assert.deepEqual(
      rooms.map(({ id, me }: { id: string; me: { unread: number } }) => [id, me.unread]),
      [
        [trio, 2],
        [again, 0],
        [pair, 2],
        [quiet, 0],
      ],
    )
    const page = await (await server.fetch('2', `rooms/${pair}/messages?limit=2`)).json()
    assert.deepEqual(
      page.messages.map(({ text }: { text: string }) => text),
      ['of one moment, first', 'of one moment, second'],
    )
    await stores.close()
    await django.close()
  })

  it('goes into the room that two people have here already, where nothing was said in it', async () => {
    const [place, django] = [await aPlace('SQLite'), await aDjango('SQLite')]
    await fill(django)
    const stores = await place.open()
    const store = stores.forTenant('default')
    for (const user of ['1', '2']) await store.saveUser({ id: user })
    const draft = { id: id(70), kind: 'direct', members: ['2', '1'] } as const
    await store.openRoom({ ...draft, key: roomKey(draft.members) })
    await stores.close()
    await run(place, django)
    const seen = await seenIn(place)
    assert.equal(textsIn(seen.histories[id(70)]).length, 7)
    assert.equal(pair in seen.histories, false)
    await run(place, django)
    assert.deepEqual(await seenIn(place), seen)
    await django.close()
  })

  it('a dry run says the same, and writes nothing', async () => {
    for (const to of ['SQLite', 'Postgres'] as const) {
      const [place, django] = [await aPlace(to), await aDjango('SQLite')]
      await fill(django)
      const before = await seenIn(place)
      const { dryRun, seconds: _, ...would } = await run(place, django, '--dry-run')
      assert.equal(dryRun, true)
      assert.deepEqual(await seenIn(place), before)
      const { dryRun: __, seconds: ___, ...did } = await run(place, django)
      assert.deepEqual(would, did)
      await django.message(50, { room: pair, sender: sam, text: 'and then', at: '2019-07-01 00:00:00' })
      const after = await seenIn(place)
      assert.deepEqual((await run(place, django, '--dry-run')).messages, { created: 1, known: 11 })
      assert.deepEqual(await seenIn(place), after)
      await django.close()
    }
  })

  it('people read how much it was, and what was odd', async () => {
    const [place, django] = [await aPlace('SQLite'), await aDjango('SQLite')]
    await fill(django)
    const said = await chatterCommand(
      '',
      'import-django',
      ...place.flags,
      ...django.flags,
      '--tenant',
      'default',
    )
    assert.match(
      said,
      /users +4 new, 0 known\nrooms +5 new, 0 known: 2 of two, 2 groups, 1 notes\nmessages +11 new, 0 known\n/,
    )
    assert.match(said, /\nrooms without members, left out: 1\n/)
    assert.match(said, /\nImported, and counted again room by room, in [\d.]+ s\.$/)
    await django.close()
  })

  it('the user’s id is what the site’s tokens say, and their name what the site says', async () => {
    const [place, django] = [await aPlace('SQLite'), await aDjango('SQLite')]
    await fill(django)
    await run(place, django, '--user-id', 'username', '--user-name', 'first_name, last_name')
    const stores = await place.open()
    const store = stores.forTenant('default')
    assert.equal((await store.findUser('mina'))?.name, 'Mina López')
    assert.equal((await store.findUser('sam'))?.name, 'sam')
    assert.equal((await store.listRooms('bo', { limit: 10 })).rooms.length, 1)
    await stores.close()
    await assert.rejects(
      run(place, django, '--user-id', 'first_name'),
      /--user-id: several users have "" in that column/,
    )
    await django.close()
  })

  it('ids that are no UUIDs, users of a model of the site’s own, and what is gone are no hindrance', async () => {
    const [place, django] = [await aPlace('SQLite'), await aDjango('SQLite')]
    const person = '1234567890abcdef1234567890abcdef'
    await django.run('CREATE TABLE shop_person (uid char(32) NOT NULL PRIMARY KEY, nick text)')
    await django.run('INSERT INTO shop_person VALUES ($1, $2)', person, 'Mina')
    await django.run('ALTER TABLE django_chatter_room_members RENAME COLUMN user_id TO person_id')
    await django.run('ALTER TABLE django_chatter_message_recipients RENAME COLUMN user_id TO person_id')
    const member = 'INSERT INTO django_chatter_room_members (room_id, person_id) VALUES ($1, $2)'
    await django.room('vytxeTZskVKR7C7WgdSP3d', 'no time')
    await django.run(member, 'vytxeTZskVKR7C7WgdSP3d', person)
    await django.run(member, 'vytxeTZskVKR7C7WgdSP3d', 'gone')
    const message = `INSERT INTO django_chatter_message (date_created, date_modified, text, room_id, sender_id)
      VALUES ($1, '', $2, $3, $4)`
    await django.run(message, '2019-01-01 00:00:00', 'hers', 'vytxeTZskVKR7C7WgdSP3d', person)
    await django.run(message, '', 'without a time', 'vytxeTZskVKR7C7WgdSP3d', 'gone')
    await django.run(message, '2999-01-01 00:00:00', 'ahead', 'vytxeTZskVKR7C7WgdSP3d', person)
    await django.run(message, '2019-01-01 00:00:00', 'lost', 'no such room', person)
    const asked = ['--user-table', 'shop_person', '--user-name', 'nick']
    const imported = await run(place, django, ...asked)
    assert.deepEqual(oddIn(imported), {
      usersGone: 1,
      sendersGone: 1,
      timesMissing: 1,
      timesAhead: 1,
      messagesOfNoRoom: 1,
    })
    const stores = await place.open()
    const store = stores.forTenant('default')
    const mina = '12345678-90ab-cdef-1234-567890abcdef'
    assert.equal((await store.findUser(mina))?.name, 'Mina')
    const [room] = (await store.listRooms(mina, { limit: 10 })).rooms
    assert.ok(room)
    assert.equal(room.kind, 'group')
    assert.match(room.id, /^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
    const { messages } = await store.readPage(room.id, { after: 0 }, 10)
    assert.deepEqual(
      messages.map(({ authorId, text }) => [authorId, text]),
      [
        ['Deleted user gone', 'without a time'],
        [mina, 'hers'],
        [mina, 'ahead'],
      ],
    )
    assert.ok(Date.parse(messages[2]?.createdAt ?? '') <= Date.now())
    await stores.close()
    assert.equal((await run(place, django, ...asked)).messages.created, 0)
    await django.close()
  })

  it('of a version without recipients and profiles all is read', async () => {
    const [place, django] = [await aPlace('SQLite'), await aDjango('SQLite')]
    await fill(django)
    await django.run('DROP TABLE django_chatter_message_recipients')
    await django.run('DROP TABLE django_chatter_userprofile')
    const imported = await run(place, django)
    assert.ok('noRecipients' in oddIn(imported) && 'noProfiles' in oddIn(imported))
    assert.equal(unreadOf(await seenIn(place), '2', trio), 0)
    await django.close()
  })

  it('a room that did not arrive whole is named, and the command fails', async () => {
    const [place, django] = [await aPlace('Postgres'), await aDjango('SQLite')]
    await fill(django)
    const [, url = ''] = place.flags
    await perform(
      url,
      `CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
       CREATE TRIGGER lose BEFORE INSERT ON messages FOR EACH ROW WHEN (NEW.text = 'second') EXECUTE FUNCTION lose()`,
    )
    await refuses(
      run(place, django),
      new RegExp(`has 7 messages, which are 7 here, and 6 of them are in room ${pair}`),
    )
    await django.close()
  })

  /** Of one room, numbered against their time now and then. */
  async function fillLong(django: Django, count: number): Promise<void> {
    await django.user(mina, 'mina')
    await django.user(sam, 'sam')
    await django.room(pair, '2019-05-01 10:00:00', mina, sam)
    await django.run('BEGIN')
    for (let nth = 0; nth < count; nth++) {
      const number = nth % 7 === 0 ? 2 * count + nth : nth + 1
      const at = new Date(Date.UTC(2020, 0, 1) + nth * 1_000).toISOString().replace('T', ' ').slice(0, 19)
      const readers = nth === count - 3 ? [mina] : []
      await django.message(number, {
        room: pair,
        sender: nth < count - 2 ? mina : sam,
        text: `m ${nth}`,
        at,
        readers,
      })
    }
    await django.run('COMMIT')
  }

  async function longIn(place: Place) {
    const stores = await place.open()
    const store = stores.forTenant('default')
    const texts: string[] = []
    for (let after = 0; ; ) {
      const { messages, newer } = await store.readPage(pair, { after }, 200)
      texts.push(...messages.map(({ text }) => text))
      after = messages.at(-1)?.seq ?? after
      if (!newer) break
    }
    const unread = (await store.findRoom(pair, '1'))?.me?.unread
    await stores.close()
    return { texts, unread }
  }
  const numbered = (count: number) => Array.from({ length: count }, (_, nth) => `m ${nth}`)

  for (const from of ['SQLite', 'Postgres'] as const) {
    it(`a long room of ${from} comes in its order`, async () => {
      const [place, django] = [await aPlace('SQLite'), await aDjango(from)]
      await fillLong(django, 1_203)
      await run(place, django)
      assert.deepEqual(await longIn(place), { texts: numbered(1_203), unread: 2 })
      await django.close()
    })
  }

  it('what broke off in the middle goes on, and is as if it had not', async () => {
    const [place, django] = [await aPlace('Postgres'), await aDjango('SQLite')]
    await fillLong(django, 1_203)
    const [, url = ''] = place.flags
    await perform(
      url,
      `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broke off'; END $$;
       CREATE TRIGGER fail BEFORE INSERT ON messages FOR EACH ROW WHEN (NEW.text = 'm 800') EXECUTE FUNCTION fail()`,
    )
    await assert.rejects(run(place, django), /broke off/)
    assert.deepEqual((await longIn(place)).texts, numbered(500))
    await perform(url, 'DROP TRIGGER fail ON messages')
    assert.deepEqual((await run(place, django)).messages, { created: 703, known: 500 })
    assert.deepEqual(await longIn(place), { texts: numbered(1_203), unread: 2 })
    await django.close()
  })

  it('a schema that is not there, and one without the tables, are one line each', async () => {
    const [place, django] = [await aPlace('SQLite'), await aDjango('Postgres', 'shop_7')]
    const [, url = ''] = django.flags
    const to = [...place.flags, '--tenant', 'default']
    const asked = (...flags: string[]) =>
      chatterCommand('', 'import-django', ...to, '--postgres', url, ...flags)
    await refuses(
      asked('--schema', 'shop_8'),
      /^there is no schema shop_8 in the database chatter_\d+ at 127\.0\.0\.1:\d+$/,
    )
    await refuses(asked(), /has no tables of django-chatter: django_chatter_room, .* missing$/)
    await refuses(
      chatterCommand('', 'import-django', ...to, '--postgres', 'postgres://mina:secret@127.0.0.1:1/db'),
      /^cannot use the database db at 127\.0\.0\.1:1: .*ECONNREFUSED/,
    )
    await django.close()
  })
})

function unreadOf(seen: Awaited<ReturnType<typeof seenIn>>, user: string, room: string): unknown {
  const list = seen.lists[user] as [string, string, string, number][]
  return list.find(([one]) => one === room)?.[3]
}

/** It fails with that one line, which shows no password. */
async function refuses(running: Promise<unknown>, why: RegExp): Promise<void> {
  await assert.rejects(running, (error: unknown) => {
    assert.ok(error instanceof DatabaseProblem, `expected a DatabaseProblem, got ${error}`)
    assert.match(error.message, why)
    assert.doesNotMatch(error.message, /\n|secret/)
    return true
  })
}

test('what is no database of django-chatter says what it lacks', async () => {
  using folder = aFolder()
  await folder.open().close()
  const file = folder.file('db.sqlite3')
  const ask = (...flags: string[]) =>
    chatterCommand(folder.path, 'import-django', ...flags, '--tenant', 'default')
  await refuses(ask('--sqlite', file), /^there is no file .*db\.sqlite3$/)
  writeFileSync(file, 'not a database, however long it may be'.repeat(100))
  await refuses(ask('--sqlite', file), /^cannot use the database .*: file is not a database$/)
  await refuses(ask('--sqlite', folder.path), /^cannot use the database [^\n]+: [^\n]+$/)
  await refuses(ask('--sqlite', folder.file('chatter.db')), /has no tables of django-chatter: .* missing$/)
  const other = folder.file('other.sqlite3')
  const django = await aDjangoFile(other)
  await refuses(
    ask('--sqlite', other, '--user-table', 'shop_person'),
    /has no table shop_person: name the one/,
  )
  await refuses(
    ask('--sqlite', other, '--user-id', 'uid'),
    /^--user-id: auth_user has no column uid, only id, password/,
  )
  await django.run('ALTER TABLE django_chatter_message RENAME COLUMN text TO body')
  await refuses(
    ask('--sqlite', other),
    /^django_chatter_message in .* has no text: it is of a django-chatter that/,
  )
  await django.close()
})

test('a server may run meanwhile: who connects from then on finds it all', async () => {
  await using folder = aChatterFolder()
  const server = await folder.serve()
  const django = await aDjangoFile(join(folder.path, 'db.sqlite3'))
  await fill(django)
  const sam = await (await server.socket()).hello(await signToken('2'))
  const flags = [...django.flags, '--tenant', 'default', '--json']
  const { messages } = JSON.parse(await chatterCommand(folder.path, 'import-django', ...flags))
  assert.equal(messages.created, 11)
  const again = await (await server.socket()).hello(await signToken('2'))
  assert.deepEqual(Object.keys(again.ready.heads).sort(), [pair, id(2), trio, id(5)].sort())
  await sam.socket.settle()

  // What comes into a room that is heard already is sent with what is said in it next.
  await django.message(50, { room: pair, sender: mina, text: 'and then', at: '2019-07-01 00:00:00' })
  await chatterCommand(folder.path, 'import-django', ...flags)
  await again.socket.ask({ t: 'send', roomId: pair, messageId: uuidv7(), text: 'live' })
  const said = await again.socket.event('message', ({ message }) => message.text === 'and then')
  assert.equal(said.message.authorId, '1')
  await django.close()
})

test('what is asked wrongly is said all at once, before anything is opened', async () => {
  const faultsOf = async (...flags: string[]) => {
    try {
      await chatterCommand('/nowhere', 'import-django', ...flags)
    } catch (error) {
      assert.ok(error instanceof ConfigProblem, `${error}`)
      return error.faults
    }
    return assert.fail('it did it')
  }
  assert.deepEqual(await faultsOf(), [
    '--sqlite or --postgres: expected the database of the Django site, got nothing',
    '--tenant: expected the tenant that it becomes: default is one',
  ])
  assert.deepEqual(await faultsOf('--sqlite', 'a', '--schema', 'b', '--tenant', 'default'), [
    '--schema: only Postgres has one',
  ])
  assert.deepEqual(
    await faultsOf('--sqlite', 'a', '--postgres', 'http://u:secret@h/', '--tenant', 'default'),
    ['--sqlite, --postgres: expected one of them'],
  )
  assert.deepEqual(await faultsOf('--postgres', 'http://u:secret@h/', '--tenant', 'default'), [
    '--postgres: expected a URL like postgres://user@host:5432/database',
  ])
})

test('a tenant that is not there is named, and nothing is opened for it', async () => {
  using folder = aFolder()
  await folder.open().close()
  const asked = chatterCommand(
    folder.path,
    'import-django',
    '--sqlite',
    folder.file('db'),
    '--tenant',
    'acme',
  )
  await assert.rejects(asked, /no tenant "acme": --tenant may be default/)
})
