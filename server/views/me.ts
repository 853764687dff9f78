import { Hono } from 'hono'
import type { Me } from '../protocol/views.ts'
import type { Door } from './door.ts'
import { shownLimits } from './ready.ts'

export const me = new Hono<Door>().get('/me', (c) => {
  const { caller, tenant } = c.var
  return c.json<Me>({ user: caller.me, tenant: tenant.id, limits: shownLimits })
})
