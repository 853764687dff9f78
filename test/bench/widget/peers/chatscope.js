/** @chatscope/chat-ui-kit-react, put together as its documentation does. */
import '@chatscope/chat-ui-kit-styles/dist/default/styles.min.css'
import {
  ChatContainer,
  MainContainer,
  Message,
  MessageInput,
  MessageList,
} from '@chatscope/chat-ui-kit-react'
import { createElement as h, useState } from 'react'
import { createRoot } from 'react-dom/client'

let change = () => {}
let place

function Chat({ start }) {
  const [messages, setMessages] = useState(start)
  change = setMessages
  const onSend = (_html, text) =>
    setMessages((all) => [
      ...all,
      { id: `own ${all.length}`, mine: true, author: 'me', text, at: new Date().toISOString() },
    ])
  const rows = messages.map(({ id, mine, author, text, at }) =>
    h(Message, {
      key: id,
      model: {
        message: text,
        sentTime: at,
        sender: author,
        direction: mine ? 'outgoing' : 'incoming',
        position: 'single',
      },
    }),
  )
  return h(
    MainContainer,
    null,
    h(
      ChatContainer,
      null,
      h(MessageList, null, rows),
      h(MessageInput, { placeholder: 'Message', attachButton: false, onSend }),
    ),
  )
}

const texts = () => [...(place?.querySelectorAll('.cs-message__content') ?? [])]

window.contender = {
  mount(box, messages) {
    place = box
    createRoot(box).render(h(Chat, { start: messages }))
  },
  receive: (message) => change((all) => [...all, message]),
  prepend: (more) => change((all) => [...more, ...all]),
  scroller: () => place?.querySelector('.cs-message-list__scroll-wrapper') ?? null,
  input: () => place?.querySelector('.cs-message-input__content-editor') ?? null,
  first: () => texts()[0]?.textContent,
  last: () => texts().at(-1)?.textContent,
}
