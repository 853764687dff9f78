/** A tenant leaves one database as a file and arrives in another, or does not arrive at all. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { uuidv7 } from 'uuidv7'
import { exportTenant, type ImportedTenant, importTenant } from '../../server/store/copy/tenant.ts'
import { fileTables } from '../../server/store/copy/tenant-file.ts'
import { DatabaseProblem } from '../../server/store/database-problem.ts'
import { openPostgres } from '../../server/store/postgres/open.ts'
import { openSqlite } from '../../server/store/sqlite/open.ts'
import type { Stores } from '../../server/store/store.ts'
import { exportedTables } from '../../server/store/tables.ts'
import { fill, rowsIn, someLife, viewsOf } from '../cli/a-filled-store.ts'
import { aGroup, Site } from '../contract/store/a-world.ts'
import { aFolder, type Folder } from '../support/a-folder.ts'
import { chatterProgram } from '../support/chatter-program.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { secret, startServer } from '../support/server.ts'

let postgres: PostgresServer
let filled: Folder
let file: string
before(async () => {
  postgres = await startPostgres()
  filled = aFolder()
  await fill(filled)
  await more(filled)
  file = await exported(filled.path)
})
after(async () => {
  filled.remove()
  await postgres.stop()
})

const isUrl = (place: string) => place.startsWith('postgres')
const open = async (place: string): Promise<Stores> =>
  isUrl(place)
    ? openPostgres({ url: place, role: 'tool', now: Date.now })
    : openSqlite({ folder: place, role: 'tool', now: Date.now })

async function within<T>(place: string, work: (stores: Stores) => Promise<T>): Promise<T> {
  const stores = await open(place)
  try {
    return await work(stores)
  } finally {
    await stores.close()
  }
}

async function exported(from: string, tenant = 'acme'): Promise<string> {
  let file = ''
  for await (const piece of exportTenant({ from, tenant, now: () => 0 })) file += piece
  return file
}

/** In pieces that end anywhere. */
async function* pieces(text: string) {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += 1_000) yield bytes.subarray(at, at + 1_000)
}

const imported = (to: string, text: string, tenant = 'acme'): Promise<ImportedTenant> =>
  importTenant({ to, tenant, file: pieces(text), now: Date.now })

const aTenant = (place: string) =>
  within(place, ({ tenants }) =>
    tenants.add({ id: 'acme', hosts: ['new.acme.test'], origins: [], secrets: ['new'], settings: {} }),
  )

/** What a database with something of everything had not yet. */
async function more(folder: Folder): Promise<void> {
  await within(folder.path, async (stores) => {
    const store = stores.forTenant('acme')
    const later = { amendAsBefore: async () => {}, addUsers: async () => {} }
    const site = new Site({ stores, later, close: async () => {} }, 'acme')
    while (!(await store.eraseSome({ user: 'zoe', removesMessages: false })).isDone);
    const room = await site.group('told', 'mina', 'sam', 'lee')
    const said = { title: 'Order 7', text: 'is on its way', type: 'order', data: { order: 7, é: [null] } }
    await store.appendFromSite({ room, id: uuidv7(), site: said })
    const pinned = await site.say(room, 'mina', 'look')
    await store.amend({ kind: 'pin', room, id: pinned.id, by: 'mina', on: true })
    await store.append({ room, id: uuidv7(), author: 'sam', text: 'said', forwarded: 'lee' })
    const since = { ...aGroup('since', ['mina', 'sam']), history: 'since-joined' } as const
    const { room: hiding } = await store.openRoom(since)
    await site.say(hiding, 'mina', 'before')
    await site.alter(hiding, { kind: 'add', user: 'lee' })
    await site.say(hiding, 'mina', 'after')
    await store.markRead(hiding, 'lee', 2)
    await store.setUpRoom({ room, keepDays: 30 })
    await site.leave(room, 'sam')
    await store.saveUser({ id: 'mina', timeZone: 'Europe/Madrid', data: { plan: 'pro' } })
    await store.setPresence('sam', { show: 'off' })
    await stores.tenants.change('acme', { settings: { jwks: 'https://id.acme.test/keys' } })
  })
}

/** What everybody of the tenant sees, but for join links, which stay behind. */
async function seenAt(place: string) {
  return within(place, async (stores) => {
    const views = (await viewsOf(stores)).inTenants[1] ?? assert.fail()
    const users = views.seen.map(({ user }) => user?.id ?? '')
    const store = stores.forTenant('acme')
    return {
      ...views,
      seen: views.seen.map(({ behind: _, ...seen }) => seen),
      details: await Promise.all(users.map((user) => store.readDetails(user))),
      presence: [...(await store.readPresence(users))].sort(),
      disabled: (await stores.signOuts.list(0)).filter((one) => one.tenant === 'acme' && one.isDisabled)
        .length,
    }
  })
}

