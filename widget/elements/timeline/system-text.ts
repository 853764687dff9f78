/** What happened to a room, in the reader's language; in the server's English where the event is newer than this code. */
import type { Strings } from '../../locale/en.ts'
import type { SystemMessage } from '../../state/system-message.ts'

type SystemRow = { readonly text: string; readonly system: SystemMessage | undefined }

/** `as` marks the names in it. */
export function systemText({ text, system }: SystemRow, words: Strings, as = (name: string) => name): string {
  const said: Partial<Record<SystemMessage['event'], Strings['system'][keyof Strings['system']]>> =
    words.system
  const say = system && said[system.event]
  return system && say ? say(system.who && as(system.who), system.what && as(system.what)) : text
}
