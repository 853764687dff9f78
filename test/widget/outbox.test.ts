import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { limits } from '../../server/protocol/limits.ts'
import { Problem } from '../../server/protocol/problems.ts'
import { roomList } from '../../widget/state/room-list.ts'
import { aChat, anOpenChat, aToken, aWhile, FakeStorage, heard, texts } from './a-chat.ts'
import { FakeServer } from './fake-server.ts'
import type { Fate } from './fake-socket.ts'

const said = (server: FakeServer, room: string) => server.room(room).messages.map(({ text }) => text)

test('the connection lost between send and acknowledgement stores the message exactly once (rule D41)', async () => {
  for (const fate of ['cut', 'cut-after'] as const) {
    const server = new FakeServer()
    const room = server.open(['ana', 'sam'])
    const chat = await anOpenChat(server, room)
    server.toServer = ({ t }) => (t === 'send' ? fate : 'pass')
    chat.send(room, 'once')
    await server.clock.run(100)
    assert.deepEqual(texts(chat, room), ['once [unconfirmed]'])
    server.toServer = () => 'pass'
    await server.clock.run(aWhile)
    assert.deepEqual(said(server, room), ['once'])
    assert.deepEqual(texts(chat, room), ['once'])
  }
})

test('a message that comes back before its acknowledgement is one bubble, and the page hears of it once', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room)
  const sent = heard(chat, 'send')
  server.toServer = ({ t }) => (t === 'send' ? 'cut-after' : 'pass')
  const id = chat.send(room, 'once')
  await server.clock.run(100)
  server.toServer = ({ t }) => (t === 'send' ? 'drop' : 'pass')
  await server.clock.run(5_000)
  assert.equal(chat.state.connection.status, 'open')
  assert.deepEqual(texts(chat, room), ['once'])
  assert.equal(sent.length, 0)
  server.toServer = () => 'pass'
  await server.clock.run(aWhile)
  assert.deepEqual(texts(chat, room), ['once'])
  assert.deepEqual(
    sent.map(({ message }) => message.id),
    [id],
  )
  assert.deepEqual(chat.state.outbox, [])
})

test('what is written offline is sent in order when the connection is back (rule D40)', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room)
  server.isDown = true
  server.cut()
  for (const text of ['one', 'two', 'three']) chat.send(room, text)
  assert.deepEqual(texts(chat, room), ['one [queued]', 'two [queued]', 'three [queued]'])
  server.isDown = false
  await server.clock.run(aWhile)
  assert.deepEqual(said(server, room), ['one', 'two', 'three'])
})

test('what others wrote meanwhile stands above what is still mine to send', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room)
  server.isDown = true
  server.cut()
  chat.send(room, 'mine')
  server.say(room, 'sam', 'meanwhile')
  server.isDown = false
  server.toServer = ({ t }) => (t === 'send' ? 'drop' : 'pass')
  await server.clock.run(2_000)
  assert.deepEqual(texts(chat, room), ['meanwhile', 'mine [sending]'])
})

test('a temporary refusal waits as long as it says and keeps the order', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room)
  let isBusy = true
  server.refuse = (frame) =>
    frame.t === 'send' && isBusy ? new Problem('rate_limited', 'slow down', { retryAfter: 7 }) : undefined
  chat.send(room, 'one')
  await server.clock.run(100)
  isBusy = false
  chat.send(room, 'two')
  await server.clock.run(6_000)
  assert.deepEqual(said(server, room), [])
  await server.clock.run(2_000)
  assert.deepEqual(said(server, room), ['one', 'two'])
})

test('a message waits until the server has the one before it', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room)
  let refused = 0
  server.refuse = (frame) =>
    frame.t === 'send' && frame.text === 'one' && refused++ === 0
      ? new Problem('internal', 'oops')
      : undefined
  chat.send(room, 'one')
  chat.send(room, 'two')
  await server.clock.run(5_000)
  assert.deepEqual(said(server, room), ['one', 'two'])
})

