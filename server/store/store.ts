import type {
  LinkView,
  MemberView,
  MessageView,
  OpenRoomView,
  RoomKind,
  RoomMe,
  RoomView,
  SettingsView,
  SiteView,
  SystemView,
  UserAnswer,
  Users,
  UserView,
} from '../protocol/views.ts'
import type { StoredKey } from '../rules/keys.ts'
import type { Mentions } from '../rules/mentions.ts'
import type { IfMatch } from '../rules/preconditions.ts'
import type { PresenceSettings } from '../rules/presence.ts'
import type { OldSlice, OldWish } from '../rules/retention.ts'
import type { SettingsChange, TenantSettings } from '../rules/settings.ts'
import type { SiteMessageChange } from '../rules/site-message.ts'
import type { WebhookEvent } from '../rules/webhooks.ts'

/**
 * The port to the database of all tenants: the truth. Whatever a promise of a `Store` resolves with is committed.
 * The contract of both interfaces is test/contract/store.ts, which every adapter passes.
 */
export interface Stores {
  /**
   * Of this database and of no copy of it that was put back elsewhere. All servers on one database have the same, on
   * SQLite the one server that there is.
   */
  readonly identity: string
  /** Random, and new when the database was restored from a backup: a client that holds another one drops its cache. */
  readonly epoch: string
  /** Why a failover that loses commits would not be noticed; undefined where it would, or where there is none. */
  readonly blindness: string | undefined
  /** Why a statement might run for ever; undefined where the database ends it. */
  readonly missingTimeout: string | undefined
  /** Called when `epoch` has become another one: the database failed over or was restored, or an operator renewed it. */
  onEpoch(listen: () => void): void
  readonly tenants: TenantStore
  /** The keys of all tenants. */
  readonly keys: KeyStore
  /** What the servers of sites asked that must not be performed twice, of all tenants. */
  readonly idempotency: IdempotencyStore
  /** Who was signed out, of all tenants. */
  readonly signOuts: SignOutStore
  /** Where the sites of all tenants are told what happens, and what is still to be delivered. */
  readonly webhooks: WebhookStore
  /** Who is being erased, of all tenants. */
  readonly erasures: ErasureStore
  /** Undefined where a database has one server only. */
  readonly servers: ServerStore | undefined
  /** Everything of one tenant, and nothing of any other. */
  forTenant(tenant: string): Store
  /** A new epoch, for a database that was put back from its backup. On Postgres running servers take it, too. */
  renewEpoch(): Promise<string>
  /** Whether this start made the epoch: the database is new, was put back from a backup, or was not stopped cleanly. */
  readonly isNewEpoch: boolean
  /** How much the disk of the database can still take; only where that is this machine's. */
  freeBytes?(): number
  /** Rejects when the database does not answer. */
  check(): Promise<void>
  close(): Promise<void>
}

/** Keys of the site's own servers. The command line writes them beside running servers, which read each when it is used. */
export interface KeyStore {
  /** @throws Problem `conflict` for an id that is taken */
  add(tenant: string, key: Omit<StoredKey, 'usedAt'>): Promise<void>
  /** The oldest first. */
  list(tenant: string): Promise<StoredKey[]>
  find(tenant: string, id: string): Promise<StoredKey | undefined>
  /** @returns whether it was there */
  remove(tenant: string, id: string): Promise<boolean>
  /** It was used at that time, in milliseconds since 1970; never back. */
  markUsed(tenant: string, id: string, at: number): Promise<void>
}

/** One that may be repeated: it has a name of its own for each key of a site. */
export type RepeatableRequest = {
  readonly tenant: string
  /** The id of the key that asks. */
  readonly key: string
  readonly name: string
  /** The same for the same request only. */
  readonly fingerprint: string
}

export type KeptAnswer = { readonly status: number; readonly body: string }

/**
 * `begun`: it is to be performed now; `running`: somebody does; `other`: another request has the name; `full`: the key has
 * too many. Else how it was answered.
 */
export type Begun = 'begun' | 'running' | 'other' | 'full' | KeptAnswer

export interface IdempotencyStore {
  /**
   * Of several at once one begins. What began up to `old` is forgotten; what began up to `abandoned` and has no answer begins anew.
   * All in milliseconds since 1970. `most`: of one key.
   */
  begin(
    request: RepeatableRequest,
    bounds: {
      readonly now: number
      readonly old: number
      readonly abandoned: number
      readonly most: number
    },
  ): Promise<Begun>
  finish(request: RepeatableRequest, answer: KeptAnswer): Promise<void>
  /** It has no answer to keep: asked again, it begins anew. */
  release(request: RepeatableRequest): Promise<void>
  /** Some of those that began up to `old`, as `begin` does: 0 when none is left. */
  forget(old: number): Promise<number>
}

/** That the site signed a user out. One row for each user, the latest. */
export type SignOut = {
  readonly tenant: string
  readonly user: string
  /** Milliseconds since 1970, or a little later: each has a time of its own, after those of all that were written before. */
  readonly at: number
  /** Tokens that were issued before this are good no more; null: all that were are. Milliseconds since 1970. */
  readonly tokensFrom: number | null
  /** Nobody signs in as this user. */
  readonly isDisabled: boolean
  /** It says that they are disabled no more. */
  readonly isEnabled: boolean
}

