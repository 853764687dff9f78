import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MessageView, RoomView } from '../../server/protocol/views.ts'
import { type FreshRoom, faultsIn, type Happening, type HeldRoom, type History } from './history.ts'

const roomId = 'r'
const time = '2026-01-01T00:00:00.000Z'

function aMessage(id: string, seq: number, more: Partial<MessageView> = {}): MessageView {
  return {
    id,
    roomId,
    seq,
    rev: seq,
    authorId: 'ana',
    kind: 'text',
    text: `text of ${id}`,
    createdAt: time,
    ...more,
  }
}

/**
 * Ana and Sam talk: a, b (edited twice, at 4 and 6), a message that is deleted at 7, Sam removed at 8 and 9, and a last
 * one. Mina reads up to 2.
 */
const a = aMessage('a', 1)
const b = aMessage('b', 2)
const edited = aMessage('b', 2, { rev: 4, text: 'better', editedAt: time })
const again = aMessage('b', 2, { rev: 6, text: 'best', editedAt: time })
const places = { mentions: [{ userId: 'mina', at: 0, length: 1 }] }
const c = aMessage('c', 3, { authorId: 'sam' })
const d = aMessage('d', 5, { authorId: 'mina' })
const deleted = aMessage('d', 5, { authorId: 'mina', rev: 7, text: '', deletedAt: time })
const out = aMessage('e', 9, { kind: 'system', system: { event: 'removed', userId: 'sam' } })
const last = aMessage('f', 10, places)

const sent = ({ id, authorId, text }: MessageView): Happening => ({ t: 'sent', id, roomId, authorId, text })
const acknowledged = (message: MessageView): Happening => ({ t: 'acknowledged', message })
const delivered = (user: string, message: MessageView): Happening => ({ t: 'delivered', user, message })

const view: RoomView = {
  id: roomId,
  kind: 'group',
  rev: 8,
  head: 10,
  memberCount: 2,
  members: [
    { userId: 'ana', role: 'owner', readSeq: 0 },
    { userId: 'mina', role: 'member', readSeq: 2 },
  ],
  lastAt: time,
}
const log = [a, again, c, deleted, out, last]
const fresh: FreshRoom = {
  room: view,
  founders: ['ana', 'sam', 'mina'],
  messages: log,
  unread: { ana: 1, mina: 2 },
  mentions: { ana: 0, mina: 1 },
  unreadFrom: {},
}
const onAna: HeldRoom = { device: 'ana 1', user: 'ana', roomId, messages: log, unread: 1, readSeq: 0 }
const onMina: HeldRoom = { device: 'mina 1', user: 'mina', roomId, messages: log, unread: 2, readSeq: 2 }
const happenings: Happening[] = [
  ...[a, b, c, d, last].map(sent),
  ...[a, b, c, d, last].map(acknowledged),
  acknowledged(b),
  ...[edited, again, deleted].map(acknowledged),
  ...[a, b, c, edited, d, again, deleted].flatMap((message) => [
    delivered('sam', message),
    delivered('mina', message),
  ]),
  delivered('mina', out),
  delivered('mina', last),
  { t: 'marked', device: 'mina 1', roomId, seq: 1 },
  { t: 'marked', device: 'mina 1', roomId, seq: 2 },
  { t: 'read', user: 'mina', roomId, seq: 2 },
]
const good: History = { happenings, fresh: [fresh], held: [onAna, onMina] }

const happening = (...more: Happening[]): History => ({ ...good, happenings: [...happenings, ...more] })
const found = (change: Partial<FreshRoom>): History => ({ ...good, fresh: [{ ...fresh, ...change }] })
const holding = (change: Partial<HeldRoom>): History => ({ ...good, held: [{ ...onMina, ...change }] })
const without = (one: MessageView) => log.filter(({ id }) => id !== one.id)

test('a history in which every promise was kept has no fault', () => {
  assert.deepEqual(faultsIn(good), [])
})

test('what a message answers may be shown as it was before', () => {
  const quoting = (text: string) => ({ ...again, replyTo: { id: 'a', seq: 1, authorId: 'ana', text } })
  const messages = log.map((message) => (message === again ? quoting('now') : message))
  const history = { ...good, fresh: [{ ...fresh, messages }], held: [{ ...onAna, messages }] }
  const shown = [...good.happenings, delivered('mina', quoting('before'))]
  const seen = shown.map((one) =>
    'message' in one && one.message === again ? { ...one, message: quoting('now') } : one,
  )
  assert.deepEqual(faultsIn({ ...history, happenings: seen }), [])
})

