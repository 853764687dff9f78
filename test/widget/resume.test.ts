import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Chat } from '../../widget/chat.ts'
import { missing } from '../../widget/state/room.ts'
import { unread } from '../../widget/state/unread.ts'
import { aChat, anOpenChat, aWhile, texts } from './a-chat.ts'
import { FakeServer } from './fake-server.ts'
import type { Fate } from './fake-socket.ts'

const asked = (server: FakeServer, t: string) => server.heard.filter((frame) => frame.t === t).length

/** What a client that never missed anything sees of the room's newest page. */
async function freshTexts(server: FakeServer, room: string): Promise<string[]> {
  const fresh = await anOpenChat(server, room)
  const shown = texts(fresh, room)
  fresh.close()
  return shown
}

test('what was missed while away is there after coming back, in order, with one question', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  server.say(room, 'sam', 'one')
  const chat = await anOpenChat(server, room)
  server.isDown = true
  server.cut()
  server.say(room, 'sam', 'two')
  server.edit(room, 1, 'one, edited')
  server.say(room, 'sam', 'three')
  server.isDown = false
  await server.clock.run(2_000)
  assert.deepEqual(texts(chat, room), ['one, edited', 'two', 'three'])
  assert.equal(asked(server, 'changes'), 1)
  assert.equal(unread(chat.state).total, 3)
})

test('what was said during an outage is told once, in rooms that are open, closed and new', async () => {
  const server = new FakeServer()
  const [open, closed] = [server.open(['ana', 'sam']), server.open(['ana', 'mina'])]
  server.say(closed, 'mina', 'long ago')
  const chat = await anOpenChat(server, open)
  const told: string[] = []
  chat.on('message', ({ message, mine, live }) => {
    told.push(`${message.text} ${live}`)
    // The bot of docs/embedding.md.
    if (!mine && message.text === 'ping') chat.send(message.roomId, 'pong')
  })
  server.say(closed, 'mina', 'before')
  await server.clock.run(100)
  server.isDown = true
  server.cut()
  server.say(open, 'sam', 'one')
  server.edit(open, 1, 'one, edited')
  server.say(closed, 'mina', 'ping')
  const gone = server.say(closed, 'mina', 'deleted again')
  server.remove(closed, gone.seq)
  const fresh = server.open(['bo', 'ana'])
  server.say(fresh, 'bo', 'ping')
  await server.clock.run(2_000)
  server.isDown = false
  await server.clock.run(5_000)
  server.say(closed, 'mina', 'after')
  await server.clock.run(1_000)
  assert.deepEqual(told.toSorted(), [
    'after true',
    'before true',
    'one, edited false',
    'ping false',
    'ping false',
  ])
  const pongs = [...server.rooms.values()].flatMap(({ messages }) =>
    messages.filter(({ text }) => text === 'pong'),
  )
  assert.deepEqual(new Set(pongs.map(({ roomId }) => roomId)), new Set([closed, fresh]))
  assert.equal(pongs.length, 2)
  server.cut()
  await server.clock.run(5_000)
  assert.equal(told.length, 5)
})

test('a frame that comes late fills its hole by itself', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room)
  let isFirst = true
  server.toClient = ({ t }) => {
    const fate = t === 'message' && isFirst ? 'late' : 'pass'
    if (t === 'message') isFirst = false
    return fate
  }
  server.say(room, 'sam', 'one')
  server.say(room, 'sam', 'two')
  await server.clock.run(50)
  assert.deepEqual(texts(chat, room), [])
  await server.clock.run(1_000)
  assert.deepEqual(texts(chat, room), ['one', 'two'])
  assert.equal(asked(server, 'changes'), 0)
})

test('a frame lost in the middle is asked for after a moment', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room)
  server.toClient = ({ t }) => (t === 'message' ? 'drop' : 'pass')
  server.say(room, 'sam', 'lost')
  server.toClient = () => 'pass'
  server.say(room, 'sam', 'next')
  await server.clock.run(200)
  assert.equal(asked(server, 'changes'), 0)
  await server.clock.run(200)
  assert.deepEqual(texts(chat, room), ['lost', 'next'])
  assert.equal(asked(server, 'changes'), 1)
  assert.equal(unread(chat.state).total, 2)
})

test('a frame lost at the end is noticed by the heads', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room)
  server.toClient = ({ t }) => (t === 'message' ? 'drop' : 'pass')
  server.say(room, 'sam', 'lost')
  await server.clock.run(40_000)
  assert.deepEqual(texts(chat, room), ['lost'])
  assert.equal(unread(chat.state).total, 1)
})

test('a room that is not loaded catches up by its view', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const other = server.open(['ana', 'kim'])
  const chat = await anOpenChat(server, other)
  server.toClient = ({ t }) => (t === 'message' ? 'drop' : 'pass')
  server.say(room, 'sam', 'lost')
  server.toClient = () => 'pass'
  server.say(room, 'sam', 'next')
  await server.clock.run(1_000)
  assert.equal(unread(chat.state).total, 2)
  assert.equal(asked(server, 'changes'), 0)
})

