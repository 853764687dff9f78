/** The script a page includes: it defines `<chatter-widget>`, once. Importing it on a server does nothing. */
import { ChatterWidget } from './chatter-widget.ts'
import { anew, script } from './load-chunk.ts'
import { version } from './version.ts'

export type * from './chat-events.ts'
export { ChatterWidget } from './chatter-widget.ts'
export type * from './events.ts'
export type * from './message-renderers.ts'

const tag = 'chatter-widget'
const earlier = globalThis.customElements?.get(tag)

// The server is where this script came from; the chunks it loads lie in a folder below. In two steps, because bundlers
// take `new URL(…, import.meta.url)` for a file to copy.
const here = import.meta.url
script.origin = new URL('./', here).href
ChatterWidget.origin = script.origin

if (earlier && !here.includes(`?${anew}=`))
  // biome-ignore lint/suspicious/noConsole: two scripts on one page is a mistake that only its owner can fix.
  console.warn(
    `<${tag}> is already defined, by version ${Reflect.get(earlier, 'version') ?? 'unknown'}: this script, version ${version}, does nothing.`,
  )
else if (!earlier) globalThis.customElements?.define(tag, ChatterWidget)

declare global {
  interface HTMLElementTagNameMap {
    'chatter-widget': ChatterWidget
  }
}
