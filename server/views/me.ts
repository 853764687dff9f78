import { Hono } from 'hono'
import type { RequestContext } from '../http/context.ts'
import type { Me } from '../protocol/views.ts'
import { shownLimits } from './ready.ts'

export const me = new Hono<RequestContext>().get('/me', (c) => {
  const { caller, tenant } = c.var
  return c.json<Me>({ user: caller.me, tenantId: tenant.id, limits: shownLimits })
})
