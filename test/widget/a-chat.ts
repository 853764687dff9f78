import { Chat, type ChatEvents, type ChatOptions, type SavedIn, type TokenReason } from '../../widget/chat.ts'
import { type MessageRow, timeline } from '../../widget/state/timeline.ts'
import type { FakeServer } from './fake-server.ts'

/** Long enough for anything that is going to happen: backoff, throttles, the server's heads. */
export const aWhile = 90_000

/** A token as the fake server reads it. */
export function aToken(user: string, claims: { exp?: number; iat?: number } = {}): string {
  const body = btoa(JSON.stringify({ sub: user, ...claims }))
  return `h.${body.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}.s`
}

type Given = Partial<ChatOptions> & { user?: string }

/** Ana's chat on the fake server, not connected yet. */
export function aChat(server: FakeServer, { user = 'ana', ...given }: Given = {}): Chat {
  let ids = 0
  return new Chat({
    server: server.url,
    auth: { token: aToken(user) },
    fetch: server.fetch,
    WebSocket: server.WebSocket,
    clock: server.clock,
    random: () => 0.5,
    newId: () => `00000000-0000-7000-9000-${String(++ids).padStart(12, '0')}`,
    ...given,
  })
}

/** Connected, with the room open. */
export async function anOpenChat(server: FakeServer, room: string, given: Given = {}): Promise<Chat> {
  const chat = aChat(server, given)
  chat.connect()
  await server.clock.run(100)
  void chat.openRoom(room)
  await server.clock.run(100)
  return chat
}

/** A provider that remembers why it was asked. */
export function aProvider(
  answer: (reason: TokenReason, turn: number) => string | undefined | Promise<string>,
) {
  const asked: TokenReason[] = []
  const provider = ({ reason }: { reason: TokenReason }) => answer(reason, asked.push(reason))
  return { asked, auth: { provider } }
}

export function heard<N extends keyof ChatEvents>(chat: Chat, name: N): ChatEvents[N][] {
  const events: ChatEvents[N][] = []
  chat.on(name, (event) => events.push(event))
  return events
}

export function messagesIn(chat: Chat, room: string): MessageRow[] {
  return timeline(chat.state, room).rows.filter((row) => row.type === 'message')
}

/** What stands in the room, in a line: the text, and what is not simply sent in brackets. */
export function texts(chat: Chat, room: string): string[] {
  return messagesIn(chat, room).map(
    ({ text, status, deleted }) =>
      `${deleted ? '†' : text}${status === 'sent' || status === 'seen' ? '' : ` [${status}]`}`,
  )
}

/** Web Storage in memory, which may be full. */
export class FakeStorage implements SavedIn {
  readonly entries = new Map<string, string>()
  isFull = false

  get length(): number {
    return this.entries.size
  }

  key(at: number): string | null {
    return [...this.entries.keys()][at] ?? null
  }

  getItem(key: string): string | null {
    return this.entries.get(key) ?? null
  }

  setItem(key: string, value: string): void {
    if (this.isFull) throw new DOMException('full', 'QuotaExceededError')
    this.entries.set(key, value)
  }

  removeItem(key: string): void {
    this.entries.delete(key)
  }
}
