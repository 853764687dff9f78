/**
 * Every table of both databases, each once, and what becomes of its rows. A new table has all of it decided here:
 * test/store/tables.test.ts fails for one that is missing. `copy` and `removal` are what the code does; the others are
 * decisions for features that do not exist yet. docs/operations.md shows the list.
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
  /** What an export of a tenant, or of one of its users, takes. */
  readonly export: string
  /** What erasing a user does. */
  readonly erase: string
  /** What becomes of old rows where a tenant keeps messages for some days only. */
  readonly retention: string
}

/** What `chatter migrate-store` takes along. `where` is a condition on the rows, `says` the same for people. */
export type Copy = 'all' | 'none' | { readonly where: string; readonly says: string }

/**
 * What removing a tenant does with its rows. `first`: the tenant's own row goes, in one transaction with those of
 * `cascade`, and from then on nobody reaches the tenant. `slices`: then they go, some thousand at a time. `none`: they
 * are no tenant's.
 */
export type Removal = 'first' | 'cascade' | 'slices' | 'none'

const whole = 'whole'
const nobody = 'stays: it names no user'
const stays = 'stays'
const bookkeeping = {
  holds: 'which migrations this database has had',
  copy: 'none',
  removal: 'none',
  backup: whole,
  export: 'nothing: the target has its own',
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
      'the epoch, the version of the tenants, whether `default` is closed, by which fold all names were stored, on Postgres the id and timeline of the database, on SQLite the mark of a clean stop',
    key: ['key'],
    // The epoch, the id and the timeline belong to one database, and the mark of a clean stop belongs to a file beside it.
    copy: {
      where: `"key" NOT IN ('epoch', 'id', 'place', 'stopped')`,
      says: 'all but the epoch, the id, the timeline and the mark of a clean stop',
    },
    removal: 'none',
    backup: 'whole; a restored epoch is renewed',
    export: 'nothing: it belongs to the database',
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
    export: 'of the tenant, all but the secrets',
    erase: nobody,
    retention: stays,
  },
  {
    name: 'hosts',
    holds: 'the hostnames that lead to tenants',
    key: ['host'],
    copy: 'all',
    removal: 'cascade',
    backup: whole,
    export: 'nothing: another server has other hostnames',
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
    export: 'all; of a user, their own profile',
    erase:
      'their row goes, and those of guests who signed in as them; a keyed hash of the id stays until no token of theirs can be valid',
    retention: stays,
  },
  {
    name: 'user_words',
    holds: 'the words of names, by which users are found',
    key: ['tenant', 'word', 'user'],
    copy: 'all',
    removal: 'slices',
    backup: whole,
    export: 'nothing: it follows from the names',
    erase: 'their words go',
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
    export: 'all; of a user, their own memberships',
    erase: 'their memberships go, and an owner is found as when somebody leaves',
    retention: stays,
  },
  {
    name: 'rooms',
    holds: 'kind, name, description and numbers of each room; of one that was deleted, the numbers',
    key: ['tenant', 'id'],
    copy: 'all',
    removal: 'slices',
    backup: whole,
    export: 'all; of a user, the rooms they are in',
    erase: 'stays for the others; a room without members goes',
    retention: 'stays, and knows the first message it still has',
  },
  {
    name: 'messages',
    holds: 'the messages of users, and the system messages',
    key: ['tenant', 'room', 'seq'],
    copy: 'all',
    removal: 'slices',
    backup: whole,
    export: 'all, tombstones too; of a user, what they wrote',
    erase: 'theirs become tombstones of nobody, or go, as the tenant decides; system messages lose the name',
    retention: 'older ones go, and take no number',
  },
  {
    name: 'reactions',
    holds: 'who reacted to which message with which emoji, and when',
    key: ['tenant', 'room', 'seq', 'emoji', 'user'],
    copy: 'all',
    removal: 'slices',
    backup: whole,
    export: 'all; of a user, their own',
    erase: 'theirs go, also from the summaries in `messages`',
    retention: 'go with their message',
  },
  {
    name: 'mentions',
    holds: 'whom which message mentions',
    key: ['tenant', 'room', 'user', 'seq'],
    copy: 'all',
    removal: 'slices',
    backup: whole,
    export: 'nothing: it follows from the messages',
    erase: 'theirs go, also from `messages`',
    retention: 'go with their message',
  },
  {
    name: 'links',
    holds: 'the join links of rooms, and how often each was used',
    key: ['tenant', 'room', 'id'],
    copy: 'all',
    removal: 'slices',
    backup: 'whole; the codes are in it',
    export: 'all but the codes',
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
    export: 'nothing: another server has other keys',
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
    export: 'nothing: it is over within a day',
    erase: 'all of the tenant go, for an answer may name anybody; what is asked again finds what it made',
    retention: 'go after a day',
  },
  {
    name: 'sign_outs',
    holds: 'whom the site signed out lately, and who may not sign in',
    key: ['tenant', 'user'],
    copy: 'all',
    removal: 'slices',
    backup: 'whole; a restored one forgets who was signed out since',
    export: 'nothing: it is over with the longest token, but for who may not sign in',
    erase: 'their row stays until no token of theirs can be valid',
    retention: 'go when no token of before can be valid',
  },
  {
    name: 'webhooks',
    holds: 'where the site is told what happens, of what, and the secrets by which that is signed',
    key: ['tenant', 'id'],
    copy: 'all',
    removal: 'slices',
    backup: 'whole; the secrets are in it',
    export: 'nothing: the secrets are the server’s, and the site would be told twice',
    erase: nobody,
    retention: stays,
  },
  {
    name: 'webhook_events',
    holds: 'what webhooks have yet to deliver: which change of which room, and nothing that was said',
    key: ['tenant', 'webhook', 'room', 'rev'],
    copy: 'all',
    removal: 'slices',
    backup: 'whole; a restored one delivers again what was delivered since',
    export: 'nothing: another server has other webhooks',
    erase: 'their own go, where `room` is `@` and the id; others name no user',
    retention: 'go when they were delivered, or after a day; a message that is gone is delivered as gone',
  },
  {
    name: 'webhook_holds',
    holds: 'the rooms whose last delivery failed, and when it is tried again',
    key: ['tenant', 'webhook', 'room'],
    copy: 'all',
    removal: 'slices',
    backup: whole,
    export: 'nothing: another server has other webhooks',
    erase: 'their own go, where `room` is `@` and the id',
    retention: 'go with the next delivery',
  },
  {
    name: 'webhook_checks',
    holds: 'the rooms in which something was said that members who are away may have to be told of',
    key: ['tenant', 'room', 'at'],
    copy: 'all',
    removal: 'slices',
    backup: whole,
    export: 'nothing: it is over within minutes',
    erase: nobody,
    retention: 'go within minutes',
  },
  {
    name: 'usage',
    holds: 'what each user used up of the limits by the hour and day, and how many guests came',
    key: ['tenant', 'user', 'what'],
    copy: 'all',
    removal: 'slices',
    backup: whole,
    export: 'nothing: it is over within a day',
    erase: 'their rows go',
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
    export: 'nothing: it belongs to the database',
    erase: nobody,
    retention: 'go a minute after their server',
  },
  { name: '__drizzle_migrations', only: 'sqlite', key: ['id'], ...bookkeeping },
  { name: 'chatter_migrations', only: 'postgres', key: ['made_at'], ...bookkeeping },
]

/** The tables whose rows go in slices when their tenant does, in this order. */
export const ownedTables = tables.filter(({ removal }) => removal === 'slices')

/** Those with rows that go with a room when it is deleted. */
export const tablesOfRooms = ownedTables.filter(({ key }) => key[1] === 'room')
