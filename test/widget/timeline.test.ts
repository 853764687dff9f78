import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { MessageView } from '../../server/protocol/views.ts'
import { reduce } from '../../widget/state/reduce.ts'
import { roomItem } from '../../widget/state/room-list.ts'
import type { Action, State } from '../../widget/state/state.ts'
import { type MessageRow, type Row, timeline } from '../../widget/state/timeline.ts'
import {
  after,
  aMessage,
  aMessageEvent,
  aPage,
  aReady,
  aRoom,
  aUser,
  idOf,
  noon,
  stateAfter,
} from './builders.ts'

const roomId = idOf('r', 1)
const log = (...messages: ReturnType<typeof aMessage>[]): Action => ({
  t: 'page',
  roomId,
  place: 'only',
  page: aPage(messages),
})
const rowsOf = (state: State): readonly Row[] => timeline(state, roomId).rows
const messagesOf = (state: State): MessageRow[] => rowsOf(state).filter((row) => row.type === 'message')
/** A timeline in a line: `[` and `]` open and close a group, `—` is a day, `unread` the divider. */
const drawn = (state: State): string =>
  rowsOf(state)
    .map((row) => {
      if (row.type === 'day') return '—'
      if (row.type === 'unread') return 'unread'
      return `${row.first ? '[' : ''}${row.author.id}${row.last ? ']' : ''}`
    })
    .join(' ')

test('messages of one author within five minutes are a group (rule M21)', () => {
  const state = stateAfter(
    log(
      aMessage({ seq: 1, createdAt: after(0) }),
      aMessage({ seq: 2, createdAt: after(5) }),
      aMessage({ seq: 3, createdAt: after(10.1) }),
      aMessage({ seq: 4, createdAt: after(10.2), authorId: 'ana' }),
      aMessage({ seq: 5, createdAt: after(10.3) }),
    ),
  )
  assert.equal(drawn(state), '— [sam sam] [sam] [ana] [sam]')
})

test('a new day and a system row end a group (rules M21, M22)', () => {
  const state = stateAfter(
    log(
      aMessage({ seq: 1, createdAt: after(0) }),
      aMessage({ seq: 2, createdAt: after(0), kind: 'system' }),
      aMessage({ seq: 3, createdAt: after(0) }),
      aMessage({ seq: 4, createdAt: after(24 * 60) }),
    ),
  )
  assert.equal(drawn(state), '— [sam] [sam] [sam] — [sam]')
})

test('the unread divider stands before the first message of others that I have not read, and ends a group', () => {
  const rooms = [aRoom({ head: 3, me: { readSeq: 1, unread: 1, muted: false } })]
  const messages = [aMessage({ seq: 1 }), aMessage({ seq: 2, authorId: 'ana' }), aMessage({ seq: 3 })]
  const opened = stateAfter(aReady({ rooms }), { t: 'opened', roomId }, log(...messages))
  assert.equal(drawn(opened), '— [sam] [ana] unread [sam]')
})

test('the divider is nowhere while unread messages before the log may exist', () => {
  const rooms = [aRoom({ head: 9, me: { readSeq: 1, unread: 8, muted: false } })]
  const page = aPage([aMessage({ seq: 8 }), aMessage({ seq: 9 })], { older: true })
  const opened = stateAfter(
    aReady({ rooms }),
    { t: 'opened', roomId },
    { t: 'page', roomId, place: 'only', page },
  )
  assert.equal(drawn(opened), '— [sam sam]')
})

test('a deleted message keeps its place without its text, an edited one says when (rule M26)', () => {
  const [first, second] = messagesOf(
    stateAfter(
      log(
        aMessage({ seq: 1, text: '', deletedAt: after(9) }),
        aMessage({ seq: 2, text: 'better', editedAt: after(9) }),
      ),
    ),
  )
  assert.deepEqual([first?.deleted, first?.text], [true, ''])
  assert.deepEqual([second?.edited, second?.text], [after(9), 'better'])
})

test('pending messages stand at the end, failed ones where they failed', () => {
  const queued = (number: number): Action => ({
    t: 'queued',
    id: idOf('p', number),
    roomId,
    text: `p${number}`,
    at: noon + number,
  })
  const state = stateAfter(
    log(aMessage({ seq: 1 })),
    queued(1),
    queued(2),
    { t: 'failed', id: idOf('p', 1), fault: { code: 'forbidden', detail: '' } },
    aMessageEvent(aMessage({ seq: 2 })),
  )
  assert.deepEqual(
    messagesOf(state).map(({ text, status }) => [text, status]),
    [
      ['message 1', 'sent'],
      ['p1', 'failed'],
      ['message 2', 'sent'],
      ['p2', 'queued'],
    ],
  )
})

