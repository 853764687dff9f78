import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { steadyClock } from '../../server/rules/steady-clock.ts'

const minuteMs = 60_000

test('a clock that is corrected goes on slowly until the time has caught up', () => {
  let now = 1_000_000_000_000
  const clock = steadyClock(() => now)
  const before = clock()
  now -= minuteMs
  assert.equal(clock(), before)
  now += 10_000
  assert.equal(clock(), before + 5_000)
  now += 2 * minuteMs
  assert.equal(clock(), now)
})

test('a clock that was wrong by hours says the right time at once', () => {
  let now = 1_000_000_000_000
  const clock = steadyClock(() => now)
  clock()
  now -= 3_600_000
  assert.equal(clock(), now)
})

test('corrections of minutes never let time run back', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -20_000, max: 20_000 }), { maxLength: 30 }), (steps) => {
      let now = 1_000_000_000_000
      const clock = steadyClock(() => now)
      let last = clock()
      for (const step of steps) {
        now += step
        const time = clock()
        assert.ok(time >= last && time >= now && Number.isInteger(time))
        last = time
      }
    }),
  )
})
