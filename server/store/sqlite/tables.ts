/**
 * The tables on SQLite. Every key starts with the tenant, but for that of a message, which starts with the number of
 * its room. drizzle-kit makes the migrations from this file (`npm run db:generate`); it knows no WITHOUT ROWID, so that
 * is written into the generated SQL by hand.
 */
import { sql } from 'drizzle-orm'
import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { StoredSettings } from '../../rules/settings.ts'

export const meta = sqliteTable('meta', {
  key: text().primaryKey(),
  value: text().notNull(),
})

export const tenants = sqliteTable('tenants', {
  id: text().primaryKey(),
  secrets: text({ mode: 'json' }).$type<string[]>().notNull(),
  origins: text({ mode: 'json' }).$type<string[]>().notNull(),
  directory: text({ enum: ['all', 'shared', 'none'] }).notNull(),
  /** All other settings that were set, by name. */
  settings: text({ mode: 'json' }).$type<StoredSettings>().notNull().default({}),
  createdAt: integer().notNull(),
  /** Since when nobody comes in … */
  disabledAt: integer(),
  /** … and when that last ended. */
  enabledAt: integer(),
})

export const hosts = sqliteTable('hosts', {
  host: text().primaryKey(),
  tenant: text()
    .notNull()
    .references(() => tenants.id, { onDelete: 'cascade' }),
})

export const users = sqliteTable(
  'users',
  {
    tenant: text().notNull(),
    id: text().notNull(),
    name: text().notNull(),
    avatarUrl: text(),
    /** What the host says about them. */
    about: text(),
    /** Where the host says they are: a name of the IANA database. */
    timeZone: text(),
    /** What the site keeps with them, as JSON. */
    data: text(),
    /** The name as it is searched and listed: accents and case folded. */
    folded: text().notNull(),
    lastSeenAt: integer(),
    /** Who sees whether they are here (rules/presence.ts): absent, everybody. */
    presence: text(),
    doNotDisturb: integer({ mode: 'boolean' }).notNull().default(false),
    /** Of a guest: as whom they have signed in since. Name and picture are then copies of theirs. */
    mergedInto: text(),
    /** When webhooks were told last what they have not read. */
    unreadToldAt: integer(),
    createdAt: integer().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenant, t.id] }),
    index('users_by_name').on(t.tenant, t.folded, t.id),
    // Guests who have signed in: of most users none.
    index('users_merged').on(t.tenant, t.mergedInto).where(sql`${t.mergedInto} IS NOT NULL`),
  ],
)

/** The words of every name, so that "lo" finds "Mina López" by an index. */
export const userWords = sqliteTable(
  'user_words',
  {
    tenant: text().notNull(),
    word: text().notNull(),
    user: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.word, t.user] }), index('words_by_user').on(t.tenant, t.user)],
)

export const rooms = sqliteTable(
  'rooms',
  {
    /** In the keys of its messages. AUTOINCREMENT: that of a room that was removed is never given again. */
    no: integer().primaryKey({ autoIncrement: true }),
    tenant: text().notNull(),
    id: text().notNull(),
    kind: text({ enum: ['self', 'direct', 'group'] }).notNull(),
    name: text(),
    description: text(),
    pictureUrl: text(),
    /** What the site keeps with it, as JSON. */
    data: text(),
    /** Only owners send messages. */
    post: text({ enum: ['owners'] }),
    /** Seconds between two messages of a member; never 0. */
    slowMode: integer(),
    /** Any user may join it, and the directory has it. */
    joining: text({ enum: ['open'] }),
    /** Members see only what came after they did. */
    history: text({ enum: ['since-joined'] }),
    /** Its place in the directory: of these two only the index holds copies. */
    crowdOrder: integer().generatedAlwaysAs(sql.raw('-member_count'), { mode: 'virtual' }),
    nameOrder: text().generatedAlwaysAs(sql.raw("coalesce(name, '')"), { mode: 'virtual' }),
    /** Of the exact set of members, while the room is the one for them. */
    key: text(),
    /** The room's number: up by one with every durable change. */
    head: integer().notNull(),
    rev: integer().notNull(),
    /** Its rev when it last changed its members. */
    roster: integer().notNull().default(0),
    lastSeq: integer().notNull(),
    lastAt: integer().notNull(),
    /**
     * The last place where somebody said something; what is after it, up to `quietTo`, the room itself says. It means
     * something only while `quietTo` is `lastSeq`: what is said, by whatever build, moves that alone.
     */
    quietFrom: integer(),
    quietTo: integer(),
    memberCount: integer().notNull(),
    /** Messages went from it when it had this number: who knows it up to one before starts anew. */
    cutAt: integer(),
    /** Days for which it keeps messages, where that is for less than the tenant does. */
    keepDays: integer(),
    createdAt: integer().notNull(),
    /** From then on it has no members; its other rows go afterwards … */
    deletedAt: integer(),
    /** … and were gone by then, as earlier builds say, of which two on one database could leave some … */
    emptiedAt: integer(),
    /** … and as this one says, which looks once at what those emptied. */
    clearedAt: integer(),
  },
  (t) => [
    uniqueIndex('rooms_by_id').on(t.tenant, t.id),
    uniqueIndex('rooms_by_key').on(t.tenant, t.key),
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
      .on(t.tenant, t.crowdOrder, t.nameOrder, t.id)
      .where(sql`${t.joining} IS NOT NULL AND ${t.deletedAt} IS NULL`),
    // What a message's key holds of each.
    check('rooms_in_keys', sql.raw('no <= 2147483647 AND head <= 2147483647')),
  ],
)

