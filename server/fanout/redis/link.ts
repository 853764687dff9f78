/**
 * One connection to Redis, and another one whenever that is lost or distrusted. Each is a new client: ioredis' own
 * reconnecting resubscribes without an event, waits for dead sockets, and may end without an error.
 */
import type { Redis } from 'ioredis'

const slowestRetryMs = 1_000
const quitMs = 1_000

export type RedisLink = {
  /** The connection of this moment, if Redis has accepted what it is there for. */
  readonly redis: Redis | undefined
  /** A command failed: whatever else a connection says, only a new one can be trusted then. */
  distrust(redis: Redis, error: Error): void
  /** Connects anew, whatever the state. */
  renew(): void
  close(): Promise<void>
}

type RedisLinkOptions = {
  /** A client for the nth connection, counted from 0. */
  client: (attempt: number) => Redis
  /** What must succeed on every new connection. */
  prove: (redis: Redis) => Promise<unknown>
  onUp: () => void
  onFault: (error: Error) => void
}

export function openRedisLink({ client, prove, onUp, onFault }: RedisLinkOptions): RedisLink {
  let current: Redis | undefined
  let retry: NodeJS.Timeout | undefined
  let isProven = false
  let isClosed = false
  let attempts = 0
  let failures = 0

  function open(): void {
    const redis = client(attempts++)
    current = redis
    redis.on('error', (error: Error) => distrust(redis, error))
    redis.on('end', () => distrust(redis, new Error('connection closed')))
    redis.on('ready', () => {
      prove(redis).then(
        () => accept(redis),
        (error: Error) => distrust(redis, error),
      )
    })
    // Its failure is an `error` or `end` as well.
    redis.connect().catch(() => {})
  }

  function accept(redis: Redis): void {
    if (redis !== current) return
    isProven = true
    failures = 0
    onUp()
  }

  function distrust(redis: Redis, error: Error): void {
    if (redis !== current || isClosed) return
    renew()
    onFault(error)
  }

  function renew(): void {
    if (!current || isClosed) return
    abandon()
    retry = setTimeout(open, Math.min(50 * 2 ** failures++, slowestRetryMs))
  }

  // Its listeners stay, so that a late error of it is handled.
  function abandon(): void {
    const redis = current
    current = undefined
    isProven = false
    redis?.disconnect()
    // ioredis would wait for an end that a dead socket never sends. There is no stream before it has an address.
    ;(redis?.stream as Redis['stream'] | undefined)?.destroy()
  }

  open()
  return {
    get redis() {
      return isProven ? current : undefined
    },
    distrust,
    renew,
    async close() {
      isClosed = true
      clearTimeout(retry)
      if (isProven && current) await quit(current)
      abandon()
    },
  }
}

/** Resolves when all that was sent has been answered, or after a while. */
async function quit(redis: Redis): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const patience = setTimeout(resolve, quitMs)
  await Promise.race([redis.quit().catch(() => {}), promise])
  clearTimeout(patience)
}
