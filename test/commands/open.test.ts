import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { limits } from '../../server/protocol/limits.ts'
import type { RoomAnswer } from '../../server/protocol/views.ts'
import { aCrowd, aRoom, assertProblem, jsonOf } from '../support/builders.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startServer()
  for (const user of ['mina', 'sam', 'ann', 'stranger']) await server.fetch(user, 'me')
})
after(() => server[Symbol.asyncDispose]())

const post = (body: object, user = 'mina') => server.fetch(user, 'rooms', { method: 'POST', body })
const opened = (body: object, status: number, user?: string) => jsonOf<RoomAnswer>(post(body, user), status)

test('the same set of members finds the same room, in any order and from any of them', async () => {
  const made = await opened({ memberIds: ['sam', 'ann'] }, 201)
  for (const [user, memberIds] of [
    ['mina', ['ann', 'sam']],
    ['sam', ['ann', 'mina', 'sam']],
    ['ann', ['mina', 'mina', 'sam', 'ann']],
  ] as const) {
    assert.equal((await opened({ memberIds }, 200, user)).id, made.id)
  }
  assert.equal((await aRoom(server, ['ann', 'mina', 'sam'])).id, made.id)
})

test('two hundred creations of one set at once, over HTTP and by the host, make one room and tell of it once', async () => {
  const crowd = aCrowd(8)
  for (const user of crowd) await server.fetch(user, 'me')
  const listener = await server.join('u3')
  const answers = await Promise.all(
    Array.from({ length: 200 }, async (_, index) => {
      const order = [...crowd.slice(index % 8), ...crowd.slice(0, index % 8)]
      if (index % 3 === 0) return (await aRoom(server, order)).id
      const response = await post({ memberIds: order.slice(1) }, order[0])
      assert.ok([200, 201].includes(response.status))
      return (await response.json()).id
    }),
  )
  assert.equal(new Set(answers).size, 1)
  await listener.socket.settle()
  assert.equal(listener.socket.events('room').length, 1)
  const ids = (await jsonOf<{ rooms: RoomAnswer[] }>(server.fetch('u3', 'rooms'))).rooms.map(({ id }) => id)
  assert.deepEqual(ids, [answers[0]])
})

test('a room is self, direct or group by its number of members; the opener owns it', async () => {
  const kinds = []
  for (const memberIds of [[], ['ann'], ['ann', 'stranger']]) {
    const { kind, memberCount, members: listed } = await (await post({ memberIds }, 'sam')).json()
    kinds.push([kind, memberCount])
    assert.deepEqual(
      listed
        .filter(({ role }: { role: string }) => role === 'owner')
        .map(({ userId }: { userId: string }) => userId),
      ['sam'],
    )
  }
  assert.deepEqual(kinds, [
    ['self', 1],
    ['direct', 2],
    ['group', 3],
  ])
})

test('a room with a name is always a new one', async () => {
  const first = await opened({ memberIds: ['sam'], name: '  Tea ' }, 201)
  const second = await opened({ memberIds: ['sam'], name: 'Tea' }, 201)
  assert.notEqual(first.id, second.id)
  assert.deepEqual([first.kind, first.name], ['group', 'Tea'])
})

test('kind group makes a new room of the same set', async () => {
  const first = await opened({ memberIds: ['sam'], kind: 'group' }, 201)
  const second = await opened({ memberIds: ['sam'], kind: 'group' }, 201)
  assert.notEqual(first.id, second.id)
  assert.equal(first.kind, 'group')
})

test('an id makes the retry of a named group the same room', async () => {
  const body = { memberIds: ['sam'], name: 'Tea', id: uuidv7() }
  assert.equal((await opened(body, 201)).id, body.id)
  assert.equal((await opened(body, 200)).id, body.id)
})

test('an id that another room has is a conflict, also for whom the room is a secret', async () => {
  const id = uuidv7()
  await opened({ memberIds: ['sam'], name: 'Tea', id }, 201)
  await assertProblem(await post({ memberIds: ['sam'], name: 'Coffee', id }), 409, 'conflict')
  await assertProblem(await post({ memberIds: ['sam'], name: 'Tea', id }, 'stranger'), 409, 'conflict')
})

