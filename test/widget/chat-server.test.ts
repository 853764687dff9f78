import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Chat, type ChatOptions } from '../../widget/chat.ts'
import { isMentionRefused, mentionsLeft } from '../../widget/state/refused-mentions.ts'
import { roomList, typingIn } from '../../widget/state/room-list.ts'
import type { State } from '../../widget/state/state.ts'
import { unread } from '../../widget/state/unread.ts'
import { aRoom } from '../support/builders.ts'
import { databaseOf } from '../support/database.ts'
import { nameOf, startServer, type TestServer } from '../support/server.ts'
import { FakeStorage, messagesIn, texts } from './a-chat.ts'

/** Generous: only a hanging test meets it. */
const deadlineMs = 20_000

/** A chat against the real server, signed in by a provider as a host would. */
function chatOf(server: TestServer, user: string, options: Partial<ChatOptions> = {}): Chat & Disposable {
  const auth = { provider: () => server.token(user, { name: nameOf(user) }) }
  const chat = new Chat({ server: server.url, auth, ...options })
  return Object.assign(chat, { [Symbol.dispose]: () => chat.close() })
}

/** The state, as soon as it fits. */
function until(chat: Chat, fits: (state: State) => boolean, what: string): Promise<State> {
  return new Promise((resolve, reject) => {
    if (fits(chat.state)) return resolve(chat.state)
    const timer = setTimeout(() => reject(new Error(`waited for ${what}`)), deadlineMs)
    const stop = chat.subscribe((state) => {
      if (!fits(state)) return
      clearTimeout(timer)
      stop()
      resolve(state)
    })
  })
}

async function connected(chat: Chat): Promise<void> {
  chat.connect()
  await until(chat, ({ connection }) => connection.status === 'open', 'the connection')
}

test('two people find each other, talk, see each other typing and know what was seen', async () => {
  await using server = await startServer()
  using ana = chatOf(server, 'ana')
  using sam = chatOf(server, 'sam')
  await Promise.all([connected(ana), connected(sam)])
  const { users } = await ana.searchUsers('sa')
  assert.deepEqual(
    users.map(({ name }) => name),
    ['Sam'],
  )
  const room = await ana.openDirect('sam')
  await until(sam, (state) => state.rooms.has(room), 'the new room')
  sam.typing(room)
  await until(ana, (state) => typingIn(state, room).length === 1, 'somebody typing')
  ana.send(room, 'Hello Sam')
  ana.send(room, 'Are you there?')
  await until(sam, (state) => unread(state).total === 2, 'two unread messages')
  await sam.openRoom(room)
  assert.deepEqual(texts(sam, room), ['Hello Sam', 'Are you there?'])
  sam.markRead(room, 2)
  await until(ana, () => messagesIn(ana, room).at(-1)?.status === 'seen', 'the receipt')
  assert.deepEqual(
    messagesIn(ana, room)
      .at(-1)
      ?.seenBy?.map(({ user }) => user.name),
    ['Sam'],
  )
})

test('a message far back, of which only the id is known, is gone to', async () => {
  await using server = await startServer()
  const { id: room } = await aRoom(server, ['ana', 'sam'])
  const sent = await (await server.join('sam')).send(room, 'long ago')
  using database = databaseOf(server)
  database.fill(room, 300, { author: 'sam' })
  using chat = chatOf(server, 'ana')
  await connected(chat)
  await chat.openRoom(room)
  chat.markRead(room, 301)
  await chat.openRoom(room, { messageId: sent.id })
  assert.equal(chat.state.active?.sought?.messageId, sent.id)
  assert.equal(texts(chat, room)[0], 'long ago')
})

test('my notes are one room however often they open', async () => {
  await using server = await startServer()
  using chat = chatOf(server, 'ana')
  await connected(chat)
  const notes = await chat.openNotes()
  assert.equal(await chat.openNotes(), notes)
  assert.equal(roomList(chat.state)[0]?.title.kind, 'self')
})

test('history pages back to the first message', async () => {
  await using server = await startServer()
  using chat = chatOf(server, 'ana')
  await connected(chat)
  const room = await chat.createRoom({ memberIds: [], name: 'Long' })
  for (let at = 1; at <= 60; at++) chat.send(room, `${at}`)
  await until(chat, ({ outbox }) => outbox.length === 0, 'the outbox to empty')
  using late = chatOf(server, 'ana')
  await connected(late)
  await late.openRoom(room)
  assert.equal(texts(late, room).length, 50)
  await late.loadOlder(room)
  assert.deepEqual(
    texts(late, room),
    Array.from({ length: 60 }, (_, at) => `${at + 1}`),
  )
  await late.loadAround(room, 5)
  assert.equal(texts(late, room).length, 60, 'what is loaded is not loaded again')
})

