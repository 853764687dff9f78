/**
 * Who may do what, walked through: each command, by each kind of person, in each kind of room, over the socket and over HTTP,
 * against the table of rules/permissions.ts. A command or a permission without a row here fails.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { uuidv7 } from 'uuidv7'
import type { NewRoom } from '../../server/commands/create-room.ts'
import { type CommandName, commands, frames, type Route } from '../../server/protocol/commands.ts'
import type { ProblemCode } from '../../server/protocol/problems.ts'
import type { RoomKind } from '../../server/protocol/views.ts'
import { type Action, permissions } from '../../server/rules/permissions.ts'
import { askHost, connectHost } from '../support/at-host.ts'
import type { TestClient } from '../support/client.ts'
import { nameOf, signToken, startServer, type TestServer } from '../support/server.ts'

/** What somebody is to a room. `foreigner`: its owner's namesake in another tenant. */
type Person = 'owner' | 'member' | 'author' | 'removed' | 'stranger' | 'foreigner'

/** Who there is in each kind of room; the author of its message is the last one who is in it. */
const people: {
  readonly [K in RoomKind]: { readonly inside: readonly Person[]; readonly outside: readonly Person[] }
} = {
  group: { inside: ['owner', 'member', 'author'], outside: ['removed', 'stranger', 'foreigner'] },
  direct: { inside: ['owner', 'author'], outside: ['stranger', 'foreigner'] },
  self: { inside: ['owner'], outside: ['stranger', 'foreigner'] },
}
const kinds = Object.keys(people) as RoomKind[]

type Scene = {
  readonly roomId: string
  readonly messageId: string
  readonly linkId: string
  readonly code: string
}
type Input = Readonly<Record<string, unknown>>

type Case = {
  /** What of the table of permissions it is. */
  readonly action: Action
  /** What is asked for, in a room where all of that is there. `lee` is a member of groups, `ann` of none. */
  input(scene: Scene, by: Person): Input
  /** How the group is, where it is not as usual. */
  readonly room?: NewRoom
  /** Where it is tried: in all kinds of rooms, unless it says. */
  readonly in?: readonly RoomKind[]
}

const inGroups = ['group'] as const
const emoji = '👍'
const here = ({ roomId }: Scene) => ({ roomId })
const message = ({ roomId, messageId }: Scene) => ({ roomId, messageId })
const announcing = { action: 'announce', in: inGroups, room: { post: 'owners' } } as const
const draft = ({ roomId }: Scene) => ({ roomId, messageId: uuidv7(), text: 'hello' })

/** Each command, for each permission that it may take. The type checker and the first test name one that is missing. */
const cases: { readonly [N in CommandName]: readonly Case[] } = {
  open: [{ action: 'open', in: inGroups, input: () => ({ memberIds: ['lee'] }) }],
  send: [
    { action: 'send', input: draft },
    { ...announcing, input: draft },
    { action: 'mentionRoom', input: (scene) => ({ ...draft(scene), mentionsRoom: { at: 0, length: 5 } }) },
  ],
  edit: [{ action: 'edit', input: (scene) => ({ ...message(scene), text: 'other' }) }],
  delete: [{ action: 'delete', input: message }],
  react: [{ action: 'react', input: (scene) => ({ ...message(scene), emoji, on: true }) }],
  pin: [
    { action: 'pin', input: (scene) => ({ ...message(scene), on: true }) },
    { ...announcing, input: (scene) => ({ ...message(scene), on: true }) },
  ],
  read: [{ action: 'read', input: (scene) => ({ ...here(scene), seq: 1 }) }],
  arrange: [{ action: 'arrange', input: (scene) => ({ ...here(scene), pinned: true }) }],
  setPresence: [{ action: 'setPresence', in: inGroups, input: () => ({ doNotDisturb: true }) }],
  typing: [{ action: 'typing', input: here }],
  rename: [
    { action: 'rename', input: (scene) => ({ ...here(scene), name: 'Crew' }) },
    { ...announcing, input: (scene) => ({ ...here(scene), name: 'Crew' }) },
  ],
  describe: [
    { action: 'describe', input: (scene) => ({ ...here(scene), description: 'For all' }) },
    { ...announcing, input: (scene) => ({ ...here(scene), description: 'For all' }) },
  ],
  configure: [
    { action: 'configure', input: (scene) => ({ ...here(scene), slowMode: 5 }) },
    // They were there when it was made.
    {
      ...{ action: 'showAll', room: { history: 'since-joined' } },
      input: (scene) => ({ ...here(scene), history: 'all' }),
    },
  ],
  deleteRoom: [{ action: 'deleteRoom', input: here }],
  createLink: [{ action: 'link', input: (scene) => ({ ...here(scene), id: uuidv7() }) }],
  deleteLink: [{ action: 'link', input: ({ roomId, linkId }) => ({ roomId, linkId }) }],
  join: [
    { action: 'join', room: { join: 'open' }, input: here },
    { action: 'join', in: inGroups, input: ({ roomId, code }) => ({ roomId, code }) },
  ],
  setMember: [
    { action: 'add', input: (scene) => ({ ...here(scene), userId: 'ann' }) },
    { action: 'addAgain', in: inGroups, input: (scene) => ({ ...here(scene), userId: 'removed' }) },
    { action: 'setRole', input: (scene) => ({ ...here(scene), userId: 'lee', role: 'owner' }) },
  ],
  removeMember: [
    { action: 'remove', input: (scene) => ({ ...here(scene), userId: 'lee' }) },
    { action: 'leave', input: (scene, by) => ({ ...here(scene), userId: userOf(by) }) },
  ],
}

