import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { limits } from '../../server/protocol/limits.ts'
import type { Changes, MessageView } from '../../server/protocol/views.ts'
import { reduce } from '../../widget/state/reduce.ts'
import { missing } from '../../widget/state/room.ts'
import { roomItem } from '../../widget/state/room-list.ts'
import type { Action, Pending, Room, State } from '../../widget/state/state.ts'
import { timeline } from '../../widget/state/timeline.ts'
import { unread } from '../../widget/state/unread.ts'
import { aMessage, aMessageEvent, aPage, aReady, aRoom, aUser, idOf, stateAfter } from './builders.ts'

const roomId = idOf('r', 1)
const only = (page = aPage([])): Action => ({ t: 'page', roomId, place: 'only', page })
const roomIn = (state: State): Room => state.rooms.get(roomId) ?? assert.fail('no room')
const sent: Action = { t: 'queued', id: idOf('p', 1), roomId, text: 'mine', at: 1 }
const lost: Action = { t: 'connection', status: 'waiting', at: 2 }
const aPending = (number: number): Pending => ({
  id: idOf('p', number),
  roomId,
  text: 'mine',
  at: number,
  status: 'queued',
  fault: undefined,
  after: undefined,
})
const aRestore = (...outbox: Pending[]): Action => ({ t: 'restored', outbox, drafts: new Map() })
const aChanges = (since: number, changes: Partial<Changes>): Action => ({
  t: 'changes',
  roomId,
  since,
  changes: { messages: [], users: {}, head: 0, epoch: 'e1', more: false, ...changes },
})
const shown = (state: State): string[] =>
  timeline(state, roomId).rows.flatMap((row) =>
    row.type === 'message' ? [row.deleted ? '†' : row.text] : [],
  )
const numbers = (state: State): number[] => {
  const { head, known, counted } = roomIn(state)
  return [head, known, counted]
}

test('an event moves known, counts as unread and becomes the preview', () => {
  const state = stateAfter(only(), aMessageEvent(aMessage({ seq: 1 })))
  assert.deepEqual(numbers(state), [1, 1, 1])
  assert.equal(roomIn(state).me.unread, 1)
  assert.equal(roomIn(state).lastMessage?.text, 'message 1')
  assert.deepEqual(shown(state), ['message 1'])
})

test('a new message ends the typing of its author, and a change of an older one does not', () => {
  const typists = (state: State) => [...(state.typing.get(roomId) ?? [])]
  const sent = aMessageEvent(aMessage({ seq: 1 }))
  const edited = aMessageEvent(aMessage({ seq: 1, rev: 2, text: 'edited' }))
  const writing: Action = { t: 'typing', roomId, userId: 'sam' }
  assert.deepEqual(typists(stateAfter(only(), writing, sent)), [])
  assert.deepEqual(typists(stateAfter(only(), sent, writing, edited)), ['sam'])
})

test('an action that is named like what every object has changes nothing', () => {
  const state = stateAfter(only())
  for (const t of ['__proto__', 'toString', 'constructor', 'hasOwnProperty', 'pin'])
    assert.equal(reduce(state, { t } as unknown as Action), state, t)
})

test('a server of the version before, which sends no features, has all of those that it knew', () => {
  const { features: _, ...ready } = aReady()
  const state = reduce(stateAfter(), ready as ReturnType<typeof aReady>)
  assert.deepEqual(state.features, { typing: true })
})

test('when somebody left is known, until a later time comes', () => {
  const left = (lastSeenAt?: string): Action => ({
    t: 'presence',
    userId: 'sam',
    online: lastSeenAt === undefined,
    ...(lastSeenAt !== undefined && { lastSeenAt }),
  })
  const [first, second] = ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z']
  const state = stateAfter(left(first), left())
  assert.deepEqual([...state.lastSeen], [['sam', first]])
  assert.deepEqual([...reduce(state, left(second)).lastSeen], [['sam', second]])
})

test('what I decided of my presence is as the last ready or event said', () => {
  const hidden = { show: 'off', doNotDisturb: false } as const
  const state = stateAfter({ t: 'myPresence', ...hidden })
  assert.deepEqual([stateAfter().presence, state.presence], [undefined, hidden])
  assert.equal(reduce(state, aReady()).presence, undefined)
  assert.deepEqual(reduce(state, aReady({ presence: hidden })).presence, hidden)
})

