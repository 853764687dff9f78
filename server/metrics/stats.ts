import type { AnyCommand } from '../commands/command.ts'
import type { Durations, Ending, Tally } from '../commands/tally.ts'
import type { Fanout, Hearing } from '../fanout/fanout.ts'
import type { RateLimit } from '../http/rate-limits.ts'
import type { Refusals } from '../http/refusals.ts'
import type { DatabasePeers } from '../live/database-peers.ts'
import type { Healing } from '../live/healing.ts'
import type { Heartbeat } from '../live/heartbeat.ts'
import type { Hub } from '../live/hub.ts'
import type { Stores } from '../store/store.ts'
import { version } from '../version.ts'
import type { Deliveries } from '../webhooks/deliveries.ts'

type Counts<K extends string = string> = Readonly<Record<K, number>>

/** What a server holds now, and what it has counted since its start. */
export type Stats = {
  readonly version: string
  /** What the disk of the database can still take; undefined where the database is elsewhere. */
  readonly freeBytes: number | undefined
  /** How long sends took, from the frame to the commit. */
  readonly sendSeconds: Durations
  /** Sockets that are open, and those of them whose user is known. */
  readonly sockets: number
  readonly signedIn: number
  /** Bytes that the slowest of them has yet to take. */
  readonly largestBacklog: number
  /** Sockets that ended, by why. */
  readonly closed: Counts
  /** Upgrades answered with plain HTTP, by why. */
  readonly refusedUpgrades: Counts
  /** What failed before anybody was signed in, by what it was, and how often an address was `refused` for that. */
  readonly failures: Counts
  /** Sign-ins that were refused, on sockets and over HTTP. */
  readonly refusedSignIns: Counts
  /** Frames and requests that came too fast, by limit; none where limits are off. */
  readonly limited: Counts
  readonly commands: { readonly [N in AnyCommand]: Counts<Ending> }
  /** Commands begun and not ended: they wait for the database. */
  readonly waiting: number
  /** Messages of users that were stored: a retry is no second one. */
  readonly stored: number
  /** Events handed to sockets, counted for each socket. */
  readonly deliveries: number
  /** How well other nodes are heard; undefined where there are none. */
  readonly hearing: Hearing | undefined
  /** Other servers that use the same database, and are not heard. */
  readonly unheard: number
  /** Times that deliveries of other nodes may have been lost. */
  readonly losses: number
  /** Times that the database was asked what this node missed, and changes that it then delivered. */
  readonly healings: number
  readonly healed: number
  /** Times that the database was asked who is still a member. */
  readonly membershipChecks: number
  /** Events that webhooks took, requests that they did not, events that were given up, and webhooks that wanted no more. */
  readonly webhooks: Deliveries['counts']
}

type Parts = {
  readonly heartbeat: Heartbeat
  readonly hub: Hub
  readonly healing: Healing
  readonly fanout: Fanout
  readonly tally: Tally
  readonly rateLimit: RateLimit | undefined
  readonly refusals: Refusals
  readonly stores: Stores
  readonly databasePeers: DatabasePeers
  readonly deliveries: Deliveries
}

/** Reads what the parts of a server counted by themselves. It looks at each socket: for every few seconds, not more. */
export function readStats(parts: Parts): Stats {
  const { heartbeat, hub, healing, fanout, tally, rateLimit, refusals } = parts
  const { stores, databasePeers, deliveries } = parts
  let signedIn = 0
  let largestBacklog = 0
  for (const { user, writer } of heartbeat.listeners()) {
    if (user !== '') signedIn += 1
    largestBacklog = Math.max(largestBacklog, writer.backlog)
  }
  const { commands, waiting, stored } = tally
  return structuredClone({
    ...{ sockets: heartbeat.size, signedIn, largestBacklog, closed: heartbeat.closed },
    failures: refusals.failures,
    version,
    freeBytes: stores.freeBytes?.(),
    sendSeconds: tally.sendSeconds,
    refusedSignIns: refusals.signIns,
    ...{ refusedUpgrades: refusals.upgrades, limited: rateLimit?.refused ?? {} },
    ...{ commands, waiting, stored, deliveries: hub.delivered },
    ...{
      hearing: fanout.hearing(),
      unheard: databasePeers.unheard,
      losses: healing.losses,
      healings: healing.rounds,
      healed: healing.delivered,
    },
    membershipChecks: healing.membership.checks,
    webhooks: deliveries.counts,
  })
}
