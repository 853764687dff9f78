import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Delivery } from '../../server/fanout/fanout.ts'
import { encodeFrame } from '../../server/fanout/frame.ts'
import { topicsFor } from '../../server/fanout/topics.ts'
import type { Listener } from '../../server/live/listener.ts'
import { RoomTopic } from '../../server/live/topic.ts'

const name = topicsFor('default').room('1')
const aListener = (user: string) => ({ user }) as Listener
const aDelivery = (more: Partial<Delivery> = {}): Delivery => ({
  topic: name,
  frame: Buffer.from(`rev ${more.rev}`),
  ...more,
})

/** A room at rev 10 whose members last changed at 5, and these users' listeners. */
function aTopic(...users: string[]) {
  const topic = new RoomTopic(name, { tenant: 'default', room: '1' }, { head: 10, membershipRev: 5 })
  const listeners = users.map(aListener)
  for (const listener of listeners) topic.enter(listener, { head: 10, membershipRev: 5 })
  return { topic, listeners }
}

/** As `aTopic`, while it holds a delivery of rev 11 that carries a later membership rev. */
function aHoldingTopic(...users: string[]) {
  const { topic, listeners } = aTopic(...users)
  assert.equal(topic.admit(aDelivery({ rev: 11, membershipRev: 11 })), 'membersUnknown')
  return { topic, listeners }
}

const answer = (membershipRev: number, ...members: string[]) => ({ members: new Set(members), membershipRev })

/** What a topic releases, as revs. */
function released(topic: RoomTopic): (number | undefined)[] {
  const revs: (number | undefined)[] = []
  topic.release(({ rev }) => revs.push(rev))
  return revs
}

describe('an open topic of a room', () => {
  it('lets pass what follows, and knows how far it came', () => {
    const { topic } = aTopic('a')
    assert.equal(topic.admit(aDelivery({ rev: 11, membershipRev: 5 })), 'pass')
    assert.equal(topic.admit(aDelivery({ rev: 12, membershipRev: 5 })), 'pass')
    assert.deepEqual([topic.rev, topic.isHolding], [12, false])
  })

  it('lets pass what is no change, and what comes again', () => {
    const { topic } = aTopic('a')
    assert.equal(topic.admit(aDelivery()), 'pass')
    assert.equal(topic.admit(aDelivery({ rev: 10 })), 'pass')
    assert.equal(topic.rev, 10)
  })

  it('lets pass several changes at once that follow, also early, and takes no text for their mark', () => {
    const { topic } = aTopic('a')
    const several = (rev: number, prev: number) =>
      aDelivery({ rev, frame: Buffer.from(`{"t":"message","prev":${prev},"same":true}`) })
    assert.equal(topic.admit(several(14, 10)), 'pass')
    assert.equal(topic.admit(several(20, 16)), 'hole')
    assert.equal(topic.rev, 14)
    assert.equal(topic.admit(several(16, 14)), 'pass')
    assert.equal(topic.rev, 20)
    const text = ',"prev":20,"same":true}'
    const frame = encodeFrame({ t: 'presence', userId: text, online: true, lastSeenAt: text })
    assert.equal(topic.admit(aDelivery({ rev: 23, frame })), 'hole')
  })

  it('says that a change is missing, until it comes', () => {
    const { topic } = aTopic('a')
    assert.equal(topic.admit(aDelivery({ rev: 12 })), 'hole')
    assert.equal(topic.admit(aDelivery({ rev: 13 })), 'hole')
    assert.equal(topic.rev, 10)
    assert.equal(topic.admit(aDelivery({ rev: 11 })), 'pass')
    assert.equal(topic.rev, 13)
    assert.equal(topic.admit(aDelivery({ rev: 14 })), 'pass')
  })

  it('is behind again where somebody is brought in who knows less of it', () => {
    const { topic } = aTopic('a')
    topic.enter(aListener('b'), { head: 8, membershipRev: 5 })
    assert.equal(topic.rewind(8), 10)
    assert.equal(topic.rev, 8)
    assert.equal(topic.rewind(8), undefined)
    assert.equal(topic.admit(aDelivery({ rev: 11, membershipRev: 5 })), 'hole')
    topic.deliveredUpTo(10)
    assert.equal(topic.rev, 11)
  })

  it('counts what came early as soon as the changes before it are delivered otherwise', () => {
    const { topic } = aTopic('a')
    topic.admit(aDelivery({ rev: 13 }))
    topic.admit(aDelivery({ rev: 15 }))
    topic.deliveredUpTo(12)
    assert.equal(topic.rev, 13)
    topic.deliveredUpTo(11)
    assert.equal(topic.rev, 13)
    topic.deliveredUpTo(14)
    assert.equal(topic.rev, 15)
  })

  it('takes in a user who was a member at an older change only as far as that', () => {
    const { topic } = aTopic('a')
    topic.enter(aListener('b'), { head: 9, membershipRev: 3 })
    assert.equal(topic.membershipRev, 3)
    assert.equal(topic.admit(aDelivery({ rev: 11, membershipRev: 5 })), 'membersUnknown')
  })

  it('keeps what it knows when a listener enters again, or one that knows more', () => {
    const { topic, listeners } = aTopic('a')
    for (const one of listeners) topic.enter(one, { head: 9, membershipRev: 3 })
    topic.enter(aListener('b'), { head: 20, membershipRev: 20 })
    assert.deepEqual([topic.rev, topic.membershipRev, topic.listeners.size], [10, 5, 2])
  })

  it('is closed when the last listener has left', () => {
    const { topic, listeners } = aTopic('a')
    assert.equal(topic.isClosed, false)
    for (const one of listeners) topic.leave(one)
    assert.equal(topic.isClosed, true)
  })
})

