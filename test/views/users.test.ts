import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as v from 'valibot'
import { limits } from '../../server/protocol/limits.ts'
import { Me, UserAnswer, UsersPage } from '../../server/protocol/views.ts'
import type { NewTenant } from '../../server/store/store.ts'
import { aRoom, assertProblem, jsonOf } from '../support/builders.ts'
import { secret, startServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startServer()
  const names = { ana: 'Ana López', lo: 'Lo', ben: 'Ben Lopez', zed: 'Zoë' }
  for (const [id, name] of Object.entries(names)) {
    const headers = { authorization: `Bearer ${await server.token(id, { name })}` }
    await fetch(`${server.url}v1/me`, { headers })
  }
})
after(() => server[Symbol.asyncDispose]())

const find = async (query: string) =>
  v.parse(UsersPage, await jsonOf(server.fetch('zed', `users${query}`))) as UsersPage
const ids = ({ users }: UsersPage) => users.map(({ id }) => id).sort()

test('me shows who the token says I am, and the features and limits of the site', async () => {
  const { user, tenantId, features, limits: shown } = v.parse(Me, await jsonOf(server.fetch('ana', 'me')))
  assert.deepEqual([user, tenantId], [{ id: 'ana', name: 'Ana López' }, 'default'])
  assert.deepEqual([shown.members, shown.memberIds], [10_000, 256])
  assert.deepEqual(features, {
    typing: true,
    replies: true,
    reactions: true,
    pins: true,
    forwards: true,
    mentions: true,
    joinLinks: false,
    openRooms: true,
    presence: true,
    undoSend: false,
  })
})

for (const [query, found] of [
  ['lop', ['ana', 'ben']],
  ['LÓPEZ', ['ana', 'ben']],
  ['lo', ['ana', 'ben', 'lo']],
  ['an lo', ['ana']],
  ['zoe', ['zed']],
  ['nobody', []],
  ['opez', []],
  ['%', []],
  ['_', []],
  ["'; DROP TABLE users --", []],
] as const) {
  test(`the query ${query} finds ${found.join(', ') || 'nobody'}`, async () => {
    assert.deepEqual(ids(await find(`?q=${encodeURIComponent(query)}`)), found)
  })
}

test('without a query all come, page by page, each once', async () => {
  const all = ids(await find(''))
  assert.deepEqual(all, ['ana', 'ben', 'lo', 'zed'])
  const seen: string[] = []
  let query = '?limit=1'
  for (;;) {
    const page = await find(query)
    seen.push(...ids(page))
    if (page.cursor === undefined) break
    query = `?limit=1&cursor=${encodeURIComponent(page.cursor)}`
  }
  assert.deepEqual(seen.sort(), all)
})

test('a very long query and one of NUL and surrogates harm nothing', async () => {
  for (const query of ['x'.repeat(5_000), '%00', '%F0%9F', '%ED%A0%80', '"', '*'.repeat(300)]) {
    await find(`?q=${query}`)
  }
})

const site: NewTenant = { id: 'acme', hosts: ['127.0.0.1'], secrets: [secret], origins: [] }

for (const [directory, found] of [
  ['all', ['ann', 'mina', 'sam']],
  ['shared', ['mina', 'sam']],
  ['none', []],
] as const) {
  test(`a directory for ${directory} shows mina ${found.length} of three users`, async () => {
    await using strict = await startServer({ tenants: [{ ...site, settings: { directory } }] })
    await aRoom(strict, ['mina', 'sam'], { tenant: 'acme' })
    await aRoom(strict, ['ann'], { tenant: 'acme' })
    const headers = { authorization: `Bearer ${await strict.token('mina', { aud: '127.0.0.1' })}` }
    for (const query of ['', '?q=m', '?q=s', '?q=a']) {
      const { users } = await jsonOf<UsersPage>(fetch(`${strict.url}v1/users${query}`, { headers }))
      const expected = found.filter((id) => query === '' || id.startsWith(query.slice(3)))
      assert.deepEqual(users.map(({ id }) => id).sort(), expected)
    }
  })
}