test('many missed changes come in several answers', async () => {
  const server = new FakeServer()
  server.changesPage = 3
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room)
  server.cut()
  for (let at = 1; at <= 10; at++) server.say(room, 'sam', `${at}`)
  server.edit(room, 2, 'edited')
  await server.clock.run(3_000)
  assert.deepEqual(texts(chat, room), await freshTexts(server, room))
  assert.equal(unread(chat.state).total, 10)
})

test('too many missed changes drop the log and load the newest page', async () => {
  const server = new FakeServer()
  server.mostChanges = 20
  const room = server.open(['ana', 'sam'])
  server.say(room, 'sam', 'long ago')
  const chat = await anOpenChat(server, room)
  server.cut()
  for (let at = 1; at <= 80; at++) server.say(room, 'sam', `${at}`)
  await server.clock.run(5_000)
  assert.deepEqual(
    texts(chat, room),
    Array.from({ length: 50 }, (_, at) => `${at + 31}`),
  )
  assert.equal(unread(chat.state).total, 81)
})

test('a restored database drops what is held, and unsent messages go to the new one', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  for (let at = 1; at <= 5; at++) server.say(room, 'sam', `${at}`)
  const chat = await anOpenChat(server, room)
  server.isDown = true
  server.cut()
  chat.send(room, 'mine')
  server.restore('e2', 3)
  server.isDown = false
  await server.clock.run(5_000)
  assert.deepEqual(texts(chat, room), ['1', '2', 'mine'])
  assert.deepEqual(texts(chat, room), await freshTexts(server, room))
})

test('a page from a restored database is noticed even though the socket lived on', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  for (let at = 1; at <= 60; at++) server.say(room, 'ana', `${at}`)
  const chat = await anOpenChat(server, room)
  server.restore('e2', 0)
  await Promise.all([chat.loadOlder(room), server.clock.run(5_000)])
  assert.equal(chat.state.epoch, 'e2')
  assert.equal(texts(chat, room).length, 50)
})

test('an edit that overtakes the page it belongs to is not lost', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  for (let at = 1; at <= 60; at++) server.say(room, 'ana', `${at}`)
  const chat = await anOpenChat(server, room)
  const older = chat.loadOlder(room)
  // The page is read at 5 ms and lands at 10; the edit's event lands at 11, between them for a slower page.
  await server.clock.run(6)
  server.edit(room, 3, 'edited')
  await Promise.all([older, server.clock.run(1_000)])
  assert.equal(texts(chat, room)[2], 'edited')
})

test('a room behind on a slow server is asked for with growing waits, not in a loop', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room)
  server.toServer = ({ t }) => (t === 'changes' ? 'cut' : 'pass')
  server.toClient = ({ t }) => (t === 'message' ? 'drop' : 'pass')
  server.say(room, 'sam', 'lost')
  server.toClient = () => 'pass'
  server.say(room, 'sam', 'next')
  await server.clock.run(120_000)
  assert.ok(server.requests.length < 40, `${server.requests.length} requests in two minutes`)
  server.toServer = () => 'pass'
  await server.clock.run(60_000)
  assert.deepEqual(texts(chat, room), ['lost', 'next'])
})

// ── Anything at any time ─────────────────────────────────────────────────────────────────────────────────────────

type Act =
  | { do: 'say' | 'edit' | 'remove' | 'read'; room: number; by: number; which: number }
  | { do: 'open' | 'older' | 'newer' | 'around' | 'latest' | 'mark' | 'send'; room: number; which: number }
  | { do: 'cut' | 'wake' | 'wait' | 'rename' | 'kick' }

const where = { room: fc.nat({ max: 2 }), which: fc.nat({ max: 30 }) }
const anAct: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('say', 'edit', 'remove', 'read'),
      by: fc.nat({ max: 1 }),
      ...where,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('open', 'older', 'newer', 'around', 'latest', 'mark', 'send'),
      ...where,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('cut', 'wake', 'wait', 'rename', 'kick') }) },
)
const aFate = fc.constantFrom<Fate>(
  'pass',
  'pass',
  'pass',
  'drop',
  'twice',
  'late',
  'late',
  'cut',
  'cut-after',
)

