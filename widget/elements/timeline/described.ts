/** What is said about a group, drawn as messages are: its links can be pressed. */
import { ChatterLinkClickEvent } from '../../events.ts'
import type { Host } from '../host.ts'
import { formattedText } from './formatted-text.ts'
import { richText } from './rich-text.ts'

export function described(text: string): unknown {
  // Nobody is mentioned in it.
  return formattedText(richText(text).blocks, { tab: 0, who: () => ({ name: undefined, isMe: false }) })
}

/** A click on a link, which the page may take for itself. */
export function onLink(host: Pick<Host, 'emit'>, event: Event): void {
  const link = event.target instanceof Element && event.target.closest('a')
  if (link && !host.emit(new ChatterLinkClickEvent(link.href))) event.preventDefault()
}
