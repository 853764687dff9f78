import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { Delivery, Fanout } from '../../server/fanout/fanout.ts'
import type { TopicName } from '../../server/fanout/topics.ts'

/** Nodes that share one fan-out: two where the adapter connects several, else one. */
export type FanoutNodes = { fanouts: readonly Fanout[]; close: () => Promise<void> }

const deadlineMs = 20_000

export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string | (() => string),
): Promise<void> {
  const deadline = performance.now() + deadlineMs
  while (!(await condition())) {
    const waitedFor = typeof what === 'string' ? what : what()
    if (performance.now() > deadline) assert.fail(`still waiting after ${deadlineMs} ms: ${waitedFor}`)
    await delay(2)
  }
}

/** To a fan-out any text is the name of a topic. */
export const aTopic = (name: string): TopicName => name as TopicName

export function aDelivery(topic: string, text = 'hello'): Delivery {
  return { topic: aTopic(topic), frame: Buffer.from(text) }
}

export const texts = (heard: readonly Delivery[]): string[] => heard.map(({ frame }) => frame.toString())

export const isUp = (fanout: Fanout): boolean => fanout.hearing()?.isUp ?? true

/** Records what a node hears. */
export function record(fanout: Fanout): Delivery[] {
  const heard: Delivery[] = []
  fanout.onDelivery((delivery) => heard.push(delivery))
  return heard
}

/** Subscribes, and waits until what other nodes publish is heard, too. */
export async function listen(fanout: Fanout, ...topics: readonly string[]): Promise<void> {
  for (const topic of topics) fanout.subscribe(topic)
  await until(() => (fanout.hearing()?.pending ?? 0) === 0, 'what was subscribed to be heard')
}

let markers = 0

/** Waits until all that `from` has published before would have been heard. */
export async function settle(from: Fanout, to: Fanout, heard: Delivery[]): Promise<void> {
  await listen(to, 'settled')
  // The second is published in a later turn than all the rest, so it cannot overtake on another channel.
  for (const _turn of [1, 2]) {
    const marker = `marker ${++markers}`
    from.publish(aDelivery('settled', marker))
    const isMarker = ({ topic, frame }: Delivery) => topic === 'settled' && frame.toString() === marker
    await until(() => heard.some(isMarker), 'a marker behind the rest')
    heard.splice(heard.findIndex(isMarker), 1)
  }
  to.unsubscribe('settled')
}

