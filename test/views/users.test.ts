import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as v from 'valibot'
import { limits } from '../../server/protocol/limits.ts'
import { Me, UsersPage } from '../../server/protocol/views.ts'
import type { NewTenant } from '../../server/store/store.ts'
import { aRoom, jsonOf } from '../support/builders.ts'
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
  assert.equal(shown.members, limits.members)
  assert.deepEqual(features, { typing: true })
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
