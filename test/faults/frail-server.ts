/**
 * A server as `chatter serve` makes it, with places to fail at that production code does not have. It is put together
 * from the public parts, and takes its orders from the test that started it.
 */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { pino } from 'pino'
import { createChatter } from '../../server/app.ts'
import type { Delivery, Fanout } from '../../server/fanout/fanout.ts'
import { frameText } from '../../server/fanout/frame.ts'
import { createRedisFanout } from '../../server/fanout/redis/fanout.ts'
import { isOfNodes } from '../../server/fanout/topics.ts'
import { openPostgres } from '../../server/store/postgres/open.ts'

export type Order = {
  /** Ends as by SIGKILL right before it publishes an event that holds this text: committed, not published. */
  readonly dieBefore?: string
  /** Does not receive these from others. */
  readonly miss?: readonly Missed[]
  /** Looks for what it missed only where something says that there may be some, and not now and then anyway. */
  readonly noRounds?: boolean
}

/** `join` and `leave` are what moves a user's sockets into and out of a room; the rest are events by their name. */
export type Missed = 'join' | 'leave' | 'room' | 'message'

let order: Order = {}
process.on('message', (next: Order) => {
  order = next
  process.send?.('heard')
})

function frail(fanout: Fanout): Fanout {
  return {
    ...fanout,
    publish(delivery) {
      const { dieBefore } = order
      if (dieBefore !== undefined && frameText(delivery.frame).includes(dieBefore))
        process.kill(process.pid, 'SIGKILL')
      fanout.publish(delivery)
    },
    hearing() {
      const heard = fanout.hearing()
      return order.noRounds && heard?.isUp && heard.missing === 0 ? undefined : heard
    },
    onDelivery: (listen) => fanout.onDelivery((delivery) => isMissed(delivery) || listen(delivery)),
  }
}

function isMissed({ topic, join, leave, frame }: Delivery): boolean {
  const { miss = [] } = order
  if (join !== undefined) return miss.includes('join')
  if (leave !== undefined) return miss.includes('leave')
  if (miss.length === 0 || isOfNodes(topic)) return false
  return miss.includes(JSON.parse(frameText(frame)).t)
}

const { CHATTER_SECRET = '', CHATTER_LOG = 'info', DATABASE_URL = '', REDIS_URL = '' } = process.env
const log = pino({ level: CHATTER_LOG }, pino.destination(2))
// It would see in the database that it does not hear the others, and poll: what it misses must be noticed otherwise.
const unseen = { servers: undefined }
const stores = Object.assign(await openPostgres({ url: DATABASE_URL, role: 'server', now: Date.now }), unseen)
const fanout = frail(await createRedisFanout({ url: REDIS_URL, log, database: stores }))
const chatter = await createChatter({ secrets: [CHATTER_SECRET], isLimited: false, stores, fanout, log })
const server = createAdaptorServer({ fetch: chatter.fetch }) as Server
chatter.attach(server)
server.listen(0, '127.0.0.1', () => {
  console.log(`Chatter listens on http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
})
