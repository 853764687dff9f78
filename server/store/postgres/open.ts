import { Problem } from '../../protocol/problems.ts'
import { Emptier } from '../../rules/emptying.ts'
import { refoldAll } from '../../rules/refolding.ts'
import { steadyClock } from '../../rules/steady-clock.ts'
import { Seal, type SealKeys } from '../sealing.ts'
import type { Store, Stores } from '../store.ts'
import { limitText } from '../text-usage.ts'
import { postgresApiKeys } from './api-keys.ts'
import { postgresArranging } from './arranging.ts'
import { postgresDeletion } from './deletion.ts'
import { PostgresEpoch } from './epoch.ts'
import { postgresErasing } from './erasing.ts'
import { postgresGroups } from './groups.ts'
import { postgresGuests } from './guests.ts'
import { postgresIdempotency } from './idempotency.ts'
import { postgresImporting } from './importing.ts'
import { asStartupError, type Link, requireUrl, retryOnConflict } from './link.ts'
import { postgresLinks } from './links.ts'
import { postgresMentions } from './mentions.ts'
import { postgresMessages } from './messages.ts'
import { connectTimed, findMissingTimeout, requirePreparedStatements } from './pooler.ts'
import { postgresReactions } from './reactions.ts'
import { postgresRetention } from './retention.ts'
import { postgresRooms } from './rooms.ts'
import { postgresServers } from './servers.ts'
import { postgresSignOuts } from './sign-outs.ts'
import { identityOf, migrate, renewEpoch, requireSound, requireTables } from './start.ts'
import { postgresTenants } from './tenants.ts'
import { postgresUsage } from './usage.ts'
import { postgresUsers } from './users.ts'
import { postgresWebhooks } from './webhooks.ts'

const usualPatienceMs = 10_000

export type PostgresOptions = {
  /** `postgres://user:password@host:port/database`, with `?sslmode=verify-full` across a network. */
  readonly url: string
  /** A server's clock must agree with the database's. A tool (the command line) works beside servers. Default: a server. */
  readonly role?: 'server' | 'tool'
  /** Milliseconds since 1970. Default: the clock of this machine, which never goes back here. */
  readonly now?: () => number
  /** Whether the tables are there already. Where they are not, nothing is made. */
  readonly mustExist?: boolean
  /** Keys that seal the secrets of tenants, newest first. None: they are stored as they are. */
  readonly sealKeys?: SealKeys
  /** How long an answer may take before it is `overloaded`. The database ends it after four fifths of that. */
  readonly patienceMs?: number
}

/**
 * Opens the database of all tenants on Postgres, migrated; any number of servers may share it. While it is away its
 * answers are the Problem `overloaded`: temporary, and since a repeated write is the same write, safe to try again.
 * @throws DatabaseProblem when it cannot be reached, is read-only, loses commits, or belongs to a newer version; NoDatabase
 */
export async function openPostgres(options: PostgresOptions): Promise<Stores> {
  const { url, role = 'server', now = steadyClock(Date.now), mustExist = false } = options
  const { sealKeys = [], patienceMs = usualPatienceMs } = options
  requireUrl(url)
  const link = await connectTimed(url, patienceMs).catch((error) =>
    Promise.reject(asStartupError(error, url)),
  )
  try {
    await requirePreparedStatements(link.pool, url)
    await requireSound(link.ask, url, role === 'server' ? now() : undefined)
    if (mustExist) await requireTables(link.ask, url)
    await migrate(link.ask, url)
    const identity = await identityOf(link.ask)
    const missingTimeout = await findMissingTimeout(link.ask, patienceMs)
    const seal = new Seal(() => sealKeys)
    const epoch = await PostgresEpoch.open(link.ask)
    link.onConnect((ask) => epoch.compare(ask))
    return storesOn(link, { identity, epoch, missingTimeout }, { now, seal, isServer: role === 'server' })
  } catch (error) {
    await link.pool.end()
    throw asStartupError(error, url)
  }
}

type Known = {
  readonly identity: string
  readonly epoch: PostgresEpoch
  readonly missingTimeout: string | undefined
}

function storesOn(
  link: Link,
  { identity, epoch, missingTimeout }: Known,
  { now, seal, isServer }: { now: () => number; seal: Seal; isServer: boolean },
): Stores {
  const { ask, pool } = link
  const users = postgresUsers(link, now)
  const usage = postgresUsage(now)
  const rooms = postgresRooms(link, { now, usage })
  const arranging = postgresArranging(link, { now, markOf: rooms.markOf })
  const mentions = postgresMentions(link, { finderIn: users.finderIn, now })
  const messages = postgresMessages(link, { now, mentions })
  const reactions = postgresReactions(link, now)
  const groups = postgresGroups(link, { now, roomIn: rooms.roomIn, usage })
  const guests = postgresGuests(link, { now, usage })
  const links = postgresLinks(link, now)
  const importing = postgresImporting(link)
  const deletion = postgresDeletion(link, { now, onDeleted: () => emptier.wake() })
  const retention = postgresRetention(link)
  const erasing = postgresErasing(link, { now, emptying: deletion.emptying, roomIn: rooms.roomIn })
  const opened = new Map<string, Store>()
  const addText = (tenant: string, user: string, amount: number) =>
    retryOnConflict(() => usage.add(ask, { tenant, user, what: 'text', amount }))
  const closing = new AbortController()
  const emptier = new Emptier(deletion.emptying, closing.signal)
  if (isServer) emptier.wake()
  const refolding = isServer ? refoldAll(users.refolder, closing.signal) : undefined
  return {
    identity,
    isNewEpoch: false,
    get epoch() {
      return epoch.current
    },
    get blindness() {
      return epoch.blindness
    },
    missingTimeout,
    onEpoch: (listen) => epoch.onChange(listen),
    tenants: postgresTenants(link, now, seal),
    keys: postgresApiKeys(link),
    idempotency: postgresIdempotency(link),
    signOuts: postgresSignOuts(link),
    webhooks: postgresWebhooks(link, { now, seal }),
    erasures: erasing.erasures,
    servers: postgresServers(link, () => epoch.compare(ask)),
    forTenant(tenant) {
      const store = opened.get(tenant) ?? {
        get epoch() {
          return epoch.current
        },
        ...users.stores(tenant),
        ...mentions.stores(tenant),
        ...arranging(tenant),
        ...deletion.stores(tenant),
        ...links(tenant),
        ...importing(tenant),
        ...guests(tenant),
        ...erasing.stores(tenant),
        ...retention(tenant),
        ...limitText(
          {
            ...rooms.stores(tenant),
            ...reactions.stores(tenant),
            ...messages.stores(tenant),
            ...groups(tenant),
          },
          (user, amount) => addText(tenant, user, amount),
          now,
        ),
      }
      opened.set(tenant, store)
      return store
    },
    renewEpoch: () => renewEpoch(ask),
    async check() {
      const rows = await ask`SELECT FROM meta WHERE current_setting('transaction_read_only') = 'off'`
      if (rows.length === 0) throw new Problem('overloaded', 'the database takes no writes')
    },
    async close() {
      // What a tool deleted goes with it: a running server would not look for it.
      if (!isServer) await emptier.whenIdle()
      closing.abort()
      await Promise.all([messages.whenIdle(), reactions.whenIdle()])
      await refolding
      await emptier.whenIdle()
      await pool.end()
    },
  }
}
