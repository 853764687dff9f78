import type { Context } from 'hono'
import { Problem } from '../protocol/problems.ts'
import { type IfMatch, readIfMatch } from '../rules/preconditions.ts'

/**
 * What a request expects of what it changes, for its caller. @param isKnown its route asks for it: what is not asked for must
 * not seem to be. @throws Problem `unsupported`, `bad_request`
 */
export function expectationIn(c: Context, isKnown: boolean): { ifMatch?: IfMatch } {
  if (c.req.method === 'GET') return {}
  const ifMatch = readIfMatch(c.req.header('if-match'))
  if (ifMatch === undefined) return {}
  if (!isKnown) throw new Problem('unsupported', 'If-Match: this is not asked for here')
  return { ifMatch }
}
