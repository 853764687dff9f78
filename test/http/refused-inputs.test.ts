/** What is said of inputs that no schema takes: what was expected and what came, in our own words. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import type { OpenApi } from '../../server/http/openapi.ts'
import { jsonOf } from '../support/builders.ts'
import { aKey, asker } from '../support/keys.ts'
import { startServer } from '../support/server.ts'

type Operation = {
  readonly requestBody?: {
    readonly content: {
      readonly 'application/json': {
        readonly schema: { readonly properties?: Readonly<Record<string, unknown>> }
      }
    }
  }
  readonly parameters?: readonly { readonly in: string; readonly name: string }[]
}
type Wrong = { readonly method: string; readonly path: string; readonly body?: object }

const wrong = [null, -1, 1.5, 'x', '', 'x'.repeat(9000), [], [[]], [7], {}, true]

/** Each field of its body, and each parameter of its query, as nobody should send it. */
function wrongly(method: string, path: string, operation: Operation): Wrong[] {
  const fields = operation.requestBody?.content['application/json'].schema.properties ?? {}
  const bodies = Object.keys(fields).flatMap((field) => wrong.map((value) => ({ [field]: value })))
  const queries = (operation.parameters ?? []).filter((one) => one.in === 'query' && method === 'get')
  return [
    ...(operation.requestBody ? [{}, [], ...bodies] : []).map((body) => ({ method, path, body })),
    ...queries.flatMap(({ name }) =>
      ['', '-1', 'x'].map((value) => ({ method, path: `${path}?${name}=${value}` })),
    ),
  ]
}

test('no route answers a wrong input in the words of the validator', async () => {
  await using server = await startServer({ settings: { guests: true, guestContacts: 'sam' } })
  const { id: roomId } = await server.chatter.createRoom([{ id: 'mina' }, { id: 'sam' }], { name: 'Club' })
  const document = await jsonOf<OpenApi>(fetch(`${server.url}v1/openapi.json`))
  const ask = asker(server, await aKey(server, ['admin']))
  const places: Readonly<Record<string, string>> = { roomId, userId: 'zoe', messageId: uuidv7() }
  const placed = (path: string) =>
    path.replace('/v1/', '').replaceAll(/\{(\w+)\}/g, (_, name: string) => places[name] ?? 'x')
  const requests = Object.entries(document.paths)
    .filter(([path]) => path.startsWith('/v1/'))
    .flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, operation]) =>
        wrongly(method, placed(path), operation as unknown as Operation),
      ),
    )
  let refused = 0
  for (const as of [{}, { user: 'mina' }])
    for (const { method, path, body } of requests) {
      const answer = await ask(path, { method: method.toUpperCase(), ...(body && { body }), ...as })
      const text = await answer.text()
      if (![400, 413].includes(answer.status)) continue
      refused++
      const what = `${method} ${path} ${JSON.stringify(body)?.slice(0, 80)}`
      assert.doesNotMatch(JSON.parse(text).detail, /Invalid \w+|received|^expected, /, what)
    }
  assert.ok(refused > 200, `${refused}`)
})

test('what lacks is named with what it should be', async () => {
  await using server = await startServer()
  const { id } = await server.chatter.createRoom([{ id: 'mina' }, { id: 'sam' }])
  const path = `rooms/${id}/messages/${uuidv7()}`
  const detailOf = async (body: object) => {
    const answer = await server.fetch('mina', path, { method: 'PUT', body })
    assert.equal(answer.status, 400)
    return (await answer.json()).detail
  }
  assert.equal(await detailOf({}), 'text: expected either a text or a message to forward')
  assert.equal(await detailOf({ text: 5 }), 'text: expected a text, got 5')
  assert.equal(
    await detailOf({ text: 'Hi', mentionsRoom: { at: 0 } }),
    'mentionsRoom.length: expected a number, got nothing',
  )
})