test('the same event twice changes nothing', () => {
  const event = aMessageEvent(aMessage({ seq: 1 }))
  assert.deepEqual(stateAfter(only(), event, event), stateAfter(only(), event))
})

test('of two versions of a message the higher rev stays, whichever comes last', () => {
  const edited = aMessage({ seq: 1, rev: 2, text: 'edited' })
  const old = aPage([aMessage({ seq: 1 })])
  const state = stateAfter(only(), aMessageEvent(aMessage({ seq: 1 })), aMessageEvent(edited), only(old))
  assert.deepEqual(
    numbers(state),
    [2, 1, 2],
    'the page is older than the edit, so changes since the page are missing',
  )
  const changes = { messages: [edited], users: {}, head: 2, epoch: 'e1', more: false }
  assert.deepEqual(shown(reduce(state, { t: 'changes', roomId, since: 1, changes })), ['edited'])
})

test('a hole is not shown: what came after it waits, but my own message does not', () => {
  const state = stateAfter(only(), aMessageEvent(aMessage({ seq: 2 })))
  assert.deepEqual(shown(state), [])
  assert.equal(missing(roomIn(state)), 'changes')
  const mine = reduce(state, {
    t: 'acknowledged',
    message: aMessage({ seq: 3, authorId: 'ana', text: 'mine' }),
  })
  assert.deepEqual(shown(mine), ['mine'])
  const filled = reduce(
    reduce(mine, aMessageEvent(aMessage({ seq: 1 }))),
    aMessageEvent(aMessage({ seq: 3, authorId: 'ana', text: 'mine' })),
  )
  assert.deepEqual(shown(filled), ['message 1', 'message 2', 'mine'])
  assert.deepEqual(numbers(filled), [3, 3, 3])
  assert.equal(roomIn(filled).me.unread, 2)
})

test('what I am in a large room holds until its people or settings change, but for who comes in', () => {
  const { members: _, me: _me, ...large } = aRoom({ kind: 'group', memberCount: 60 })
  const me = { readSeq: 0, unread: 0, muted: false, role: 'owner' as const }
  const before = stateAfter(aReady({ rooms: [{ ...large, me }] }))
  const roleAfter = (memberCount: number) => {
    const room = { ...large, memberCount, rev: 1, head: 1 }
    return reduce(before, { t: 'room', room, users: {}, prev: 0 }).rooms.get(large.id)?.me.role
  }
  assert.equal(before.rooms.get(large.id)?.me.role, 'owner')
  assert.equal(roleAfter(61), 'owner')
  assert.equal(roleAfter(60), undefined)
  assert.equal(roleAfter(59), undefined)
})

test('an event that says what came before it leaves no hole, but the room is asked for its count', () => {
  const state = stateAfter(only(), aMessageEvent(aMessage({ seq: 1, rev: 4 }), 0))
  assert.deepEqual(numbers(state), [4, 4, 0])
  assert.equal(missing(roomIn(state)), 'view')
  const view = aRoom({ head: 4, me: { readSeq: 0, unread: 3, muted: false } })
  assert.equal(roomIn(reduce(state, { t: 'room-view', room: view, users: {} })).me.unread, 3)
})

test('revs that only changed one message leave what is unread as it is, and the room is not asked', () => {
  const first = aMessageEvent(aMessage({ seq: 1 }))
  const several = (rev: number, prev: number): Action => ({
    ...(aMessageEvent(aMessage({ seq: 1, rev }), prev) as Extract<Action, { t: 'message' }>),
    same: true,
  })
  const state = stateAfter(only(), first, several(6, 1))
  assert.deepEqual(numbers(state), [6, 6, 6])
  assert.equal(missing(roomIn(state)), undefined)
  assert.equal(roomIn(state).me.unread, 1)
  const next = reduce(state, aMessageEvent(aMessage({ seq: 7 })))
  assert.deepEqual([...numbers(next), roomIn(next).me.unread], [7, 7, 7, 2])
  assert.deepEqual(
    numbers(stateAfter(only(), first, several(6, 4), several(4, 1))),
    [6, 6, 6],
    'in any order',
  )
  assert.deepEqual(numbers(stateAfter(only(), first, several(6, 2))), [6, 1, 1], 'after a hole')
})

