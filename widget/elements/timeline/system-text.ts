/** What happened to a room, in the reader's language; in the server's English where it tells of something newer than we. */
import type { Strings } from '../../locale/en.ts'
import type { Told } from '../../state/system-message.ts'

type Notice = { readonly text: string; readonly told: Told | undefined }

/** `as` marks the names in it. */
export function toldText({ text, told }: Notice, words: Strings, as = (name: string) => name): string {
  const say: Strings['system'][Told['event']] | undefined = told && words.system[told.event]
  return told && say ? say(told.who && as(told.who), told.what && as(told.what)) : text
}