test('a lasting refusal fails with its reason, keeps its place and lets the next one go', async () => {
  const server = new FakeServer()
  const roomId = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, roomId)
  const failures = heard(chat, 'send-error')
  server.refuse = (frame) =>
    frame.t === 'send' && frame.text === 'bad' ? new Problem('forbidden', 'no') : undefined
  const bad = chat.send(roomId, 'bad') ?? ''
  chat.send(roomId, 'good')
  await server.clock.run(100)
  assert.deepEqual(texts(chat, roomId), ['bad [failed]', 'good'])
  assert.deepEqual(failures, [{ messageId: bad, roomId, fault: { code: 'forbidden', detail: 'no' } }])
  server.refuse = () => undefined
  chat.retry(bad)
  assert.deepEqual(texts(chat, roomId), ['bad [sending]', 'good'])
  await server.clock.run(100)
  assert.deepEqual(said(server, roomId), ['good', 'bad'])
  assert.equal(server.room(roomId).messages.at(-1)?.id, bad)
})

test('a failed message can be given up', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room)
  server.refuse = (frame) => (frame.t === 'send' ? new Problem('forbidden', 'no') : undefined)
  const id = chat.send(room, 'bad') ?? ''
  await server.clock.run(100)
  chat.discard(id)
  assert.deepEqual(texts(chat, room), [])
})

test('an outage of half a minute costs nobody a message, however soon the server says to come back', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room)
  server.refuse = (frame) =>
    frame.t === 'send' ? new Problem('overloaded', 'try again', { retryAfter: 1 }) : undefined
  chat.send(room, 'still here')
  await server.clock.run(30_000)
  server.refuse = () => undefined
  await server.clock.run(40_000)
  assert.deepEqual(said(server, room), ['still here'])
})

test('a server that keeps failing is tried seven times, then with the next connection', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room)
  server.refuse = (frame) => (frame.t === 'send' ? new Problem('internal', 'oops') : undefined)
  chat.send(room, 'hard')
  await server.clock.run(aWhile)
  assert.deepEqual(texts(chat, room), ['hard [failed]'])
  assert.equal(server.heard.filter(({ t }) => t === 'send').length, 7)
  server.refuse = () => undefined
  server.cut()
  await server.clock.run(aWhile)
  assert.deepEqual(said(server, room), ['hard'])
})

test('a message too long for the server fails here, before it can cost the connection', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room)
  chat.send(room, 'x'.repeat(limits.textChars + 1))
  await server.clock.run(100)
  assert.equal(chat.state.outbox[0]?.fault?.code, 'too_large')
  assert.equal(server.heard.filter(({ t }) => t === 'send').length, 0)
})

test('unsent messages and drafts survive a reload', async () => {
  const server = new FakeServer()
  const storage = new FakeStorage()
  const room = server.open(['ana', 'sam'])
  const other = server.open(['ana', 'kim'])
  const chat = await anOpenChat(server, room, { storage })
  server.isDown = true
  server.cut()
  chat.send(room, 'one')
  chat.send(room, 'two')
  chat.setDraft(other, 'half a sen')
  chat.close()
  server.isDown = false
  const again = await anOpenChat(server, room, { storage })
  await server.clock.run(aWhile)
  assert.deepEqual(said(server, room), ['one', 'two'])
  assert.equal(roomList(again.state).find(({ id }) => id === other)?.draft, 'half a sen')
  again.setDraft(other, '')
  assert.deepEqual([...storage.entries], [])
})

/** Where the drafts of ana lie, and those of the first versions. */
const draftKey = (room: string) => `chatter https://chat.example/ ana drafted ${room}`
const oldDraftKey = (room: string) => `chatter https://chat.example/ ana draft ${room}`

