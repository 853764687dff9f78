import { Hono } from 'hono'
import type { RequestContext } from '../http/context.ts'
import type { Me } from '../protocol/views.ts'
import { learnedFrom } from './learned.ts'

export const me = new Hono<RequestContext>().get('/me', (c) => {
  const { me: user, tenant } = c.var.caller
  return c.json<Me>({ user, tenantId: tenant.id, ...learnedFrom(tenant.settings) })
})