test('delivered again with what came before it, a change fills the hole it had left', () => {
  const early = aMessage({ seq: 2, rev: 4, text: 'edited' })
  const holed = stateAfter(only(), aMessageEvent(aMessage({ seq: 1 })), aMessageEvent(early))
  assert.deepEqual(numbers(holed), [4, 1, 1])
  assert.deepEqual(
    numbers([aMessageEvent(early, 2), aMessageEvent(early, 3)].reduce(reduce, holed)),
    [4, 1, 1],
  )
  assert.deepEqual(numbers([aMessageEvent(early, 1)].reduce(reduce, holed)), [4, 4, 1])
})

test('a change of the room too may say what came before it', () => {
  const { me: _, ...renamed } = aRoom({ rev: 3, head: 3, name: 'Tea' })
  assert.deepEqual(numbers(stateAfter(only(), { t: 'room', room: renamed, users: {} })), [3, 0, 0])
  assert.deepEqual(numbers(stateAfter(only(), { t: 'room', room: renamed, users: {}, prev: 0 })), [3, 3, 0])
})

test('a message that comes before the view of its room is on the badge at once, and counted once', () => {
  const early = stateAfter(aReady({ rooms: [] }), aMessageEvent(aMessage({ seq: 1 })))
  const view = (state: State, head: number): State => {
    const seen = aRoom({ head, me: { readSeq: 0, unread: head, muted: false } })
    return reduce(state, { t: 'room-view', room: seen, users: {} })
  }
  assert.equal(unread(early).total, 1)
  assert.equal(unread(view(early, 1)).total, 1)
  assert.equal(unread(view(view(early, 0), 1)).total, 1, 'the first view may be older than the message')
})

test('a message in a room that was read on another device, or is not mine, leaves nothing on the badge', () => {
  const nothing = aReady({ rooms: [] })
  const event = aMessageEvent(aMessage({ seq: 1 }))
  const read = aRoom({ head: 1, me: { readSeq: 1, unread: 0, muted: false } })
  assert.equal(unread(stateAfter(nothing, event, { t: 'room-view', room: read, users: {} })).total, 0)
  assert.equal(unread(stateAfter(nothing, event, { t: 'gone', roomId })).total, 0)
  assert.equal(unread(stateAfter(nothing, event, nothing)).total, 0)
})

test('the first message in a room far down the list leaves what is unread in the others', () => {
  const far = aReady({ rooms: [], more: true, unread: 5 })
  const view = aRoom({ head: 3, me: { readSeq: 0, unread: 3, muted: false } })
  const state = stateAfter(far, aMessageEvent(aMessage({ seq: 3 })))
  assert.equal(unread(state).total, 6)
  assert.equal(unread(reduce(state, { t: 'room-view', room: view, users: {} })).total, 6)
})

test('an acknowledgement shows the message without moving known', () => {
  const state = stateAfter(only(), { t: 'acknowledged', message: aMessage({ seq: 1, authorId: 'ana' }) })
  assert.deepEqual(numbers(state), [1, 0, 0])
  assert.deepEqual(shown(state), ['message 1'])
})

test('a change outside the loaded interval is only the preview and the count', () => {
  const around = aPage([aMessage({ seq: 5 }), aMessage({ seq: 6 })], { head: 9, older: true, newer: true })
  const state = stateAfter(aReady({ rooms: [aRoom({ head: 9 })] }), only(around))
  const next = reduce(state, aMessageEvent(aMessage({ seq: 10 })))
  assert.deepEqual(shown(next), ['message 5', 'message 6'])
  assert.equal(roomIn(next).lastMessage?.seq, 10)
  assert.equal(roomIn(next).me.unread, 1)
  assert.deepEqual(numbers(next), [10, 10, 10])
})

test('a page that joins the log lowers known to its head, so that what overtook it is asked for', () => {
  const start = stateAfter(
    aReady({ rooms: [aRoom({ head: 4 })] }),
    only(aPage([aMessage({ seq: 3 }), aMessage({ seq: 4 })], { older: true })),
    aMessageEvent(aMessage({ seq: 2, rev: 5, text: 'edited below the log' })),
  )
  assert.deepEqual(numbers(start), [5, 5, 5])
  const page = aPage([aMessage({ seq: 1 }), aMessage({ seq: 2 })], { head: 4 })
  const joined = reduce(start, { t: 'page', roomId, place: { before: 3 }, page })
  assert.deepEqual(numbers(joined), [5, 4, 5])
  assert.equal(missing(roomIn(joined)), 'changes')
})

