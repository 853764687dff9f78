import { Hono } from 'hono'
import type { Fanout } from '../fanout/fanout.ts'
import type { Stores } from '../store/store.ts'

/** `healthz`: the process lives. `readyz`: it can serve, so a balancer may send it users. */
export function health(stores: Stores, fanout: Fanout, isClosing: () => boolean): Hono {
  return new Hono()
    .get('/healthz', (c) => c.json({ status: 'ok' }))
    .get('/readyz', async (c) => {
      const database = await stores.check().then(
        () => 'up',
        () => 'down',
      )
      // Without its fan-out a node still serves its own users: said, but no reason to lose them.
      const state = { database, fanout: fanout.isUp() ? 'up' : 'down' }
      const isReady = database === 'up' && !isClosing()
      if (!isReady) c.header('Retry-After', '5')
      return c.json({ status: isReady ? 'ok' : 'unavailable', ...state }, isReady ? 200 : 503)
    })
}