/** What every fan-out promises. Its one listener per node is the hub. */
export function fanoutContract(name: string, open: () => Promise<FanoutNodes>): void {
  describe(`${name} keeps the promises of a fan-out:`, () => {
    let nodes: FanoutNodes
    let fanouts: readonly Fanout[]
    let first: Fanout
    let last: Fanout

    beforeEach(async () => {
      nodes = await open()
      fanouts = nodes.fanouts
      const [some, other = some] = fanouts
      assert.ok(some && other, 'a fan-out has at least one node')
      first = some
      last = other
    })
    afterEach(() => nodes.close())

    it('a delivery reaches every node that subscribed, the one that published it too, once', async () => {
      const ears = fanouts.map((fanout) => ({ fanout, heard: record(fanout) }))
      const expected = fanouts.map((_, index) => `from ${index}`)
      for (const { fanout } of ears) await listen(fanout, 'room')
      for (const [index, { fanout }] of ears.entries()) fanout.publish(aDelivery('room', `from ${index}`))
      for (const { fanout, heard } of ears) {
        for (const publisher of fanouts) await settle(publisher, fanout, heard)
        assert.deepEqual(texts(heard).sort(), expected)
      }
    })

    it('nothing is delivered within the call, but to its own node before anything else happens', async () => {
      const heard = record(first)
      first.subscribe('room')
      first.publish(aDelivery('room'))
      assert.equal(heard.length, 0)
      await null
      assert.equal(heard.length, 1)
    })

    it('deliveries of one topic arrive in the order of publishing', async () => {
      const ears = fanouts.map(record)
      for (const fanout of fanouts) await listen(fanout, 'room')
      for (let turn = 0; turn < 20; turn++) {
        for (let n = 0; n < 25; n++) {
          first.publish(aDelivery('room', `${turn * 25 + n}`))
          first.publish(aDelivery(`another ${n}`))
        }
        await new Promise(setImmediate)
      }
      const inOrder = Array.from({ length: 500 }, (_, n) => `${n}`)
      for (const heard of ears) {
        await until(
          () => heard.length >= 500,
          () => `500 deliveries, got ${heard.length}`,
        )
        assert.deepEqual(texts(heard), inOrder)
      }
    })

    it('a node hears only the topics it subscribed to', async () => {
      const heard = record(last)
      await listen(last, 'mine')
      for (let n = 0; n < 200; n++) first.publish(aDelivery(`not mine ${n}`))
      first.publish(aDelivery('mine', 'this one'))
      await settle(first, last, heard)
      assert.deepEqual(texts(heard), ['this one'])
    })

    it('a topic is heard until it was unsubscribed as often as subscribed', async () => {
      const heard = record(last)
      await listen(last, 'room', 'room')
      last.unsubscribe('room')
      first.publish(aDelivery('room', 'one left'))
      await settle(first, last, heard)
      last.unsubscribe('room')
      first.publish(aDelivery('room', 'none left'))
      await settle(first, last, heard)
      assert.deepEqual(texts(heard), ['one left'])
    })

    it('an unsubscribe too many changes nothing, now or later', async () => {
      const heard = record(last)
      last.unsubscribe('room')
      first.publish(aDelivery('room', 'to nobody'))
      await settle(first, last, heard)
      await listen(last, 'room')
      first.publish(aDelivery('room', 'to one'))
      await settle(first, last, heard)
      assert.deepEqual(texts(heard), ['to one'])
    })

    it('nothing is delivered after unsubscribe, not even what was published before it', async () => {
      const heard = record(first)
      first.subscribe('room')
      first.publish(aDelivery('room'))
      first.unsubscribe('room')
      await settle(first, first, heard)
      assert.deepEqual(heard, [])
    })

    it('every field arrives as it was published, byte for byte', async () => {
      const heard = record(last)
      const topic = aTopic('chat.example.com/room/Zimmer äöü 👋🏽')
      const frame = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
      const sent: Delivery[] = [
        { topic, frame },
        { topic, frame, changed: aTopic('a room'), volatile: true },
        { topic, frame, rev: 1 },
        { topic, frame, rev: Number.MAX_SAFE_INTEGER, membershipRev: 0 },
        { topic, frame, exceptUser: 'José\u0001\ud83d\ude00' },
        { topic, frame, exceptSession: '', join: 'in', leave: 'out' },
        {
          topic,
          frame: Buffer.alloc(0),
          changed: aTopic('1'),
          rev: 6,
          membershipRev: 7,
          exceptUser: '2',
          exceptSession: '3',
          join: '4',
          leave: '5',
        },
      ]
      await listen(last, topic)
      for (const delivery of sent) first.publish(delivery)
      await until(
        () => heard.length >= sent.length,
        () => `${sent.length} deliveries, got ${heard.length}`,
      )
      assert.deepEqual(heard, sent)
    })

    it('big frames arrive whole', async () => {
      const heard = record(last)
      const sizes = [65_535, 65_536 + 10, 1_000_003]
      await listen(last, 'room')
      for (const size of sizes)
        first.publish({ topic: aTopic('room'), frame: Buffer.alloc(size, `${size},`) })
      await until(
        () => heard.length >= sizes.length,
        () => `${sizes.length} big frames, got ${heard.length}`,
      )
      for (const [index, size] of sizes.entries()) {
        const isEqual = heard[index]?.frame.equals(Buffer.alloc(size, `${size},`))
        assert.ok(isEqual, `expected ${size} equal bytes, got ${heard[index]?.frame.length}`)
      }
    })

    it('a listener that throws is an uncaught exception, and later deliveries still come', async () => {
      const heard: string[] = []
      const uncaught: Error[] = []
      last.onDelivery(({ frame }) => {
        heard.push(frame.toString())
        if (heard.length === 1) throw new Error('a broken listener')
      })
      await listen(last, 'room')
      process.setUncaughtExceptionCaptureCallback((error) => uncaught.push(error))
      try {
        for (const text of ['1', '2', '3']) first.publish(aDelivery('room', text))
        await until(
          () => heard.length >= 3,
          () => `three deliveries, got ${heard}`,
        )
      } finally {
        process.setUncaughtExceptionCaptureCallback(null)
      }
      assert.deepEqual(heard, ['1', '2', '3'])
      assert.deepEqual(
        uncaught.map(({ message }) => message),
        ['a broken listener'],
      )
    })

    it('ten thousand comings and goings leave no subscription behind', async () => {
      const heard = record(last)
      const topics = Array.from({ length: 100 }, (_, n) => `room ${n}`)
      for (let n = 0; n < 100; n++) {
        for (const topic of topics) last.subscribe(topic)
        for (const topic of topics.toReversed()) last.unsubscribe(topic)
      }
      for (const topic of topics) first.publish(aDelivery(topic))
      await settle(first, last, heard)
      assert.deepEqual(heard, [])
    })

    it('what is published right before close still reaches the others, however much it is', async () => {
      const heard = record(last)
      const padding = '.'.repeat(100_000)
      await listen(last, 'room')
      for (let n = 0; n < 100; n++) first.publish(aDelivery('room', `${n}${padding}`))
      if (first === last) return
      await first.close()
      await until(
        () => heard.length >= 100,
        () => `100 deliveries, got ${heard.length}`,
      )
    })

    it('a closed node is silent: it hears nothing, and publishing or closing again does no harm', async () => {
      const heard = record(first)
      first.subscribe('room')
      await first.close()
      first.publish(aDelivery('room'))
      await new Promise(setImmediate)
      await first.close()
      first.publish(aDelivery('room'))
      await new Promise(setImmediate)
      assert.deepEqual(heard, [])
    })

    it('no loss is announced where nothing is lost', async () => {
      let losses = 0
      const heard = record(last)
      for (const fanout of fanouts) fanout.onLoss(() => void losses++)
      await listen(last, 'room')
      for (let turn = 0; turn < 100; turn++) {
        for (const topic of ['room', `another ${turn}`]) first.publish(aDelivery(topic, `${turn}`))
        await new Promise(setImmediate)
      }
      await settle(first, last, heard)
      assert.equal(heard.length, 100)
      assert.equal(losses, 0)
    })

    it('a topic is heard, or named once it is: nothing that is published meanwhile goes unnoticed', async () => {
      const heard = record(last)
      const lost = new Set<string>()
      last.onHeard((topics) => {
        for (const topic of topics) lost.add(topic)
      })
      const topics = Array.from({ length: 200 }, (_, n) => `room ${n}`)
      for (const topic of topics) {
        first.publish(aDelivery(topic, 'before'))
        last.subscribe(topic)
        first.publish(aDelivery(topic, 'at once'))
        await new Promise(setImmediate)
        first.publish(aDelivery(topic, 'soon'))
      }
      await listen(last)
      for (const topic of topics) first.publish(aDelivery(topic, 'after'))
      await settle(first, last, heard)
      const wanted = first === last ? ['at once', 'soon', 'after'] : ['after']
      for (const topic of topics) {
        const came = texts(heard.filter((delivery) => delivery.topic === topic))
        assert.deepEqual(came.slice(-wanted.length), wanted)
        assert.ok(came.includes('at once') || lost.has(topic), `${topic} was neither heard nor named`)
      }
    })

    it('it is up', () => {
      for (const fanout of fanouts) assert.equal(isUp(fanout), true)
    })
  })
}
