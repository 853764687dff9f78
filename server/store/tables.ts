/**
 * Every table of both databases, each once, and what becomes of its rows. A new table has all of it decided here:
 * test/store/tables.test.ts fails for one that is missing. `copy`, `removal`, `export` and `erase` are what the code does, and
 * test/store/erased.test.ts finds an erased user in any column that `erase` forgot; docs/operations.md and docs/privacy.md
 * show the list.
 */
export type Table = {
  readonly name: string
  /** The only database that has it; absent, both have. */
  readonly only?: 'sqlite' | 'postgres'
  readonly holds: string
  /**
   * The columns of its primary key, in order: the tenant first, where the rows are a tenant's. On SQLite `rooms` and
   * `messages` are keyed by numbers of their own, and these columns only make their rows unique.
   */
  readonly key: readonly string[]
  readonly copy: Copy
  readonly removal: Removal
  /** What a backup of the database holds of it, and what to mind. */
  readonly backup: string
  /** What `chatter tenant export` takes along. */
  readonly export: Export
  readonly erase: Erase
  /** What becomes of old rows where a tenant keeps messages for some days only. */
  readonly retention: string
}

/** What `chatter migrate-store` takes along. `where` is a condition on the rows, `says` the same for people. */
export type Copy = 'all' | 'none' | { readonly where: string; readonly says: string }

/**
 * The rows of a tenant that are exported: those of a condition, without some columns. What is left out is made anew where
 * they are imported, or is given there.
 */
export type Export = {
  readonly rows: 'all' | 'none' | { readonly where: string }
  readonly without?: readonly string[]
  readonly says: string
}

/**
 * What removing a tenant does with its rows. `first`: the tenant's own row goes, in one transaction with those of
 * `cascade`, and from then on nobody reaches the tenant. `slices`: then they go, some thousand at a time. `none`: they
 * are no tenant's.
 */
export type Removal = 'first' | 'cascade' | 'slices' | 'none'

/**
 * What erasing a user does. `rows`: those with their id in this column, behind the prefix, go, when it begins and once more when it ends; there
 * are few of them. `all`: so do all of the tenant. `steps`: rules/erasing.ts and both databases change them in slices. `nobody`: no row names a user.
 */
export type Erase =
  | { readonly how: 'nobody' }
  | { readonly how: 'rows'; readonly column: string; readonly prefix: string; readonly says: string }
  | { readonly how: 'all' | 'steps'; readonly says: string }

const whole = 'whole'
const nobody: Erase = { how: 'nobody' }
const rows = (column: string, says: string, prefix = ''): Erase => ({ how: 'rows', column, prefix, says })
const steps = (says: string): Erase => ({ how: 'steps', says })
const stays = 'stays'
const notExported = (why: string): Export => ({ rows: 'none', says: `nothing: ${why}` })
const exported: Export = { rows: 'all', says: 'all' }
const bookkeeping = {
  holds: 'which migrations this database has had',
  copy: 'none',
  removal: 'none',
  backup: whole,
  export: notExported('the target has its own'),
  erase: nobody,
  retention: stays,
} as const

/**
 * In the order of copying: on SQLite a message is found by its room. Removing a tenant takes the same order, in which
 * nothing new can come: without users nobody is added to a room, and without members nobody writes into one.
 */
