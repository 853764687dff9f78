/**
 * Tokens of guests, which this server signs itself: HS256 with a key that follows from a secret of the tenant, and from
 * nothing that a host signs with. They say in their header what they are, so none is ever read as a token of the host, and none
 * of the host's as one of these.
 */
import { createHmac, randomUUID } from 'node:crypto'
import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose'
import { isGuestId } from '../protocol/guests.ts'
import { Problem } from '../protocol/problems.ts'
import type { Tenant } from '../store/store.ts'

const type = 'chatter-guest+jwt'
/** Who comes back within so long is still the same guest; each visit begins it anew. */
const lifeSeconds = 14 * 24 * 3600
/** Clocks of nodes differ by so much at most. */
const skewSeconds = 120

/** What its header says only chooses who checks it: each key is good for its own kind alone. */
export function isGuestToken(token: string): boolean {
  try {
    return decodeProtectedHeader(token).typ === type
  } catch {
    return false
  }
}

/** @param now milliseconds since 1970. @throws Problem `forbidden` for a tenant without a secret */
export async function signGuestToken(guest: string, tenant: Tenant, now: number): Promise<string> {
  const [secret] = tenant.secrets
  if (secret === undefined) throw new Problem('forbidden', 'guests: this site has no secret to sign with')
  const issuedAt = Math.floor(now / 1000)
  return new SignJWT()
    .setProtectedHeader({ alg: 'HS256', typ: type })
    .setSubject(guest)
    .setAudience(tenant.id)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + lifeSeconds)
    .setJti(randomUUID())
    .sign(keyOf(secret, tenant))
}

export type GuestIdentity = {
  readonly profile: { readonly id: string }
  readonly expiresAt: number
  readonly signer: string
  readonly issuedAt: number
}

/** @throws Problem `token_expired`, or `unauthorized` for everything else */
export async function readGuestToken(token: string, tenant: Tenant, now: number): Promise<GuestIdentity> {
  for (const secret of tenant.secrets) {
    try {
      const { payload } = await jwtVerify(token, keyOf(secret, tenant), {
        algorithms: ['HS256'],
        typ: type,
        audience: tenant.id,
        requiredClaims: ['sub', 'exp', 'iat'],
        clockTolerance: skewSeconds,
        currentDate: new Date(now),
      })
      const { sub = '', exp = 0, iat = 0 } = payload
      if (!isGuestId(sub)) break
      return {
        profile: { id: sub },
        expiresAt: (exp + skewSeconds) * 1000,
        signer: secret,
        issuedAt: iat * 1000,
      }
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw new Problem('token_expired', 'token: expired')
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) break
    }
  }
  throw new Problem('unauthorized', 'token: not the token of a guest of this site')
}

function keyOf(secret: string, { id }: Pick<Tenant, 'id'>): Uint8Array {
  return createHmac('sha256', secret).update(`chatter guest tokens of ${id}`).digest()
}
