/** The events of the chat as events of the element. Loaded with the chat itself. */
import type { ReactiveController } from 'lit'
import type { MessageView } from '../server/protocol/views.ts'
import { Chat, type ChatEvents, type ChatOptions } from './chat.ts'
import {
  ChatterBeforeSendEvent,
  type ChatterCloseEvent,
  ChatterEvent,
  type ChatterLinkClickEvent,
  ChatterOpenEvent,
} from './events.ts'
import { followLink, invitationAt, isLinked, type Opener } from './message-link.ts'
import { pageStorage } from './net/page-storage.ts'
import { placeName } from './place-name.ts'
import type { ConnectionStatus, Fault, Room } from './state/state.ts'
import type { Unread } from './state/unread.ts'

/** Signed in, connected, and the first rooms are here. */
export class ChatterReadyEvent extends ChatterEvent {
  declare readonly userId: string
  constructor(userId: string) {
    super('chatter-ready', { userId })
  }
}

/** Another room is shown, or none. */
export class ChatterRoomChangeEvent extends ChatterEvent {
  declare readonly roomId: string | undefined
  constructor(roomId: string | undefined) {
    super('chatter-room-change', { roomId })
  }
}

/** The server has stored a message of this user. */
export class ChatterSendEvent extends ChatterEvent {
  declare readonly message: MessageView
  constructor(message: MessageView) {
    super('chatter-send', { message })
  }
}

