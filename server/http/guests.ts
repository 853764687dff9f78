/** Visitors whom the site does not know: how they come, and how they become users. docs/security.md says what they may. */
import { type Context, Hono } from 'hono'
import * as v from 'valibot'
import { createRoomFor } from '../commands/create-room.ts'
import { outcomeOf, type Run } from '../commands/run.ts'
import { saveProfile } from '../commands/save-profile.ts'
import type { Logger } from '../log/logger.ts'
import { cleanLine } from '../protocol/clean.ts'
import { isGuestId } from '../protocol/guests.ts'
import { limits } from '../protocol/limits.ts'
import { parse } from '../protocol/parse.ts'
import { Problem } from '../protocol/problems.ts'
import { UserId, UserView, Uuid } from '../protocol/views.ts'
import { isVisible } from '../protocol/visible.ts'
import { contactsIn } from '../rules/settings.ts'
import type { StoreReads, Tenant } from '../store/store.ts'
import { jsonOf } from './commands.ts'
import type { RequestContext } from './context.ts'
import { says, saysToAnybody } from './described.ts'
import { isGuestToken, readGuestToken, signGuestToken } from './guest-tokens.ts'
import type { Identity } from './identity.ts'
import { requireScope } from './keys.ts'
import { asProblem } from './problem-answers.ts'
import type { RateLimit } from './rate-limits.ts'
import type { Refusals } from './refusals.ts'
import type { SignOuts } from './sign-outs.ts'
import type { SiteHost } from './site.ts'

export type GuestServer = {
  readonly run: Run
  readonly rateLimit: RateLimit | undefined
  readonly refusals: Refusals
  readonly signOuts: SignOuts
  readonly log: Logger
  readonly now: () => number
  hostOf(tenant: string): SiteHost
}

const NameBody = v.object({ name: v.pipe(v.string(), v.description('what others see, as a guest')) })
const MergeBody = v.object({
  guestToken: v.pipe(v.string(), v.description('of the guest that this user was')),
})
const GuestAnswer = v.object({
  token: v.pipe(v.string(), v.description('for 14 days; it signs the guest in')),
  user: UserView,
  roomId: v.exactOptional(v.pipe(Uuid, v.description('the room with those who answer visitors'))),
})

const allows = {
  summary: 'Whether a name is all that it takes to chat',
  answer: v.object({ allowed: v.boolean() }),
  problems: ['forbidden', 'not_found', 'rate_limited', 'site_disabled'],
} as const
const comes = {
  summary: 'Come as a guest, or go on as one',
  about: 'With the token of a guest, and without a name, the same guest gets a newer one.',
  body: v.object({ name: v.exactOptional(NameBody.entries.name) }),
  answer: GuestAnswer,
  makes: true,
  problems: [
    ...(['bad_request', 'unauthorized', 'token_expired', 'forbidden', 'not_found'] as const),
    ...(['too_large', 'rate_limited', 'overloaded'] as const),
  ],
} as const
const merges = {
  summary: 'Say which guest one was before one signed in',
  about: 'All places of the guest are the user’s from then on. The same again is answered the same.',
  body: MergeBody,
  answer: v.object({ guestId: UserId }),
} as const

/** Where a tenant lets guests in. Without a secret nothing could sign for them. */
const areAllowed = ({ settings, secrets }: Tenant): boolean => settings.guests && secrets.length > 0

/**
 * Whoever signs in: as a guest by a token of this server only, while the site allows guests and knows this one.
 * @throws Problem `unauthorized`, `forbidden`
 */
export async function requireAllowed(
  { profile: { id }, isGuest = false }: Identity,
  tenant: Tenant,
  store: StoreReads,
): Promise<void> {
  if (isGuestId(id) !== isGuest) throw new Problem('unauthorized', 'user id: only this server has guests')
  if (!isGuest) return
  if (!areAllowed(tenant)) throw new Problem('unauthorized', 'guests: this site has none')
  const guest = await store.findUser(id)
  if (!guest?.guest) throw new Problem('unauthorized', 'guests: this one is none any more')
}

