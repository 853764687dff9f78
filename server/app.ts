import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { Hono } from 'hono'
import { uuidv7 } from 'uuidv7'
import { callerFor } from './commands/caller.ts'
import { createRoomFor, type NewRoom } from './commands/create-room.ts'
import { Eraser } from './commands/eraser.ts'
import {
  deleteRoomFor,
  type MemberChange,
  type NewMember,
  removeMemberFor,
  setMemberFor,
} from './commands/members-by-host.ts'
import { publishTo } from './commands/publish.ts'
import { createRun, type Done, outcomeOf } from './commands/run.ts'
import {
  deleteFromSiteFor,
  editFromSiteFor,
  type SiteMessageDraft,
  type SiteMessageEdit,
  sendFromSiteFor,
} from './commands/site-message-by-host.ts'
import { Sweeper } from './commands/sweeper.ts'
import { Tally } from './commands/tally.ts'
import { type RoomUpdate, updateRoomFor } from './commands/update-room.ts'
import type { Fanout } from './fanout/fanout.ts'
import { encodeFrame } from './fanout/frame.ts'
import { createInProcessFanout } from './fanout/in-process.ts'
import { isOfNodes, topicsFor } from './fanout/topics.ts'
import { answerHeaders } from './http/answer-headers.ts'
import { assets, builtWidget } from './http/assets.ts'
import { boundBody } from './http/body-limit.ts'
import { check } from './http/check.ts'
import { httpCommands } from './http/commands.ts'
import type { RequestContext } from './http/context.ts'
import { guests, mergedGuests } from './http/guests.ts'
import { health } from './http/health.ts'
import { answersKeptMs, repeatable } from './http/idempotency.ts'
import { type Authenticate, answeringInTime } from './http/identity.ts'
import { Keys } from './http/keys.ts'
import { LineAnswers } from './http/lines.ts'
import { type NodeListener, nodeListener } from './http/listener.ts'
import {
  checkEnabled,
  checkOrigin,
  findCaller,
  findTenant,
  refuseAddress,
  requireCaller,
} from './http/middleware.ts'
import { notFoundIn, otherMethodsIn } from './http/not-found.ts'
import { type OpenApi, openApi, servesOpenApi } from './http/openapi.ts'
import { readOrigin } from './http/origin.ts'
import { answerProblem, asProblem } from './http/problem-answers.ts'
import { counted, RateLimit } from './http/rate-limits.ts'
import { boundReads, Reads } from './http/reads.ts'
import { Refusals } from './http/refusals.ts'
import { SignOuts } from './http/sign-outs.ts'
import { KeySets, signersOf } from './http/signers.ts'
import { site } from './http/site.ts'
import { TenantDirectory } from './http/tenant.ts'
import { DatabasePeers } from './live/database-peers.ts'
import { Healing } from './live/healing.ts'
import { Heartbeat } from './live/heartbeat.ts'
import { Hub } from './live/hub.ts'
import type { Listener } from './live/listener.ts'
import { Presence } from './live/presence/presence.ts'
import { SilentSockets } from './live/silent.ts'
import { Turns } from './live/turns.ts'
import { Upgrades } from './live/upgrade.ts'
import { type Logger, silent } from './log/logger.ts'
import { readStats, type Stats } from './metrics/stats.ts'
import { createOutbound, type Outbound } from './outbound/outbound.ts'
import { isGuestId } from './protocol/guests.ts'
import { Problem } from './protocol/problems.ts'
import type { MessageView, RoomAnswer } from './protocol/views.ts'
import { type GivenSettings, givenSettings, settingsFrom } from './rules/settings.ts'
import { namingSite } from './store/site-name.ts'
import type { ErasureMark, Profile, Store, Stores, Tenant } from './store/store.ts'
import { directory } from './views/directory.ts'
import { learnedFrom } from './views/learned.ts'
import { links } from './views/links.ts'
import { me } from './views/me.ts'
import { messages } from './views/messages.ts'
import { rooms } from './views/rooms.ts'
import { users } from './views/users.ts'
import { answerWithinMs, Deliveries } from './webhooks/deliveries.ts'

