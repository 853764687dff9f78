import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { callerFor } from '../../server/commands/caller.ts'
import { publishTo } from '../../server/commands/publish.ts'
import { createRun } from '../../server/commands/run.ts'
import { Tally } from '../../server/commands/tally.ts'
import { limits } from '../../server/protocol/limits.ts'
import type { MessageView, Page, RoomAnswer, RoomsPage, SystemView } from '../../server/protocol/views.ts'
import { settingsFrom } from '../../server/rules/settings.ts'
import { aCrowd, aFullGroup, aLog, aRoom, assertProblem, jsonOf } from '../support/builders.ts'
import type { TestClient } from '../support/client.ts'
import { nameOf, startServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startServer()
  for (const user of ['lee', 'ann', 'stranger'])
    await server.stores.forTenant('default').saveUser(named(user))
})
after(() => server[Symbol.asyncDispose]())

const named = (id: string) => ({ id, name: nameOf(id) })
const memberPath = (room: string, member: string) => `rooms/${room}/members/${encodeURIComponent(member)}`
const rename = (user: string, room: string, body: object) =>
  server.fetch(user, `rooms/${room}`, { method: 'PATCH', body })
const set = (user: string, room: string, member: string, body?: object) =>
  server.fetch(user, memberPath(room, member), { method: 'PUT', ...(body && { body }) })
const remove = (user: string, room: string, member: string) =>
  server.fetch(user, memberPath(room, member), { method: 'DELETE' })
const shown = (room: string, user = 'mina') => jsonOf<RoomAnswer>(server.fetch(user, `rooms/${room}`))

/** A group of these users; the first one owns it. */
const aGroup = async (...members: string[]) => (await aRoom(server, members, { name: 'Team' })).id

const rolesIn = ({ members }: Pick<RoomAnswer, 'members'>) =>
  Object.fromEntries(members?.map(({ userId, role }) => [userId, role]) ?? [])
/** What the room's own messages tell, oldest first. */
async function toldIn(room: string, user = 'mina'): Promise<(readonly [string, SystemView | undefined])[]> {
  const { messages } = await jsonOf<Page>(server.fetch(user, `rooms/${room}/messages`))
  return messages.filter(({ kind }) => kind === 'system').map(({ text, system }) => [text, system] as const)
}
/** Kinds and numbers of what a socket got of a room. */
const heard = ({ socket }: TestClient, room: string) =>
  socket.frames.flatMap((frame) => {
    if (frame.t === 'room' && frame.room.id === room) return [['room', frame.room.rev]]
    if (frame.t === 'message' && frame.message.roomId === room) return [['message', frame.message.rev]]
    return (frame.t === 'mine' || frame.t === 'gone') && frame.roomId === room ? [[frame.t]] : []
  })

test('any member names the group; everybody is shown the room and the message about it', async () => {
  const room = await aGroup('mina', 'sam')
  const [mina, sam] = [await server.join('mina'), await server.join('sam')]
  const answer = await jsonOf<RoomAnswer>(rename('sam', room, { name: '  Crew ' }))
  assert.deepEqual([answer.name, answer.rev, answer.head], ['Crew', 1, 2])
  assert.deepEqual(answer.me, { readSeq: 0, unread: 0, muted: false })
  const { me: _, users, ...neutral } = answer
  for (const client of [mina, sam]) {
    const { message, user } = await client.socket.event('message', (event) => event.message.roomId === room)
    const { authorId, kind, seq, rev, text, system } = message
    assert.deepEqual([authorId, kind, seq, rev, user], ['sam', 'system', 2, 2, named('sam')])
    assert.deepEqual([text, system], ['Sam named the group “Crew”', { event: 'renamed', name: 'Crew' }])
    assert.deepEqual(await client.socket.event('room', (event) => event.room.id === room), {
      ...{ t: 'room', room: neutral, users },
    })
    assert.deepEqual(neutral.lastMessage, message)
    assert.deepEqual(heard(client, room), [
      ['room', 1],
      ['message', 2],
    ])
  }
})

