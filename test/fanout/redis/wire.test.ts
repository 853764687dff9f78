import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { decodeBatch, encodeBatch } from '../../../server/fanout/redis/wire.ts'
import { aTopic } from '../../contract/fanout.ts'

const text = fc.string({ unit: 'binary' })
const topic = text.map(aTopic)
const frame = fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes))
const number = fc.maxSafeNat()
const delivery = fc.record(
  {
    topic,
    frame,
    changed: topic,
    exceptUser: text,
    exceptSession: text,
    join: text,
    leave: text,
    rev: number,
    membershipRev: number,
    volatile: fc.constant(true),
  },
  { requiredKeys: ['topic', 'frame'], noNullPrototype: true },
)
const mark = 'a mark'
const origin = { node: 'a', number: 1, mark }
const other = { node: 'b', mark }
const batch = fc.array(delivery, { maxLength: 5 })

describe('a batch on the wire', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(text, number, batch, (node, count, deliveries) => {
        fc.pre(Buffer.byteLength(node) < 200)
        const origin = { node, number: count, mark }
        assert.deepEqual(decodeBatch(encodeBatch(origin, deliveries), { node: `not ${node}`, mark }), {
          ...origin,
          deliveries,
        })
      }),
    )
  })

  it('gives its own node nothing', () => {
    fc.assert(
      fc.property(batch, (deliveries) =>
        assert.deepEqual(decodeBatch(encodeBatch(origin, deliveries), { node: 'a', mark }).deliveries, []),
      ),
    )
  })

  it('gives a node of another database nothing', () => {
    fc.assert(
      fc.property(batch, (deliveries) => {
        const heard = decodeBatch(encodeBatch(origin, deliveries), { node: 'b', mark: 'another' })
        assert.deepEqual(heard, { ...origin, deliveries: [] })
      }),
    )
  })

  it('is read by a node that does not know what a later release put into its header', () => {
    fc.assert(
      fc.property(batch, fc.uint8Array({ maxLength: 100 }), (deliveries, later) => {
        const known = encodeBatch(origin, deliveries)
        const start = known.readUInt8(1)
        const extended = Buffer.concat([known.subarray(0, start), later, known.subarray(start)])
        extended.writeUInt8(start + later.length, 1)
        assert.deepEqual(decodeBatch(extended, other), { ...origin, deliveries })
      }),
    )
  })

  it('is refused when it is cut short, wherever that is', () => {
    fc.assert(
      fc.property(delivery, fc.nat(), (only, cut) => {
        const whole = encodeBatch(origin, [only])
        const start = whole.readUInt8(1)
        const end = cut % whole.length
        // Cut right behind the header it is a whole batch again, one without deliveries.
        fc.pre(end !== start)
        assert.throws(() => decodeBatch(whole.subarray(0, end), other), Error)
      }),
    )
  })

  it('is refused when anything is appended that is no delivery', () => {
    const whole = encodeBatch(origin, [{ topic: aTopic('room'), frame: Buffer.from('hello') }])
    for (const flags of [0, 31, 64, 255]) {
      assert.throws(() => decodeBatch(Buffer.concat([whole, Buffer.from([0, flags, 0, 0])]), other), Error)
    }
  })

  it('is refused with a flag that this version does not know', () => {
    const whole = encodeBatch(origin, [{ topic: aTopic('room'), frame: Buffer.from('hello') }])
    whole.writeUInt16BE(256, whole.readUInt8(1))
    assert.throws(() => decodeBatch(whole, other), /unknown flags 256/)
  })

  it('is refused in another version, and so is any text', () => {
    const later = encodeBatch(origin, [])
    later[0] = 0xc2
    assert.throws(() => decodeBatch(later, other), /begins with 193, got 194/)
    fc.assert(
      fc.property(text, (words) => {
        assert.throws(() => decodeBatch(Buffer.from(words), other), Error)
      }),
    )
  })

  it('is a refusal or deliveries, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        try {
          assert.ok(
            Array.isArray(
              decodeBatch(Buffer.from([0xc1, 11, 0, ...new Array(8).fill(0), ...bytes]), other).deliveries,
            ),
          )
        } catch (error) {
          assert.ok(error instanceof Error && !(error instanceof assert.AssertionError))
        }
      }),
    )
  })
})