test('a page for a log that is no longer there is dropped', () => {
  const state = stateAfter(only(aPage([aMessage({ seq: 8 })], { older: true })))
  const page = aPage([aMessage({ seq: 1 })])
  assert.deepEqual(shown(reduce(state, { t: 'page', roomId, place: { before: 3 }, page })), ['message 8'])
})

test('my message is shown once, and as sent, when anything brings it before its acknowledgement', () => {
  const mine = aMessage({ seq: 1, id: idOf('p', 1), authorId: 'ana', text: 'mine' })
  const view = aRoom({ head: 1, lastMessage: mine })
  const { me: _, ...neutral } = view
  const users = {}
  const bringers: Action[] = [
    aReady({ rooms: [view] }),
    aMessageEvent(mine),
    { t: 'room', room: neutral, users },
    { t: 'room-view', room: view, users },
    { t: 'rooms-page', page: { rooms: [view], users, more: false } },
    only(aPage([mine])),
    aChanges(0, { messages: [mine], head: 1 }),
    aChanges(0, { room: view, head: 1 }),
    { t: 'acknowledged', message: mine },
  ]
  for (const bringer of bringers) {
    const state = stateAfter(only(), sent, { t: 'sending', id: mine.id }, lost, bringer)
    assert.deepEqual(shown(state), ['mine'], `brought by ${bringer.t}`)
    assert.equal(roomItem(state, roomId)?.preview?.status, 'sent')
    assert.deepEqual(reduce(state, { t: 'acknowledged', message: mine }).outbox, [])
  }
})

test('what failed is forgotten when it turns out to be stored, in either order', () => {
  const mine = aMessage({ seq: 1, id: idOf('p', 1), authorId: 'ana', text: 'mine' })
  const failed: Action = { t: 'failed', id: mine.id, fault: { code: 'forbidden', detail: '' } }
  assert.deepEqual(stateAfter(only(), sent, failed, only(aPage([mine]))).outbox, [])
  assert.deepEqual(stateAfter(only(), sent, only(aPage([mine])), failed).outbox, [])
})

test('what was saved as unsent, or is sent again under its id, is not shown beside the stored message', () => {
  const mine = aMessage({ seq: 1, id: idOf('p', 1), authorId: 'ana', text: 'mine' })
  const again = stateAfter(only(aPage([mine])), sent)
  const restored = stateAfter(only(aPage([mine])), aRestore(aPending(1)))
  assert.deepEqual(shown(again), ['mine'])
  assert.deepEqual(shown(restored), ['mine'])
  assert.deepEqual(shown(stateAfter(only(), sent, sent)), ['mine'])
})

test('my own message stays when an older page replaces the log', () => {
  const mine = aMessage({ seq: 2, authorId: 'ana', text: 'mine' })
  const state = stateAfter({ t: 'acknowledged', message: mine }, only(aPage([aMessage({ seq: 1 })])))
  assert.deepEqual(shown(state), ['message 1', 'mine'])
})

test('a reset drops the messages and asks for the room', () => {
  const state = stateAfter(only(aPage([aMessage({ seq: 1 })])), {
    t: 'changes',
    roomId,
    since: 1,
    changes: { messages: [], users: {}, head: 0, epoch: 'e1', more: false, reset: true },
  })
  assert.equal(timeline(state, roomId).loaded, false)
  assert.equal(missing(roomIn(state)), 'view')
})

test('the deletion of an unread message takes it off the count, once, and leaves a tombstone', () => {
  const gone = aMessageEvent(aMessage({ seq: 1, rev: 3, text: '', deletedAt: 'now' }))
  const state = stateAfter(
    only(),
    aMessageEvent(aMessage({ seq: 1 })),
    aMessageEvent(aMessage({ seq: 2 })),
    gone,
    gone,
  )
  assert.equal(roomIn(state).me.unread, 1)
  assert.deepEqual(shown(state), ['†', 'message 2'])
})