test('what was written and missed while away arrives on both sides, once and in order', async () => {
  await using server = await startServer()
  const storage = new FakeStorage()
  using ana = chatOf(server, 'ana', { storage })
  using sam = chatOf(server, 'sam')
  await Promise.all([connected(ana), connected(sam)])
  const room = await ana.openDirect('sam')
  await sam.openRoom(room)
  ana.close()
  ana.send(room, 'from the train, one')
  ana.send(room, 'from the train, two')
  sam.send(room, 'meanwhile')
  await until(sam, ({ outbox }) => outbox.length === 0, 'the outbox to empty')
  using again = chatOf(server, 'ana', { storage })
  await connected(again)
  await again.openRoom(room)
  const expected = ['meanwhile', 'from the train, one', 'from the train, two']
  for (const chat of [again, sam])
    await until(chat, () => texts(chat, room).join() === expected.join(), 'all three')
  ana.connect()
  await until(
    ana,
    () => texts(ana, room).join() === expected.join(),
    'all three, in the tab that had written them',
  )
})

test('reading on one device clears the badge on the other', async () => {
  await using server = await startServer()
  using phone = chatOf(server, 'ana')
  using desk = chatOf(server, 'ana')
  using sam = chatOf(server, 'sam')
  await Promise.all([connected(phone), connected(desk), connected(sam)])
  const room = await sam.openDirect('ana')
  sam.send(room, 'Hello')
  for (const chat of [phone, desk]) await until(chat, (state) => unread(state).total === 1, 'the badge')
  phone.markRead(room, 1)
  await until(desk, (state) => unread(state).total === 0, 'the badge to clear')
})

test('a token that the server refuses ends the attempts, with one event', async () => {
  await using server = await startServer()
  const token = () => server.token('ana', { secret: 'another secret of at least thirty-two' })
  using chat = chatOf(server, 'ana', { auth: { provider: token } })
  const faults: string[] = []
  chat.on('auth-error', ({ fault }) => faults.push(fault.code))
  chat.connect()
  await until(chat, ({ connection }) => connection.status === 'failed', 'failed')
  assert.equal(chat.state.connection.fault?.detail, 'token: the signature is not of this tenant')
  assert.deepEqual(faults, ['unauthorized'])
})

test('an expired token is replaced silently', async () => {
  await using server = await startServer()
  const reasons: string[] = []
  const provider = ({ reason }: { reason: string }) => {
    reasons.push(reason)
    const exp = Math.floor(Date.now() / 1000) + (reason === 'initial' ? -3_600 : 3_600)
    return server.token('ana', { name: 'Ana', exp })
  }
  using chat = chatOf(server, 'ana', { auth: { provider } })
  await connected(chat)
  assert.deepEqual(reasons, ['initial', 'rejected'])
})

test('a room that is not mine is not found', async () => {
  await using server = await startServer()
  using ana = chatOf(server, 'ana')
  using sam = chatOf(server, 'sam')
  await Promise.all([connected(ana), connected(sam)])
  const notes = await sam.openNotes()
  await ana.openRoom(notes)
  assert.equal(ana.state.active?.fault?.code, 'not_found')
})

test('whoever is mentioned is told and counts it, and who is no member any more is left out of a second try', async () => {
  await using server = await startServer()
  using ana = chatOf(server, 'ana')
  using sam = chatOf(server, 'sam')
  using mina = chatOf(server, 'mina')
  await Promise.all([connected(ana), connected(sam), connected(mina)])
  const room = await ana.createRoom({ memberIds: ['sam', 'mina'], name: 'Dome' })
  await until(sam, (state) => state.rooms.has(room), 'the room')
  const told: string[] = []
  sam.on('mention', ({ message }) => told.push(message.text))
  const text = '@Sam and @Mina, look'
  const mentions = [
    { userId: 'sam', at: 0, length: 4 },
    { userId: 'mina', at: 9, length: 5 },
  ]
  const first = await ana.sendStored(room, `  ${text}`, {
    mentions: mentions.map((place) => ({ ...place, at: place.at + 2 })),
  })
  assert.deepEqual(first.mentions, mentions)
  await until(sam, (state) => unread(state).mentions === 1, 'a mention')
  assert.deepEqual(told, [text])
  await ana.edit(room, first.id, 'look')
  await until(sam, (state) => unread(state).mentions === 0, 'no mention')
  await ana.sendStored(room, '@room', { mentionsRoom: { at: 0, length: 5 } })
  await until(sam, (state) => unread(state).mentions === 1, 'a mention of everybody')
  const { members } = await ana.searchMembers(room, 'mi')
  assert.deepEqual(
    members.map(({ userId }) => userId),
    ['mina'],
  )
  await fetch(new URL(`v1/rooms/${room}/members/mina`, server.url), {
    method: 'DELETE',
    headers: { authorization: `Bearer ${await server.token('ana')}` },
  })
  await assert.rejects(ana.sendStored(room, text, { mentions }), { code: 'bad_request' })
  const [failed] = ana.state.outbox
  assert.ok(failed && isMentionRefused(failed))
  ana.retry(failed.id, mentionsLeft(ana.state, room, failed))
  await until(ana, ({ outbox }) => outbox.length === 0, 'the message')
  assert.deepEqual(ana.state.rooms.get(room)?.lastMessage?.mentions, [mentions[0]])
  await ana.setMember(room, 'mina')
  await ana.sendStored(room, text, { mentions })
})
