import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { limits } from '../../server/protocol/limits.ts'
import type { MembersPage, MentionView, MessageView, Page, RoomsPage } from '../../server/protocol/views.ts'
import { aRoom, assertProblem, jsonOf } from '../support/builders.ts'
import type { TestClient } from '../support/client.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
let roomId: string
let mina: TestClient
let sam: TestClient
before(async () => {
  server = await startServer()
  ;({ id: roomId } = await aRoom(server, ['mina', 'sam', 'lee'], { name: 'Team' }))
  mina = await server.join('mina')
  sam = await server.join('sam')
})
after(() => server[Symbol.asyncDispose]())

const ofSam = (at = 0, length = 4): MentionView => ({ userId: 'sam', at, length })
const put = (user: string, body: object, { room = roomId, id = uuidv7() } = {}) =>
  server.fetch(user, `rooms/${room}/messages/${id}`, { method: 'PUT', body })
const send = async (fields: object) =>
  (await mina.ok({ t: 'send', roomId, messageId: uuidv7(), ...fields })).message as MessageView
const headOf = async () => (await jsonOf<Page>(server.fetch('mina', `rooms/${roomId}/messages`))).head

test('whom a message mentions stands in the answer, the event, the page and the list, each with a name', async () => {
  const text = '@Sam and @Lee, look'
  const mentions = [{ userId: 'lee', at: 9, length: 4 }, ofSam()]
  const message = await send({ text, mentions })
  assert.deepEqual(message.mentions, mentions.toReversed())
  const { user, ...event } = await sam.socket.event('message', (one) => one.message.id === message.id)
  assert.deepEqual([event.message, user.id], [message, 'mina'])
  assert.deepEqual(event.users, { sam: { id: 'sam', name: 'Sam' }, lee: { id: 'lee', name: 'Lee' } })
  const page = await jsonOf<Page>(server.fetch('lee', `rooms/${roomId}/messages?limit=1`))
  assert.deepEqual([page.messages, Object.keys(page.users).sort()], [[message], ['lee', 'mina', 'sam']])
  const { rooms } = await jsonOf<RoomsPage>(server.fetch('lee', 'rooms'))
  assert.deepEqual([rooms[0]?.lastMessage, rooms[0]?.me?.mentions], [message, 1])
})

test('ready and mine say how many unread messages mention me, and nothing where none does', async () => {
  await sam.ok({ t: 'read', roomId, seq: await headOf() })
  const before = await server.join('sam')
  assert.deepEqual([before.ready.mentions, before.ready.unread], [undefined, 0])
  const first = await send({ text: '@Sam', mentions: [ofSam()] })
  await send({ text: 'look', mentionsRoom: { at: 0, length: 4 } })
  const { ready } = await server.join('sam')
  assert.deepEqual([ready.mentions, ready.unread, ready.rooms[0]?.me?.mentions], [2, 2, 2])
  await sam.ok({ t: 'read', roomId, seq: first.seq })
  const mine = await before.socket.event('mine', ({ readSeq }) => readSeq === first.seq)
  assert.deepEqual(mine, { t: 'mine', roomId, readSeq: first.seq, unread: 1, mentions: 1, muted: false })
  await sam.ok({ t: 'read', roomId, seq: first.seq + 1 })
  const last = await before.socket.event('mine', ({ readSeq }) => readSeq === first.seq + 1)
  assert.ok(!('mentions' in last))
})

test('ready counts mentions in rooms beyond its first page, and in muted ones', async () => {
  await using site = await startServer()
  const ana = await site.join('ana')
  for (let n = 0; n <= limits.listDefault; n++) {
    const { id } = await aRoom(site, ['ana', 'ben'], { name: `Room ${n}` })
    const message = { text: '@Ben', mentions: [{ userId: 'ben', at: 0, length: 4 }] }
    await ana.ok({ t: 'send', roomId: id, messageId: uuidv7(), ...message })
  }
  const { id: quiet } = await aRoom(site, ['ana', 'ben'], { name: 'Quiet' })
  await ana.send(quiet, 'nobody in particular')
  const list = await jsonOf<RoomsPage>(site.fetch('ben', 'rooms?filter=mentions&limit=100'))
  assert.equal(list.rooms.length, limits.listDefault + 1)
  assert.ok(list.rooms.every(({ id, me }) => id !== quiet && me?.mentions === 1))
  const { ready } = await site.join('ben')
  assert.deepEqual([ready.rooms.length, ready.mentions], [limits.listDefault, limits.listDefault + 1])
})

test('places are those of the text as it is stored, without the blanks around it', async () => {
  const message = await send({ text: '  @Sam\n', mentions: [ofSam()] })
  assert.deepEqual([message.text, message.mentions], ['@Sam', [ofSam()]])
  await assertProblem(await put('mina', { text: ' @Sam', mentions: [ofSam(1)] }), 400, 'bad_request')
})

const text = '@Sam 🔭 @Lee'
const refused: Record<string, object> = {
  'beyond the text': { mentions: [ofSam(text.length - 1, 2)] },
  'after the text': { mentions: [ofSam(text.length, 1)] },
  'of no length': { mentions: [ofSam(0, 0)] },
  'before the text': { mentions: [ofSam(-1, 4)] },
  'at half a unit': { mentions: [ofSam(0.5, 4)] },
  'over another': { mentions: [ofSam(0, 4), { userId: 'lee', at: 3, length: 4 }] },
  'over the whole room': { mentions: [ofSam()], mentionsRoom: { at: 2, length: 4 } },
  'from within a character': { mentions: [ofSam(6, 3)] },
  'to within a character': { mentions: [ofSam(3, 3)] },
  'of the room to within a character': { mentionsRoom: { at: 5, length: 1 } },
  'of a stranger': { mentions: [{ userId: 'eve', at: 0, length: 4 }] },
  'of nobody': { mentions: [{ userId: '', at: 0, length: 4 }] },
  'of a number': { mentions: [7] },
}