export interface SignOutStore {
  /**
   * In place of the one before. Whatever the clocks of servers say, its time comes after that of every other, so nobody has to
   * read twice; tokens that were revoked stay so, and who is disabled, until `isEnabled`, which changes nothing of anybody else.
   * Forgets what is before `old`.
   */
  put(signOut: SignOut, old: number): Promise<void>
  /** Those from a time on, and all that are disabled. */
  list(since: number): Promise<SignOut[]>
  /** Only those from a time on. */
  listSince(since: number): Promise<SignOut[]>
}

/** Where a tenant's site is told what happens. Times are milliseconds since 1970. */
export type Webhook = {
  readonly tenant: string
  readonly id: string
  readonly url: string
  readonly events: readonly WebhookEvent[] | 'all'
  /** Newest first. */
  readonly secrets: readonly string[]
  readonly createdAt: number
  /** To the minute. */
  readonly deliveredAt: number | null
  /** Events that were given up, and when the last one was. */
  readonly dropped: number
  readonly droppedAt: number | null
  /** Nothing is delivered from then on. */
  readonly disabledAt: number | null
  readonly disabledWhy: string | null
}

export type NewWebhook = Pick<Webhook, 'tenant' | 'id' | 'url' | 'events' | 'secrets' | 'createdAt'>
export type WebhookKey = Pick<Webhook, 'tenant' | 'id'>

/** The last delivery of a room failed: it waits, in the order of what happened, and other rooms do not. */
export type WebhookHold = { readonly attempts: number; readonly nextAt: number; readonly why: string }

/** A room of which something is to be delivered. Of `user.unread` it is that of a user (`roomOfUser`). */
export type PendingRoom = {
  readonly tenant: string
  readonly webhook: string
  readonly room: string
  readonly hold?: WebhookHold
}
export type PendingPlace = Pick<PendingRoom, 'tenant' | 'webhook' | 'room'>

/** What is to be delivered, without what was said. `seq`: the place of its message. */
export type NewWebhookEvent = {
  readonly room: string
  readonly rev: number
  readonly event: WebhookEvent
  readonly seq: number | null
  readonly at: number
}
/** With the message as it is now; absent where it is gone. */
export type PendingEvent = Omit<NewWebhookEvent, 'room'> & { readonly message?: MessageView }

/** In a room something was said that members who are away may have to be told of. */
export type UnreadMember = { readonly user: string; readonly seenAt: number | null }
export type UnreadCheck = { readonly tenant: string; readonly room: string; readonly at: number }

/**
 * Webhooks, and what they have yet to deliver. Events are logged with the change itself, in one transaction, by the methods of
 * `Store` that change a room; where the tenant has no webhook that wants them, nothing is. `sortOut` says what each webhook has to
 * deliver of them: those who write do not wait for that.
 */
export interface WebhookStore {
  /** @throws Problem `conflict` for an id that is taken, `too_large` beyond `mostWebhooks` */
  add(webhook: NewWebhook): Promise<void>
  /** The oldest first; of all tenants without one. */
  list(tenant?: string): Promise<Webhook[]>
  /** With all that it has yet to deliver. @returns whether it was there */
  remove(key: WebhookKey): Promise<boolean>
  /** @throws Problem `not_found` */
  changeSecrets(key: WebhookKey, change: (now: readonly string[]) => readonly string[]): Promise<void>
  /** Nothing is delivered any more, and what was to be is forgotten. */
  disable(key: WebhookKey, at: number, why: string): Promise<void>
  /** Those that this server delivers, for so long from now on at least: no other server does meanwhile. */
  lease(server: string, forMs: number): Promise<Webhook[]>
  /** It delivers nothing any more. */
  release(server: string): Promise<void>
  /** Takes some of the log apart, by webhook and room: of each room in order. @returns whether more may be left */
  sortOut(): Promise<boolean>
  /** Rooms with something to deliver, of all webhooks, in the order of their keys from `after` on. */
  listPending(after: PendingPlace | undefined, limit: number): Promise<PendingRoom[]>
  /** How many events wait, those in the log as well, counted to a thousand; the rooms whose last delivery failed, some of them. */
  readBacklog(key: WebhookKey): Promise<{ events: number; held: (WebhookHold & { room: string })[] }>
  /** What is to be delivered of a room, the oldest first. */
  readEvents(place: PendingPlace, limit: number): Promise<PendingEvent[]>
  /** To be delivered again, or for the first time. What waits already is left as it is. */
  putEvents(key: WebhookKey, events: readonly NewWebhookEvent[]): Promise<void>
  /** They arrived. Their rooms are held no more. */
  markDelivered(
    key: WebhookKey,
    delivered: readonly { readonly room: string; readonly revs: readonly number[] }[],
    at: number,
  ): Promise<void>
  /** They did not. Events from before `old` are given up. @returns how many those were */
  holdRooms(
    key: WebhookKey,
    rooms: readonly (WebhookHold & { readonly room: string })[],
    times: { readonly at: number; readonly old: number },
  ): Promise<number>
  /** What is held is tried at once. */
  endHolds(key: WebhookKey): Promise<void>
  /** Of these tenants, from before a time, the oldest first. */
  listChecks(tenants: readonly string[], before: number, limit: number): Promise<UnreadCheck[]>
  /**
   * Members of the room, by their ids, who have something unread in it, and when they were last here; not who is not to be
   * disturbed, and none who was told and did not come back. Whether it notifies them is for the caller to say.
   */
  findUnread(check: UnreadCheck, after: string, limit: number): Promise<UnreadMember[]>
  /** Writes `user.unread` for them, to each webhook that wants it, and that they were told. */
  tellUnread(tenant: string, users: readonly string[], at: number): Promise<void>
  /** With a time there is another one in its place. */
  endCheck(check: UnreadCheck, next?: number): Promise<void>
}

