import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { type Action, permissions, requirePermission } from '../../server/rules/permissions.ts'
import { aRoom, type ProblemBody } from '../support/builders.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startServer({ settings: { features: { joinLinks: true } } })
  const store = server.stores.forTenant('default')
  for (const id of ['stranger', 'member', 'owner', 'author', 'lee', 'ann', 'joe'])
    await store.saveUser({ id })
})
after(() => server[Symbol.asyncDispose]())

const persons = ['stranger', 'member', 'owner', 'author'] as const
type Person = (typeof persons)[number]
type Scene = { readonly room: string; readonly message: string }
type Request = readonly [method: string, path: string, body?: object]

/**
 * How each thing is asked for over HTTP. `lee` is a member of the room, `ann` is none, and `joe` is none because its owner
 * removed him.
 */
const requests: {
  readonly [A in Exclude<Action, 'typing' | 'announce'>]: (scene: Scene, by: Person) => Request
} = {
  open: () => ['POST', 'rooms', { memberIds: ['lee'] }],
  see: ({ room }) => ['GET', `rooms/${room}/messages`],
  send: ({ room }) => ['PUT', `rooms/${room}/messages/${uuidv7()}`, { text: 'hello' }],
  mentionRoom: ({ room }) => [
    'PUT',
    `rooms/${room}/messages/${uuidv7()}`,
    { text: 'hello', mentionsRoom: { at: 0, length: 5 } },
  ],
  edit: ({ room, message }) => ['PATCH', `rooms/${room}/messages/${message}`, { text: 'other' }],
  delete: ({ room, message }) => ['DELETE', `rooms/${room}/messages/${message}`],
  react: ({ room, message }) => [
    'PUT',
    `rooms/${room}/messages/${message}/reactions/${encodeURIComponent('👍')}`,
    { on: true },
  ],
  pin: ({ room, message }) => ['PUT', `rooms/${room}/messages/${message}/pin`, { on: true }],
  read: ({ room }) => ['PUT', `rooms/${room}/read`, { seq: 1 }],
  arrange: ({ room }) => ['PATCH', `rooms/${room}/me`, { pinned: true }],
  setPresence: () => ['PUT', 'me/presence', { doNotDisturb: false }],
  rename: ({ room }) => ['PATCH', `rooms/${room}`, { name: 'Crew' }],
  describe: ({ room }) => ['PUT', `rooms/${room}/description`, { description: 'For all' }],
  configure: ({ room }) => ['PATCH', `rooms/${room}/settings`, { slowMode: 5 }],
  showAll: ({ room }) => ['PATCH', `rooms/${room}/settings`, { history: 'all' }],
  join: ({ room }) => ['POST', `rooms/${room}/join`],
  link: ({ room }) => ['POST', `rooms/${room}/links`, { id: uuidv7() }],
  add: ({ room }) => ['PUT', `rooms/${room}/members/ann`],
  addAgain: ({ room }) => ['PUT', `rooms/${room}/members/joe`],
  setRole: ({ room }) => ['PUT', `rooms/${room}/members/lee`, { role: 'owner' }],
  remove: ({ room }) => ['DELETE', `rooms/${room}/members/lee`],
  deleteRoom: ({ room }) => ['DELETE', `rooms/${room}`],
  leave: ({ room }, by) => ['DELETE', `rooms/${room}/members/${by}`],
}

const inside = ['member', 'owner', 'author']
const expected: { readonly [A in Action]: readonly string[] } = {
  open: persons,
  see: inside,
  send: inside,
  mentionRoom: ['owner'],
  announce: ['owner'],
  edit: ['author'],
  delete: ['author'],
  react: inside,
  pin: inside,
  read: inside,
  arrange: inside,
  setPresence: persons,
  typing: inside,
  rename: inside,
  describe: inside,
  configure: ['owner'],
  showAll: ['owner'],
  join: persons,
  link: ['owner'],
  add: inside,
  addAgain: ['owner'],
  setRole: ['owner'],
  remove: ['owner'],
  deleteRoom: ['owner'],
  leave: inside,
}

async function aScene(): Promise<Scene> {
  const { id: room } = await aRoom(server, ['owner', 'member', 'author', 'lee', 'joe'], {
    name: 'Team',
    join: 'open',
  })
  const removed = await server.fetch('owner', `rooms/${room}/members/joe`, { method: 'DELETE' })
  assert.ok(removed.ok)
  const message = uuidv7()
  const path = `rooms/${room}/messages/${message}`
  const sent = await server.fetch('author', path, { method: 'PUT', body: { text: 'first' } })
  assert.equal(sent.status, 201)
  return { room, message }
}

for (const [action, request] of Object.entries(requests)) {
  const allowed = expected[action as Action]
  test(`${permissions[action as Action].what}: ${allowed.join(', ')} may, nobody else`, async () => {
    for (const person of persons) {
      const [method, path, body] = request(await aScene(), person)
      const response = await server.fetch(person, path, { method, ...(body && { body }) })
      if (allowed.includes(person)) assert.ok(response.ok, `${person}: ${await response.text()}`)
      else assert.equal(await codeOf(response), refusalFor(person), person)
    }
  })
}

test('show that one is typing: who is no member may not', async () => {
  const { room } = await aScene()
  for (const person of persons) {
    const client = await server.join(person)
    client.socket.raw(JSON.stringify({ t: 'typing', roomId: room }))
    await client.socket.settle()
    const refused = client.socket.events('err').map(({ code }) => code)
    assert.deepEqual(refused, expected.typing.includes(person) ? [] : ['not_found'], person)
    await client.socket.close()
  }
})

test('in rooms that are no groups, nobody changes anything of the room or its people', async () => {
  const { id: room } = await aRoom(server, ['owner', 'lee'])
  const ofGroups = Object.entries(permissions).filter(([, permission]) => 'in' in permission)
  const actions = ofGroups
    .map(([action]) => action as Action)
    .filter(
      (action) => action !== 'addAgain' && action !== 'announce' && action !== 'join' && action !== 'typing',
    )
  assert.ok(actions.length >= 8)
  for (const action of actions) {
    const [method, path, body] = requests[action]({ room, message: uuidv7() }, 'owner')
    const response = await server.fetch('owner', path, { method, ...(body && { body }) })
    assert.equal(await codeOf(response), 'forbidden', action)
  }
})

test('a stranger learns nothing of a room, whatever its kind and whoever wrote the message', () => {
  for (const action of Object.keys(permissions) as Action[]) {
    if (permissions[action].who === 'anybody') continue
    for (const kind of ['direct', 'group'] as const) {
      const standing = { role: undefined, kind, isAuthor: true }
      assert.throws(() => requirePermission(action, standing), { code: 'not_found', message: 'no such room' })
    }
  }
})

const refusalFor = (person: Person) => (person === 'stranger' ? 'not_found' : 'forbidden')

async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as ProblemBody).code
}
