/** The process a server of the bench runs in: it opens the server it is asked for, and answers questions about it. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Scene } from '../scene.ts'
import type { OpenServer } from './open-server.ts'

const servers = {
  chatter: () => import('./chatter.ts'),
  bare: () => import('./bare.ts'),
  naive: () => import('./naive.ts'),
  'socket-io': () => import('./socket-io.ts'),
  'socket-io-ready': () => import('./socket-io-ready.ts'),
  keyset: () => import('./keyset.ts'),
}
export type ServerName = keyof typeof servers

export type Answers = {
  /** Microseconds of processor time so far. */
  cpu: number
  /** Bytes after a garbage collection: of the process, and of what JavaScript holds. */
  memory: { rss: number; held: number }
  stored: number
  /** Starts measuring the delay of the event loop … */
  watch: true
  /** … and stops: milliseconds that 99 of 100 samples stayed below. */
  delay: number
}
export type Question = keyof Answers

let opened: OpenServer
let histogram: ReturnType<typeof monitorEventLoopDelay>

const answers: { [Q in Question]: () => Answers[Q] | Promise<Answers[Q]> } = {
  cpu() {
    const { user, system } = process.cpuUsage()
    return user + system
  },
  memory() {
    // The flavour gives back what is free: else sockets fill what starting left over, and cost nothing.
    globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
    const { rss, heapUsed, external } = process.memoryUsage()
    return { rss, held: heapUsed + external }
  },
  stored: () => opened.stored(),
  watch() {
    histogram = monitorEventLoopDelay({ resolution: 1 })
    histogram.enable()
    return true
  },
  delay() {
    histogram.disable()
    return histogram.percentile(99) / 1e6
  },
}

process.once('message', async ({ name, scene }: { name: ServerName; scene: Scene }) => {
  const { open } = await servers[name]()
  opened = await open(scene)
  process.on('message', async (question: Question) => process.send?.(await answers[question]()))
  process.send?.(opened.port)
})
process.once('SIGTERM', async () => {
  await opened.stop?.()
  process.exit(0)
})
process.on('disconnect', () => process.exit(0))
