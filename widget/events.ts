/**
 * The events of the element. Every one bubbles and crosses shadow roots; those that announce something may be cancelled.
 * The names and fields are public.
 */
import type { MessageView } from '../server/protocol/views.ts'
import type { ConnectionStatus, Fault } from './state/state.ts'

abstract class ChatterEvent extends Event {
  constructor(name: string, fields: object = {}, cancelable = false) {
    super(name, { bubbles: true, composed: true, cancelable })
    Object.assign(this, fields)
  }
}

/** Signed in, connected, and the first rooms are here. */
export class ChatterReadyEvent extends ChatterEvent {
  declare readonly userId: string
  constructor(userId: string) {
    super('chatter-ready', { userId })
  }
}

/** The panel is about to open. Cancel it to keep it closed. */
export class ChatterOpenEvent extends ChatterEvent {
  constructor() {
    super('chatter-open', {}, true)
  }
}

/** The panel is about to close. Cancel it to keep it open. */
export class ChatterCloseEvent extends ChatterEvent {
  constructor() {
    super('chatter-close', {}, true)
  }
}

/** Another room is shown, or none. */
export class ChatterRoomChangeEvent extends ChatterEvent {
  declare readonly roomId: string | undefined
  constructor(roomId: string | undefined) {
    super('chatter-room-change', { roomId })
  }
}

/** The user sends a message. Cancel it to hold it back; `text` may be changed. */
export class ChatterBeforeSendEvent extends ChatterEvent {
  declare readonly roomId: string
  declare text: string
  constructor(roomId: string, text: string) {
    super('chatter-before-send', { roomId, text }, true)
  }
}

/** The server has stored a message of this user. */
export class ChatterSendEvent extends ChatterEvent {
  declare readonly message: MessageView
  constructor(message: MessageView) {
    super('chatter-send', { message })
  }
}

/** A message was refused, or may not be retried by itself. */
export class ChatterSendErrorEvent extends ChatterEvent {
  declare readonly messageId: string
  declare readonly roomId: string
  declare readonly fault: Fault
  constructor(event: { messageId: string; roomId: string; fault: Fault }) {
    super('chatter-send-error', event)
  }
}

/** A message arrived, in any room. */
export class ChatterMessageEvent extends ChatterEvent {
  declare readonly message: MessageView
  /** Of this user, from here or from another device. */
  declare readonly mine: boolean
  /** False for what came while the connection was lost. */
  declare readonly live: boolean
  constructor(event: { message: MessageView; mine: boolean; live: boolean }) {
    super('chatter-message', event)
  }
}

/** The number on the badge has changed. */
export class ChatterUnreadChangeEvent extends ChatterEvent {
  declare readonly total: number
  declare readonly byRoom: ReadonlyMap<string, number>
  constructor(event: { total: number; byRoom: ReadonlyMap<string, number> }) {
    super('chatter-unread-change', event)
  }
}

/** The connection was made, lost, or given up. */
export class ChatterConnectionChangeEvent extends ChatterEvent {
  declare readonly state: ConnectionStatus
  constructor(state: ConnectionStatus) {
    super('chatter-connection-change', { state })
  }
}

/** Nobody is signed in, or the server refused the token twice. Cancel it to keep the signed-out pane away. */
export class ChatterAuthErrorEvent extends ChatterEvent {
  declare readonly fault: Fault
  constructor(fault: Fault) {
    super('chatter-auth-error', { fault }, true)
  }
}

/** Something went wrong that the user did not ask for. */
export class ChatterErrorEvent extends ChatterEvent {
  declare readonly fault: Fault
  constructor(fault: Fault) {
    super('chatter-error', { fault })
  }
}

/** A link in a message is about to open. Cancel it to open it your way. */
export class ChatterLinkClickEvent extends ChatterEvent {
  declare readonly url: string
  constructor(url: string) {
    super('chatter-link-click', { url }, true)
  }
}

export type ChatterEventMap = {
  'chatter-ready': ChatterReadyEvent
  'chatter-open': ChatterOpenEvent
  'chatter-close': ChatterCloseEvent
  'chatter-room-change': ChatterRoomChangeEvent
  'chatter-before-send': ChatterBeforeSendEvent
  'chatter-send': ChatterSendEvent
  'chatter-send-error': ChatterSendErrorEvent
  'chatter-message': ChatterMessageEvent
  'chatter-unread-change': ChatterUnreadChangeEvent
  'chatter-connection-change': ChatterConnectionChangeEvent
  'chatter-auth-error': ChatterAuthErrorEvent
  'chatter-error': ChatterErrorEvent
  'chatter-link-click': ChatterLinkClickEvent
}

declare global {
  interface HTMLElementEventMap extends ChatterEventMap {}
}