/** A user who is being erased, or was lately. */
export type ErasureMark = {
  readonly tenant: string
  /** By which they are known again (rules/erasing.ts). */
  readonly hash: string
  /** While it goes on. */
  readonly user: string | null
  /** When it was asked for: milliseconds since 1970. */
  readonly at: number
  /** How far it has come: another text whenever it went on. */
  readonly progress: string
}

export type Erasure = { readonly tenant: string; readonly user: string }

/** What a slice changed, in the order of the changes. */
export type ErasedSlice = {
  readonly messages: readonly { readonly message: MessageView; readonly membershipRev: number }[]
  /** A room that they are a member of no more; without a view where it went with them. */
  readonly left?: { readonly id: string; readonly room?: RoomView; readonly membershipRev: number }
  readonly isDone: boolean
}

export interface ErasureStore {
  /** Those that were begun from a time on, and all that go on. */
  list(since: number): Promise<ErasureMark[]>
  hashOf(erasure: Erasure): Promise<string>
  /** Forgets those that ended before that time. */
  forget(old: number): Promise<void>
}

/** The servers on one database, as they see each other in it. */
export interface ServerStore {
  /** Notes that this server lives; every few seconds. @returns how many others do */
  heartbeat(id: string): Promise<number>
  /** It stops. */
  leave(id: string): Promise<void>
}

/** A tenant: one site's users, rooms and messages, reached by its hostnames. */
export type Tenant = {
  /** Lower-case letters, digits and hyphens. */
  readonly id: string
  /** Full hostnames that lead to it, without port. */
  readonly hosts: readonly string[]
  /**
   * HS256 secrets, newest first: two while one is being replaced. None of `default` means those of the configuration.
   */
  readonly secrets: readonly string[]
  /** Origins (`https://www.example.com`) whose pages may use it, beside its own. */
  readonly origins: readonly string[]
  readonly settings: TenantSettings
  /** Since when nobody comes in; absent: they do. */
  readonly disabledAt?: number
  /** When that last ended; absent: it never was. */
  readonly enabledAt?: number
}

/** Settings that it does not name are as usual. */
export type NewTenant = Omit<Tenant, 'settings' | 'disabledAt' | 'enabledAt'> & {
  readonly settings?: SettingsChange
}

type Secrets = NewTenant['secrets']
export type TenantChange = Partial<Omit<NewTenant, 'id' | 'secrets'>> & {
  readonly secrets?: Secrets | ((now: Secrets) => Secrets)
  /** Nobody comes in from now on, or they do again. What is so already keeps its time. */
  readonly isDisabled?: boolean
}

export interface TenantStore {
  list(): Promise<Tenant[]>
  /** A number that any process's change of a tenant moves: cheap to ask, to learn whether `list` is stale. */
  readVersion(): Promise<number>
  /** Whether a user ever signed in to the tenant, or was created in it. */
  hasUsers(id: string): Promise<boolean>
  /**
   * Whether `default` answers to every host while there is no tenant. It does at first, and no longer once the last
   * tenant was removed: until `openDefault`.
   */
  isDefaultOpen(): Promise<boolean>
  openDefault(): Promise<void>
  /** @throws Problem `conflict` when the id or one of the hostnames is taken */
  add(tenant: NewTenant): Promise<void>
  /**
   * Of the settings only those change that are named. They are taken as they are: a caller that reads them from
   * somebody checks them. Secrets that follow from those that are there are a function of them: it is called where nobody
   * else can change them, and what it throws leaves everything as it is. @throws Problem `not_found`, `conflict` as with
   * `add`
   */
  change(id: string, change: TenantChange): Promise<Tenant>
  /** Removes the tenant with all its users, rooms and messages. @throws Problem `not_found` */
  remove(id: string): Promise<void>
}

/** One tenant's data. Reads of what is not there answer `undefined` or nothing; writes throw a Problem. */
export interface Store {
  /** Of the whole database, see `Stores`. */
  readonly epoch: string