test('an unknown member is not_found, and nothing is made', async () => {
  const before = await jsonOf(server.fetch('mina', 'rooms?limit=200'))
  for (const name of ['nobody', '__proto__', 'constructor']) {
    await assertProblem(await post({ memberIds: ['sam', name], name: 'x' }), 404, 'not_found')
  }
  assert.deepEqual(await jsonOf(server.fetch('mina', 'rooms?limit=200')), before)
})

test(`a room is opened with at most ${limits.memberIds} members, the opener among them`, async () => {
  const crowd = aCrowd(limits.memberIds)
  for (const user of crowd) await server.fetch(user, 'me')
  const made = await opened({ memberIds: crowd.slice(1), name: 'Full' }, 201, 'u0')
  assert.deepEqual([made.memberCount, made.members], [limits.memberIds, undefined])
  await assertProblem(await post({ memberIds: crowd, name: 'One more' }), 413, 'too_large')
  await assert.rejects(aRoom(server, [...crowd, 'sam'], { name: 'By the host' }), { code: 'too_large' })
})

const bad: Record<string, object> = {
  'no members': {},
  'members that are no list': { memberIds: 'sam' },
  'a member that is no text': { memberIds: [1] },
  'an empty member': { memberIds: [''] },
  'a member with a control character': { memberIds: ['a\u0000b'] },
  'a member with a lone surrogate': { memberIds: ['\ud800'] },
  'a member of 129 bytes': { memberIds: ['é'.repeat(65)] },
  'an unknown kind': { memberIds: ['sam'], kind: 'channel' },
  'a kind called __proto__': { memberIds: ['sam'], kind: '__proto__' },
  'kind self for two': { memberIds: ['sam'], kind: 'self' },
  'kind direct for three': { memberIds: ['sam', 'ann'], kind: 'direct' },
  'a direct room with a name': { memberIds: ['sam'], kind: 'direct', name: 'Tea' },
  'an empty name': { memberIds: ['sam'], name: '' },
  'a name with nothing visible': { memberIds: ['sam'], name: '\u200b\u3164\ufe0f' },
  'a name of white space': { memberIds: ['sam'], name: ' \t ' },
  'a name with NUL': { memberIds: ['sam'], name: 'a\u0000b' },
  'a name with a lone surrogate': { memberIds: ['sam'], name: 'a\udfff' },
  'a name that is no text': { memberIds: ['sam'], name: {} },
  'an id that is no UUID': { memberIds: ['sam'], name: 'Tea', id: '__proto__' },
  'an id in capitals': { memberIds: ['sam'], name: 'Tea', id: uuidv7().toUpperCase() },
}

for (const [what, body] of Object.entries(bad)) {
  test(`${what} is a bad_request`, async () => {
    await assertProblem(await post(body), 400, 'bad_request')
  })
}

test('a name over 200 characters and 5,000 members are too_large', async () => {
  await assertProblem(await post({ memberIds: ['sam'], name: 'x'.repeat(201) }), 413, 'too_large')
  await assertProblem(await post({ memberIds: aCrowd(5_000) }), 413, 'too_large')
})

test('the owner of a room that names an author or a role in the body is the caller all the same', async () => {
  const forged = {
    memberIds: ['sam'],
    name: 'Forged',
    owner: 'sam',
    me: 'sam',
    userId: 'sam',
    tenantId: 'other',
  }
  const { members } = await opened(forged, 201)
  assert.equal(members?.find(({ role }) => role === 'owner')?.userId, 'mina')
})

test('the host opens rooms for users who never signed in', async () => {
  const { users, members } = await server.chatter.createRoom([{ id: 'new', name: 'Nia' }, { id: 'newer' }])
  assert.deepEqual({ ...users }, { new: { id: 'new', name: 'Nia' }, newer: { id: 'newer', name: 'newer' } })
  assert.equal(members?.length, 2)
})

test('the host opens no room for nobody, or for an impossible user', async () => {
  await assert.rejects(server.chatter.createRoom([]), { code: 'bad_request' })
  await assert.rejects(server.chatter.createRoom([{ id: 'a\u0000' }]), { name: 'Problem' })
})