for (const [what, fields] of Object.entries(refused)) {
  test(`a mention ${what} is a bad request, in a message as in an edit, and nothing is written`, async () => {
    const sent = await send({ text })
    await server.join('eve')
    await assertProblem(await put('mina', { text, ...fields }), 400, 'bad_request')
    const edit = { method: 'PATCH', body: { text: text.replace('Lee', 'Max'), ...fields } }
    const path = `rooms/${roomId}/messages/${sent.id}`
    await assertProblem(await server.fetch('mina', path, edit), 400, 'bad_request')
    assert.equal(await headOf(), sent.rev)
  })
}

test(`${limits.mentions} mentions fit, one more is too_large, and a list without any is none`, async () => {
  const many = '@'.repeat(limits.mentions)
  const mentions = Array.from({ length: limits.mentions }, (_, at) => ofSam(at, 1))
  assert.deepEqual((await send({ text: many, mentions })).mentions, mentions)
  assert.equal((await send({ text: 'none', mentions: [] })).mentions, undefined)
  const more = { text: `${many}@`, mentions: [...mentions, ofSam(limits.mentions, 1)] }
  await assertProblem(await put('mina', more), 413, 'too_large')
})

test('what is forwarded mentions nobody: asked for it is refused, and none are copied', async () => {
  const said = await send({ text: '@Sam', mentions: [ofSam()] })
  const forward = { roomId, messageId: said.id }
  await assertProblem(await put('mina', { forward, mentions: [ofSam()] }), 400, 'bad_request')
  await assertProblem(await put('mina', { forward, mentionsRoom: { at: 0, length: 1 } }), 400, 'bad_request')
  const message = await send({ forward })
  assert.deepEqual([message.text, message.mentions], ['@Sam', undefined])
})

test('an edit says the mentions anew, counts for who had not read it, and is told with names', async () => {
  const { id, seq } = await send({ text: '@Sam' })
  const before = (await jsonOf<RoomsPage>(server.fetch('sam', 'rooms'))).rooms[0]?.me?.mentions ?? 0
  const body = { text: '@Sam!', mentions: [ofSam()] }
  const path = `rooms/${roomId}/messages/${id}`
  const edited = await jsonOf<MessageView>(server.fetch('mina', path, { method: 'PATCH', body }))
  assert.deepEqual([edited.mentions, edited.seq], [[ofSam()], seq])
  const event = await sam.socket.event('message', ({ message }) => message.rev === edited.rev)
  assert.deepEqual(event.users, { sam: { id: 'sam', name: 'Sam' } })
  const { me } = (await jsonOf<RoomsPage>(server.fetch('sam', 'rooms'))).rooms[0] ?? {}
  assert.equal(me?.mentions, before + 1)
  await mina.ok({ t: 'delete', roomId, messageId: id })
  const page = await jsonOf<Page>(server.fetch('sam', `rooms/${roomId}/messages?limit=1`))
  assert.equal(page.messages[0]?.mentions, undefined)
})

test('a site without mentions says so, refuses them, and sends everything else', async () => {
  await using site = await startServer({ settings: { features: { mentions: false } } })
  const { id } = await aRoom(site, ['mina', 'sam'], { name: 'Team' })
  const client = await site.join('mina')
  assert.equal(client.ready.features.mentions, false)
  const message = { t: 'send', roomId: id, messageId: uuidv7(), text: '@Sam' } as const
  for (const fields of [{ mentions: [ofSam()] }, { mentionsRoom: { at: 0, length: 4 } }])
    assert.equal((await client.err({ ...message, ...fields })).code, 'unsupported')
  const none = { mentions: [] }
  await client.ok({ ...message, ...none })
})

test('members are found by the start of their words, by members only', async () => {
  const find = (user: string, q: string) =>
    server.fetch(user, `rooms/${roomId}/members?q=${encodeURIComponent(q)}`)
  const page = await jsonOf<MembersPage>(find('sam', 'LE'))
  assert.deepEqual(
    page.members.map(({ userId, role }) => [userId, role]),
    [['lee', 'member']],
  )
  assert.deepEqual([page.users, page.cursor], [{ lee: { id: 'lee', name: 'Lee' } }, undefined])
  assert.deepEqual((await jsonOf<MembersPage>(find('sam', 'zzz'))).members, [])
  const all = await jsonOf<MembersPage>(find('sam', ' '))
  assert.equal(all.members.length, 3)
  await server.join('eve')
  await assertProblem(await find('eve', 'le'), 404, 'not_found')
})

test('members are searched for as often as people, and listed as often as one likes', async () => {
  await using site = await startServer({ isLimited: true })
  const { id } = await aRoom(site, ['mina', 'sam'])
  const ask = (query: string) => site.fetch('mina', `rooms/${id}/members${query}`)
  for (let n = 0; n < 60; n++) assert.equal((await ask('?q=sa')).status, 200)
  await assertProblem(await ask('?q=sa'), 429, 'rate_limited')
  await assertProblem(await site.fetch('mina', 'users?q=sa'), 429, 'rate_limited')
  assert.equal((await ask('')).status, 200)
})