/** What is read of a room. */
const reads: readonly { readonly action: Action; path(scene: Scene): string }[] = [
  { action: 'see', path: () => '' },
  { action: 'see', path: () => '/messages' },
  { action: 'see', path: ({ messageId }) => `/messages/${messageId}` },
  { action: 'see', path: () => '/members' },
  { action: 'see', path: () => '/members?q=lee' },
  { action: 'see', path: () => '/pins' },
  { action: 'see', path: () => '/changes?since=0' },
  { action: 'link', path: () => '/links' },
]

const userOf = (person: Person) => (person === 'foreigner' ? 'owner' : person)

/** What the table says, in its own words: undefined where somebody may. */
function refusalOf(action: Action, kind: RoomKind, by: Person): ProblemCode | undefined {
  const permission: { readonly who: string; readonly in?: readonly RoomKind[] } = permissions[action]
  const { inside } = people[kind]
  const isInside = inside.includes(by)
  const isOfKind = permission.in?.includes(kind) ?? true
  // They are about no room that is there.
  if (action === 'open' || action === 'setPresence') return undefined
  if (permission.who === 'anybody') return isInside ? undefined : refusalOfJoining(isOfKind, by)
  if (!isInside) return 'not_found'
  if (!isOfKind) return 'forbidden'
  if (permission.who === 'author') return by === inside.at(-1) ? undefined : 'forbidden'
  if (permission.who === 'owner') return by === 'owner' ? undefined : 'forbidden'
  return undefined
}

/** Of who is no member: then the kind of a room that they may not join is not theirs to know. */
function refusalOfJoining(isOfKind: boolean, by: Person): ProblemCode | undefined {
  if (!isOfKind || by === 'foreigner') return 'not_found'
  return by === 'removed' ? 'forbidden' : undefined
}

const tenants = ['home', 'away'].map((id) => ({
  id,
  hosts: [`${id}.test`],
  secrets: [`the secret of ${id}, of thirty-two bytes`],
  origins: [],
  settings: { 'features.joinLinks': true },
}))
const siteOf = (person: Person) => (person === 'foreigner' ? 'away' : 'home')

/** Answers how it ended: undefined where it worked. */
type Ask = (by: Person, input: Input) => Promise<string | undefined>

let server: TestServer
const clients = new Map<Person, TestClient>()

async function tokenOf(person: Person): Promise<string> {
  const site = siteOf(person)
  const secret = `the secret of ${site}, of thirty-two bytes`
  return signToken(userOf(person), { secret, aud: `${site}.test`, name: nameOf(userOf(person)) })
}

before(async () => {
  server = await startServer({ tenants })
  for (const tenant of ['home', 'away']) {
    const store = server.stores.forTenant(tenant)
    for (const id of ['lee', 'ann', 'stranger']) await store.saveUser({ id })
  }
  for (const person of [...people.group.inside, ...people.group.outside]) {
    const socket = await connectHost(server.url, `${siteOf(person)}.test`)
    clients.set(person, await socket.hello(await tokenOf(person)))
  }
})
after(() => server[Symbol.asyncDispose]())

async function aScene(kind: RoomKind, more: NewRoom = {}): Promise<Scene> {
  const store = server.stores.forTenant('home')
  const { inside } = people[kind]
  const isGroup = kind === 'group'
  const members = isGroup ? [...inside, 'lee', 'removed'] : inside
  const { id: roomId } = await server.chatter.createRoom(
    members.map((id) => ({ id })),
    { tenant: 'home', ...(isGroup && { name: 'Team', ...more }) },
  )
  const messageId = uuidv7()
  const author = inside.at(-1) ?? ''
  // Whoever writes there later may, or not: this was said before.
  await store.append({ room: roomId, id: messageId, author: more.post ? 'owner' : author, text: 'first' })
  const scene = { roomId, messageId, linkId: uuidv7(), code: `code ${messageId}` }
  if (!isGroup) return scene
  const path = `rooms/${roomId}/members/removed`
  assert.equal(await overHttp('owner', 'DELETE', path), undefined)
  await store.createLink({ room: roomId, by: 'owner', id: scene.linkId, code: scene.code })
  return scene
}

