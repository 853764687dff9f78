import type { TestContext } from 'node:test'

/**
 * Time in the hand of a test: what the server reads as now, and the timers that sockets and the pulse hang on. The
 * network and the database stay real. To be taken before the server starts.
 */
export function aClock({ mock }: TestContext): { now: () => number; pass(ms: number): void } {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  let now = Date.now()
  return {
    now: () => now,
    pass(ms) {
      now += ms
      mock.timers.tick(ms)
    },
  }
}