  findUser(id: string): Promise<UserView | undefined>
  /** What only a user's card shows: where they are, as far as the host said it, and what the site keeps with them. */
  readDetails(id: string): Promise<UserDetails>
  /** The users among `ids` that exist. */
  findUsers(ids: Iterable<string>): Promise<Users>
  /**
   * Makes or updates a user; what a profile leaves out stays as it is. A user without any name is named by the id.
   * `changed` when others may know the old name, picture or line about them: and then `merged`, the guests who signed in as
   * them, with the same. @throws Problem `stale` where they are not as expected, `forbidden` for one who was erased
   * lately
   */
  saveUser(profile: Profile, ifMatch?: IfMatch): Promise<SavedUser>
  /**
   * Users one of whose words starts with each word of `query` (case and accents folded), in a stable order. What is looked
   * at for an answer is bounded: where nearly nobody of many has all the words, a page is short or empty and yet has a
   * cursor, and the search goes on from there.
   */
  searchUsers(search: UserSearch): Promise<FoundUsers>
  /** Makes a guest (protocol/guests.ts). @throws Problem `rate_limited` beyond `most` of this hour, of the whole tenant */
  addGuest(guest: { readonly id: string; readonly name: string; readonly most?: number }): Promise<UserView>
  /**
   * A guest has signed in as that user, who takes their places: the guest is in no room any more, and their row says who
   * they are. Where both were in a room, the user's own arrangement of it stays. A room for exactly its members is the one for
   * those with the user, unless there is one: then it stays as a room for nobody in particular. Undefined where it was done before.
   * @throws Problem `not_found` for no guest or no user, `conflict` for who has signed in as somebody else
   */
  mergeGuest(merge: { readonly guest: string; readonly user: string }): Promise<MergedGuest | undefined>
  /**
   * Notes that those of them who exist were here at that time (milliseconds since 1970). A user's time never goes back.
   */
  markSeen(ids: readonly string[], at: number): Promise<void>
  /** When these users were last here (RFC 3339), by id. A user who never was, or does not exist, is missing. */
  readLastSeen(ids: readonly string[]): Promise<Record<string, string>>
  /** What of their presence those of these users decided who ever changed it. */
  readPresence(ids: readonly string[]): Promise<ReadonlyMap<string, PresenceSettings>>
  /** Changes what a user decides of their presence; what is left out stays. @throws Problem `not_found` for no user */
  setPresence(
    id: string,
    change: Partial<PresenceSettings>,
  ): Promise<{ presence: PresenceSettings; changed: boolean }>
  /** With which of these users the user has a direct room. */
  filterContacts(user: string, others: readonly string[]): Promise<ReadonlySet<string>>
  /**
   * For each of the users the people of their small rooms (at most `limits.crowd` members): of so many rooms, those
   * with the latest activity, and of so many people, those of the latest room first.
   */
  findCompanions(
    users: readonly string[],
    most: { readonly rooms: number; readonly people: number },
  ): Promise<Map<string, string[]>>