test('my own messages and system rows are never unread', () => {
  const state = stateAfter(
    aMessageEvent(aMessage({ seq: 1, authorId: 'ana' })),
    aMessageEvent(aMessage({ seq: 2, kind: 'system' })),
  )
  assert.equal(roomIn(state).me.unread, 0)
})

test('at the cap a deletion asks the room, because nobody knows how many there are', () => {
  const rooms = [aRoom({ head: 500, me: { readSeq: 0, unread: limits.unread, muted: false } })]
  const state = stateAfter(
    aReady({ rooms }),
    aMessageEvent(aMessage({ seq: 3, rev: 501, text: '', deletedAt: 'now' })),
  )
  assert.equal(roomIn(state).me.unread, limits.unread)
  assert.equal(missing(roomIn(state)), 'view')
})

test('reading to the end clears the count; reading part of it counts what is loaded, or asks', () => {
  const events = [1, 2, 3].map((seq) => aMessageEvent(aMessage({ seq })))
  const loaded = stateAfter(only(), ...events)
  const [all, part] = [3, 2].map((seq) => reduce(loaded, { t: 'marked', roomId, seq }))
  assert.equal(all && roomIn(all).me.unread, 0)
  assert.equal(part && roomIn(part).me.unread, 1)
  const unloaded = reduce(stateAfter(...events), { t: 'marked', roomId, seq: 2 })
  assert.equal(missing(roomIn(unloaded)), 'view')
})

test('what is loaded but not counted yet is not counted twice when I read a part', () => {
  const events = [1, 2, 3].map((seq) => aMessageEvent(aMessage({ seq })))
  const early = aMessageEvent(aMessage({ seq: 3, rev: 5, text: '', deletedAt: 'now' }))
  const state = stateAfter(
    only(),
    ...events,
    early,
    { t: 'marked', roomId, seq: 1 },
    aMessageEvent(aMessage({ seq: 4 })),
  )
  const view = aRoom({ head: 5, me: { readSeq: 1, unread: 2, muted: false } })
  const asked =
    missing(roomIn(state)) === 'view' ? reduce(state, { t: 'room-view', room: view, users: {} }) : state
  assert.equal(roomIn(asked).me.unread, 2)
})

test('an answer to an older question does not hide what a page needs', () => {
  const log = only(aPage([aMessage({ seq: 3 })], { head: 9, older: true }))
  const state = stateAfter(aReady({ rooms: [aRoom({ head: 12 })] }), log)
  const joined = reduce(state, {
    t: 'page',
    roomId,
    place: { before: 3 },
    page: aPage([aMessage({ seq: 2 })], { head: 7 }),
  })
  const changes = { messages: [], users: {}, head: 12, epoch: 'e1', more: false }
  assert.equal(roomIn(reduce(joined, { t: 'changes', roomId, since: 9, changes })).known, 7)
})

test('a read mark never goes back, whoever says so', () => {
  const state = stateAfter(
    ...[1, 2, 3].map((seq) => aMessageEvent(aMessage({ seq }))),
    { t: 'marked', roomId, seq: 3 },
    { t: 'mine', roomId, readSeq: 1, unread: 2, muted: false },
    { t: 'heads', heads: { [roomId]: [3, 2] } },
    { t: 'room-view', room: aRoom({ head: 3, me: { readSeq: 0, unread: 3, muted: false } }), users: {} },
  )
  assert.deepEqual(roomIn(state).me, { readSeq: 3, unread: 0, muted: false })
})

test('reading elsewhere clears the badge here', () => {
  const event = aMessageEvent(aMessage({ seq: 1 }))
  assert.equal(unread(stateAfter(event, { t: 'mine', roomId, readSeq: 1, unread: 0, muted: false })).total, 0)
  assert.equal(unread(stateAfter(event, { t: 'heads', heads: { [roomId]: [1, 1] } })).total, 0)
})

test('another epoch drops what is held, but not what I wrote', () => {
  const state = stateAfter(
    only(aPage([aMessage({ seq: 1 })])),
    sent,
    { t: 'draft', roomId, draft: { v: 1, text: 'half a' } },
    aReady({ epoch: 'e2' }),
  )
  assert.equal(timeline(state, roomId).loaded, false)
  assert.deepEqual(
    state.outbox.map(({ text }) => text),
    ['mine'],
  )
  assert.equal(state.drafts.get(roomId)?.text, 'half a')
})

