/**
 * What Prometheus reads of a server. The code that does the work counts it, in plain numbers; they are read when somebody
 * asks, and prom-client, the field's standard, writes them down. Labels take few values: no tenant, user or room is
 * one.
 */
import { Hono } from 'hono'
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { type Durations, durationBounds } from '../commands/tally.ts'
import type { Stats } from './stats.ts'

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number]

type Metric = {
  /** With `_total` at its end it is a counter, else a gauge. */
  readonly name: string
  readonly help: string
  readonly labels?: readonly string[]
  /** Undefined where this server has no such thing. */
  read(stats: Stats): readonly Sample[] | undefined
}

const known: readonly Metric[] = [
  {
    name: 'chatter_build_info',
    help: 'Always 1, with the version of Chatter.',
    labels: ['version'],
    read: ({ version }) => [[{ version }, 1]],
  },
  {
    name: 'chatter_data_free_bytes',
    help: 'With SQLite: what the disk of the database can still take.',
    read: ({ freeBytes }) => one(freeBytes),
  },
  {
    name: 'chatter_sign_ins_refused_total',
    help: 'Sign-ins refused, on sockets and over HTTP: "expired" tokens are fetched anew, "invalid" is everything else.',
    labels: ['reason'],
    read: ({ refusedSignIns }) => each('reason', refusedSignIns),
  },
  {
    name: 'chatter_sockets',
    help: 'WebSockets open on this server, signed in or not.',
    read: ({ sockets }) => one(sockets),
  },
  {
    name: 'chatter_sockets_signed_in',
    help: 'Open WebSockets whose user has signed in.',
    read: ({ signedIn }) => one(signedIn),
  },
  {
    name: 'chatter_sockets_closed_total',
    help: 'WebSockets that ended, by reason: "peer" is the client or its network, all others are this server.',
    labels: ['reason'],
    read: ({ closed }) => each('reason', closed),
  },
  {
    name: 'chatter_upgrades_refused_total',
    help: 'WebSockets refused before they opened, by reason.',
    labels: ['reason'],
    read: ({ refusedUpgrades }) => each('reason', refusedUpgrades),
  },
  {
    name: 'chatter_failures_total',
    help: 'What failed before anybody was signed in, by kind; "refused": answered 429 because an address failed too often.',
    labels: ['kind'],
    read: ({ failures }) => each('kind', failures),
  },
  {
    name: 'chatter_rate_limited_total',
    help: 'Frames and requests refused because they came too fast, by limit.',
    labels: ['limit'],
    read: ({ limited }) => each('limit', limited),
  },
  {
    name: 'chatter_commands_total',
    help: 'Changes that users asked for, by command and outcome: ok, or the code of the problem.',
    labels: ['command', 'outcome'],
    read: ({ commands }) =>
      Object.entries(commands).flatMap(([command, endings]) => each('outcome', endings, { command })),
  },
  {
    name: 'chatter_commands_waiting',
    help: 'Changes that users asked for and that wait for the database.',
    read: ({ waiting }) => one(waiting),
  },
  {
    name: 'chatter_messages_stored_total',
    help: 'Messages of users that were stored; one that is sent again counts once.',
    read: ({ stored }) => one(stored),
  },
  {
    name: 'chatter_deliveries_total',
    help: 'Events handed to WebSockets, counted for each of them.',
    read: ({ deliveries }) => one(deliveries),
  },
  {
    name: 'chatter_largest_socket_backlog_bytes',
    help: 'What the slowest client has yet to take; a socket with more than 1 MiB is closed, and comes back.',
    read: ({ largestBacklog }) => one(largestBacklog),
  },
  {
    name: 'chatter_membership_checks_total',
    help: 'Times the database was asked who is still a member, before something was delivered.',
    read: ({ membershipChecks }) => one(membershipChecks),
  },
  {
    name: 'chatter_webhook_events_total',
    help: 'Events for webhooks by outcome: delivered, or dropped because their webhook was not reached for a day.',
    labels: ['outcome'],
    read: ({ webhooks: { delivered, dropped } }) => each('outcome', { delivered, dropped }),
  },
  {
    name: 'chatter_webhook_failures_total',
    help: 'Requests to webhooks that were not answered as they should be. They are tried again.',
    read: ({ webhooks }) => one(webhooks.failed),
  },
  {
    name: 'chatter_webhooks_disabled_total',
    help: 'Webhooks that answered 410, and are told nothing more.',
    read: ({ webhooks }) => one(webhooks.disabled),
  },
  {
    name: 'chatter_bus_up',
    help: '1 while this server hears itself through Redis, 0 while it and other servers may not hear each other.',
    read: ({ hearing }) => one(hearing && Number(hearing.isUp)),
  },
  {
    name: 'chatter_bus_echo_age_seconds',
    help: 'Time since this server last heard itself through Redis; it speaks once a second.',
    read: ({ hearing }) => one(hearing && hearing.echoAgeMs / 1000),
  },
  {
    name: 'chatter_bus_peers',
    help: 'Other servers heard through Redis.',
    read: ({ hearing }) => one(hearing?.peers),
  },
  {
    name: 'chatter_bus_peers_missing',
    help: 'Other servers that fell silent without a goodbye: they died, or are cut off.',
    read: ({ hearing }) => one(hearing?.missing),
  },
  {
    name: 'chatter_servers_unheard',
    help: 'Other servers that use the same database, and are not heard.',
    read: ({ unheard }) => one(unheard),
  },
  {
    name: 'chatter_bus_losses_total',
    help: 'Times that something other servers sent through Redis may have been lost.',
    read: ({ hearing, losses }) => one(hearing && losses),
  },
  {
    name: 'chatter_healing_rounds_total',
    help: 'Times the database was asked what did not arrive through Redis.',
    read: ({ hearing, healings }) => one(hearing && healings),
  },
  {
    name: 'chatter_healed_total',
    help: 'Changes that did not arrive by themselves, and were delivered from the database.',
    read: ({ healed }) => one(healed),
  },
]

