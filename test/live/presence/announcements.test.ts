import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type Announcement,
  decodeAnnouncement,
  encodePeople,
  encodeRooms,
  roomMark,
} from '../../../server/live/presence/announcements.ts'

const about = { node: 'here', no: 3, isAll: false }

describe('what nodes say to each other about who is online', () => {
  it('arrives as it was sent, whatever is in a user id', () => {
    const here = ['mina', 'acme/user/mina', '/user/', '\u2028', 'ö'].map((user) => ({ tenant: 'acme', user }))
    const left = [{ tenant: 'other', user: 'mina' }]
    const [frame = Buffer.alloc(0)] = encodePeople(about, { here, left, asks: ['rooms'] })
    assert.deepEqual(decodeAnnouncement(frame), { ...about, here, left, asks: ['rooms'] })
  })

  it('comes in pieces that are numbered, of which only the first voids what was before', () => {
    const here = Array.from({ length: 1_100 }, (_, n) => ({ tenant: 'acme', user: `u${n}` }))
    const frames = encodePeople({ ...about, isAll: true }, { here, left: [], asks: ['people'] })
    const announcements = frames.map(decodeAnnouncement)
    assert.deepEqual(
      announcements.map(({ no, isAll }) => [no, isAll]),
      [
        [3, true],
        [4, false],
        [5, false],
      ],
    )
    assert.deepEqual(
      announcements.flatMap((announcement) => ('here' in announcement ? announcement.here : [])),
      here,
    )
    assert.deepEqual(announcements.flatMap(asksOf), ['people'])
    const marks = Array.from({ length: 12_000 }, (_, n) => roomMark(`room ${n}`))
    const rooms = encodeRooms(about, marks, marks.slice(0, 7_000)).map(decodeAnnouncement)
    assert.deepEqual(
      rooms.flatMap((announcement) => ('opened' in announcement ? announcement.opened : [])),
      marks,
    )
    assert.equal(rooms.length, 3)
  })

  it('without anything new says which number was the last', () => {
    assert.deepEqual(encodeRooms(about, [], []).map(decodeAnnouncement), [
      { ...about, opened: [], closed: [] },
    ])
  })

  it('names users who changed who sees them, without a number of its own', () => {
    const settled = [{ tenant: 'acme', user: 'a/b' }]
    const [frame = Buffer.from('')] = encodeRooms(about, [], [], settled)
    assert.deepEqual(decodeAnnouncement(frame), { ...about, opened: [], closed: [], settled })
  })

  it('is refused where it names no user of a tenant', () => {
    for (const text of ['mina', 'acme/room/mina', '/user/mina']) {
      const frame = Buffer.from(JSON.stringify({ ...about, here: [text], left: [], asks: [] }))
      assert.throws(() => decodeAnnouncement(frame), /expected tenant\/user\/id/, text)
    }
  })

  it('calls a hundred thousand rooms by as many numbers', () => {
    const marks = new Set<number>()
    for (let n = 0; n < 100_000; n++)
      marks.add(roomMark(`default/room/019ad6c0-0000-7000-8000-${String(n).padStart(12, '0')}`))
    assert.equal(marks.size, 100_000)
    for (const mark of marks) assert.ok(Number.isSafeInteger(mark) && mark >= 0)
  })
})

const asksOf = (announcement: Announcement) => ('asks' in announcement ? announcement.asks : [])