/** A message, or what was to become of one, was refused, or may not be retried by itself. */
export class ChatterSendErrorEvent extends ChatterEvent {
  declare readonly messageId: string
  declare readonly roomId: string
  declare readonly fault: Fault
  /** What was to become of a message that is there already. */
  declare readonly change: 'edit' | 'delete' | 'react' | 'pin' | undefined
  constructor(event: ChatEvents['send-error']) {
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

/** A message of somebody else that mentions this user, or everybody, arrived. */
export class ChatterMentionEvent extends ChatterEvent {
  declare readonly message: MessageView
  /** Where, as this user sees it. */
  declare readonly room: Room
  constructor(event: { message: MessageView; room: Room }) {
    super('chatter-mention', event)
  }
}

/** A message that is held here has another text. */
export class ChatterEditEvent extends ChatterEvent {
  declare readonly message: MessageView
  /** Of this user, who may have edited it on another device. */
  declare readonly mine: boolean
  constructor(event: { message: MessageView; mine: boolean }) {
    super('chatter-edit', event)
  }
}

/** A message that is held here was deleted: this is its tombstone. */
export class ChatterDeleteEvent extends ChatterEvent {
  declare readonly message: MessageView
  /** Of this user, who may have deleted it on another device. */
  declare readonly mine: boolean
  constructor(event: { message: MessageView; mine: boolean }) {
    super('chatter-delete', event)
  }
}

/** Somebody reacted to a message that is held here, or took that back. */
export class ChatterReactionEvent extends ChatterEvent {
  declare readonly message: MessageView
  declare readonly userId: string
  declare readonly emoji: string
  /** False: it was taken back. */
  declare readonly on: boolean
  constructor(event: { message: MessageView; userId: string; emoji: string; on: boolean }) {
    super('chatter-reaction', event)
  }
}

/** Somebody pinned a message that is held here, or took the pin away. */
export class ChatterPinEvent extends ChatterEvent {
  /** `pinned` says who. */
  declare readonly message: MessageView
  /** False: the pin was taken away. */
  declare readonly on: boolean
  constructor(event: { message: MessageView; on: boolean }) {
    super('chatter-pin', event)
  }
}

/** This user keeps a room in another way: pinned, muted, archived, marked unread. */
export class ChatterArrangeEvent extends ChatterEvent {
  /** As this user sees it; how it is kept stands in its `me`. */
  declare readonly room: Room
  constructor(room: Room) {
    super('chatter-arrange', { room })
  }
}

/** The number on the badge has changed. */
export class ChatterUnreadChangeEvent extends ChatterEvent {
  declare readonly total: number
  declare readonly byRoom: ReadonlyMap<string, number>
  /** How many of what is unread mention this user, over all rooms, muted or not. */
  declare readonly mentions: number
  constructor(event: Unread) {
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

const events: { [N in keyof ChatEvents]: (event: ChatEvents[N]) => Event } = {
  ready: ({ userId }) => new ChatterReadyEvent(userId),
  message: (event) => new ChatterMessageEvent(event),
  mention: (event) => new ChatterMentionEvent(event),
  send: ({ message }) => new ChatterSendEvent(message),
  edit: (event) => new ChatterEditEvent(event),
  delete: (event) => new ChatterDeleteEvent(event),
  reaction: (event) => new ChatterReactionEvent(event),
  pin: (event) => new ChatterPinEvent(event),
  arrange: ({ room }) => new ChatterArrangeEvent(room),
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
  target: Owner,
  onCancelled: (name: keyof ChatEvents) => void,
): Chat {
  const beforeSend: ChatOptions['beforeSend'] = ({ roomId, text, ...about }) => {
    const event = new ChatterBeforeSendEvent(roomId, text, about)
    return target.dispatchEvent(event) ? event.text : undefined
  }
  const storage = pageStorage('localStorage')
  const tabStorage = pageStorage('sessionStorage')
  const stores = { ...(storage && { storage }), ...(tabStorage && { tabStorage }) }
  const chat = new Chat({ ...stores, ...options, beforeSend })
  const forward = <N extends keyof ChatEvents>(name: N) =>
    chat.on(name, (event) => {
      if (!target.dispatchEvent(events[name](event))) onCancelled(name)
    })
  for (const name of Object.keys(events) as (keyof ChatEvents)[]) forward(name)
  const links = new ClosedLinks(target)
  const stop = chat.on('ready', () => {
    stop()
    if (!links.follow()) goBack(chat, target)
  })
  return chat
}

/** The element. */
type Owner = EventTarget &
  Opener & {
    readonly isShown: boolean
    readonly roomIsGiven: boolean
    isOpen: boolean
    readonly mode: string
    readonly id: string
    open(): Promise<void>
    hasAttribute(name: string): boolean
    addController(controller: ReactiveController): void
  }

/** Opens a closed panel where the page's address leads into it. One that is open looks by itself. */
class ClosedLinks implements ReactiveController {
  readonly #target: Owner

  constructor(target: Owner) {
    this.#target = target
    target.addController(this)
  }

  hostConnected(): void {
    addEventListener('hashchange', this.follow)
  }

  hostDisconnected(): void {
    removeEventListener('hashchange', this.follow)
  }

  /** Says whether the address leads into the chat. */
  readonly follow = (): boolean => {
    const target = this.#target
    const isInvited = invitationAt(target) !== undefined
    if (!target.isShown && isInvited) void target.open()
    return isInvited || (target.isShown ? isLinked(target) : followLink(target))
  }
}

/**
 * Back to where this user was in this tab, unless somebody has asked for something else by now: what the page says counts
 * more than what is remembered.
 */
function goBack(chat: Chat, target: Owner): void {
  const place = chat.placeOf(placeName(target))
  if (!place) return
  const { hasAny } = chat.latest
  const isClosed = !target.isShown && !target.hasAttribute('open') && !hasAny
  // It takes no focus: nobody has asked for it just now.
  if (isClosed && place.isOpen && target.dispatchEvent(new ChatterOpenEvent())) target.isOpen = true
  if (target.isShown && !target.roomIsGiven && !hasAny) void chat.returnTo(place)
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
  'chatter-mention': ChatterMentionEvent
  'chatter-edit': ChatterEditEvent
  'chatter-delete': ChatterDeleteEvent
  'chatter-reaction': ChatterReactionEvent
  'chatter-pin': ChatterPinEvent
  'chatter-arrange': ChatterArrangeEvent
  'chatter-unread-change': ChatterUnreadChangeEvent
  'chatter-connection-change': ChatterConnectionChangeEvent
  'chatter-auth-error': ChatterAuthErrorEvent
  'chatter-error': ChatterErrorEvent
  'chatter-link-click': ChatterLinkClickEvent
}

declare global {
  interface HTMLElementEventMap extends ChatterEventMap {}
}
