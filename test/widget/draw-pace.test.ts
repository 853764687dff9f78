import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DrawPace } from '../../widget/elements/panel/draw-pace.ts'
import { FakeClock } from './fake-clock.ts'

test('what comes after two costly draws waits twice as long as the last one took', async () => {
  const { draws, freeAfter } = aPace()
  await draws(40, 30)
  assert.equal(await freeAfter(), 60)
})

test('it never waits longer than 200 ms, however long a draw took', async () => {
  const { draws, freeAfter } = aPace()
  await draws(5_000, 4_000)
  assert.equal(await freeAfter(), 200)
})

test('nothing waits after draws that fit into a frame, or after one costly one', async () => {
  const { draws, freeAfter } = aPace()
  await draws(3, 16)
  assert.equal(await freeAfter(), 0)
  await draws(400)
  assert.equal(await freeAfter(), 0)
  await draws(2)
  assert.equal(await freeAfter(), 0)
})

test('my own message is painted before what comes next is drawn', () => {
  const { pace, page } = aPace()
  pace.paintFirst()
  pace.paintFirst()
  assert.equal(pace.isBusy, true)
  page.frame()
  assert.equal(pace.isBusy, true)
  page.painted()
  assert.equal(pace.isBusy, false)
})

test('what a frame draws is painted in it, and nothing waits for another one', () => {
  const { pace, page } = aPace()
  pace.begin()
  pace.paintFirst()
  page.painted()
  assert.equal(pace.isBusy, false)
})

/** A pace in a page whose clock, frames and paints come when the test says so. */
function aPace() {
  const clock = new FakeClock()
  const frames: (() => void)[] = []
  const paints: (() => void)[] = []
  const run = (waiting: (() => void)[]) => {
    for (const one of waiting.splice(0)) one()
  }
  const pace = new DrawPace({
    now: clock.now,
    onFrame: (one) => frames.push(one),
    onPainted: (one) => paints.push(one),
  })
  const page = { frame: () => run(frames), painted: () => run(paints) }
  /** How long until what comes now is drawn, in milliseconds. */
  const freeAfter = async () => {
    const from = clock.now()
    while (pace.isBusy) await clock.run(1)
    return clock.now() - from
  }
  const draws = async (...costs: number[]) => {
    for (const ms of costs) {
      pace.begin()
      await clock.run(ms)
      page.painted()
    }
  }
  return { pace, page, draws, freeAfter }
}
