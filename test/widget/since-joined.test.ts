/** A room that shows its members only what came after they joined, in the client, beside the real server. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { Chat } from '../../widget/chat.ts'
import { missing } from '../../widget/state/room.ts'
import type { Room } from '../../widget/state/state.ts'
import { timeline } from '../../widget/state/timeline.ts'
import { unread } from '../../widget/state/unread.ts'
import { aRoom } from '../support/builders.ts'
import { nameOf, startServer, type TestServer } from '../support/server.ts'
import { heard, messagesIn, texts } from './a-chat.ts'

const deadlineMs = 20_000

/** Mina owns the group, and Sam said something in it before Lee came; Lee's chat is open there. */
async function aScene(history: 'since-joined' | 'all') {
  const server = await startServer()
  const { id: room } = await aRoom(server, ['mina', 'sam'], { name: 'Team', history })
  const sam = await server.join('sam')
  const old = await sam.send(room, 'before')
  await server.join('lee')
  await put(server, `rooms/${room}/members/lee`, 'PUT', {})
  await sam.send(room, 'after')
  const auth = { provider: () => server.token('lee', { name: nameOf('lee') }) }
  const asked: string[] = []
  const spy: typeof fetch = (input, init) => {
    asked.push(String(input))
    return fetch(input, init)
  }
  const lee = new Chat({ server: server.url, auth, fetch: spy })
  lee.connect()
  await until(lee, () => lee.state.rooms.has(room), 'the room')
  await lee.openRoom(room)
  return {
    ...{ server, room, sam, old, lee, asked },
    held: () => lee.state.rooms.get(room) ?? assert.fail('the room is held'),
    /** It lacks nothing, and shows these. */
    shows: (...wanted: string[]) =>
      until(
        lee,
        ({ rooms }) => isComplete(rooms.get(room)) && texts(lee, room).join() === wanted.join(),
        `${wanted}, got ${texts(lee, room)}`,
      ),
    configure: (to: 'since-joined' | 'all') =>
      put(server, `rooms/${room}/settings`, 'PATCH', { history: to }),
    async [Symbol.asyncDispose]() {
      lee.close()
      await server[Symbol.asyncDispose]()
    },
  }
}

const timelineOf = ({ lee, room }: { lee: Chat; room: string }) => messagesIn(lee, room)
const isComplete = (room: Room | undefined) => !!room?.log && !missing(room)

async function put(server: TestServer, path: string, method: string, body: object): Promise<void> {
  const response = await server.fetch('mina', path, { method, body })
  assert.ok(response.ok, `${response.status}`)
}

function until(chat: Chat, fits: (state: Chat['state']) => boolean, what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`waited for ${what}`)), deadlineMs)
    const look = () => {
      if (!fits(chat.state)) return
      clearTimeout(timer)
      stop()
      resolve()
    }
    const stop = chat.subscribe(look)
    look()
  })
}

test('a change that I do not see moves the number of the room and nothing else, and nothing is asked for', async () => {
  await using scene = await aScene('since-joined')
  const { room, sam, old, lee } = scene
  await scene.shows('Mina added Lee', 'after')
  const before = scene.held()
  const events = (['message', 'edit', 'delete', 'reaction', 'pin'] as const).map((name) => heard(lee, name))
  scene.asked.length = 0
  await sam.ok({ t: 'edit', roomId: room, messageId: old.id, text: 'changed' })
  await sam.ok({ t: 'delete', roomId: room, messageId: old.id })
  await until(lee, () => scene.held().known === before.known + 2, 'both numbers')
  const now = scene.held()
  assert.deepEqual([now.head, now.counted, missing(now)], [now.known, now.known, undefined])
  assert.deepEqual([now.log, now.lastMessage, now.me], [before.log, before.lastMessage, before.me])
  assert.deepEqual([events.flat(), scene.asked], [[], []])
  assert.equal(unread(lee.state).total, 1)
  assert.equal(now.me.visibleFrom, timelineOf(scene)[0]?.message?.seq)
})

test('history that is closed and opened again is loaded anew, in the room that is open', async () => {
  await using scene = await aScene('all')
  const { room, lee } = scene
  await scene.shows('before', 'Mina added Lee', 'after')
  await scene.configure('since-joined')
  const closed = 'Mina changed the settings: members see what came after they joined'
  await scene.shows('Mina added Lee', 'after', closed)
  assert.equal(scene.held().history, 'since-joined')
  assert.equal(timeline(lee.state, room).older, false)
  await until(lee, () => scene.held().me.visibleFrom !== undefined, 'where I begin to see')
  await scene.configure('all')
  await scene.shows(
    'before',
    'Mina added Lee',
    'after',
    closed,
    'Mina changed the settings: members see all messages',
  )
  assert.deepEqual([scene.held().history, scene.held().me.visibleFrom], [undefined, undefined])
})

test('history that was closed while I was away is gone when I am back', async () => {
  await using scene = await aScene('all')
  const { lee } = scene
  await scene.shows('before', 'Mina added Lee', 'after')
  lee.close()
  await scene.configure('since-joined')
  lee.connect()
  await scene.shows(
    'Mina added Lee',
    'after',
    'Mina changed the settings: members see what came after they joined',
  )
})

test('who was put out and brought back while they were away holds nothing of the time before', async () => {
  await using scene = await aScene('since-joined')
  const { server, room, lee, sam } = scene
  await scene.shows('Mina added Lee', 'after')
  lee.close()
  await put(server, `rooms/${room}/members/lee`, 'DELETE', {})
  await sam.send(room, 'meanwhile')
  await put(server, `rooms/${room}/members/lee`, 'PUT', {})
  lee.connect()
  await scene.shows('Mina added Lee')
  assert.equal(timelineOf(scene)[0]?.message?.seq, scene.held().me.visibleFrom)
})

test('an answer to what I do not see says so', async () => {
  await using scene = await aScene('since-joined')
  const { room, sam, old, lee } = scene
  await sam.ok({ t: 'send', roomId: room, messageId: uuidv7(), text: 'an answer', replyTo: old.id })
  await scene.shows('Mina added Lee', 'after', 'an answer')
  const rows = timelineOf(scene)
  assert.deepEqual(
    rows.map(({ replyHidden }) => replyHidden),
    [false, false, true],
  )
  assert.deepEqual([rows.at(-1)?.replyTo, rows.at(-1)?.first], [undefined, true])
  assert.equal(lee.state.rooms.get(room)?.lastMessage?.replyTo, undefined)
})