test('a draft keeps what it answers, edits and carries while its text changes, and through a reload', async () => {
  const server = new FakeServer()
  const storage = new FakeStorage()
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room, { storage })
  const message = server.say(room, 'sam', 'what do you think?')
  chat.setDraft(room, { text: '', replyTo: message.id, attachments: ['a-file'] })
  chat.setDraft(room, 'not m')
  const draft = { v: 1, text: 'not m', replyTo: message.id, attachments: ['a-file'] }
  assert.deepEqual(chat.state.drafts.get(room), draft)
  assert.deepEqual(JSON.parse(storage.getItem(draftKey(room)) ?? ''), draft)
  chat.close()
  const again = await anOpenChat(server, room, { storage })
  assert.deepEqual(again.state.drafts.get(room), draft)
  again.setDraft(room, '')
  assert.equal(again.state.drafts.get(room)?.replyTo, message.id)
  again.setDraft(room, { text: '' })
  assert.equal(again.state.drafts.has(room), false)
  assert.equal(storage.getItem(draftKey(room)), null)
})

test('a draft that the first versions kept as a text is carried over, once', async () => {
  const server = new FakeServer()
  const storage = new FakeStorage()
  const room = server.open(['ana', 'sam'])
  storage.setItem(oldDraftKey(room), 'half a {"v":1} sen')
  const chat = await anOpenChat(server, room, { storage })
  assert.equal(chat.state.drafts.get(room)?.text, 'half a {"v":1} sen')
  assert.equal(storage.getItem(oldDraftKey(room)), null)
  chat.setDraft(room, '')
  chat.close()
  const again = await anOpenChat(server, room, { storage })
  assert.equal(again.state.drafts.has(room), false)
  // A page of before that is still open beside this one wrote it: it waits until there is place for it.
  again.setDraft(room, 'mine')
  storage.setItem(oldDraftKey(room), 'of the other page')
  again.close()
  const beside = await anOpenChat(server, room, { storage })
  assert.equal(beside.state.drafts.get(room)?.text, 'mine')
  assert.equal(storage.getItem(oldDraftKey(room)), 'of the other page')
})

test('a draft of the first versions is there, and stays, where the storage is full', async () => {
  const server = new FakeServer()
  const storage = new FakeStorage()
  const room = server.open(['ana', 'sam'])
  storage.setItem(oldDraftKey(room), 'half a sen')
  storage.isFull = true
  const chat = await anOpenChat(server, room, { storage })
  assert.equal(chat.state.drafts.get(room)?.text, 'half a sen')
  assert.equal(storage.getItem(oldDraftKey(room)), 'half a sen')
  chat.close()
  storage.isFull = false
  const again = await anOpenChat(server, room, { storage })
  assert.equal(again.state.drafts.get(room)?.text, 'half a sen')
})

test('a draft of a later version is kept, and an unreadable one is overwritten', async () => {
  const server = new FakeServer()
  const storage = new FakeStorage()
  const [room, other] = [server.open(['ana', 'sam']), server.open(['ana', 'kim'])]
  const later = JSON.stringify({ v: 2, pieces: ['from', 'tomorrow'] })
  storage.setItem(draftKey(room), later)
  storage.setItem(draftKey(other), '{"v":1,')
  const chat = await anOpenChat(server, room, { storage })
  assert.deepEqual([...chat.state.drafts], [])
  chat.setDraft(room, 'from today')
  chat.setDraft(other, 'from today')
  assert.equal(chat.state.drafts.get(room)?.text, 'from today')
  chat.send(room, 'from today')
  await server.clock.run(aWhile)
  assert.equal(storage.getItem(draftKey(room)), later)
  assert.equal(JSON.parse(storage.getItem(draftKey(other)) ?? '').text, 'from today')
  chat.logout()
  assert.deepEqual([...storage.entries], [])
})

test('another user of the same browser finds none of it, and it waits for its own', async () => {
  const server = new FakeServer()
  const storage = new FakeStorage()
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room, { storage })
  server.isDown = true
  server.cut()
  chat.send(room, 'ana writes')
  server.isDown = false
  chat.identify({ token: aToken('sam') })
  await server.clock.run(aWhile)
  assert.deepEqual(said(server, room), [])
  chat.identify({ token: aToken('ana') })
  await server.clock.run(aWhile)
  assert.deepEqual(
    server.room(room).messages.map(({ authorId, text }) => [authorId, text]),
    [['ana', 'ana writes']],
  )
})