test('pending messages are not shown under a log that is far from the live end', () => {
  const page = aPage([aMessage({ seq: 1 })], { newer: true })
  const state = stateAfter(
    { t: 'page', roomId, place: 'only', page },
    { t: 'queued', id: idOf('p', 1), roomId, text: 'p', at: noon },
  )
  assert.equal(messagesOf(state).length, 1)
})

test('a device whose clock is days behind opens no day of its own', () => {
  const state = stateAfter(log(aMessage({ seq: 1 })), {
    t: 'queued',
    id: idOf('p', 1),
    roomId,
    text: 'p',
    at: noon - 5 * 86_400_000,
  })
  assert.equal(rowsOf(state).filter(({ type }) => type === 'day').length, 1)
})

test('what I wrote while this device was a day behind does not open its day again', () => {
  const state = stateAfter(
    log(aMessage({ seq: 1 })),
    { t: 'queued', id: idOf('p', 1), roomId, text: 'p', at: noon - 86_400_000 },
    { t: 'failed', id: idOf('p', 1), fault: { code: 'forbidden', detail: '' } },
    aMessageEvent(aMessage({ seq: 2 })),
  )
  assert.equal(drawn(state), '— [sam] [ana] [sam]')
})

test('my notes have no receipts (rule U20)', () => {
  const rooms = [
    aRoom({ kind: 'self', memberCount: 1, members: [{ userId: 'ana', role: 'owner', readSeq: 9 }] }),
  ]
  const [row] = messagesOf(stateAfter(aReady({ rooms }), log(aMessage({ seq: 1, authorId: 'ana' }))))
  assert.deepEqual([row?.status, row?.seenBy], ['sent', undefined])
})

test('a new name or picture shows everywhere at once', () => {
  const state = stateAfter(log(aMessage({ seq: 1 })), { t: 'user', user: aUser('sam', { name: 'Samira' }) })
  assert.equal(messagesOf(state)[0]?.author.name, 'Samira')
  assert.equal(
    roomItem(state, roomId)?.title.kind === 'people' && roomItem(state, roomId)?.preview?.author.name,
    'Samira',
  )
})

test('in every timeline keys are unique, groups are closed, and no group mixes authors', () => {
  const aPerson = fc.constantFrom('ana', 'sam', 'kim')
  const aTalk = fc.array(fc.record({ author: aPerson, minutes: fc.nat({ max: 2_000 }) }), { maxLength: 40 })
  fc.assert(
    fc.property(aTalk, (talk) => {
      let at = 0
      const messages = talk.map(({ author: authorId, minutes }, index) => {
        at += minutes
        return aMessage({ seq: index + 1, authorId, createdAt: after(at) })
      })
      const rows = rowsOf(stateAfter(log(...messages)))
      assert.equal(new Set(rows.map(({ key }) => key)).size, rows.length)
      for (const [index, row] of rows.entries()) {
        const next = rows[index + 1]
        if (row.type !== 'message') assert.equal(next?.type === 'message' && next.first, true)
        else if (row.last) assert.equal(next?.type !== 'message' || next.first, true)
        else assert.equal(next?.type === 'message' && !next.first && next.author.id === row.author.id, true)
      }
    }),
  )
})

test('a message that arrives costs the same with 5,000 loaded as with 50: only the rows around it are made', () => {
  const looks = [50, 5_000].map((count) => {
    let looked = 0
    const counted = (seq: number) =>
      new Proxy(aMessage({ seq, authorId: seq % 3 ? 'sam' : 'ana' }), {
        get(message, name) {
          looked++
          return Reflect.get(message, name)
        },
      })
    const messages = Array.from({ length: count }, (_, at) => counted(at + 1))
    const before = stateAfter(
      log(...messages),
      { t: 'read', roomId, userId: 'sam', seq: count - 1 },
      { t: 'opened', roomId },
    )
    const view = timeline(before, roomId)
    const state = reduce(before, aMessageEvent(aMessage({ seq: count + 1 })))
    looked = 0
    assert.equal(timeline(state, roomId, view).rows.at(-1)?.key, idOf('m', count + 1))
    return looked
  })
  assert.equal(looks[1], looks[0])
  assert.ok((looks[0] ?? 0) < 60, `looked ${looks[0]} times at a message`)
})

test('a timeline is the same one while its room, the outbox and the people are', () => {
  const state = stateAfter(log(aMessage({ seq: 1 })))
  const view = timeline(state, roomId)
  assert.equal(timeline(reduce(state, { t: 'typing', roomId, userId: 'sam' }), roomId, view), view)
  assert.equal(timeline(state, roomId, view), view)
  assert.notEqual(timeline(state, roomId), view)
})

