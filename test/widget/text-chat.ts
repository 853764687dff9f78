/** An interface of one's own over the headless client, as lines of text. It imports chatter-widget/chat and nothing else. */
import {
  type Active,
  Chat,
  type ChatEvents,
  type ChatOptions,
  type Clock,
  type Connection,
  type ConnectionContext,
  type ConnectionState,
  type ConnectionStatus,
  type DayRow,
  type Draft,
  type DraftContent,
  type Fault,
  type Features,
  type Limits,
  type Load,
  type MembersPage,
  type MemberView,
  type MessageRow,
  type MessageStatus,
  type MessageView,
  type Pending,
  type Preview,
  Problem,
  type ProblemCode,
  type Question,
  type Replies,
  type Room,
  type RoomItem,
  type RoomKind,
  type RoomListState,
  type RoomMe,
  type RoomView,
  type Row,
  roomList,
  type SavedIn,
  type Seen,
  type ServerEvent,
  type Session,
  type State,
  type SystemMessage,
  type SystemView,
  type Timeline,
  type Title,
  type TokenReason,
  type TokenSource,
  type Tokens,
  timeline,
  typing,
  type Unread,
  type UnreadRow,
  type UsersPage,
  type UserView,
  unread,
} from '../../widget/headless.ts'

export class TextChat {
  readonly chat: Chat
  readonly heard: string[] = []

  constructor(options: ChatOptions) {
    this.chat = new Chat(options)
    this.#follow('message', ({ message, mine }) => `${mine ? 'to' : 'from'} ${authorOf(message)}`)
    this.#follow('connection-change', ({ status }) => status)
  }

  /** The rooms, and below them the one that is open. */
  lines(): string[] {
    const { state } = this.chat
    const { active }: { readonly active: Active | undefined } = state
    const rooms = roomList(state).map((item) => roomLine(item))
    if (!active) return [statusLine(state), ...rooms, ...listLine(state.list)]
    if (active.fault) return [reason(active.fault)]
    const typists = typing(state, active.roomId).map(nameOf)
    return [
      statusLine(state),
      ...rooms,
      ...listLine(state.list),
      ...timelineLines(timeline(state, active.roomId)),
      ...(typists.length > 0 ? [`${typists.join(', ')} …`] : []),
      ...composerLines(state, active.roomId),
    ]
  }

  /** Sends, or says why not. */
  say(roomId: string, text: string): string {
    const most: Limits['textChars'] = this.chat.state.limits.textChars
    if (text.length > most) return `at most ${most} characters`
    const draft: DraftContent = { text }
    this.chat.setDraft(roomId, draft)
    return this.chat.send(roomId, text) ?? 'nothing to send'
  }

  async find(name: string): Promise<string[]> {
    try {
      const page: UsersPage = await this.chat.searchUsers(name)
      return page.users.map(nameOf)
    } catch (error) {
      return [problemLine(error)]
    }
  }

  async members(roomId: string): Promise<string[]> {
    const { members, users }: MembersPage = await this.chat.listMembers(roomId)
    return members.map(({ userId, role }: MemberView) => `${users[userId]?.name} (${role})`)
  }

  async readers(roomId: string, seq: number): Promise<string[]> {
    const seen: readonly Seen[] = await this.chat.seenBy(roomId, seq)
    return seen.map(({ user }) => user.name)
  }

  #follow<N extends keyof ChatEvents>(name: N, say: (event: ChatEvents[N]) => string): void {
    this.chat.on(name, (event) => this.heard.push(`${name} ${say(event)}`))
  }
}

function statusLine(state: State): string {
  const session: Session = state.session
  if (session.status === 'signed-out') return session.fault ? reason(session.fault) : 'signed out'
  const { status }: ConnectionState = state.connection
  const { total }: Unread = unread(state)
  const words: Record<ConnectionStatus, string> = {
    idle: 'off',
    connecting: 'connecting',
    open: `${total} unread`,
    waiting: 'offline',
    failed: 'gone',
  }
  return words[status]
}

function listLine({ loaded, more }: RoomListState): string[] {
  if (!loaded) return ['loading']
  return more ? ['more rooms'] : []
}

function roomLine({ kind, title, preview, unread, draft }: RoomItem): string {
  const icons: Record<RoomKind, string> = { self: '=', direct: '@', group: '#' }
  const line = draft === undefined ? previewLine(preview) : `draft: ${draft}`
  return `${icons[kind]}${titleLine(title)} (${unread}) ${line}`.trimEnd()
}