function act(server: FakeServer, chat: Chat, rooms: readonly string[], it: Act): void {
  const room = rooms['room' in it ? it.room : 0] ?? ''
  const { messages } = server.room(room)
  const seq = messages[('which' in it ? it.which : 0) % Math.max(1, messages.length)]?.seq ?? 0
  const by = 'by' in it && it.by ? 'ana' : 'sam'
  const now = server.clock.now()
  const isNamed = 'which' in it && it.which % 3 === 0
  const mentioned = isNamed ? { mentions: [{ userId: 'ana', at: 0, length: 4 }] } : {}
  const acts: Record<Act['do'], () => unknown> = {
    cut: () => server.cut(),
    wake: () => chat.wake(),
    wait: () => undefined,
    rename: () => server.rename(rooms[2] ?? '', `name ${now}`),
    kick: () => server.leave(rooms[1] ?? '', 'sam'),
    say: () => server.say(room, by, `said ${now}`, undefined, undefined, undefined, mentioned),
    edit: () => server.edit(room, seq, `edited ${now}`, mentioned),
    remove: () => server.remove(room, seq),
    read: () => server.read(room, by, seq),
    open: () => chat.openRoom(room),
    older: () => chat.loadOlder(room),
    newer: () => chat.loadNewer(room),
    around: () => chat.loadAround(room, seq),
    latest: () => chat.jumpToLatest(room),
    mark: () => chat.markRead(room, seq),
    send: () => chat.send(room, `mine ${now}`),
  }
  void acts[it.do]()
}

test('whatever was cut, lost, late or doubled: in the end all is as on a fresh load, and what is unread is the naive count', async () => {
  const plan = fc.record({
    history: fc.nat({ max: 70 }),
    acts: fc.array(fc.tuple(anAct, fc.constantFrom(0, 3, 8, 40, 400, 2_000)), { maxLength: 30 }),
    fates: fc.array(aFate, { maxLength: 60 }),
    limited: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(plan, async ({ history, acts, fates, limited }) => {
      const server = new FakeServer()
      const rooms = [
        server.open(['ana', 'sam']),
        server.open(['ana', 'sam', 'kim']),
        server.open(['ana', 'sam'], { name: 'n' }),
      ]
      for (let at = 0; at < history; at++) server.say(rooms[0] ?? '', at % 3 ? 'sam' : 'ana', `old ${at}`)
      if (limited) Object.assign(server, { changesPage: 2, mostChanges: 8, listed: 2 })
      const chat = await anOpenChat(server, rooms[0] ?? '')
      const left = [...fates]
      server.toClient = () => left.shift() ?? 'pass'
      server.toServer = () => left.shift() ?? 'pass'
      for (const [it, ms] of acts) {
        act(server, chat, rooms, it)
        await server.clock.run(ms)
      }
      left.length = 0
      await server.clock.run(200_000)
      await same(server, chat, rooms)
      chat.close()
    }),
    { numRuns: 300 },
  )
})

/** Every room is complete; each loaded one is what a fresh load gives of the same interval; every count is the naive one. */
async function same(server: FakeServer, chat: Chat, rooms: readonly string[]): Promise<void> {
  for (const id of rooms) {
    const room = chat.state.rooms.get(id)
    if (!room) continue
    const truth = server.room(id)
    assert.equal(missing(room), undefined)
    assert.deepEqual([room.head, room.known, room.counted], [truth.head, truth.head, truth.head])
    assert.equal(room.me.unread, server.unread(id, 'ana'))
    assert.equal(room.me.mentions ?? 0, server.mentions(id, 'ana'))
    assert.equal(room.me.readSeq, truth.members.get('ana')?.readSeq)
    assert.deepEqual(room.lastMessage, truth.messages.at(-1))
    assert.deepEqual([room.name, room.memberCount], [truth.name, truth.members.size])
    // Marks of others are hints: one may be missing until the room is next seen, none is ever too far.
    for (const { userId, readSeq } of room.members ?? [])
      assert.ok(readSeq <= (truth.members.get(userId)?.readSeq ?? 0))
    if (!room.log) continue
    const { messages, older, newer } = room.log
    const [first, last] = [messages[0]?.seq ?? 0, messages.at(-1)?.seq ?? 0]
    const expected = truth.messages.filter(({ seq }) => (!older || seq >= first) && (!newer || seq <= last))
    assert.deepEqual(messages, expected)
    assert.equal(
      older,
      truth.messages.some(({ seq }) => seq < first),
    )
    assert.equal(
      newer,
      truth.messages.some(({ seq }) => seq > last),
    )
  }
  const everything = [...server.rooms.keys()].reduce((sum, id) => sum + server.unread(id, 'ana'), 0)
  const mentions = [...server.rooms.keys()].reduce((sum, id) => sum + server.mentions(id, 'ana'), 0)
  if (chat.state.list.more) return
  assert.equal(unread(chat.state).total, everything)
  assert.equal(unread(chat.state).mentions, mentions)
}

test('a chat that never connected before reads the same as one that was always there', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const always = await anOpenChat(server, room)
  for (let at = 1; at <= 30; at++) server.say(room, 'sam', `${at}`)
  await server.clock.run(aWhile)
  const never = aChat(server)
  never.connect()
  await server.clock.run(100)
  assert.equal(unread(never.state).total, unread(always.state).total)
  assert.deepEqual(await freshTexts(server, room), texts(always, room))
})
