import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
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
