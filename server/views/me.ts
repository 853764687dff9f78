import { Hono } from 'hono'
import type { RequestContext } from '../http/context.ts'
import { says } from '../http/described.ts'
import { Me } from '../protocol/views.ts'
import { learnedFrom } from './learned.ts'

export const me = new Hono<RequestContext>().get(
  '/me',
  says({ summary: 'Who one is, and what the site has', answer: Me }),
  async (c) => {
    const { me: user, tenant, store } = c.var.caller
    const presence = (await store.readPresence([user.id])).get(user.id)
    const own = presence && { presence }
    return c.json<Me>({ user, tenantId: tenant.id, ...learnedFrom(tenant.settings), ...own })
  },
)
