import { parse } from '../protocol/parse.ts'
import { type MessageView, Uuid } from '../protocol/views.ts'
import { type SiteMessage, type SiteMessageChange, siteId, siteViewOf } from '../rules/site-message.ts'
import type { Profile } from '../store/store.ts'
import type { Caller } from './caller.ts'
import { outcomeOf, type Run } from './run.ts'

type Host = { readonly run: Run; callerOf(user: Profile): Caller; readonly siteName: string }

type Place = { readonly room: string; readonly id: string }
type OfTenant = Place & {
  /** Which site's; default `default`. */
  readonly tenant?: string
}
export type SiteMessageDraft = OfTenant & SiteMessage
/** What is left out stays; `null` takes it away. */
export type SiteMessageEdit = OfTenant & SiteMessageChange

/**
 * Says something as the site itself, with no user as its author. The same id again is the same message. @throws Problem
 * `bad_request`, `too_large`, `not_found` without such a room, `conflict` when the id is another message's
 */
export async function sendFromSiteFor(
  { run, callerOf, siteName }: Host,
  { room, id, ...given }: Place & object,
): Promise<{ readonly message: MessageView; readonly created: boolean }> {
  const caller = callerOf({ id: siteId, name: siteName })
  const site = siteViewOf(given)
  const input = { roomId: room, messageId: parse(Uuid, id), site }
  const { reply, created } = await outcomeOf(run, caller, 'sendFromSite', input)
  return { message: reply.message, created }
}

/** Changes what the site said. @throws Problem as `sendFromSiteFor`, `forbidden` for what a user said, `conflict` for a tombstone */
export async function editFromSiteFor(
  { run, callerOf, siteName }: Host,
  { room, id, ...given }: Place & object,
): Promise<MessageView> {
  const caller = callerOf({ id: siteId, name: siteName })
  const input = { roomId: room, messageId: id, site: given }
  const { reply } = await outcomeOf(run, caller, 'editFromSite', input)
  return reply.message
}

/** Deletes what the site said: a tombstone stays. @throws Problem `not_found`, `forbidden` for what a user said */
export async function deleteFromSiteFor(
  { run, callerOf, siteName }: Host,
  { room, id }: Place,
): Promise<MessageView> {
  const caller = callerOf({ id: siteId, name: siteName })
  const { reply } = await outcomeOf(run, caller, 'deleteFromSite', { roomId: room, messageId: id })
  return reply.message
}