// Of the process, not of one server in it; and since nothing stops its observers, one must do.
const ofProcess = new Registry()
collectDefaultMetrics({ register: ofProcess })

/** Answers `GET /metrics`, and nothing else. */
export function metrics(stats: () => Stats): Hono {
  const own = new Registry()
  const first = stats()
  const updates = known.filter(({ read }) => read(first)).map((metric) => register(own, metric))
  const all = Registry.merge([own, ofProcess])
  return new Hono().get('/metrics', async (c) => {
    const now = stats()
    for (const update of updates) update(now)
    return c.body(`${await all.metrics()}${histogram(now.sendSeconds)}`, 200, {
      'Content-Type': all.contentType,
    })
  })
}

/** Written by ourselves: the histogram of prom-client takes each value one by one. */
function histogram({ counts, sum }: Durations): string {
  const name = 'chatter_send_seconds'
  let total = 0
  const buckets = counts.map((count, bucket) => {
    total += count
    return `${name}_bucket{le="${durationBounds[bucket] ?? '+Inf'}"} ${total}`
  })
  const lines = [
    `# HELP ${name} Time from a send to its commit, of those that were stored.`,
    `# TYPE ${name} histogram`,
    ...buckets,
    `${name}_sum ${sum}`,
    `${name}_count ${total}`,
  ]
  return `\n${lines.join('\n')}\n`
}

function register(registry: Registry, { name, help, labels = [], read }: Metric): (now: Stats) => void {
  const Kind = name.endsWith('_total') ? Counter : Gauge
  const metric = new Kind({ name, help, labelNames: labels, registers: [registry] })
  return (now) => {
    metric.reset()
    for (const [labels, value] of read(now) ?? []) metric.inc(labels, value)
  }
}

function one(value: number | undefined): Sample[] | undefined {
  return value === undefined ? undefined : [[{}, value]]
}

function each(label: string, counts: Readonly<Record<string, number>>, labels: Sample[0] = {}): Sample[] {
  return Object.entries(counts).map(([name, value]) => [{ ...labels, [label]: name }, value])
}
