/**
 * What is sent to a room is the same for all its members, byte for byte: whatever differs by reader is sent to one
 * user, stands in a `me` of their own answer, or is asked for.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { uuidv7 } from 'uuidv7'
import type { Delivery } from '../../server/fanout/fanout.ts'
import { frameText } from '../../server/fanout/frame.ts'
import { createInProcessFanout } from '../../server/fanout/in-process.ts'
import { isOfNodes } from '../../server/fanout/topics.ts'
import type { ServerFrame } from '../../server/protocol/events.ts'
import type { RoomAnswer } from '../../server/protocol/views.ts'
import { aRoom, jsonOf } from '../support/builders.ts'
import type { Socket } from '../support/client.ts'
import { nameOf, startServer, type TestServer } from '../support/server.ts'

type Step = {
  readonly by: number
  readonly about: number
  readonly does: keyof typeof deeds
  readonly n: number
}

/** Each of them may do and see something else: who owns the group, a member, who comes and goes, who stays away. */
const people = ['ann', 'ben', 'cem', 'dan']
const founders = people.slice(0, 3)
/** Of a reader, never of what is sent to all. */
const personal = ['me', 'unread', 'muted', 'lastSeenAt', 'lastSeen', 'readAt']

let server: TestServer
const published: Delivery[] = []
before(async () => {
  const fanout = createInProcessFanout()
  const publish = (delivery: Delivery) => {
    published.push(delivery)
    fanout.publish(delivery)
  }
  server = await startServer({ fanout: { ...fanout, publish } })
})
after(() => server[Symbol.asyncDispose]())

type Deed = (at: {
  user: string
  other: string
  roomId: string
  n: number
  said: string[]
}) => Promise<unknown>

const ask = (user: string, method: string, path: string, body?: object) =>
  server.fetch(user, path, { method, body })

const deeds = {
  send: ({ user, roomId, n, said }) => {
    const id = uuidv7()
    said.push(id)
    return ask(user, 'PUT', `rooms/${roomId}/messages/${id}`, { text: `word ${n}` })
  },
  edit: ({ user, roomId, n, said }) =>
    ask(user, 'PATCH', `rooms/${roomId}/messages/${said[n % said.length]}`, { text: `other word ${n}` }),
  delete: ({ user, roomId, n, said }) =>
    ask(user, 'DELETE', `rooms/${roomId}/messages/${said[n % said.length]}`),
  read: ({ user, roomId, n }) => ask(user, 'PUT', `rooms/${roomId}/read`, { seq: n }),
  rename: ({ user, roomId, n }) => ask(user, 'PATCH', `rooms/${roomId}`, { name: `Name ${n}` }),
  add: ({ user, other, roomId }) => ask(user, 'PUT', `rooms/${roomId}/members/${other}`, {}),
  promote: ({ user, other, roomId }) =>
    ask(user, 'PUT', `rooms/${roomId}/members/${other}`, { role: 'owner' }),
  remove: ({ user, other, roomId }) => ask(user, 'DELETE', `rooms/${roomId}/members/${other}`),
  'call oneself': async ({ user, n }) => {
    const headers = { authorization: `Bearer ${await server.token(user, { name: `${nameOf(user)} ${n}` })}` }
    return fetch(`${server.url}v1/me`, { headers })
  },
  'be away': ({ user }) => server.stores.forTenant('default').markSeen([user], Date.now()),
} as const satisfies Record<string, Deed>

const someSteps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    by: fc.nat(people.length - 1),
    about: fc.nat(people.length - 1),
    does: fc.constantFrom(...(Object.keys(deeds) as (keyof typeof deeds)[])),
    n: fc.nat(9),
  }),
  { minLength: 10, maxLength: 25 },
)

/** Every text that came to a socket from now on. */
function textsOf({ ws }: Socket): string[] {
  const texts: string[] = []
  ws.on('message', (data) => texts.push(String(data)))
  return texts
}

/** Which event of the room that is; undefined for what is no event of it, or no one's. */
function eventOf(frame: ServerFrame, roomId: string): string | undefined {
  if (frame.t === 'message' && frame.message.roomId === roomId)
    return `message ${frame.message.id} ${frame.message.rev}`
  if (frame.t === 'room' && frame.room.id === roomId) return `room ${frame.room.rev}`
  if (frame.t === 'read' && frame.roomId === roomId) return `read ${frame.userId} ${frame.seq}`
  return frame.t === 'user' ? `user ${frame.user.id} ${frame.user.name}` : undefined
}

function keysIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, one]) => [key, ...keysIn(one)])
}

const withoutMe = (text: string) =>
  JSON.stringify(JSON.parse(text, (key, value) => (key === 'me' ? undefined : value)))

/** Events that came to more than one socket. */
let compared = 0

test('two members are sent the same of a room, whatever happens in it, and read the same but for their own block', async () => {
  await fc.assert(
    fc.asyncProperty(someSteps, async (steps) => {
      await aRoom(server, people)
      const clients = await Promise.all([...people, 'ann'].map((user) => server.join(user)))
      const received = clients.map(({ socket }) => textsOf(socket))
      published.length = 0
      const draft = { memberIds: founders, name: 'Team' }
      const { id: roomId } = await jsonOf<RoomAnswer>(ask('ann', 'POST', 'rooms', draft), 201)
      const said: string[] = []
      for (const { by, about, does, n } of steps) {
        const [user = '', other = ''] = [people[by], people[about]]
        await deeds[does]({ user, other, roomId, n, said })
      }
      await Promise.all(clients.map(({ socket }) => socket.settle()))
      areSentTheSame(received.flat(), roomId)
      areNeutral(published.filter(({ topic }) => !isOfNodes(topic)).map(({ frame }) => frameText(frame)))
      await readTheSame(roomId)
      await Promise.all(clients.map(({ socket }) => socket.close()))
    }),
    { numRuns: 12 },
  )
  assert.ok(compared > 100, `${compared} events were compared`)
})

/** An event of the room is one text, whoever's socket it came to. */
function areSentTheSame(texts: readonly string[], roomId: string): void {
  const events = new Map<string, string>()
  for (const text of texts) {
    const event = eventOf(JSON.parse(text), roomId)
    if (event === undefined) continue
    const before = events.get(event)
    assert.equal(text, before ?? text, event)
    events.set(event, text)
    if (before !== undefined) compared += 1
  }
}

/** What is for one user only is said in `mine`. (A new room is shown by their own topics, but in the same bytes.) */
function areNeutral(texts: readonly string[]): void {
  for (const text of texts) {
    const frame: ServerFrame = JSON.parse(text)
    const found = frame.t === 'mine' ? [] : keysIn(frame).filter((key) => personal.includes(key))
    assert.deepEqual(found, [], text)
  }
}

/** Whoever is still in it. */
async function readTheSame(roomId: string): Promise<void> {
  for (const path of ['', '/messages', '/changes?since=0']) {
    const answers = await Promise.all(people.map((user) => server.fetch(user, `rooms/${roomId}${path}`)))
    const texts = await Promise.all(answers.filter(({ ok }) => ok).map((answer) => answer.text()))
    assert.equal(new Set(texts.map(withoutMe)).size, Math.min(1, texts.length), texts.join('\n'))
  }
}
