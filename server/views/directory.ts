import { Hono } from 'hono'
import { type RequestContext, wholeNumber } from '../http/context.ts'
import { answerRead } from '../http/reads.ts'
import { limits } from '../protocol/limits.ts'
import type { OpenRoomsPage } from '../protocol/views.ts'

/** The rooms that any user of the tenant may join. */
export const directory = new Hono<RequestContext>().get('/directory', async (c) => {
  const { me, store } = c.var.caller
  const limit = wholeNumber(c, 'limit', { min: 1, max: limits.page }) ?? limits.listDefault
  const query = (c.req.query('q') ?? '').slice(0, limits.nameChars)
  const cursor = c.req.query('cursor')
  const { examined, ...page } = await store.listOpenRooms({
    ...{ viewer: me.id, query, limit },
    ...(cursor !== undefined && { cursor }),
  })
  return answerRead<OpenRoomsPage>(c, page, examined)
})
