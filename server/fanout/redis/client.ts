import { Redis, type RedisOptions } from 'ioredis'
import type { Host, RedisAddress } from '../redis-address.ts'
import { connectorTo, type Find } from './connector.ts'
import { primaryOf } from './sentinels.ts'

const options = {
  lazyConnect: true,
  // Nothing waits for Redis to return, and nothing is sent twice: late is worse than lost, for the database heals.
  retryStrategy: () => null,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  // Publishing and subscribing work while Redis loads, and asking would need the right to INFO.
  enableReadyCheck: false,
} satisfies RedisOptions

const sentinelPatienceMs = 1_000

export type RedisRole = 'publisher' | 'subscriber'

/** A client for one connection, which is not made yet. Where there are several addresses, each attempt begins elsewhere. */
export function redisClient(
  address: RedisAddress,
  role: RedisRole,
  connectionName: string,
  attempt: number,
): Redis {
  const named = { ...options, connectionName }
  if (address.kind === 'one') return new Redis(address.url, { ...named, Connector: connectorTo() })
  const tls = address.isTls && { tls: {} }
  const hosts = inTurn(address.hosts, role, attempt)
  const signedIn = { ...named, ...address.login, ...tls }
  // Through any node of a Cluster classic channels reach all others, whatever its slots.
  if (address.kind === 'cluster') return new Redis({ ...signedIn, ...hosts[0], Connector: connectorTo() })
  const { name, sentinelLogin } = address
  const sentinelAt = (sentinel: Host) =>
    new Redis({
      ...options,
      ...sentinelLogin,
      ...tls,
      ...sentinel,
      Connector: connectorTo({ patienceMs: sentinelPatienceMs }),
      commandTimeout: sentinelPatienceMs,
    })
  const find: Find = (isWanted) => primaryOf(name, hosts, sentinelAt, isWanted)
  return new Redis({ ...signedIn, Connector: connectorTo({ find }) })
}

/**
 * The two connections of a node begin at different nodes of a Cluster, so that what it hears of itself has crossed the
 * bus between them.
 */
function inTurn(hosts: readonly Host[], role: RedisRole, attempt: number): Host[] {
  const first = (attempt + (role === 'publisher' ? 0 : 1)) % hosts.length
  return [...hosts.slice(first), ...hosts.slice(0, first)]
}