describe('a topic that does not know who is a member', () => {
  it('holds what carried it, and all that follows, also what is no change', () => {
    const { topic } = aHoldingTopic('a')
    assert.equal(topic.admit(aDelivery({ rev: 12, membershipRev: 5 })), 'held')
    assert.equal(topic.admit(aDelivery()), 'held')
    assert.deepEqual([topic.isHolding, topic.isChecking, topic.rev], [true, false, 10])
  })

  it('asks about each user once, and holds all the same if nothing carried a later one', () => {
    const { topic } = aTopic('a', 'b', 'a')
    assert.deepEqual(topic.beginCheck(), ['a', 'b'])
    assert.deepEqual([topic.isHolding, topic.isChecking], [true, true])
    assert.equal(topic.admit(aDelivery({ rev: 11 })), 'held')
  })

  it('makes one check at a time', () => {
    const { topic } = aTopic('a')
    assert.throws(() => topic.endCheck(answer(5, 'a')), /expected a check/)
    topic.beginCheck()
    assert.throws(() => topic.beginCheck(), /expected no check/)
  })

  it('finds out who is no member', () => {
    const { topic, listeners } = aHoldingTopic('a', 'b', 'c', 'b')
    topic.beginCheck()
    assert.deepEqual(topic.endCheck(answer(11, 'a', 'c')), [listeners[1], listeners[3]])
    assert.deepEqual([topic.membershipRev, topic.isChecking], [11, false])
  })

  it('finds nobody to be a member of a room that is not there', () => {
    const { topic, listeners } = aHoldingTopic('a', 'b')
    topic.beginCheck()
    assert.deepEqual(topic.endCheck(undefined), listeners)
  })

  it('leaves alone who has left meanwhile', () => {
    const { topic, listeners } = aHoldingTopic('a', 'b')
    topic.beginCheck()
    const [first] = listeners.splice(0, 1)
    assert.ok(first)
    topic.leave(first)
    assert.deepEqual(topic.endCheck(answer(11)), listeners)
  })

  it('believes an answer only of those it was about: who entered meanwhile, also again, stays', () => {
    const { topic, listeners } = aHoldingTopic('a', 'b')
    const [first, second] = listeners
    assert.ok(first && second)
    topic.beginCheck()
    topic.enter(aListener('c'), { head: 13, membershipRev: 13 })
    topic.enter(first, { head: 15, membershipRev: 15 })
    assert.deepEqual(topic.endCheck(answer(20)), [second])
    // Both were members then, but may be so no longer.
    assert.equal(topic.membershipRev, 13)
  })

  it('holds on when the database does not answer, and asks about who entered meanwhile too', () => {
    const { topic, listeners } = aHoldingTopic('a')
    topic.beginCheck()
    const late = aListener('b')
    topic.enter(late, { head: 12, membershipRev: 3 })
    topic.abandonCheck()
    assert.deepEqual([topic.isHolding, topic.isChecking, topic.membershipRev], [true, false, 3])
    assert.deepEqual(topic.beginCheck(), ['a', 'b'])
    assert.deepEqual(topic.endCheck(answer(12, 'b')), listeners)
    assert.equal(topic.membershipRev, 12)
  })
})

