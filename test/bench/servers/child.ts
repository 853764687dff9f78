/** The process a server of the bench runs in: it opens the server it is told to, and answers questions about it. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Scene } from '../scene.ts'

export type OpenServer = {
  readonly port: number
  /** Messages in the database. */
  stored(): number
}

const servers = {
  chatter: () => import('./chatter.ts'),
  bare: () => import('./bare.ts'),
  naive: () => import('./naive.ts'),
  'socket-io': () => import('./socket-io.ts'),
  keyset: () => import('./keyset.ts'),
}
export type ServerName = keyof typeof servers

export type Questions = {
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

let opened: OpenServer
let histogram: ReturnType<typeof monitorEventLoopDelay>

const answers: { [Q in keyof Questions]: () => Questions[Q] } = {
  cpu() {
    const { user, system } = process.cpuUsage()
    return user + system
  },
  memory() {
    for (let round = 0; round < 3; round += 1) globalThis.gc?.()
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
  process.on('message', (question: keyof Questions) => process.send?.(answers[question]()))
  process.send?.(opened.port)
})
process.on('disconnect', () => process.exit(0))
