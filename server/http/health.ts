import { Hono } from 'hono'
import * as v from 'valibot'
import type { Fanout } from '../fanout/fanout.ts'
import type { Stores } from '../store/store.ts'
import { version } from '../version.ts'
import { answerHeaders } from './answer-headers.ts'
import { saysToAnybody } from './described.ts'

/** A balancer that gets no answer knows nothing: one must come before it gives up. */
const patienceMs = 2_000

const living = {
  summary: 'Whether the process lives',
  answer: v.object({ status: v.literal('ok'), version: v.string() }),
}
const upOrDown = v.picklist(['up', 'down'])
const ready = {
  summary: 'Whether it can serve, so that a balancer may send it users',
  answer: v.object({
    status: v.picklist(['ok', 'unavailable']),
    database: upOrDown,
    fanout: upOrDown,
    echoAgeMs: v.exactOptional(v.number()),
    peers: v.exactOptional(v.number()),
    missing: v.exactOptional(v.number()),
    unheard: v.exactOptional(v.number()),
  }),
  statuses: [200, 503],
} as const

type HealthServer = {
  readonly stores: Stores
  readonly fanout: Fanout
  /** How many other servers use the database, and are not heard. */
  unheard(): number
  isClosing(): boolean
}

/** `healthz`: the process lives. `readyz`: it can serve, so a balancer may send it users. */
export function health({ stores, fanout, unheard, isClosing }: HealthServer): Hono {
  let asked: Promise<'up' | 'down'> | undefined
  // One question at a time, however often it is asked: else those that hang would take all connections.
  const database = () => {
    asked ??= answerOf(stores).finally(() => {
      asked = undefined
    })
    return asked
  }
  const headers = answerHeaders('same-origin')
  return new Hono()
    .use('/healthz', headers)
    .use('/readyz', headers)
    .get('/healthz', saysToAnybody(living), (c) => c.json({ status: 'ok', version }))
    .get('/readyz', saysToAnybody(ready), async (c) => {
      const state = {
        database: await database(),
        ...busOf(fanout, unheard()),
        ...(stores.servers && { unheard: unheard() }),
      }
      const isReady = state.database === 'up' && !isClosing()
      if (!isReady) c.header('Retry-After', '5')
      return c.json({ status: isReady ? 'ok' : 'unavailable', ...state }, isReady ? 200 : 503)
    })
}

function answerOf(stores: Stores): Promise<'up' | 'down'> {
  const { promise, resolve } = Promise.withResolvers<'up' | 'down'>()
  const patience = setTimeout(resolve, patienceMs, 'down')
  stores.check().then(
    () => resolve('up'),
    () => resolve('down'),
  )
  return promise.finally(() => clearTimeout(patience))
}

/** Without its fan-out a node still serves its own users: said, but no reason to lose them. */
function busOf(fanout: Fanout, unheard: number) {
  const hearing = fanout.hearing()
  if (!hearing) return { fanout: unheard > 0 ? 'down' : 'up' }
  const { isUp, echoAgeMs, peers, missing } = hearing
  return { fanout: isUp ? 'up' : 'down', echoAgeMs: Math.round(echoAgeMs), peers, missing }
}
