/** What happened to a room, in the reader's language; in the server's English where the event is newer than this code. */
import type { UserView } from '../../../server/protocol/views.ts'
import type { Strings } from '../../locale/en.ts'
import type { SystemMessage } from '../../state/system-message.ts'
import { nameIn } from '../format.ts'

type SystemRow = { readonly text: string; readonly system: SystemMessage | undefined }

/** `as` marks the names in it. */
export function systemText({ text, system }: SystemRow, words: Strings, as = (name: string) => name): string {
  const say = (one: UserView | string | undefined) =>
    typeof one === 'object' ? as(nameIn(words, one)) : one && as(one)
  const who = say(system?.who)
  if (!system || !(system.event in words.system)) return text
  if (system.event === 'demoted' && system.isOwn) return words.system.steppedDown(who)
  if (system.event !== 'configured') return words.system[system.event](who, say(system.what))
  return system.settings.map((change) => words.system.configured(who, change)).join(' · ') || text
}
