/** What is logged about Redis. Never an error or a delivery, for those may hold passwords and messages. */
import type { Logger } from '../../log/logger.ts'
import { throttled } from '../../log/throttled.ts'

/** Of one outage. */
const mostReasons = 10

export type RedisLog = ReturnType<typeof redisLog>

export function redisLog(log: Logger, redis: string) {
  let isDown = true
  let isStrangerKnown = false
  let isEarlierKnown = false
  let isKeptKnown = false
  const reasons = new Set<string>()
  return {
    unreached: throttled((reason: string, deliveries) =>
      log.warn({ redis, reason, deliveries }, 'other nodes were not reached'),
    ),
    foreign: throttled((reason: string, messages) =>
      log.warn({ redis, reason, messages }, 'ignored a message that no node of ours wrote'),
    ),
    /** Once for each reason. */
    down(reason: string) {
      isDown = true
      if (reasons.has(reason) || reasons.size >= mostReasons) return
      reasons.add(reason)
      log.warn({ redis, reason }, 'Redis is down: this node and others do not hear each other')
    },
    up() {
      if (isDown) log.info({ redis }, 'Redis is up')
      isDown = false
      reasons.clear()
    },
    /** Once: it goes on for as long as both run. */
    stranger(node: string) {
      if (isStrangerKnown) return
      isStrangerKnown = true
      log.warn(
        { redis, node },
        'ignored a server of another database, or of another epoch of this one: a copy of it, on the same Redis',
      )
    },
    earlier() {
      if (isEarlierKnown) return
      isEarlierKnown = true
      log.info(
        { redis },
        'a server of an earlier build uses this Redis: what it publishes is fetched from the database',
      )
    },
    kept() {
      if (isKeptKnown) return
      isKeptKnown = true
      log.warn(
        { redis },
        'no right to +unsubscribe: this node goes on hearing what it does not need any more',
      )
    },
    silent(node: string) {
      log.warn({ redis, node }, 'a node fell silent without a goodbye')
    },
  }
}

/** Why, in words. Never the error itself: a ReplyError carries its command, and with it passwords and messages. */
export function reasonOf(error: unknown): string {
  // Where a name has two addresses, what was tried is inside, and the message empty.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ')
  return error instanceof Error ? error.message : String(error)
}