  /**
   * Makes a room, or finds the one that its `id` or `key` names. By its id a room is found whatever became of it since.
   * @throws Problem `not_found` when a member does not exist, `conflict` when the id belongs to a different room,
   * `rate_limited` for a new one beyond its `mostWithStrangers`
   */
  openRoom(draft: RoomDraft): Promise<{ room: string; created: boolean }>
  /** With `viewer`: undefined too when they are not a member, and with their `me` block. */
  findRoom(id: string, viewer?: string): Promise<RoomView | undefined>
  /**
   * Changes a group's name, description, settings or members, and writes the message about it. With another name or set of members the room
   * is from then on no longer the one for its exact set. A change of nothing takes no number and is undefined. A group
   * whose last owner leaves is owned by the member who has been in it longest, or by the next to come.
   * @throws Problem `not_found` for a room or user that isn't there or for a `by` who is no member, `forbidden` unless
   * it is a group and `by` may do this in it (rules/permissions.ts): only an owner adds somebody again whom another
   * member removed, and nobody joins whom one removed, `too_large` when it is full, `conflict` when its last owner would become a member, `rate_limited`
   * beyond its `mostAdded` or `mostTextBytes`
   */
  alterRoom(change: RoomChange): Promise<AlteredRoom | undefined>
  /**
   * Changes what only the host says of a room. It takes one number and writes no message; a change of nothing takes none and
   * is undefined. @throws Problem `not_found`, `forbidden` for anything but `data` and `keepDays` unless it is a group
   */
  setUpRoom(setup: RoomSetup): Promise<Omit<AlteredRoom, 'message'> | undefined>
  /**
   * Deletes a group: from then on it has no members, so it is in no list and behind no door, and its id is never given
   * again. Its messages and all else of it go afterwards, in slices. @returns its last rev, which is also its membership
   * rev. The host is nobody, and may do it in a group as an owner may. @throws Problem as `requirePermission` says
   */
  deleteRoom(deletion: { readonly room: string; readonly by?: string }): Promise<number>
  /**
   * A user's rooms, latest activity first, with `me`: without those that are archived, or only those that the filter
   * says. `unread` are rooms with unread messages, or marked so; `mentions` those with unread mentions of the user, none of both
   * archived; `pinned` come with the newest pin first. `sharedWith`: the groups that another user is in, too, archived or not.
   */
  listRooms(
    viewer: string,
    page: { limit: number; cursor?: string } & (
      | { filter?: RoomFilter; sharedWith?: never }
      | { sharedWith: string; filter?: never }
    ),
  ): Promise<{ rooms: RoomView[]; cursor?: string }>
  /**
   * The open groups of the tenant, most members first, then by name. With a query those one of whose words starts with each
   * word of it: then a page may be short or empty, and yet have a cursor.
   */
  listOpenRooms(search: OpenRoomSearch): Promise<FoundRooms>
  /**
   * Makes a join link of a group. The same id again is the same link. @throws Problem as `requirePermission` says, `conflict`
   * when the id is another link's, `too_large` beyond `limits.links` of the room, `bad_request` for one that is over
   */
  createLink(draft: LinkDraft): Promise<{ link: LinkView; created: boolean }>
  /** @returns whether it was there. @throws Problem as `requirePermission` says */
  deleteLink(deletion: { readonly room: string; readonly by: string; readonly id: string }): Promise<boolean>
  /** Those that still open the room, newest first. @throws Problem as `requirePermission` says */
  listLinks(asked: { readonly room: string; readonly by: string }): Promise<LinkView[]>
  /** The group that a join link opens now. */
  findByLink(code: string, viewer: string): Promise<OpenRoomView | undefined>
  /** All rooms of the tenant by their ids, without members and messages. */
  listAllRooms(page: { limit: number; cursor?: string }): Promise<{ rooms: RoomView[]; cursor?: string }>
  /**
   * All rooms a user is in and where they stand, latest activity first, with the rev of how the user arranged them, where
   * they did.
   */
  listMemberships(user: string): Promise<ArrangedRoom[]>
  /** The same for many users at once, in no order. Users without a room may be missing. */
  listMembershipsOf(users: readonly string[]): Promise<Map<string, ArrangedRoom[]>>
  /** Where these rooms stand now. Those that are not there are missing. */
  readVersions(rooms: readonly string[]): Promise<Map<string, RoomVersions>>
  /**
   * Which of these users are in the room, and the room's membership rev at that moment. Undefined without such a room.
   * `from`: where those begin to see who do not see all of it; absent where there are none.
   */
  filterMembers(
    room: string,
    users: readonly string[],
  ): Promise<
    { members: ReadonlySet<string>; membershipRev: number; from?: ReadonlyMap<string, number> } | undefined
  >
  isMember(room: string, user: string): Promise<boolean>
  /** Of a room's owners the one who has been in it longest; undefined where it has none. */
  findOwner(room: string): Promise<string | undefined>
  /** The first place in the room that a member sees (rules/visibility.ts); undefined for who is none. */
  visibleFrom(room: string, user: string): Promise<number | undefined>
  /** The room for an exact set of members (rules/room-key.ts). */
  findRoomByKey(key: string): Promise<string | undefined>
  /**
   * Which of these users are in a room with the user now, as far as 1,000 memberships of the one of both who has fewer
   * show it.
   */
  filterSharing(user: string, others: readonly string[]): Promise<ReadonlySet<string>>
  listMembers(
    room: string,
    page: { limit: number; cursor?: string },
  ): Promise<{ members: MemberView[]; cursor?: string }>
  countMembers(room: string): Promise<number>
  /**
   * Members one of whose words starts with each word of `query`, as `searchUsers` finds users, in a stable order. What is
   * looked at is bounded in the same way: a page may be short or empty, and yet have a cursor.
   */
  searchMembers(search: MemberSearch): Promise<FoundMembers>

