/**
 * The headless client: state and effects, no DOM, no Lit. A gesture calls a method, the method dispatches, everybody
 * who subscribed sees the new state. The server's frames and answers take the same way.
 *
 * headless.ts says what of it is public.
 */
import type { CommandInput } from '../server/protocol/commands.ts'
import { isGuestId } from '../server/protocol/guests.ts'
import { spans } from '../server/protocol/limits.ts'
import { Problem, type ProblemCode } from '../server/protocol/problems.ts'
import type {
  LinkView,
  MembersPage,
  MemberView,
  MessageView,
  OpenRoomsPage,
  OpenRoomView,
  PresenceView,
  ReplyView,
  RoomAnswer,
  RoomMe,
  RoomsPage,
  RoomView,
  UserAnswer,
  Users,
  UsersPage,
} from '../server/protocol/views.ts'
import { isVisible, isWellFormed, trimmed } from '../server/protocol/visible.ts'
import { Latest } from './latest.ts'
import { Api } from './net/api.ts'
import { CatchUp, isNotFound } from './net/catch-up.ts'
import type { Connection, ConnectionContext, ServerEvent } from './net/connection.ts'
import { ChatEventEmitter, type ChatEvents } from './net/emitter.ts'
import { History } from './net/history.ts'
import { type GuestServer, keepGuest, keptGuest } from './net/kept-guest.ts'
import { missedMessages } from './net/missed.ts'
import { newUuid } from './net/new-uuid.ts'
import { Outbox, type Waiting } from './net/outbox.ts'
import { PinLists } from './net/pins.ts'
import { ReadMarks } from './net/read-marks.ts'
import { Saved, type SavedIn } from './net/saved.ts'
import { Socket } from './net/socket.ts'
import { type Clock, systemClock, Timers } from './net/timers.ts'
import { claims, type TokenSource, Tokens } from './net/token.ts'
import { muteEnd } from './state/arranging.ts'
import { type DraftContent, rewritten } from './state/draft.ts'
import { isMentionOf, type Mentioned, moved } from './state/mentions.ts'
import { type Seen, seenAmong, withTimes } from './state/people.ts'
import type { Place } from './state/place.ts'
import { quoteOf } from './state/quote.ts'
import { reduce } from './state/reduce.ts'
import { messageIn } from './state/room.ts'
import {
  type Action,
  type Arranging,
  type Change,
  type ConnectionStatus,
  type Fault,
  faultOf,
  initialState,
  type Pending,
  type Room,
  type State,
  usualPresence,
} from './state/state.ts'

export type { ChatEvents } from './net/emitter.ts'
export type { SavedIn } from './net/saved.ts'
export type { Clock } from './net/timers.ts'
export type { TokenReason, TokenSource } from './net/token.ts'

/** Where a chat connects, as whom, and with what. */
export type ChatOptions = {
  /** Base URL of the Chatter server. */
  readonly server: string
  /** How the user signs in. Without any, by the cookie of the host's own session. */
  readonly auth?: TokenSource
  /** Name and version, for the server's log. */
  readonly client?: string
  /** Where drafts and unsent messages survive a reload: `localStorage`, in browsers. */
  readonly storage?: SavedIn
  /** Where the reader's place survives a reload, in this tab alone: `sessionStorage`. @internal */
  readonly tabStorage?: SavedIn
  /**
   * Asked before each message, and before each other text of one: answers what is sent in its place, or nothing to hold it
   * back.
   */
  readonly beforeSend?: (sending: Sending) => string | undefined
  /** Makes what carries questions and events between this chat and the server, once. By default a WebSocket. */
  readonly connection?: (context: ConnectionContext) => Connection
  /** Instead of the platform's own. */
  readonly fetch?: typeof fetch
  /** Instead of the platform's own. Not used where `connection` is given. */
  readonly WebSocket?: typeof WebSocket
  /** Time and timers, for tests. */
  readonly clock?: Clock
  /** From 0 to below 1, for tests: how long to wait before the next attempt to connect. */
  readonly random?: () => number
  /** New ids of messages and rooms, UUIDv7, for tests. */
  readonly newId?: () => string
  /** Which room was asked for last, where that began before there was a chat. @internal */
  readonly latest?: Latest
}

/**
 * `messageId`: under which id. `replyTo`: the message that it answers, as a quote shows it, or its id. `mentions`: whom the
 * text mentions, each a member of the room, and where; `mentionsRoom`: where it mentions everybody, for owners of a group.
 * `undoable`: where the site has `undoSend` on and there is a connection, it waits 6 seconds, in which `discard` takes it
 * back, or until the next message, another room, `sendNow` or the next connection.
 */
export type SendOptions = Mentioned & {
  readonly messageId?: string
  readonly replyTo?: string | ReplyView | undefined
  readonly undoable?: boolean
}

/** A text on its way out: of a new message, or of the one with the id `editing`. */
export type Sending = {
  readonly roomId: string
  readonly text: string
  readonly editing?: string
  /** The id of the message that it answers. */
  readonly replyTo?: string
}

/** Whom a room is asked for with; `name` makes a new one. */
type WantedRoom = { readonly memberIds: readonly string[]; readonly name?: string }

/** Beyond so many members nobody reads the list of who has seen a message. */
const mostReaders = 4_000

/** So long a message can be undone. */
const undoMs = 6_000
/** By then a server has noticed what got lost on the way to it. */
const confirmMs = 30_000

/**
 * A user's chat: one connection, and all that is known of the user's rooms. Methods that say "never rejects" leave what
 * went wrong in the state.
 */
export class Chat {
  readonly #options: Required<
    Omit<ChatOptions, 'auth' | 'storage' | 'tabStorage' | 'connection' | 'latest'>
  > & {
    storage: SavedIn | undefined
    tab: SavedIn | undefined
  }
  readonly #timers: Timers
  /** By room: how many wishes of how I keep it are on their way, and how it was before them as the server said last. */
  readonly #hopes = new Map<string, { count: number; before: RoomMe | undefined }>()
  readonly #connection: Connection
  readonly #api: Api
  readonly #outbox: Outbox
  readonly #marks: ReadMarks
  readonly #catchUp: CatchUp
  readonly #history: History
  readonly #pins: PinLists
  readonly #emitter = new ChatEventEmitter()
  readonly #listeners = new Set<(state: State) => void>()
  /** What was asked to be shown. An answer to what is not wanted any more shows nothing. @internal */
  readonly latest: Latest
  /** Where a guest comes from, and is kept. @internal */
  readonly guests: GuestServer & {
    /** What a visitor is asked, where guests may come: an element's. */
    form?: Promise<unknown> | undefined
    render?: (instead: () => unknown) => unknown
  }
  /** Messages whose senders wait until they are stored. */
  readonly #awaited = new Map<string, PromiseWithResolvers<MessageView>>()
  /** Ids of messages that were sent from here: their event brings nothing new. */
  readonly #sent = new Set<string>()
  /** Rooms that went: an answer that was asked for before may still show them. */
  readonly #gone = new Set<string>()
  #tokens: Tokens
  #saved: Saved | undefined
  /** Nobody was signed in, and nobody asked again but a page that drew itself anew. */
  #isQuiet = false
  #state = initialState

