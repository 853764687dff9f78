/**
 * The events that the element and its parts fire; chat-events.ts has those that the chat does. Every one bubbles and
 * crosses shadow roots; those that announce something may be cancelled. The names and fields are public.
 */
export abstract class ChatterEvent extends Event {
  constructor(name: string, fields: object = {}, cancelable = false) {
    super(name, { bubbles: true, composed: true, cancelable })
    Object.assign(this, fields)
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

/** The user sends a message, or another text of one. Cancel it to hold it back; `text` may be changed. */
export class ChatterBeforeSendEvent extends ChatterEvent {
  declare readonly roomId: string
  declare text: string
  /** The id of the message that is to get this text. */
  declare readonly editing: string | undefined
  /** The id of the message that it answers. */
  declare readonly replyTo: string | undefined
  constructor(roomId: string, text: string, about: object = {}) {
    super('chatter-before-send', { roomId, text, ...about }, true)
  }
}

/** A link in a message is about to open. Cancel it to open it your way. */
export class ChatterLinkClickEvent extends ChatterEvent {
  declare readonly url: string
  constructor(url: string) {
    super('chatter-link-click', { url }, true)
  }
}
