/**
 * The tables on Postgres: those of sqlite/tables.ts, column for column, and that of the servers. Every key starts with the tenant, so the rows
 * of one lie together on one shard of a distributed database. drizzle-kit makes the migrations from this file
 * (`npm run db:generate`); it knows no storage parameters, so those are written into the generated SQL by hand.
 */
import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  customType,
  index,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import type { StoredSettings } from '../../rules/settings.ts'

/** Compared and sorted byte by byte, as SQLite does: whatever the locale of the database. */
const bytes = customType<{ data: string }>({ dataType: () => 'text COLLATE "C"' })

/** What a JavaScript number holds exactly: counts of changes, and milliseconds since 1970. */
const number = () => bigint({ mode: 'number' })

export const meta = pgTable('meta', {
  key: bytes().primaryKey(),
  value: text().notNull(),
})

export const tenants = pgTable('tenants', {
  id: bytes().primaryKey(),
  secrets: jsonb().$type<string[]>().notNull(),
  origins: jsonb().$type<string[]>().notNull(),
  directory: text({ enum: ['all', 'shared', 'none'] }).notNull(),
  /** All other settings that were set, by name. */
  settings: jsonb().$type<StoredSettings>().notNull().default({}),
  createdAt: number().notNull(),
  /** Since when nobody comes in … */
  disabledAt: number(),
  /** … and when that last ended. */
  enabledAt: number(),
})

export const hosts = pgTable('hosts', {
  host: bytes().primaryKey(),
  tenant: bytes()
    .notNull()
    .references(() => tenants.id, { onDelete: 'cascade' }),
})

export const users = pgTable(
  'users',
  {
    tenant: bytes().notNull(),
    id: bytes().notNull(),
    name: text().notNull(),
    avatarUrl: text(),
    /** What the host says about them. */
    about: text(),
    /** Where the host says they are: a name of the IANA database. */
    timeZone: text(),
    /** What the site keeps with them, as JSON. */
    data: text(),
    /** The name as it is searched and listed: accents and case folded. */
    folded: bytes().notNull(),
    lastSeenAt: number(),
    /** Who sees whether they are here (rules/presence.ts): absent, everybody. */
    presence: text(),
    doNotDisturb: boolean().notNull().default(false),
    /** Of a guest: as whom they have signed in since. Name and picture are then copies of theirs. */
    mergedInto: bytes(),
    /** When webhooks were told last what they have not read. */
    unreadToldAt: number(),
    createdAt: number().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenant, t.id] }),
    index('users_by_name').on(t.tenant, t.folded, t.id),
    // Guests who have signed in: of most users none.
    index('users_merged').on(t.tenant, t.mergedInto).where(sql`${t.mergedInto} IS NOT NULL`),
  ],
)

/** The words of every name, so that "lo" finds "Mina López" by an index. */
export const userWords = pgTable(
  'user_words',
  {
    tenant: bytes().notNull(),
    word: bytes().notNull(),
    user: bytes().notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.word, t.user] }), index('words_by_user').on(t.tenant, t.user)],
)

