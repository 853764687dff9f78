import { Problem } from '../protocol/problems.ts'
import type { Command, Publication } from './command.ts'

/**
 * Changes who sees whether the caller is here. Their other devices hear of it as it is; their people, by presence, as far
 * as they see it. @throws Problem `unsupported` where the site shows nobody
 */
export const setPresence: Command<'setPresence'> = async (caller, wish, { store }) => {
  const { me, session, tenant, topics } = caller
  if (tenant.settings.presence === 'off')
    throw new Problem('unsupported', 'setPresence: this site has turned presence off')
  const { presence, changed } = await store.setPresence(me.id, wish)
  if (!changed) return { reply: presence, created: false, events: [] }
  const mine: Publication = {
    topic: topics.user(me.id),
    ...(session !== undefined && { exceptSession: session }),
    event: { t: 'myPresence', ...presence },
  }
  return { reply: presence, created: true, events: [mine] }
}
