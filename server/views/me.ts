import { Hono } from 'hono'
import type { Door } from '../http/context.ts'
import type { Me } from '../protocol/views.ts'
import { shownLimits } from './ready.ts'

export const me = new Hono<Door>().get('/me', (c) => {
  const { caller, tenant } = c.var
  return c.json<Me>({ user: caller.me, tenant: tenant.id, limits: shownLimits })
})
