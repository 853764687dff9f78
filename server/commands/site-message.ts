/** What the site itself says: the caller is nobody, with the name of the site. What it says is checked already. */
import { siteId } from '../rules/site-message.ts'
import type { MessageChange } from '../store/store.ts'
import { type Caller, expecting, requireFitting } from './caller.ts'
import type { Command, Outcome, Tools } from './command.ts'
import { messageNews } from './message-news.ts'

export const sendFromSite: Command<'sendFromSite'> = async (
  caller,
  { roomId: room, messageId: id, site },
  { store },
) => {
  requireFitting(caller, site.text)
  const { message, created, membershipRev } = await store.appendFromSite({
    room,
    id,
    site,
    ...expecting(caller),
  })
  if (!created) return { reply: { message }, created, events: [] }
  const news = messageNews(caller, { message, membershipRev })
  return { reply: { message }, created, events: [news instanceof Promise ? await news : news] }
}

export const editFromSite: Command<'editFromSite'> = async (
  caller,
  { roomId: room, messageId: id, site },
  tools,
) => {
  if (typeof site.text === 'string') requireFitting(caller, site.text)
  return amendFromSite(caller, { kind: 'edit-site', room, id, by: siteId, site }, tools)
}

export const deleteFromSite: Command<'deleteFromSite'> = (caller, { roomId: room, messageId: id }, tools) =>
  amendFromSite(caller, { kind: 'delete', room, id, by: siteId }, tools)

async function amendFromSite(
  caller: Caller,
  change: MessageChange,
  { store }: Tools,
): Promise<Outcome<'editFromSite' | 'deleteFromSite'>> {
  const { message, changed, membershipRev } = await store.amend({ ...change, ...expecting(caller) })
  if (!changed) return { reply: { message }, created: false, events: [] }
  const news = messageNews(caller, { message, membershipRev })
  return { reply: { message }, created: true, events: [news instanceof Promise ? await news : news] }
}
