/** igc-chat of igniteui-webcomponents: its messages are one property, set anew at every change. */
import { defineComponents, IgcChatComponent } from 'igniteui-webcomponents'

defineComponents(IgcChatComponent)
const chat = document.createElement('igc-chat')
const asMessage = ({ id, mine, text, at }) => ({ id, text, sender: mine ? 'me' : 'other', timestamp: at })
const rows = () => [...(chat.shadowRoot?.querySelectorAll('igc-chat-message') ?? [])]
const textOf = (row) => row?.shadowRoot?.querySelector('[part~="plain-text"], pre')?.textContent

window.contender = {
  mount(box, messages) {
    chat.style.cssText = 'display: block; block-size: 100%'
    chat.options = { currentUserId: 'me', disableInputAttachments: true }
    chat.messages = messages.map(asMessage)
    box.append(chat)
  },
  receive: (message) => {
    chat.messages = [...chat.messages, asMessage(message)]
  },
  prepend: (more) => {
    chat.messages = [...more.map(asMessage), ...chat.messages]
  },
  scroller: () => chat.shadowRoot?.querySelector('[part~="message-area-container"]') ?? null,
  input: () =>
    chat.shadowRoot
      ?.querySelector('igc-chat-input')
      ?.shadowRoot?.querySelector('igc-textarea')
      ?.shadowRoot?.querySelector('textarea') ?? null,
  first: () => textOf(rows()[0]),
  last: () => textOf(rows().at(-1)),
}
