import { Redis, type RedisOptions } from 'ioredis'
import type { Host, RedisAddress } from './redis-address.ts'

const options = {
  lazyConnect: true,
  connectTimeout: 3_000,
  // Nothing waits for Redis to return, and nothing is sent twice: late is worse than lost, for the database heals.
  retryStrategy: () => null,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  // Publishing and subscribing work while Redis loads, and asking would need the right to INFO.
  enableReadyCheck: false,
} satisfies RedisOptions

const sentinelOptions = {
  sentinelRetryStrategy: () => null,
  sentinelCommandTimeout: 1_000,
  // Asking Sentinels for each other would need one more right.
  updateSentinels: false,
} satisfies RedisOptions

export type RedisRole = 'publisher' | 'subscriber'

/** A client for one connection, which is not made yet. Where there are several addresses, each attempt begins elsewhere. */
export function redisClient(
  address: RedisAddress,
  role: RedisRole,
  connectionName: string,
  attempt: number,
): Redis {
  if (address.kind === 'one') return new Redis(address.url, { ...options, connectionName })
  const hosts = inTurn(address.hosts, role, attempt)
  const several = { ...options, connectionName, ...address.login, ...(address.isTls && { tls: {} }) }
  // Through any node of a Cluster classic channels reach all others, whatever its slots.
  if (address.kind === 'cluster') return new Redis({ ...several, ...hosts[0] })
  const { username: sentinelUsername, password: sentinelPassword } = address.sentinelLogin
  return new Redis({
    ...several,
    ...sentinelOptions,
    sentinels: hosts,
    name: address.name,
    sentinelUsername,
    sentinelPassword,
    ...(address.isTls && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
  })
}

/**
 * The two connections of a node begin at different nodes of a Cluster, so that what it hears of itself has crossed the
 * bus between them.
 */
function inTurn(hosts: readonly Host[], role: RedisRole, attempt: number): Host[] {
  const first = (attempt + (role === 'publisher' ? 0 : 1)) % hosts.length
  return [...hosts.slice(first), ...hosts.slice(0, first)]
}
