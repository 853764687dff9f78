import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { callerFor } from '../../server/commands/caller.ts'
import { publishTo } from '../../server/commands/publish.ts'
import { createRun } from '../../server/commands/run.ts'
import { Tally } from '../../server/commands/tally.ts'
import { limits } from '../../server/protocol/limits.ts'
import type { Changes, MessageView, Page, RoomAnswer } from '../../server/protocol/views.ts'
import { settingsFrom } from '../../server/rules/settings.ts'
import { aCrowd, aLog, aRoom, assertProblem, jsonOf } from '../support/builders.ts'
import type { TestClient } from '../support/client.ts'
import { nameOf, startServer, type TestServer } from '../support/server.ts'

let server: TestServer
let roomId: string
let mina: TestClient
before(async () => {
  server = await startServer()
  ;({ id: roomId } = await aRoom(server, ['mina', 'sam']))
  mina = await server.join('mina')
})
after(() => server[Symbol.asyncDispose]())

const put = (user: string, message: string, emoji: string, body: object = { on: true }) =>
  server.fetch(user, `rooms/${roomId}/messages/${message}/reactions/${encodeURIComponent(emoji)}`, {
    method: 'PUT',
    body,
  })
const react = async (by: TestClient, messageId: string, emoji = '👍', on = true, room = roomId) =>
  (await by.ok({ t: 'react', roomId: room, messageId, emoji, on })).message as MessageView

test('a reaction is told to everybody as a new version, without what is personal, and to me whose it is', async () => {
  const [sam, phone] = [await server.join('sam'), await server.join('mina')]
  const sent = await sam.send(roomId, 'hello')
  const reactions = [{ emoji: '👍', count: 1, userIds: ['mina'] }]
  const { me, ...message } = await react(mina, sent.id)
  assert.deepEqual([message, me], [{ ...sent, rev: sent.rev + 1, reactions }, { reactions: ['👍'] }])
  for (const { socket } of [mina, sam, phone]) {
    const event = await socket.event('message', (one) => one.message.rev === message.rev)
    assert.deepEqual([event.message, event.user.id], [message, 'sam'])
    assert.deepEqual(event.users, { mina: { id: 'mina', name: 'Mina' } })
  }
  const own = await phone.socket.event('reacted')
  const { rev } = message
  assert.deepEqual(own, { t: 'reacted', roomId, messageId: sent.id, emoji: '👍', on: true, rev })
  await sam.socket.settle()
  assert.deepEqual([...mina.socket.events('reacted'), ...sam.socket.events('reacted')], [])
})

test('page and changes say which reactions are mine; what is for all says it nowhere', async () => {
  const sam = await server.join('sam')
  const sent = await sam.send(roomId, 'hello')
  await react(mina, sent.id, '🎉')
  await react(sam, sent.id, '👍')
  const page = (user: string) => jsonOf<Page>(server.fetch(user, `rooms/${roomId}/messages?limit=1`))
  const mine = async (user: string) => (await page(user)).messages[0]?.me
  assert.deepEqual([await mine('mina'), await mine('sam')], [{ reactions: ['🎉'] }, { reactions: ['👍'] }])
  assert.deepEqual(Object.keys((await page('mina')).users).sort(), ['mina', 'sam'])
  const changes = (await mina.changes(roomId, sent.rev)) as Changes
  assert.deepEqual(changes.messages[0]?.me, { reactions: ['🎉'] })
  const room = await jsonOf<RoomAnswer>(server.fetch('mina', `rooms/${roomId}`))
  assert.equal(room.lastMessage?.me, undefined)
  assert.deepEqual(room.lastMessage?.reactions?.length, 2)
})

test('by HTTP the emoji is the end of the path; 201 is for a new reaction', async () => {
  const sent = await mina.send(roomId, 'hello')
  const made = await jsonOf<MessageView>(put('sam', sent.id, '👩🏽‍🚀'), 201)
  assert.deepEqual(made.reactions, [{ emoji: '👩🏽‍🚀', count: 1, userIds: ['sam'] }])
  assert.deepEqual(await jsonOf(put('sam', sent.id, '👩🏽‍🚀')), made)
  const back = await jsonOf<MessageView>(put('sam', sent.id, '👩🏽‍🚀', { on: false }))
  assert.deepEqual([back.rev, back.reactions], [made.rev + 1, undefined])
})

test('what is not exactly one emoji of RGI is a bad_request', async () => {
  const sent = await mina.send(roomId, 'hello')
  const none = [
    '',
    'x',
    '👍👍',
    '👍 ',
    ':+1:',
    '1',
    '❤',
    '👍🏽🏽',
    '\u200d',
    '🇩',
    '🏴󠁸󠁸󠁸󠁸󠁸󠁿',
    'a👍',
    '\ud83d',
    1,
    null,
  ]
  for (const emoji of none) {
    const { code } = await mina.err({ t: 'react', roomId, messageId: sent.id, emoji, on: true })
    assert.equal(code, 'bad_request', JSON.stringify(emoji))
  }
  for (const emoji of ['x', '👍👍'])
    await assertProblem(await put('mina', sent.id, emoji), 400, 'bad_request')
  assert.equal((await mina.err({ t: 'react', roomId, messageId: sent.id, emoji: '👍' })).code, 'bad_request')
  const some = ['👍', '👍🏽', '❤️', '1️⃣', '🇩🇪', '🏴󠁧󠁢󠁳󠁣󠁴󠁿', '👨‍👩‍👧‍👦', '🏳️‍🌈']
  for (const emoji of some) await react(mina, sent.id, emoji)
})

