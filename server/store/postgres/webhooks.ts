import type { MessageRow } from '../../rules/rows.ts'
import { messageView } from '../../rules/rows.ts'
import {
  eventsColumn,
  type HoldRow,
  holdIn,
  logColumn,
  type WebhookRow,
  webhookColumns,
  webhookIn,
} from '../../rules/webhook-rows.ts'
import {
  awayMs,
  checkEveryMs,
  mostWebhooks,
  noWebhook,
  roomOfUser,
  spaced,
  takenWebhook,
  tooManyWebhooks,
  type WebhookEvent,
} from '../../rules/webhooks.ts'
import type { Seal } from '../sealing.ts'
import type {
  NewWebhookEvent,
  PendingPlace,
  RoomDraft,
  UnreadMember,
  WebhookKey,
  WebhookStore,
} from '../store.ts'
import { counts, mentionsCount, readTo } from './arranging.ts'
import { type Ask, type Link, retryOnConflict } from './link.ts'
import { messageRow } from './lookups.ts'
import { type Sql, sql } from './sql.ts'

const mostCounted = 1_000
const mostShownHolds = 20
/** Rows of the log, each of one commit. */
const partsAtOnce = 100
const allParts = 2 ** 31
const columns = sql([webhookColumns])

const wantsIt = (event: WebhookEvent): Sql =>
  sql`w.disabled_at IS NULL AND (w.events = '' OR strpos(w.events, ${spaced(event)}) > 0)`

/** The webhooks of a tenant for which any of these is logged. What is said may be what somebody who is away has not read. */
const wanting = (tenant: Sql, events: readonly WebhookEvent[]): Sql => {
  const names = events.includes('message.sent') ? [...events, 'user.unread' as const] : events
  return sql`SELECT 1 FROM webhooks w WHERE w.tenant = ${tenant} AND w.disabled_at IS NULL
    AND (w.events = '' OR EXISTS (
      SELECT 1 FROM unnest(${names.map(spaced)}::text[]) AS named (event) WHERE strpos(w.events, named.event) > 0))`
}

/** Within the transaction of a change: what is to be delivered of it. Its rooms are locked. */
export async function noteEvents(
  askIn: Ask,
  tenant: string,
  events: readonly NewWebhookEvent[],
): Promise<void> {
  if (events.length === 0) return
  const names = [...new Set(events.map(({ event }) => event))]
  await askIn`
    INSERT INTO webhook_log (tenant, events) SELECT ${tenant}, ${logColumn(events)}::text
    WHERE EXISTS (${wanting(sql`${tenant}`, names)})`
}

/** A part of a statement that places messages, in one with it: what is to be delivered of those in `placed`. */
export const sentParts: Sql = sql`, noted AS (
    INSERT INTO webhook_log (tenant, events)
    SELECT p.tenant, json_agg(json_build_array(p.room, p.seq, p.created_at) ORDER BY p.room, p.seq)
    FROM placed p WHERE EXISTS (${wanting(sql`p.tenant`, ['message.sent'])}) GROUP BY p.tenant
  )`

/** The same of a statement that makes a room, where it is in `room`. One of another chat is no news. */
export const createdParts = (tenant: string, { openedAt }: RoomDraft, at: number): Sql =>
  openedAt === undefined
    ? sql`, noted AS (
        INSERT INTO webhook_log (tenant, events)
        SELECT ${tenant}, json_build_array(json_build_array(room.id, 0, ${at}::bigint, 'room.created', NULL))
        FROM room WHERE EXISTS (${wanting(sql`${tenant}`, ['room.created'])})
      )`
    : sql``

/**
 * One at a time takes the log apart: of two the one that has the later part of it could be done first. From here on the database
 * also takes what is written past the log for in order (its trigger: migrations/…_webhook-log.sql).
 */
const alone = sql`hashtextextended('chatter webhook log ' || current_schema(), 0)`
const sorted = sql`set_config('chatter.sorted', 'on', true)`

