import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'

/** Generous: only what never happens takes so long. */
const deadlineMs = 60_000

/** Waits until it is so. `what` says what was waited for, and may say how far it came. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  what: string | (() => string),
  withinMs = deadlineMs,
): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!(await isSo())) {
    if (performance.now() > deadline) {
      assert.fail(`still waiting after ${withinMs / 1000} s for ${typeof what === 'string' ? what : what()}`)
    }
    await delay(50)
  }
}
