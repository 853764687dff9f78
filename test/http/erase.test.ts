/** A site has one of its users erased, for good: whoever is there learns it, and no token brings them back. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { nobody } from '../../server/rules/erasing.ts'
import { makeKey } from '../../server/rules/keys.ts'
import { until } from '../contract/fanout.ts'
import { assertProblem } from '../support/builders.ts'
import { startServer, type TestServer } from '../support/server.ts'

async function askAs(server: TestServer, scope: 'users' | 'rooms') {
  const { id, text, hash } = makeKey()
  await server.stores.keys.add('default', { id, hash, name: '', scopes: [scope], createdAt: 0 })
  return (path: string, method: string, body?: object) =>
    fetch(`${server.url}v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${text}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
}

const isErased = (server: TestServer) =>
  until(
    async () => (await server.stores.erasures.list(0)).every(({ user }) => user === null),
    'all are erased',
  )

test('who is there learns that a user is erased, and nobody comes in as them', async () => {
  await using server = await startServer()
  const { id } = await server.chatter.createRoom([{ id: 'mina', name: 'Mina' }, { id: 'sam' }], {
    name: 'Club',
  })
  const [mina, sam] = [await server.join('mina'), await server.join('sam')]
  const messageId = uuidv7()
  await mina.ok({ t: 'send', roomId: id, messageId, text: 'hello' })
  await sam.socket.event('message')
  const ask = await askAs(server, 'users')
  assert.equal((await ask('users/mina', 'DELETE')).status, 204)
  assert.equal((await mina.socket.closed).code, 4503)
  const { room } = await sam.socket.event('room', (event) => event.room.memberCount === 1)
  assert.deepEqual(
    room.members?.map(({ userId, role }) => [userId, role]),
    [['sam', 'owner']],
  )
  const { message, user } = await sam.socket.event('message', (event) => !!event.message.deletedAt)
  assert.deepEqual([message.authorId, message.text, user], [nobody.id, '', nobody])
  assert.ok(message.deletedAt)
  await isErased(server)
  await assertProblem(await server.fetch('mina', 'me'), 403, 'forbidden')
  await assert.rejects((await server.socket()).hello(await server.token('mina')))
  await assertProblem(await ask('users/mina', 'PUT', { name: 'Mina' }), 403, 'forbidden')
  const page = await (await server.fetch('sam', `rooms/${id}/messages`)).json()
  assert.deepEqual(page.users[nobody.id], nobody)
  assert.equal((await ask('users/mina', 'DELETE')).status, 204)
  await isErased(server)
})

test('what is no id of a user is erased by no host: the site itself has the empty one', async () => {
  await using server = await startServer()
  const { id } = await server.chatter.createRoom([{ id: 'mina' }, { id: 'sam' }], { name: 'Club' })
  await server.chatter.send({ room: id, id: uuidv7(), text: 'from the site' })
  for (const user of ['', nobody.id])
    await assert.rejects(server.chatter.eraseUser(user), /user id|characters/)
  await server.chatter.eraseUser('sam')
  await isErased(server)
  const { messages } = await (await server.fetch('mina', `rooms/${id}/messages`)).json()
  assert.deepEqual(
    messages.map(({ text }: { text: string }) => text),
    ['from the site'],
  )
})

test('a key that may not change users erases nobody, and no user erases anybody', async () => {
  await using server = await startServer()
  await server.fetch('mina', 'me')
  await assertProblem(await (await askAs(server, 'rooms'))('users/mina', 'DELETE'), 403, 'forbidden')
  await assertProblem(await server.fetch('mina', 'users/mina', { method: 'DELETE' }), 403, 'forbidden')
  assert.equal((await server.fetch('mina', 'me')).status, 200)
})

test('what one server left half done, and the command line began, the next server finishes', async () => {
  await using server = await startServer()
  const { id } = await server.chatter.createRoom([{ id: 'mina' }, { id: 'sam' }])
  const store = server.stores.forTenant('default')
  const said = Array.from({ length: 1_200 }, (_, nth) =>
    store.append({ room: id, id: uuidv7(), author: 'mina', text: `number ${nth}` }),
  )
  await Promise.all(said)
  const sam = await server.join('sam')
  await store.beginErasing('mina')
  // One slice, by whoever was killed then.
  await store.eraseSome({ user: 'mina', removesMessages: false })
  await isErased(server)
  const { messages } = await store.readPage(id, { after: 0 }, 2_000)
  assert.deepEqual([...new Set(messages.map(({ authorId, text }) => `${authorId}${text}`))], [nobody.id])
  await sam.socket.event('message', ({ message }) => message.seq === messages.at(-1)?.seq)
})