test('what was marked unread counts from there, read or not', () => {
  const marked = { unread: { ana: 1, mina: 3 }, mentions: { ana: 0, mina: 1 }, unreadFrom: { mina: 2 } }
  const held = [onAna, { ...onMina, unread: 3, unreadFrom: 2 }]
  assert.deepEqual(faultsIn({ ...good, fresh: [{ ...fresh, ...marked }], held }), [])
})

/** Zoe came at 12, into a room that shows only what came after one joined. */
const zoe = { userId: 'zoe', role: 'member', readSeq: 12 } as const
const came = aMessage('g', 12, { kind: 'system', system: { event: 'added', userId: 'zoe' } })
const answer = aMessage('h', 13, { replyTo: { id: 'a', seq: 1, authorId: 'ana', text: a.text } })
const { replyTo: _, ...hidden } = answer
function hiding(held: readonly MessageView[], ...more: Happening[]): History {
  const members = [...(view.members ?? []), zoe]
  const room = { ...view, rev: 11, head: 13, members, history: 'since-joined' as const }
  const unread = { ana: 1, mina: 3, zoe: 1 }
  const device = { device: 'zoe 1', user: 'zoe', roomId, messages: held, unread: 1, readSeq: 12 }
  const seen = [sent(answer), acknowledged(answer), delivered('zoe', came), delivered('zoe', hidden)]
  return {
    fresh: [{ ...fresh, room, messages: [...log, came, answer], unread }],
    held: [device],
    happenings: [...happenings, ...seen, ...more],
  }
}

test('who came into a room that hides what was before holds what came after, without quotes of it', () => {
  assert.deepEqual(faultsIn(hiding([came, hidden])), [])
})

test('a room that ended takes its messages along', () => {
  assert.deepEqual(faultsIn({ happenings, fresh: [], held: [], ended: [roomId] }), [])
})

