/** deep-chat: earlier messages come by its own `loadHistory`, which it calls at the top. */
import 'deep-chat'

const chat = document.createElement('deep-chat')
const asMessage = ({ text, mine }) => ({ role: mine ? 'user' : 'ai', text })
const texts = () => [
  ...(chat.shadowRoot?.querySelectorAll('.message-bubble:not(.empty-message, .loading-history-message)') ??
    []),
]
/** Answers its question for earlier messages, which it asks at the top. */
let answer

window.contender = {
  mount(box, messages) {
    chat.chatStyle = { width: '100%', height: '100%', boxSizing: 'border-box' }
    // What is falsy says that there is more.
    chat.connect = { handler: (_body, signals) => signals.onResponse({ text: '' }) }
    chat.loadHistory = (index) =>
      index === 0
        ? [...messages.map(asMessage), false]
        : new Promise((resolve) => {
            answer = resolve
          })
    box.append(chat)
  },
  receive: ({ text }) => chat.addMessage({ role: 'ai', text }),
  async prepend(messages) {
    this.scroller().scrollTop = 0
    while (!answer) await new Promise((resolve) => requestAnimationFrame(resolve))
    answer(messages.map(asMessage))
  },
  scroller: () => chat.shadowRoot?.getElementById('messages') ?? null,
  input: () => chat.shadowRoot?.getElementById('text-input') ?? null,
  first: () => texts()[0]?.textContent,
  last: () => texts().at(-1)?.textContent,
}
