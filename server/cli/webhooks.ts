import { ConfigProblem } from '../config.ts'
import { createOutbound, isPublic, type Outbound } from '../outbound/outbound.ts'
import { Problem } from '../protocol/problems.ts'
import { didYouMean } from '../rules/did-you-mean.ts'
import {
  isWebhookEvent,
  makeWebhookId,
  makeWebhookSecret,
  mostWebhookSecrets,
  noWebhook,
  requireWebhookUrl,
  type WebhookEvent,
  webhookEvents,
} from '../rules/webhooks.ts'
import type { Stores, Webhook } from '../store/store.ts'
import { answerWithinMs } from '../webhooks/deliveries.ts'
import { replaySince } from '../webhooks/replay.ts'
import { send, testDelivery } from '../webhooks/send.ts'
import { fieldsInColumns } from './columns.ts'
import { listed } from './pages.ts'

export type WebhookFlags = {
  readonly tenant: string
  readonly events?: string[]
  readonly since?: string
  readonly end?: boolean
  readonly json?: boolean
}

type Action = (stores: Stores, flags: WebhookFlags, word: string, outbound?: Outbound) => Promise<string>

/** What `chatter webhook` does, beside a running server too: what to print. Each throws ConfigProblem or Problem. */
export const webhookActions = { add, list, test, rotate, replay, remove } as const satisfies Record<
  string,
  Action
>

async function add(
  { webhooks }: Stores,
  { tenant, events: given = [], json }: WebhookFlags,
  address: string,
): Promise<string> {
  const url = requireWebhookUrl(address, isPublic)
  const events = readEvents(given)
  const id = makeWebhookId()
  const secret = makeWebhookSecret()
  await webhooks.add({ tenant, id, url, events, secrets: [secret], createdAt: Date.now() })
  const shown = { id, tenant, url, events, secret }
  if (json) return JSON.stringify(shown, undefined, 2)
  return `${fieldsInColumns(shown)}\nKeep the secret: it is not shown again. A running server begins within two seconds.`
}

async function list({ webhooks }: Stores, { tenant, json }: WebhookFlags): Promise<string> {
  const all = await Promise.all(
    (await webhooks.list(tenant)).map(async (webhook) =>
      shownWebhook(webhook, await webhooks.readBacklog(webhook)),
    ),
  )
  const rows = all.map(({ id, url, events, deliveredAt = '-', waiting, held, dropped, disabledWhy }) => ({
    ...{ id, url, events: String(events), delivered: deliveredAt, waiting },
    ...{ held: held.length, dropped, state: disabledWhy ?? held[0]?.why ?? 'ok' },
  }))
  return listed(all, rows, { json, none: 'No webhooks.' })
}

async function test(
  stores: Stores,
  { tenant, json }: WebhookFlags,
  id: string,
  outbound = createOutbound({ timeoutMs: answerWithinMs }),
): Promise<string> {
  const webhook = await found(stores, tenant, id)
  const now = Date.now()
  const sent = await send(outbound, webhook, {
    ...{ id: `msg_${id}_test_${now}`, now },
    body: JSON.stringify(testDelivery(now)),
  })
  if (!sent.isDelivered) throw new Problem('overloaded', `${id} did not take it: ${sent.why}`)
  return json
    ? JSON.stringify({ delivered: id, status: sent.status })
    : `Delivered: it answered ${sent.status}.`
}

/** Signed with both until the next rotation, or `--end`. */
async function rotate(stores: Stores, { tenant, end, json }: WebhookFlags, id: string): Promise<string> {
  await found(stores, tenant, id)
  if (end) {
    await stores.webhooks.changeSecrets({ tenant, id }, (now) => now.slice(0, 1))
    return json ? JSON.stringify({ id, ended: true }) : `Only the newest secret of ${id} signs.`
  }
  const secret = makeWebhookSecret()
  await stores.webhooks.changeSecrets({ tenant, id }, (now) => [secret, ...now].slice(0, mostWebhookSecrets))
  if (json) return JSON.stringify({ id, tenant, secret }, undefined, 2)
  return `${fieldsInColumns({ id, tenant, secret })}\nKeep the secret: it is not shown again. Both sign until: chatter webhook rotate ${id} --end`
}

async function replay(stores: Stores, { tenant, since, json }: WebhookFlags, id: string): Promise<string> {
  const webhook = await found(stores, tenant, id)
  if (webhook.disabledAt !== null)
    throw new Problem('conflict', `${id} is disabled (${webhook.disabledWhy}): remove it and add it again`)
  const count =
    since === undefined ? 0 : await replaySince(stores, webhook, { since: readSince(since), now: Date.now() })
  await stores.webhooks.endHolds({ tenant, id })
  const { events } = await stores.webhooks.readBacklog({ tenant, id })
  if (json) return JSON.stringify({ id, replayed: count, waiting: events })
  return `${count} events of the history are delivered again; ${events} wait, and are tried at once.`
}

async function remove({ webhooks }: Stores, { tenant, json }: WebhookFlags, id: string): Promise<string> {
  if (!(await webhooks.remove({ tenant, id }))) throw noWebhook(tenant, id)
  return json ? JSON.stringify({ removed: id }) : `Removed ${id}: it is told nothing more.`
}

async function found({ webhooks }: Stores, tenant: string, id: string): Promise<Webhook> {
  const webhook = (await webhooks.list(tenant)).find((one) => one.id === id)
  if (!webhook) throw noWebhook(tenant, id)
  return webhook
}

function readEvents(given: readonly string[]): Webhook['events'] {
  const names = given.flatMap((words) => words.split(',')).map((word) => word.trim())
  if (names.length === 0) return 'all'
  const known = Object.keys(webhookEvents).join(', ')
  const faults = names.filter((name) => !isWebhookEvent(name))
  if (faults.length > 0)
    throw new ConfigProblem(
      faults.map(
        (name) =>
          `--events: expected one of ${known}, got ${JSON.stringify(name)}${didYouMean(name, Object.keys(webhookEvents))}`,
      ),
    )
  return [...new Set(names.filter((name): name is WebhookEvent => isWebhookEvent(name)))]
}

function readSince(text: string): number {
  const at = Date.parse(text)
  if (Number.isNaN(at))
    throw new ConfigProblem([
      `--since: expected a time like 2026-12-01T08:00:00Z, got ${JSON.stringify(text)}`,
    ])
  return at
}

/** Without what only the database needs. */
function shownWebhook(
  { id, url, events, createdAt, deliveredAt, dropped, droppedAt, disabledAt, disabledWhy }: Webhook,
  backlog: Awaited<ReturnType<Stores['webhooks']['readBacklog']>>,
) {
  const at = (time: number) => new Date(time).toISOString()
  return {
    ...{ id, url, events, createdAt: at(createdAt), waiting: backlog.events, dropped },
    held: backlog.held.map(({ room, attempts, nextAt, why }) => ({
      room,
      attempts,
      nextAt: at(nextAt),
      why,
    })),
    ...(deliveredAt !== null && { deliveredAt: at(deliveredAt) }),
    ...(droppedAt !== null && { droppedAt: at(droppedAt) }),
    ...(disabledAt !== null && { disabledAt: at(disabledAt), disabledWhy: disabledWhy ?? '' }),
  }
}
