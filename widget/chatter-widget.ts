import { type CSSResult, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import type { MessageView, RoomMe } from '../server/protocol/views.ts'
import type { Chat, TokenSource } from './chat.ts'
import { ChatController } from './chat-controller.ts'
import { widgetStyles } from './chatter-widget.styles.ts'
import { chunks } from './chunks.ts'
import type { Format, HourCycle } from './elements/format.ts'
import type { PanelHost } from './elements/host.ts'
import type { Panel } from './elements/panel/panel.ts'
import { ChatterCloseEvent, ChatterOpenEvent } from './events.ts'
import { frame } from './frame.ts'
import { Language } from './language.ts'
import { launcherStyles } from './launcher.styles.ts'
import { launcher } from './launcher.ts'
import { hurryChunks, loadChunk, patiently } from './load-chunk.ts'
import { badgeOf } from './locale/count.ts'
import type { StringOverrides, Strings } from './locale/en.ts'
import { launcherWords } from './locale/launcher.ts'
import type { MessageRenderers } from './message-renderers.ts'
import { whenIdle } from './page.ts'
import type { Mentioned } from './state/mentions.ts'
import type { Arranging } from './state/state.ts'
import { version } from './version.ts'

/** Below this width there is one pane at a time (rule E64). */
const narrowPx = 640

/** An attribute that is there or not. Frameworks also write "true" and "false". */
const flag = {
  fromAttribute: (value: string | null) => value !== null && value !== 'false',
  toAttribute: (isOn: unknown) => (isOn ? '' : null),
}

/**
 * Chat for any page: rooms, messages and people, in a panel that fits where it is put.
 *
 * Give it a way to know who is signed in (`tokenProvider`, `token-url` or `token`, in this order) and a place to be.
 * Every method may be called before it is ready.
 *
 * @attr {string} server - Base URL of the Chatter server, read when it first connects. Default: where the script came from.
 * @attr {"inline"|"launcher"} mode - In the flow of the page, or a floating button that opens a panel.
 * @attr {boolean} open - Whether the panel of a launcher is open. As a property: `isOpen`.
 * @attr {string} room-id - The room to show.
 * @attr {string} direct-user-id - Somebody to show the direct room with.
 * @attr {boolean} single-room - Shows no list of rooms.
 * @attr {string} token-url - URL of this page's own origin that answers a token, or 401 when nobody is signed in.
 * @attr {string} token - A token, empty where nobody is signed in. It cannot be renewed.
 * @attr {"auto"|"light"|"dark"} theme - The colours; `auto` follows the page's `color-scheme`, and the system where it has none.
 * @attr {"compact"|"standard"|"comfortable"} density - How much space there is between things.
 * @attr {"bottom-end"|"bottom-start"} placement - The corner of the launcher.
 * @attr {"top"|"page"} layer - Where the open panel of a launcher lies: over everything, or at `--chatter-z-index` in the page.
 * @attr {"enter"|"mod-enter"} send-key - Sends on Enter, or on Ctrl or Cmd with Enter.
 * @attr {"auto"|"h12"|"h23"} hour-cycle - How times are written; `auto` follows the language.
 * @attr {"idle"|"eager"|"interaction"} load - When a launcher connects: soon, at once, or when it is used.
 * @attr {boolean} keep-events - Lets what is typed here reach the page's own key handlers.
 * @attr {boolean} deep-links - Lets the page's address lead into the chat: `#chatter:ROOM`, `#chatter:ROOM/MESSAGE`, `#chatter:join/CODE`.
 * @attr {boolean} history - Lets Back close what is open here: what is known of a room, the room where there is one pane, the panel.
 * @attr {string} lang - Language of words, times and numbers. Default: the page's.
 * @attr {"ltr"|"rtl"} dir - Direction of lines. Default: the page's.
 *
 * @fires {ChatterReadyEvent} chatter-ready - Signed in, connected, and the first rooms are here.
 * @fires {ChatterOpenEvent} chatter-open - The panel is about to open. Cancelable.
 * @fires {ChatterCloseEvent} chatter-close - The panel is about to close. Cancelable.
 * @fires {ChatterRoomChangeEvent} chatter-room-change - Another room is shown, or none.
 * @fires {ChatterBeforeSendEvent} chatter-before-send - A message is sent, or gets another text, by the user or by a method; `text` may be changed. Cancelable.
 * @fires {ChatterSendEvent} chatter-send - The server has stored a message of this user.
 * @fires {ChatterSendErrorEvent} chatter-send-error - A message was not sent, or not changed.
 * @fires {ChatterMessageEvent} chatter-message - A message arrived, in any room; `live` is false where it came while the connection was lost.
 * @fires {ChatterMentionEvent} chatter-mention - A message that mentions this user, or everybody, arrived; not of what came while the connection was lost.
 * @fires {ChatterEditEvent} chatter-edit - A message that is held here has another text.
 * @fires {ChatterDeleteEvent} chatter-delete - A message that is held here was deleted.
 * @fires {ChatterReactionEvent} chatter-reaction - Somebody reacted to a message that is held here, or took that back.
 * @fires {ChatterPinEvent} chatter-pin - Somebody pinned a message that is held here, or took the pin away.
 * @fires {ChatterArrangeEvent} chatter-arrange - This user keeps a room in another way, here or on another device: pinned, muted, archived, marked unread.
 * @fires {ChatterUnreadChangeEvent} chatter-unread-change - The number on the badge has changed.
 * @fires {ChatterConnectionChangeEvent} chatter-connection-change - The connection was made, lost, or given up.
 * @fires {ChatterAuthErrorEvent} chatter-auth-error - Nobody is signed in, or the token was refused. Cancel it to handle
 * the sign-in yourself: then no signed-out pane is shown.
 * @fires {ChatterErrorEvent} chatter-error - Something went wrong that the user did not ask for.
 * @fires {ChatterLinkClickEvent} chatter-link-click - A link in a message is about to open. Cancelable.
 *
 * @slot launcher - Instead of the floating button.
 * @slot launcher-icon - The icon on it.
 * @slot sidebar-header - The title over the list of rooms.
 * @slot sidebar-footer - Under the list of rooms.
 * @slot rooms-empty - Where there are no rooms.
 * @slot header - The title of a room: picture and names.
 * @slot header-start - Before it.
 * @slot header-actions - After it.
 * @slot thread-empty - Where no room is chosen.
 * @slot thread-start - Above the first message of a room.
 * @slot room-empty - In a room without messages.
 * @slot loading - While something is loaded.
 * @slot offline - The banner of a lost connection.
 * @slot composer-start - Before the text field.
 * @slot composer-end - After it.
 * @slot composer-footer - Below it.
 * @slot signed-out - Where nobody is signed in.
 * @slot icon-send - The icon of the send button.
 * @slot icon-close - The icon of the close button.
 * @slot icon-back - The icon of the back button.
 *
 * @csspart base - Everything.
 * @csspart launcher - The floating button.
 * @csspart launcher-icon - The icon on it.
 * @csspart launcher-badge - The number on it.
 * @csspart panel - The frame of the chat.
 * @csspart sidebar - The pane with the list of rooms, or the people to choose from.
 * @csspart new-room-button - Starts a conversation.
 * @csspart room-search - The field that filters the rooms, or looks for people.
 * @csspart thread - The pane with the messages.
 * @csspart header - The bar over them, and over the list of rooms.
 * @csspart header-title - The name of the room, and the title of the list.
 * @csspart header-subtitle - How many people are in it, or whether somebody is online.
 * @csspart info-button - Over picture and name: shows what there is to know of the room.
 * @csspart header-actions - The buttons at its end.
 * @csspart back-button - Back to the list of rooms.
 * @csspart close-button - Closes the panel.
 * @csspart banner - A word about the connection.
 * @csspart offline - With `banner`: there is none.
 * @csspart reconnecting - With `banner`: it is being made.
 * @csspart typing - Who is typing.
 * @csspart empty - Where there is nothing.
 * @csspart empty-icon - The picture there.
 * @csspart loading - While something is loaded.
 * @csspart skeleton - A grey shape meanwhile.
 * @csspart error - Why something is not there.
 * @csspart button - Any button with words on it.
 * @csspart input - Any field to write in.
 *
 * @cssproperty --chatter-accent - The one colour of the brand: launcher, own messages, send button, focus.
 * @cssproperty --chatter-accent-text - Text on it. Default: black or white, whichever can be read.
 * @cssproperty --chatter-surface - Background of the panel: a colour. For anything else, such as a gradient, give --chatter-surface-raised too.
 * @cssproperty --chatter-surface-raised - Background of buttons on it, and of what lies over it: menus, sheets, pickers. Default: that of the panel, in the dark ours is lighter.
 * @cssproperty --chatter-surface-sunken - Background of the list of rooms, and of the text field.
 * @cssproperty --chatter-text - Text.
 * @cssproperty --chatter-text-muted - Text that steps back.
 * @cssproperty --chatter-text-link - Links, and accents that are text. Default: from the accent.
 * @cssproperty --chatter-border - Borders of boxes.
 * @cssproperty --chatter-divider - Lines between panes.
 * @cssproperty --chatter-bubble-own - Background of my messages. Default: the accent.
 * @cssproperty --chatter-bubble-own-text - Text on it.
 * @cssproperty --chatter-bubble-other - Background of others' messages.
 * @cssproperty --chatter-bubble-other-text - Text on it.
 * @cssproperty --chatter-danger - What failed.
 * @cssproperty --chatter-success - Who is online.
 * @cssproperty --chatter-warning - The banner of a lost connection.
 * @cssproperty --chatter-unread - The badge of the launcher, and the line before what is unread.
 * @cssproperty --chatter-focus-ring - Colour of the ring around what has the focus. Default: the accent.
 * @cssproperty [--chatter-focus-ring-width=2px] - Its width.
 * @cssproperty --chatter-font - Font family. Default: the system's.
 * @cssproperty [--chatter-font-size=15px] - Size of the text; other sizes follow.
 * @cssproperty [--chatter-line-height=1.45] - Height of its lines.
 * @cssproperty [--chatter-space=4px] - The unit of all spacing.
 * @cssproperty [--chatter-density=1] - Multiplies it.
 * @cssproperty [--chatter-radius=14px] - Corners of the panel.
 * @cssproperty [--chatter-radius-bubble=18px] - Corners of messages and of the text field.
 * @cssproperty [--chatter-radius-control=10px] - Corners of buttons, fields and rows.
 * @cssproperty [--chatter-radius-avatar=50%] - Corners of pictures.
 * @cssproperty [--chatter-avatar-size=30px] - Pictures beside messages; those of rooms are larger by the half.
 * @cssproperty [--chatter-control-size=36px] - Buttons and fields; never below 44px under a finger.
 * @cssproperty [--chatter-bubble-max-width=34em] - Width of messages.
 * @cssproperty [--chatter-sidebar-width=300px] - Width of the list of rooms beside a room.
 * @cssproperty [--chatter-panel-width=400px] - Width of the panel of a launcher.
 * @cssproperty [--chatter-panel-height=640px] - Height of the panel.
 * @cssproperty [--chatter-launcher-size=56px] - Size of the floating button.
 * @cssproperty [--chatter-offset-x=20px] - Its distance from the side.
 * @cssproperty [--chatter-offset-y=20px] - Its distance from the bottom.
 * @cssproperty [--chatter-z-index=2147483000] - How far in front of the page it is.
 * @cssproperty [--chatter-safe-area=env(safe-area-inset-bottom, 0px)] - Space that the device needs at the bottom.
 * @cssproperty --chatter-shadow - Shadow of the panel of a launcher.
 * @cssproperty --chatter-shadow-launcher - Shadow of the floating button.
 * @cssproperty [--chatter-duration=180ms] - How long things take to change; nothing moves for those who asked for that.
 * @cssproperty --chatter-easing - How they do.
 *
 * @cssstate open - The panel can be seen.
 * @cssstate unread - There is something unread.
 * @cssstate offline - There is no connection.
 * @cssstate narrow - There is room for one pane at a time.
 * @cssstate schemeless - The page around it has no `color-scheme`.
 * @cssstate rtl - Lines run from right to left.
 */
export class ChatterWidget extends LitElement {
  static readonly version = version
  /** Base URL of the server the script came from. */
  static origin = ''
  /** For elements of an earlier build, whose own are gone. @internal */
  static readonly chunks = chunks
  static override styles = [widgetStyles, launcherStyles]
  static override properties = {
    server: {},
    layer: {},
    mode: { reflect: true },
    // Not reflected before it changes: `open="false"` says that it shall stay closed.
    isOpen: { type: Boolean, attribute: 'open', reflect: true, useDefault: true, converter: flag },
    roomId: { attribute: 'room-id' },
    directUserId: { attribute: 'direct-user-id' },
    singleRoom: { attribute: 'single-room', converter: flag },
    token: {},
    tokenUrl: { attribute: 'token-url' },
    tokenProvider: { attribute: false },
    theme: { reflect: true },
    density: { reflect: true },
    placement: { reflect: true },
    sendKey: { attribute: 'send-key' },
    hourCycle: { attribute: 'hour-cycle' },
    load: {},
    keepEvents: { attribute: 'keep-events', converter: flag },
    deepLinks: { attribute: 'deep-links', converter: flag },
    history: { converter: flag },
    strings: { attribute: false },
    messageRenderers: { attribute: false },
  }
  static override get observedAttributes(): string[] {
    // biome-ignore lint/complexity/noThisInStatic: Lit collects the attributes of the class it is asked for.
    return [...super.observedAttributes, 'lang', 'dir']
  }

  declare server: string
  declare mode: 'inline' | 'launcher'
  declare isOpen: boolean
  declare roomId: string | null | undefined
  declare directUserId: string | null | undefined
  declare singleRoom: boolean
  declare token: string | undefined
  declare tokenUrl: string | undefined
  /**
   * Answers a token, or a promise of one; nothing when nobody is signed in. `reason`: `initial`, `expiring` or `rejected`.
   * @type {({ reason }) => string}
   */
  declare tokenProvider: TokenSource['provider'] | undefined
  declare theme: 'auto' | 'light' | 'dark'
  declare density: 'compact' | 'standard' | 'comfortable'
  declare placement: 'bottom-end' | 'bottom-start'
  declare layer: 'top' | 'page'
  declare sendKey: 'enter' | 'mod-enter'
  declare hourCycle: HourCycle
  declare load: 'idle' | 'eager' | 'interaction'
  declare keepEvents: boolean
  declare deepLinks: boolean | undefined
  declare history: boolean | undefined
  /** Words to say instead of the widget's own; widget/locale/en.ts lists them. */
  declare strings: StringOverrides
  /**
   * Functions of the page that draw messages of the site, by their `type`: each is given the message and `{ language }`, and answers a
   * node, a template of Lit or a text.
   * @type {{ [type: string]: (message, context) => unknown }}
   */
  declare messageRenderers: MessageRenderers | undefined

  /** @internal */
  isNarrow = true
  readonly #internals = this.attachInternals()
  readonly #controller = new ChatController(
    this,
    () => this.#chatOptions(),
    async () => (await this.#loadChunk('chat', chunks.chat)).chatEmittingOn,
  )
  readonly #resized = new ResizeObserver(() => this.#measure())
  readonly #language = new Language(this, () => {
    this.#format = undefined
    this.requestUpdate()
  })
  readonly #styles = new Set<CSSResult>([widgetStyles, launcherStyles])
  #format: Format | undefined
  #makeFormat: typeof Panel.format | undefined
  #panel: Panel | undefined
  #preparing: Promise<void> | undefined
  /** How often the panel could not be loaded. */
  #misses = 0
  #wasShown = false
  #opener: Element | null = null
  #cancelIdle: (() => void) | undefined
  #drawing = 0

  constructor() {
    super()
    this.mode = 'inline'
    this.isOpen = false
    this.singleRoom = false
    this.theme = 'auto'
    this.density = 'standard'
    this.placement = 'bottom-end'
    this.layer = 'top'
    this.sendKey = 'enter'
    this.hourCycle = 'auto'
    this.load = 'idle'
    this.keepEvents = false
    this.server = ''
    this.strings = {}
    // Set before the upgrade, it would hide the accessor.
    if (Object.hasOwn(this, 'open')) {
      this.isOpen = Object.is(Reflect.get(this, 'open'), true)
      Reflect.deleteProperty(this, 'open')
    }
  }

  // ── For the page ───────────────────────────────────────────────────────────────────────────────────────────────

  /** Opens the panel of a launcher. As a property it takes true and false, as frameworks set it. */
  get open(): () => Promise<void> {
    return () => this.#open()
  }
  set open(isOpen: boolean) {
    this.isOpen = isOpen
  }

  /** Closes the panel of a launcher; the focus goes back to where it came from. */
  async close(): Promise<void> {
    if (!this.isLauncher || !this.isOpen || !this.emit(new ChatterCloseEvent())) return
    const opener = this.#opener
    this.isOpen = false
    // In this task: until then the focus would be nowhere, and the next Tab at the top of the page.
    this.performUpdate()
    const isGone = !opener?.isConnected || opener === this || opener === this.ownerDocument.body
    const target = isGone ? this.root.getElementById('launcher') : opener
    if (target instanceof HTMLElement) target.focus()
    await this.updateComplete
  }

  /** Opens the panel, or closes it. */
  toggle(): Promise<void> {
    return this.isOpen ? this.close() : this.#open()
  }

  /** Shows a room, at one of its messages where that is named, and opens the panel. */
  async openRoom(roomId: string, at: { messageId?: string } = {}): Promise<void> {
    const isWanted = this.#controller.latest.start()
    await this.#controller.load()
    await this.#open()
    // Now: showing the panel may have made another one.
    const chat = await this.#controller.load()
    if (isWanted()) await chat.openRoom(roomId, at)
  }

  /**
   * Opens the room of this user and somebody, and answers its id; with the user's own id, the notes. What was opened
   * meanwhile stays open.
   */
  openDirect(userId: string): Promise<string> {
    return this.#openWanted([userId])
  }

  /** Makes a group and opens it: without a name, the one these people already have. */
  createGroup({ memberIds, name }: { memberIds: readonly string[]; name?: string }): Promise<string> {
    return this.#openWanted(memberIds, name)
  }

  async #openWanted(memberIds: readonly string[], name?: string): Promise<string> {
    const isWanted = this.#controller.latest.start()
    await this.#controller.ready()
    await this.#open()
    const chat = await this.#controller.ready()
    return chat.openWanted({ memberIds, ...(name && { name }) }, isWanted)
  }

  /** Puts a text into the composer, without sending it. Rejects where no room is open and none is named. */
  async compose(text: string, { roomId }: { roomId?: string } = {}): Promise<void> {
    return this.#inRoom(roomId, (chat, room) => chat.setDraft(room, text))
  }

  /**
   * Sends a message to a room, or to the one that is open; `replyTo` is the id of a message that it answers, `mentions` and `mentionsRoom` say whom it mentions and where. Resolves to the message once the server has stored it, and
   * waits while there is no connection. Rejects with a `Problem`: `not_found` where no room is open and none is named,
   * `unauthorized` where nobody is signed in, `bad_request` where there is nothing to read in the text or the page itself
   * holds it back, or with what the server refuses it for.
   * @returns {Promise<MessageView>}
   */
  async send(
    text: string,
    { roomId, ...options }: { roomId?: string; messageId?: string; replyTo?: string } & Mentioned = {},
  ): Promise<MessageView> {
    return this.#inRoom(roomId, (chat, room) => chat.sendStored(room, text, options))
  }

  /** Gives a message of this user another text; mentions stay where what they stand in does. Resolves and rejects as `send` does. @returns {Promise<MessageView>} */
  async editMessage(
    messageId: string,
    text: string,
    { roomId }: { roomId?: string } = {},
  ): Promise<MessageView> {
    return this.#inRoom(roomId, (chat, room) => chat.edit(room, messageId, text))
  }

  /** Deletes a message of this user. Resolves to its tombstone, and rejects as `send` does. @returns {Promise<MessageView>} */
  async deleteMessage(messageId: string, { roomId }: { roomId?: string } = {}): Promise<MessageView> {
    return this.#inRoom(roomId, (chat, room) => chat.remove(room, messageId))
  }

  /** Reacts to a message with an emoji, or takes that back. Resolves and rejects as `send` does. @returns {Promise<MessageView>} */
  async react(
    messageId: string,
    emoji: string,
    { roomId, on }: { roomId?: string; on?: boolean } = {},
  ): Promise<MessageView> {
    return this.#inRoom(roomId, (chat, room) => chat.react(room, messageId, emoji, on))
  }

  /** Pins a message for all in its room, or takes the pin away. Resolves and rejects as `send` does. @returns {Promise<MessageView>} */
  async pin(messageId: string, { roomId, on }: { roomId?: string; on?: boolean } = {}): Promise<MessageView> {
    return this.#inRoom(roomId, (chat, room) => chat.pin(room, messageId, on))
  }

  /** Says in another room again what a message says. Resolves and rejects as `send` does. @returns {Promise<MessageView>} */
  async forward(
    messageId: string,
    toRoomId: string,
    { roomId }: { roomId?: string } = {},
  ): Promise<MessageView> {
    return this.#inRoom(roomId, (chat, room) => chat.forward(room, messageId, toRoomId))
  }

  async #inRoom<T>(roomId: string | undefined, act: (chat: Chat, room: string) => T): Promise<Awaited<T>> {
    const chat = await this.#controller.load()
    return await act(chat, chat.roomNamed(roomId))
  }

  /**
   * How this user keeps a room in the list: `pinned`, `archived`, `mutedUntil` a time, `forever` or null, `muteMentions`,
   * `unreadFrom` the number of a message or null. Nobody else learns of it. Resolves to how it is kept from then on, and
   * rejects with what the server refuses it for.
   * @returns {Promise<RoomMe>}
   */
  async arrange(roomId: string, change: Arranging): Promise<RoomMe> {
    return this.#inRoom(roomId, (chat, room) => chat.arrange(room, change))
  }

  /** Everything in a room is read. */
  async markRead(roomId: string): Promise<void> {
    ;(await this.#controller.load()).markRead(roomId)
  }

  /** Opens the panel and puts the cursor where messages are written. Rejects where no room is open. */
  async focusComposer(): Promise<void> {
    await this.#open()
    this.chat.roomNamed()
    this.#panel?.focusComposer()
  }

  /** Tries to connect now. */
  async reconnect(): Promise<void> {
    const chat = await this.#controller.load()
    chat.connect()
    chat.wake()
  }

  /** Asks the page for a new token and shows it to the server. */
  async refreshToken(): Promise<void> {
    return (await this.#controller.load()).refreshToken()
  }

  /** Forgets this user here, in storage too. */
  async logout(): Promise<void> {
    ;(await this.#controller.load()).logout()
  }

  /** Resolves when somebody is signed in and the first rooms are here. */
  get ready(): Promise<void> {
    return this.#controller.ready().then(() => {})
  }

  /** What the badge says: unread messages in all rooms that are neither muted nor archived. */
  get unread(): number {
    return this.#controller.unread
  }

  /** `idle`, `connecting`, `open`, `waiting` or `failed`. */
  get connectionState(): string {
    return this.#controller.chat?.state.connection.status ?? 'idle'
  }

  /** Who is signed in. */
  get currentUser(): { readonly id: string; readonly name: string } | undefined {
    const { me = '', users } = this.#controller.chat?.state ?? {}
    return users?.get(me)
  }

  /** Of this script. */
  get version(): string {
    return version
  }

  // ── For the parts of the panel ─────────────────────────────────────────────────────────────────────────────────

  /** @internal */
  get root(): ShadowRoot {
    return this.renderRoot as ShadowRoot
  }

  /** By its id, which is one of a kind in this root. @internal */
  get frame(): HTMLElement | null {
    return this.root?.getElementById('panel')
  }

  /** @internal */
  get chat(): PanelHost['chat'] {
    return loaded(this.#controller.chat)
  }

  /** @internal */
  get isLauncher(): boolean {
    return this.mode === 'launcher'
  }

  /** @internal */
  get isShown(): boolean {
    return !this.isLauncher || this.isOpen
  }

  /** @internal */
  get isAuthHandled(): boolean {
    return this.#controller.isAuthHandled
  }

  /** @internal */
  get roomIsGiven(): boolean {
    return Boolean(this.roomId || this.directUserId)
  }

  /** Follows the language of the page around it. @internal */
  get format(): Format {
    this.#format ??= this.#makeFormat?.(this.#language, this.strings, this.hourCycle)
    return loaded(this.#format)
  }

  /** @internal */
  get words(): Strings {
    return this.format.words
  }

  /** @internal */
  emit(event: Event): boolean {
    return this.dispatchEvent(event)
  }

  /** @internal */
  adopt(styles: readonly CSSResult[]): void {
    for (const style of styles) this.#styles.add(style)
    this.root.adoptedStyleSheets = [...this.#styles].flatMap((style) => sheetOf(style, this.ownerDocument))
  }

  /** Moved into another document, which takes no sheets of this one. */
  adoptedCallback(): void {
    this.adopt([])
  }

  /**
   * What the chat says is drawn once per frame, however much of it comes: a hidden page has no frames. What somebody does
   * here asks for its update itself. @internal
   */
  draw(): void {
    this.#drawing ||= requestAnimationFrame(() => {
      this.#drawing = 0
      if (this.#panel?.isBusy) return this.draw()
      this.#panel?.read()
      if (this.isConnected) this.requestUpdate()
    })
  }

  // ── Lifecycle ──────────────────────────────────────────────────────────────────────────────────────────────────

  override connectedCallback(): void {
    super.connectedCallback()
    this.#resized.observe(this)
    if (!this.#cancelIdle) this.#whenIdle()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#resized.disconnect()
    this.#cancelIdle?.()
    this.#cancelIdle = undefined
  }

  override attributeChangedCallback(name: string, before: string | null, value: string | null): void {
    super.attributeChangedCallback(name, before, value)
    if (name === 'lang' || name === 'dir') this.requestUpdate()
  }

  override willUpdate(changed: PropertyValues<this>): void {
    cancelAnimationFrame(this.#drawing)
    this.#drawing = 0
    if (changed.has('strings') || changed.has('hourCycle')) this.#format = undefined
    const isIdentityNew = changed.has('token') || changed.has('tokenUrl') || changed.has('tokenProvider')
    if (isIdentityNew && this.#controller.chat) {
      this.#controller.identify()
      this.#panel?.showGivenRoom()
    }
    if (this.isShown) this.#show()
    if (this.isShown && !this.#wasShown) this.#measure()
  }

  override updated(changed: PropertyValues<this>): void {
    const { chat } = this.#controller
    this.#state('open', this.isShown)
    this.#state('unread', this.unread > 0)
    this.#state('offline', !!chat && this.connectionState !== 'open')
    this.#state('narrow', this.isNarrow)
    const { direction, colorScheme } = getComputedStyle(this)
    this.#state('rtl', direction === 'rtl')
    this.#state('schemeless', colorScheme === 'normal')
    const isAimNew = changed.has('roomId') || changed.has('directUserId')
    if (isAimNew) this.#panel?.showGivenRoom()
    // Without waiting for the panel: its first page of messages comes while that is loaded.
    if (chat && this.roomId && this.isShown && !this.#panel && !chat.latest.hasAny)
      void chat.openRoom(this.roomId)
    if (this.frame) this.#resized.observe(this.frame)
    if (this.isShown && this.#panel && !this.#wasShown) this.#panel.shown()
    this.#wasShown = this.isShown && !!this.#panel
  }

  override render(): TemplateResult {
    return html`<div part="base" class="base" @keydown=${this.#onKey}>
      ${this.isLauncher ? this.#launcher() : nothing}
      ${this.isShown ? this.#framed(this.#panel ? this.#panel.render() : this.#frame()) : nothing}
    </div>`
  }

  /** In a launcher a dialog, which the panel puts over the page once it is there. */
  #framed(content: TemplateResult): TemplateResult {
    const { chat } = this.#words
    return this.isLauncher
      ? html`<dialog part="panel" id="panel" class="panel" tabindex="-1" aria-label=${chat}>${content} </dialog>`
      : html`<div part="panel" id="panel" class="panel" aria-label=${chat} role="region">${content} </div>`
  }

  #frame(): TemplateResult {
    return frame({
      words: this.#words,
      isLauncher: this.isLauncher,
      misses: this.#misses,
      close: () => this.close(),
      again: () => void this.#again().catch(() => {}),
    })
  }

  #launcher(): TemplateResult {
    const { isOpen, unread } = this
    const words = this.#words
    const badge = unread > 0 ? badgeOf(unread, (n) => n.toLocaleString(this.#language.lang), words) : ''
    const label = isOpen ? words.close : badge ? words.openUnread(unread, badge) : words.open
    return launcher({
      isOpen,
      label,
      badge,
      toggle: () => void this.toggle().catch(() => {}),
      // Whoever opens it then reads what is missing.
      intend: () => void this.#prepare().catch(() => {}),
    })
  }

  /** What the button says, also before the other words are loaded. */
  get #words(): typeof launcherWords {
    return { ...launcherWords, ...this.#language.words, ...this.strings }
  }

  async #open(): Promise<void> {
    const { activeElement, body } = this.ownerDocument
    // Loading takes its time: who writes elsewhere by then goes on writing there.
    const isWaiting = () => [activeElement, this, body].includes(this.ownerDocument.activeElement)
    if (this.isLauncher && !this.isOpen) {
      if (!this.emit(new ChatterOpenEvent())) return
      this.#opener = activeElement
      this.isOpen = true
      await this.updateComplete
      // Until the panel is there Escape is heard here: the button may be covered.
      if (!this.#panel && isWaiting()) this.frame?.focus()
    }
    await this.#again()
    await this.updateComplete
    if (this.isLauncher && isWaiting()) this.#panel?.focus()
  }

  /** Loads what showing the panel takes: on intent, so that it is there when it is wanted. */
  #prepare(): Promise<void> {
    this.#preparing ??= this.#load().finally(() => {
      this.#preparing = undefined
    })
    return this.#preparing
  }

  async #load(): Promise<void> {
    const loadPanel = () => this.#loadChunk('panel', chunks.panel)
    const loading = Promise.all([loadPanel(), this.#controller.load(), this.#language.load()])
    // The first time that is formatted in a page takes longer than to draw the messages: meanwhile.
    new Date(0).toLocaleString()
    await loading
    if (this.#panel) return
    // Once more, from where they are now: one may have come before another was gone, and words may be there only now.
    await Promise.all([this.#controller.renew(), this.#language.load()])
    const { Panel } = await loadPanel()
    this.#makeFormat = Panel.format
    this.adopt(Panel.styles)
    this.#panel = new Panel(this)
    this.requestUpdate()
  }

  /** While it cannot be loaded, the frame says so. */
  #loadChunk<T>(name: string, own: () => Promise<T>): Promise<T> {
    return loadChunk(name, own, patiently, () => {
      this.#misses++
      this.requestUpdate()
    })
  }

  #show(): void {
    if (!this.#panel && !this.#preparing && !this.#misses) this.#prepare().catch(reportError)
  }

  /** What could not be loaded is asked for now. */
  #again(): Promise<void> {
    hurryChunks()
    return this.#prepare()
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const { key, isComposing, keyCode } = event
    // While an input method chooses characters the key is its own; Safari shows that by the old code only.
    if (key !== 'Escape' || isComposing || keyCode === 229 || !this.isLauncher || !this.isOpen) return
    event.preventDefault()
    event.stopPropagation()
    void this.close()
  }

  #whenIdle(): void {
    const load = () => {
      void this.#language.load()
      if (this.load !== 'interaction') this.#controller.load().catch(reportError)
    }
    if (this.load === 'eager') load()
    else this.#cancelIdle = whenIdle(load)
  }

  #measure(): void {
    const box = this.isLauncher ? this.frame : this
    const width = box?.getBoundingClientRect().width ?? 0
    if (width === 0 || width < narrowPx === this.isNarrow) return
    this.isNarrow = width < narrowPx
    this.requestUpdate()
  }

  #state(name: string, isOn: boolean): void {
    const { states } = this.#internals
    // Chromium computes styles anew also where nothing changes.
    if (states.has(name) !== isOn) states[isOn ? 'add' : 'delete'](name)
  }

  #chatOptions() {
    const server = new URL(this.server || ChatterWidget.origin, this.ownerDocument.baseURI).href
    const { token, tokenUrl, tokenProvider } = this
    const auth: TokenSource = {
      ...(tokenProvider && { provider: tokenProvider }),
      ...(tokenUrl && { url: tokenUrl }),
      ...(token != null && { token }),
    }
    return { server, auth, client: `chatter-widget/${version}` }
  }
}

function loaded<T>(part: T | undefined): T {
  if (part) return part
  throw new Error('chatter-widget: not loaded')
}

/** A sheet belongs to the document it was made in. */
function sheetOf({ styleSheet, cssText }: CSSResult, { defaultView }: Document): CSSStyleSheet | [] {
  if (!defaultView || defaultView === window) return styleSheet ?? []
  const sheet = new defaultView.CSSStyleSheet()
  sheet.replaceSync(cssText)
  return sheet
}