/** Everything that nobody may change without a right to. */
async function stateOf({ roomId, messageId }: Scene): Promise<unknown> {
  const store = server.stores.forTenant('home')
  const me = await Promise.all(people.group.inside.map((user) => store.findRoom(roomId, user)))
  return [await store.findRoom(roomId), await store.findMessage(roomId, messageId), me]
}

async function overHttp(
  by: Person,
  method: string,
  path: string,
  body?: object,
): Promise<string | undefined> {
  const { status, json } = await askHost(`${server.url}v1/${path}`, `${siteOf(by)}.test`, {
    method,
    token: await tokenOf(by),
    ...(body && { body }),
  })
  return status < 300 ? undefined : String((json as { code?: string } | undefined)?.code ?? status)
}

/** What of the input does not stand in the path is the body. */
function requested({ method, path }: Route): Ask {
  return (by, input) => {
    const body = { ...input }
    const filled = path.slice(1).replace(/:(\w+)/g, (_, name: string) => {
      delete body[name]
      return encodeURIComponent(String(input[name]))
    })
    return overHttp(by, method, filled, Object.keys(body).length > 0 ? body : undefined)
  }
}

function framed(t: string, isAnswered: boolean): Ask {
  return async (by, input) => {
    const { socket } = clients.get(by) ?? assert.fail(`${by} has a socket`)
    if (isAnswered) {
      const answer = await socket.ask({ t, ...input })
      return answer.t === 'err' ? answer.code : undefined
    }
    const count = socket.events('err').length
    socket.raw(JSON.stringify({ t, ...input }))
    await socket.settle()
    return socket.events('err')[count]?.code
  }
}

/** The ways in which a command is asked for. */
function waysOf(name: CommandName): [name: string, ask: Ask][] {
  const { input } = name in frames ? frames[name as keyof typeof frames] : {}
  const row = commands[name]
  return [
    ...(input ? [['a socket', framed(name, 'id' in input.entries)] as [string, Ask]] : []),
    ...('http' in row ? [['HTTP', requested(row.http)] as [string, Ask]] : []),
  ]
}

it('every command has its rows here, and every permission is one that a row or a read takes', () => {
  assert.deepEqual(Object.keys(cases).sort(), Object.keys(commands).sort())
  const taken = new Set([...Object.values(cases).flat(), ...reads].map(({ action }) => action))
  assert.deepEqual([...taken].sort(), Object.keys(permissions).sort())
  for (const name of Object.keys(commands) as CommandName[]) {
    assert.ok(cases[name].length > 0, name)
    assert.ok(waysOf(name).length > 0, name)
  }
})

for (const name of Object.keys(cases) as CommandName[]) {
  describe(`${name}:`, () => {
    for (const [way, ask] of waysOf(name)) {
      for (const one of cases[name]) {
        for (const kind of one.in ?? kinds) {
          it(`${permissions[one.action].what}, in a room of the kind ${kind}, over ${way}`, () =>
            walk(kind, one, ask))
        }
      }
    }
  })
}

async function walk(kind: RoomKind, { action, input, room }: Case, ask: Ask): Promise<void> {
  const all = [...people[kind].inside, ...people[kind].outside]
  const refused = all.filter((by) => refusalOf(action, kind, by) !== undefined)
  const scene = await aScene(kind, room)
  const before = await stateOf(scene)
  for (const by of refused) assert.equal(await ask(by, input(scene, by)), refusalOf(action, kind, by), by)
  assert.deepEqual(await stateOf(scene), before, 'who is refused changed nothing')
  for (const by of all) {
    if (refused.includes(by)) continue
    // Each in a room where nothing was done yet; rooms of one or two are the same again.
    assert.equal(await ask(by, input(await aScene(kind, room), by)), undefined, by)
  }
}

describe('what is read of a room:', () => {
  for (const kind of kinds) {
    it(`its members may, its owners more, and nobody else learns that it is there: ${kind}`, async () => {
      const scene = await aScene(kind)
      for (const { action, path } of reads) {
        for (const by of [...people[kind].inside, ...people[kind].outside]) {
          const answer = await overHttp(by, 'GET', `rooms/${scene.roomId}${path(scene)}`)
          assert.equal(answer, refusalOf(action, kind, by), `${by}: ${path(scene)}`)
        }
      }
      const asked = framed('changes', true)
      for (const by of [...people[kind].inside, ...people[kind].outside])
        assert.equal(await asked(by, { roomId: scene.roomId, since: 0 }), refusalOf('see', kind, by), by)
    })
  }
})
