/**
 * The widget as it is built, on the small working server of the widget's tests: in place of the network, without its
 * delays, in the page itself. What that server computes counts as Chatter's.
 */
import type { ChatterWidget } from '../../../../widget/index.ts'
import { aToken } from '../../../widget/a-chat.ts'
import { latencyMs } from '../../../widget/fake-socket.ts'
import { LiveServer } from '../../../widget/live-server.ts'

const server = new LiveServer()
const { after } = server.clock
server.clock.after = (ms, run) => {
  if (ms > latencyMs) return after(ms, run)
  let isWanted = true
  queueMicrotask(() => isWanted && run())
  return () => {
    isWanted = false
  }
}
const room = server.open(['ana', 'sam'])
const widget: ChatterWidget = document.createElement('chatter-widget')

window.contender = {
  async mount(box, messages) {
    for (const { text, mine } of messages) server.say(room, mine ? 'ana' : 'sam', text)
    server.read(room, 'ana', messages.length)
    widget.server = server.url
    widget.token = aToken('ana')
    widget.singleRoom = true
    widget.load = 'eager'
    widget.roomId = room
    widget.style.blockSize = '100%'
    box.append(widget)
    // As the two lines that a site owner pastes.
    await import(/* @vite-ignore */ new URL('/chatter.js', location.href).href)
  },
  receive: ({ text }) => server.say(room, 'sam', text),
  /** They are with the server already: `mount` was given them. */
  async prepend(messages) {
    const { length: page } = messages
    for (let left = page; left > 0; left -= 50) await widget.chat.loadOlder(room)
    const log = this.scroller()
    if (log) log.scrollTop = 0
  },
  scroller: () => find('[part~="log"]')[0] ?? null,
  input: () => find('[part~="composer-input"]')[0] ?? null,
  first: () => texts()[0]?.textContent ?? undefined,
  last: () => texts().at(-1)?.textContent ?? undefined,
}

function find(selector: string): HTMLElement[] {
  return [...(widget.shadowRoot?.querySelectorAll<HTMLElement>(selector) ?? [])]
}

function texts(): HTMLElement[] {
  return find('[part~="message"] [part~="text"]')
}
