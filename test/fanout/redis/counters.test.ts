import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Counters } from '../../../server/fanout/redis/counters.ts'
import { Peers } from '../../../server/fanout/redis/peers.ts'

describe('what a node counts', () => {
  it('is said once, when Redis took it, and again where it did not', () => {
    const counters = new Counters()
    assert.deepEqual([counters.next(7), counters.next(7), counters.next(9)], [1, 2, 1])
    assert.deepEqual(counters.say(1), { written: [7, 2, 9, 1], total: 3 })
    assert.deepEqual(counters.say(2), { written: [7, 2, 9, 1], total: 3 })
    // Meanwhile something was published that no heartbeat has said.
    counters.next(9)
    counters.taken(2)
    assert.deepEqual(counters.say(3), { written: [9, 2], total: 4 })
    counters.taken(2)
    assert.deepEqual(counters.say(4), { written: [9, 2], total: 4 })
    counters.taken(4)
    assert.deepEqual(counters.say(5), { written: [], total: 4 })
    counters.repeat()
    assert.deepEqual(counters.say(6), { written: [7, 2, 9, 2], total: 4 })
  })

  it('shows every loss with the next heartbeat that comes, whatever is lost before it, and none where nothing is', () => {
    const fate = fc.constantFrom('comes', 'is lost')
    const step = fc.oneof(
      fc.record({ publish: fc.nat({ max: 4 }), fate }),
      fc.record({ beat: fc.constant(true), isTaken: fc.boolean(), fate }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const counters = new Counters()
        let isNoticed = false
        const notice = () => {
          isNoticed = true
        }
        const peers = new Peers({ onGap: notice, onGapSomewhere: notice })
        let beat = 0
        let isLost = false
        const say = (comes: boolean, isTaken: boolean) => {
          beat += 1
          const said = counters.say(beat)
          if (isTaken) counters.taken(beat)
          if (comes) peers.hearHeartbeat('a', said)
        }
        for (const one of steps) {
          const comes = one.fate === 'comes'
          if ('beat' in one) {
            say(comes, one.isTaken)
            continue
          }
          const number = counters.next(one.publish)
          if (comes) peers.hearBatch('a', one.publish, number)
          else isLost = true
        }
        say(true, true)
        assert.equal(isNoticed, isLost)
      }),
    )
  })
})
