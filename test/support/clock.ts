import type { TestContext } from 'node:test'

/**
 * Time as a test sets it: what the server reads as now, and the timers of sockets and the heartbeat. The
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