  constructor(chatOptions: ChatOptions) {
    const {
      auth = {},
      storage,
      tabStorage: tab,
      connection: makeConnection,
      latest = new Latest(),
      ...given
    } = chatOptions
    const server = given.server.endsWith('/') ? given.server : `${given.server}/`
    const options = { ...defaults(), ...given, server, storage, tab }
    const timers = new Timers(options.clock)
    const tokens = () => this.#tokens
    const api = new Api({ ...options, timers, tokens })
    const context: ConnectionContext = {
      tokens,
      epoch: () => this.#state.epoch,
      onFrame: (frame) => this.#onFrame(frame),
      onStatus: (status, problem) => this.#onStatus(status, problem),
      onRefused: (problem) => this.#onRefused(problem),
    }
    const connection = makeConnection?.(context) ?? new Socket({ ...options, ...context })
    const all = {
      connection,
      api,
      timers,
      state: () => this.#state,
      dispatch: (action: Action) => this.#dispatch(action),
    }
    const onChanges = (action: Extract<Action, { t: 'changes' }>) => this.#onChanges(action)
    this.latest = latest
    this.#options = options
    this.#timers = timers
    this.guests = options
    this.#tokens = this.#tokensOf(auth)
    this.#api = api
    this.#connection = connection
    this.#marks = new ReadMarks(connection, timers)
    this.#catchUp = new CatchUp({ ...all, onChanges })
    this.#history = new History({ ...all, catchUp: this.#catchUp })
    this.#pins = new PinLists(all)
    this.#outbox = new Outbox({
      ...all,
      message: async (...of) => {
        const { users: _, ...message } = await api.message(...of)
        return message
      },
      onDone: ({ id, change }, message) => {
        this.#follow([message], () => this.#dispatch({ t: 'acknowledged', message, id }))
        this.#awaited.get(id)?.resolve(message)
        if (!change) this.#emitter.emit('send', { message })
      },
      onFailed: ({ id, roomId, change }, fault) => {
        this.#awaited.get(id)?.reject(new Problem(fault.code as ProblemCode, fault.detail))
        const what = change ? { messageId: change.messageId, change: change.kind } : { messageId: id }
        this.#emitter.emit('send-error', { ...what, roomId, fault })
      },
    })
  }

  /** Where it connects. @internal */
  get server(): string {
    return this.#options.server
  }

  /** All that is known now. Never changed: each change makes a new one. */
  get state(): State {
    return this.#state
  }

  /** Calls `listener` after every change of the state. Returns a function that stops it. */
  subscribe(listener: (state: State) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Calls `listener` at every event of this name. Returns a function that stops it. */
  on<N extends keyof ChatEvents>(name: N, listener: (event: ChatEvents[N]) => void): () => void {
    return this.#emitter.on(name, listener)
  }

  /** Signs in and stays connected until `close`. After `signed-out` or `failed` it tries anew. */
  connect(): void {
    this.#connection.open()
  }

  /** Ends the connection, every timer and every request. The state stays; `connect` goes on from it. */
  close(): void {
    this.#connection.close()
    this.#timers.clear()
    this.#api.abort()
  }

  /** The page became visible or the network came back: connects now, or checks that the connection is alive. */
  wake(): void {
    this.#connection.wake()
    this.#endMutes()
  }

  /**
   * Another user, or a newer token of the same one: then nothing is lost or loaded again. Another `provider` in the place
   * of one is asked for the next token, and at once only where nobody is signed in; `refreshToken` asks it now.
   */
  identify(auth: TokenSource): void {
    if (this.#tokens.isLike(auth)) {
      this.#tokens.askFrom(auth)
      const { session, connection } = this.#state
      this.#isQuiet = session.status === 'signed-out' || connection.status === 'failed'
      if (this.#isQuiet) this.connect()
      return
    }
    const isSame = auth.token && !auth.provider && !auth.url && claims(auth.token).sub === this.#state.me
    if (isSame && auth.token) {
      this.#tokens.replace(auth.token)
      this.#connection.refresh(auth.token).catch(ignore)
    } else {
      this.#forget()
      this.#tokens = this.#tokensOf(auth)
    }
    this.connect()
  }

  /** Fetches a token and shows it to the server now. @throws Problem, or Error offline */
  async refreshToken(): Promise<void> {
    const { me } = this.#state
    // A guest may have signed in by now, and is somebody else.
    if (!this.isGuest || claims(await this.#tokens.renew('expiring')).sub === me)
      return this.#connection.refresh()
    this.#forget()
    this.connect()
  }

  /** What only guests need. @internal */
  loadGuest(): Promise<typeof import('./net/guest.ts')> {
    return import('./net/guest.ts')
  }

  /** A visitor whom the site does not know, by a name that they gave. */
  get isGuest(): boolean {
    return isGuestId(this.#state.me ?? '')
  }

  #tokensOf(auth: TokenSource): Tokens {
    const { guests } = this
    return new Tokens(auth, guests.fetch, async (reason) =>
      keptGuest(guests) ? (await this.loadGuest()).guestToken(guests, reason) : undefined,
    )
  }

  /** Whoever was a guest before they signed in takes along what they had. */
  async #mergeGuest(userId: string): Promise<void> {
    if (this.isGuest || !keptGuest(this.guests)) return
    await (await this.loadGuest()).merge(this.guests, this.#tokens, userId)
    if (this.#state.me === userId) this.#restore(userId)
    this.#outbox.flush()
  }

  /** Forgets this user, and the guest that they were, here and in storage, and stays signed out until `identify` or `connect`. */
  logout(): void {
    keepGuest(this.guests)
    this.#saved?.clear()
    this.#forget()
    this.#dispatch({ t: 'signed-out' })
  }

  /**
   * Shows a room: at its unread divider, at its newest messages, or around the message with `seq` or `messageId`. What
   * goes wrong stands in `state.active.fault` or the room's `loads`; a message that is not there is told as the event
   * `error`. @throws Problem `bad_request` only where the id is no text
   */
  async openRoom(roomId: string, at: { seq?: number; messageId?: string } = {}): Promise<void> {
    requireText(roomId, 'the id of a room')
    this.latest.start()
    await this.#show(roomId, at)
  }

  async #show(roomId: string, { seq, messageId }: { seq?: number; messageId?: string } = {}): Promise<void> {
    const { active } = this.#state
    if (active?.roomId !== roomId || active.fault || active.isMarked) this.#dispatch({ t: 'opened', roomId })
    await this.#history.show(roomId)
    const sought = seq ?? (messageId === undefined ? undefined : await this.#seqOf(roomId, messageId))
    if (sought !== undefined) await this.seek(roomId, sought)
  }

  /**
   * Loads what stands around a message of the room that is open, and says in `state.active` that it is to be looked at. Where
   * that could not be loaded, the event `error` says why. Never rejects.
   */
  async seek(roomId: string, seq: number, top?: number): Promise<void> {
    await this.#history.around(roomId, seq)
    const message = this.#state.rooms.get(roomId)?.log?.messages.find((one) => one.seq === seq)
    if (message) this.#dispatch({ t: 'sought', roomId, messageId: message.id, top })
    const { log, loads } = this.#state.rooms.get(roomId) ?? {}
    // Without a log the room itself says so; and whoever only comes back asked for nothing.
    const isSaid = !log || top !== undefined
    if (!message && !isSaid && typeof loads?.page === 'object')
      this.#emitter.emit('error', { fault: loads.page, roomId })
  }

  /** Where this user was in this tab, in the element of that name. @internal */
  placeOf(name: string): Place | undefined {
    return this.#saved?.place(name)
  }

  /** Keeps it for the next page. @internal */
  keepPlace(name: string, place: Place): void {
    this.#saved?.keepPlace(name, place)
  }

  /** Goes back there; to the list where the room is no longer mine. Never rejects. @internal */
  async returnTo({ roomId, at }: Place): Promise<void> {
    if (roomId === undefined) return
    this.latest.start()
    if (this.#state.active?.roomId !== roomId) this.#dispatch({ t: 'opened', roomId })
    await this.#history.show(roomId, at?.seq)
    if (at) await this.seek(roomId, at.seq, at.top)
    const { active } = this.#state
    const isGone = active?.fault?.code === 'not_found' || active?.fault?.code === 'forbidden'
    if (isGone && active?.roomId === roomId) this.leaveRoom()
  }

  async #seqOf(roomId: string, messageId: string): Promise<number | undefined> {
    const held = messageIn(this.#state.rooms.get(roomId), messageId)
    if (held) return held.seq
    try {
      return (await this.#api.message(roomId, messageId)).seq
    } catch (error) {
      this.#emitter.emit('error', { fault: faultOf(error), roomId })
      return undefined
    }
  }

  /** No room is shown. */
  leaveRoom(): void {
    this.latest.start()
    this.#dispatch({ t: 'opened', roomId: undefined })
  }

  /**
   * Opens the room of me and somebody, making it the first time; with my own id, my notes. Answers its id. What was
   * asked to be opened meanwhile stays open. @throws Problem, or Error offline
   */
  openDirect(userId: string): Promise<string> {
    return this.openWanted({ memberIds: [userId] }, this.latest.start())
  }

  /** Opens my notes to myself. @throws like openDirect */
  openNotes(): Promise<string> {
    return this.openWanted({ memberIds: [] }, this.latest.start())
  }

  /** Makes a room and opens it: with a name a new one, without the one of exactly these people. @throws like openDirect */
  createRoom({ memberIds, name }: { memberIds: readonly string[]; name?: string }): Promise<string> {
    return this.openWanted({ memberIds, ...(name && { name }) }, this.latest.start())
  }

  /** Makes a room, or finds it, and opens it if it still is wanted by then. @throws like openDirect @internal */
  async openWanted({ memberIds, name = '' }: WantedRoom, isWanted: () => boolean): Promise<string> {
    const { me, rooms } = this.#state
    const named = isVisible(name) && { name, id: this.#options.newId() }
    const others = memberIds.filter((userId) => userId !== me)
    const [other, ...more] = others
    const isHeld = ({ kind, members }: Room) =>
      kind === 'direct' && !more.length && members?.some(({ userId }) => userId === other)
    let room: RoomView | Room | undefined = named ? undefined : [...rooms.values()].find(isHeld)
    if (!room) {
      const notes = !other && { kind: 'self' as const }
      room = await this.#learn(await this.#api.openRoom({ memberIds: others, ...(named || notes) }))
    }
    if (isWanted()) await this.#show(room.id)
    return room.id
  }

  /** Says in the place of a room why the one that the page asked for is not there. @internal */
  cannotOpen(error: unknown): void {
    const fault = faultOf(error)
    this.#dispatch({ t: 'unopened', fault })
    this.#emitter.emit('error', { fault })
  }

  /**
   * Sends a message: it stands in the timeline at once, survives a reload, and arrives exactly once. Clears the draft
   * and the unread divider; a log far from the live end goes back to it. Answers the message's id, or nothing when
   * there is nothing to read in it, or a NUL or half a surrogate pair: no server takes those; or when `beforeSend` holds it
   * back. Blanks and line ends around it are not sent.
   */
  send(
    roomId: string,
    written: string,
    {
      messageId = this.#options.newId(),
      replyTo: answered,
      undoable: isWanted,
      ...mentioned
    }: SendOptions = {},
  ): string | undefined {
    const replyTo = typeof answered === 'string' ? this.#quoteOf(roomId, answered) : answered
    const passed = this.#passed({ roomId, text: written, ...(replyTo && { replyTo: replyTo.id }) }, mentioned)
    if (!passed) return undefined
    this.#sent.add(messageId)
    // Without a connection it waits as any other.
    const undoable = isWanted && this.#state.features.undoSend && this.#connection.isOpen
    this.#queue({
      id: messageId,
      roomId,
      ...passed,
      ...(replyTo && { replyTo }),
      ...(undoable && { undoable }),
    })
    for (const timer of ['typing', 'shown typing']) this.#timers.cancel(`${timer} ${roomId}`)
    if (this.#state.rooms.get(roomId)?.log?.newer) void this.jumpToLatest(roomId)
    return messageId
  }

  /**
   * Sends a message like `send`, and resolves to it as the server has stored it: pending while there is no connection.
   * @throws Problem: `bad_request` for a text that `send` does not take, `unauthorized` where nobody is signed in, or
   * what the server refuses it for. @throws Error when the message was given up.
   */
  async sendStored(roomId: string, text: string, options: SendOptions = {}): Promise<MessageView> {
    const { session } = this.#state
    if (session.status === 'signed-out') throw new Problem('unauthorized', 'nobody is signed in')
    const messageId = options.messageId ?? this.#options.newId()
    const stored = Promise.withResolvers<MessageView>()
    this.#awaited.set(messageId, stored)
    if (this.send(roomId, text, { ...options, messageId }) === undefined)
      stored.reject(new Problem('bad_request', 'expected something to read'))
    return stored.promise.finally(() => this.#awaited.delete(messageId))
  }

  /**
   * Says in another room again what a message says: there it stands at once, and waits in the outbox as messages do.
   * Resolves and throws as `sendStored` does; `beforeSend` may hold it back, but not change what somebody said.
   */
  async forward(roomId: string, messageId: string, toRoomId: string): Promise<MessageView> {
    const held = messageIn(this.#state.rooms.get(roomId), messageId)
    const { text, authorId, forwarded } = held ?? (await this.#api.message(roomId, messageId))
    if (!this.#passed({ roomId: toRoomId, text }))
      throw new Problem('bad_request', 'expected something to read')
    const id = this.#options.newId()
    const stored = Promise.withResolvers<MessageView>()
    this.#awaited.set(id, stored)
    this.#sent.add(id)
    const forward = { roomId, messageId, authorId: forwarded?.authorId ?? authorId }
    this.#queue({ id, roomId: toRoomId, text, forward })
    return stored.promise.finally(() => this.#awaited.delete(id))
  }

  /** Of one that is not held here the server knows what it says. */
  #quoteOf(roomId: string, id: string): ReplyView {
    const message = messageIn(this.#state.rooms.get(roomId), id)
    return message ? quoteOf(message) : { id, seq: 0, authorId: '', text: '' }
  }

  /** What is sent of it, if anything. Its mentions follow what the page makes of the text. */
  #passed(sending: Sending, mentioned: Mentioned = {}): ({ text: string } & Mentioned) | undefined {
    const isSendable = (text: string) => isVisible(text) && isWellFormed(text)
    requireText(sending.text, 'a text')
    if (!isSendable(sending.text)) return undefined
    const shown = this.#options.beforeSend(sending)
    if (shown === undefined || !isSendable(shown)) return undefined
    const text = trimmed(shown)
    // What is taken away at both ends would be one change of all between them.
    const steps = [sending.text, shown, shown.slice(shown.indexOf(text)), text]
    const places = steps.reduce((at, step, nth) => moved(at, steps[nth - 1] ?? step, step), mentioned)
    return { text, ...places }
  }

  /** Sends at once what waits because it can be undone; not what another tab of this user may still hold. */
  sendNow(): void {
    const held = this.#state.outbox.find(({ id, undoable }) => undoable && this.#sent.has(id))
    if (held) this.retry(held.id)
  }

  /** Mine goes with a new connection. What lay in the storage may be held by another tab: it goes once its time is over. */
  #sendHeld(): void {
    this.sendNow()
    for (const { id, at, undoable } of this.#state.outbox) {
      const waitMs = Math.min(Math.max(at + undoMs - this.#options.clock.now(), 0), undoMs)
      const isHeld = () => this.#state.outbox.some((pending) => pending.id === id && pending.undoable)
      if (undoable) this.#timers.set(`undo ${id}`, waitMs, () => isHeld() && this.retry(id))
    }
  }

  #queue(given: Waiting): void {
    // Messages keep their order; what changes another one need not wait for them.
    if (!given.change) this.sendNow()
    if (given.undoable) this.#timers.set('undo', undoMs, () => this.sendNow())
    this.#dispatch({ t: 'queued', ...given, at: this.#options.clock.now() })
    const { length } = given.text
    const most = this.#state.limits.textChars
    // The server would say the same, if the frame were not too large to get there.
    const detail = `expected at most ${most} characters, got ${length}`
    if (length > most) this.#outbox.fail(given, { code: 'too_large', detail })
    this.#outbox.flush()
  }

  /**
   * Gives a message of mine another text, which stands in the timeline at once and waits in the outbox as messages do.
   * Resolves to the message as the server has stored it. What comes of it also stands in the state, so the promise may be
   * dropped. `mentioned`: whom the new text mentions; by default those of the old
   * one, where what they stand in stays.
   * @throws Problem: `bad_request` for a text that `send` does not take, or what the server refuses it for. @throws Error
   * when it was given up, as for a later change of the same message.
   */
  edit(roomId: string, messageId: string, written: string, mentioned?: Mentioned): Promise<MessageView> {
    const held = messageIn(this.#state.rooms.get(roomId), messageId)
    const places = mentioned ?? (held && moved(held, held.text, written))
    const passed = this.#passed({ roomId, text: written, editing: messageId }, places)
    if (!passed) return Promise.reject(new Problem('bad_request', 'expected something to read'))
    return this.#change(roomId, { kind: 'edit', messageId }, passed)
  }

  /** Deletes a message of mine: its tombstone stands in its place at once. Resolves and throws as `edit` does. */
  remove(roomId: string, messageId: string): Promise<MessageView> {
    return this.#change(roomId, { kind: 'delete', messageId })
  }

  /**
   * Reacts to a message with an emoji, or takes that back: seen at once. Resolves to the message as the server has stored
   * it, and throws as `edit` does.
   */
  react(roomId: string, messageId: string, emoji: string, on = true): Promise<MessageView> {
    return this.#change(roomId, { kind: 'react', messageId, emoji, on })
  }

  /**
   * Pins a message for all in the room, or takes the pin away: seen at once. Resolves to the message as the server has
   * stored it, and throws as `edit` does.
   */
  pin(roomId: string, messageId: string, on = true): Promise<MessageView> {
    return this.#change(roomId, { kind: 'pin', messageId, on })
  }

  #change(roomId: string, change: Change, becomes: { text: string } & Mentioned = { text: '' }) {
    const id = this.#options.newId()
    const done = Promise.withResolvers<MessageView>()
    const { outbox } = this.#state
    this.#awaited.set(id, done)
    done.promise.catch(ignore).finally(() => this.#awaited.delete(id))
    this.#queue({ id, roomId, change, ...becomes })
    const waiting = new Set(this.#state.outbox.map((pending) => pending.id))
    for (const before of outbox) if (!waiting.has(before.id)) this.#awaited.get(before.id)?.reject(givenUp())
    return done.promise
  }

  /** The room named, or the one that is open. @throws Problem `not_found` when there is none @internal */
  roomNamed(roomId?: string): string {
    const found = roomId ?? this.#state.active?.roomId
    if (found === undefined) throw new Problem('not_found', 'no room is open, and none was named')
    return found
  }

  /**
   * Tries again what failed, a message under its id; a change has one of its own. With `mentioned`, its text mentions these
   * and nobody else.
   */
  retry(id: string, mentioned?: Mentioned): void {
    const others = mentioned && { mentions: undefined, mentionsRoom: undefined, ...mentioned }
    this.#dispatch({ t: 'retried', id, ...(others && { mentioned: others }) })
    this.#outbox.flush()
  }

  /** Gives a pending message or change up. One that the server already has appears all the same. */
  discard(id: string): void {
    this.#awaited.get(id)?.reject(givenUp())
    this.#dispatch({ t: 'discarded', id })
  }

  /** The page before the first loaded message; one at a time, nothing when there is none. Never rejects. */
  loadOlder(roomId: string): Promise<void> {
    return this.#history.older(roomId)
  }

  /** The page after the last loaded message, while the log is detached from the live end. Never rejects. */
  loadNewer(roomId: string): Promise<void> {
    return this.#history.newer(roomId)
  }

  /** Replaces the log by the messages around a place, unless that is loaded already. Never rejects. */
  loadAround(roomId: string, seq: number): Promise<void> {
    return this.#history.around(roomId, seq)
  }

  /** Makes sure that the newest messages are loaded. Never rejects. */
  jumpToLatest(roomId: string): Promise<void> {
    return this.#history.latest(roomId)
  }

  /** I have read up to `seq`, or all there is: at once here, about once a second to the server. Only ever forward. */
  markRead(roomId: string, seq = this.#state.rooms.get(roomId)?.lastMessage?.seq ?? 0): void {
    const before = this.#state.rooms.get(roomId)?.me.readSeq
    this.#dispatch({ t: 'marked', roomId, seq })
    const mark = this.#state.rooms.get(roomId)?.me.readSeq
    if (mark !== undefined && mark !== before) this.#marks.set(roomId, mark)
    else this.#unmark(roomId, seq)
  }

  /** Marked unread, opened again and seen to its end: no read mark says so, where nothing was left to read. */
  #unmark(roomId: string, seq: number): void {
    const { lastMessage, me } = this.#state.rooms.get(roomId) ?? {}
    const timer = `unmark ${roomId}`
    const isMarked = me?.arranged?.unreadFrom !== undefined && seq >= (lastMessage?.seq ?? 0)
    if (!isMarked || !this.#connection.isOpen || this.#timers.has(timer)) return
    this.#timers.set(timer, 1_000, ignore)
    this.arrange(roomId, { unreadFrom: null }).catch(ignore)
  }

  /**
   * How I keep a room in my list: pinned, muted until a time or `forever`, archived, marked unread from a place on. Seen at
   * once; what is refused is as it was before. Nobody else learns of it.
   * @throws Problem: `too_large` for one more pinned room than a list may have. @throws Error offline
   */
  async arrange(roomId: string, wish: Arranging): Promise<RoomMe> {
    const meNow = () => this.#state.rooms.get(roomId)?.me
    const hopes = this.#hopes.get(roomId) ?? { count: 0, before: undefined }
    this.#hopes.set(roomId, hopes)
    // What is hoped for has the rev of what it was hoped on, or less where a mark was read away: a later one is the server's word.
    const isHoped = () => (meNow()?.arranged?.rev ?? 0) <= (hopes.before?.arranged?.rev ?? 0)
    if (hopes.count++ === 0 || !isHoped()) hopes.before = meNow()
    this.#dispatch({ t: 'arranged', roomId, wish, at: this.#options.clock.now() })
    try {
      const { me } = await this.#connection.ask({ t: 'arrange', roomId, ...wish })
      this.#dispatch({ t: 'mine', roomId, ...me })
      hopes.count--
      return me
    } catch (error) {
      // Where another one is on its way yet, that decides.
      const { before } = hopes
      if (--hopes.count === 0 && before && isHoped())
        this.#dispatch({ t: 'mine', roomId, arranged: { rev: 0 }, ...before })
      throw error
    } finally {
      if (hopes.count === 0) this.#hopes.delete(roomId)
    }
  }

  /**
   * Says who sees whether I am here, and when I was: `everybody`, `contacts` (the people of my direct rooms) or nobody, `off`. It
   * holds both ways: who shows nobody sees nobody. With `doNotDisturb` the same people see that I want to be left alone. Seen
   * at once; what is refused is as it was before. @throws Problem, or Error offline
   */
  async setPresence(wish: Partial<PresenceView>): Promise<PresenceView> {
    const before = this.#state.presence
    this.#dispatch({ t: 'myPresence', ...usualPresence, ...before, ...wish })
    const hoped = this.#state.presence
    try {
      const presence = await this.#api.setPresence(wish)
      // Every device hears of every change, in order: what was heard meanwhile is this one, or newer.
      if (this.#state.presence === hoped) this.#dispatch({ t: 'myPresence', ...presence })
      return presence
    } catch (error) {
      if (this.#state.presence === hoped) this.#dispatch({ t: 'myPresence', ...usualPresence, ...before })
      throw error
    }
  }

  /** Leaves a group: it is closed here, and gone from the list. @throws Problem, or Error offline */
  async leave(roomId: string): Promise<void> {
    await this.removeMember(roomId, this.#state.me ?? '')
    this.#close(roomId)
  }

  /** Gives a group another name; none takes it away. @throws Problem, or Error offline */
  rename(roomId: string, name: string | null): Promise<void> {
    return this.#changeRoom('PATCH', roomId, '', { name })
  }

  /** Says what a group is for; `null` takes it away. @throws like rename */
  describe(roomId: string, description: string | null): Promise<void> {
    return this.#changeRoom('PUT', roomId, '/description', { description })
  }

  /** Adds somebody to a group; owners say by `role` what they are in it, members too. @throws like rename */
  setMember(roomId: string, userId: string, role?: MemberView['role']): Promise<void> {
    return this.#changeRoom('PUT', roomId, `/members/${encodeURIComponent(userId)}`, role && { role })
  }

  /** Takes somebody out of a group: for owners. @throws like rename */
  async removeMember(roomId: string, userId: string): Promise<void> {
    await this.#api.change('DELETE', roomId, `/members/${encodeURIComponent(userId)}`)
  }

  /**
   * Says who sends messages in a group (`post`), how often (`slowMode`, in seconds, 0 for as often as they like), and whether
   * members see what was before they joined (`history`): for owners. What is left out stays. @throws like rename
   */
  configure(roomId: string, wish: Omit<CommandInput<'configure'>, 'roomId'>): Promise<void> {
    return this.#changeRoom('PATCH', roomId, '/settings', wish)
  }

  /** Ends a group for everybody, with its messages: for owners. @throws like rename */
  async deleteRoom(roomId: string): Promise<void> {
    await this.#api.change('DELETE', roomId, '')
    this.#close(roomId)
  }

  async #changeRoom(method: string, roomId: string, path: string, body?: object): Promise<void> {
    await this.#learn(await this.#api.change<RoomAnswer>(method, roomId, path, body))
  }

  /**
   * A room of mine in an answer, of which the socket may not have told. @throws Problem `not_found` where it is gone
   */
  async #learn({ users, ...room }: RoomAnswer): Promise<RoomView> {
    const { id } = room
    const isNew = !this.#state.rooms.has(id)
    await this.#hold(room, users)
    // Where the word that it is mine was lost, the next one, that it is gone, may be lost before anybody notices.
    if (isNew)
      this.#timers.set(`confirm ${id}`, confirmMs, () => void this.#catchUp.fetchRoom(id).catch(ignore))
    return room
  }

  /** A room in an answer. Once it was told as gone, the answer may be of before: then the server is asked again. */
  async #hold(room: RoomView, users: Users): Promise<void> {
    if (this.#gone.has(room.id)) await this.#catchUp.fetchRoom(room.id)
    else this.#dispatch({ t: 'room-view', room, users })
  }

  #close(roomId: string): void {
    if (this.#state.active?.roomId === roomId) this.leaveRoom()
    this.#dispatch({ t: 'gone', roomId })
  }

  /** Mutes end by the clock, and nobody says so. */
  #endMutes(): void {
    const { clock } = this.#options
    const ends = [...this.#state.rooms.values()].map(({ me }) => muteEnd(me))
    const waitMs = Math.min(...ends) - clock.now()
    if (waitMs <= 0) this.#dispatch({ t: 'mutes-ended', at: clock.now() })
    // No timer runs for longer.
    else if (waitMs < Number.POSITIVE_INFINITY)
      this.#timers.set('mutes', Math.min(waitMs, 2 ** 31 - 1), () => this.#endMutes())
  }

  /**
   * Keeps what is being written. A text alone leaves what it answers, edits and carries as it is; mentions stay where what
   * they stand in does.
   */
  setDraft(roomId: string, draft: string | DraftContent): void {
    const held = this.#state.drafts.get(roomId) ?? { text: '' }
    const content = typeof draft === 'string' ? rewritten(held, draft) : draft
    requireText(content?.text, 'a text')
    this.#dispatch({ t: 'draft', roomId, draft: { v: 1, ...content } })
  }

  /**
   * Another tab of this user has written to the storage: tabs share their drafts. A change that it has made, or given up,
   * must not be made here over what it did since; nor is a message sent that it has taken back. @internal
   */
  followStorage(key: string): void {
    const { roomId, draft = { v: 1, text: '' } } = this.#saved?.draftAt(key) ?? {}
    if (roomId !== undefined) this.#dispatch({ t: 'draft', roomId, draft })
    const gone = this.#saved?.goneFrom(key)
    const isWaiting = ({ id, change, undoable, status }: Pending) =>
      id === gone && (!!change || undoable) && status !== 'sending'
    if (gone !== undefined && this.#state.outbox.some(isWaiting)) this.discard(gone)
  }

  /**
   * I am typing: may be called on every key; with `over`, where nothing is left of it. Where the site has turned it off,
   * nothing is sent.
   */
  typing(roomId: string, { over = false }: { over?: boolean } = {}): void {
    const [every, shown] = [`typing ${roomId}`, `shown typing ${roomId}`]
    if (!this.#state.features.typing || !this.#connection.isOpen) return
    if (over ? !this.#timers.cancel(shown) : this.#timers.has(every)) return
    if (!over) {
      this.#timers.set(every, spans.typingEveryMs, ignore)
      this.#timers.set(shown, spans.typingShownMs, ignore)
    }
    this.#connection.notify({ t: 'typing', roomId, ...(over && { over }) })
  }

  /** The next page of the room list. Never rejects: see `state.list`. */
  async loadMoreRooms(): Promise<void> {
    const { more, cursor, load } = this.#state.list
    if (!more || load === 'loading') return
    this.#dispatch({ t: 'rooms-load', load: 'loading' })
    try {
      this.#dispatch({ t: 'rooms-page', page: await this.#api.rooms(cursor) })
    } catch (error) {
      this.#dispatch({ t: 'rooms-load', load: faultOf(error) })
    }
  }

  /**
   * A page of my rooms that are `unread`, have unread `mentions` of me, are `archived` or `pinned`, which from then on are held here.
   * @throws like searchUsers
   */
  async listRooms(
    filter: 'unread' | 'mentions' | 'archived' | 'pinned',
    cursor?: string,
  ): Promise<RoomsPage> {
    return this.#holdAll(await this.#api.rooms(cursor, filter))
  }

  /** A page of the groups that I share with somebody, which from then on are held here. @throws like searchUsers */
  async listShared(userId: string, cursor?: string): Promise<RoomsPage> {
    return this.#holdAll(await this.#api.sharedRooms(userId, cursor))
  }

  /** Which of them are gone by now, the state says. */
  async #holdAll(page: RoomsPage): Promise<RoomsPage> {
    await Promise.all(page.rooms.map((room) => this.#hold(room, page.users).catch(ignore)))
    return page
  }

  /** The pins beyond those that `ready` brings. */
  async #loadPinned(): Promise<void> {
    let cursor: string | undefined
    do cursor = (await this.listRooms('pinned', cursor)).cursor
    while (cursor !== undefined)
  }

  /** A page of the groups that anybody may join, most members first; with `q`, those by name. @throws like searchUsers */
  listOpenRooms(
    at: { readonly q?: string; readonly cursor?: string | undefined } = {},
  ): Promise<OpenRoomsPage> {
    return this.#api.openRooms(at)
  }

  /**
   * Makes a link by which people join a group: for owners. Answers its `code`, and how it ends. @throws Problem `too_large`
   * for one more than a group may have, or Error offline
   */
  createLink(
    roomId: string,
    wish: Pick<CommandInput<'createLink'>, 'expiresAt' | 'maxUses'> = {},
  ): Promise<LinkView> {
    return this.#api.change('POST', roomId, '/links', { id: this.#options.newId(), ...wish })
  }

  /** The links that still open a group, newest first: for its owners. @throws like searchUsers */
  async listLinks(roomId: string): Promise<readonly LinkView[]> {
    return (await this.#api.links(roomId)).links
  }

  /** A link opens nothing any more: for owners. @throws like rename */
  async deleteLink(roomId: string, linkId: string): Promise<void> {
    await this.#api.change('DELETE', roomId, `/links/${linkId}`)
  }

  /** What is behind the code of a join link. @throws Problem `not_found` where it opens nothing, or Error offline */
  previewLink(code: string): Promise<OpenRoomView> {
    return this.#api.link(code)
  }

  /**
   * Comes into a group: one that anybody may join, or by the `code` of a link. Answers its id. @throws Problem: `forbidden` for
   * whom an owner removed, `too_large` where it is full, `not_found` where it cannot be joined. @throws Error offline
   */
  async joinRoom({ roomId, code }: { readonly roomId?: string; readonly code?: string }): Promise<string> {
    const id = roomId ?? (await this.previewLink(code ?? '')).id
    await this.#changeRoom('POST', id, '/join', code === undefined ? {} : { code })
    return id
  }

  /** People by name, for the picker. @throws Problem, or Error offline */
  searchUsers(query: string, cursor?: string): Promise<UsersPage> {
    return this.#api.users(query, cursor)
  }

  /** Who somebody is, with what only their card shows. @throws Problem `not_found` for whom I do not find, or Error offline */
  findUser(userId: string): Promise<UserAnswer> {
    return this.#api.user(userId)
  }

  /** A page of a room's members, for rooms too large to list them. @throws like searchUsers */
  listMembers(roomId: string, cursor?: string): Promise<MembersPage> {
    return this.#api.members(roomId, { limit: this.#state.limits.page, cursor })
  }

  /** Members of a room by name, whatever its size: those one of whose words starts with each word. @throws like searchUsers */
  searchMembers(roomId: string, query: string, cursor?: string): Promise<MembersPage> {
    return this.#api.members(roomId, { q: query, cursor })
  }

  /**
   * Who has seen a message, latest reader first, in rooms of any size; with the times of those who show me when they were
   * here. @throws like searchUsers, unless the room is so small that its members are here
   */
  async seenBy(roomId: string, seq: number): Promise<readonly Seen[]> {
    const here = () => this.#state.rooms.get(roomId)?.members
    const asked = this.#allMembers(roomId)
    const members = await (here() ? asked.then((timed) => withTimes(here(), timed), here) : asked)
    return seenAmong(this.#state, members ?? [], seq)
  }

  async #allMembers(roomId: string): Promise<MemberView[]> {
    const members: MemberView[] = []
    let cursor: string | undefined
    do {
      const page = await this.#api.members(roomId, { limit: this.#state.limits.page, cursor })
      members.push(...page.members)
      for (const user of Object.values(page.users)) this.#dispatch({ t: 'user', user })
      cursor = page.cursor
    } while (cursor !== undefined && members.length < mostReaders)
    return members
  }

  // ── What happens ───────────────────────────────────────────────────────────────────────────────────────────────

  #dispatch(action: Action): void {
    if (action.t === 'gone') this.#gone.add(action.roomId)
    const before = this.#state
    const after = reduce(before, action)
    if (after === before) return
    this.#state = after
    // After a change of user, `#restore` starts to save anew.
    if (after.me === before.me) this.#saved?.follow(before, after)
    if (after.rooms !== before.rooms) {
      this.#catchUp.check()
      this.#endMutes()
    }
    if (after.active !== before.active) this.#pins.again()
    this.#pins.check()
    if (after.active && isLogLost(after.active.roomId, before, after))
      void this.#history.latest(after.active.roomId)
    for (const listener of [...this.#listeners]) listener(after)
    this.#emitter.follow(before, after)
    if (after.active?.roomId !== before.active?.roomId) this.sendNow()
  }

  #onFrame(frame: ServerEvent): void {
    // A later version of the server may say more, and nothing it says may pass for an action of this client.
    if (!Object.hasOwn(heard, frame.t)) return
    // `mine` follows the event that a room is mine, and says nothing more about the room.
    if (frame.t !== 'mine') this.#catchUp.suspect(frame.t === 'ready' ? undefined : roomsIn(frame))
    if (frame.t === 'ready') this.#onReady(frame)
    else if (frame.t === 'message') this.#onMessage(frame)
    else this.#dispatch(frame)
    if (frame.t === 'typing') this.#typingEnds(frame)
    if (frame.t === 'room') this.#timers.cancel(`confirm ${frame.room.id}`)
    // What waits in slow mode may go now.
    if (frame.t === 'room') this.#outbox.flush()
    if (frame.t === 'gone') return
    for (const room of roomsIn(frame))
      if (!this.#state.rooms.has(room))
        // No later event may name the room again, but the next `ready` does.
        this.#catchUp.fetchRoom(room).catch((error) => isNotFound(error) || this.#connection.restart())
  }

  #onMessage(frame: Extract<ServerEvent, { t: 'message' }>): void {
    const { message } = frame
    const isNew = message.seq === message.rev && this.#isNew(message)
    this.#follow([message], () => this.#dispatch(frame))
    if (!isNew) return
    if (this.#state.rooms.has(message.roomId)) this.#emitMessage(message, true)
    // Where the room is no longer mine, nothing is emitted.
    else this.#catchUp.fetchRoom(message.roomId).then(() => this.#emitMessage(message, true), ignore)
  }

  #onChanges(action: Extract<Action, { t: 'changes' }>): void {
    const news = action.changes.messages.filter((message) => this.#isNew(message))
    this.#follow(action.changes.messages, () => this.#dispatch(action))
    for (const message of news) this.#emitMessage(message, false)
  }

  /** Says what versions of messages change, once that is so. */
  #follow(messages: readonly MessageView[], act: () => void): void {
    const before = messages.map(({ roomId, id }) => messageIn(this.#state.rooms.get(roomId), id))
    act()
    for (const [at, message] of messages.entries()) this.#emitChange(message, before[at])
  }

  #emitChange(message: MessageView, before: MessageView | undefined): void {
    const { text, authorId, rev, deletedAt } = message
    if (!before || before.rev >= rev || before.deletedAt) return
    const mine = authorId === this.#state.me
    if (deletedAt) this.#emitter.emit('delete', { message, mine })
    else if (text !== before.text) this.#emitter.emit('edit', { message, mine })
    const on = !!message.pinned
    if (on !== !!before.pinned) this.#emitter.emit('pin', { message, on })
    const [is, was] = [reactionsIn(message), reactionsIn(before)]
    for (const [key, reaction] of is)
      if (!was.has(key)) this.#emitter.emit('reaction', { message, ...reaction, on: true })
    for (const [key, reaction] of was)
      if (!is.has(key)) this.#emitter.emit('reaction', { message, ...reaction, on: false })
  }

  #isNew({ id, roomId, seq }: MessageView): boolean {
    const held = this.#state.rooms.get(roomId)
    const isKnown = held && (seq <= held.known || held.ahead.some(({ message }) => message?.id === id))
    return !this.#sent.delete(id) && !isKnown
  }

  #emitMessage(message: MessageView, live: boolean): void {
    const { me, rooms } = this.#state
    const room = rooms.get(message.roomId)
    if (message.deletedAt) return
    this.#emitter.emit('message', { message, mine: message.authorId === me, live })
    if (live && room && isMentionOf(me, message)) this.#emitter.emit('mention', { message, room })
  }

  async #emitMissed(
    before: ReadonlyMap<string, Room>,
    { heads }: Extract<ServerEvent, { t: 'ready' }>,
  ): Promise<void> {
    const { rooms: now } = this.#state
    for await (const message of missedMessages(this.#connection, { before, now, heads }))
      if (!this.#sent.delete(message.id)) this.#emitMessage(message, false)
  }

  #typingEnds({ roomId, userId, over }: Extract<ServerEvent, { t: 'typing' }>): void {
    const timer = `${userId} types in ${roomId}`
    const end = () => this.#dispatch({ t: 'typing-over', roomId, userId })
    if (over) this.#timers.cancel(timer)
    else this.#timers.set(timer, spans.typingShownMs, end)
  }

  #onReady(frame: Extract<ServerEvent, { t: 'ready' }>): void {
    const { me, epoch, rooms } = this.#state
    const userId = frame.me.id
    if (me !== undefined && me !== userId) this.#marks.clear()
    this.#isQuiet = false
    this.#dispatch(frame)
    if (me === userId && epoch === frame.epoch) this.#emitMissed(rooms, frame).catch(ignore)
    if (!this.#saved || me !== userId) this.#restore(userId)
    this.#pins.again()
    this.#pins.check()
    this.#sendHeld()
    this.#outbox.flush()
    this.#marks.flush()
    this.#catchUp.check(0)
    if (frame.pinned?.some((id) => !this.#state.rooms.has(id))) this.#loadPinned().catch(ignore)
    const { active } = this.#state
    if (active) void this.#history.show(active.roomId)
    this.#mergeGuest(userId).catch(ignore)
    this.#emitter.emit('ready', { userId })
  }

  #restore(userId: string): void {
    const saved = new Saved(this.#options, this.#options.server, userId)
    const restored = { outbox: saved.outbox(), drafts: saved.drafts() }
    saved.follow(initialState, this.#state)
    this.#saved = saved
    this.#dispatch({ t: 'restored', ...restored })
  }

  #onStatus(status: ConnectionStatus, problem?: Problem): void {
    const fault = problem ? faultOf(problem) : status === 'waiting' ? this.#outage() : undefined
    this.#connected(status, fault)
    if (status !== 'failed' || !fault) return
    const isOfToken = fault.code === 'unauthorized' || fault.code === 'token_expired'
    this.#report(isOfToken ? 'auth-error' : 'error', fault)
  }

  #connected(status: ConnectionStatus, fault: Fault | undefined): void {
    this.#dispatch({ t: 'connection', status, at: this.#options.clock.now(), ...(fault && { fault }) })
  }

  /** Why there is no connection yet, unless somebody found out more about it. */
  #outage(): Fault | undefined {
    const { failure } = this.#tokens
    if (failure !== undefined) return { code: 'no_token', detail: failure }
    return this.#state.connection.fault?.code === 'setup' ? undefined : { code: 'offline', detail: '' }
  }

  /** Whoever found out why there is no connection says it here. @internal */
  explain(fault: Fault): void {
    this.#connected(this.#state.connection.status, fault)
  }

  /** Whoever draws the page anew because of this event would never come to rest, if each draw brought another. */
  #report(name: 'auth-error' | 'error', fault: Fault): void {
    if (!this.#isQuiet) this.#emitter.emit(name, { fault })
    this.#isQuiet = false
  }

  #onRefused(problem: Problem): void {
    const fault = faultOf(problem)
    this.#onStatus('idle')
    this.#forget()
    this.#dispatch({ t: 'signed-out', fault })
    this.#report('auth-error', fault)
  }

  /** Drops all of this user but what is stored: it waits for them to sign in again. */
  #forget(): void {
    this.close()
    this.#marks.clear()
    this.#sent.clear()
    for (const { reject } of this.#awaited.values()) reject(givenUp())
    this.#saved = undefined
    this.#dispatch({ t: 'cleared' })
  }
}

/** The events that this version knows. */
const heard: { readonly [T in ServerEvent['t']]: true } = {
  ready: true,
  settings: true,
  message: true,
  skipped: true,
  room: true,
  mine: true,
  reacted: true,
  gone: true,
  read: true,
  typing: true,
  presence: true,
  myPresence: true,
  user: true,
  heads: true,
}

function defaults() {
  return {
    client: 'chatter-widget',
    fetch: (...args: Parameters<typeof fetch>) => fetch(...args),
    WebSocket: globalThis.WebSocket,
    clock: systemClock,
    random: Math.random,
    beforeSend: ({ text }: Sending): string | undefined => text,
    newId: newUuid,
  }
}

/** Whether the loaded messages of a room were dropped, by a reset or a restored database. */
function isLogLost(room: string, before: State, after: State): boolean {
  const held = after.rooms.get(room)
  return !!held && !held.log && !!before.rooms.get(room)?.log
}

/** The rooms an event names: one that is not held here is new to me, or far down the list. */
function roomsIn(frame: ServerEvent): string[] {
  if (frame.t === 'heads') return Object.keys(frame.heads)
  if (frame.t === 'room') return [frame.room.id]
  if (frame.t === 'message') return [frame.message.roomId]
  return frame.t === 'mine' || frame.t === 'gone' ? [frame.roomId] : []
}

/** Who has reacted how, as far as they are named. */
function reactionsIn({ reactions = [] }: MessageView): Map<string, { userId: string; emoji: string }> {
  const all = reactions.flatMap(({ emoji, userIds }) => userIds.map((userId) => ({ userId, emoji })))
  return new Map(all.map((one) => [`${one.emoji} ${one.userId}`, one]))
}

/** What a page gives is not always what its types say. @throws Problem `bad_request` */
function requireText(given: unknown, what: string): asserts given is string {
  if (typeof given !== 'string') throw new Problem('bad_request', `expected ${what}, got ${given}`)
}

const givenUp = () => new Error('the message was given up')

function ignore(): void {}
