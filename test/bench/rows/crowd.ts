import { execFileSync } from 'node:child_process'
import { oneByOne } from '../load.ts'
import type { Result, Row } from '../result.ts'
import { roomOf } from '../scene.ts'
import { type Aspect, contest } from './contest.ts'

/** About the time of one delivery: so many messages fill a round. */
const deliveriesPerMs = 40

/** Two servers' sockets lie in this process, and some files beside them. */
const most = () => (openFiles() - 500) >> 1

/** A message to thousands must not stop everybody else: how late the event loop is while it goes out, and its price. */
export const crowd: Row = async ({ rounds, roundMs, isQuick }) => {
  const results: Result[] = []
  for (const receivers of isQuick ? [200] : [1_000, Math.min(8_000, most())]) {
    const messages = Math.ceil((roundMs * deliveriesPerMs) / receivers)
    const delay = {
      what: `event loop, a room of ${receivers}`,
      unit: 'ms, p99 of the delay',
      figure: ({ delayMs }) => delayMs,
    } satisfies Omit<Aspect, 'rivals'>
    const cpu = {
      what: `lone message to ${receivers}`,
      unit: 'µs of CPU per delivery',
      figure: ({ cpuUs, deliveries }) => cpuUs / deliveries,
    } satisfies Omit<Aspect, 'rivals'>
    // One rival after the other: three servers' sockets of thousands each would be more files than are allowed.
    for (const aspects of [
      // The budget is of a room of 8,000: a smaller one is written to in a few slices, each a good part of it.
      [{ ...delay, rivals: { naive: { atMost: receivers < 8_000 ? 1 : 0.25 } } }],
      [
        { ...delay, rivals: { 'socket-io': { atMost: 1 } } },
        { ...cpu, rivals: { 'socket-io': { atMost: 1 } } },
      ],
    ]) {
      const found = await contest(
        { rooms: [roomOf(receivers)] },
        { rounds, isWatched: true, speak: oneByOne(messages), aspects },
      )
      results.push(...found)
    }
  }
  return results
}

function openFiles(): number {
  try {
    return Number(execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' })) || 20_000
  } catch {
    return 20_000
  }
}
