import { Hono } from 'hono'
import { type RequestContext, wholeNumber } from '../http/context.ts'
import { answerRead } from '../http/reads.ts'
import { limits } from '../protocol/limits.ts'
import type { UsersPage } from '../protocol/views.ts'

/** Users by name, as far as the tenant's directory shows them. */
export const users = new Hono<RequestContext>().get('/users', async (c) => {
  const { caller } = c.var
  const { directory } = caller.tenant.settings
  const limit = wholeNumber(c, 'limit', { min: 1, max: limits.page }) ?? limits.listDefault
  const query = (c.req.query('q') ?? '').slice(0, limits.nameChars)
  const cursor = c.req.query('cursor')
  if (directory === 'none') return answerRead<UsersPage>(c, { users: [] }, 0)
  const found = await caller.store.searchUsers({
    query,
    limit,
    ...(cursor !== undefined && { cursor }),
    ...(directory === 'shared' && { sharingWith: caller.me.id }),
  })
  return answerRead<UsersPage>(c, found, limit)
})