const drainMs = 5_000
/** Clients come back no faster than a server takes them: it has 0.8 ms of work with each, and others to serve. */
const comingBackPerS = 800
const comeBackWithinS = { least: 0.5, most: 10 }
/** A hello costs about as much as a hundred deliveries: a few milliseconds of each turn are for those who come. */
const hellosPerTurn = 8

export type ChatterOptions = {
  /** The database, from `openSqlite` or `openPostgres`. Who opened it closes it, after `close()`. */
  readonly stores: Stores
  /** How several nodes hear each other: `createRedisFanout()`. Default: this is the only node. */
  readonly fanout?: Fanout
  /** Path under which everything lies; starts and ends with a slash. Default `/`. */
  readonly base?: string
  /** HS256 secrets (32 bytes or more) of the tenant `default`, newest first. */
  readonly secrets?: readonly string[]
  /** Origins of other sites whose pages may use the tenant `default`, as browsers send them: anything else is an Error. */
  readonly origins?: readonly string[]
  /** Settings of the tenant `default`, where they are not as usual; docs/operations.md lists them. */
  readonly settings?: GivenSettings
  /** Addresses or CIDR ranges whose `X-Forwarded-Host` is believed. */
  readonly trustedProxies?: readonly string[]
  /** The host's own sign-in, for an app that mounts Chatter: asked where no token came. It has 5 s to answer. */
  readonly authenticate?: Authenticate
  /** Rate limits; default on. */
  readonly isLimited?: boolean
  /** Folder of the built widget. Default: the one that came with this server. */
  readonly assets?: string
  /** Folders with chunks of earlier builds, for pages that are open. */
  readonly keptAssets?: readonly string[]
  /** Default: nothing is logged. */
  readonly log?: Logger
  /** How it asks other servers: where tenants have their keys, and their webhooks. Default: only those of the public internet, by https. */
  readonly outbound?: Outbound
  /** Milliseconds since 1970. */
  readonly now?: () => number
  readonly newId?: () => string
  readonly random?: () => number
}