test('a host that quietly signs somebody else in does not lose what was written before', async () => {
  const server = new FakeServer()
  const storage = new FakeStorage()
  const room = server.open(['ana', 'sam'])
  let user = 'ana'
  const chat = await anOpenChat(server, room, { storage, auth: { provider: () => aToken(user) } })
  server.toServer = ({ t }) => (t === 'send' ? 'drop' : 'pass')
  chat.send(room, 'of ana')
  user = 'sam'
  server.cut(4005)
  await server.clock.run(100)
  assert.equal(chat.state.me, 'sam')
  assert.deepEqual(chat.state.outbox, [])
  assert.equal(storage.entries.size, 1)
})

test('a message that an older version saved, with its room under another name, is carried over', async () => {
  const server = new FakeServer()
  const storage = new FakeStorage()
  const room = server.open(['ana', 'sam'])
  const key = `chatter ${server.url} ana send 00000000-0000-7000-8000-000000000001`
  const old = { id: '00000000-0000-7000-8000-000000000001', text: 'from before', at: 1, status: 'sending' }
  storage.setItem(key, JSON.stringify({ ...old, room }))
  server.toServer = ({ t }) => (t === 'send' ? 'drop' : 'pass')
  const chat = await anOpenChat(server, room, { storage })
  assert.deepEqual(texts(chat, room), ['from before [sending]'])
  const { room: none, roomId } = JSON.parse(storage.getItem(key) ?? '')
  assert.deepEqual([none, roomId], [undefined, room])
  server.toServer = () => 'pass'
  server.cut()
  await server.clock.run(aWhile)
  assert.deepEqual(said(server, room), ['from before'])
  assert.deepEqual([...storage.entries], [])
})

test('a saved message that this version cannot show stays where it is, and the others are sent', async () => {
  const server = new FakeServer()
  const storage = new FakeStorage()
  const roomId = server.open(['ana', 'sam'])
  const whole = { id: 'sent', roomId, text: 'whole', at: 1, status: 'sending' }
  const odd = {
    text: { ...whole, text: undefined },
    number: { ...whole, text: 5 },
    id: { ...whole, id: undefined },
    at: { ...whole, at: 'soon' },
    room: { ...whole, roomId: 5 },
  }
  const keyOf = (id: string) => `chatter https://chat.example/ ana send ${id}`
  for (const [name, saved] of Object.entries({ ...odd, whole }))
    storage.setItem(keyOf(name), JSON.stringify(saved))
  const chat = await anOpenChat(server, roomId, { storage })
  await server.clock.run(aWhile)
  assert.deepEqual(said(server, roomId), ['whole'])
  assert.deepEqual(chat.state.outbox, [])
  for (const name of Object.keys(odd)) assert.notEqual(storage.getItem(keyOf(name)), null)
})

test('logging out clears storage of this user, and of nobody else', async () => {
  const server = new FakeServer()
  const storage = new FakeStorage()
  storage.setItem('the page’s own', 'stays')
  const room = server.open(['ana', 'sam'])
  const sam = await anOpenChat(server, room, { storage, user: 'sam' })
  const ana = await anOpenChat(server, room, { storage })
  sam.setDraft(room, 'of sam')
  ana.setDraft(room, 'of ana')
  ana.logout()
  assert.deepEqual([...storage.entries.values()], ['stays', '{"v":1,"text":"of sam"}'])
})

test('where storage is full or forbidden, all but surviving a reload works', async () => {
  const server = new FakeServer()
  const storage = new FakeStorage()
  storage.isFull = true
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room, { storage })
  chat.send(room, 'still sent')
  await server.clock.run(100)
  assert.deepEqual(said(server, room), ['still sent'])
})

test('two tabs neither lose nor double what either wrote', async () => {
  const server = new FakeServer()
  const storage = new FakeStorage()
  const room = server.open(['ana', 'sam'])
  const one = await anOpenChat(server, room, { storage })
  const two = await anOpenChat(server, room, { storage, newId: () => '00000000-0000-7000-a000-000000000001' })
  server.isDown = true
  server.cut()
  one.send(room, 'of one')
  two.send(room, 'of two')
  one.close()
  two.close()
  server.isDown = false
  const again = [aChat(server, { storage }), aChat(server, { storage })]
  for (const chat of again) chat.connect()
  await server.clock.run(aWhile)
  assert.deepEqual(said(server, room).sort(), ['of one', 'of two'])
  assert.deepEqual([...storage.entries], [])
})

