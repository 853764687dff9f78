/** The events of the chat as events of the element. Loaded with the chat itself. */
import { Chat, type ChatEvents, type ChatOptions } from './chat.ts'
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

const events: { [N in keyof ChatEvents]: (event: ChatEvents[N]) => Event } = {
  ready: ({ userId }) => new ChatterReadyEvent(userId),
  message: (event) => new ChatterMessageEvent(event),
  send: ({ message }) => new ChatterSendEvent(message),
  'send-error': (event) => new ChatterSendErrorEvent(event),
  'unread-change': (unread) => new ChatterUnreadChangeEvent(unread),
  'connection-change': ({ status }) => new ChatterConnectionChangeEvent(status),
  'auth-error': ({ fault }) => new ChatterAuthErrorEvent(fault),
  'room-change': ({ roomId }) => new ChatterRoomChangeEvent(roomId),
  error: ({ fault }) => new ChatterErrorEvent(fault),
}

/** A chat whose events are also events of `target`; `onCancelled` is called for those that the page cancelled. */
export function chatEmittingOn(
  options: ChatOptions,
  target: EventTarget,
  onCancelled: (name: keyof ChatEvents) => void,
): Chat {
  const chat = new Chat(options)
  const forward = <N extends keyof ChatEvents>(name: N) =>
    chat.on(name, (event) => {
      if (!target.dispatchEvent(events[name](event))) onCancelled(name)
    })
  for (const name of Object.keys(events) as (keyof ChatEvents)[]) forward(name)
  return chat
}