/** Asked by nobody who has signed in. */
export function guests(server: GuestServer): Hono<RequestContext> {
  const { run, rateLimit, refusals, signOuts, log, now, hostOf } = server

  /** The same guest, for as long again. */
  async function renewed(c: Context<RequestContext>, token: string): Promise<Response> {
    const { tenant, sender } = c.var
    const { store } = hostOf(tenant.id)
    try {
      const identity: Identity = { ...(await readGuestToken(token, tenant, now())), isGuest: true }
      signOuts.require(tenant.id, identity)
      await requireAllowed(identity, tenant, store)
      const { id } = identity.profile
      await rateLimit?.take('request', `guest ${tenant.id} ${id}`)
      return c.json({ token: await signGuestToken(id, tenant, now()), user: await store.findUser(id) })
    } catch (error) {
      if (error instanceof Problem) refusals.tellSignIn(error, { tenant: tenant.id, sender, hasToken: true })
      throw error
    }
  }

  async function made(c: Context<RequestContext>): Promise<Response> {
    const { tenant, sender } = c.var
    if (!areAllowed(tenant)) throw new Problem('forbidden', 'guests: this site has none')
    const name = nameIn(await jsonOf(c))
    if (sender !== undefined) await rateLimit?.take('guest', `${tenant.id} ${sender}`)
    const host = hostOf(tenant.id)
    const nobody = host.callerOf({ id: '' })
    const { user } = (await outcomeOf(run, nobody, 'addGuest', { name })).reply
    const token = await signGuestToken(user.id, tenant, now())
    const room = await openContacts(user.id, tenant, host)
    return c.json({ token, user, ...(room !== undefined && { roomId: room }) }, 201)
  }

  /** The room with those who answer visitors, whom the guest owns nothing of. */
  async function openContacts(guest: string, tenant: Tenant, host: SiteHost): Promise<string | undefined> {
    try {
      const contacts = await whoIsThere(contactsIn(tenant.settings.guestContacts), host)
      if (contacts.length === 0) return undefined
      const users = [...contacts, guest].map((id) => ({ id }))
      return (await createRoomFor(host, users, {})).room.id
    } catch (error) {
      // They may chat elsewhere.
      asProblem(error, log, { doing: 'opening the room of a guest' })
      return undefined
    }
  }

  /** Without who was erased: a server of one site has its settings from its environment, which still names them. */
  async function whoIsThere(contacts: readonly string[], { run, callerOf }: SiteHost): Promise<string[]> {
    const there: string[] = []
    for (const id of contacts) {
      try {
        await saveProfile(run, callerOf({ id }), { id })
        there.push(id)
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== 'forbidden') throw error
      }
    }
    return there
  }

  return new Hono<RequestContext>()
    .get('/guests', saysToAnybody(allows), (c) => {
      refusals.visit({ sender: c.var.sender })
      return c.json({ allowed: areAllowed(c.var.tenant) })
    })
    .post('/guests', saysToAnybody(comes), (c) => {
      const token = c.req.header('authorization')?.match(/^Bearer +(\S+)$/i)?.[1]
      return token === undefined ? made(c) : renewed(c, token)
    })
}

/** Asked by who has signed in, and holds the token of the guest that they were. */
export function mergedGuests({ run, signOuts, now }: GuestServer): Hono<RequestContext> {
  return new Hono<RequestContext>().post(
    '/me/guest',
    says(merges, { for: 'users', scope: 'users' }),
    async (c) => {
      requireScope(c, 'users')
      const { tenant, caller } = c.var
      const { guestToken } = parse(MergeBody, await jsonOf(c))
      if (!isGuestToken(guestToken))
        throw new Problem('bad_request', 'guestToken: expected the token of a guest')
      const { id } = await guestOf(guestToken, tenant, now())
      await outcomeOf(run, caller, 'mergeGuest', { guestId: id })
      // Their sockets end. The token opens nothing any more: the guest's own row says so.
      await signOuts.add({ tenant: tenant.id, user: id })
      return c.json({ guestId: id })
    },
  )
}

/** That the caller's own token is good, was asked before: this is about the other one. */
async function guestOf(token: string, tenant: Tenant, now: number) {
  try {
    return (await readGuestToken(token, tenant, now)).profile
  } catch {
    throw new Problem('bad_request', 'guestToken: expired, or of another site')
  }
}

/** @throws Problem `bad_request` for one that shows nothing, `too_large` */
function nameIn(body: unknown): string {
  const name = cleanLine(parse(NameBody, body).name).toWellFormed()
  const errors = (detail: string) => ({ errors: [{ path: 'name', detail }] })
  if (!isVisible(name)) throw new Problem('bad_request', 'name: expected one', errors('expected one'))
  const detail = `expected at most ${limits.nameChars} characters, got ${name.length}`
  if (name.length > limits.nameChars) throw new Problem('too_large', `name: ${detail}`, errors(detail))
  return name
}
