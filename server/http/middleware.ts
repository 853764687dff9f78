import type { IncomingMessage } from 'node:http'
import type { Context, MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import { matchedRoutes } from 'hono/route'
import { METHOD_NAME_ALL } from 'hono/router'
import { callerFor } from '../commands/caller.ts'
import type { Run } from '../commands/run.ts'
import { saveProfile } from '../commands/save-profile.ts'
import { parse } from '../protocol/parse.ts'
import { Problem } from '../protocol/problems.ts'
import { UserId } from '../protocol/views.ts'
import { requireEnabled } from '../rules/disabling.ts'
import { isKey } from '../rules/keys.ts'
import { toProfile } from '../rules/profiles.ts'
import type { StoreReads, Tenant } from '../store/store.ts'
import type { RequestContext } from './context.ts'
import { requireAllowed } from './guests.ts'
import { type Authenticate, type Identity, readToken } from './identity.ts'
import { type Keys, requireScope } from './keys.ts'
import { isAllowedOrigin, isOfAnotherSite, isOwnOrigin } from './origin.ts'
import type { RateLimit } from './rate-limits.ts'
import type { Refusals } from './refusals.ts'
import type { SignOuts } from './sign-outs.ts'
import type { KeySets } from './signers.ts'
import { requestHostOf as hostOfIncoming, type RequestHost, type TenantDirectory } from './tenant.ts'

export type SignInServer = {
  readonly tenants: TenantDirectory
  readonly refusals: Refusals
  readonly run: Run
  readonly rateLimit: RateLimit | undefined
  readonly authenticate: Authenticate | undefined
  readonly keys: Keys
  readonly keySets: KeySets
  readonly signOuts: SignOuts
  readonly now: () => number
  readonly random: () => number
  forTenant(tenant: string): StoreReads
}

/** Refuses an address that failed too often, before anything of its request is read. @throws Problem `rate_limited` */
export function refuseAddress({ tenants, refusals }: SignInServer): MiddlewareHandler<RequestContext> {
  return async (c, next) => {
    const { incoming }: { incoming?: IncomingMessage } = c.env ?? {}
    const sender = incoming && tenants.senderOf(incoming)
    refusals.requireAddress({ sender })
    c.set('sender', sender)
    await next()
  }
}

/** Finds the tenant of the request's host. @throws Problem `not_found` for a host that is nobody's */
export function findTenant({ tenants, refusals }: SignInServer): MiddlewareHandler<RequestContext> {
  return async (c, next) => {
    c.header('Vary', 'Origin')
    const tenant = tenants.of(requestHostOf(c))
    if (!tenant) {
      const host = tenants.hostOf(requestHostOf(c))
      refusals.tell({ cause: 'host', host, expected: tenants.hosts() }, c.var)
      throw new Problem('not_found', 'no tenant has this host')
    }
    c.set('tenant', tenant)
    await next()
  }
}

/** Lets pages of allowed origins in, with CORS headers for exactly them. @throws Problem `forbidden` for others */
export function checkOrigin({ tenants, refusals }: SignInServer): MiddlewareHandler<RequestContext> {
  return async (c, next) => {
    const origin = c.req.header('origin')
    if (origin === undefined) return next()
    if (!isAllowedOrigin(origin, tenants.siteOf(requestHostOf(c)), c.var.tenant)) {
      const host = tenants.hostOf(requestHostOf(c))
      refusals.tell({ cause: 'origin', origin, host, tenant: c.var.tenant }, c.var)
      throw new Problem('forbidden', 'origin: not allowed for this tenant')
    }
    return allowOrigin(c, next)
  }
}

/** After the origin, so that a page may read why. @throws Problem `site_disabled` */
export function checkEnabled({ random }: SignInServer): MiddlewareHandler<RequestContext> {
  return async (c, next) => {
    requireEnabled(c.var.tenant, random)
    await next()
  }
}

/** The headers for a browser on a page of an allowed origin. */
const allowOrigin = cors({
  origin: (origin) => origin,
  allowMethods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowHeaders: ['Authorization', 'Content-Type'],
  exposeHeaders: ['ETag', 'Retry-After'],
  maxAge: 7200,
})

/** Finds out who calls. @throws Problem `unauthorized` or `token_expired` */
export function findCaller(server: SignInServer): MiddlewareHandler<RequestContext> {
  return async (c, next) => {
    const { tenant } = c.var
    const store = server.forTenant(tenant.id)
    const bearer = bearerOf(c)
    if (bearer !== undefined && isKey(bearer)) {
      await findKey(c, bearer, { server, store })
      return next()
    }
    const { profile, may } = await permitted(c, tenant, server).catch((error: unknown) => {
      const hasToken = c.req.header('authorization') !== undefined
      const refused = { tenant: tenant.id, sender: c.var.sender, hasToken }
      if (error instanceof Problem) server.refusals.tellSignIn(error, refused)
      throw error
    })
    const { id } = profile
    const newcomer = callerFor({ me: { id, name: '' }, tenant, store })
    if (server.rateLimit) await server.rateLimit.take('request', newcomer.topics.user(id))
    const me = await saveProfile(server.run, newcomer, profile)
    c.set('caller', callerFor({ me, tenant, store, ...(may && { may }) }))
    await next()
  }
}

/** @throws Problem as `SignOuts.require`, too */
async function permitted(
  c: Context<RequestContext>,
  tenant: Tenant,
  server: SignInServer,
): Promise<Identity> {
  const identity = await identify(c, tenant, server)
  server.signOuts.require(tenant.id, identity)
  await requireAllowed(identity, tenant, server.forTenant(tenant.id))
  return identity
}

async function identify(c: Context<RequestContext>, tenant: Tenant, server: SignInServer): Promise<Identity> {
  const token = bearerOf(c)
  if (token !== undefined) return readToken(token, tenant, { now: server.now(), keySets: server.keySets })
  const profile = mayAskHost(c, server) && (await server.authenticate?.(c.req.raw.clone(), tenant.id))
  if (!profile) throw new Problem('unauthorized', 'expected Authorization: Bearer and a token')
  return { profile: toProfile(profile), ...(profile.may && { may: profile.may }) }
}

const bearerOf = (c: Context) => c.req.header('authorization')?.match(/^Bearer +(\S+)$/i)?.[1]

/**
 * A key of the site's own server. With `Chatter-User` it asks for that user, and is seen as them.
 * @throws Problem `unauthorized`, `forbidden` from a page, `not_found` for an unknown user
 */
async function findKey(
  c: Context<RequestContext>,
  bearer: string,
  { server, store }: { server: SignInServer; store: StoreReads },
): Promise<void> {
  const { tenant, sender } = c.var
  // Whoever reads a page's script would have the site. Reading from its own server, a page says no Origin.
  const isOfPage = ['origin', 'sec-fetch-site'].some((name) => c.req.header(name) !== undefined)
  if (isOfPage) throw new Problem('forbidden', 'a key is for servers only: no page may have it')
  const key = await server.keys.find(tenant.id, bearer).catch((error: unknown) => {
    if (error instanceof Problem)
      server.refusals.tellSignIn(error, { tenant: tenant.id, sender, hasToken: true })
    throw error
  })
  c.set('key', key)
  const asked = c.req.header('chatter-user')
  if (asked === undefined) return
  const id = parse(UserId, decoded(asked))
  const me = await store.findUser(id)
  if (!me) throw new Problem('not_found', `Chatter-User: no user ${JSON.stringify(id)}`)
  c.set('caller', callerFor({ me, tenant, store }))
}

/** Percent-encoded where it is no ASCII: a header holds nothing else. */
function decoded(header: string): string {
  try {
    return decodeURIComponent(header)
  } catch {
    throw new Problem('bad_request', 'Chatter-User: expected a user id, percent-encoded')
  }
}

/** For what is of one user. @throws Problem `bad_request` for a key that names none, `forbidden` for one that may not read */
export const requireCaller: MiddlewareHandler<RequestContext> = async (c, next) => {
  // What is not there is not found, whoever asks.
  if (!c.var.caller && !isRouted(c)) return c.notFound()
  if (!c.var.caller)
    throw new Problem('bad_request', 'Chatter-User: expected the id of the user for whom this is asked')
  // What a write needs, its command says (http/commands.ts).
  if (c.req.method === 'GET' || c.req.method === 'HEAD') requireScope(c, 'read')
  await next()
}

/** Whether a route is behind, and not only what stands before all of them. */
const isRouted = (c: Context) => matchedRoutes(c).some(({ method }) => method !== METHOD_NAME_ALL)

/** A cookie travels with requests of any page, so a write by it must come from the server's own. */
function mayAskHost(c: Context, { tenants }: SignInServer): boolean {
  if (isOfAnotherSite(c.req.header('sec-fetch-site'))) return false
  const origin = c.req.header('origin')
  if (origin === undefined) return c.req.method === 'GET' || c.req.method === 'HEAD'
  return isOwnOrigin(origin, tenants.siteOf(requestHostOf(c)))
}

/** Which host a request asks for, and how. */
export function requestHostOf(c: Context): RequestHost {
  const incoming: IncomingMessage | undefined = c.env?.incoming
  if (incoming) return hostOfIncoming(incoming)
  // A request made inside the process: there is no address to trust.
  return {
    host: c.req.header('host'),
    forwardedHost: c.req.header('x-forwarded-host'),
    forwardedProto: c.req.header('x-forwarded-proto'),
    isEncrypted: false,
    address: undefined,
  }
}
