import type { Context } from 'hono'
import { Problem } from '../protocol/problems.ts'
import { type IfMatch, readExpectation } from '../rules/preconditions.ts'

/**
 * What a request expects of what it changes, for its caller. @param isKnown its route asks for it: what is not asked for must
 * not seem to be. @throws Problem `unsupported`, `bad_request`
 */
export function expectationIn(c: Context, isKnown: boolean): { ifMatch?: IfMatch } {
  if (c.req.method === 'GET') return {}
  const [match, noneMatch] = [c.req.header('if-match'), c.req.header('if-none-match')]
  const ifMatch = readExpectation({ match, noneMatch })
  if (ifMatch === undefined) return {}
  if (!isKnown)
    throw new Problem('unsupported', `${match ? 'If-Match' : 'If-None-Match'}: this is not asked for here`)
  return { ifMatch }
}