  /**
   * Writes a message, and gives it the room's next number. The same id with the same author and body is the same
   * message, as it is today, also for an author who is no member any more.
   * @throws Problem `conflict` when the id is another message's, `not_found` without such a room or for an author who
   * is no member of it when it is written: nobody's message comes after the one about their removal; `not_found` or
   * `conflict` where what it answers is no message of the room that its author sees, or was deleted; `bad_request` where it mentions somebody
   * who is no member when it is written, `forbidden` where it mentions the room and its author is no owner of a group, or
   * where only owners write; `rate_limited` for a member who wrote less than the room's slow mode ago;
   * `rate_limited` for a new one beyond its `mostTextBytes`
   */
  append(draft: MessageDraft): Promise<{ message: MessageView; created: boolean; membershipRev: number }>
  /**
   * Writes a message of the site itself, in a room of any kind and whoever writes there. The same id with the same parts is the
   * same message. @throws Problem `conflict` when the id is another message's, `not_found` without such a room
   */
  appendFromSite(draft: SiteDraft): Promise<{ message: MessageView; created: boolean; membershipRev: number }>
  /**
   * Gives a message a new text, deletes it, or pins it for all. A change of nothing takes no number. The site is nobody (`by`
   * is empty), and changes what it said itself.
   * @throws Problem `not_found`, also for a `by` who is no member when it is written or does not see it, `forbidden` unless `by` wrote it
   * and it is not older than its `editWindow`, `conflict` when it was taken back before, `rate_limited` beyond its `mostTextBytes`,
   * `too_large` for a pin beyond `limits.pins` of the room, `bad_request` and `forbidden` as with `append` for whom the
   * new text mentions and the one before did not
   */
  amend(change: MessageChange): Promise<{ message: MessageView; changed: boolean; membershipRev: number }>
  /**
   * Adds a reaction of a user to a message, or takes it back: with the room's next number as the message's. A change of
   * nothing takes no number. @throws Problem `not_found`, also for a `by` who is no member when it is written or does not see it,
   * `forbidden` for a system message, `conflict` for a tombstone, `too_large` beyond `limits.reactions` different ones
   */
  react(change: ReactionChange): Promise<{ message: MessageView; changed: boolean; membershipRev: number }>
  /** Which of these reactions the user has made. */
  filterReactions(room: string, user: string, asked: readonly Reaction[]): Promise<readonly Reaction[]>
  /**
   * Writes what another chat had, under ids of its own and at its own times, behind all that the room has. Its authors
   * need not be members, nor exist, and no limit counts. A message whose id the room has is left as it is here; a read
   * mark moves forward, never back, and at no time. @returns how many were new. @throws Problem `not_found` without the room
   */
  importMessages(wish: Import): Promise<number>
  /** Which of these messages the room has. */
  filterMessages(room: string, ids: readonly string[]): Promise<ReadonlySet<string>>
  /**
   * Begins to erase a user, known or not: from then on nobody is this user or becomes them, until no token of theirs can be
   * good, and a day longer. Again, while it goes on: the same; after it: once more.
   */
  beginErasing(user: string): Promise<void>
  /**
   * The next slice of erasing a user, once that was begun: nothing while somebody else is at it. What they
   * wrote becomes a tombstone of nobody; with `removesMessages` it goes, but for the last message of a room.
   */
  eraseSome(wish: { readonly user: string; readonly removesMessages: boolean }): Promise<ErasedSlice>
  /** The next slice of removing what is older than the tenant keeps it (rules/retention.ts). */
  removeOld(wish: OldWish): Promise<OldSlice>
  /** This and the reads below answer nothing that stands before `from`, and no quote of it; else all. */
  findMessage(room: string, id: string, from?: number): Promise<MessageView | undefined>
  /** The pinned messages of a room, the one pinned last first. `head` is of the same moment or before. */
  listPins(room: string, from?: number): Promise<{ messages: MessageView[]; head: number }>
  /** A page of history: the newest without a position. `head` is of the same moment. */
  readPage(room: string, position: Position, limit: number, from?: number): Promise<StoredPage>
  /**
   * Messages whose rev is after `since`, ascending by rev; `reset` when those are too many or from another life, or `since`
   * is of a time that the reader sees nothing of.
   */
  readChanges(room: string, since: number, limit: number, from?: number): Promise<StoredChanges>

  /**
   * Moves a read mark forward, never back and never beyond the room's head. One that comes to the room's last message
   * takes the user's mark `unreadFrom` away.
   */
  markRead(room: string, user: string, seq: number): Promise<RoomMe & { moved: boolean; memberCount: number }>
  /**
   * Changes how a user keeps a room in their list. @throws Problem `not_found` for who is no member, `too_large` for a
   * pin beyond `limits.pinnedRooms` of the user
   */
  arrange(change: RoomArranging): Promise<{ me: RoomMe; changed: boolean }>
  /** The rooms at the top of a user's list, the newest pin first, and how many rooms are archived. */
  readArranged(user: string): Promise<{ pinned: string[]; archived: number }>
  /** [head, the user's readSeq] of those rooms the user is in; and the rev of how they arranged it, where they did. */
  readHeads(user: string, rooms: readonly string[]): Promise<Record<string, Heads>>
  /** The same of the rooms that the user ever arranged, the newest `limits.rooms` of them. */
  readArrangedHeads(user: string): Promise<Record<string, Heads>>
  /** Unread messages over all rooms that are neither muted nor archived, each counted to the cap. */
  countUnread(user: string): Promise<number>
  /** Unread messages that mention the user, over all rooms, muted ones too, each counted to the cap. */
  countMentions(user: string): Promise<number>
}

/** The writes of anything that is promised to be kept. Only commands have these, by `run` (commands/run.ts). */
type Write =
  | 'saveUser'
  | 'openRoom'
  | 'alterRoom'
  | 'setUpRoom'
  | 'append'
  | 'appendFromSite'
  | 'amend'
  | 'react'
  | 'markRead'
  | 'arrange'
  | 'deleteRoom'
  | 'createLink'
  | 'deleteLink'
  | 'setPresence'
  | 'importMessages'
  | 'addGuest'
  | 'mergeGuest'
  | 'beginErasing'
  | 'eraseSome'

/** A store to read from. */
export type StoreReads = Omit<Store, Write | 'markSeen'>

// The port in the parts that an adapter is built of.
export type UserStore = Pick<
  Store,
  | 'findUser'
  | 'readDetails'
  | 'findUsers'
  | 'saveUser'
  | 'searchUsers'
  | 'markSeen'
  | 'readLastSeen'
  | 'readPresence'
  | 'setPresence'
  | 'findCompanions'
