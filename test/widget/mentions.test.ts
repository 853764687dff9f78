/** Who is mentioned: counted, sent where it stands, and kept in place while the text around it changes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Problem } from '../../server/protocol/problems.ts'
import type { Chat } from '../../widget/chat.ts'
import { type Mentioned, moved, placesOf } from '../../widget/state/mentions.ts'
import { isMentionRefused, mentionsLeft } from '../../widget/state/refused-mentions.ts'
import { roomList } from '../../widget/state/room-list.ts'
import { unread } from '../../widget/state/unread.ts'
import { aChat, anOpenChat, aToken, FakeStorage, heard, messagesIn } from './a-chat.ts'
import { aMessage, aMessageEvent, aReady, aRoom, idOf, stateAfter } from './builders.ts'
import { FakeServer } from './fake-server.ts'

/** A mention in a text, which must be there. */
const at = (text: string, name: string, userId: string) => ({
  userId,
  at: text.indexOf(name),
  length: name.length,
})
const ofAna = { mentions: [{ userId: 'ana', at: 0, length: 4 }] }
const mentionsIn = (server: FakeServer, room: string) => server.room(room).messages.at(-1)?.mentions

function aGroup() {
  const server = new FakeServer()
  const [room, other] = [server.open(['ana', 'sam', 'mina']), server.open(['ana', 'sam'])]
  const say = (id: string, by: string, mentioned: Mentioned = {}) =>
    server.say(id, by, '@Ana, look', undefined, undefined, undefined, mentioned as typeof ofAna)
  return { server, room, other, say }
}

// ── Counted ──────────────────────────────────────────────────────────────────────────────────────────────────────────

test('mentions of me count until they are read, in rooms that are muted too', () => {
  const muted = aRoom({ me: { readSeq: 0, unread: 2, mentions: 1, muted: true }, head: 2 })
  const state = stateAfter(aReady({ rooms: [muted], mentions: 1 }))
  assert.deepEqual([unread(state).total, unread(state).mentions], [0, 1])
  const more = stateAfter(
    aReady({ rooms: [muted], mentions: 1 }),
    aMessageEvent(aMessage({ seq: 3, ...ofAna })),
    aMessageEvent(aMessage({ seq: 4, mentions: [{ userId: 'sam', at: 0, length: 4 }] })),
    aMessageEvent(aMessage({ seq: 5, mentionsRoom: { at: 0, length: 5 } })),
    aMessageEvent(aMessage({ seq: 6, authorId: 'ana', ...ofAna })),
  )
  assert.equal(unread(more).mentions, 3)
  assert.equal(roomList(more)[0]?.mentions, 3)
  const read = stateAfter(aReady({ rooms: [muted] }), { t: 'marked', roomId: idOf('r', 1), seq: 2 })
  assert.equal(unread(read).mentions, 0)
})

test('a version of an unread message adds its mention or takes it away, without asking the server', async () => {
  const { server, room, say } = aGroup()
  const chat = await anOpenChat(server, room)
  const { seq } = say(room, 'sam', ofAna)
  await server.clock.run(100)
  const counts = () => [unread(chat.state).mentions, chat.state.rooms.get(room)?.counted]
  assert.deepEqual(counts(), [1, 1])
  const asked = server.requests.length
  server.edit(room, seq, 'look')
  await server.clock.run(100)
  assert.deepEqual(counts(), [0, 2])
  server.edit(room, seq, '@Ana, look', ofAna)
  await server.clock.run(100)
  assert.deepEqual(counts(), [1, 3])
  server.react(room, seq, { by: 'mina', emoji: '👍' })
  await server.clock.run(100)
  assert.deepEqual(counts(), [1, 4])
  server.remove(room, seq)
  await server.clock.run(1_000)
  assert.deepEqual(counts(), [0, 5])
  assert.equal(server.requests.length, asked)
})

