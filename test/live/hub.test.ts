import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { topicsFor } from '../../server/fanout/topics.ts'
import { Hub } from '../../server/live/hub.ts'
import type { Listener } from '../../server/live/listener.ts'

const room = topicsFor('default').room('1')
const versions = { head: 0, membershipRev: 0 }

function aHub() {
  const subscribed: string[] = []
  const hub = new Hub({
    subscribe: (topic) => void subscribed.push(`+${topic}`),
    unsubscribe: (topic) => void subscribed.push(`-${topic}`),
  })
  return { hub, subscribed }
}

type Fake = Listener & { readonly got: string[]; readonly flushed: string[] }

/** A session that only takes what it is given. */
function aSession(user: string): Fake {
  const got: string[] = []
  const flushed: string[] = []
  const session = {
    id: `session of ${user}`,
    tenant: 'default',
    user,
    isWaiting: false,
    got,
    flushed,
    writer: { push: (frame: Buffer) => got.push(String(frame)) },
    flush: () => flushed.push(...got.splice(0)),
  }
  return session as unknown as Fake
}

const deliver = (hub: Hub, text: string, more: object = {}) =>
  hub.deliver({ topic: room, frame: Buffer.from(text), ...more })

describe('the hub', () => {
  it('subscribes to a topic with its first session and leaves it with its last', () => {
    const { hub, subscribed } = aHub()
    const [first, second] = [aSession('a'), aSession('b')]
    const topic = hub.joinRoom(first, '1', versions)
    hub.joinRoom(second, '1', versions)
    hub.leave(first, topic)
    assert.deepEqual(subscribed, [`+${room}`])
    hub.leave(second, topic)
    hub.leave(second, topic)
    assert.deepEqual([subscribed, hub.topicCount], [[`+${room}`, `-${room}`], 0])
  })

  it('gives a newcomer nothing of what was delivered before it came', async () => {
    const { hub } = aHub()
    const [early, late] = [aSession('a'), aSession('b')]
    hub.joinRoom(early, '1', versions)
    deliver(hub, 'before')
    hub.joinRoom(late, '1', versions)
    deliver(hub, 'after')
    await nextTurn()
    assert.deepEqual([early.flushed.join(), late.flushed.join()], ['before,after', 'after'])
  })

  it('gives one who leaves what was delivered while it was there', async () => {
    const { hub } = aHub()
    const session = aSession('a')
    const topic = hub.joinRoom(session, '1', versions)
    deliver(hub, 'before')
    hub.leave(session, topic)
    deliver(hub, 'after')
    await nextTurn()
    assert.deepEqual(session.flushed, ['before'])
  })

  it('keeps the order of what is for all and what is for some', async () => {
    const { hub } = aHub()
    const session = aSession('a')
    hub.joinRoom(session, '1', versions)
    deliver(hub, '1')
    deliver(hub, '2', { exceptUser: 'b' })
    deliver(hub, 'not for a', { exceptUser: 'a' })
    deliver(hub, '3', { volatile: true })
    deliver(hub, 'not for this session', { exceptSession: session.id })
    deliver(hub, '4')
    await nextTurn()
    assert.equal(session.flushed.join(''), '1234')
  })

  it('reaches everyone in a room of 1,200, and lets others have their turn in between', async () => {
    const { hub } = aHub()
    const sessions = Array.from({ length: 1_200 }, (_, index) => aSession(`${index}`))
    for (const session of sessions) hub.joinRoom(session, '1', versions)
    deliver(hub, 'hello')
    const reached = () => sessions.filter(({ flushed }) => flushed.length > 0).length
    await nextTurn()
    const first = reached()
    assert.ok(first > 0 && first < sessions.length, `${first} in the first turn`)
    while (reached() < sessions.length) await nextTurn()
    assert.ok(sessions.every(({ flushed }) => flushed.join() === 'hello'))
  })
})