/** Each database has its own. */
function withoutEpoch(answer: unknown): object {
  const { epoch, ...others } = answer as { readonly epoch: string }
  assert.ok(epoch)
  return others
}

/** What the server answers to each of them. */
async function answersAt(folder: Folder, users: readonly string[]) {
  await within(folder.path, ({ tenants }) =>
    tenants.change('acme', { hosts: ['127.0.0.1'], origins: ['https://acme.test'], secrets: [secret] }),
  )
  const stores = folder.open()
  await using server = await startServer({ stores })
  const ask = async (user: string, path: string) => {
    const authorization = `Bearer ${await server.token(user, { aud: '127.0.0.1' })}`
    return fetch(new URL(path, server.url), { headers: { authorization } })
  }
  const answers: unknown[] = []
  for (const user of users) {
    const listed = await ask(user, 'v1/rooms?limit=50')
    assert.equal(listed.status, 200, await listed.clone().text())
    const { rooms } = (await listed.json()) as { rooms: { id: string }[] }
    answers.push(rooms)
    for (const { id } of rooms) {
      answers.push(withoutEpoch(await (await ask(user, `v1/rooms/${id}/messages`)).json()))
      answers.push(withoutEpoch(await (await ask(user, `v1/rooms/${id}/changes?since=1`)).json()))
    }
  }
  return answers
}

async function refuses(to: string, text: string, why: RegExp): Promise<void> {
  await assert.rejects(imported(to, text), (error: unknown) => {
    assert.ok(error instanceof DatabaseProblem, `expected a DatabaseProblem, got ${error}`)
    assert.match(error.message, why)
    return true
  })
}

const linesOf = (text: string) => text.trimEnd().split('\n')
const joined = (lines: readonly string[]) => `${lines.join('\n')}\n`

/** With its end as it would be signed: what changed it knows how. */
function signed(lines: readonly string[]): string {
  const body = joined(lines.slice(0, -1))
  const end = { ...JSON.parse(lines.at(-1) ?? ''), sha256: createHash('sha256').update(body).digest('hex') }
  return `${body}${JSON.stringify(end)}\n`
}

