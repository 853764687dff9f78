import { Problem } from '../protocol/problems.ts'
import type { MessageView } from '../protocol/views.ts'
import type { Store } from '../store/store.ts'
import { inJson } from './columns.ts'
import { pageSize } from './pages.ts'
import type { UserFlags } from './users.ts'

/** Of a page of history. */
const messagesAtOnce = 200

/**
 * What `chatter user export` does: all that the tenant keeps of a user, a line of JSON for each thing, `type` first, read as it is
 * printed. Of what others wrote there is nothing in it.
 */
export async function* exportUser(
  store: Store,
  { tenant = 'default' }: UserFlags,
  id: string,
): AsyncGenerator<string, undefined> {
  for await (const line of linesOf(store, tenant, id)) yield `${inJson(line)}\n`
}

async function* linesOf(store: Store, tenant: string, id: string): AsyncGenerator<object, undefined> {
  const user = await store.findUser(id)
  if (!user) throw new Problem('not_found', `no user ${JSON.stringify(id)}`)
  const { [id]: lastSeenAt } = await store.readLastSeen([id])
  const presence = (await store.readPresence([id])).get(id)
  yield { type: 'export', of: 'user', version: 1, tenant }
  yield {
    ...{ type: 'user', ...user, ...(await store.readDetails(id)) },
    ...(lastSeenAt !== undefined && { lastSeenAt }),
    ...(presence && { presence }),
  }
  for await (const roomId of roomIds(store)) {
    const room = await store.findRoom(roomId, id)
    if (room) yield { type: 'membership', roomId, kind: room.kind, name: room.name, ...room.me }
    for await (const message of messagesOf(store, roomId)) {
      if (message.authorId === id) yield ownMessage(message)
      yield* await reactionsTo(store, message, id)
    }
  }
}

async function* roomIds(store: Store): AsyncGenerator<string, undefined> {
  for (let cursor: string | undefined, isMore = true; isMore; ) {
    const page = await store.listAllRooms({ limit: pageSize, ...(cursor !== undefined && { cursor }) })
    yield* page.rooms.map(({ id }) => id)
    cursor = page.cursor
    isMore = cursor !== undefined
  }
}

/** Without what others added to it, and what it answers. */
function ownMessage({ replyTo, reactions: _, pinned: __, ...message }: MessageView) {
  return { type: 'message', ...message, ...(replyTo && { replyTo: { id: replyTo.id } }) }
}

async function reactionsTo(store: Store, message: MessageView, user: string): Promise<object[]> {
  const { id: messageId, roomId, seq, reactions = [] } = message
  if (reactions.length === 0) return []
  const asked = reactions.map(({ emoji }) => ({ seq, emoji }))
  const found = await store.filterReactions(roomId, user, asked)
  return found.map(({ emoji }) => ({ type: 'reaction', roomId, messageId, emoji }))
}

/** Also of rooms that they left. */
async function* messagesOf(store: Store, room: string): AsyncGenerator<MessageView> {
  for (let [after, isMore] = [0, true]; isMore; ) {
    const { messages, newer } = await store.readPage(room, { after }, messagesAtOnce)
    yield* messages
    after = messages.at(-1)?.seq ?? after
    isMore = newer && messages.length > 0
  }
}