test('where nobody knows what a message said before, the room is asked', async () => {
  const { server, room, other, say } = aGroup()
  const { seq } = say(other, 'sam', ofAna)
  server.say(other, 'sam', 'the newest')
  const chat = await anOpenChat(server, room)
  assert.equal(unread(chat.state).mentions, 1)
  const asked = server.requests.length
  server.edit(other, seq, 'look')
  await server.clock.run(1_000)
  assert.equal(unread(chat.state).mentions, 0)
  assert.equal(server.requests.length, asked + 1)
})

test('mentions in rooms that are not held count, and are none twice once these come', () => {
  const far = aReady({ rooms: [], more: true, unread: 5, mentions: 2 })
  const event = aMessageEvent(aMessage({ seq: 3, ...ofAna }))
  const view = aRoom({ head: 3, me: { readSeq: 0, unread: 3, mentions: 2, muted: false } })
  assert.equal(unread(stateAfter(far)).mentions, 2)
  assert.equal(unread(stateAfter(far, event)).mentions, 3)
  assert.equal(unread(stateAfter(far, event, { t: 'room-view', room: view, users: {} })).mentions, 3)
})

test('a live mention by somebody else is told, once, with its room; the badge carries the count', async () => {
  const { server, room, other, say } = aGroup()
  const chat = await anOpenChat(server, room)
  const told = heard(chat, 'mention')
  const badges = heard(chat, 'unread-change')
  say(room, 'sam', ofAna)
  say(other, 'sam')
  say(room, 'ana', ofAna)
  server.edit(other, 1, '@Ana, look', ofAna)
  await server.clock.run(1_000)
  assert.deepEqual(
    told.map(({ message, room }) => [message.authorId, room.id, room.me.mentions]),
    [['sam', room, 1]],
  )
  assert.equal(badges.at(-1)?.mentions, 2)
  server.isDown = true
  server.cut()
  say(room, 'mina', ofAna)
  server.isDown = false
  await server.clock.run(5_000)
  assert.equal(told.length, 1)
  assert.equal(unread(chat.state).mentions, 3)
})

// ── In its place ─────────────────────────────────────────────────────────────────────────────────────────────────────

test('a mention follows the text around it, and one that is cut into is none any more', () => {
  const text = 'hi @Mina and @Bo'
  const both = { mentions: [at(text, '@Mina', 'mina'), at(text, '@Bo', 'bo')] }
  const said = (after: string) =>
    placesOf(moved(both, text, after)).map((place) => after.slice(place.at, place.at + place.length))
  assert.deepEqual(said('oh, hi @Mina and @Bo'), ['@Mina', '@Bo'])
  assert.deepEqual(said('hi @Mina and @Bo!'), ['@Mina', '@Bo'])
  assert.deepEqual(said('hi @Mina, you and @Bo'), ['@Mina', '@Bo'])
  assert.deepEqual(said('hi @@Mina and @Bo'), ['@Mina', '@Bo'])
  assert.deepEqual(said('hi @Mna and @Bo'), ['@Bo'])
  assert.deepEqual(said('hi and @Bo'), ['@Bo'])
  assert.deepEqual(said(''), [])
})

/** Every other part of a text as a mention, the second of them of everybody. */
function mentionedIn(parts: readonly string[]): Mentioned {
  let from = 0
  const places = parts.map((part) => {
    const place = { at: from, length: part.length }
    from += part.length
    return place
  })
  const chosen = places.filter(({ length }, nth) => length > 0 && nth % 2 === 1)
  const [first, everybody, ...rest] = chosen
  const mentions = [...(first ? [first] : []), ...rest].map((place, nth) => ({ userId: `u${nth}`, ...place }))
  return { mentions, ...(everybody && { mentionsRoom: everybody }) }
}