test('any member says what the group is for; everybody is shown it, and a message says so', async () => {
  const room = await aGroup('mina', 'sam')
  const mina = await server.join('mina')
  const describe = (user: string, description: unknown) =>
    server.fetch(user, `rooms/${room}/description`, { method: 'PUT', body: { description } })
  const answer = await jsonOf<RoomAnswer>(describe('sam', ' For all\nwho look up '))
  assert.deepEqual([answer.description, answer.rev, answer.head], ['For all\nwho look up', 1, 2])
  const event = await mina.socket.event('room', (one) => one.room.id === room)
  assert.equal(event.room.description, answer.description)
  assert.equal((await jsonOf<RoomAnswer>(describe('mina', null))).description, undefined)
  assert.deepEqual(await toldIn(room), [
    ['Sam changed the description', { event: 'described' }],
    ['Mina took the description away', { event: 'described' }],
  ])
  const most = limits.descriptionChars
  assert.equal((await jsonOf<RoomAnswer>(describe('mina', 'x'.repeat(most)))).description?.length, most)
  await assertProblem(await describe('mina', 'x'.repeat(most + 1)), 413, 'too_large')
  for (const bad of ['', ' \u200b ', 'a\0b', 'a\tb\u0007', 'half \ud83d', 5, undefined])
    await assertProblem(await describe('mina', bad), 400, 'bad_request')
  await assertProblem(await describe('stranger', 'mine'), 404, 'not_found')
  await mina.socket.close()
})

test('a name is taken away with null', async () => {
  const room = await aGroup('mina', 'sam')
  assert.equal((await jsonOf<RoomAnswer>(rename('mina', room, { name: null }))).name, undefined)
  assert.deepEqual(await toldIn(room), [['Mina took the group’s name away', { event: 'renamed' }]])
})

test('what changes nothing is answered, and sent to nobody', async () => {
  const room = await aGroup('mina', 'sam')
  const sam = await server.join('sam')
  const before = await shown(room)
  assert.deepEqual(await jsonOf(rename('sam', room, { name: 'Team' })), await shown(room, 'sam'))
  for (const user of ['mina', 'sam']) assert.deepEqual(await jsonOf(set('mina', room, user)), before)
  assert.deepEqual(await jsonOf(set('mina', room, 'mina', { role: 'owner' })), before)
  assert.deepEqual(await jsonOf(set('mina', room, 'sam', { role: 'member' })), before)
  for (const user of ['stranger', 'nobody']) assert.equal((await remove('mina', room, user)).status, 204)
  await sam.socket.settle()
  assert.deepEqual(heard(sam, room), [])
  assert.deepEqual(await shown(room), before)
})

test('a member brings a user in: all their sockets are shown the room and hear what comes, not what was', async () => {
  const roomId = await aGroup('mina', 'sam')
  const sam = await server.join('sam')
  const [phone, desktop] = [await server.join('lee'), await server.join('lee')]
  await sam.send(roomId, 'before')
  const answer = await jsonOf<RoomAnswer>(set('sam', roomId, 'lee'), 201)
  assert.deepEqual(rolesIn(answer), { mina: 'owner', sam: 'member', lee: 'member' })
  await sam.send(roomId, 'after')
  for (const client of [phone, desktop]) {
    await client.socket.event('message', ({ message }) => message.text === 'after')
    assert.deepEqual(heard(client, roomId), [['room', 2], ['mine'], ['message', 4]])
    const { room: view, users } = await client.socket.event('room')
    assert.deepEqual([view.me, view.memberCount, view.lastMessage?.seq], [undefined, 3, 3])
    assert.deepEqual(Object.keys(users).sort(), ['lee', 'mina', 'sam'])
    const mine = await client.socket.event('mine')
    assert.deepEqual(mine, { t: 'mine', roomId, readSeq: 3, unread: 0, muted: false })
  }
  assert.deepEqual(heard(sam, roomId), [
    ['message', 1],
    ['room', 2],
    ['message', 3],
    ['message', 4],
  ])
  assert.deepEqual((await shown(roomId, 'lee')).me, { readSeq: 3, unread: 1, muted: false })
  assert.deepEqual(await toldIn(roomId), [['Sam added Lee', { event: 'added', userId: 'lee' }]])
  assert.equal((await phone.send(roomId, 'hello')).seq, 5)
  assert.equal((await set('mina', roomId, 'lee')).status, 200)
})

