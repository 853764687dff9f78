/** vue-advanced-chat: its messages are one property, set anew at every change. */
import { register } from 'vue-advanced-chat'

register()
const chat = document.createElement('vue-advanced-chat')
let messages = []
const asMessage = ({ id, mine, author, text, at }) => ({
  _id: id,
  content: text,
  senderId: mine ? 'me' : 'other',
  username: author,
  date: at.slice(0, 10),
  timestamp: at.slice(11, 16),
})
const show = (next) => {
  messages = next
  chat.messages = messages
}
const texts = () => [
  ...(chat.shadowRoot?.querySelectorAll('.vac-message-wrapper .vac-format-message-wrapper') ?? []),
]

window.contender = {
  mount(box, all) {
    // What is set before it is in the page draws it twice.
    box.append(chat)
    chat.height = '100%'
    chat.style.cssText = 'display: block; inline-size: 100%; block-size: 100%'
    chat.currentUserId = 'me'
    chat.rooms = [
      {
        roomId: '1',
        roomName: 'Sam',
        users: [
          { _id: 'me', username: 'me' },
          { _id: 'other', username: 'Sam' },
        ],
      },
    ]
    chat.roomsLoaded = true
    chat.singleRoom = true
    chat.messagesLoaded = true
    // Its emoji are fetched from elsewhere.
    chat.showEmojis = chat.showReactionEmojis = chat.showFiles = chat.showAudio = false
    chat.addEventListener('send-message', ({ detail: [{ content }] }) =>
      show([
        ...messages,
        asMessage({
          id: `own ${messages.length}`,
          mine: true,
          author: 'me',
          text: content,
          at: new Date().toISOString(),
        }),
      ]),
    )
    chat.addEventListener('fetch-messages', () => show(all.map(asMessage)), { once: true })
    setTimeout(() => show(all.map(asMessage)))
  },
  receive: (message) => show([...messages, asMessage(message)]),
  prepend: (more) => show([...more.map(asMessage), ...messages]),
  scroller: () => chat.shadowRoot?.querySelector('.vac-container-scroll') ?? null,
  input: () => chat.shadowRoot?.querySelector('.vac-textarea') ?? null,
  first: () => texts()[0]?.textContent.trim(),
  last: () => texts().at(-1)?.textContent.trim(),
}