/** In the order in which it happened; what a wrong clock said is looked at no later. @param limit rows of the log: all of it without @returns whether more may be left */
async function sortOut(askIn: Ask, now: number, limit = partsAtOnce): Promise<boolean> {
  const [{ taken }] = await askIn<[{ taken: number }]>`
    WITH taken AS (
      DELETE FROM webhook_log WHERE no IN (SELECT no FROM webhook_log ORDER BY no LIMIT ${limit})
      RETURNING tenant, events
    ), told AS MATERIALIZED (
      SELECT t.tenant, e ->> 0 AS room, (e ->> 1)::bigint AS rev, (e ->> 2)::bigint AS at,
        coalesce(e ->> 3, 'message.sent') AS event,
        CASE WHEN e ->> 3 IS NULL THEN e ->> 1 ELSE e ->> 4 END::bigint AS seq, e ->> 5 AS webhook
      FROM taken t CROSS JOIN LATERAL json_array_elements(t.events::json) e
    ), noted AS (
      INSERT INTO webhook_events (tenant, webhook, room, rev, event, seq, at)
      SELECT t.tenant, w.id, t.room, t.rev, t.event, t.seq, t.at FROM told t JOIN webhooks w
        ON w.tenant = t.tenant AND w.disabled_at IS NULL AND coalesce(t.webhook = w.id, true)
          AND (w.events = '' OR strpos(w.events, ' ' || t.event || ' ') > 0)
      ORDER BY t.tenant, w.id, t.room, t.rev ON CONFLICT DO NOTHING
    ), checked AS (
      INSERT INTO webhook_checks (tenant, room, at)
      SELECT t.tenant, t.room, least(min(t.at), ${now}::bigint) FROM told t
      WHERE t.event = 'message.sent' AND t.tenant IN (SELECT w.tenant FROM webhooks w WHERE ${wantsIt('user.unread')})
        AND NOT EXISTS (
          SELECT 1 FROM webhook_checks c
          WHERE c.tenant = t.tenant AND c.room = t.room
            AND abs(c.at - least(t.at, ${now}::bigint)) < ${checkEveryMs}::bigint)
      GROUP BY t.tenant, t.room ON CONFLICT DO NOTHING
    )
    SELECT count(*) AS taken FROM taken`
  return taken === limit
}

type EventRow = Pick<NewWebhookEvent, 'rev' | 'event' | 'seq' | 'at'> & {
  readonly message: MessageRow | null
}

