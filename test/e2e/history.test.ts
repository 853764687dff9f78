import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { browsers } from '../support/browsers.ts'
import { withSite } from './stage.ts'

const first = 'First line of the new log. May it be a clear one.'

type Step = { shift: number; rows: number; isStart: boolean }

/**
 * In the page: scrolls up, sometimes to the very top and sometimes not quite, and watches the line that is being read
 * until what was above has come and for some frames after it, in which late layout might move it.
 */
async function climb(log: Element, { turn, goal }: { turn: number; goal: string }): Promise<Step> {
  const frame = () => new Promise(requestAnimationFrame)
  const rows = () => [...log.querySelectorAll<HTMLElement>('article')]
  log.scrollTop -= log.clientHeight * (turn % 5 === 0 ? 1.5 : 50)
  const isAtTop = log.scrollTop === 0
  const edge = log.getBoundingClientRect().top
  const [top] = rows()
  const read = rows().find((row) => row.getBoundingClientRect().bottom > edge + 1)
  const place = () => read?.getBoundingClientRect().top ?? Number.NaN
  const before = place()
  const step = { shift: 0, rows: 0, isStart: top?.textContent?.includes(goal) ?? false }
  for (let frames = 0; frames < 3; ) {
    await frame()
    if (step.isStart || !isAtTop || rows()[0] !== top) frames++
    step.shift = Math.max(step.shift, Math.abs(place() - before))
    step.rows = Math.max(step.rows, rows().length)
  }
  return step
}

for (const name of browsers) {
  describe(`in ${name}`, () => {
    const { visit } = withSite(name)

    test('in 5,000 messages the line being read never moves: when one comes, and back to the first', async () => {
      await using mina = await visit('mina')
      await using sam = await visit('sam')
      await mina.openRoom('Night log')
      await sam.openRoom('Night log')
      await mina.messages.last().waitFor()
      const scrollTop = await mina.log.evaluate((log) => {
        log.scrollTop -= 2 * log.clientHeight
        return log.scrollTop
      })
      const anchor = await mina.log.elementBy((log) =>
        [...log.querySelectorAll('article')].find(
          (row) => row.getBoundingClientRect().top > log.getBoundingClientRect().top,
        ),
      )
      const place = () => anchor.evaluate((row) => row.getBoundingClientRect().top)
      const before = await place()
      await sam.send('The fog is back.')
      await mina.widget.getByRole('button', { name: '1 new' }).waitFor()
      assert.equal(await place(), before)
      assert.equal(await mina.log.evaluate((log) => log.scrollTop), scrollTop)
      await mina.widget.getByRole('button', { name: '1 new' }).click()
      await mina.message('The fog is back.').waitFor()

      const steps: Step[] = []
      while (!steps.at(-1)?.isStart)
        steps.push(await mina.log.evaluate(climb, { turn: steps.length, goal: first }))
      const worst = Math.max(...steps.map(({ shift }) => shift))
      assert.ok(worst <= 1, `it moved by ${worst} px`)
      const most = Math.max(...steps.map(({ rows }) => rows))
      assert.ok(most <= 150, `${most} rows in the page`)
      await mina.message(first).waitFor()
      assert.deepEqual(mina.complaints, [])
    })
  })
}
