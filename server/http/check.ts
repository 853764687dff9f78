import type { IncomingMessage } from 'node:http'
import { type Context, Hono } from 'hono'
import * as v from 'valibot'
import { Problem } from '../protocol/problems.ts'
import { sayAnswerHeaders } from './answer-headers.ts'
import { saysToAnybody, textParameter } from './described.ts'
import { requestHostOf } from './middleware.ts'
import { isAllowedOrigin } from './origin.ts'
import type { Refusals } from './refusals.ts'
import { hostname, type TenantDirectory } from './tenant.ts'

type CheckServer = {
  readonly tenants: TenantDirectory
  readonly refusals: Refusals
  isClosing(): boolean
}

/** Whether a socket of that page would be opened, or why not. */
const CheckCode = v.picklist(['ok', 'origin', 'host', 'rate_limited', 'overloaded', 'site_disabled'])
type CheckCode = v.InferOutput<typeof CheckCode>

const checks = {
  summary: 'Whether a socket of a page would be opened, or why not',
  query: { origin: textParameter('of the page, where the browser says none') },
  answer: v.object({ code: CheckCode }),
  statuses: [200, 429],
} as const

/**
 * `GET /check`: why a socket was refused, which no browser tells its page. Any origin may read it, so it says one word
 * and nothing of users, tenants or what would be right. What it refuses counts against the address like a refused
 * upgrade; what it finds good, like a visitor.
 */
export function check(server: CheckServer): Hono {
  return new Hono().get('/check', saysToAnybody(checks), (c) => {
    sayAnswerHeaders(c, 'cross-origin')
    c.header('Access-Control-Allow-Origin', '*')
    const { incoming }: { incoming?: IncomingMessage } = c.env ?? {}
    const who = { sender: incoming && server.tenants.senderOf(incoming) }
    try {
      server.refusals.requireAddress(who)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      c.header('Retry-After', String(error.retryAfter))
      return c.json({ code: 'rate_limited' satisfies CheckCode }, 429)
    }
    return c.json({ code: codeFor(c, server, who) })
  })
}

function codeFor(
  c: Context,
  { tenants, refusals, isClosing }: CheckServer,
  who: Parameters<Refusals['tell']>[1],
): CheckCode {
  if (isClosing()) return 'overloaded'
  const asked = requestHostOf(c)
  const host = tenants.hostOf(asked)
  const tenant = tenants.of(asked)
  if (!tenant || hostname(asked.host) === undefined) {
    refusals.tell({ cause: 'host', host, expected: tenants.hosts() }, who)
    return 'host'
  }
  // Browsers send no Origin with a request to the page's own server, and always one with an upgrade.
  const origin = c.req.header('origin') ?? c.req.query('origin')
  if (origin !== undefined && !isAllowedOrigin(origin, tenants.siteOf(asked), tenant)) {
    refusals.tell({ cause: 'origin', origin, host, tenant }, who)
    return 'origin'
  }
  refusals.visit(who)
  return tenant.disabledAt === undefined ? 'ok' : 'site_disabled'
}