export const rooms = pgTable(
  'rooms',
  {
    tenant: bytes().notNull(),
    id: bytes().notNull(),
    kind: text({ enum: ['self', 'direct', 'group'] }).notNull(),
    name: text(),
    description: text(),
    pictureUrl: text(),
    /** What the site keeps with it, as JSON. */
    data: text(),
    /** Only owners send messages. */
    post: text({ enum: ['owners'] }),
    /** Seconds between two messages of a member; never 0. */
    slowMode: number(),
    /** Any user may join it, and the directory has it. */
    joining: text({ enum: ['open'] }),
    /** Members see only what came after they did. */
    history: text({ enum: ['since-joined'] }),
    /** Of the exact set of members, while the room is the one for them. */
    key: bytes(),
    /** The room's number: up by one with every durable change. */
    head: number().notNull(),
    rev: number().notNull(),
    /** Its rev when it last changed its members. */
    roster: number().notNull().default(0),
    lastSeq: number().notNull(),
    lastAt: number().notNull(),
    /**
     * The last place where somebody said something; what is after it, up to `quietTo`, the room itself says. It means
     * something only while `quietTo` is `lastSeq`: what is said, by whatever build, moves that alone.
     */
    quietFrom: number(),
    quietTo: number(),
    memberCount: number().notNull(),
    /** Messages went from it when it had this number: who knows it up to one before starts anew. */
    cutAt: number(),
    /** Days for which it keeps messages, where that is for less than the tenant does. */
    keepDays: number(),
    createdAt: number().notNull(),
    /** From then on it has no members; its other rows go afterwards … */
    deletedAt: number(),
    /** … and were gone by then, as earlier builds say, of which two on one database could leave some … */
    emptiedAt: number(),
    /** … and as this one says, which looks once at what those emptied. */
    clearedAt: number(),
  },
  (t) => [
    primaryKey({ columns: [t.tenant, t.id] }),
    // The key first: by the tenant alone, which rooms are asked for with their id, it must not look like a way to them.
    uniqueIndex('rooms_by_key_first').on(t.key, t.tenant),
    // Those that do: of most tenants none.
    index('rooms_keeping')
      .on(t.tenant, t.id)
      .where(sql`${t.keepDays} IS NOT NULL AND ${t.deletedAt} IS NULL`),
    // Those that are still to be emptied: next to none.
    index('rooms_uncleared')
      .on(t.tenant, t.id)
      .where(sql`${t.deletedAt} IS NOT NULL AND ${t.clearedAt} IS NULL`),
    // The same for earlier builds.
    index('rooms_deleted')
      .on(t.tenant, t.id)
      .where(sql`${t.deletedAt} IS NOT NULL AND ${t.emptiedAt} IS NULL`),
    // The directory: of most tenants next to none.
    index('rooms_open')
      .on(t.tenant, sql`(-${t.memberCount})`, sql`(coalesce(${t.name}, '') COLLATE "C")`, t.id)
      .where(sql`${t.joining} IS NOT NULL AND ${t.deletedAt} IS NULL`),
  ],
)

export const members = pgTable(
  'members',
  {
    tenant: bytes().notNull(),
    room: bytes().notNull(),
    user: bytes().notNull(),
    role: text({ enum: ['owner', 'member'] }).notNull(),
    readSeq: number().notNull(),
    readAt: number(),
    joinedSeq: number().notNull(),
    leftSeq: number(),
    /**
     * The `leftSeq` of a removal by somebody else. Only while both are the same does it mean anything: nodes of a build
     * that does not know it add and leave without touching it.
     */
    removedSeq: number(),
    muted: boolean().notNull(),
    /** Of those that are muted: they are no longer from then on, and nothing is written. */
    mutedUntil: number(),
    muteMentions: boolean().notNull().default(false),
    pinnedAt: number(),
    /** The place of the last message when it was archived. */
    archivedSeq: number(),
    unreadFrom: number(),
    /** How often the member changed these. */
    arrangedRev: number().notNull().default(0),
    /** When they last wrote while the room was in slow mode; nothing is written elsewhere. */
    postedAt: number(),
  },
  (t) => [
    primaryKey({ columns: [t.tenant, t.room, t.user] }),
    index('members_by_user').on(t.tenant, t.user),
    // Who owns a room, and who has been in it longest: the first entries of each role.
    index('members_by_role')
      .on(t.tenant, t.room, t.role, t.joinedSeq, t.user)
      .where(sql`${t.leftSeq} IS NULL`),
    // Few are: most memberships need no entry.
    index('members_pinned').on(t.tenant, t.user, t.pinnedAt).where(sql`${t.pinnedAt} IS NOT NULL`),
    index('members_archived').on(t.tenant, t.user).where(sql`${t.archivedSeq} IS NOT NULL`),
  ],
)