test('an owner brings somebody in as an owner, makes members owners and owners members', async () => {
  const room = await aGroup('mina', 'sam')
  const added = await jsonOf<RoomAnswer>(set('mina', room, 'lee', { role: 'owner' }), 201)
  assert.deepEqual([rolesIn(added).lee, added.head], ['owner', 2])
  const promoted = await jsonOf<RoomAnswer>(set('lee', room, 'sam', { role: 'owner' }))
  assert.equal(rolesIn(promoted).sam, 'owner')
  const demoted = await jsonOf<RoomAnswer>(set('sam', room, 'mina', { role: 'member' }))
  assert.deepEqual(rolesIn(demoted), { mina: 'member', sam: 'owner', lee: 'owner' })
  const stepped = await jsonOf<RoomAnswer>(set('lee', room, 'lee', { role: 'member' }))
  assert.equal(rolesIn(stepped).lee, 'member')
  assert.deepEqual(await toldIn(room), [
    ['Mina added Lee', { event: 'added', userId: 'lee' }],
    ['Lee made Sam an owner', { event: 'promoted', userId: 'sam' }],
    ['Sam made Mina a member', { event: 'demoted', userId: 'mina' }],
    ['Lee stopped being an owner', { event: 'demoted', userId: 'lee' }],
  ])
})

test('the last owner stays one until there is another, or leaves', async () => {
  const room = await aGroup('mina', 'sam', 'lee')
  await assertProblem(await set('mina', room, 'mina', { role: 'member' }), 409, 'conflict')
  assert.equal((await remove('mina', room, 'mina')).status, 204)
  assert.deepEqual(rolesIn(await shown(room, 'sam')), { lee: 'owner', sam: 'member' })
})

test('who is no owner gives no roles and puts nobody out', async () => {
  const room = await aGroup('mina', 'sam', 'lee')
  const before = await shown(room)
  for (const role of ['owner', 'member']) {
    for (const user of ['mina', 'sam', 'lee', 'ann']) {
      await assertProblem(await set('sam', room, user, { role }), 403, 'forbidden')
    }
  }
  for (const user of ['mina', 'lee', 'ann']) {
    await assertProblem(await remove('sam', room, user), 403, 'forbidden')
  }
  assert.deepEqual(await shown(room), before)
})

test('a removed member gets `gone` on all their sockets, and nothing after that; the others see who went', async () => {
  const roomId = await aGroup('mina', 'sam', 'lee')
  const sam = await server.join('sam')
  const [phone, desktop] = [await server.join('lee'), await server.join('lee')]
  await sam.send(roomId, 'before')
  assert.equal((await remove('mina', roomId, 'lee')).status, 204)
  await sam.send(roomId, 'after')
  sam.socket.post({ t: 'typing', roomId })
  await sam.ok({ t: 'read', roomId, seq: 4 })
  await rename('sam', roomId, { name: 'Without Lee' })
  for (const client of [phone, desktop]) {
    await client.socket.event('gone')
    await client.socket.settle()
    assert.deepEqual(heard(client, roomId), [['message', 1], ['gone']])
    assert.deepEqual([client.socket.events('read'), client.socket.events('typing')], [[], []])
  }
  const { room: view, users } = await sam.socket.event('room')
  assert.deepEqual([rolesIn(view), users.lee], [{ mina: 'owner', sam: 'member' }, named('lee')])
  assert.deepEqual((await toldIn(roomId))[0], ['Mina removed Lee', { event: 'removed', userId: 'lee' }])
})

