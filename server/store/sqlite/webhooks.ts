import type Database from 'better-sqlite3'
import { messageView } from '../../rules/rows.ts'
import {
  eventsColumn,
  type HoldRow,
  holdIn,
  type WebhookRow,
  webhookColumns,
  webhookIn,
} from '../../rules/webhook-rows.ts'
import {
  awayMs,
  mostWebhooks,
  noWebhook,
  roomOfUser,
  spaced,
  takenWebhook,
  tooManyWebhooks,
} from '../../rules/webhooks.ts'
import type { Seal } from '../sealing.ts'
import type {
  NewWebhookEvent,
  PendingEvent,
  PendingPlace,
  UnreadMember,
  WebhookKey,
  WebhookStore,
} from '../store.ts'
import { counts, mentionsCount, readTo } from './arranging.ts'
import type { GroupCommit } from './group-commit.ts'
import { type KeyedRow, keyAt, keyedColumns, lastKey, roomNumber, rowIn } from './keys.ts'
import type { SqliteWebhookLog } from './webhook-log.ts'

const mostCounted = 1_000
const mostShownHolds = 20

type EventRow = Pick<NewWebhookEvent, 'rev' | 'event' | 'seq' | 'at'>

const ofHook = 'tenant = @tenant AND webhook = @id'
const wantsIt = `w.disabled_at IS NULL AND (w.events = '' OR instr(w.events, @spaced) > 0)`