test('however a text changes, mentions stay inside, apart, in order and over the same text', () => {
  const part = fc.string({ unit: fc.constantFrom('@', 'a', 'b', ' ', '👍', 'e\u0301'), maxLength: 6 })
  const change = fc.record({ at: fc.nat(), cut: fc.nat({ max: 4 }), put: part })
  const read = (text: string, place: { at: number; length: number }) =>
    text.slice(place.at, place.at + place.length)
  const property = fc.property(fc.array(part, { maxLength: 9 }), change, (parts, { at, cut, put }) => {
    const text = parts.join('')
    const start = at % (text.length + 1)
    const after = text.slice(0, start) + put + text.slice(start + cut)
    const before = placesOf(mentionedIn(parts))
    const next = placesOf(moved(mentionedIn(parts), text, after))
    for (const [nth, place] of next.entries()) {
      const { at: from, length } = next[nth - 1] ?? { at: 0, length: 0 }
      assert.ok(place.at >= from + length && place.at + place.length <= after.length)
      const was = before.find(({ userId }) => userId === place.userId)
      assert.equal(read(after, place), was && read(text, was))
    }
    // Nobody tells apart which of two equal stretches was taken away: but as many are left as were not touched.
    const untouched = before.filter((one) => one.at + one.length <= start || one.at >= start + cut)
    assert.ok(next.length >= untouched.length)
  })
  fc.assert(property, { numRuns: 2_000 })
})

test('a mention is sent where it stands once blanks and the page have changed the text', async () => {
  const { server, room } = aGroup()
  const chat = await anOpenChat(server, room, { beforeSend: ({ text }) => text.replace('soon', 'at noon') })
  const text = '  soon, @Mina \n'
  chat.send(room, text, { mentions: [at(text, '@Mina', 'mina')] })
  await server.clock.run(100)
  const message = server.room(room).messages.at(-1)
  assert.equal(message?.text, 'at noon, @Mina')
  assert.deepEqual(message?.mentions, [{ userId: 'mina', at: 9, length: 5 }])
  assert.deepEqual(messagesIn(chat, room).at(-1)?.mentions, message?.mentions)
})

test('an edit has the mentions of its own text, and keeps those that it leaves alone', async () => {
  const { server, room } = aGroup()
  const chat = await anOpenChat(server, room)
  const id = chat.send(room, '@Mina', { mentions: [at('@Mina', '@Mina', 'mina')] }) ?? ''
  await server.clock.run(100)
  void chat.edit(room, id, 'so @Sam', { mentions: [at('so @Sam', '@Sam', 'sam')] })
  assert.deepEqual(messagesIn(chat, room).at(-1)?.mentions, [{ userId: 'sam', at: 3, length: 4 }])
  await server.clock.run(100)
  assert.deepEqual(mentionsIn(server, room), [{ userId: 'sam', at: 3, length: 4 }])
  void chat.edit(room, id, 'not so @Sam')
  assert.deepEqual(messagesIn(chat, room).at(-1)?.mentions, [{ userId: 'sam', at: 7, length: 4 }])
  void chat.edit(room, id, 'so @Sam', {})
  assert.equal(messagesIn(chat, room).at(-1)?.mentions, undefined)
  await server.clock.run(100)
  assert.equal(mentionsIn(server, room), undefined)
})

test('everybody is mentioned by owners', async () => {
  const { server, room } = aGroup()
  const chat = await anOpenChat(server, room)
  chat.send(room, '@room hi', { mentionsRoom: { at: 0, length: 5 } })
  await server.clock.run(100)
  assert.deepEqual(server.room(room).messages.at(-1)?.mentionsRoom, { at: 0, length: 5 })
  const sam = await anOpenChat(server, room, { user: 'sam' })
  const refused = heard(sam, 'send-error')
  sam.send(room, '@room hi', { messageId: idOf('m', 9), mentionsRoom: { at: 0, length: 5 } })
  await server.clock.run(100)
  assert.equal(refused[0]?.fault.code, 'forbidden')
  sam.retry(refused[0]?.messageId ?? '', left(sam, room))
  await server.clock.run(100)
  assert.equal(server.room(room).messages.at(-1)?.authorId, 'sam')
  assert.equal(server.room(room).messages.at(-1)?.mentionsRoom, undefined)
})

