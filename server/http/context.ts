import type { Context } from 'hono'
import type { Caller } from '../commands/caller.ts'
import { Problem } from '../protocol/problems.ts'
import type { Key } from '../rules/keys.ts'
import type { Position, Tenant } from '../store/store.ts'
import type { Sender } from './tenant.ts'

/** What the middleware found out about a request, for the routes behind it. */
export type RequestContext = {
  Variables: {
    /** Against whom it counts when it is refused. */
    sender: Sender
    tenant: Tenant
    /** Of who asks; with a key, of the user for whom it does. Behind `requireCaller` there always is one. */
    caller: Caller
    /** The key of the site's own server, where it asks by one. */
    key: Key | undefined
    requestId: string
    /** Of what a request makes that says no id itself and may be repeated: see idempotency.ts. */
    newId: string | undefined
    /** What was answered by a read: see reads.ts. */
    answered: { readonly bytes: number; readonly rows: number } | undefined
  }
}

type Bounds = { readonly min: number; readonly max: number }

/** A whole number of the query. @throws Problem `bad_request` for anything else than one within the bounds */
export function wholeNumber(c: Context, name: string, { min, max }: Bounds): number | undefined {
  const text = c.req.query(name)
  if (text === undefined) return undefined
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw new Problem(
    'bad_request',
    `${name}: expected a whole number from ${min} to ${max}, got ${JSON.stringify(text.slice(0, 40))}`,
  )
}

export const anySeq: Bounds = { min: 0, max: Number.MAX_SAFE_INTEGER }

/** Where a page of history stands. @throws Problem `bad_request` for more than one place */
export function positionOf(c: Context): Position {
  const before = wholeNumber(c, 'before', anySeq)
  const after = wholeNumber(c, 'after', anySeq)
  const around = wholeNumber(c, 'around', anySeq)
  if ([before, after, around].filter((seq) => seq !== undefined).length > 1) {
    throw new Problem('bad_request', 'expected one of before, after and around')
  }
  if (after !== undefined) return { after }
  if (around !== undefined) return { around }
  return before === undefined ? {} : { before }
}