/** A running Chatter, to be put behind an HTTP server of one's own. */
export type Chatter = {
  /**
   * Everything over HTTP, for servers that speak `Request` and `Response`. `env` is what @hono/node-server gives its
   * handlers: from it comes the address of who asks.
   */
  fetch(request: Request, env?: object): Response | Promise<Response>
  /**
   * Everything over HTTP, for Node: `createServer(chatter.listener)`, or in Express `app.use(chatter.listener)`. With
   * `next`, it gets what is not under a path of Chatter. Behind something that has read the body already it takes what
   * that left in `request.body`.
   */
  readonly listener: NodeListener
  /** What answers over HTTP: `GET /v1/rooms`, base included. */
  readonly routes: readonly string[]
  /** What is at `v1/openapi.json`: all of it as an OpenAPI 3.1 document. */
  openApi(): OpenApi
  /** Where the WebSocket is, base included. */
  readonly socketPath: string
  /**
   * Takes WebSocket upgrades of an HTTP server, those on Chatter's path only; call the result to stop. One on another
   * path is answered 404 unless another listener takes it: reads or ends it, within 10 s.
   */
  attach(server: Server): () => void
  /** One upgrade, for a server that handles the event itself. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /**
   * The room for exactly these users: found, or made. They need not have signed in yet: unknown ones are created.
   * With a name (or `kind: 'group'`) it is always a new group.
   */
  createRoom(users: readonly Profile[], room?: NewRoom): Promise<RoomAnswer>
  /**
   * Changes what a group is called, shows and permits; members see it at once, with the messages that say so. What is left
   * out stays as it is. Rejects with a Problem: `not_found`, `forbidden` for a room that is no group, `bad_request`.
   */
  updateRoom(update: RoomUpdate): Promise<RoomAnswer>
  /** Deletes a group for everybody, and its history with it. Rejects with a Problem: `not_found`, `forbidden` for no group. */
  deleteRoom(deletion: { readonly room: string; readonly tenant?: string }): Promise<void>
  /**
   * Brings a user into a group, who need not have signed in yet, or gives a member another role. The message about it says
   * that they joined, or that `by` added them. Rejects with a Problem: `not_found`, `forbidden` for a room that is no group,
   * `too_large` when it is full, `conflict` for the role of the last owner.
   */
  setMember(member: NewMember): Promise<RoomAnswer>
  /** Takes a member out of a group: they left, or `by` removed them. Rejects as `setMember` does. */
  removeMember(member: MemberChange & { readonly user: string }): Promise<void>
  /**
   * Says something as the site itself, with no user as its author: `{ room, id, text, title?, link?, type?, data? }`, where `id` is
   * a UUID of yours, by which the same again is the same message. Rejects with a Problem: `not_found`, `bad_request`, `too_large`,
   * `conflict` when the id is another message's.
   */
  send(message: SiteMessageDraft): Promise<MessageView>
  /** Changes what the site said: what is left out stays, `null` takes it away. Rejects as `send`, `forbidden` for what a user said. */
  edit(message: SiteMessageEdit): Promise<MessageView>
  /** Deletes what the site said. Rejects as `edit` does. */
  unsend(message: { readonly room: string; readonly id: string; readonly tenant?: string }): Promise<void>
  /** Ends all sockets of a user, on this node at once and on others within two seconds: after a sign-out, say. */
  disconnect(user: string, tenant?: string): Promise<void>
  /** The same, and no token that was issued until now is good any more: after a device was lost, say. */
  revokeTokens(user: string, tenant?: string): Promise<void>
  /** The same, and nobody signs in as this user until `enableUser`. What they wrote stays, and so do their rooms. */
  disableUser(user: string, tenant?: string): Promise<void>
  enableUser(user: string, tenant?: string): Promise<void>
  /**
   * Erases a user for good: from now on nobody signs in as them, and all they had open ends. Their profile is gone when it
   * resolves; their memberships and messages follow in the background, and their name wherever it stands
   * (docs/privacy.md). The id is free again two days later at most.
   */
  eraseUser(user: string, tenant?: string): Promise<void>
  /** What it holds and has counted, for the host's own metrics. */
  stats(): Stats
  /** From now on `readyz` is 503, so that a balancer sends nobody more. All else goes on: `close()` comes later. */
  drain(): void
  /** Says goodbye to every socket (they come back elsewhere, the more there are the wider spread, up to 10 s) and stops. */
  close(): Promise<void>
}