const bad: Record<string, [History, RegExp]> = {
  'an acknowledged message that is not there': [
    happening(acknowledged(aMessage('lost', 11))),
    /lost: it was acknowledged, and is not there/,
  ],
  'a message that was delivered and is not there': [
    happening(delivered('mina', aMessage('ghost', 11))),
    /ghost: it was delivered, and is not there/,
  ],
  'a sent message that was never acknowledged': [
    happening(sent(aMessage('mute', 11))),
    /mute: it was never acknowledged/,
  ],
  'a message that is there twice': [
    found({ messages: [...log, { ...last, seq: 11, rev: 11 }], room: { ...view, head: 11 } }),
    /f: it is there 2 times/,
  ],
  'a message with another text than was sent': [
    found({ messages: [{ ...a, text: 'other' }, ...log.slice(1)] }),
    /a: it is not the one that was sent/,
  ],
  'a number that nothing has': [found({ room: { ...view, head: 11 } }), /nothing has the number 11/],
  'a hole where a message was': [
    { happenings: [], fresh: [{ ...fresh, messages: without(c) }], held: [] },
    /nothing has the number 3/,
  ],
  'a number that two things have': [
    found({ messages: [...log.slice(0, -1), { ...last, seq: 10, rev: 10 }, aMessage('g', 11, { rev: 10 })] }),
    /10 is the number of message f and of the last change of message g/,
  ],
  'a number beyond the head': [found({ room: { ...view, head: 9 } }), /has the number 10, beyond 9/],
  'places that do not rise': [found({ messages: [c, a, again, deleted, out, last] }), /a at 1 comes after 3/],
  'a room with another rev than its last change': [
    found({ room: { ...view, rev: 5 } }),
    /its rev is 5, expected 8/,
  ],
  'members that do not follow from the room’s system messages': [
    found({
      room: { ...view, members: [...(view.members ?? []), { userId: 'sam', role: 'member', readSeq: 0 }] },
    }),
    /its members are ana,mina,sam, expected ana,mina/,
  ],
  'two versions under one number': [
    happening(delivered('mina', { ...again, text: 'worse' })),
    /two versions have the number 6/,
  ],
  'another answer to a retry': [happening(acknowledged({ ...a, seq: 3 })), /a: it has two places/],
  'a change that was seen and is gone': [
    { ...found({ messages: [a, edited, c, deleted, out, last] }), held: [] },
    /b: version 6 was seen, and is not there/,
  ],
  'a device that lacks a message': [holding({ messages: without(c) }), /mina 1 shows 5 of 6 messages/],
  'a device that shows one message twice': [
    holding({ messages: [...log, last] }),
    /mina 1 shows 7 of 6 messages/,
  ],
  'a device that shows other reactions': [
    holding({
      messages: [{ ...a, reactions: [{ emoji: '👍', count: 1, userIds: ['sam'] }] }, ...log.slice(1)],
    }),
    /mina 1 shows 6 of 6 messages .*👍/,
  ],
  'a device that shows an old text': [
    holding({ messages: [a, edited, c, deleted, out, last] }),
    /mina 1 shows 6 of 6 messages in room r: \[2,"ana","better"\], expected \[2,"ana","best"\]/,
  ],
  'a device in another order': [
    holding({ messages: [again, a, c, deleted, out, last] }),
    /mina 1 shows 6 of 6/,
  ],
  'an unread count of the server that drifted': [
    found({ unread: { mina: 3 } }),
    /mina has 3 unread .* expected 2/,
  ],
  'a count of mentions that drifted': [found({ mentions: { mina: 2 } }), /mina has 2 mentions .* expected 1/],
  'a device that shows no mention': [
    holding({ messages: [a, again, c, deleted, out, aMessage('f', 10)] }),
    /mina 1 shows 6 of 6 messages/,
  ],
  'a badge that drifted': [holding({ unread: 0 }), /mina 1 shows 0 unread .* expected 2/],
  'a device that does not know how far its user has read': [
    holding({ readSeq: 1, unread: 2 }),
    /mina 1 has read room r up to 1, the server knows 2/,
  ],
  'a device that holds a room it was removed from': [
    holding({ device: 'sam 1', user: 'sam' }),
    /sam 1 holds room r, of which sam is no member/,
  ],
  'a device that does not know that its user marked it unread': [
    found({ unread: { mina: 3 }, unreadFrom: { mina: 2 } }),
    /mina 1 marked room r unread from undefined, the server knows 2/,
  ],
  'a count that forgets what was marked unread': [
    found({ unreadFrom: { mina: 2 } }),
    /mina has 2 unread .* expected 3/,
  ],
  'a device that holds a room that ended': [
    { ...good, fresh: [], held: [onMina], ended: [roomId] },
    /mina 1 holds room r/,
  ],
  'a mark that goes back on a device': [
    happening({ t: 'marked', device: 'mina 1', roomId, seq: 1 }),
    /mina 1: its mark in room r went back from 2 to 1/,
  ],
  'a mark that the server had and lost': [
    happening({ t: 'read', user: 'mina', roomId, seq: 3 }),
    /mina: had read room r up to 3, now 2/,
  ],
  'a message of before that is shown to who came later': [
    hiding([came, hidden], delivered('zoe', a)),
    /zoe, in room r from 12 on, was shown 1/,
  ],
  'a quote of it that is shown': [
    hiding([came, hidden], delivered('zoe', answer)),
    /zoe, in room r from 12 on, was shown 1/,
  ],
  'a device that holds what was before': [
    hiding([last, came, hidden]),
    /zoe 1 shows 3 of 2 messages in room r/,
  ],
  'a message delivered to somebody who is out': [
    happening(delivered('sam', last)),
    /sam, out of room r since 9, was delivered 10/,
  ],
}

for (const [name, [history, fault]] of Object.entries(bad)) {
  test(`${name} is found`, () => {
    assert.match(faultsIn(history).join('\n'), fault)
  })
}

const ways = {
  'was added again': aMessage('g', 12, { kind: 'system', system: { event: 'added', userId: 'sam' } }),
  'joined again': aMessage('g', 12, { kind: 'system', authorId: 'sam', system: { event: 'joined' } }),
}
for (const [what, back] of Object.entries(ways)) {
  test(`who ${what} may see what was said meanwhile, and counts from there`, () => comesBack(back))
}

function comesBack(back: MessageView): void {
  const after = aMessage('h', 13)
  const sam = { userId: 'sam', role: 'member', readSeq: 0 } as const
  const members = [...(view.members ?? []), sam]
  const messages = [...log, back, after]
  const history = {
    ...found({ messages, room: { ...view, rev: 11, head: 13, members }, unread: { sam: 1 } }),
    held: [],
    happenings: [...happenings, delivered('sam', last)],
  }
  assert.deepEqual(faultsIn(history), [])
}