test('who is out is a stranger: nothing of the room is found, by socket or HTTP', async () => {
  const roomId = await aGroup('mina', 'sam', 'lee')
  const lee = await server.join('lee')
  const sent = await lee.send(roomId, 'mine')
  await remove('mina', roomId, 'lee')
  await lee.socket.event('gone')
  const frames: { t: string; [field: string]: unknown }[] = [
    { t: 'send', messageId: uuidv7(), text: 'still here' },
    { t: 'send', messageId: sent.id, text: 'mine' },
    { t: 'edit', messageId: sent.id, text: 'yours' },
    { t: 'delete', messageId: sent.id },
    { t: 'read', seq: 1 },
    { t: 'typing' },
    { t: 'changes', since: 0 },
  ]
  for (const frame of frames) assert.equal((await lee.err({ ...frame, roomId })).code, 'not_found', frame.t)
  const requests: [method: string, path: string, body?: object][] = [
    ['GET', ''],
    ['GET', '/members'],
    ['GET', '/messages'],
    ['GET', '/changes?since=0'],
    ['PUT', `/messages/${uuidv7()}`, { text: 'still here' }],
    ['PATCH', `/messages/${sent.id}`, { text: 'yours' }],
    ['DELETE', `/messages/${sent.id}`],
    ['PUT', '/read', { seq: 1 }],
    ['PATCH', '', { name: 'Mine' }],
    ['PUT', '/members/lee'],
    ['PUT', '/members/ann', { role: 'owner' }],
    ['DELETE', '/members/sam'],
    ['DELETE', '/members/lee'],
  ]
  for (const [method, path, body] of requests) {
    const response = await server.fetch('lee', `rooms/${roomId}${path}`, { method, ...(body && { body }) })
    await assertProblem(response, 404, 'not_found')
  }
  const { rooms } = await jsonOf<RoomsPage>(server.fetch('lee', 'rooms?limit=200'))
  assert.ok(!rooms.some(({ id }) => id === roomId))
  const { ready } = await server.join('lee')
  assert.equal(ready.heads[roomId], undefined)
  assert.deepEqual(rolesIn(await shown(roomId)), { mina: 'owner', sam: 'member' })
})

test('everybody may leave, and gets `gone` as well', async () => {
  const room = await aGroup('mina', 'sam')
  const sam = await server.join('sam')
  assert.equal((await remove('sam', room, 'sam')).status, 204)
  await sam.socket.event('gone', (event) => event.roomId === room)
  await sam.socket.settle()
  assert.deepEqual(heard(sam, room), [['gone']])
  assert.deepEqual(await toldIn(room), [['Sam left', { event: 'left' }]])
})

test('who comes back hears again, and has nothing unread of what was missed', async () => {
  const room = await aGroup('mina', 'sam')
  const [mina, sam] = [await server.join('mina'), await server.join('sam')]
  await remove('mina', room, 'sam')
  await mina.send(room, 'missed')
  await set('mina', room, 'sam')
  const { me, head } = await shown(room, 'sam')
  assert.deepEqual(me, { readSeq: head, unread: 0, muted: false })
  const mine = await sam.socket.event('mine')
  assert.deepEqual([mine.readSeq, mine.unread], [head, 0])
  await mina.send(room, 'welcome')
  await sam.socket.event('message', ({ message }) => message.text === 'welcome')
  assert.ok(!sam.socket.events('message').some(({ message }) => message.text === 'missed'))
})