/** Webhooks and what they have yet to deliver, on Postgres: of several servers each webhook is one's. */
export function postgresWebhooks(
  { ask, transaction }: Link,
  { now, seal }: { now: () => number; seal: Seal },
): WebhookStore {
  const open = (secret: string, tenant: string) => seal.open(secret, tenant)
  const sealAll = (secrets: readonly string[], tenant: string) =>
    JSON.stringify(secrets.map((secret) => seal.seal(secret, tenant)))

  async function forgetAll(askIn: Ask, { tenant, id }: WebhookKey): Promise<void> {
    await askIn`DELETE FROM webhook_events WHERE tenant = ${tenant} AND webhook = ${id}`
    await askIn`DELETE FROM webhook_holds WHERE tenant = ${tenant} AND webhook = ${id}`
  }

  /** Nobody else takes the log apart meanwhile. */
  const inOrder = <T>(work: (askIn: Ask) => Promise<T>): Promise<T> =>
    transaction(async (askIn) => {
      await askIn`SELECT pg_advisory_xact_lock(${alone}), ${sorted}`
      return work(askIn)
    })

  return {
    add: (webhook) =>
      inOrder(async (askIn) => {
        const { tenant, id, url, createdAt, events } = webhook
        // Of two at once the second one waits, and counts the first.
        await askIn`SELECT pg_advisory_xact_lock(hashtext(${`chatter webhooks ${tenant}`}))`
        const before = await askIn<{ id: string }[]>`SELECT id FROM webhooks WHERE tenant = ${tenant}`
        if (before.some((one) => one.id === id)) throw takenWebhook(id)
        if (before.length >= mostWebhooks) throw tooManyWebhooks()
        // It is told what happens from now on.
        await sortOut(askIn, now(), allParts)
        await askIn`
          INSERT INTO webhooks (tenant, id, url, events, secrets, created_at)
          VALUES (${tenant}, ${id}, ${url}, ${eventsColumn(events)}, ${sealAll(webhook.secrets, tenant)}::jsonb, ${createdAt}::bigint)`
      }),
    async list(tenant) {
      const rows =
        tenant === undefined
          ? await ask<WebhookRow[]>`SELECT ${columns} FROM webhooks ORDER BY created_at, tenant, id`
          : await ask<WebhookRow[]>`
              SELECT ${columns} FROM webhooks WHERE tenant = ${tenant} ORDER BY created_at, id`
      return rows.map((row) => webhookIn(row, open))
    },
    remove: ({ tenant, id }) =>
      retryOnConflict(() =>
        inOrder(async (askIn) => {
          const gone = await askIn`DELETE FROM webhooks WHERE tenant = ${tenant} AND id = ${id} RETURNING 1`
          await forgetAll(askIn, { tenant, id })
          return gone.length > 0
        }),
      ),
    changeSecrets: ({ tenant, id }, change) =>
      transaction(async (askIn) => {
        const [row] = await askIn<WebhookRow[]>`
          SELECT ${columns} FROM webhooks WHERE tenant = ${tenant} AND id = ${id} FOR UPDATE`
        if (!row) throw noWebhook(tenant, id)
        const secrets = sealAll(change(webhookIn(row, open).secrets), tenant)
        await askIn`UPDATE webhooks SET secrets = ${secrets}::jsonb WHERE tenant = ${tenant} AND id = ${id}`
      }),
    disable: ({ tenant, id }, at, why) =>
      retryOnConflict(() =>
        inOrder(async (askIn) => {
          await askIn`
            UPDATE webhooks SET disabled_at = ${at}::bigint, disabled_why = ${why}::text
            WHERE tenant = ${tenant} AND id = ${id} AND disabled_at IS NULL`
          await forgetAll(askIn, { tenant, id })
        }),
      ),
    // By the clock of the database: those of the servers may differ. Written when a third of it is over, not each time.
    async lease(server, forMs) {
      await ask`
        UPDATE webhooks w SET leased_by = ${server}, leased_until = ${clock} + ${forMs * 1.5}::bigint
        FROM (
          SELECT tenant, id FROM webhooks WHERE disabled_at IS NULL
            AND (leased_until < ${clock} OR (leased_by = ${server} AND leased_until < ${clock} + ${forMs}::bigint))
          FOR UPDATE SKIP LOCKED
        ) free WHERE w.tenant = free.tenant AND w.id = free.id`
      const rows = await ask<WebhookRow[]>`
        SELECT ${columns} FROM webhooks
        WHERE disabled_at IS NULL AND leased_by = ${server} AND leased_until >= ${clock} + ${forMs}::bigint - 1000`
      return rows.map((row) => webhookIn(row, open))
    },
    async release(server) {
      await ask`UPDATE webhooks SET leased_by = NULL, leased_until = 0 WHERE leased_by = ${server}`
    },
    async sortOut() {
      // Nearly always there is nothing, and on most servers never.
      if ((await ask`SELECT 1 FROM webhook_log LIMIT 1`).length === 0) return false
      return retryOnConflict(() =>
        transaction(async (askIn) => {
          const [{ mine }] = await askIn<[{ mine: boolean }]>`
            SELECT pg_try_advisory_xact_lock(${alone}) AS mine, ${sorted}`
          return mine && (await sortOut(askIn, now()))
        }),
      )
    },
    async listPending(after, limit) {
      const { tenant, webhook, room } = after ?? { tenant: '', webhook: '', room: '' }
      // From room to room: one that has waited for long has thousands of rows.
      const rows = await ask<(PendingPlace & HoldRow)[]>`
        WITH RECURSIVE walk AS (
          (SELECT tenant, webhook, room, 1 AS place FROM webhook_events
           WHERE (tenant, webhook, room) > (${tenant}, ${webhook}, ${room}) ORDER BY tenant, webhook, room LIMIT 1)
          UNION ALL
          SELECT e.tenant, e.webhook, e.room, walk.place + 1 FROM walk CROSS JOIN LATERAL (
            SELECT tenant, webhook, room FROM webhook_events
            WHERE (tenant, webhook, room) > (walk.tenant, walk.webhook, walk.room)
            ORDER BY tenant, webhook, room LIMIT 1
          ) e WHERE walk.place < ${limit}
        )
        SELECT w.tenant, w.webhook, w.room, h.attempts, h.next_at, h.why FROM walk w LEFT JOIN LATERAL (
          SELECT * FROM webhook_holds h WHERE (h.tenant, h.webhook, h.room) >= (w.tenant, w.webhook, w.room)
          ORDER BY h.tenant, h.webhook, h.room LIMIT 1
        ) h ON (h.tenant, h.webhook, h.room) = (w.tenant, w.webhook, w.room)
        ORDER BY w.place`
      return rows.map(({ attempts, next_at, why, ...place }) => {
        const hold = holdIn({ attempts, next_at, why })
        return hold ? { ...place, hold } : place
      })
    },
    async readBacklog({ tenant, id }) {
      const [{ events }] = await ask<[{ events: number }]>`
        SELECT count(*) AS events FROM (
          (SELECT 1 FROM webhook_events WHERE tenant = ${tenant} AND webhook = ${id} LIMIT ${mostCounted})
          UNION ALL SELECT 1 FROM webhooks w, webhook_log l, json_array_elements(l.events::json) e
          WHERE w.tenant = ${tenant} AND w.id = ${id} AND w.disabled_at IS NULL AND l.tenant = ${tenant}
            AND coalesce(e ->> 5 = w.id, true) AND (w.events = '' OR strpos(w.events, ' ' || coalesce(e ->> 3, 'message.sent') || ' ') > 0)
          LIMIT ${mostCounted}) counted`
      const rows = await ask<(HoldRow & { room: string })[]>`
        SELECT room, attempts, next_at, why FROM webhook_holds WHERE tenant = ${tenant} AND webhook = ${id}
        ORDER BY room LIMIT ${mostShownHolds}`
      const held = rows.flatMap(({ room, ...row }) => {
        const found = holdIn(row)
        return found ? [{ room, ...found }] : []
      })
      return { events, held }
    },
    async readEvents({ tenant, webhook, room }, limit) {
      const rows = await ask<EventRow[]>`
        SELECT e.rev, e.event, e.seq, e.at, found.message FROM (
          SELECT * FROM webhook_events WHERE tenant = ${tenant} AND webhook = ${webhook} AND room = ${room}
          ORDER BY rev LIMIT ${limit}
        ) e LEFT JOIN LATERAL (
          SELECT to_json(w) AS message FROM (
            SELECT ${messageRow} FROM (
              SELECT * FROM messages WHERE (tenant, room, seq) >= (e.tenant, e.room, e.seq)
              ORDER BY tenant, room, seq LIMIT 1
            ) m WHERE m.tenant = e.tenant AND m.room = e.room AND m.seq = e.seq
          ) w
        ) found ON true ORDER BY e.rev`
      return rows.map(({ message, ...row }) => (message ? { ...row, message: messageView(message) } : row))
    },
    async putEvents({ tenant, id }, events) {
      if (events.length === 0) return
      const texts = (read: (event: NewWebhookEvent) => string | number | null) =>
        events.map((event) => String(read(event) ?? ''))
      await retryOnConflict(() =>
        inOrder(async (askIn) => {
          // What history knows may stand in the log: of each room all before it comes first.
          await sortOut(askIn, now(), allParts)
          await askIn`
            INSERT INTO webhook_events (tenant, webhook, room, rev, event, seq, at)
            SELECT ${tenant}, ${id}, room, rev, event, nullif(seq, '')::bigint, at
            FROM unnest(${texts(({ room }) => room)}::text[], ${texts(({ rev }) => rev)}::bigint[],
              ${texts(({ event }) => event)}::text[], ${texts(({ seq }) => seq)}::text[], ${texts(({ at }) => at)}::bigint[])
              AS given (room, rev, event, seq, at) ON CONFLICT DO NOTHING`
        }),
      )
    },
    markDelivered: ({ tenant, id }, delivered, at) =>
      retryOnConflict(() =>
        transaction(async (askIn) => {
          const rooms = delivered.flatMap(({ room, revs }) => revs.map(() => room))
          const revs = delivered.flatMap((one) => one.revs.map(String))
          await askIn`
            DELETE FROM webhook_events e USING unnest(${rooms}::text[], ${revs}::bigint[]) AS gone (room, rev)
            WHERE e.tenant = ${tenant} AND e.webhook = ${id} AND e.room = gone.room AND e.rev = gone.rev`
          await askIn`
            DELETE FROM webhook_holds h USING unnest(${delivered.map(({ room }) => room)}::text[]) AS gone (room)
            WHERE h.tenant = ${tenant} AND h.webhook = ${id} AND h.room = gone.room`
          await askIn`
            UPDATE webhooks SET delivered_at = ${at}::bigint
            WHERE tenant = ${tenant} AND id = ${id} AND coalesce(delivered_at, 0) <= ${at}::bigint - 60000`
        }),
      ),
    holdRooms: ({ tenant, id }, rooms, { at, old }) =>
      retryOnConflict(() =>
        transaction(async (askIn) => {
          let count = 0
          for (const { room, attempts, nextAt, why } of rooms) {
            await askIn`
              INSERT INTO webhook_holds (tenant, webhook, room, attempts, next_at, why)
              VALUES (${tenant}, ${id}, ${room}, ${attempts}::bigint, ${nextAt}::bigint, ${why})
              ON CONFLICT (tenant, webhook, room) DO UPDATE
              SET attempts = excluded.attempts, next_at = excluded.next_at, why = excluded.why`
            const gone = await askIn`
              DELETE FROM webhook_events
              WHERE tenant = ${tenant} AND webhook = ${id} AND room = ${room} AND at < ${old}::bigint RETURNING 1`
            if (gone.length > 0)
              await askIn`
                DELETE FROM webhook_holds WHERE tenant = ${tenant} AND webhook = ${id} AND room = ${room}
                  AND NOT EXISTS (SELECT 1 FROM webhook_events e
                    WHERE e.tenant = ${tenant} AND e.webhook = ${id} AND e.room = ${room})`
            count += gone.length
          }
          if (count > 0)
            await askIn`
              UPDATE webhooks SET dropped = dropped + ${count}::bigint, dropped_at = ${at}::bigint
              WHERE tenant = ${tenant} AND id = ${id}`
          return count
        }),
      ),
    async endHolds({ tenant, id }) {
      await retryOnConflict(
        () => ask`UPDATE webhook_holds SET next_at = 0 WHERE tenant = ${tenant} AND webhook = ${id}`,
      )
    },
    listChecks: (tenants, before, limit) => ask`
      SELECT tenant, room, at FROM webhook_checks
      WHERE at < ${before}::bigint AND tenant = ANY(${tenants}::text[]) ORDER BY at LIMIT ${limit}`,
    findUnread: ({ tenant, room }, after, limit) => ask<UnreadMember[]>`
        SELECT m."user", u.last_seen_at AS "seenAt" FROM members m JOIN rooms r ON r.tenant = m.tenant AND r.id = m.room
          JOIN users u ON u.tenant = m.tenant AND u.id = m."user"
        WHERE m.tenant = ${tenant} AND m.room = ${room} AND m."user" > ${after} AND m.left_seq IS NULL
          AND r.deleted_at IS NULL AND NOT u.do_not_disturb AND u.merged_into IS NULL
          AND NOT EXISTS (
            SELECT 1 FROM sign_outs s WHERE s.tenant = m.tenant AND s."user" = m."user" AND s.is_disabled)
          AND (${counts(now())} OR (${mentionsCount(now())} AND EXISTS (
            SELECT 1 FROM mentions x
            WHERE x.tenant = m.tenant AND x.room = m.room AND x."user" IN (m."user", '') AND x.seq > m.read_seq)))
          AND (coalesce(u.unread_told_at, 0) <= greatest(coalesce(u.last_seen_at, 0), coalesce(m.read_at, 0))
            OR u.unread_told_at > ${now() + awayMs}::bigint)
          AND EXISTS (
            SELECT 1 FROM (
              SELECT * FROM messages x WHERE (x.tenant, x.room) = (m.tenant, m.room) AND x.seq > ${readTo}
                AND x.author <> m."user" AND x.kind = 'text' AND x.deleted_at IS NULL ORDER BY x.seq LIMIT 1) said)
        ORDER BY m."user" LIMIT ${limit}`,
    tellUnread: (tenant, users, at) =>
      retryOnConflict(() =>
        transaction(async (askIn) => {
          for (const user of users) {
            await askIn`UPDATE users SET unread_told_at = ${at}::bigint WHERE tenant = ${tenant} AND id = ${user}`
            await askIn`
              INSERT INTO webhook_events (tenant, webhook, room, rev, event, seq, at)
              SELECT w.tenant, w.id, ${roomOfUser(user)}, ${at}::bigint, 'user.unread', NULL, ${at}::bigint
              FROM webhooks w WHERE w.tenant = ${tenant} AND ${wantsIt('user.unread')} ON CONFLICT DO NOTHING`
          }
        }),
      ),
    async endCheck({ tenant, room, at }, next) {
      if (next !== undefined)
        await ask`
          INSERT INTO webhook_checks (tenant, room, at) VALUES (${tenant}, ${room}, ${next}::bigint)
          ON CONFLICT DO NOTHING`
      await ask`DELETE FROM webhook_checks WHERE tenant = ${tenant} AND room = ${room} AND at = ${at}::bigint`
    },
  }
}

const clock = sql`(extract(epoch FROM clock_timestamp()) * 1000)::bigint`