>
export type RoomStore = Pick<
  Store,
  | 'openRoom'
  | 'findRoom'
  | 'listRooms'
  | 'listOpenRooms'
  | 'listAllRooms'
  | 'listMemberships'
  | 'listMembershipsOf'
  | 'readVersions'
  | 'filterMembers'
  | 'isMember'
  | 'findOwner'
  | 'visibleFrom'
  | 'findRoomByKey'
  | 'filterSharing'
  | 'filterContacts'
  | 'listMembers'
  | 'countMembers'
  | 'markRead'
  | 'readHeads'
  | 'readArrangedHeads'
  | 'countUnread'
>
export type ArrangingStore = Pick<Store, 'arrange' | 'readArranged'>
export type DeletionStore = Pick<Store, 'deleteRoom'>
export type LinkStore = Pick<Store, 'createLink' | 'deleteLink' | 'listLinks' | 'findByLink'>
export type GroupStore = Pick<Store, 'alterRoom' | 'setUpRoom'>
export type MessageStore = Pick<
  Store,
  'append' | 'appendFromSite' | 'amend' | 'findMessage' | 'listPins' | 'readPage' | 'readChanges'
>
export type ImportStore = Pick<Store, 'importMessages' | 'filterMessages'>
export type ErasingStore = Pick<Store, 'beginErasing' | 'eraseSome'>
export type RetentionStore = Pick<Store, 'removeOld'>
export type ReactionStore = Pick<Store, 'react' | 'filterReactions'>
export type MentionStore = Pick<Store, 'countMentions' | 'searchMembers'>

export type SavedUser = {
  readonly user: UserView
  readonly changed: boolean
  readonly merged?: readonly UserView[]
}

export type GuestStore = Pick<Store, 'addGuest' | 'mergeGuest'>

export type Profile = {
  readonly id: string
  readonly name?: string
  readonly avatarUrl?: string
  /** What the host says about them, in one line; an empty one takes it away. */
  readonly about?: string
  /** Where they are: a name of the IANA database; an empty one takes it away. */
  readonly timeZone?: string
  /** What the site keeps with them: an object of at most 4 KB as JSON; null or an empty one takes it away. */
  readonly data?: Readonly<Record<string, unknown>> | null
}

export type UserDetails = Pick<UserAnswer, 'timeZone' | 'data'>

export type UserSearch = {
  readonly query: string
  readonly limit: number
  readonly cursor?: string
  /** Only people who share a room with this user: of the newest rooms, where that are thousands of memberships. */
  readonly sharingWith?: string
}

export type RoomFilter = 'unread' | 'mentions' | 'archived' | 'pinned'

export type Heads = [head: number, readSeq: number, ...arrangedRev: number[]]

/** What is left out stays as it is. */
export type RoomArranging = {
  readonly room: string
  readonly user: string
  readonly pinned?: boolean
  readonly archived?: boolean
  /** Milliseconds since 1970. */
  readonly mutedUntil?: number | 'forever' | null
  readonly muteMentions?: boolean
  /** Clamped to the room's head. */
  readonly unreadFrom?: number | null
}

/** Who was a guest, and where they were. */
export type MergedGuest = { readonly guest: UserView; readonly rooms: readonly MergedRoom[] }

/** A room that a guest was in, right after the user took their place; `isIn`: who had been removed from it stays out. */
export type MergedRoom = RoomVersions & { readonly room: string; readonly isIn: boolean }

/** `examined`: how many rows were looked at. */
export type FoundUsers = { users: UserView[]; cursor?: string; examined: number }

export type OpenRoomSearch = {
  readonly viewer: string
  readonly query: string
  readonly limit: number
  readonly cursor?: string
}

/** `examined`: how many rows were looked at. */
export type FoundRooms = { rooms: OpenRoomView[]; cursor?: string; examined: number }

export type LinkDraft = {
  readonly room: string
  readonly by: string
  readonly id: string
  readonly code: string
  /** Milliseconds since 1970. */
  readonly expiresAt?: number
  readonly maxUses?: number
}

export type MemberSearch = {
  readonly room: string
  readonly query: string
  readonly limit: number
  readonly cursor?: string
}

/** `users` names these members. `examined`: how many rows were looked at. */
export type FoundMembers = { members: MemberView[]; users: Users; cursor?: string; examined: number }

export type RoomDraft = {
  readonly id: string
  readonly kind: RoomKind
  readonly name?: string
  /** Of groups: what the host says of them. */
  readonly description?: string
  readonly pictureUrl?: string
  readonly post?: 'owners'
  /** Seconds, from 1. */
  readonly slowMode?: number
  readonly join?: 'open'
  readonly history?: 'since-joined'
  /** What the site keeps with it, as JSON. */
  readonly data?: string
  /** Of a room of any kind. */
  readonly keepDays?: number
  /** Unique in the tenant: the room for exactly these members. A room without one is always new. */
  readonly key?: string
  /** The owner first. */
  readonly members: readonly string[]
  /**
   * Its owner opens it, and this hour may open so many with somebody they share no room with, as far as 200 of their
   * rooms show it. Absent: the host does.
   */
  readonly mostWithStrangers?: number
  /** Of a room of another chat, when it was opened there: milliseconds since 1970. */
  readonly openedAt?: number
}

