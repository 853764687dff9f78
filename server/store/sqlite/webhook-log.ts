/** What webhooks are to be told of: logged with the change, one row for all of a commit, and taken apart afterwards. */
import type Database from 'better-sqlite3'
import { columnWants, isLoggedFor, logColumn, loggedIn } from '../../rules/webhook-rows.ts'
import { checkEveryMs } from '../../rules/webhooks.ts'
import type { NewWebhookEvent } from '../store.ts'
import type { Gathered } from './group-commit.ts'

/** Some thousand events: for some milliseconds everybody else who writes waits. In smaller parts each page is written more often. */
const mostCharsAtOnce = 200_000

/** Within the transaction of a change: what is to be delivered of it. */
export type SqliteOutbox = (tenant: string, event: NewWebhookEvent) => void

type LogRow = { readonly tenant: string; readonly no: number; readonly events: string }
type Wish = { readonly id: string; readonly events: string }

export class SqliteWebhookLog implements Gathered {
  readonly #version: Database.Statement<[], number>
  readonly #wishes: Database.Statement<[string], Wish>
  readonly #append: Database.Statement
  readonly #first: Database.Statement<[], LogRow>
  readonly #any: Database.Statement<[], number>
  readonly #forget: Database.Statement
  readonly #put: Database.Statement
  readonly #check: Database.Statement
  readonly #gathered: { readonly tenant: string; readonly event: NewWebhookEvent }[] = []
  /** What the webhooks of each tenant want, as of a version of the database. */
  readonly #wanted = new Map<string, Wish[]>()
  #wantedAt: number | undefined
  /** Since the transaction began. */
  #isCurrent = false

  readonly #now: () => number

  constructor(db: Database.Database, now: () => number) {
    this.#now = now
    // Another one as soon as any other connection has committed: the command line adds webhooks beside a server.
    this.#version = db.prepare<[], number>('PRAGMA data_version').pluck()
    this.#wishes = db.prepare('SELECT id, events FROM webhooks WHERE tenant = ? AND disabled_at IS NULL')
    this.#append = db.prepare(`INSERT INTO webhook_log (tenant, events) VALUES (@tenant, @events)`)
    this.#first = db.prepare('SELECT tenant, no, events FROM webhook_log ORDER BY no')
    this.#any = db.prepare<[], number>('SELECT 1 FROM webhook_log LIMIT 1').pluck()
    this.#forget = db.prepare('DELETE FROM webhook_log WHERE no = @no')
    this.#put = db.prepare(
      `INSERT INTO webhook_events (tenant, webhook, room, rev, event, seq, at) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    )
    this.#check = db.prepare(
      `INSERT INTO webhook_checks (tenant, room, at)
       SELECT @tenant, @room, @at WHERE NOT EXISTS (
         SELECT 1 FROM webhook_checks WHERE tenant = @tenant AND room = @room AND at BETWEEN @at - ${checkEveryMs - 1} AND @at + ${checkEveryMs})
       ON CONFLICT DO NOTHING`,
    )
  }

  get size(): number {
    return this.#gathered.length
  }

  readonly note: SqliteOutbox = (tenant, event) => {
    // Nearly no tenant has one: that is all that it costs them.
    if (this.#wishesOf(tenant).some(({ events }) => isLoggedFor(events, event.event)))
      this.#gathered.push({ tenant, event })
  }

  write(): void {
    this.#isCurrent = false
    if (this.#gathered.length === 0) return
    const byTenant = Map.groupBy(this.#gathered, ({ tenant }) => tenant)
    for (const [tenant, some] of byTenant)
      this.#append.run({ tenant, events: logColumn(some.map(({ event }) => event)) })
    this.#gathered.length = 0
  }

  undo(size: number): void {
    this.#gathered.length = size
    this.forgetWishes()
  }

  /** Where this connection changed a webhook. */
  forgetWishes(): void {
    this.#wantedAt = undefined
    this.#isCurrent = false
  }

  get isEmpty(): boolean {
    return this.#any.get() === undefined
  }

  /** Within a transaction. @param mostChars of the log: all of it without @returns whether more is left */
  sortOut(mostChars = mostCharsAtOnce): boolean {
    const byTenant = new Map<string, NewWebhookEvent[]>()
    const rows: LogRow[] = []
    let chars = 0
    for (const row of this.#first.iterate()) {
      rows.push(row)
      chars += row.events.length
      if (chars >= mostChars) break
    }
    for (const { tenant, no, events } of rows) {
      const all = byTenant.get(tenant) ?? []
      all.push(...loggedIn(events))
      byTenant.set(tenant, all)
      this.#forget.run({ no })
    }
    for (const [tenant, events] of byTenant) this.#place(tenant, events)
    return chars >= mostChars
  }

  #place(tenant: string, events: NewWebhookEvent[]): void {
    // Side by side as they will lie: each page of the table is written once.
    events.sort((a, b) => (a.room === b.room ? a.rev - b.rev : a.room < b.room ? -1 : 1))
    const wishes = this.#wishesOf(tenant)
    for (const { id, events: wanted } of wishes)
      for (const { room, rev, event, seq, at } of events)
        if (columnWants(wanted, event)) this.#put.run(tenant, id, room, rev, event, seq, at)
    if (!wishes.some((one) => columnWants(one.events, 'user.unread'))) return
    // What a wrong clock said is looked at no later.
    const now = this.#now()
    let room: string | undefined
    for (const one of events) {
      if (one.event !== 'message.sent' || one.room === room) continue
      room = one.room
      this.#check.run({ tenant, room, at: Math.min(one.at, now) })
    }
  }

  #wishesOf(tenant: string): readonly Wish[] {
    if (!this.#isCurrent) {
      const version = this.#version.get()
      if (version !== this.#wantedAt) this.#wanted.clear()
      this.#wantedAt = version
      this.#isCurrent = true
    }
    let wishes = this.#wanted.get(tenant)
    if (wishes === undefined) {
      wishes = this.#wishes.all(tenant)
      this.#wanted.set(tenant, wishes)
    }
    return wishes
  }
}