describe('a topic that knows again who is a member', () => {
  it('releases in its order what it held, and is open', () => {
    const { topic } = aHoldingTopic('a')
    topic.admit(aDelivery())
    topic.admit(aDelivery({ rev: 12, membershipRev: 11 }))
    topic.beginCheck()
    topic.endCheck(answer(11, 'a'))
    assert.equal(topic.isHolding, true)
    assert.deepEqual(released(topic), [11, undefined, 12])
    assert.deepEqual([topic.isHolding, topic.rev], [false, 12])
    assert.equal(topic.admit(aDelivery({ rev: 13, membershipRev: 11 })), 'pass')
    assert.deepEqual(released(topic), [])
  })

  it('says of what it releases, too, that a change is missing', () => {
    const { topic } = aHoldingTopic('a')
    topic.admit(aDelivery({ rev: 13, membershipRev: 11 }))
    topic.beginCheck()
    topic.endCheck(answer(11, 'a'))
    const admissions: string[] = []
    topic.release((_, admission) => admissions.push(admission))
    assert.deepEqual([admissions, topic.rev], [['pass', 'hole'], 11])
  })

  it('keeps what carries a still later membership rev', () => {
    const { topic } = aHoldingTopic('a')
    topic.admit(aDelivery({ rev: 12, membershipRev: 12 }))
    topic.admit(aDelivery({ rev: 13, membershipRev: 12 }))
    topic.beginCheck()
    topic.endCheck(answer(11, 'a'))
    assert.deepEqual(released(topic), [11])
    assert.deepEqual([topic.isHolding, topic.isChecking], [true, false])
    assert.equal(topic.admit(aDelivery({ rev: 14 })), 'held')
    topic.beginCheck()
    topic.endCheck(answer(12, 'a'))
    assert.deepEqual(released(topic), [12, 13, 14])
  })

  it('says what those who entered meanwhile know already', () => {
    const { topic, listeners } = aHoldingTopic('a')
    const [early] = listeners
    const late = aListener('b')
    assert.ok(early)
    assert.equal(topic.hasEntered, false)
    topic.enter(late, { head: 12, membershipRev: 12 })
    topic.enter(late, { head: 11, membershipRev: 11 })
    topic.admit(aDelivery({ rev: 12, membershipRev: 12 }))
    topic.admit(aDelivery({ rev: 13, membershipRev: 12 }))
    topic.beginCheck()
    topic.endCheck(answer(12, 'a', 'b'))
    const known: [boolean, boolean][] = []
    topic.release(({ rev = 0 }) => {
      assert.equal(topic.hasEntered, true)
      known.push([topic.knows(early, rev), topic.knows(late, rev)])
    })
    assert.deepEqual(known, [
      [false, true],
      [false, true],
      [false, false],
    ])
    assert.deepEqual([topic.hasEntered, topic.knows(late, 12)], [false, false])
  })

  it('shows by a hole that it could not hold all', () => {
    const { topic } = aHoldingTopic('a')
    for (let rev = 12; rev <= 1_500; rev++) topic.admit(aDelivery({ rev, membershipRev: 11 }))
    topic.admit(aDelivery())
    topic.beginCheck()
    topic.endCheck(answer(11, 'a'))
    let last: string | undefined
    topic.release(({ rev }, admission) => {
      last = `${rev} ${admission}`
    })
    assert.deepEqual([last, topic.rev], ['1500 hole', 1_009])
  })
})
