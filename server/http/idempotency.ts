/**
 * Requests that a site's server may repeat without making anything twice: `Idempotency-Key` on a POST with a key, as
 * draft-ietf-httpapi-idempotency-key-header says. The record is in the database, for all servers on it. What a POST makes has an id that
 * follows from the request, so that one which was killed before its answer was kept makes nothing new either.
 */
import { hash } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import { Problem } from '../protocol/problems.ts'
import { RequestProblem, revTag } from '../rules/preconditions.ts'
import type { IdempotencyStore, RepeatableRequest } from '../store/store.ts'
import type { RequestContext } from './context.ts'

/** A day. */
export const answersKeptMs = 86_400_000
/** No request takes so long: whoever had it was killed. */
const abandonedMs = 60_000
/** A larger answer is not kept: asked again, the request is performed again, and finds what it made. */
const mostBytes = 262_144
/** Of one key in a day. */
const mostRequests = 50_000

export function repeatable(store: IdempotencyStore, now: () => number): MiddlewareHandler<RequestContext> {
  return async (c, next) => {
    const header = c.req.header('idempotency-key')
    if (header === undefined || !c.var.key || c.req.method !== 'POST') return next()
    const request = await requestOf(c, c.var.key.id, nameIn(header))
    const at = now()
    const begun = await store.begin(request, {
      now: at,
      old: at - answersKeptMs,
      abandoned: at - abandonedMs,
      most: mostRequests,
    })
    if (typeof begun === 'object') return answered(c, begun)
    if (begun !== 'begun') throw refused(begun)
    c.set('newId', idOf(request))
    await next()
    const { status } = c.res
    const body = await c.res.clone().text()
    // What may succeed the next time is asked for again.
    const isFinal = status < 500 && status !== 429 && Buffer.byteLength(body) <= mostBytes
    await (isFinal ? store.finish(request, { status, body }) : store.release(request))
  }
}

function answered(c: Context, { status, body }: { status: number; body: string }): Response {
  const type = status < 400 ? 'application/json' : 'application/problem+json'
  // What has a rev had it as its tag.
  const { rev }: { rev?: number } = status < 400 && body !== '' ? JSON.parse(body) : {}
  if (rev !== undefined) c.header('ETag', revTag(rev))
  return new Response(body === '' ? null : body, {
    status,
    headers: { ...(body !== '' && { 'Content-Type': type }), ...Object.fromEntries(c.res.headers) },
  })
}

function refused(why: 'other' | 'running' | 'full'): Problem {
  if (why === 'other')
    return new RequestProblem('key_reused', 'Idempotency-Key: expected the same request as before')
  if (why === 'running')
    return new RequestProblem('in_progress', 'Idempotency-Key: the same request is being answered', {
      retryAfter: 1,
    })
  const detail = `Idempotency-Key: expected at most ${mostRequests} of one key in a day`
  return new Problem('rate_limited', detail, { retryAfter: 3_600 })
}

/** In quotes, as the draft has it, or without. @throws Problem `bad_request` */
function nameIn(header: string): string {
  const name = /^"(.*)"$/.exec(header)?.[1] ?? header
  if (/^[\x21-\x7e]{1,255}$/.test(name)) return name
  throw new Problem('bad_request', 'Idempotency-Key: expected 1 to 255 visible characters of ASCII')
}

async function requestOf(c: Context<RequestContext>, key: string, name: string): Promise<RepeatableRequest> {
  const { method, url } = c.req
  const { pathname, search } = new URL(url)
  const said = [method, pathname, search, c.req.header('chatter-user') ?? '', await c.req.text()]
  return {
    tenant: c.var.tenant.id,
    key,
    name,
    fingerprint: hash('sha256', JSON.stringify(said), 'base64url'),
  }
}

/** Of what the request makes, where it gives no id itself: a UUID of version 8. */
function idOf({ tenant, key, name, fingerprint }: RepeatableRequest): string {
  const bytes = Buffer.from(hash('sha256', JSON.stringify([tenant, key, name, fingerprint]), 'hex'), 'hex')
  bytes[6] = (bytes.readUInt8(6) & 0x0f) | 0x80
  bytes[8] = (bytes.readUInt8(8) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  )
}
