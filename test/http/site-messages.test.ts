/** What the site itself says by a key, and what it keeps with rooms, users and messages. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import type { MessageView, Page, RoomAnswer, UserAnswer } from '../../server/protocol/views.ts'
import type { KeyScope } from '../../server/rules/keys.ts'
import { assertProblem, jsonOf } from '../support/builders.ts'
import { aKey, asker } from '../support/keys.ts'
import { startServer, type TestServer } from '../support/server.ts'

const origins = ['https://www.example.com']

async function aSite(server: TestServer, scopes: readonly KeyScope[] = ['admin']) {
  const ask = asker(server, await aKey(server, scopes))
  const { id: room } = await server.chatter.createRoom([{ id: 'mina' }, { id: 'sam' }], { name: 'Club' })
  const pathOf = (id: string) => `rooms/${room}/messages/${id}`
  const put = (body: object, id = uuidv7()) => ask(pathOf(id), { method: 'PUT', body })
  return { ask, room, put, pathOf }
}

const order = {
  title: 'Your order',
  text: 'It is on its way.',
  link: { url: 'https://example.com/orders/7', label: 'Follow it' },
  type: 'order',
  data: { id: 7 },
}

test('what the site says reaches open pages, counts as unread, and is named after the site', async () => {
  await using server = await startServer({ origins })
  const { ask, room, put, pathOf } = await aSite(server)
  const sam = await server.join('sam')
  const id = uuidv7()
  const made = await put(order, id)
  assert.equal(made.status, 201)
  const { message, user } = await sam.socket.event('message', ({ message }) => message.id === id)
  assert.deepEqual([message.authorId, message.site, user], ['', order, { id: '', name: 'www.example.com' }])
  assert.deepEqual(await made.json(), message)
  assert.equal((await put(order, id)).status, 200)
  await assertProblem(await put({ ...order, title: 'Other' }, id), 409, 'conflict')
  const page = await jsonOf<Page>(server.fetch('mina', `rooms/${room}/messages`))
  assert.deepEqual([page.messages.at(-1)?.site, page.users['']?.name], [order, 'www.example.com'])
  assert.equal((await jsonOf<RoomAnswer>(server.fetch('mina', `rooms/${room}`))).me?.unread, 1)
  const changed = await ask(pathOf(id), { method: 'PATCH', body: { title: 'Delivered', link: null } })
  assert.deepEqual((await changed.json()).site, {
    ...{ title: 'Delivered', text: order.text, type: 'order', data: { id: 7 } },
  })
  await sam.socket.event('message', ({ message }) => message.site?.title === 'Delivered')
  assert.equal((await ask(pathOf(id), { method: 'DELETE' })).status, 200)
  const gone = await sam.socket.event('message', ({ message }) => message.deletedAt !== undefined)
  assert.deepEqual([gone.message.site, gone.message.text], [undefined, ''])
})

test('no user changes, deletes or says again what the site said, a key as them neither', async () => {
  await using server = await startServer()
  const { ask, room, put, pathOf } = await aSite(server)
  const id = uuidv7()
  await put(order, id)
  const body = { text: 'mine' }
  await assertProblem(await ask(pathOf(id), { method: 'PATCH', body, user: 'mina' }), 403, 'forbidden')
  await assertProblem(await ask(pathOf(id), { method: 'DELETE', user: 'mina' }), 403, 'forbidden')
  const forward = { forward: { roomId: room, messageId: id } }
  await assertProblem(
    await ask(pathOf(uuidv7()), { method: 'PUT', body: forward, user: 'mina' }),
    403,
    'forbidden',
  )
})

test('what a user reacted to, answered and pinned of the site still has its name', async () => {
  await using server = await startServer({ settings: { name: 'The shop' } })
  const { ask, put, pathOf } = await aSite(server)
  const sam = await server.join('sam')
  const id = uuidv7()
  await put(order, id)
  const user = 'mina'
  await ask(`${pathOf(id)}/reactions/${encodeURIComponent('👍')}`, {
    method: 'PUT',
    body: { on: true },
    user,
  })
  const reacted = await sam.socket.event('message', ({ message }) => message.reactions !== undefined)
  assert.deepEqual(reacted.user, { id: '', name: 'The shop' })
  await ask(pathOf(uuidv7()), { method: 'PUT', body: { text: 'Thanks', replyTo: id }, user })
  const answered = await sam.socket.event('message', ({ message }) => message.replyTo !== undefined)
  assert.equal(answered.users?.['']?.name, 'The shop')
})

const refused: Record<string, [body: object, status: number, code: 'bad_request' | 'too_large']> = {
  'no text': [{ title: 'A title' }, 400, 'bad_request'],
  'a link that runs': [{ ...order, link: { url: 'javascript:alert(1)' } }, 400, 'bad_request'],
  'a link that runs, with a tab in it': [{ ...order, link: { url: 'java\tscript:x' } }, 400, 'bad_request'],
  'a link of data': [{ ...order, link: { url: 'data:text/html,x' } }, 400, 'bad_request'],
  'a path as its link': [{ ...order, link: { url: '/orders/7' } }, 400, 'bad_request'],
  'a link that hides where it leads': [
    { ...order, link: { url: 'https://bank.com@e.com' } },
    400,
    'bad_request',
  ],
  'a link with a label of nothing': [
    { ...order, link: { url: 'https://a.b', label: ' ' } },
    400,
    'bad_request',
  ],
  'a title of two lines': [{ ...order, title: 'a\nb' }, 400, 'bad_request'],
  'a title beyond the limit': [{ ...order, title: 'x'.repeat(201) }, 413, 'too_large'],
  'a text beyond the limit': [{ ...order, text: 'x'.repeat(8_001) }, 413, 'too_large'],
  'data that is a list': [{ ...order, data: [1] }, 400, 'bad_request'],
  'data that is a text': [{ ...order, data: 'x' }, 400, 'bad_request'],
  'too much data': [{ ...order, data: { x: 'é'.repeat(2_048) } }, 413, 'too_large'],
  'data that is too deep': [
    { ...order, data: JSON.parse(`${'{"x":'.repeat(20_0)}1${'}'.repeat(20_0)}`) },
    400,
    'bad_request',
  ],
  'an address that a page would read as its own': [
    { ...order, link: { url: 'https:x' } },
    400,
    'bad_request',
  ],
  'a type that is no name': [{ ...order, type: 'an order' }, 400, 'bad_request'],
}
test('what is no message of a site is refused, and says why', async () => {
  await using server = await startServer()
  const { ask, room, put } = await aSite(server)
  for (const [what, [body, status, code]] of Object.entries(refused))
    await assertProblem(await put(body), status, code).catch((error) => assert.fail(`${what}: ${error}`))
  await assertProblem(await put(order, 'no-uuid'), 400, 'bad_request')
  const nowhere = await ask(`rooms/${uuidv7()}/messages/${uuidv7()}`, { method: 'PUT', body: order })
  await assertProblem(nowhere, 404, 'not_found')
  assert.deepEqual((await jsonOf<Page>(ask(`rooms/${room}/messages`))).messages, [])
})

test('the same again is the same message, in whatever order its data names things', async () => {
  await using server = await startServer()
  const { put, ask, room } = await aSite(server)
  const id = uuidv7()
  const said = (data: object) => put({ ...order, data }, id)
  const data = { b: [{ d: 1, c: 2 }], a: 'x' }
  assert.equal((await said(data)).status, 201)
  assert.equal((await said({ a: 'x', b: [{ c: 2, d: 1 }] })).status, 200)
  await assertProblem(await said({ ...data, a: 'y' }), 409, 'conflict')
  const kept = await jsonOf<MessageView>(ask(`rooms/${room}/messages/${id}`))
  assert.equal(JSON.stringify(kept.site?.data), JSON.stringify(data))
  await ask(`rooms/${room}/messages/${id}`, { method: 'PATCH', body: { text: 'Other' } })
  assert.equal((await said({ a: 'x', b: [{ c: 2, d: 1 }] })).status, 200)
  await assertProblem(await said({ ...data, a: 'y' }), 409, 'conflict')
})

test('a site keeps data with rooms and users, and pages read it of those whom they may see', async () => {
  await using server = await startServer()
  const ask = asker(server, await aKey(server, ['admin']))
  const data = { order: 7, tags: ['a'] }
  const made = await ask('users/mina', { method: 'PUT', body: { name: 'Mina', data } })
  assert.deepEqual([(await made.json()).data, made.status], [data, 201])
  const body = { members: ['mina', 'sam'], data }
  const room: RoomAnswer = await (await ask('rooms', { method: 'POST', body })).json()
  assert.deepEqual(room.data, data)
  assert.deepEqual((await jsonOf<UserAnswer>(ask('users/mina'))).data, data)
  assert.deepEqual((await jsonOf<UserAnswer>(server.fetch('sam', 'users/mina'))).data, data)
  const sam = await server.join('sam')
  const path = `rooms/${room.id}`
  assert.deepEqual((await jsonOf<RoomAnswer>(server.fetch('sam', path))).data, data)
  await ask(path, { method: 'PATCH', body: { data: { order: 8 } } })
  await sam.socket.event('room', ({ room: { data } }) => data?.order === 8)
  await ask(path, { method: 'PATCH', body: { data: null } })
  await sam.socket.event('room', ({ room: { data } }) => data === undefined)
  for (const [bad, status, code] of [
    [[1], 400, 'bad_request'],
    [{ x: 'x'.repeat(5_000) }, 413, 'too_large'],
  ] as const) {
    await assertProblem(await ask(path, { method: 'PATCH', body: { data: bad } }), status, code)
    await assertProblem(await ask('users/mina', { method: 'PUT', body: { data: bad } }), status, code)
    await assertProblem(
      await ask('rooms', { method: 'POST', body: { members: ['mina'], data: bad } }),
      status,
      code,
    )
  }
  assert.deepEqual((await jsonOf<UserAnswer>(ask('users/mina'))).data, data)
})

test('code that mounts Chatter says, changes and takes back what the site says', async () => {
  await using server = await startServer()
  const { room } = await aSite(server)
  const id = uuidv7()
  const sent: MessageView = await server.chatter.send({ room, id, ...order })
  assert.deepEqual([sent.site, sent.authorId], [order, ''])
  const { site } = await server.chatter.edit({ room, id, data: null })
  assert.equal(site?.data, undefined)
  await server.chatter.unsend({ room, id })
  const { messages } = await jsonOf<Page>(server.fetch('mina', `rooms/${room}/messages`))
  assert.notEqual(messages.at(-1)?.deletedAt, undefined)
})
