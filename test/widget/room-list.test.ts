import assert from 'node:assert/strict'
import { test } from 'node:test'
import { erasedId } from '../../server/protocol/erased.ts'
import { roomItem, roomList } from '../../widget/state/room-list.ts'
import type { State } from '../../widget/state/state.ts'
import { unread } from '../../widget/state/unread.ts'
import { after, aMessage, aMessageEvent, aReady, aRoom, idOf, noon, stateAfter } from './builders.ts'

const roomId = idOf('r', 1)

test('rooms stand by latest activity, and a new message brings its room to the top', () => {
  const other = aRoom({ id: idOf('r', 2), lastAt: after(5) })
  const ids = (state: State) => roomList(state).map(({ id }) => id)
  const ready = aReady({ rooms: [aRoom(), other] })
  assert.deepEqual(ids(stateAfter(ready)), [other.id, roomId])
  assert.deepEqual(ids(stateAfter(ready, aMessageEvent(aMessage({ seq: 9 })))), [roomId, other.id])
})

test('a room is titled by its name, by the people in it without me, or as my notes', () => {
  const member = (userId: string) => ({ userId, role: 'member' as const, readSeq: 0 })
  const people = ['ana', 'sam', 'kim', 'lee', 'mo', 'zoe']
  const rooms = [
    aRoom({ id: idOf('r', 1), lastAt: after(4) }),
    aRoom({ id: idOf('r', 2), lastAt: after(3), kind: 'group', name: 'Plans' }),
    aRoom({ id: idOf('r', 3), lastAt: after(2), kind: 'group', members: people.map(member), memberCount: 6 }),
    aRoom({ id: idOf('r', 4), lastAt: after(1), kind: 'self', members: [member('ana')], memberCount: 1 }),
  ]
  const state = stateAfter(aReady({ rooms }))
  assert.deepEqual(
    roomList(state).map(({ title }) =>
      title.kind === 'people' ? [...title.users.map(({ name }) => name), title.more] : title.kind,
    ),
    [['Sam', 0], 'name', ['Sam', 'kim', 'lee', 'mo', 1], 'self'],
  )
})

test('a direct room whose other one was erased is titled by a deleted user, and one with my own guest by me', () => {
  const alone = aRoom({ members: [{ userId: 'ana', role: 'owner', readSeq: 0 }], memberCount: 1 })
  const idIn = (state: State) => {
    const title = roomItem(state, roomId)?.title
    return title?.kind === 'people' && title.users.map(({ id }) => id)
  }
  assert.deepEqual(idIn(stateAfter(aReady({ rooms: [alone] }))), [erasedId])
  const guest = { id: 'chatter-guest:1', name: 'Ana', guest: true as const, mergedInto: 'ana' }
  const ready = aReady({ rooms: [alone] })
  assert.deepEqual(idIn(stateAfter({ ...ready, users: { ...ready.users, [guest.id]: guest } })), ['ana'])
})

test('a search finds rooms by every word of their title, accents and case folded', () => {
  const rooms = [
    aRoom({ id: idOf('r', 1), kind: 'group', name: 'Café Zürich' }),
    aRoom({ id: idOf('r', 2), kind: 'direct' }),
  ]
  const found = (query: string) => roomList(stateAfter(aReady({ rooms })), query).map(({ id }) => id)
  assert.deepEqual(found('zurich CAFE'), [idOf('r', 1)])
  assert.deepEqual(found('sam'), [idOf('r', 2)])
  assert.deepEqual(found('sam cafe'), [])
  assert.equal(found('').length, 2)
})

test('a search folds names as the search for people does, and finds emoji', () => {
  const names = ['Łódź Øst', 'Straße', 'Yılmaz', 'Þór Ærø', '🦊 Fox']
  const rooms = names.map((name, n) => aRoom({ id: idOf('r', n), kind: 'group', name }))
  const state = stateAfter(aReady({ rooms }))
  for (const [n, query] of ['lodz ost', 'STRASSE', 'yilmaz', 'thor aero', '🦊'].entries())
    assert.deepEqual(
      roomList(state, query).map(({ id }) => id),
      [idOf('r', n)],
      query,
    )
})

test('a preview says who said what, whether it is mine, and what I have not finished', () => {
  const state = stateAfter(aMessageEvent(aMessage({ seq: 1 })), {
    t: 'draft',
    roomId,
    draft: { v: 1, text: 'half a' },
  })
  const item = roomItem(state, roomId)
  assert.deepEqual(
    [item?.preview?.author.name, item?.preview?.mine, item?.preview?.text, item?.draft],
    ['Sam', false, 'message 1', 'half a'],
  )
  const open = stateAfter({ t: 'draft', roomId, draft: { v: 1, text: 'half a' } }, { t: 'opened', roomId })
  assert.equal(roomItem(open, roomId)?.draft, undefined)
  const sent = stateAfter(aMessageEvent(aMessage({ seq: 1 })), {
    t: 'queued',
    id: idOf('p', 1),
    roomId,
    text: 'mine',
    at: noon,
  })
  assert.deepEqual(
    [
      roomItem(sent, roomId)?.preview?.text,
      roomItem(sent, roomId)?.preview?.status,
      roomItem(sent, roomId)?.preview?.mine,
    ],
    ['mine', 'queued', true],
  )
})

test('the badge is the sum of the rooms that are not muted (rule U19)', () => {
  const rooms = [
    aRoom({ id: idOf('r', 1), me: { readSeq: 0, unread: 2, muted: false } }),
    aRoom({ id: idOf('r', 2), me: { readSeq: 0, unread: 5, muted: true } }),
    aRoom({ id: idOf('r', 3), me: { readSeq: 0, unread: 3, muted: false } }),
  ]
  const { total, byRoom } = unread(stateAfter(aReady({ rooms, unread: 5 })))
  assert.equal(total, 5)
  assert.deepEqual([...byRoom.values()], [2, 5, 3])
})