// ── Kept, refused ────────────────────────────────────────────────────────────────────────────────────────────────────

test('the mentions of a draft follow its text, and survive a reload with it', async () => {
  const { server, room } = aGroup()
  const storage = new FakeStorage()
  const chat = await anOpenChat(server, room, { storage })
  chat.setDraft(room, { text: '@Mina', mentions: [at('@Mina', '@Mina', 'mina')] })
  chat.setDraft(room, 'hi @Mina')
  assert.deepEqual(chat.state.drafts.get(room)?.mentions, [{ userId: 'mina', at: 3, length: 5 }])
  chat.close()
  const again = await anOpenChat(server, room, { storage })
  const { v: _, ...draft } = again.state.drafts.get(room) ?? { v: 1, text: '' }
  assert.deepEqual(draft, { text: 'hi @Mina', mentions: [{ userId: 'mina', at: 3, length: 5 }] })
  again.setDraft(room, 'hi @Min')
  assert.deepEqual(again.state.drafts.get(room), { v: 1, text: 'hi @Min' })
})

test('a message that waits keeps its mentions over a reload', async () => {
  const { server, room } = aGroup()
  const storage = new FakeStorage()
  const chat = await anOpenChat(server, room, { storage })
  server.isDown = true
  server.cut()
  chat.send(room, '@Mina', { mentions: [at('@Mina', '@Mina', 'mina')] })
  chat.close()
  server.isDown = false
  await anOpenChat(server, room, { storage })
  await server.clock.run(1_000)
  assert.deepEqual(mentionsIn(server, room), [{ userId: 'mina', at: 0, length: 5 }])
})

/** What the last message of the room would be taken with. */
function left(chat: Chat, room: string): Mentioned {
  const [row] = messagesIn(chat, room).slice(-1)
  assert.ok(row && isMentionRefused(row))
  return mentionsLeft(chat.state, room, row)
}

test('what is refused because somebody is no member any more goes without that mention when tried again', async () => {
  const { server, room } = aGroup()
  const chat = await anOpenChat(server, room)
  const text = '@Mina and @Sam'
  const mentions = [at(text, '@Mina', 'mina'), at(text, '@Sam', 'sam')]
  server.leave(room, 'mina')
  const id = chat.send(room, text, { mentions }) ?? ''
  await server.clock.run(100)
  assert.equal(messagesIn(chat, room).at(-1)?.status, 'failed')
  chat.retry(id, left(chat, room))
  await server.clock.run(100)
  assert.deepEqual(mentionsIn(server, room), [{ userId: 'sam', at: 10, length: 4 }])
  assert.equal(messagesIn(chat, room).at(-1)?.text, text)
  server.refuse = (frame) =>
    frame.t === 'send' && frame.mentions ? new Problem('unsupported', 'mentions are turned off') : undefined
  const other = chat.send(room, text, { mentions }) ?? ''
  await server.clock.run(100)
  chat.retry(other, left(chat, room))
  await server.clock.run(100)
  assert.deepEqual(chat.state.outbox, [])
  assert.equal(mentionsIn(server, room), undefined)
})

test('members are searched in rooms of any size, and somebody is made one', async () => {
  const { server, room } = aGroup()
  const chat = aChat(server, { auth: { token: aToken('ana') } })
  chat.connect()
  await server.clock.run(100)
  const found = chat.searchMembers(room, 'mi')
  const added = chat.setMember(room, 'bo')
  await server.clock.run(1_000)
  assert.deepEqual(
    (await found).members.map(({ userId }) => userId),
    ['mina'],
  )
  await added
  assert.equal(chat.state.rooms.get(room)?.memberCount, 4)
})
