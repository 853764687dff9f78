/** One connection to Redis that counts as up only after Redis has accepted what it is there for. */
import { Redis, ReplyError } from 'ioredis'

const slowestRetryMs = 2_000

export type RedisLink = {
  readonly redis: Redis
  isUp(): boolean
  /** Resolves when the link is up for the first time; rejects if Redis refuses it before that, or at `giveUp`. */
  readonly started: Promise<void>
  giveUp(): void
  /** After a command that failed: only a new connection can be trusted, and only once it has proved itself. */
  renew(): void
  close(): Promise<void>
}

type RedisLinkOptions = {
  url: string
  name: string
  /** What must succeed on every new connection. */
  prove: (redis: Redis) => Promise<unknown>
  onUp: () => void
  onFault: (reason: string) => void
}

export function openRedisLink({ url, name, prove, onUp, onFault }: RedisLinkOptions): RedisLink {
  const first = Promise.withResolvers<void>()
  // Whoever opens a link may give up before looking at it.
  first.promise.catch(() => {})
  let lastFault = new Error('no answer')
  let isProven = false
  let failures = 0

  const redis = new Redis(url, {
    connectionName: name,
    lazyConnect: true,
    connectTimeout: 3_000,
    disconnectTimeout: 300,
    // Nothing waits for Redis to return, and nothing is sent twice: late is worse than lost, for the database heals.
    commandTimeout: 1_000,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // ioredis' own resubscription fails in silence, on a connection that stays `ready`: `prove` does it.
    autoResubscribe: false,
    // Publishing and subscribing work while Redis loads, and asking would need the right to INFO.
    enableReadyCheck: false,
    // By failures and not by attempts: a refused `prove` comes after a connection that succeeded.
    retryStrategy: () => Math.min(50 * 2 ** failures++, slowestRetryMs),
  })

  function fail(error: Error): void {
    lastFault = error
    isProven = false
    if (error instanceof ReplyError) first.reject(error)
    onFault(reasonOf(error))
  }

  function renew(): void {
    isProven = false
    if (redis.status === 'ready') redis.disconnect(true)
  }

  redis.on('error', fail)
  redis.on('close', () => {
    if (isProven) fail(new Error('connection closed'))
  })
  redis.on('ready', () => {
    prove(redis).then(
      () => {
        isProven = true
        failures = 0
        first.resolve()
        onUp()
      },
      (error: Error) => {
        fail(error)
        renew()
      },
    )
  })
  redis.connect().catch(() => {})

  return {
    redis,
    isUp: () => isProven && redis.status === 'ready',
    started: first.promise,
    giveUp: () => first.reject(lastFault),
    renew,
    async close() {
      isProven = false
      await redis.quit().catch(() => redis.disconnect())
    },
  }
}

/** Why, in words. Never the error itself: a ReplyError carries its command, and with it passwords and messages. */
export function reasonOf(error: unknown): string {
  // Where a name has two addresses, what was tried is inside, and the message empty.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ')
  return error instanceof Error ? error.message : String(error)
}