/** A message of another chat. `at` is when it was written there: milliseconds since 1970. */
export type ImportedMessage = {
  readonly id: string
  readonly author: string
  readonly text: string
  readonly at: number
}

export type Import = {
  readonly room: string
  readonly messages: readonly ImportedMessage[]
  /** Up to which message each of these users had read there, these included. */
  readonly reads: readonly { readonly user: string; readonly id: string }[]
}

export type MessageDraft = {
  readonly room: string
  readonly id: string
  readonly author: string
  readonly text: string
  /** The id of the message of the same room that it answers. */
  readonly replyTo?: string
  /** Who said first what it says again. Then one of that id that did so, too, is the same message. */
  readonly forwarded?: string
  /** So many bytes of text may the author send and edit this day. */
  readonly mostTextBytes?: number
} /** Places in its text, checked (rules/mentions.ts). A text that is forwarded has none. */ & Mentions

/** It throws `stale` where what is there is not so (rules/preconditions.ts). */
type Expecting = { readonly ifMatch?: IfMatch }

/** What the site itself says, checked (rules/site-message.ts). */
export type SiteDraft = { readonly room: string; readonly id: string; readonly site: SiteView } & Expecting

export type MessageChange = {
  readonly room: string
  readonly id: string
  readonly by: string
  /** For so many seconds after it was sent. Absent: always. */
  readonly editWindow?: number
} & Expecting &
  (
    | ({ readonly kind: 'edit'; readonly text: string; readonly mostTextBytes?: number } & Mentions)
    | { readonly kind: 'edit-site'; readonly site: SiteMessageChange }
    | { readonly kind: 'delete' }
    | { readonly kind: 'pin'; readonly on: boolean }
  )

export type ReactionChange = {
  readonly room: string
  readonly id: string
  readonly by: string
  readonly emoji: string
  readonly on: boolean
}

/** An emoji of the message in that place. */
export type Reaction = { readonly seq: number; readonly emoji: string }

export type RoomChange = {
  readonly room: string
  /** The member who makes it, and must be permitted to when it is written. The host is nobody, and may do all of it. */
  readonly by?: string
  /** The message about it, by the user who did it. */
  readonly systemMessage: {
    readonly id: string
    readonly authorId: string
    readonly text: string
    readonly system: SystemView
  }
} & Expecting /** Its message counts to the text that `by` may write this day, which has so many bytes. */ &
  (
    | { readonly kind: 'rename'; readonly name: string | null; readonly mostTextBytes?: number }
    | { readonly kind: 'describe'; readonly description: string | null; readonly mostTextBytes?: number }
    | { readonly kind: 'configure'; readonly settings: SettingsView; readonly mostTextBytes?: number }
    /** With a role: as one. Not beyond `most` members, else `limits.members`. So many may `by` add this hour. */
    | {
        readonly kind: 'add'
        readonly user: string
        readonly role?: MemberView['role']
        readonly most?: number
        readonly mostAdded?: number
      }
    /** By oneself, into an open group, or by the code of a link: it is used once more. */
    | { readonly kind: 'join'; readonly user: string; readonly code?: string; readonly most?: number }
    | { readonly kind: 'remove'; readonly user: string }
    /** The same. */
    | {
        readonly kind: 'set-role'
        readonly user: string
        readonly role: MemberView['role']
        readonly mostTextBytes?: number
      }
  )

/** What only the host says of a room. What is left out stays as it is. */
export type RoomSetup = {
  readonly room: string
  readonly pictureUrl?: string | null
  readonly join?: 'open' | null
  /** As JSON, and of a room of any kind. */
  readonly data?: string | null
  /** The same. */
  readonly keepDays?: number | null
} & Expecting

/** A room right after its change, and the message about it. */
export type AlteredRoom = {
  readonly room: RoomView
  readonly message: MessageView
  readonly membershipRev: number
}

/**
 * A room's numbers: `head` is that of its last change, `membershipRev` that of its last change of members. A node that
 * knows an older membershipRev may believe somebody to be a member who no longer is.
 */
export type RoomVersions = { readonly head: number; readonly membershipRev: number }

/** The same for a member, with the first place that they see; absent where they see all. */
export type EnteredRoom = RoomVersions & { readonly from?: number }

export type JoinedRoom = EnteredRoom & { readonly room: string }

/** A room that a user is in. */
export type ArrangedRoom = JoinedRoom & { readonly arrangedRev?: number }

export type Position = { before?: number } | { after: number } | { around: number }

export type StoredPage = { messages: MessageView[]; head: number; older: boolean; newer: boolean }

export type StoredChanges = {
  messages: MessageView[]
  head: number
  /** Of the same moment as `head`, see `RoomVersions`. */
  membershipRev: number
  more: boolean
  reset?: true
  /** The room's own rev is after `since`. */
  roomChanged: boolean
}