export const tables: readonly Table[] = [
  {
    name: 'meta',
    holds:
      'the epoch, the version of the tenants, whether `default` is closed, by which fold all names were stored, the key of the hashes in `erasures`, on Postgres the id and timeline of the database, on SQLite the mark of a clean stop',
    key: ['key'],
    // The epoch, the id and the timeline belong to one database, and the mark of a clean stop belongs to a file beside it.
    copy: {
      where: `"key" NOT IN ('epoch', 'id', 'place', 'stopped')`,
      says: 'all but the epoch, the id, the timeline and the mark of a clean stop',
    },
    removal: 'none',
    backup: 'whole; a restored epoch is renewed',
    export: notExported('it belongs to the database'),
    erase: nobody,
    retention: stays,
  },
  {
    name: 'tenants',
    holds: 'secrets, origins and settings of each tenant',
    key: ['id'],
    copy: 'all',
    removal: 'first',
    backup: 'whole; the secrets are in it',
    export: {
      rows: 'all',
      without: ['id', 'secrets', 'origins', 'enabled_at', 'created_at'],
      says: 'its settings and whether it is disabled, but not `jwks`: who signs its tokens, and which pages use it, is said where it is imported',
    },
    erase: steps('they go from `guestContacts`; a new guest’s room is with the others'),
    retention: stays,
  },
  {
    name: 'hosts',
    holds: 'the hostnames that lead to tenants',
    key: ['host'],
    copy: 'all',
    removal: 'cascade',
    backup: whole,
    export: notExported('another server has other hostnames'),
    erase: nobody,
    retention: stays,
  },
  {
    name: 'users',
    holds:
      'the profiles that hosts signed in with, those of guests and whom these have signed in as, and who sees whether they are here',
    key: ['tenant', 'id'],
    copy: 'all',
    removal: 'slices',
    backup: whole,
    export: { rows: 'all', without: ['folded'], says: 'all; the names are folded anew' },
    erase: rows('id', 'their row goes; guests who signed in as them are erased with them'),
    retention: stays,
  },
  {
    name: 'user_words',
    holds: 'the words of names, by which users are found',
    key: ['tenant', 'word', 'user'],
    copy: 'all',
    removal: 'slices',
    backup: whole,
    export: notExported('it follows from the names'),
    erase: rows('user', 'their words go'),
    retention: stays,
  },
  {
    name: 'members',
    holds:
      'who is in which room or was, their role, how far they have read, how they keep it in their list, and whether an owner removed them',
    key: ['tenant', 'room', 'user'],
    copy: 'all',
    removal: 'slices',
    backup: whole,
    export: exported,
    erase: steps('their memberships go, and an owner is found as when somebody leaves'),
    retention: stays,
  },
  {
    name: 'rooms',
    holds: 'kind, name, description and numbers of each room; of one that was deleted, the numbers',
    key: ['tenant', 'id'],
    copy: 'all',
    removal: 'slices',
    backup: whole,
    export: exported,
    erase: steps(
      'stay for the others, and are no longer the room for their exact members; one that has no member left goes, but for those that anybody may join',
    ),
    retention: 'stays, and knows the last message that went',
  },
  {
    name: 'messages',
    holds: 'the messages of users, and the system messages',
    key: ['tenant', 'room', 'seq'],
    copy: 'all',
    removal: 'slices',
    backup: whole,
    export: { rows: 'all', says: 'all, tombstones too' },
    erase: steps(
      'theirs become tombstones of nobody, or go, as the tenant decides; in others nobody takes their place: in what the room says, where they pinned, were mentioned, or said first what was forwarded',
    ),
    retention: 'older ones go, and take no number',
  },
  {
    name: 'reactions',
    holds: 'who reacted to which message with which emoji, and when',
    key: ['tenant', 'room', 'seq', 'emoji', 'user'],
    copy: 'all',
    removal: 'slices',
    backup: whole,
    export: exported,
    erase: steps('theirs go, also from the summaries in `messages`'),
    retention: 'go with their message',
  },
  {
    name: 'mentions',
    holds: 'whom which message mentions',
    key: ['tenant', 'room', 'user', 'seq'],
    copy: 'all',
    removal: 'slices',
    backup: whole,
    export: exported,
    erase: steps('those of them go, also from `messages`'),
    retention: 'go with their message',
  },
  {
    name: 'links',
    holds: 'the join links of rooms, and how often each was used',
    key: ['tenant', 'room', 'id'],
    copy: 'all',
    removal: 'slices',
    backup: 'whole; the codes are in it',
    export: notExported('who has a code gets in; owners make new links'),
    erase: nobody,
    retention: stays,
  },
  {
    name: 'keys',
    holds:
      'the keys of the site’s own servers: what each may do, a hash of its secret, and when it was last used',
    key: ['tenant', 'id'],
    copy: 'all',
    removal: 'slices',
    backup: 'whole; no key can be made of it',
    export: notExported('another server has other keys'),
    erase: nobody,
    retention: stays,
  },
  {
    name: 'idempotency',
    holds: 'requests of the site’s own servers that must not be performed twice, with their answers',
    key: ['tenant', 'key', 'name'],
    copy: 'all',
    removal: 'slices',
    backup: whole,
    export: notExported('it is over within a day'),
    erase: {
      how: 'all',
      says: 'all of the tenant go, for an answer may name anybody; what is asked again finds what it made',
    },
    retention: 'go after a day',
  },
  {
    name: 'sign_outs',
    holds: 'whom the site signed out lately, and who may not sign in',
    key: ['tenant', 'user'],
    copy: 'all',
    removal: 'slices',
    backup: 'whole; a restored one forgets who was signed out since',
    export: {
      rows: { where: 'is_disabled' },
      without: ['at'],
      says: 'who may not sign in; all else is over with the longest token',
    },
    erase: rows('user', 'their row goes'),
    retention: 'go when no token of before can be valid',
  },
  {
    name: 'webhooks',
    holds: 'where the site is told what happens, of what, and the secrets by which that is signed',
    key: ['tenant', 'id'],
    copy: 'all',
    removal: 'slices',
    backup: 'whole; the secrets are in it',
    export: notExported('the secrets are the server’s, and the site would be told twice'),
    erase: nobody,
    retention: stays,
  },
  {
    name: 'webhook_log',
    holds:
      'which changes of which rooms webhooks are to be told of, as they were committed: for about a second',
    key: ['no'],
    copy: 'all',
    removal: 'slices',
    backup: 'whole; a restored one delivers again what was delivered since',
    export: notExported('another server has other webhooks'),
    erase: nobody,
    retention: 'go within seconds',
  },
  {
    name: 'webhook_events',
    holds: 'what webhooks have yet to deliver: which change of which room, and nothing that was said',
    key: ['tenant', 'webhook', 'room', 'rev'],
    copy: 'all',
    removal: 'slices',
    backup: 'whole; a restored one delivers again what was delivered since',
    export: notExported('another server has other webhooks'),
    erase: rows('room', 'their own go, where `room` is `@` and the id; others name no user', '@'),
    retention: 'go when they were delivered, or after a day; a message that is gone is delivered as gone',
  },
  {
    name: 'webhook_holds',
    holds: 'the rooms whose last delivery failed, and when it is tried again',
    key: ['tenant', 'webhook', 'room'],
    copy: 'all',
    removal: 'slices',
    backup: whole,
    export: notExported('another server has other webhooks'),
    erase: rows('room', 'their own go, where `room` is `@` and the id', '@'),
    retention: 'go with the next delivery',
  },
  {
    name: 'webhook_checks',
    holds: 'the rooms in which something was said that members who are away may have to be told of',
    key: ['tenant', 'room', 'at'],
    copy: 'all',
    removal: 'slices',
    backup: whole,
    export: notExported('it is over within minutes'),
    erase: nobody,
    retention: 'go within minutes',
  },
  {
    name: 'erasures',
    holds: 'who is being erased, and for a day and an hour afterwards a keyed hash of who was',
    key: ['tenant', 'hash'],
    copy: 'all',
    removal: 'slices',
    backup: 'whole; whoever was erased after it is there again when it is put back',
    export: notExported(
      'while somebody is being erased a tenant is not exported, and who was is in none of it',
    ),
    erase: steps('the id goes when all else is gone; the keyed hash of it goes 25 hours later'),
    retention: stays,
  },
  {
    name: 'usage',
    holds: 'what each user used up of the limits by the hour and day, and how many guests came',
    key: ['tenant', 'user', 'what'],
    copy: 'all',
    removal: 'slices',
    backup: whole,
    export: notExported('it is over within a day'),
    erase: rows('user', 'their rows go'),
    retention: 'stays: three rows for a user at most',
  },
  {
    name: 'servers',
    only: 'postgres',
    holds: 'the servers that run on the database',
    key: ['id'],
    copy: 'none',
    removal: 'none',
    backup: 'whole; rows of servers that are gone are removed',
    export: notExported('it belongs to the database'),
    erase: nobody,
    retention: 'go a minute after their server',
  },
  { name: '__drizzle_migrations', only: 'sqlite', key: ['id'], ...bookkeeping },
  { name: 'chatter_migrations', only: 'postgres', key: ['made_at'], ...bookkeeping },
]

/** Those with rows that are exported, in the order in which they are imported. */
export const exportedTables = tables.filter(({ export: { rows } }) => rows !== 'none')

/** The tables whose rows go in slices when their tenant does, in this order. */
export const ownedTables = tables.filter(({ removal }) => removal === 'slices')

/** Those with rows that go with a room when it is deleted. */
export const tablesOfRooms = ownedTables.filter(({ key }) => key[1] === 'room')

/**
 * Those with rows that go as they are when a user is erased, and which: for SQL, with ids in place of `user` and
 * `tenant`. What is kept for each webhook is found by the tenant's webhooks, for there may be very much of it.
 */
export const rowsOfUser = (user: string, tenant: string) =>
  ownedTables.flatMap(({ name, key, erase }) => {
    if (erase.how === 'all') return [{ name, where: `${user} IS NOT NULL` }]
    if (erase.how !== 'rows') return []
    const byKey =
      key[1] === 'webhook'
        ? `webhook IN (SELECT webhooks.id FROM webhooks WHERE webhooks.tenant = ${tenant}) AND `
        : ''
    return [{ name, where: `${byKey}"${erase.column}" = '${erase.prefix}' || ${user}` }]
  })
