/** What the chat says, as events of the element. Loaded with the chat itself. */
import { Chat, type ChatOptions, type Notices } from './chat.ts'
import {
  ChatterAuthErrorEvent,
  ChatterConnectionChangeEvent,
  ChatterErrorEvent,
  ChatterMessageEvent,
  ChatterReadyEvent,
  ChatterRoomChangeEvent,
  ChatterSendErrorEvent,
  ChatterSendEvent,
  ChatterUnreadChangeEvent,
} from './events.ts'

const events: { [N in keyof Notices]: (notice: Notices[N]) => Event } = {
  ready: ({ userId }) => new ChatterReadyEvent(userId),
  message: (notice) => new ChatterMessageEvent(notice),
  send: ({ message }) => new ChatterSendEvent(message),
  'send-error': (notice) => new ChatterSendErrorEvent(notice),
  'unread-change': (unread) => new ChatterUnreadChangeEvent(unread),
  'connection-change': ({ status }) => new ChatterConnectionChangeEvent(status),
  'auth-error': ({ fault }) => new ChatterAuthErrorEvent(fault),
  'room-change': ({ roomId }) => new ChatterRoomChangeEvent(roomId),
  error: ({ fault }) => new ChatterErrorEvent(fault),
}

/** A chat whose notices are events of `target`; `taken` hears of those that the page cancelled. */
export function chatEmittingOn(
  options: ChatOptions,
  target: EventTarget,
  taken: (name: keyof Notices) => void,
): Chat {
  const chat = new Chat(options)
  const one = <N extends keyof Notices>(name: N) =>
    chat.on(name, (notice) => {
      if (!target.dispatchEvent(events[name](notice))) taken(name)
    })
  for (const name of Object.keys(events) as (keyof Notices)[]) one(name)
  return chat
}
