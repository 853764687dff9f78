/** `v1/openapi.json`: what it says of every route, and that the server does what it says. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import type { OpenApi } from '../../server/http/openapi.ts'
import { keyScopes } from '../../server/rules/keys.ts'
import { jsonOf } from '../support/builders.ts'
import { aKey, asker } from '../support/keys.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
let document: OpenApi
before(async () => {
  server = await startServer()
  document = await jsonOf<OpenApi>(fetch(`${server.url}v1/openapi.json`))
})
after(() => server[Symbol.asyncDispose]())

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )

/** The widget's own files are no part of the API. */
const isFile = (path: string) => path.includes('chatter-chunks') || path.includes(':script')

test('it is an OpenAPI 3.1 document', async () => {
  const { valid, errors } = await new Validator().validate(
    structuredClone(document) as Record<string, unknown>,
  )
  assert.ok(valid, JSON.stringify(errors))
  assert.match(String(document.openapi), /^3\.1\./)
})

test('every route says what it takes and answers, and nothing else is said', () => {
  const asWritten = (path: string) => path.replaceAll(/:(\w+)/g, '{$1}')
  const routes = server.chatter.routes
    .map((route) => route.split(' ') as [string, string])
    .filter(([, path]) => !isFile(path))
    .map(([method, path]) => `${method} ${asWritten(path)}`)
  const said = operations().map(({ path, method }) => `${method.toUpperCase()} ${path}`)
  for (const route of routes)
    assert.ok(
      said.includes(route),
      `${route} says nothing of itself: put says({ summary, query, body, answer }) before its handler, or give only(…) a description, as server/http/described.ts has it`,
    )
  assert.deepEqual(said.toSorted(), [...new Set(routes)].toSorted())
})

test('it is there for anybody, of any origin, and is not sent again where it is known', async () => {
  const first = await fetch(`${server.url}v1/openapi.json`, { headers: { origin: 'https://tools.example' } })
  assert.deepEqual(
    ['access-control-allow-origin', 'cache-control', 'content-type'].map((name) => first.headers.get(name)),
    ['*', 'no-cache', 'application/json'],
  )
  const again = await fetch(`${server.url}v1/openapi.json`, {
    headers: { 'if-none-match': first.headers.get('etag') ?? '' },
  })
  assert.deepEqual([again.status, await again.text()], [304, ''])
})

test('under a base path it says where its paths lie', async () => {
  await using below = await startServer({ base: '/chat/' })
  const { servers, paths } = await jsonOf<OpenApi>(fetch(`${below.url}v1/openapi.json`))
  assert.deepEqual(servers, [{ url: '/chat' }])
  assert.deepEqual(Object.keys(paths), Object.keys(document.paths))
})

test('whoever may ask without a sign-in may do so where it says so, and nowhere else', async () => {
  for (const { path, method, operation } of operations()) {
    const url = new URL(path.replaceAll(/{\w+}/g, 'x'), server.url)
    const answer = await fetch(url, { method: method.toUpperCase() })
    await answer.text()
    assert.equal(answer.status === 401, operation.security.length > 0, `${method} ${path}: ${answer.status}`)
  }
})

test('what must name a user in its query is refused where it does not, and says so', async () => {
  const ask = asker(server, await aKey(server, ['admin']))
  const isNaming = ({ name, in: place, required }: Readonly<Record<string, unknown>>) =>
    place === 'query' && name === 'userId' && required === true
  const naming = operations().filter(
    ({ path, method, operation }) =>
      method !== 'get' && !path.includes('{') && operation.parameters.some(isNaming),
  )
  assert.ok(naming.length > 2)
  for (const { path, method, operation } of naming) {
    const answer = await ask(path.slice('/v1/'.length), {
      method: method.toUpperCase(),
      ...(method !== 'delete' && { body: {} }),
    })
    const { detail } = await answer.json()
    assert.equal(answer.status, 400, `${method} ${path}`)
    assert.match(detail, /^userId: expected a user id/, `${method} ${path}`)
    assert.ok(Object.hasOwn(operation.responses, 400), `${method} ${path}`)
  }
})

test('a key that asks alone for what is of one user is told to name the user', async () => {
  const ask = asker(server, await aKey(server, ['admin']))
  const ofUsers = operations().filter(
    ({ method, operation }) => method === 'get' && operation['x-for'].every((one) => one === 'users'),
  )
  assert.ok(ofUsers.length > 5)
  for (const { path } of ofUsers) {
    const { detail } = await (await ask(path.slice('/v1/'.length).replaceAll(/{\w+}/g, 'x'))).json()
    assert.match(detail, /^Chatter-User: expected/, path)
  }
})

test('what a key needs for it is one of the scopes', () => {
  const scopes = operations().flatMap(({ operation }) => operation.security.flatMap(({ key = [] }) => key))
  assert.ok(scopes.length > 30)
  for (const scope of scopes) assert.ok(Object.hasOwn(keyScopes, String(scope)), String(scope))
})

test('whoever generates a client finds a name for each operation, and its own', () => {
  const names = operations().map(({ operation }) => operation.operationId)
  assert.deepEqual(names.toSorted(), [...new Set(names)].toSorted())
  for (const name of names) assert.match(name, /^(get|put|post|patch|delete)[A-Z][A-Za-z]+$/)
})