test('another user finds nothing of the one before', () => {
  const state = stateAfter(sent, aReady({ me: aUser('zoe'), rooms: [] }))
  assert.equal(state.rooms.size, 0)
  assert.deepEqual(state.outbox, [])
})

test('a room missing in ready is gone, unless there are more than it lists', () => {
  const other = aRoom({ id: idOf('r', 2) })
  assert.equal(stateAfter({ t: 'opened', roomId }, aReady({ rooms: [other] })).rooms.has(roomId), false)
  const state = stateAfter({ t: 'opened', roomId }, aReady({ rooms: [other] }))
  assert.equal(state.active?.fault?.code, 'not_found')
  assert.equal(stateAfter(only(), aReady({ rooms: [other], more: true })).rooms.has(roomId), true)
})

test('the divider freezes when the room opens with unread messages, and goes when I send', () => {
  const opened = stateAfter(
    aMessageEvent(aMessage({ seq: 1 })),
    { t: 'opened', roomId },
    { t: 'marked', roomId, seq: 1 },
  )
  assert.equal(opened.active?.divider, 0)
  assert.equal(reduce(opened, sent).active?.divider, undefined)
})

test('a user id may be a name of Object.prototype', () => {
  const message = aMessage({ seq: 1, authorId: '__proto__' })
  const state = stateAfter(only(), { t: 'message', message, user: { id: '__proto__', name: 'Proto' } })
  const rows = timeline(state, roomId).rows.flatMap((row) =>
    row.type === 'message' ? [row.author.name] : [],
  )
  assert.deepEqual(rows, ['Proto'])
})

test('frames of a newer server are ignored', () => {
  const state = stateAfter()
  assert.equal(reduce(state, { t: 'hologram' } as unknown as Action), state)
})

// ── Any order, any repetition ────────────────────────────────────────────────────────────────────────────────────

type Step = { kind: 'say'; author: string } | { kind: 'edit' | 'remove'; which: number }

const aStep = fc.oneof(
  fc.record({ kind: fc.constant('say' as const), author: fc.constantFrom('ana', 'sam', 'kim') }),
  fc.record({ kind: fc.constantFrom('edit' as const, 'remove' as const), which: fc.nat() }),
)

/** Every version that a room's life produces: revs 1…n, each once. */
function versionsOf(steps: readonly Step[]): MessageView[] {
  const now = new Map<number, MessageView>()
  const versions: MessageView[] = []
  for (const step of steps) {
    const rev = versions.length + 1
    const held = step.kind === 'say' ? undefined : [...now.values()][step.which % Math.max(1, now.size)]
    if (step.kind !== 'say' && (!held || held.deletedAt)) continue
    const version =
      step.kind === 'say'
        ? aMessage({ seq: rev, authorId: step.author })
        : {
            ...aMessage({ seq: 0 }),
            ...held,
            rev,
            ...(step.kind === 'edit' ? { text: `edit ${rev}` } : { text: '', deletedAt: 'now' }),
          }
    now.set(version.seq, version)
    versions.push(version)
  }
  return versions
}

/** A permutation in which some come more than once. */
const shuffled = <T>(items: readonly T[]): fc.Arbitrary<T[]> =>
  fc
    .array(fc.nat({ max: Math.max(0, items.length - 1) }), { maxLength: 5 })
    .map((again) => [...items, ...again.flatMap((at) => items[at] ?? [])])
    .chain((all) => fc.shuffledSubarray(all, { minLength: all.length }))

test('any order and any repetition of events ends in the same timeline and the same count', () => {
  const anOrder = fc
    .array(aStep, { maxLength: 25 })
    .map(versionsOf)
    .chain((versions) => shuffled(versions).map((order) => ({ versions, order })))
  fc.assert(
    fc.property(anOrder, ({ versions, order }) => {
      const state = stateAfter(only(), ...order.map((message) => aMessageEvent(message)))
      assert.deepEqual(
        shown(state),
        shown(stateAfter(only(), ...versions.map((message) => aMessageEvent(message)))),
      )
      assert.deepEqual(numbers(state), [versions.length, versions.length, versions.length])
      const now = new Map(versions.map((message) => [message.seq, message]))
      const naive = [...now.values()].filter(
        ({ authorId, deletedAt }) => authorId !== 'ana' && !deletedAt,
      ).length
      assert.equal(roomIn(state).me.unread, naive)
      assert.equal(roomIn(state).lastMessage?.seq, Math.max(0, ...now.keys()) || undefined)
    }),
    { numRuns: 500 },
  )
})

