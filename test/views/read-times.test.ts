import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { limits } from '../../server/protocol/limits.ts'
import type { MembersPage, RoomAnswer } from '../../server/protocol/views.ts'
import type { Show } from '../../server/rules/presence.ts'
import { aCrowd, aRoom, jsonOf } from '../support/builders.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startServer()
})
after(() => server[Symbol.asyncDispose]())

const show = (user: string, presence: Show, at = server) =>
  at.stores.forTenant('default').setPresence(user, { show: presence })

/** Who of the others shows a reader when they read, as the pages of members say it. */
async function timesFor(reader: string, roomId: string, at = server): Promise<string[]> {
  const pages = [`rooms/${roomId}/members`, `rooms/${roomId}/members?q=a`]
  const all = await Promise.all(pages.map((path) => jsonOf<MembersPage>(at.fetch(reader, path))))
  const [listed = [], found = []] = all.map(({ members }) =>
    members.filter(({ userId, readAt }) => userId !== reader && readAt !== undefined),
  )
  const names = listed.map(({ userId }) => userId)
  for (const { userId } of found) assert.ok(names.includes(userId), 'a search says no more than the list')
  return names
}

/** A room in which all have read what the first one said. */
async function aReadRoom(members: readonly string[], name?: string, at = server): Promise<string> {
  const { id } = await aRoom(at, members, name === undefined ? {} : { name })
  const store = at.stores.forTenant('default')
  await store.append({ room: id, id: crypto.randomUUID(), author: members[0] ?? '', text: 'Hello' })
  for (const user of members) await store.markRead(id, user, 1)
  return id
}

test('in a group only who shows themselves to everybody shows when they read, and only to those', async () => {
  const id = await aReadRoom(['ada', 'abe', 'ann', 'ava'], 'Team')
  await aRoom(server, ['ada', 'ann'])
  await show('ann', 'contacts')
  await show('ava', 'off')
  assert.deepEqual(await timesFor('ada', id), ['abe'])
  assert.deepEqual(await timesFor('abe', id), ['ada'])
  assert.deepEqual(await timesFor('ava', id), [])
  // Who shows a few who they are sees the same of nobody else.
  assert.deepEqual(await timesFor('ann', id), ['ada'])
  assert.ok((await own(id, 'ava')) !== undefined, 'what is mine I am told')
})

const own = async (id: string, user: string) =>
  (await jsonOf<MembersPage>(server.fetch(user, `rooms/${id}/members`))).members.find(
    ({ userId }) => userId === user,
  )?.readAt

test('in a direct room both show when they read, unless one of them shows nobody that they are here', async () => {
  const id = await aReadRoom(['dan', 'fay'])
  await show('dan', 'contacts')
  assert.deepEqual([await timesFor('fay', id), await timesFor('dan', id)], [['dan'], ['fay']])
  await show('dan', 'off')
  assert.deepEqual([await timesFor('fay', id), await timesFor('dan', id)], [[], []])
})

test('where a site shows nobody who is here, and in a crowd, nobody is told when others read', async () => {
  const crowd = await aReadRoom(aCrowd(limits.crowd + 1), 'Crowd')
  assert.deepEqual(await timesFor('u1', crowd), [])
  await using silent = await startServer({ settings: { presence: 'off' } })
  assert.deepEqual(await timesFor('ada', await aReadRoom(['ada', 'abe'], undefined, silent), silent), [])
})

test('no view of a room says when its members read', async () => {
  const id = await aReadRoom(['ada', 'abe'], 'Quiet')
  const changes = `rooms/${id}/changes?since=0`
  await server.fetch('ada', `rooms/${id}`, { method: 'PATCH', body: { name: 'Quieter' } })
  for (const path of ['rooms', `rooms/${id}`, 'rooms/shared?userId=abe', changes])
    assert.doesNotMatch(await (await server.fetch('ada', path)).text(), /readAt/, path)
  const { socket, ready } = await server.join('ada')
  const renamed = await jsonOf<RoomAnswer>(
    server.fetch('abe', `rooms/${id}`, { method: 'PATCH', body: { name: 'Quietest' } }),
  )
  await socket.event('room', ({ room }) => room.rev === renamed.rev)
  for (const said of [ready, renamed, socket.frames]) assert.doesNotMatch(JSON.stringify(said), /readAt/)
})