test('changes bring the room, what it tells, and the names of all whom that is about', async () => {
  const room = await aGroup('mina', 'sam', 'lee')
  const mina = await server.join('mina')
  await set('mina', room, 'ann')
  await remove('mina', room, 'lee')
  const { messages, room: view, users, head } = await mina.changes(room, 0)
  assert.deepEqual(
    messages.map(({ rev, system }) => [rev, system?.event, system?.userId]),
    [
      [2, 'added', 'ann'],
      [4, 'removed', 'lee'],
    ],
  )
  assert.deepEqual([view?.rev, view?.head, head], [3, 4, 4])
  assert.deepEqual(Object.keys(users).sort(), ['ann', 'lee', 'mina', 'sam'])
  const page = await jsonOf<Page>(server.fetch('sam', `rooms/${room}/messages`))
  assert.deepEqual(Object.keys(page.users).sort(), ['ann', 'lee', 'mina'])
  const list = await jsonOf<RoomsPage>(server.fetch('sam', 'rooms?limit=1'))
  assert.deepEqual([list.rooms[0]?.id, list.users.lee], [room, named('lee')])
})

test('what the room tells is unread for nobody', async () => {
  const room = await aGroup('mina', 'sam')
  const before = (await server.join('sam')).ready.unread
  await rename('mina', room, { name: 'Crew' })
  await set('mina', room, 'lee')
  assert.equal((await shown(room, 'sam')).me?.unread, 0)
  assert.equal((await server.join('sam')).ready.unread, before)
})

test('with another name a group is no longer the one for its members: asked for, that is a new one', async () => {
  const memberIds = ['mina', 'sam', 'lee', 'ann']
  const { id: room } = await aRoom(server, memberIds)
  const post = () => server.fetch('mina', 'rooms', { method: 'POST', body: { memberIds } })
  assert.equal((await jsonOf<RoomAnswer>(post())).id, room)
  await rename('sam', room, { name: 'All of us' })
  const { id } = await jsonOf<RoomAnswer>(post(), 201)
  assert.notEqual(id, room)
  await remove('lee', id, 'lee')
  assert.notEqual((await jsonOf<RoomAnswer>(post(), 201)).id, id)
})

test('a room of one or two is what it is: no name, no others, no leaving', async () => {
  for (const members of [['mina', 'sam'], ['mina']]) {
    const { id: room } = await aRoom(server, members)
    const before = await shown(room)
    await assertProblem(await rename('mina', room, { name: 'Us' }), 403, 'forbidden')
    await assertProblem(await rename('mina', room, { name: null }), 403, 'forbidden')
    await assertProblem(await set('mina', room, 'lee'), 403, 'forbidden')
    await assertProblem(await set('mina', room, 'mina', { role: 'owner' }), 403, 'forbidden')
    for (const user of ['mina', 'sam', 'lee']) {
      await assertProblem(await remove('mina', room, user), 403, 'forbidden')
    }
    assert.deepEqual(await shown(room), before)
  }
})

test('a stranger changes nothing, and learns nothing: not even that the room exists', async () => {
  const room = await aGroup('mina', 'sam')
  const before = await shown(room)
  for (const target of [room, uuidv7()]) {
    const responses = await Promise.all([
      rename('stranger', target, { name: 'Ours' }),
      set('stranger', target, 'stranger'),
      set('stranger', target, 'sam', { role: 'owner' }),
      remove('stranger', target, 'sam'),
      remove('stranger', target, 'stranger'),
    ])
    for (const response of responses) {
      assert.equal((await assertProblem(response, 404, 'not_found')).detail, 'no such room')
    }
  }
  assert.deepEqual(await shown(room), before)
})

test('a user who does not exist is not_found, and one with any id is addressed by it', async () => {
  const room = await aGroup('mina', 'sam')
  for (const user of ['nobody', '__proto__']) {
    await assertProblem(await set('mina', room, user), 404, 'not_found')
    await assertProblem(await set('mina', room, user, { role: 'owner' }), 404, 'not_found')
  }
  const strange = 'ünï/é?#%2F ✓'
  await server.stores.forTenant('default').saveUser({ id: strange })
  assert.equal(rolesIn(await jsonOf<RoomAnswer>(set('mina', room, strange), 201))[strange], 'member')
  assert.equal((await remove('mina', room, strange)).status, 204)
  assert.deepEqual(rolesIn(await shown(room)), { mina: 'owner', sam: 'member' })
})

