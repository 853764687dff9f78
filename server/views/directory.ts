import { Hono } from 'hono'
import { type RequestContext, wholeNumber } from '../http/context.ts'
import { paging, says, textParameter } from '../http/described.ts'
import { answerRead } from '../http/reads.ts'
import { limits } from '../protocol/limits.ts'
import { OpenRoomsPage } from '../protocol/views.ts'

const openRooms = {
  summary: 'The groups that any user may join',
  query: { q: textParameter('the beginning of any word of the name'), ...paging(limits.listDefault) },
  answer: OpenRoomsPage,
}

/** The rooms that any user of the tenant may join. */
export const directory = new Hono<RequestContext>().get('/directory', says(openRooms), async (c) => {
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