/** A group of ana, sam and kim, with the newest eleven messages, to which things happen. */
class Talk {
  state = stateAfter(
    aReady({
      rooms: [
        aRoom({
          kind: 'group',
          memberCount: 3,
          head: 20,
          members: ['ana', 'sam', 'kim'].map((userId) => ({ userId, role: 'member', readSeq: 0 })),
          me: { readSeq: 18, unread: 2, muted: false },
        }),
      ],
    }),
    { t: 'opened', roomId },
    {
      t: 'page',
      roomId,
      place: 'only',
      page: aPage(
        Array.from({ length: 11 }, (_, at) => aMessage({ seq: at + 10, authorId: at % 2 ? 'ana' : 'sam' })),
        { older: true },
      ),
    },
  )
  #head = 20
  #minutes = 20

  happen(action: Action): void {
    this.state = reduce(this.state, action)
  }

  /** After `minutes`; where `missed` is 1, the change before it is still on its way. */
  say(authorId: string, minutes: number, missed: number): void {
    this.#minutes += minutes
    this.#head += 1 + missed
    const createdAt = after(this.#minutes)
    this.happen(aMessageEvent(aMessage({ seq: this.#head, authorId, createdAt })))
  }

  older(authorId: string): void {
    const before = this.#messages[0]?.seq ?? 0
    if (before < 2) return
    const page = aPage([aMessage({ seq: before - 1, authorId })], { older: true, head: this.#head })
    this.happen({ t: 'page', roomId, place: { before }, page })
  }

  change(seq: number, how: Partial<MessageView>): void {
    const message = this.#messages.find((held) => held.seq === seq)
    if (message) this.happen(aMessageEvent({ ...message, ...how, rev: ++this.#head }))
  }

  /** Kim, who may have read furthest, is no longer there. */
  lose(): void {
    const room = aRoom({ kind: 'group', rev: ++this.#head, head: this.#head })
    delete room.me
    this.happen({ t: 'room', room, users: {} })
  }

  get #messages(): readonly MessageView[] {
    return this.state.rooms.get(roomId)?.log?.messages ?? []
  }
}

test('a failed message that is given up is gone, and so is one that is sent after all', () => {
  const failed = stateAfter(
    log(aMessage({ seq: 1 })),
    { t: 'queued', id: idOf('p', 1), roomId, text: 'p', at: noon },
    { t: 'failed', id: idOf('p', 1), fault: { code: 'forbidden', detail: '' } },
    aMessageEvent(aMessage({ seq: 2 })),
    aMessageEvent(aMessage({ seq: 3 })),
  )
  const view = timeline(failed, roomId)
  for (const t of ['discarded', 'retried'] as const) {
    const state = reduce(failed, { t, id: idOf('p', 1) })
    assert.deepEqual(timeline(state, roomId, view), timeline(state, roomId))
  }
})

test('a timeline that goes on from an earlier one is as one made anew, whatever happened between', () => {
  const aSeq = fc.integer({ min: 10, max: 30 })
  const anId = fc.integer({ min: 1, max: 2 }).map((number) => idOf('p', number))
  const aPerson = fc.constantFrom('ana', 'sam', 'kim')
  const ofMarks = fc.oneof<fc.Arbitrary<Action>[]>(
    aSeq.map((seq) => ({ t: 'marked', roomId, seq })),
    fc.tuple(aPerson, aSeq).map(([userId, seq]) => ({ t: 'read', roomId, userId, seq })),
    fc.constantFrom(roomId, undefined).map((id) => ({ t: 'opened', roomId: id })),
    aSeq.map((n) => ({ t: 'user', user: aUser('sam', { name: `Sam ${n}` }) })),
  )
  const ofOutbox = fc.oneof<fc.Arbitrary<Action>[]>(
    fc
      .tuple(anId, aSeq)
      .map(([id, seq]) => ({ t: 'queued', id, roomId, text: 'p', at: noon + seq * 60_000 })),
    anId.map((id) => ({ t: 'failed', id, fault: { code: 'forbidden', detail: '' } })),
    anId.map((id) => ({ t: 'discarded', id })),
  )
  const aStep = fc.oneof<fc.Arbitrary<(talk: Talk) => void>[]>(
    ofMarks.map((action) => (talk) => talk.happen(action)),
    ofOutbox.map((action) => (talk) => talk.happen(action)),
    fc
      .tuple(aPerson, fc.nat({ max: 900 }), fc.constantFrom(0, 0, 0, 1))
      .map((said) => (talk) => talk.say(...said)),
    aPerson.map((author) => (talk) => talk.older(author)),
    aSeq.map((seq) => (talk) => talk.change(seq, { text: 'better', editedAt: after(9) })),
    aSeq.map((seq) => (talk) => talk.change(seq, { text: '', deletedAt: after(9) })),
    fc.constant((talk) => talk.lose()),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(aStep, fc.boolean()), { maxLength: 40 }), (steps) => {
      const talk = new Talk()
      let view = timeline(talk.state, roomId)
      for (const [step, isDrawn] of steps) {
        step(talk)
        if (!isDrawn) continue
        view = timeline(talk.state, roomId, view)
        assert.deepEqual(view, timeline(talk.state, roomId))
      }
    }),
    { numRuns: 1_000 },
  )
})