test('pages and acknowledgements between the events change nothing of the end', () => {
  const aLife = fc.array(aStep, { minLength: 1, maxLength: 25 }).map(versionsOf)
  fc.assert(
    fc.property(aLife, fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 6 }), (versions, pages) => {
      const actions: Action[] = [only(), ...versions.map((message) => aMessageEvent(message))]
      for (const [when, head] of pages) {
        const now = new Map<number, MessageView>()
        for (const version of versions.slice(0, head % (versions.length + 1))) now.set(version.seq, version)
        actions.splice(
          1 + (when % actions.length),
          0,
          only(aPage([...now.values()], { head: head % (versions.length + 1) })),
        )
      }
      const state = actions.reduce(reduce, stateAfter())
      const { known } = roomIn(state)
      const now = new Map(versions.map((message) => [message.seq, message]))
      const since = [...now.values()].filter(({ rev }) => rev > known).sort((a, b) => a.rev - b.rev)
      const changes = { messages: since, users: {}, head: versions.length, epoch: 'e1', more: false }
      const whole = reduce(state, { t: 'changes', roomId, since: known, changes })
      assert.deepEqual(
        shown(whole),
        shown(stateAfter(only(), ...versions.map((message) => aMessageEvent(message)))),
      )
      // Over what a page made it skip it did not count: it asks for the count, never for messages.
      assert.notEqual(missing(roomIn(whole)), 'changes')
    }),
    { numRuns: 500 },
  )
})

/** Anything that can bring my messages 1…4, say that they are on their way, or drop what they stand on. */
const anAction: fc.Arbitrary<Action> = fc
  .record({ seq: fc.integer({ min: 1, max: 4 }), rev: fc.integer({ min: 1, max: 6 }), other: fc.boolean() })
  .chain(({ seq, rev, other }) => {
    const id = idOf('p', seq)
    const message = aMessage({ seq, rev: Math.max(seq, rev), id, authorId: 'ana', text: 'mine' })
    const view = aRoom({ head: message.rev, lastMessage: message })
    const page = aPage([message], { older: other, newer: seq < 3 })
    const epoch = other ? 'e1' : 'e2'
    const { me: _, ...neutral } = view
    const users = {}
    return fc.constantFrom<Action>(
      aReady({ rooms: [view], epoch }),
      aReady({ rooms: [], more: other }),
      lost,
      aMessageEvent(message),
      { t: 'room', room: neutral, users },
      { t: 'room-view', room: view, users },
      { t: 'rooms-page', page: { rooms: [view], users, more: other } },
      only(page),
      { t: 'page', roomId, place: { before: rev }, page },
      { t: 'page', roomId, place: { after: rev }, page },
      aChanges(rev, { messages: [message], head: message.rev }),
      aChanges(rev, { room: view, head: message.rev, ...(other && { reset: true }) }),
      { t: 'gone', roomId },
      aRestore(aPending(seq)),
      { t: 'queued', id, roomId, text: 'mine', at: seq },
      { t: 'sending', id },
      { t: 'acknowledged', message },
      { t: 'failed', id, fault: { code: 'overloaded', detail: '' } },
      { t: 'retried', id },
      { t: 'discarded', id },
    )
  })

test('in any order of anything, no row stands in the timeline twice, and nothing of mine is missing', () => {
  fc.assert(
    fc.property(fc.array(anAction, { maxLength: 30 }), (actions) => {
      let state = stateAfter(only())
      for (const action of actions) {
        state = reduce(state, action)
        const keys = timeline(state, roomId).rows.map(({ key }) => key)
        assert.deepEqual(keys, [...new Set(keys)])
        const { loaded, newer } = timeline(state, roomId)
        const missing = loaded && !newer ? state.outbox.filter(({ id }) => !keys.includes(id)) : []
        assert.deepEqual(missing, [])
      }
    }),
    { numRuns: 2_000 },
  )
})