export const members = sqliteTable(
  'members',
  {
    tenant: text().notNull(),
    room: text().notNull(),
    user: text().notNull(),
    role: text({ enum: ['owner', 'member'] }).notNull(),
    readSeq: integer().notNull(),
    readAt: integer(),
    joinedSeq: integer().notNull(),
    leftSeq: integer(),
    /**
     * The `leftSeq` of a removal by somebody else. Only while both are the same does it mean anything: nodes of a build
     * that does not know it add and leave without touching it.
     */
    removedSeq: integer(),
    muted: integer({ mode: 'boolean' }).notNull(),
    /** Of those that are muted: they are no longer from then on, and nothing is written. */
    mutedUntil: integer(),
    muteMentions: integer({ mode: 'boolean' }).notNull().default(false),
    pinnedAt: integer(),
    /** The place of the last message when it was archived. */
    archivedSeq: integer(),
    unreadFrom: integer(),
    /** How often the member changed these. */
    arrangedRev: integer().notNull().default(0),
    /** When they last wrote while the room was in slow mode; nothing is written elsewhere. */
    postedAt: integer(),
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

export const messages = sqliteTable(
  'messages',
  {
    /** The number of its room << 32 | seq. Beyond 2^53: for SQL only. */
    key: integer().primaryKey(),
    /** Of these two only the indexes hold copies. */
    room: integer().generatedAlwaysAs(sql.raw('key >> 32'), { mode: 'virtual' }),
    seq: integer().generatedAlwaysAs(sql.raw('key & 4294967295'), { mode: 'virtual' }),
    rev: integer().notNull(),
    id: text().notNull(),
    author: text().notNull(),
    kind: text({ enum: ['text', 'system'] }).notNull(),
    text: text().notNull(),
    /** What a system message says, as JSON. */
    system: text(),
    /** Of the first body, once that has changed: by it a retry differs from another message under the same id. */
    hash: text().notNull(),
    createdAt: integer().notNull(),
    editedAt: integer(),
    deletedAt: integer(),
    /** The seq of the message that it answers. */
    replyTo: integer(),
    /** Who said first what it says again. */
    forwarded: text(),
    /** What the site itself says, as JSON (rules/site-message.ts). */
    site: text(),
    pinnedBy: text(),
    pinnedAt: integer(),
    /** Whom it mentions, as JSON (rules/mentions.ts). */
    mentions: text(),
    /** The summary of its reactions, as JSON (rules/reactions.ts). */
    reactions: text(),
  },
  (t) => [
    // The id before the room: UUIDv7s of all rooms then grow at one end of the index, instead of one end for each room.
    uniqueIndex('messages_by_id').on(t.id, t.room),
    // A message that never changed has rev = seq and is found by its key: most messages need no second entry.
    index('messages_changed').on(t.room, t.rev).where(sql`${t.rev} > ${t.seq}`),
    index('messages_pinned').on(t.room, t.pinnedAt).where(sql`${t.pinnedAt} IS NOT NULL`),
  ],
)

/** Who reacted to a message. What readers see of it is the summary in the message's row, which is written with it. */
export const reactions = sqliteTable(
  'reactions',
  {
    tenant: text().notNull(),
    room: text().notNull(),
    seq: integer().notNull(),
    emoji: text().notNull(),
    user: text().notNull(),
    /** The room's number that it took: these are in this order. */
    rev: integer().notNull(),
    at: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.room, t.seq, t.emoji, t.user] })],
)

/**
 * Whom messages mention, so that unread mentions are counted in the order of a key; of a message that mentions the whole
 * room one row, of the user ''. What readers see is the column in the message's row, which is written with these.
 */
export const mentions = sqliteTable(
  'mentions',
  {
    tenant: text().notNull(),
    room: text().notNull(),
    user: text().notNull(),
    seq: integer().notNull(),
    /** As the message's. Where that has another one, a node of an earlier build gave it another text, and the row says nothing. */
    editedAt: integer(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.room, t.user, t.seq] })],
)

/** Links by which users join a room. */
export const links = sqliteTable(
  'links',
  {
    tenant: text().notNull(),
    room: text().notNull(),
    id: text().notNull(),
    code: text().notNull(),
    createdAt: integer().notNull(),
    expiresAt: integer(),
    maxUses: integer(),
    used: integer().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenant, t.room, t.id] }),
    uniqueIndex('links_by_code').on(t.code, t.tenant),
  ],
)