/** What mina is answered about a user: status, and when they were last here. */
async function answered(from: TestServer, id: string): Promise<readonly [number, UserAnswer | undefined]> {
  const headers = { authorization: `Bearer ${await from.token('mina', { aud: '127.0.0.1' })}` }
  const isDots = /^\.+$/.test(id)
  const path = isDots ? `users?userId=${id}` : `users/${encodeURIComponent(id)}`
  const response = await fetch(`${from.url}v1/${path}`, { headers })
  if (response.status === 404) {
    await assertProblem(response, 404, 'not_found')
    return [404, undefined]
  }
  return [response.status, v.parse(UserAnswer, await response.json()) as UserAnswer]
}

for (const [directory, colleague, stranger] of [
  ['all', 200, 200],
  ['shared', 200, 404],
  ['none', 404, 404],
] as const) {
  test(`a user is found as the directory for ${directory} says, and by people of a small room in any case`, async () => {
    await using strict = await startServer({ tenants: [{ ...site, settings: { directory } }] })
    const at = '2026-11-29T12:00:00.000Z'
    const store = strict.stores.forTenant('acme')
    const crowd = Array.from({ length: limits.crowd }, (_, index) => `one-${index}`)
    await aRoom(strict, ['mina', 'sam', 'a/b', '..'], { tenant: 'acme' })
    await aRoom(strict, ['mina', ...crowd], { tenant: 'acme' })
    await aRoom(strict, ['ann'], { tenant: 'acme' })
    await store.markSeen(['mina', 'sam', 'a/b', '..', 'one-1', 'ann'], Date.parse(at))
    for (const id of ['mina', 'sam', 'a/b', '..']) {
      const [status, user] = await answered(strict, id)
      assert.deepEqual([status, user?.id, user?.lastSeenAt], [200, id, at])
    }
    for (const [id, expected] of [
      ['one-1', colleague],
      ['ann', stranger],
      ['nobody', 404],
    ] as const) {
      const [status, user] = await answered(strict, id)
      assert.deepEqual(
        [status, user?.id, user?.lastSeenAt],
        [expected, expected === 200 ? id : undefined, undefined],
      )
    }
  })
}

test('where a user is stands in the answer about them, and in no other', async () => {
  await using fresh = await startServer()
  const timeZone = 'Europe/Madrid'
  await fresh.chatter.createRoom([{ id: 'sam', timeZone }, { id: 'mina' }])
  assert.deepEqual(await answered(fresh, 'sam'), [200, { id: 'sam', name: 'sam', timeZone }])
  for (const path of ['users?q=sam', 'rooms'])
    assert.doesNotMatch(await (await fresh.fetch('mina', path)).text(), /Madrid|timeZone/)
})

test('who has left a small room is no longer one of its people', async () => {
  await using strict = await startServer({ tenants: [{ ...site, settings: { directory: 'none' } }] })
  const { id: room } = await aRoom(strict, ['mina', 'sam', 'lee'], { tenant: 'acme', name: 'Team' })
  assert.deepEqual((await answered(strict, 'sam'))[0], 200)
  const headers = { authorization: `Bearer ${await strict.token('sam', { aud: '127.0.0.1' })}` }
  const left = await fetch(`${strict.url}v1/rooms/${room}/members/sam`, { method: 'DELETE', headers })
  assert.equal(left.status, 204)
  assert.deepEqual((await answered(strict, 'sam'))[0], 404)
})

test('a user who cannot be is asked for in vain, and harms nothing', async () => {
  for (const id of ['%00', 'x%0Ay', 'x'.repeat(129)])
    await assertProblem(await server.fetch('ana', `users/${id}`), 400, 'bad_request')
  await assertProblem(await server.fetch('ana', 'users?userId='), 400, 'bad_request')
  for (const id of ['%FF', '__proto__', 'toString'])
    await assertProblem(await server.fetch('ana', `users/${id}`), 404, 'not_found')
})