test('a stranger, a tombstone, and more than a message may have are refused with what it was', async () => {
  const sent = await mina.send(roomId, 'hello')
  await server.join('eve')
  await assertProblem(await put('eve', sent.id, '👍'), 404, 'not_found')
  await assertProblem(await put('mina', uuidv7(), '👍'), 404, 'not_found')
  await mina.ok({ t: 'delete', roomId, messageId: sent.id })
  await assertProblem(await put('mina', sent.id, '👍'), 409, 'conflict')
})

test('a burst of reactions to one message is told as one version, that says it was nothing else', async () => {
  const [author = '', ...people] = aCrowd(41)
  const { id } = await aRoom(server, [author, ...people], { name: 'All' })
  const [writer, reader] = [await server.join(author), await server.join('u1')]
  const sent = await writer.send(id, 'Who is in?')
  await writer.ok({ t: 'read', roomId: id, seq: sent.seq })
  const other = await writer.send(id, 'And who is out?')
  await reader.socket.event('message', ({ message }) => message.id === other.id)
  const before = reader.socket.events('message').length
  const run = aRun()
  const reactAs = (user: string, messageId: string) =>
    run(user, 'react', { roomId: id, messageId, emoji: '👍', on: true })
  await Promise.all(people.map((user) => reactAs(user, sent.id)))
  await run('u2', 'react', { roomId: id, messageId: other.id, emoji: '🎉', on: true })
  await reader.socket.event('message', ({ message }) => message.id === other.id && message.rev > other.rev)
  const [several, one, ...more] = reader.socket.events('message').slice(before)
  const head = other.rev + people.length
  assert.deepEqual([several?.prev, several?.same, several?.message.rev], [other.rev, true, head])
  const [shown] = several?.message.reactions ?? []
  assert.deepEqual([shown?.count, shown?.userIds.length], [people.length, limits.reactors])
  assert.deepEqual(Object.keys(several?.users ?? {}).sort(), [...(shown?.userIds ?? [])].sort())
  assert.deepEqual([one?.message.rev, one?.prev, one?.same], [head + 1, undefined, undefined])
  assert.deepEqual(more, [])
  const { messages } = await jsonOf<Page>(server.fetch('u40', `rooms/${id}/messages`))
  assert.equal(messages[0]?.reactions?.[0]?.userIds.includes('u40'), false)
  assert.deepEqual(messages[0]?.me, { reactions: ['👍'] })
})

test('what happens between two reactions to a message is told between them', async () => {
  const { id } = await aRoom(server, ['mina', 'sam', 'lee'])
  const reader = await server.join('lee')
  const [sent, edited] = [await mina.send(id, 'one'), await mina.send(id, 'two')]
  const run = aRun()
  const told = sent.rev + 1
  await Promise.all([
    run('sam', 'react', { roomId: id, messageId: sent.id, emoji: '👍', on: true }),
    run('lee', 'react', { roomId: id, messageId: sent.id, emoji: '👍', on: true }),
    run('mina', 'edit', { roomId: id, messageId: edited.id, text: 'three' }),
    run('sam', 'react', { roomId: id, messageId: sent.id, emoji: '🎉', on: true }),
  ])
  await reader.socket.event('message', ({ message }) => message.rev === told + 4)
  const news = reader.socket.events('message').filter(({ message }) => message.rev > told)
  assert.deepEqual(news.map(({ message, prev, same }) => [message.rev, prev, same]).sort(), [
    [told + 2, told, true],
    [told + 3, undefined, undefined],
    [told + 4, undefined, undefined],
  ])
})

/** Commands of several users in one turn: sockets and requests would spread them over some. */
function aRun() {
  const store = server.stores.forTenant('default')
  const run = createRun({
    forTenant: () => store,
    publishers: [publishTo(server.fanout)],
    newId: uuidv7,
    tally: new Tally(),
    log: aLog().log,
  })
  const tenant = { id: 'default', settings: settingsFrom({}) }
  return (id: string, name: 'react' | 'edit', input: object) =>
    run(callerFor({ me: { id, name: nameOf(id) }, tenant, store }), name, input, () => {})
}

test('a site without reactions says so and refuses them', async () => {
  await using site = await startServer({ settings: { features: { reactions: false } } })
  const { id } = await aRoom(site, ['mina'])
  const client = await site.join('mina')
  assert.equal(client.ready.features.reactions, false)
  const sent = await client.send(id, 'one')
  const refused = await client.err({ t: 'react', roomId: id, messageId: sent.id, emoji: '👍', on: true })
  assert.equal(refused.code, 'unsupported')
})
