import { Hono } from 'hono'
import { requireFeature } from '../commands/caller.ts'
import type { RequestContext } from '../http/context.ts'
import { says } from '../http/described.ts'
import { answerRead } from '../http/reads.ts'
import { limits } from '../protocol/limits.ts'
import { Problem } from '../protocol/problems.ts'
import { Links, OpenRoomView } from '../protocol/views.ts'

const linksOfRoom = {
  summary: 'The join links of a group, for its owners',
  answer: Links,
  problems: ['unsupported'],
} as const

/** The join links of a room, for its owners, and what is behind one of them. */
export const links = new Hono<RequestContext>()
  .get('/rooms/:roomId/links', says(linksOfRoom), async (c) => {
    const { caller } = c.var
    requireFeature(caller, 'joinLinks', 'links')
    const found = await caller.store.listLinks({ room: c.req.param('roomId'), by: caller.me.id })
    return answerRead<Links>(c, { links: found }, limits.links)
  })
  .get('/links/:code', says({ summary: 'The group behind a join link', answer: OpenRoomView }), async (c) => {
    const { me, store, tenant } = c.var.caller
    const isOn = tenant.settings.features.joinLinks
    const room = isOn ? await store.findByLink(c.req.param('code'), me.id) : undefined
    // One that never was, is over, or is of a room that is gone: nobody learns which.
    if (!room) throw new Problem('not_found', 'no such link')
    return answerRead<OpenRoomView>(c, room, 1)
  })