/** Webhooks and what they have yet to deliver, on SQLite: one server has them all. */
export function sqliteWebhooks(
  db: Database.Database,
  commit: GroupCommit,
  { now, seal, log }: { now: () => number; seal: Seal; log: SqliteWebhookLog },
): WebhookStore {
  const open = (secret: string, tenant: string) => seal.open(secret, tenant)
  const sealAll = (secrets: readonly string[], tenant: string) =>
    JSON.stringify(secrets.map((secret) => seal.seal(secret, tenant)))
  const one = db.prepare<object, WebhookRow>(
    `SELECT ${webhookColumns} FROM webhooks WHERE tenant = @tenant AND id = @id`,
  )
  const ofTenant = db.prepare<object, WebhookRow>(
    `SELECT ${webhookColumns} FROM webhooks WHERE tenant = @tenant ORDER BY created_at, id`,
  )
  const all = db.prepare<[], WebhookRow>(
    `SELECT ${webhookColumns} FROM webhooks ORDER BY created_at, tenant, id`,
  )
  const insert = db.prepare(
    `INSERT INTO webhooks (tenant, id, url, events, secrets, created_at)
     VALUES (@tenant, @id, @url, @events, @secrets, @createdAt)`,
  )
  const setSecrets = db.prepare('UPDATE webhooks SET secrets = @secrets WHERE tenant = @tenant AND id = @id')
  const remove = db.prepare('DELETE FROM webhooks WHERE tenant = @tenant AND id = @id')
  const forgetEvents = db.prepare(`DELETE FROM webhook_events WHERE ${ofHook}`)
  const forgetHolds = db.prepare(`DELETE FROM webhook_holds WHERE ${ofHook}`)
  const disable = db.prepare(
    `UPDATE webhooks SET disabled_at = @at, disabled_why = @why WHERE tenant = @tenant AND id = @id AND disabled_at IS NULL`,
  )
  const nextRoom = db.prepare<object, PendingPlace>(
    `SELECT tenant, webhook, room FROM webhook_events WHERE (tenant, webhook, room) > (@tenant, @webhook, @room)
     ORDER BY tenant, webhook, room LIMIT 1`,
  )
  const hold = db.prepare<object, HoldRow>(
    'SELECT attempts, next_at, why FROM webhook_holds WHERE tenant = @tenant AND webhook = @webhook AND room = @room',
  )
  const waiting = db
    .prepare<object, number>(
      `SELECT count(*) FROM (
         SELECT * FROM (SELECT 1 FROM webhook_events WHERE ${ofHook} LIMIT ${mostCounted})
         UNION ALL SELECT 1 FROM webhooks w, webhook_log l, json_each(l.events) e
         WHERE w.tenant = @tenant AND w.id = @id AND w.disabled_at IS NULL AND l.tenant = @tenant
           AND (w.events = '' OR instr(w.events, ' ' || coalesce(json_extract(e.value, '$[3]'), 'message.sent') || ' ') > 0)
         LIMIT ${mostCounted})`,
    )
    .pluck()
  const holds = db.prepare<object, HoldRow & { room: string }>(
    `SELECT room, attempts, next_at, why FROM webhook_holds WHERE ${ofHook} ORDER BY room LIMIT ${mostShownHolds}`,
  )
  const events = db.prepare<object, EventRow>(
    `SELECT rev, event, seq, at FROM webhook_events
     WHERE tenant = @tenant AND webhook = @webhook AND room = @room ORDER BY rev LIMIT @limit`,
  )
  const message = db.prepare<object, KeyedRow>(
    `SELECT ${keyedColumns} FROM messages WHERE key = ${keyAt(roomNumber, '@seq')}`,
  )
  const put = db.prepare(
    `INSERT INTO webhook_events (tenant, webhook, room, rev, event, seq, at)
     VALUES (@tenant, @id, @room, @rev, @event, @seq, @at) ON CONFLICT DO NOTHING`,
  )
  const forget = db.prepare(`DELETE FROM webhook_events WHERE ${ofHook} AND room = @room AND rev = @rev`)
  const endHold = db.prepare(`DELETE FROM webhook_holds WHERE ${ofHook} AND room = @room`)
  const noteDelivery = db.prepare(
    `UPDATE webhooks SET delivered_at = @at
     WHERE tenant = @tenant AND id = @id AND coalesce(delivered_at, 0) <= @at - 60000`,
  )
  const putHold = db.prepare(
    `INSERT INTO webhook_holds (tenant, webhook, room, attempts, next_at, why)
     VALUES (@tenant, @id, @room, @attempts, @nextAt, @why)
     ON CONFLICT (tenant, webhook, room) DO UPDATE SET attempts = @attempts, next_at = @nextAt, why = @why`,
  )
  const drop = db.prepare(`DELETE FROM webhook_events WHERE ${ofHook} AND room = @room AND at < @old`)
  const endEmptyHold = db.prepare(
    `DELETE FROM webhook_holds WHERE ${ofHook} AND room = @room AND NOT EXISTS (
       SELECT 1 FROM webhook_events e WHERE e.tenant = @tenant AND e.webhook = @id AND e.room = @room)`,
  )
  const noteDrop = db.prepare(
    'UPDATE webhooks SET dropped = dropped + @count, dropped_at = @at WHERE tenant = @tenant AND id = @id',
  )
  const tryNow = db.prepare(`UPDATE webhook_holds SET next_at = 0 WHERE ${ofHook}`)
  const checks = db.prepare<object, { tenant: string; room: string; at: number }>(
    `SELECT tenant, room, at FROM webhook_checks INDEXED BY webhook_checks_by_time
     WHERE at < @before AND tenant IN (SELECT value FROM json_each(@tenants)) ORDER BY at LIMIT @limit`,
  )
  const unread = db.prepare<object, UnreadMember>(
    `SELECT m.user, u.last_seen_at AS seenAt FROM members m JOIN rooms r ON r.tenant = m.tenant AND r.id = m.room
         JOIN users u ON u.tenant = m.tenant AND u.id = m.user
       WHERE m.tenant = @tenant AND m.room = @room AND m.user > @after AND m.left_seq IS NULL AND r.deleted_at IS NULL
         AND NOT u.do_not_disturb AND u.merged_into IS NULL
         AND NOT EXISTS (SELECT 1 FROM sign_outs s WHERE s.tenant = m.tenant AND s.user = m.user AND s.is_disabled)
         AND (${counts} OR (${mentionsCount} AND EXISTS (
           SELECT 1 FROM mentions x
           WHERE x.tenant = m.tenant AND x.room = m.room AND x.user IN (m.user, '') AND x.seq > m.read_seq)))
         AND (coalesce(u.unread_told_at, 0) <= max(coalesce(u.last_seen_at, 0), coalesce(m.read_at, 0))
           OR u.unread_told_at > @now + ${awayMs})
         AND EXISTS (
           SELECT 1 FROM messages x WHERE x.key > ${keyAt('r.no', readTo('m'))} AND x.key <= ${lastKey('r.no')}
             AND x.author <> m.user AND x.kind = +'text' AND x.deleted_at IS NULL)
       ORDER BY m.user LIMIT @limit`,
  )
  const tellUser = db.prepare('UPDATE users SET unread_told_at = @at WHERE tenant = @tenant AND id = @user')
  const noteUser = db.prepare(
    `INSERT INTO webhook_events (tenant, webhook, room, rev, event, seq, at)
     SELECT w.tenant, w.id, @room, @at, 'user.unread', NULL, @at FROM webhooks w WHERE w.tenant = @tenant AND ${wantsIt}
     ON CONFLICT DO NOTHING`,
  )
  const forgetCheck = db.prepare(
    'DELETE FROM webhook_checks WHERE tenant = @tenant AND room = @room AND at = @at',
  )

  const putCheck = db.prepare(
    'INSERT INTO webhook_checks (tenant, room, at) VALUES (@tenant, @room, @at) ON CONFLICT DO NOTHING',
  )

  function eventIn(place: PendingPlace, row: EventRow): PendingEvent {
    const { tenant, room } = place
    const found = row.seq === null ? undefined : message.get({ tenant, room, seq: row.seq })
    return found ? { ...row, message: messageView(rowIn(room, found)) } : row
  }

  function forgetAll({ tenant, id }: WebhookKey): void {
    forgetEvents.run({ tenant, id })
    forgetHolds.run({ tenant, id })
  }

  return {
    add: (webhook) =>
      commit.run(() => {
        const { tenant, id, url, createdAt } = webhook
        if (one.get({ tenant, id })) throw takenWebhook(id)
        if (ofTenant.all({ tenant }).length >= mostWebhooks) throw tooManyWebhooks()
        const secrets = sealAll(webhook.secrets, tenant)
        // It is told what happens from now on.
        log.sortOut(Infinity)
        log.forgetWishes()
        insert.run({ tenant, id, url, createdAt, events: eventsColumn(webhook.events), secrets })
      }),
    async list(tenant) {
      const rows = tenant === undefined ? all.all() : ofTenant.all({ tenant })
      return rows.map((row) => webhookIn(row, open))
    },
    remove: ({ tenant, id }) =>
      commit.run(() => {
        forgetAll({ tenant, id })
        log.forgetWishes()
        return remove.run({ tenant, id }).changes > 0
      }),
    changeSecrets: ({ tenant, id }, change) =>
      commit.run(() => {
        const row = one.get({ tenant, id })
        if (!row) throw noWebhook(tenant, id)
        setSecrets.run({ tenant, id, secrets: sealAll(change(webhookIn(row, open).secrets), tenant) })
      }),
    disable: ({ tenant, id }, at, why) =>
      commit.run(() => {
        disable.run({ tenant, id, at, why })
        log.forgetWishes()
        forgetAll({ tenant, id })
      }),
    async lease() {
      return all
        .all()
        .filter(({ disabled_at }) => disabled_at === null)
        .map((row) => webhookIn(row, open))
    },
    async release() {},
    sortOut: async () => !log.isEmpty && (await commit.run(() => log.sortOut())),
    async listPending(after, limit) {
      const found: PendingPlace[] = []
      let place = after ?? { tenant: '', webhook: '', room: '' }
      while (found.length < limit) {
        const next = nextRoom.get(place)
        if (!next) break
        found.push(next)
        place = next
      }
      return found.map((one) => {
        const row = hold.get(one)
        const held = row && holdIn(row)
        return held ? { ...one, hold: held } : one
      })
    },
    async readBacklog({ tenant, id }) {
      const held = holds.all({ tenant, id }).flatMap(({ room, ...row }) => {
        const found = holdIn(row)
        return found ? [{ room, ...found }] : []
      })
      return { events: waiting.get({ tenant, id }) ?? 0, held }
    },
    async readEvents(place, limit) {
      return events.all({ ...place, limit }).map((row) => eventIn(place, row))
    },
    putEvents: ({ tenant, id }, given) =>
      commit.run(() => {
        // What history knows may stand in the log: of each room all before it comes first.
        log.sortOut(Infinity)
        for (const event of given) put.run({ tenant, id, ...event })
      }),
    markDelivered: ({ tenant, id }, delivered, at) =>
      commit.run(() => {
        for (const { room, revs } of delivered) {
          for (const rev of revs) forget.run({ tenant, id, room, rev })
          endHold.run({ tenant, id, room })
        }
        noteDelivery.run({ tenant, id, at })
      }),
    holdRooms: ({ tenant, id }, rooms, { at, old }) =>
      commit.run(() => {
        let count = 0
        for (const held of rooms) {
          putHold.run({ tenant, id, ...held })
          const gone = drop.run({ tenant, id, room: held.room, old }).changes
          if (gone > 0) endEmptyHold.run({ tenant, id, room: held.room })
          count += gone
        }
        if (count > 0) noteDrop.run({ tenant, id, count, at })
        return count
      }),
    endHolds: ({ tenant, id }) => commit.run(() => void tryNow.run({ tenant, id })),
    listChecks: async (tenants, before, limit) =>
      checks.all({ tenants: JSON.stringify(tenants), before, limit }),
    findUnread: async ({ tenant, room }, after, limit) =>
      unread.all({ tenant, room, after, limit, now: now() }),
    tellUnread: (tenant, users, at) =>
      commit.run(() => {
        for (const user of users) {
          tellUser.run({ tenant, user, at })
          noteUser.run({ tenant, room: roomOfUser(user), at, spaced: spaced('user.unread') })
        }
      }),
    endCheck: ({ tenant, room, at }, next) =>
      commit.run(() => {
        forgetCheck.run({ tenant, room, at })
        if (next !== undefined) putCheck.run({ tenant, room, at: next })
      }),
  }
}