/** Puts the server together: this is its map. It opens nothing and listens nowhere. */
export async function createChatter(options: ChatterOptions): Promise<Chatter> {
  const { stores, fanout = createInProcessFanout(), base = '/' } = options
  const authenticate = options.authenticate && answeringInTime(options.authenticate)
  const { now = Date.now, newId = uuidv7, random = Math.random } = options
  const log = options.log ?? silent
  const { secrets = [], origins = [] } = options
  for (const origin of origins) readOrigin(origin)
  const tenants = new TenantDirectory(
    stores,
    { secrets, origins, settings: givenSettings(options.settings ?? {}) },
    options.trustedProxies,
  )
  const rateLimit = (options.isLimited ?? true) ? new RateLimit() : undefined
  const reads = rateLimit && new Reads(rateLimit)
  const refusals = new Refusals({
    isLimited: rateLimit !== undefined,
    trustedProxies: options.trustedProxies ?? [],
    now,
    log,
  })
  const tally = new Tally()
  const hub = new Hub(fanout, { isShared: fanout.hearing() !== undefined })
  const heartbeat = new Heartbeat(hub, now)
  const named = new Map<Store, Store>()
  const forTenant = (tenant: string) => {
    const store = stores.forTenant(tenant)
    const known = named.get(store) ?? namingSite(store, () => siteName(tenants.byId(tenant)))
    named.set(store, known)
    return known
  }
  const publishers = [publishTo(fanout), showPresence]
  const run = createRun({ forTenant, publishers, newId, tally, log, rateLimit })
  const node = newId()
  const databasePeers = new DatabasePeers({ servers: stores.servers, fanout, log, node })
  const unheard = () => databasePeers.unheard
  const healing = new Healing({ hub, fanout, forTenant, log, unheard })
  const mostShown = (tenant: string) => tenants.byId(tenant)?.settings.presence ?? 'off'
  const presence = new Presence({ hub, fanout, forTenant, mostShown, now, log, node })
  fanout.onDelivery((delivery) => {
    try {
      if (isOfNodes(delivery.topic)) presence.hear(delivery.frame)
      else hub.deliver(delivery)
    } catch (error) {
      log.error({ err: error, topic: delivery.topic }, 'a delivery failed')
    }
  })
  let isDraining = false
  let isClosing = false

  const keySets = new KeySets(options.outbound ?? createOutbound(), log)
  const signOuts = new SignOuts({ store: stores.signOuts, now })
  const deliveries = new Deliveries({
    store: stores.webhooks,
    forTenant,
    outbound: options.outbound ?? createOutbound({ timeoutMs: answerWithinMs }),
    tenantOf: (id) => tenants.byId(id),
    isDisabled: (tenant, user) => signOuts.isDisabled(tenant, user),
    ...{ node, now, random, log },
    onError: (error) => void asProblem(error, log, { doing: 'delivering to webhooks' }),
  })
  const keys = new Keys({ store: stores.keys, rateLimit, now })
  const eraser = new Eraser({
    store: stores.erasures,
    run,
    now,
    hostOf: (tenant) => (tenants.byId(tenant) ? callerIn(tenant) : undefined),
    onErased: endErased,
    onError: (error) => void asProblem(error, log, { doing: 'erasing users' }),
  })
  const sweeper = new Sweeper({
    now,
    forTenant,
    tenants: () => tenants.all(),
    settingsOf: (tenant) => tenants.byId(tenant)?.settings,
    forgetAnswers: () => stores.idempotency.forget(now() - answersKeptMs),
    onError: (error) => void asProblem(error, log, { doing: 'removing old messages' }),
  })
  const shared = {
    refusals,
    tenants,
    run,
    rateLimit,
    authenticate,
    now,
    random,
    forTenant,
    keys,
    keySets,
    signOuts,
  }
  const guestServer = { ...shared, log, hostOf }
  const path = `${base}v1/socket`
  const live = {
    ...shared,
    hub,
    healing,
    presence,
    heartbeat,
    reads,
    silent: new SilentSockets(),
    hellos: new Turns(hellosPerTurn),
    log,
    newId,
    path,
    isClosing: () => isClosing,
  }
  const upgrades = new Upgrades(live)

  const v1 = new Hono<RequestContext>()
    .use(
      answerHeaders('same-origin'),
      refuseAddress(shared),
      findTenant(shared),
      checkOrigin(shared),
      checkEnabled(shared),
      boundBody,
    )
    .route('/', guests(guestServer))
    .use(findCaller(shared))
    .use(repeatable(stores.idempotency, now))
    // Else a key alone would ask for the room of this name.
    .get('/rooms/shared', requireCaller)
    .route('/', site(hostOf, { signOuts, lineAnswers: new LineAnswers({ log, now }), eraseUser }))
    .use(requireCaller)
    .route('/', mergedGuests(guestServer))
    .route('/', me)
    .use(boundReads(reads))
    .use('/users', counted(rateLimit, 'search'))
    .use('/rooms/:roomId/members', counted(rateLimit, 'search', 'q'))
    .use('/links/:code', counted(rateLimit, 'search'))
    .use('/directory', counted(rateLimit, 'search', 'q'))
    .route('/', users)
    .route('/', directory)
    .route('/', links)
    .route('/', rooms)
    .route('/', messages)
    .route('/', httpCommands(run))

  const app = new Hono()
  const document = () => openApi(app.routes, base)
  app.onError((error, c) =>
    answerProblem(c, asProblem(error, log, { path: c.req.path, method: c.req.method })),
  )
  app.notFound(notFoundIn(() => app.routes))
  app.route(base, health({ stores, fanout, unheard, isClosing: () => isDraining || isClosing }))
  app.route(base, assets(options.assets ?? builtWidget(), options.keptAssets))
  app.route(`${base}v1`, check(live))
  app.route(`${base}v1`, servesOpenApi(document))
  app.use(
    `${base}v1/*`,
    otherMethodsIn(() => app.routes),
  )
  app.route(`${base}v1`, v1)

  await tenants.start({
    onGone: (tenant) => end(sessionsOf(tenant), 'the tenant was removed'),
    onSettings({ id, settings }) {
      presence.compare()
      if (!settings.guests)
        end(
          sessionsOf(id).filter(({ user }) => isGuestId(user)),
          'this site has no guests any more',
        )
      const frame = encodeFrame({ t: 'settings', ...learnedFrom(settings) })
      // Whoever has not said hello yet reads them in `ready`.
      for (const session of sessionsOf(id)) if (session.user !== '') hub.write(session, frame)
    },
    onDisabled(tenant) {
      for (const session of sessionsOf(tenant))
        session.close('siteDisabled', 'this site is disabled', spread())
    },
    onSigners(tenant) {
      for (const session of sessionsOf(tenant.id)) session.onSigners(signersOf(tenant))
    },
    // An outage is a warning, as everywhere.
    onError: (error) => void asProblem(error, log, { doing: 'reading the tenants' }),
  })

  await signOuts.start({
    onSignOuts(all) {
      const topics = new Set(all.map(({ tenant, user }) => topicsFor(tenant).user(user)))
      const sessions = [...heartbeat.listeners()]
      end(
        sessions.filter(({ tenant, user }) => user !== '' && topics.has(topicsFor(tenant).user(user))),
        'signed out',
      )
      for (const topic of topics) presence.end(topic)
    },
    onError: (error) => void asProblem(error, log, { doing: 'reading who was signed out' }),
  })

  await eraser.start()
  sweeper.start()

  stores.onEpoch(() => {
    log.warn('the epoch of the database is another: it failed over or was restored, and clients load anew')
    // Their rooms close with them, and with these what was known of their numbers.
    for (const session of heartbeat.listeners())
      if (session.user !== '') session.close('shutdown', 'the database was restored', spread())
  })
  if (stores.blindness !== undefined)
    log.warn(
      { reason: stores.blindness },
      'a failover that loses commits would not be noticed: run chatter epoch --renew after one',
    )
  if (stores.missingTimeout !== undefined)
    log.warn({ reason: stores.missingTimeout }, 'the database does not end what takes too long')
  await databasePeers.start()
  deliveries.start()

  /** What somebody decided of their presence is shown by all nodes. */
  function showPresence({ name, caller, outcome }: Done): void {
    if (name === 'setPresence' && outcome.created)
      presence.settled({ tenant: caller.tenant.id, user: caller.me.id })
  }

  async function eraseUser(userId: string, tenant: string): Promise<void> {
    await outcomeOf(run, callerIn(tenant), 'eraseUser', { userId })
    await eraser.look()
  }

  /** The user is named while it goes on; then only the hash tells who of those that are here it was. */
  async function endErased({ tenant, user, hash }: ErasureMark): Promise<void> {
    const sessions = sessionsOf(tenant)
    const users = new Set(user === null ? sessions.map((one) => one.user) : [user])
    for (const one of users) {
      if (one === '') continue
      if (user === null && (await stores.erasures.hashOf({ tenant, user: one })) !== hash) continue
      end(
        sessions.filter((session) => session.user === one),
        'the user was erased',
      )
      presence.end(topicsFor(tenant).user(one))
    }
  }

  /** Nobody in particular. */
  function callerIn(tenant: string) {
    return hostOf(tenant).callerOf({ id: '' })
  }

  /** Seconds after which to come back. */
  function spread(): number {
    const { least, most } = comeBackWithinS
    const withinS = Math.min(most, Math.max(least, heartbeat.size / comingBackPerS))
    return Math.round(random() * withinS * 100) / 100
  }

  /** The host of a site, which acts for its users. */
  function hostOf(id = 'default') {
    const { settings } = tenants.byId(id) ?? { settings: settingsFrom({}) }
    const tenant = { id, settings }
    const store = forTenant(id)
    const callerOf = ({ id, name = '' }: Profile) => callerFor({ me: { id, name }, tenant, store })
    return { run, store, callerOf, siteName: siteName(tenants.byId(id)) }
  }

  /** @throws Problem `not_found`: whose name was misspelt would be signed out nowhere, and nobody would know */
  function known(tenant = 'default'): string {
    if (tenant === 'default' || tenants.byId(tenant)) return tenant
    throw new Problem('not_found', `no such tenant: ${JSON.stringify(tenant)}`)
  }

  function sessionsOf(tenant: string) {
    return [...heartbeat.listeners()].filter((one) => one.tenant === tenant)
  }

  return {
    fetch: (request, env) => app.fetch(request, env),
    listener: nodeListener(app.fetch, base),
    routes: routesOf(app),
    openApi: document,
    socketPath: path,
    upgrade: (request, socket, head) => upgrades.take(request, socket, head),
    attach: (server) => upgrades.attach(server),
    createRoom: async (profiles, room = {}) =>
      (await createRoomFor(hostOf(room.tenant), profiles, room)).room,
    updateRoom: (update) => updateRoomFor(hostOf(update.tenant), update),
    deleteRoom: (deletion) => deleteRoomFor(hostOf(deletion.tenant), deletion),
    setMember: async (member) => (await setMemberFor(hostOf(member.tenant), member)).room,
    removeMember: (member) => removeMemberFor(hostOf(member.tenant), member),
    send: async ({ tenant, ...message }) => (await sendFromSiteFor(hostOf(tenant), message)).message,
    edit: ({ tenant, ...message }) => editFromSiteFor(hostOf(tenant), message),
    unsend: async ({ tenant, ...message }) => {
      await deleteFromSiteFor(hostOf(tenant), message)
    },
    disconnect: async (user, tenant) => signOuts.add({ tenant: known(tenant), user }),
    revokeTokens: async (user, tenant) => signOuts.add({ tenant: known(tenant), user, isRevoking: true }),
    disableUser: async (user, tenant) => signOuts.add({ tenant: known(tenant), user, isDisabled: true }),
    enableUser: async (user, tenant) => signOuts.add({ tenant: known(tenant), user, isEnabled: true }),
    eraseUser: async (user, tenant) => eraseUser(user, known(tenant)),
    stats: () =>
      readStats({
        heartbeat,
        hub,
        healing,
        fanout,
        tally,
        rateLimit,
        refusals,
        stores,
        databasePeers,
        deliveries,
      }),
    drain() {
      isDraining = true
    },
    async close() {
      isClosing = true
      for (const session of heartbeat.listeners()) {
        session.close('shutdown', 'the server is stopping', spread())
      }
      const patience = setTimeout(() => {
        for (const session of heartbeat.listeners()) session.terminate()
      }, drainMs)
      await heartbeat.whenEmpty()
      clearTimeout(patience)
      heartbeat.stop()
      await healing.stop()
      await presence.stop()
      tenants.stop()
      signOuts.stop()
      await deliveries.stop()
      await eraser.stop()
      await sweeper.stop()
      await databasePeers.stop()
    },
  }
}

/** As users read it where the site itself says something. */
function siteName(tenant: Tenant | undefined): string {
  const { settings, origins = [], hosts = [] } = tenant ?? {}
  const [origin = ''] = origins
  return settings?.name || URL.parse(origin)?.hostname || hosts[0] || 'Site'
}

/** Without what only stands before others. */
function routesOf({ routes }: Hono): string[] {
  return [
    ...new Set(
      routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`),
    ),
  ]
}

function end(sessions: readonly Listener[], why: string): void {
  for (const session of sessions) session.close('removed', why)
}
