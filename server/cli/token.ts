import { SignJWT } from 'jose'
import { type Config, ConfigProblem } from '../config.ts'
import type { Tenant } from '../store/store.ts'
import { noSuchTenant } from './no-such-tenant.ts'
import { faultsOfUser } from './user-id.ts'

const longestMinutes = 60

export type TokenFlags = {
  readonly tenant?: string
  readonly user?: string
  readonly name?: string
  readonly minutes?: string
  readonly json?: boolean
}

/** `chatter token`: a token as the site's server would sign it. @throws ConfigProblem, Problem */
export async function signToken(
  tenants: readonly Tenant[],
  config: Config,
  flags: TokenFlags,
): Promise<string> {
  const { user = '', name, minutes = String(longestMinutes) } = flags
  const faults = [...faultsOfUser('--user', user), ...faultsOfMinutes(minutes)]
  if (faults.length > 0) throw new ConfigProblem(faults)
  const { secret, audience } = keyOf(tenants, config, flags.tenant)
  const jwt = new SignJWT(name === undefined ? {} : { name })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(user)
    .setIssuedAt()
    .setExpirationTime(`${minutes}m`)
  if (audience) jwt.setAudience(audience)
  const token = await jwt.sign(new TextEncoder().encode(secret))
  return flags.json ? JSON.stringify({ token }, undefined, 2) : token
}

function faultsOfMinutes(minutes: string): string[] {
  const isGood = /^\d{1,2}$/.test(minutes) && Number(minutes) >= 1 && Number(minutes) <= longestMinutes
  return isGood
    ? []
    : [`--minutes: expected a whole number from 1 to ${longestMinutes}, got ${JSON.stringify(minutes)}`]
}

/** The newest secret of the tenant, and the audience its tokens need. */
function keyOf(all: readonly Tenant[], { secrets }: Config, id = 'default') {
  const tenant = all.find((one) => one.id === id)
  if (tenant?.secrets[0]) return { secret: tenant.secrets[0], audience: tenant.hosts[0] }
  if (!tenant && (all.length > 0 || id !== 'default')) {
    throw noSuchTenant(id, all.length > 0 ? all.map((one) => one.id) : ['default'])
  }
  if (!secrets[0]) throw new ConfigProblem(['CHATTER_SECRET: expected the secret of the tenant default'])
  return { secret: secrets[0], audience: tenant?.hosts[0] }
}