function titleLine(title: Title): string {
  if (title.kind === 'name') return title.name
  return title.kind === 'self' ? 'notes' : title.users.map(nameOf).join(', ')
}

function previewLine(preview: Preview | undefined): string {
  return preview
    ? `${preview.author.name}: ${preview.system ? systemLine(preview.system) : preview.text}`
    : ''
}

function timelineLines({ rows, loaded, older, load }: Timeline): string[] {
  if (!loaded) return [loadLine(load)]
  return [...(older ? ['…'] : []), ...rows.map((row: Row) => rowLine(row))]
}

function rowLine(row: DayRow | UnreadRow | MessageRow): string {
  if (row.type === 'day') return `— ${row.at.slice(0, 10)}`
  if (row.type === 'unread') return '— new'
  const marks: Record<MessageStatus, string> = {
    queued: ' (waiting)',
    sending: ' (sending)',
    unconfirmed: ' (sending)',
    failed: ` (${row.fault ? reason(row.fault) : 'failed'})`,
    sent: '',
    seen: ` (seen by ${row.seenBy?.map(({ user }) => user.name).join(', ')})`,
  }
  return `${row.author.name}: ${row.system ? systemLine(row.system) : row.text}${marks[row.status]}`
}

function systemLine({ event, what }: SystemMessage): string {
  const verb: SystemView['event'] = event
  return `${verb} ${what ?? ''}`.trimEnd()
}

function composerLines({ drafts, features, outbox, rooms }: State, roomId: string): string[] {
  const draft: Draft | undefined = drafts.get(roomId)
  const room: Room | undefined = rooms.get(roomId)
  const me: RoomMe | undefined = room?.me
  const { typing: showsTyping }: Features = features
  const waiting = outbox.filter((pending: Pending) => pending.roomId === roomId)
  return [`> ${draft?.text ?? ''}`, `read ${me?.readSeq}, ${waiting.length} waiting, typing ${showsTyping}`]
}

function loadLine(load: Load | undefined): string {
  return load === undefined || load === 'loading' ? 'loading' : reason(load)
}

function reason({ code }: Fault): string {
  const codes: Partial<Record<ProblemCode | 'offline' | 'no_token' | 'setup', string>> = {
    offline: 'no network',
    no_token: 'no token',
    setup: 'not set up',
    not_found: 'gone',
  }
  return codes[code] ?? code
}

function problemLine(error: unknown): string {
  return error instanceof Problem ? `${error.code}: ${error.message}` : 'no network'
}

function nameOf({ name }: UserView): string {
  return name
}

function authorOf({ authorId }: MessageView): string {
  return authorId
}

/** What a chat may be given, beside a server. */
type Given = {
  readonly clock: Clock
  readonly storage: SavedIn
  readonly token: (reason: TokenReason) => string
}

export function optionsOf(server: string, { clock, storage, token }: Given): ChatOptions {
  const auth: TokenSource = { provider: ({ reason }) => token(reason) }
  return { server, auth, clock, storage, connection: (context) => new DeafConnection(context) }
}

/** The least that is a connection: it signs in to a server that has one empty room and answers nothing. */
class DeafConnection implements Connection {
  readonly #context: ConnectionContext
  isOpen = false

  constructor(context: ConnectionContext) {
    this.#context = context
  }

  async open(): Promise<void> {
    const tokens: Tokens = this.#context.tokens()
    await tokens.current()
    const room: RoomView = { id: 'r', kind: 'self', rev: 0, head: 0, memberCount: 1, lastAt: '' }
    const ready: ServerEvent = {
      t: 'ready',
      id: '1',
      me: { id: 'ana', name: 'Ana' },
      unread: 0,
      epoch: 'e',
      features: { typing: false },
      limits: { textChars: 9, frameBytes: 9, nameChars: 9, members: 9, page: 9, rooms: 9, crowd: 9 },
      rooms: [room],
      users: {},
      heads: { r: 0 },
      more: false,
    }
    this.isOpen = true
    this.#context.onFrame(ready)
    this.#context.onStatus('open')
  }

  close(): void {
    this.isOpen = false
    this.#context.onStatus('idle')
  }

  ask<Q extends Question>(question: Q): Promise<Replies[Q['t']]> {
    return Promise.reject(new Problem('unsupported', `nobody answers ${question.t}`))
  }

  restart(): void {}
  wake(): void {}
  notify(): void {}
  async refresh(): Promise<void> {}
}