/** Keys by which a tenant's own servers ask (rules/keys.ts). */
export const keys = sqliteTable(
  'keys',
  {
    tenant: text().notNull(),
    id: text().notNull(),
    hash: text().notNull(),
    name: text().notNull(),
    /** Apart by spaces. */
    scopes: text().notNull(),
    createdAt: integer().notNull(),
    usedAt: integer(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.id] })],
)

/** Requests of a site's servers that must not be performed twice, for a day (http/idempotency.ts). */
export const idempotency = sqliteTable(
  'idempotency',
  {
    tenant: text().notNull(),
    key: text().notNull(),
    name: text().notNull(),
    /** Of the request. */
    fingerprint: text().notNull(),
    /** When it began. */
    at: integer().notNull(),
    /** Of the answer; none while there is none. */
    status: integer(),
    body: text(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.key, t.name] }), index('idempotency_by_time').on(t.at)],
)

/** Whom the site signed out, and who may not sign in. */
export const signOuts = sqliteTable(
  'sign_outs',
  {
    tenant: text().notNull(),
    user: text().notNull(),
    at: integer().notNull(),
    /** Tokens that were issued before are good no more. */
    tokensFrom: integer(),
    isDisabled: integer({ mode: 'boolean' }).notNull(),
    isEnabled: integer({ mode: 'boolean' }).notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenant, t.user] }),
    index('sign_outs_by_time').on(t.at),
    // Next to none.
    index('sign_outs_disabled').on(t.at).where(sql`${t.isDisabled}`),
  ],
)

/** Where a tenant's site is told what happens (rules/webhooks.ts). */
export const webhooks = sqliteTable(
  'webhooks',
  {
    tenant: text().notNull(),
    id: text().notNull(),
    url: text().notNull(),
    /** Each between two spaces; empty: all, also those that later versions know. */
    events: text().notNull(),
    /** Newest first, sealed as those of tenants. */
    secrets: text({ mode: 'json' }).$type<string[]>().notNull(),
    createdAt: integer().notNull(),
    /** To the minute. */
    deliveredAt: integer(),
    /** Events that were given up, and when the last of them was. */
    dropped: integer().notNull().default(0),
    droppedAt: integer(),
    disabledAt: integer(),
    disabledWhy: text(),
    /** On Postgres: which server delivers, and how long it may. */
    leasedBy: text(),
    leasedUntil: integer().notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.id] })],
)

/**
 * What happened where, for the webhooks of its tenant: all of one commit in a row, so that those who write pay as little as can be.
 * It is taken apart into `webhookEvents` in a moment (rules/webhook-rows.ts says how it is written).
 */
export const webhookLog = sqliteTable('webhook_log', {
  /** Rises, and lies at the end of the file's pages: a commit writes few more. */
  no: integer().primaryKey(),
  tenant: text().notNull(),
  events: text().notNull(),
})

/** What is to be delivered: what happened where, and nothing that was said. The room of `user.unread` is `@` and the user. */
export const webhookEvents = sqliteTable(
  'webhook_events',
  {
    tenant: text().notNull(),
    webhook: text().notNull(),
    room: text().notNull(),
    rev: integer().notNull(),
    event: text().notNull(),
    /** The place of the message that it is about. */
    seq: integer(),
    at: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.webhook, t.room, t.rev] })],
)

/** Rooms whose last delivery failed, and when it is tried again. */
export const webhookHolds = sqliteTable(
  'webhook_holds',
  {
    tenant: text().notNull(),
    webhook: text().notNull(),
    room: text().notNull(),
    attempts: integer().notNull(),
    nextAt: integer().notNull(),
    why: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.webhook, t.room] })],
)

/** Rooms where somebody said something that members who are away may have to be told of: one row for each minute. */
export const webhookChecks = sqliteTable(
  'webhook_checks',
  {
    tenant: text().notNull(),
    room: text().notNull(),
    at: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.room, t.at] }), index('webhook_checks_by_time').on(t.at)],
)

/** Users who are being erased, or were lately (rules/erasing.ts). */
export const erasures = sqliteTable(
  'erasures',
  {
    tenant: text().notNull(),
    /** Of the user's id, by the key of this database. */
    hash: text().notNull(),
    /** While it goes on. */
    user: text(),
    at: integer().notNull(),
    /** The last message that was looked at. */
    room: text().notNull(),
    seq: integer().notNull(),
    doneAt: integer(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.hash] })],
)

/** What users used up of their quotas (rules/quotas.ts): one row for each, which begins anew with the hour or day. */
export const usage = sqliteTable(
  'usage',
  {
    tenant: text().notNull(),
    user: text().notNull(),
    what: text({ enum: ['open', 'add', 'text', 'guest'] }).notNull(),
    /** When the hour or day began. */
    since: integer().notNull(),
    used: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenant, t.user, t.what] })],
)