test(`beyond ${limits.members} members a group is too_large, for whoever comes`, async () => {
  const room = await aFullGroup(server, { name: 'Full' })
  await assertProblem(await set('u1', room, 'lee'), 413, 'too_large')
  assert.equal((await remove('u1', room, 'u1')).status, 204)
  assert.equal((await set('u0', room, 'lee')).status, 201)
})

test('in a crowd, whose view lists no members, the room still names whom its message is about', async () => {
  const { id: room } = await aRoom(server, aCrowd(limits.crowd + 2), { name: 'Crowd' })
  const listener = await server.join('u9')
  await remove('u0', room, 'u1')
  const { room: view, users } = await listener.socket.event('room')
  assert.deepEqual([view.members, view.memberCount], [undefined, limits.crowd + 1])
  assert.deepEqual(Object.keys(users).sort(), ['u0', 'u1'])
})

const strangeTexts: Record<string, [given: string, name: string, description?: string]> = {
  'bidirectional controls': ['\u202ecod\u2066e\u2069\u200f', 'code'],
  'line separators': ['Night\u2028watch\u2029now', 'Night watch now', 'Night\nwatch\nnow'],
  'tag characters': ['Crew\u{e0041}\u{e0042}', 'Crew'],
  'zero-widths between letters': ['Te\u200bam\u2060s', 'Teams'],
  'a pile of marks': [`e${'\u0301'.repeat(40)}`, `e${'\u0301'.repeat(4)}`],
  'a pile of marks with joiners between them': [
    `ا${'\u064b\u200d'.repeat(40)}`,
    `ا${'\u064b\u200d'.repeat(3)}\u064b`,
  ],
}
for (const [what, [given, name, description = name]] of Object.entries(strangeTexts)) {
  test(`the name and the description of a group are cleaned of ${what}, whoever gives them, as a user's name is`, async () => {
    const room = await aGroup('mina', 'sam')
    assert.equal((await jsonOf<RoomAnswer>(rename('sam', room, { name: given }))).name, name)
    const body = { description: given }
    const described = server.fetch('sam', `rooms/${room}/description`, { method: 'PUT', body })
    assert.equal((await jsonOf<RoomAnswer>(described)).description, description)
    const [[text] = []] = await toldIn(room)
    assert.equal(text, `Sam named the group “${name}”`)
    const made = await aRoom(server, ['mina', 'sam'], { name: given, description: given })
    assert.deepEqual([made.name, made.description], [name, description])
    const body2 = { memberIds: ['mina'], name: given }
    const opened = await jsonOf<RoomAnswer>(
      server.fetch('sam', 'rooms', { method: 'POST', body: body2 }),
      201,
    )
    assert.equal(opened.name, name)
    const retold = await server.chatter.updateRoom({ id: room, name: `${given}!` })
    assert.equal(retold.name, `${name}!`)
  })
}

const badNames: Record<string, [body: object, status: 400 | 413]> = {
  'no name': [{}, 400],
  'an empty name': [{ name: '' }, 400],
  'a name of white space': [{ name: ' \t' }, 400],
  'a name with nothing visible': [{ name: '\u200b\u3164\ufe0f' }, 400],
  'a name that is no text': [{ name: 7 }, 400],
  'a name with a control character': [{ name: 'a\u0007b' }, 400],
  'a name with a lone surrogate': [{ name: 'a\ud800' }, 400],
  'a name over 200 characters': [{ name: 'x'.repeat(limits.nameChars + 1) }, 413],
}

for (const [what, [body, status]] of Object.entries(badNames)) {
  test(`${what} is refused, and the group keeps its name`, async () => {
    const room = await aGroup('mina')
    await assertProblem(
      await rename('mina', room, body),
      status,
      status === 413 ? 'too_large' : 'bad_request',
    )
    assert.equal((await shown(room)).name, 'Team')
  })
}

