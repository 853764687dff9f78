import { Hono } from 'hono'
import * as v from 'valibot'
import { permitSeeing } from '../commands/caller.ts'
import { anySeq, positionOf, type RequestContext, wholeNumber } from '../http/context.ts'
import { placing, says, wholeParameter } from '../http/described.ts'
import { answerRead } from '../http/reads.ts'
import { limits } from '../protocol/limits.ts'
import { Problem } from '../protocol/problems.ts'
import { Changes, MessageAnswer, type MessageView, Page, Pins, Seq } from '../protocol/views.ts'
import { revTag } from '../rules/preconditions.ts'
import { withOwnReactions } from '../store/own-reactions.ts'
import { usersIn } from '../store/users-in.ts'
import { changesSince } from './changes.ts'

const pageSize = { min: 1, max: limits.page }

const history = { summary: 'A page of the history of a room', query: placing, answer: Page }
const changed = {
  summary: 'What changed in a room after a rev',
  query: {
    since: v.pipe(Seq, v.description('the last rev known')),
    limit: wholeParameter(`messages at most; ${limits.page} where it is left out`, pageSize),
  },
  answer: Changes,
}

/** A room's history by place, and what changed in it by rev. */
export const messages = new Hono<RequestContext>()
  .get('/rooms/:roomId/messages', says(history), async (c) => {
    const { caller } = c.var
    const roomId = c.req.param('roomId')
    const limit = wholeNumber(c, 'limit', pageSize) ?? limits.pageDefault
    const position = positionOf(c)
    const from = await permitSeeing(caller, roomId)
    const page = await caller.store.readPage(roomId, position, limit, from)
    const users = await usersIn(caller.store, { messages: page.messages })
    const messages = await withOwnReactions(caller.store, caller.me.id, page.messages)
    return answerRead<Page>(c, { ...page, messages, users, epoch: caller.store.epoch }, limit)
  })
  .get(
    '/rooms/:roomId/messages/:messageId',
    says({ summary: 'One message', answer: MessageAnswer }),
    async (c) => {
      const { me, store } = c.var.caller
      const roomId = c.req.param('roomId')
      const from = await permitSeeing(c.var.caller, roomId)
      const found = await store.findMessage(roomId, c.req.param('messageId'), from)
      if (!found) throw new Problem('not_found', 'no such message')
      const users = await usersIn(store, { messages: [found] })
      const [message = found]: MessageView[] = await withOwnReactions(store, me.id, [found])
      c.header('ETag', revTag(message.rev))
      return answerRead<MessageAnswer>(c, { ...message, users }, 1)
    },
  )
  .get('/rooms/:roomId/pins', says({ summary: 'What is pinned in a room', answer: Pins }), async (c) => {
    const { me, store } = c.var.caller
    const roomId = c.req.param('roomId')
    const from = await permitSeeing(c.var.caller, roomId)
    const { messages, head } = await store.listPins(roomId, from)
    const users = await usersIn(store, { messages })
    const shown = await withOwnReactions(store, me.id, messages)
    return answerRead<Pins>(c, { messages: shown, users, head }, limits.pins)
  })
  .get('/rooms/:roomId/changes', says(changed), async (c) => {
    const since = wholeNumber(c, 'since', anySeq)
    if (since === undefined) throw new Problem('bad_request', 'since: expected the last rev known')
    const limit = wholeNumber(c, 'limit', pageSize)
    const changes = await changesSince(c.var.caller, { roomId: c.req.param('roomId'), since, limit })
    return answerRead<Changes>(c, changes, limit ?? limits.page)
  })
