import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import * as v from 'valibot'
import { limits } from '../../server/protocol/limits.ts'
import { MessageAnswer, Page } from '../../server/protocol/views.ts'
import { aRoom, assertProblem, jsonOf } from '../support/builders.ts'
import { databaseOf } from '../support/database.ts'
import { startServer, type TestServer } from '../support/server.ts'

const count = 250
let server: TestServer
let room: string
before(async () => {
  server = await startServer()
  ;({ id: room } = await aRoom(server, ['mina', 'sam']))
  using database = databaseOf(server)
  database.fill(room, count, { author: 'sam' })
})
after(() => server[Symbol.asyncDispose]())

const ask = (query: string, user = 'mina', target = room) =>
  server.fetch(user, `rooms/${target}/messages${query}`)
const pageOf = async (query: string): Promise<Page> => v.parse(Page, await jsonOf(ask(query))) as Page
const span = ({ messages, older, newer }: Page) => [messages[0]?.seq, messages.at(-1)?.seq, older, newer]

test('without a position the newest messages come, ascending, with their users and the head', async () => {
  const page = await pageOf('')
  assert.equal(page.messages.length, limits.pageDefault)
  assert.deepEqual(span(page), [201, 250, true, false])
  assert.deepEqual(
    page.messages.map(({ seq }) => seq),
    Array.from({ length: 50 }, (_, index) => 201 + index),
  )
  assert.deepEqual([page.head, page.epoch], [count, server.stores.epoch])
  assert.deepEqual(page.users, { sam: { id: 'sam', name: 'Sam' } })
})

const positions: Record<string, (number | boolean | undefined)[]> = {
  '?before=201': [151, 200, true, true],
  '?before=51&limit=50': [1, 50, false, true],
  '?before=1': [undefined, undefined, false, true],
  '?before=0': [undefined, undefined, false, true],
  '?before=9007199254740991': [201, 250, true, false],
  '?after=0&limit=10': [1, 10, false, true],
  '?after=240': [241, 250, true, false],
  '?after=250': [undefined, undefined, true, false],
  '?after=9007199254740991': [undefined, undefined, true, false],
  '?around=100&limit=10': [95, 104, true, true],
  '?around=2&limit=10': [1, 10, false, true],
  '?around=250&limit=10': [245, 250, true, false],
  '?around=9007199254740991&limit=10': [246, 250, true, false],
  '?limit=1': [250, 250, true, false],
  '?limit=200': [51, 250, true, false],
}

for (const [query, expected] of Object.entries(positions)) {
  test(`a page ${query} is ${JSON.stringify(expected)}`, async () => {
    const got = span(await pageOf(query))
    assert.deepEqual(got, expected)
  })
}

test('going back page by page meets every message once', async () => {
  const seen: number[] = []
  let page = await pageOf('?limit=60')
  for (;;) {
    seen.unshift(...page.messages.map(({ seq }) => seq))
    if (!page.older) break
    page = await pageOf(`?limit=60&before=${seen[0]}`)
  }
  assert.deepEqual(
    seen,
    Array.from({ length: count }, (_, index) => index + 1),
  )
})

test('an empty room has an empty page, with nothing before or after', async () => {
  const { id } = await aRoom(server, ['mina'])
  const page = await jsonOf<Page>(ask('', 'mina', id))
  assert.deepEqual(
    { ...page, epoch: '' },
    { messages: [], users: {}, head: 0, epoch: '', older: false, newer: false },
  )
})

const badNumbers = [
  '0',
  '201',
  '-1',
  '1.5',
  'abc',
  '1e2',
  '',
  '+5',
  '0x5',
  ' 5',
  '5 ',
  '٥',
  '99999999999999999999',
]

for (const limit of badNumbers) {
  test(`limit=${JSON.stringify(limit)} is a bad_request in every list`, async () => {
    const query = `?limit=${encodeURIComponent(limit)}`
    for (const path of [`rooms/${room}/messages`, `rooms/${room}/members`, 'rooms', 'users']) {
      await assertProblem(await server.fetch('mina', path + query), 400, 'bad_request')
    }
    const changes = `rooms/${room}/changes?since=0&limit=${encodeURIComponent(limit)}`
    await assertProblem(await server.fetch('mina', changes), 400, 'bad_request')
  })
}

for (const place of ['-1', '1.5', 'abc', '1e3', '', '9007199254740992']) {
  test(`a position of ${JSON.stringify(place)} is a bad_request`, async () => {
    for (const name of ['before', 'after', 'around']) {
      await assertProblem(await ask(`?${name}=${encodeURIComponent(place)}`), 400, 'bad_request')
    }
  })
}

test('two positions at once are a bad_request', async () => {
  for (const query of ['?before=5&after=1', '?before=5&around=5', '?after=0&around=5']) {
    await assertProblem(await ask(query), 400, 'bad_request')
  }
})

test('a stranger cannot read a room, and learns nothing of whether it is there', async () => {
  const none = uuidv7()
  for (const path of ['', '/messages', '/members', '/changes?since=0']) {
    const real = await assertProblem(await server.fetch('stranger', `rooms/${room}${path}`), 404, 'not_found')
    const made = await assertProblem(await server.fetch('stranger', `rooms/${none}${path}`), 404, 'not_found')
    assert.deepEqual(real, made)
  }
})

const one = (messageId: string, user = 'mina', target = room) =>
  server.fetch(user, `rooms/${target}/messages/${messageId}`)

test('one message is answered by its id, with who it names and which of its reactions are mine', async () => {
  const { id } = await aRoom(server, ['mina', 'sam'], { name: 'One message' })
  const mina = await server.join('mina')
  const sent = await mina.send(id, 'The dome opens at nine')
  await mina.ok({ t: 'react', roomId: id, messageId: sent.id, emoji: '👍', on: true })
  const { users, ...message } = v.parse(MessageAnswer, await jsonOf(one(sent.id, 'mina', id)))
  assert.deepEqual([message.seq, message.text, message.me], [sent.seq, sent.text, { reactions: ['👍'] }])
  assert.deepEqual(users, { mina: { id: 'mina', name: 'Mina' } })
  const { me } = v.parse(MessageAnswer, await jsonOf(one(sent.id, 'sam', id)))
  assert.deepEqual(me, { reactions: [] })
  await mina.ok({ t: 'delete', roomId: id, messageId: sent.id })
  const { deletedAt, text } = v.parse(MessageAnswer, await jsonOf(one(sent.id, 'sam', id)))
  assert.ok(deletedAt)
  assert.equal(text, '')
})

test('a message of another room, of no room, and one asked for by a stranger are not_found', async () => {
  const [sent] = (await pageOf('?limit=1')).messages
  assert.ok(sent)
  const { id: other } = await aRoom(server, ['mina'])
  await assertProblem(await one(sent.id, 'mina', other), 404, 'not_found')
  await assertProblem(await one(uuidv7()), 404, 'not_found')
  await assertProblem(await one('nonsense'), 404, 'not_found')
  const refused = await assertProblem(await one(sent.id, 'stranger'), 404, 'not_found')
  assert.deepEqual(refused, await assertProblem(await one(uuidv7(), 'stranger'), 404, 'not_found'))
})