describe('a tenant that is exported and imported', () => {
  it('shows everybody what it showed: from SQLite to SQLite and Postgres, and back', async () => {
    await fc.assert(
      fc.asyncProperty(someLife, async (life) => {
        using from = aFolder()
        using other = aFolder()
        using back = aFolder()
        await fill(from, life)
        await more(from)
        const url = await postgres.newDatabase()
        await within(url, async () => {})
        for (const place of [other.path, url, back.path]) await aTenant(place)
        const [text, seen] = [await exported(from.path), await seenAt(from.path)]
        await imported(other.path, text)
        await imported(url, text)
        assert.deepEqual(await seenAt(other.path), seen)
        assert.deepEqual(await seenAt(url), seen)
        // Names are folded by whom they are stored, and all else is told in one way by both.
        assert.equal(await exported(url), text)
        await imported(back.path, await exported(url))
        assert.deepEqual(rowsOf(back.path), rowsOf(other.path))
        assert.deepEqual(seen.rooms.length > 5 && seen.disabled, 1)
      }),
      { numRuns: 3 },
    )
  })

  it('keeps its settings, and is opened by what it was added with: no secret, key, webhook, link or host travels', async () => {
    using to = aFolder()
    await aTenant(to.path)
    await imported(to.path, file)
    const [before] = (await within(filled.path, ({ tenants }) => tenants.list())) ?? []
    const [now] = await within(to.path, ({ tenants }) => tenants.list())
    assert.deepEqual(now, {
      ...before,
      hosts: ['new.acme.test'],
      origins: [],
      secrets: ['new'],
      settings: { ...before?.settings, jwks: '' },
    })
    assert.doesNotMatch(file, /of \\*"? ?acme|secret|whsec|code of|hook|keys|acme\.test|zoe/)
    for (const table of ['keys', 'webhooks', 'links', 'idempotency', 'usage', 'erasures'])
      assert.deepEqual(rowsIn(to.path)[table], [], table)
  })

  it('is disabled where it was, or is by now', async () => {
    using from = aFolder()
    using folder = aFolder()
    await aTenant(from.path)
    const open = await exported(from.path)
    const disable = (place: string) =>
      within(place, ({ tenants }) => tenants.change('acme', { isDisabled: true }))
    await disable(from.path)
    const closed = await exported(from.path)
    for (const to of [folder.path, await postgres.newDatabase()]) {
      await aTenant(to)
      const isDisabled = async () =>
        (await within(to, ({ tenants }) => tenants.list()))[0]?.disabledAt !== undefined
      await imported(to, open)
      assert.equal(await isDisabled(), false)
      await imported(to, closed)
      assert.equal(await isDisabled(), true)
      await imported(to, open)
      assert.equal(await isDisabled(), true)
    }
  })

  it('is exported by the list of tables, in its order', () => {
    assert.deepEqual(
      fileTables.map(({ name }) => name),
      exportedTables.map(({ name }) => name),
    )
    const inFile = new Set(linesOf(file).map((line) => JSON.parse(line).table))
    for (const { name } of fileTables) assert.ok(inFile.has(name), name)
  })

  it('leaves other tenants alone', async () => {
    using to = aFolder()
    await fill(to)
    await within(to.path, ({ tenants }) => tenants.remove('acme'))
    await aTenant(to.path)
    const of = () => within(to.path, async (stores) => (await viewsOf(stores)).inTenants[0])
    const before = await of()
    await imported(to.path, file)
    assert.deepEqual(await of(), before)
  })
})

describe('a tenant is not imported', () => {
  it('where it has something, and on SQLite not beside a server', async () => {
    using to = aFolder()
    await aTenant(to.path)
    const server = to.open()
    await refuses(to.path, file, /another Chatter server is using/)
    await server.close()
    await imported(to.path, file)
    await refuses(to.path, file, /the tenant acme is not empty: it has .*users/)
    const url = await postgres.newDatabase()
    await aTenant(url)
    await within(url, ({ forTenant }) => forTenant('acme').saveUser({ id: 'sam' }))
    await refuses(url, file, /the tenant acme is not empty: it has users/)
  })

  it('from a file that was cut, doubled, reordered, changed or is too new: the line is named, and nothing is there', async () => {
    using folder = aFolder()
    await aTenant(folder.path)
    const url = await postgres.newDatabase()
    await aTenant(url)
    const lines = linesOf(file)
    const [first = '', second = ''] = lines
    const at = (table: string) => lines.findIndex((line) => line.includes(`"table":"${table}"`))
    const message = at('messages')
    const changed = (index: number, change: object) => {
      const line = { ...JSON.parse(lines[index] ?? ''), ...change }
      return joined(lines.with(index, JSON.stringify(line)))
    }
    const moved = lines.toSpliced(message, 2, lines[message + 1] ?? '', lines[message] ?? '')
    const last = lines.length - 1
    const faults: [string, RegExp][] = [
      ['', /^line 1: expected an export, got nothing/],
      [joined(lines.slice(0, -1)), new RegExp(`^line ${last + 1}: .*the file was cut`)],
      [file.slice(0, Math.floor(file.length / 2)), /^line \d+: (expected an object|.*the file was cut)/],
      [joined(lines.toSpliced(message, 1)), new RegExp(`^line ${last}: rows.messages: \\d+ were exported`)],
      [
        joined(lines.toSpliced(message, 0, lines[message] ?? '')),
        new RegExp(`^line ${message + 2}: messages: the line`),
      ],
      [file + file, new RegExp(`^line ${last + 2}: there is more after the end`)],
      [joined(moved), new RegExp(`^line ${message + 2}: messages.seq: it belongs before`)],
      [
        joined([first, ...lines.slice(2, -1), second, lines[last] ?? '']),
        new RegExp(`^line ${last}: table: tenants comes`),
      ],
      [changed(0, { version: 2 }), /^line 1: version: 2 is of a newer Chatter/],
      [changed(0, { format: 'x' }), /^line 1: format: expected chatter-tenant/],
      [changed(message, { text: 'other' }), new RegExp(`^line ${last + 1}: sha256: the lines before`)],
      [
        changed(message, { text: 5 }),
        new RegExp(`^line ${message + 1}: messages.text: expected a text, got 5`),
      ],
      [
        changed(message, { text: undefined }),
        new RegExp(`^line ${message + 1}: messages.text: .* got nothing`),
      ],
      [
        changed(message, { seq: 1.5 }),
        new RegExp(`^line ${message + 1}: messages.seq: expected a whole number`),
      ],
      [
        changed(message, { kind: 'x' }),
        new RegExp(`^line ${message + 1}: messages.kind: expected one of text, system`),
      ],
      [changed(message, { site: '{' }), new RegExp(`^line ${message + 1}: messages.site: expected JSON`)],
      [
        changed(message, { colour: 1 }),
        new RegExp(`^line ${message + 1}: messages.colour: .* knows no such`),
      ],
      [
        changed(at('users'), { table: 'keys' }),
        /^line \d+: table: expected one that is exported, got "keys"/,
      ],
      [changed(1, { settings: ['many'] }), /^line 2: tenants.settings: expected an object/],
    ]
    for (const to of [folder.path, url]) {
      for (const [text, why] of faults) await refuses(to, text, why)
      const { users, rooms } = await seenAt(to)
      assert.deepEqual([users.flat(), rooms], [[], []])
    }
    await imported(folder.path, file)
    await imported(url, file)
  })

  it('from a file signed anew: numbers, ids and rooms that cannot be are named by their line', async () => {
    using folder = aFolder()
    await aTenant(folder.path)
    const url = await postgres.newDatabase()
    await aTenant(url)
    const lines = linesOf(file)
    const at = (table: string) => lines.findIndex((line) => line.includes(`"table":"${table}"`))
    const [user, message] = [at('users'), at('messages')]
    const { room } = JSON.parse(lines[message] ?? '')
    const its = lines.findIndex((line) => line.includes('"table":"rooms"') && line.includes(`"id":"${room}"`))
    const changed = (index: number, change: object) =>
      signed(lines.with(index, JSON.stringify({ ...JSON.parse(lines[index] ?? ''), ...change })))
    const faults: [string, RegExp][] = [
      [
        changed(message, { seq: -1 }),
        new RegExp(`^line ${message + 1}: messages.seq: expected 0 or more, got -1`),
      ],
      [changed(message, { room: '0' }), new RegExp(`^line ${message + 1}: messages.room: .* no such room`)],
      [changed(its, { head: 0 }), new RegExp(`^line ${its + 1}: rooms.head: expected \\d+ or more, got 0`)],
      [
        changed(its, { last_seq: 2 ** 40, head: 2 ** 40 }),
        new RegExp(`^line ${its + 1}: rooms.last_seq: expected at most`),
      ],
      [changed(its, { last_seq: 0 }), /^line \d+: messages.seq: expected at most 0/],
      [
        changed(user, { id: 'x'.repeat(5_000) }),
        new RegExp(`^line ${user + 1}: users.id: expected at most 128 bytes`),
      ],
      [`\ufeff${file}`, /^line 1: .*byte order mark/],
      [file.replaceAll('\n', '\r\n'), /^line 1: .*CRLF/],
    ]
    for (const to of [folder.path, url]) for (const [text, why] of faults) await refuses(to, text, why)
  })
})

it('a user who is being erased is exported by nobody', async () => {
  using from = aFolder()
  await fill(from)
  await assert.rejects(exported(from.path), /a user of acme is being erased/)
})

it('a server answers each reader as the one before did', async () => {
  using from = aFolder()
  using to = aFolder()
  await fill(from)
  await more(from)
  await aTenant(to.path)
  await imported(to.path, await exported(from.path))
  const readers = ['mina', 'sam', 'ada', 'é']
  const [before, now] = [await answersAt(from, readers), await answersAt(to, readers)]
  assert.deepEqual(now, before)
  assert.ok(before.length > 20)
})

it('an import that is killed leaves the tenant empty, and one by the command line takes what that exported', async () => {
  using to = aFolder()
  await aTenant(to.path)
  const run = (place: string, ...words: string[]) =>
    spawn(process.execPath, [chatterProgram, ...words, '--data', place], {
      env: { ...process.env, CHATTER_SECRET: secret },
    })
  const killed = run(to.path, 'tenant', 'import', 'acme')
  killed.stdin.on('error', () => {})
  // All but the end, and the end never comes.
  await new Promise((resolve) => killed.stdin.write(file.slice(0, -20), resolve))
  killed.kill('SIGKILL')
  await once(killed, 'close')
  assert.deepEqual((await seenAt(to.path)).users.flat(), [])

  const [out, into] = [
    run(filled.path, 'tenant', 'export', 'acme'),
    run(to.path, 'tenant', 'import', 'acme', '--json'),
  ]
  out.stdout.pipe(into.stdin)
  const said = JSON.parse(await text(into.stdout)) as ImportedTenant
  assert.equal(said.rows.messages, linesOf(file).filter((line) => /"table":"messages"/.test(line)).length)
  assert.deepEqual(await seenAt(to.path), await seenAt(filled.path))
})

/** Rows that an import writes; the clock of a sign-out is that of the import. */
function rowsOf(folder: string) {
  const rows = rowsIn(folder)
  return Object.fromEntries(
    fileTables.flatMap(({ name }) => (['tenants', 'sign_outs'].includes(name) ? [] : [[name, rows[name]]])),
  )
}