export const messages = pgTable(
  'messages',
  {
    tenant: bytes().notNull(),
    room: bytes().notNull(),
    seq: number().notNull(),
    rev: number().notNull(),
    id: bytes().notNull(),
    author: bytes().notNull(),
    kind: text({ enum: ['text', 'system'] }).notNull(),
    text: text().notNull(),
    /** What a system message says, as JSON. */
    system: text(),
    /** Of the first body, once that has changed: by it a retry differs from another message under the same id. */
    hash: bytes().notNull(),
    createdAt: number().notNull(),
    editedAt: number(),
    deletedAt: number(),
    /** The seq of the message that it answers. */
    replyTo: number(),
    /** Who said first what it says again. */
    forwarded: bytes(),
    /** What the site itself says, as JSON (rules/site-message.ts). */
    site: text(),
    pinnedBy: bytes(),
    pinnedAt: number(),
    /** Whom it mentions, as JSON (rules/mentions.ts). */
    mentions: text(),
    /** The summary of its reactions, as JSON (rules/reactions.ts). */
    reactions: text(),
  },
  (t) => [
    primaryKey({ columns: [t.tenant, t.room, t.seq] }),
    uniqueIndex('messages_by_id').on(t.tenant, t.room, t.id),
    // A message that never changed has rev = seq and is found by its key: most messages need no second entry.
    index('messages_changed').on(t.tenant, t.room, t.rev).where(sql`${t.rev} > ${t.seq}`),
    index('messages_pinned').on(t.tenant, t.room, t.pinnedAt).where(sql`${t.pinnedAt} IS NOT NULL`),
  ],
)

/** Who reacted to a message. What readers see of it is the summary in the message's row, which is written with it. */
export const reactions = pgTable(
  'reactions',
  {
    tenant: bytes().notNull(),
    room: bytes().notNull(),
    seq: number().notNull(),
    emoji: bytes().notNull(),
    user: bytes().notNull(),
    /** The room's number that it took: these are in this order. */
    rev: number().notNull(),
    at: number().notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.room, t.seq, t.emoji, t.user] })],
)

/**
 * Whom messages mention, so that unread mentions are counted in the order of a key; of a message that mentions the whole
 * room one row, of the user ''. What readers see is the column in the message's row, which is written with these.
 */
export const mentions = pgTable(
  'mentions',
  {
    tenant: bytes().notNull(),
    room: bytes().notNull(),
    user: bytes().notNull(),
    seq: number().notNull(),
    /** As the message's. Where that has another one, a node of an earlier build gave it another text, and the row says nothing. */
    editedAt: number(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.room, t.user, t.seq] })],
)

/** Links by which users join a room. */
export const links = pgTable(
  'links',
  {
    tenant: bytes().notNull(),
    room: bytes().notNull(),
    id: bytes().notNull(),
    code: bytes().notNull(),
    createdAt: number().notNull(),
    expiresAt: number(),
    maxUses: number(),
    used: number().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenant, t.room, t.id] }),
    uniqueIndex('links_by_code').on(t.code, t.tenant),
  ],
)

/** Keys by which a tenant's own servers ask (rules/keys.ts). */
export const keys = pgTable(
  'keys',
  {
    tenant: bytes().notNull(),
    id: bytes().notNull(),
    hash: text().notNull(),
    name: text().notNull(),
    /** Apart by spaces. */
    scopes: text().notNull(),
    createdAt: number().notNull(),
    usedAt: number(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.id] })],
)

/** Requests of a site's servers that must not be performed twice, for a day (http/idempotency.ts). */
export const idempotency = pgTable(
  'idempotency',
  {
    tenant: bytes().notNull(),
    key: bytes().notNull(),
    name: bytes().notNull(),
    /** Of the request. */
    fingerprint: text().notNull(),
    /** When it began. */
    at: number().notNull(),
    /** Of the answer; none while there is none. */
    status: number(),
    body: text(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.key, t.name] }), index('idempotency_by_time').on(t.at)],
)

