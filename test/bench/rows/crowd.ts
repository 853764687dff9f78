import { execFileSync } from 'node:child_process'
import type { Crowd } from '../client/crowd.ts'
import { oneByOne } from '../load.ts'
import type { Row } from '../result.ts'
import { roomOf } from '../scene.ts'
import { contest } from './contest.ts'

/** Both servers' sockets lie in this process, and some files beside them. */
const room = () => Math.min(8_000, (openFiles() - 500) >> 1)

/** A message to thousands must not stop everybody else: how late the event loop is while it goes out. */
export const crowd: Row = ({ rounds, roundMs, isQuick }) => {
  const receivers = isQuick ? 1_000 : room()
  const messages = Math.ceil(roundMs / 100)
  const delays = new Map<Crowd, number>()
  return contest(
    { rooms: [roomOf(receivers)] },
    {
      what: `event loop, a room of ${receivers}`,
      unit: 'ms, p99 of the delay',
      rounds,
      rivals: { naive: { atMost: 0.25 } },
      async speak(everybody) {
        await everybody.server.ask('watch')
        await oneByOne(messages)(everybody)
        delays.set(everybody, await everybody.server.ask('delay'))
      },
      figure: (_, everybody) => delays.get(everybody) ?? Number.NaN,
    },
  )
}

function openFiles(): number {
  try {
    return Number(execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' })) || 20_000
  } catch {
    return 20_000
  }
}