test('what is no role, no user or no JSON is a bad_request', async () => {
  const room = await aGroup('mina', 'sam')
  for (const role of ['admin', '', null, 1, '__proto__']) {
    await assertProblem(await set('mina', room, 'sam', { role }), 400, 'bad_request')
  }
  for (const user of ['a\u0000b', 'é'.repeat(65)]) {
    await assertProblem(await set('mina', room, user), 400, 'bad_request')
    await assertProblem(await remove('mina', room, user), 400, 'bad_request')
  }
  for (const id of ['x', uuidv7().toUpperCase()]) {
    for (const response of [await rename('mina', id, { name: 'x' }), await set('mina', id, 'sam')]) {
      assert.ok([400, 404].includes(response.status), `${response.status}`)
    }
  }
  const headers = { authorization: `Bearer ${await server.token('mina')}`, 'content-type': 'text/plain' }
  const url = `${server.url}v1/${memberPath(room, 'lee')}`
  await assertProblem(await fetch(url, { method: 'PUT', headers, body: '{}' }), 400, 'bad_request')
})

test('the room and the user of a request are those of its path', async () => {
  const room = await aGroup('mina', 'sam')
  const answer = await jsonOf<RoomAnswer>(set('mina', room, 'lee', { userId: 'ann', roomId: uuidv7() }), 201)
  assert.deepEqual(Object.keys(rolesIn(answer)), ['lee', 'mina', 'sam'])
})

test('a removed member hears nothing that is said after it, not even in the same turn', async () => {
  const store = server.stores.forTenant('default')
  const run = createRun({
    forTenant: () => store,
    publishers: [publishTo(server.fanout)],
    newId: uuidv7,
    tally: new Tally(),
    log: aLog().log,
  })
  const tenant = { id: 'default', settings: settingsFrom({}) }
  const callerOf = (id: string) => callerFor({ me: named(id), tenant, store })
  const lee = await server.join('lee')
  let saidAfter = 0
  for (let steps = 0; steps < 24; steps++) {
    const roomId = await aGroup('mina', 'sam', 'lee')
    const removal = run(callerOf('mina'), 'removeMember', { roomId, userId: 'lee' }, () => {})
    for (let step = 0; step < steps; step++) await undefined
    const sent = Promise.withResolvers<MessageView>()
    const message = { roomId, messageId: uuidv7(), text: 'about Lee' }
    const sending = run(callerOf('sam'), 'send', message, ({ reply }) => sent.resolve(reply.message))
    await Promise.all([removal, sending])
    await lee.socket.event('gone', (event) => event.roomId === roomId)
    await lee.socket.settle()
    const { rev } = await sent.promise
    const isSaidAfter = rev > 1
    if (isSaidAfter) saidAfter++
    const expected = isSaidAfter ? [] : [['message', rev]]
    const later = heard(lee, roomId).filter(([t]) => t === 'message')
    assert.deepEqual(later, expected, `${steps} steps later`)
  }
  assert.ok(saidAfter > 0, 'some of it was said after')
})

test('members whose ids are dots, which no path can say, are named in the query', async () => {
  const room = await aGroup('mina', 'sam', '.', '..')
  for (const id of ['.', '..']) {
    const path = `rooms/${room}/members?userId=${id}`
    const promoted = await server.fetch('mina', path, { method: 'PUT', body: { role: 'owner' } })
    assert.equal(promoted.status, 200)
    assert.equal((await server.fetch('mina', path, { method: 'DELETE' })).status, 204)
  }
  assert.deepEqual(rolesIn(await shown(room)), { mina: 'owner', sam: 'member' })
  const nobody = await server.fetch('mina', `rooms/${room}/members`, { method: 'DELETE' })
  await assertProblem(nobody, 400, 'bad_request')
})