test('what another tab has changed in the place of this one is not changed again', async () => {
  const server = new FakeServer()
  const storage = new FakeStorage()
  const room = server.open(['ana', 'sam'])
  const one = await anOpenChat(server, room, { storage })
  const message = one.send(room, 'as it was') ?? ''
  await server.clock.run(100)
  one.close()
  const given = Promise.all([
    assert.rejects(one.edit(room, message, 'written offline'), /given up/),
    assert.rejects(one.react(room, message, '👍'), /given up/),
  ])
  const left = [...storage.entries.keys()]
  const two = await anOpenChat(server, room, { storage })
  assert.deepEqual(said(server, room), ['written offline'])
  assert.deepEqual([...storage.entries], [])
  void two.edit(room, message, 'written later')
  void two.react(room, message, '👍', false)
  await server.clock.run(100)
  for (const key of left) one.followStorage(key)
  one.connect()
  await server.clock.run(aWhile)
  assert.deepEqual(said(server, room), ['written later'])
  assert.deepEqual(server.room(room).messages[0]?.reactions, undefined)
  assert.deepEqual(texts(one, room), ['written later'])
  await given
})

test('whatever the network does, every message arrives once, in the order of its room', async () => {
  const aFate = fc.constantFrom<Fate>('pass', 'pass', 'pass', 'cut', 'cut-after', 'twice', 'late')
  const anAct = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('send 0' as const, 'send 1' as const) },
    { weight: 2, arbitrary: fc.constantFrom('wait' as const, 'cut' as const, 'busy' as const) },
    { weight: 1, arbitrary: fc.constant('reload' as const) },
  )
  const plan = fc.record({
    acts: fc.array(anAct, { maxLength: 14 }),
    fates: fc.array(aFate, { maxLength: 40 }),
  })
  await fc.assert(
    fc.asyncProperty(plan, async ({ acts, fates }) => {
      const server = new FakeServer()
      const writer = await aWriter(server, [server.open(['ana', 'sam']), server.open(['ana', 'kim'])])
      const left = [...fates]
      server.toServer = () => left.shift() ?? 'pass'
      server.toClient = () => left.shift() ?? 'pass'
      for (const act of acts) {
        writer[act]()
        await server.clock.run(act === 'wait' ? 1_500 : 7)
      }
      left.length = 0
      await writer.settle()
    }),
    { numRuns: 150 },
  )
})

/** Writes into two rooms, through reloads of the page and refusals of the server, and knows what must arrive. */
async function aWriter(server: FakeServer, rooms: readonly [string, string]) {
  const storage = new FakeStorage()
  const written: [string[], string[]] = [[], []]
  let ids = 0
  const newId = () => `00000000-0000-7000-9000-${String(++ids).padStart(12, '0')}`
  let chat = await anOpenChat(server, rooms[0], { storage, newId })
  let isBusy = false
  server.refuse = ({ t }) => (isBusy && t === 'send' ? new Problem('overloaded', 'busy') : undefined)
  const send = (at: 0 | 1) => {
    // A page that has not received `ready` yet shows no room to write in.
    if (!chat.state.me) return
    const text = `${written[at].length}`
    written[at].push(text)
    chat.send(rooms[at], text)
  }
  return {
    'send 0': () => send(0),
    'send 1': () => send(1),
    wait: () => {},
    cut: () => server.cut(),
    busy: () => {
      isBusy = !isBusy
    },
    reload() {
      chat.close()
      chat = aChat(server, { storage, newId })
      chat.connect()
    },
    async settle() {
      isBusy = false
      await server.clock.run(60_000)
      server.cut()
      await server.clock.run(60_000)
      assert.deepEqual(
        rooms.map((room) => said(server, room)),
        written,
      )
      assert.deepEqual(chat.state.outbox, [])
      assert.deepEqual([...storage.entries], [])
      chat.close()
    },
  }
}