/** Whom the site signed out, and who may not sign in. */
export const signOuts = pgTable(
  'sign_outs',
  {
    tenant: bytes().notNull(),
    user: bytes().notNull(),
    at: number().notNull(),
    /** Tokens that were issued before are good no more. */
    tokensFrom: number(),
    isDisabled: boolean().notNull(),
    isEnabled: boolean().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenant, t.user] }),
    index('sign_outs_by_time').on(t.at),
    // Next to none.
    index('sign_outs_disabled').on(t.at).where(sql`${t.isDisabled}`),
  ],
)

/** Where a tenant's site is told what happens (rules/webhooks.ts). */
export const webhooks = pgTable(
  'webhooks',
  {
    tenant: bytes().notNull(),
    id: bytes().notNull(),
    url: text().notNull(),
    /** Each between two spaces; empty: all, also those that later versions know. */
    events: text().notNull(),
    /** Newest first, sealed as those of tenants. */
    secrets: jsonb().$type<string[]>().notNull(),
    createdAt: number().notNull(),
    /** To the minute. */
    deliveredAt: number(),
    /** Events that were given up, and when the last of them was. */
    dropped: number().notNull().default(0),
    droppedAt: number(),
    disabledAt: number(),
    disabledWhy: text(),
    /** On Postgres: which server delivers, and how long it may. */
    leasedBy: bytes(),
    leasedUntil: number().notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.id] })],
)

/**
 * What happened where, for the webhooks of its tenant: all of one transaction in a row, so that those who write pay as little as can
 * be. It is taken apart into `webhookEvents` in a moment (rules/webhook-rows.ts says how it is written).
 */
export const webhookLog = pgTable('webhook_log', {
  /** Taken while the rooms are locked: of each room it rises. */
  no: bigint({ mode: 'number' }).primaryKey().generatedByDefaultAsIdentity(),
  tenant: bytes().notNull(),
  events: text().notNull(),
})

/** What is to be delivered: what happened where, and nothing that was said. The room of `user.unread` is `@` and the user. */
export const webhookEvents = pgTable(
  'webhook_events',
  {
    tenant: bytes().notNull(),
    webhook: bytes().notNull(),
    room: bytes().notNull(),
    rev: number().notNull(),
    event: text().notNull(),
    /** The place of the message that it is about. */
    seq: number(),
    at: number().notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.webhook, t.room, t.rev] })],
)

/** Rooms whose last delivery failed, and when it is tried again. */
export const webhookHolds = pgTable(
  'webhook_holds',
  {
    tenant: bytes().notNull(),
    webhook: bytes().notNull(),
    room: bytes().notNull(),
    attempts: number().notNull(),
    nextAt: number().notNull(),
    why: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.webhook, t.room] })],
)

/** Rooms where somebody said something that members who are away may have to be told of: one row for each minute. */
export const webhookChecks = pgTable(
  'webhook_checks',
  {
    tenant: bytes().notNull(),
    room: bytes().notNull(),
    at: number().notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.room, t.at] }), index('webhook_checks_by_time').on(t.at)],
)

/** Users who are being erased, or were lately (rules/erasing.ts). */
export const erasures = pgTable(
  'erasures',
  {
    tenant: bytes().notNull(),
    /** Of the user's id, by the key of this database. */
    hash: bytes().notNull(),
    /** While it goes on. */
    user: bytes(),
    at: number().notNull(),
    /** The last message that was looked at. */
    room: bytes().notNull(),
    seq: number().notNull(),
    doneAt: number(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.hash] })],
)

/** What users used up of their quotas (rules/quotas.ts): one row for each, which begins anew with the hour or day. */
export const usage = pgTable(
  'usage',
  {
    tenant: bytes().notNull(),
    user: bytes().notNull(),
    what: text({ enum: ['open', 'add', 'text', 'guest'] }).notNull(),
    /** When the hour or day began. */
    since: number().notNull(),
    used: number().notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.user, t.what] })],
)

/** Only here: a folder of SQLite has one server. */
export const servers = pgTable('servers', {
  id: bytes().primaryKey(),
  /** By the database's clock. */
  seenAt: number().notNull(),
})
