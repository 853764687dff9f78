import type { webcrypto } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify } from 'jose'
import * as v from 'valibot'
import { spans } from '../protocol/limits.ts'
import { Problem } from '../protocol/problems.ts'
import { UserId } from '../protocol/views.ts'
import { toProfile } from '../rules/profiles.ts'
import { longestSeconds, skewSeconds } from '../rules/token-times.ts'
import type { Profile, Tenant } from '../store/store.ts'
import { isGuestToken, readGuestToken } from './guest-tokens.ts'
import { byKeySet, type KeySets } from './signers.ts'

/** Signatures remembered for each tenant: a check costs more than the page of history it lets through. */
const mostKnown = 1_000

/** Who is signed in at the host; `may`: users whom they may contact, whatever the tenant's policy. */
type SignedIn = Profile & { readonly may?: readonly string[] }

/** The user that the host's own sign-in finds in a request, or nobody. */
export type Authenticate = (
  request: Request,
  tenant: string,
) => SignedIn | null | undefined | Promise<SignedIn | null | undefined>

/** The host's sign-in, with an end to its patience. @throws Problem `overloaded` when it answers nothing in time */
export function answeringInTime(authenticate: Authenticate): Authenticate {
  return async (request, tenant) => {
    const late = Promise.withResolvers<never>()
    const refuse = () => late.reject(new Problem('overloaded', "the host's sign-in did not answer in time"))
    const timer = setTimeout(refuse, spans.helloMs)
    try {
      return await Promise.race([authenticate(request, tenant), late.promise])
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Who asks. By a token: until when (milliseconds since 1970), and who signed it, as `signersOf` names them. */
export type Identity = {
  readonly profile: Profile
  readonly expiresAt?: number
  readonly signer?: string
  /** Of a token, where it says so: milliseconds since 1970, to the second. */
  readonly issuedAt?: number
  /** Users whom they may contact, whatever the tenant's policy. */
  readonly may?: readonly string[]
  /** By a token of this server: nobody knows them. */
  readonly isGuest?: boolean
}

/** As many users as a token may name in `may`. */
const mostMay = 100
const May = v.pipe(v.array(UserId), v.maxLength(mostMay))

/** By token, for a tenant as it is now: changed ones, with another secret, say, are new objects and start with none. */
const known = new WeakMap<Tenant, Map<string, SignedIdentity>>()
/** Its secrets, made ready once: for each token anew they would be half of what a check costs. */
const keys = new WeakMap<Tenant, Promise<Key[]>>()
type SignedIdentity = Identity & Required<Pick<Identity, 'expiresAt' | 'signer'>>
type Key = { readonly key: webcrypto.CryptoKey; readonly secret: string }

/**
 * Reads a token that the tenant's host signed: HS256 by a secret, or RS256, ES256 or EdDSA by a key at the address that its setting `jwks` names, `sub`, `exp` at most an hour ahead, `name?`, `picture?`, `about?`, `timeZone?`, and
 * `may?` (user ids whom this user may contact, whatever the tenant's policy), and `aud`, one of the tenant's hostnames. A tenant that answers to every host takes any audience, and `default` none, too, of tokens by a secret.
 * @throws Problem `token_expired`, `overloaded` where the keys cannot be had, or `unauthorized` for everything else
 */
export async function readToken(
  token: string,
  tenant: Tenant,
  { now, keySets }: TokenTools,
): Promise<Identity> {
  const tokens = known.get(tenant) ?? new Map<string, SignedIdentity>()
  const before = tokens.get(token)
  if (before && now < before.expiresAt) return before
  const identity = await checkToken(token, tenant, { now, keySets })
  const [oldest] = tokens.size >= mostKnown ? tokens.keys() : []
  if (oldest !== undefined) tokens.delete(oldest)
  known.set(tenant, tokens.set(token, identity))
  return identity
}

/** `now`: milliseconds since 1970. */
export type TokenTools = { readonly now: number; readonly keySets: KeySets }

async function checkToken(token: string, tenant: Tenant, tools: TokenTools): Promise<SignedIdentity> {
  const { now } = tools
  if (isGuestToken(token)) return { ...(await readGuestToken(token, tenant, now)), isGuest: true }
  const { claims, signer } = await verify(token, tenant, tools)
  const { sub, exp = 0, iat, name, picture, about, timeZone, may } = claims
  const isOfTheFuture = (iat ?? 0) - now / 1000 > skewSeconds
  // By a clock that is hours ahead a token ends too late, too: the clock is what is wrong.
  const isShort = isOfTheFuture && exp - (iat ?? 0) <= longestSeconds
  if (exp - now / 1000 > longestSeconds + skewSeconds && !isShort) {
    throw new Problem('unauthorized', 'token: expected to expire within an hour (exp)')
  }
  if (isOfTheFuture) {
    throw new Problem('unauthorized', 'token: expected to be issued by now (iat)')
  }
  const profile = toProfile({ id: sub, name, avatarUrl: picture, about, timeZone })
  if (may !== undefined && !v.is(May, may)) {
    throw new Problem('unauthorized', `token: expected at most ${mostMay} user ids (may)`)
  }
  return {
    profile,
    expiresAt: (exp + skewSeconds) * 1000,
    signer,
    ...(iat !== undefined && { issuedAt: iat * 1000 }),
    ...(may !== undefined && { may }),
  }
}

async function verify(token: string, tenant: Tenant, { now, keySets }: TokenTools) {
  const { jwks } = tenant.settings
  if (jwks !== '' && isByKeySet(token))
    return { claims: await verifyBy(keySets, token, tenant, now), signer: jwks }
  let problem: Problem | undefined
  for (const { key, secret } of await keysOf(tenant)) {
    try {
      const { payload } = await jwtVerify(token, key, {
        // The algorithm belongs to the key: what the token's header says is not asked.
        algorithms: ['HS256'],
        requiredClaims: ['sub', 'exp'],
        clockTolerance: skewSeconds,
        currentDate: new Date(now),
        ...(isAudienceAsked(token, tenant) && { audience: [...tenant.hosts] }),
      })
      return { claims: payload, signer: secret }
    } catch (error) {
      problem = tokenProblem(error)
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) break
    }
  }
  throw problem ?? new Problem('unauthorized', 'token: no secret to check it with')
}

/** What its header says only chooses who is asked: each key is good for its own algorithm alone. */
function isByKeySet(token: string): boolean {
  try {
    return byKeySet.includes(decodeProtectedHeader(token).alg ?? '')
  } catch {
    return false
  }
}

/** Who signs with these keys may sign for others, too: so the token must name this tenant, whatever others may leave out. */
async function verifyBy(keySets: KeySets, token: string, { id, hosts, settings }: Tenant, now: number) {
  if (hosts.length === 0)
    throw new Problem(
      'unauthorized',
      'token: this tenant has no hostnames, one of which must be the aud of a token by a public key',
    )
  try {
    const { payload } = await jwtVerify(token, keySets.at(settings.jwks), {
      algorithms: [...byKeySet],
      requiredClaims: ['sub', 'exp', 'aud'],
      clockTolerance: skewSeconds,
      currentDate: new Date(now),
      audience: [...hosts],
    })
    return payload
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) throw noKeyFits(keySets, settings.jwks, token)
    if (error instanceof errors.JWKSMultipleMatchingKeys)
      throw new Problem(
        'unauthorized',
        'token: several keys at the address of the tenant fit it: expected a kid',
      )
    if (isOfToken(error)) throw tokenProblem(error)
    // Nobody is signed out by an outage of whoever has the keys. Why it is one is for the log: anybody asks with a token.
    const why = `the keys of ${id} at ${settings.jwks} cannot be had: ${(error as Error).message}`
    throw Object.assign(new Problem('overloaded', 'the keys of the tenant cannot be had'), {
      cause: new Error(why, { cause: error }),
    })
  }
}

function noKeyFits(keySets: KeySets, url: string, token: string): Problem {
  const { kid } = decodeProtectedHeader(token)
  const fault = keySets.faultOf(url, kid)
  if (fault === undefined)
    return new Problem('unauthorized', 'token: no key at the address of the tenant fits it')
  const which = `the key ${JSON.stringify(kid)} at the address of the tenant`
  return new Problem('unauthorized', `token: ${which} cannot be used: ${fault}`)
}

const ofToken = [
  ...[errors.JWTExpired, errors.JWTClaimValidationFailed, errors.JWSSignatureVerificationFailed],
  ...[errors.JWTInvalid, errors.JWSInvalid, errors.JOSEAlgNotAllowed, errors.JOSENotSupported],
]
const isOfToken = (error: unknown) => ofToken.some((kind) => error instanceof kind)

/** Tokens of `default` named nobody while it answered to every host: they go on being valid when it has hostnames. */
function isAudienceAsked(token: string, { id, hosts }: Tenant): boolean {
  if (hosts.length === 0) return false
  return id !== 'default' || decodeJwt(token).aud !== undefined
}

function keysOf(tenant: Tenant): Promise<Key[]> {
  const ready = keys.get(tenant) ?? Promise.all(tenant.secrets.map(keyOf))
  keys.set(tenant, ready)
  return ready
}

async function keyOf(secret: string): Promise<Key> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const bytes = new TextEncoder().encode(secret)
  return { secret, key: await crypto.subtle.importKey('raw', bytes, algorithm, false, ['verify']) }
}

function tokenProblem(error: unknown): Problem {
  if (error instanceof errors.JWTExpired) return new Problem('token_expired', 'token: expired')
  if (error instanceof errors.JWTClaimValidationFailed) {
    return new Problem('unauthorized', `token: the claim ${error.claim} is missing or wrong`)
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return new Problem('unauthorized', 'token: expected HS256')
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return new Problem('unauthorized', 'token: the signature is not of this tenant')
  }
  return new Problem('unauthorized', 'token: expected a signed JWT')
}
