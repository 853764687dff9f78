/** All that a tenant keeps of one user, for who asks what that is: `chatter user export`, and the site's own server. */
import { setImmediate as othersTurn } from 'node:timers/promises'
import * as v from 'valibot'
import { isGuestId } from '../protocol/guests.ts'
import { Problem } from '../protocol/problems.ts'
import { MessageView, PresenceView, RoomMe, RoomView, UserAnswer, Uuid } from '../protocol/views.ts'
import type { StoreReads } from './store.ts'

/** Of a page of history. */
const messagesAtOnce = 200
const roomsAtOnce = 200

const { replyTo: _, reactions: __, pinned: ___, me: ____, ...messageParts } = MessageView.entries
const about = <T extends v.GenericSchema>(schema: T, text: string) => v.pipe(schema, v.description(text))

/** One line of an export, by its `type`. */
export const UserExportLine = v.variant('type', [
  v.object({
    type: about(v.literal('export'), 'the first line'),
    of: v.literal('user'),
    version: v.literal(1),
    tenant: v.string(),
  }),
  v.object({
    type: v.literal('user'),
    ...UserAnswer.entries,
    presence: v.exactOptional(PresenceView),
  }),
  v.object({
    type: about(v.literal('membership'), 'a room that they are in, and how they keep it in their list'),
    roomId: Uuid,
    kind: RoomView.entries.kind,
    name: RoomView.entries.name,
    ...RoomMe.entries,
  }),
  v.object({
    type: about(v.literal('message'), 'that they wrote, also in a room that they left'),
    ...messageParts,
    replyTo: v.exactOptional(v.object({ id: about(Uuid, 'of the message that it answers') })),
  }),
  v.object({
    type: about(v.literal('reaction'), 'of theirs, to a message of a room that they are in or were in'),
    roomId: Uuid,
    messageId: Uuid,
    emoji: v.string(),
  }),
  v.object({
    type: about(v.literal('end'), 'the last line: without it the export is not whole'),
    lines: about(v.number(), 'how many came before'),
  }),
])
export type UserExportLine = v.InferOutput<typeof UserExportLine>

/**
 * The lines, read as they are taken, from every room of the tenant. Of what others wrote there is nothing in them. After each page
 * comes `undefined`: of a user who wrote little there may be no line for minutes.
 * @throws Problem `not_found`, with the first line, or in place of the last where the user was erased meanwhile
 */
export async function* exportUser(
  store: StoreReads,
  tenant: string,
  id: string,
): AsyncGenerator<UserExportLine | undefined, undefined> {
  let lines = 0
  for await (const line of linesOf(store, tenant, id)) {
    if (line) lines += 1
    yield line
  }
  // Erased meanwhile, what was read last is no longer what they wrote.
  if (!(await store.findUser(id))) throw noUser(id)
  yield { type: 'end', lines }
}

const noUser = (id: string) => new Problem('not_found', `no user ${JSON.stringify(id)}`)

async function* linesOf(
  store: StoreReads,
  tenant: string,
  id: string,
): AsyncGenerator<UserExportLine | undefined, undefined> {
  const user = await store.findUser(id)
  if (!user) throw noUser(id)
  const { [id]: lastSeenAt } = await store.readLastSeen([id])
  const presence = (await store.readPresence([id])).get(id)
  yield { type: 'export', of: 'user', version: 1, tenant }
  yield {
    ...{ type: 'user', ...user, ...(await store.readDetails(id)) },
    ...(lastSeenAt !== undefined && { lastSeenAt }),
    ...(presence && { presence }),
  }
  const person = new Person(store, id)
  for await (const roomId of roomIds(store)) {
    const room = await store.findRoom(roomId, id)
    if (room?.me) {
      const { kind, name, me } = room
      yield { type: 'membership', roomId, kind, ...(name !== undefined && { name }), ...me }
    }
    yield* writtenIn(store, roomId, person)
  }
}

/** After each page: undefined. */
async function* writtenIn(
  store: StoreReads,
  room: string,
  person: Person,
): AsyncGenerator<UserExportLine | undefined, undefined> {
  for await (const page of pagesOf(store, room)) {
    for (const message of page) {
      if (await person.isAuthor(message)) yield ownMessage(message)
      for (const one of person.ids) yield* await reactionsTo(store, message, one)
    }
    yield undefined
  }
}

/** A user, with the guests that they were before they signed in: what was said stays the guest's. */
class Person {
  readonly ids: Set<string>
  readonly #others = new Set<string>()
  readonly #store: StoreReads
  readonly #id: string

  constructor(store: StoreReads, id: string) {
    this.ids = new Set([id])
    this.#store = store
    this.#id = id
  }

  async isAuthor({ authorId: author }: MessageView): Promise<boolean> {
    if (!isGuestId(author) || this.#others.has(author) || this.ids.has(author)) return this.ids.has(author)
    const isThem = (await this.#store.findUser(author))?.mergedInto === this.#id
    if (isThem) this.ids.add(author)
    else this.#others.add(author)
    return isThem
  }
}

async function* roomIds(store: StoreReads): AsyncGenerator<string, undefined> {
  for (let cursor: string | undefined, isMore = true; isMore; ) {
    const page = await store.listAllRooms({ limit: roomsAtOnce, ...(cursor !== undefined && { cursor }) })
    yield* page.rooms.map(({ id }) => id)
    cursor = page.cursor
    isMore = cursor !== undefined
  }
}

/** Without what others added to it, and what it answers. */
function ownMessage({ replyTo, reactions: _, pinned: __, me: ___, ...message }: MessageView): UserExportLine {
  return { type: 'message', ...message, ...(replyTo && { replyTo: { id: replyTo.id } }) }
}

async function reactionsTo(store: StoreReads, message: MessageView, user: string): Promise<UserExportLine[]> {
  const { id: messageId, roomId, seq, reactions = [] } = message
  if (reactions.length === 0) return []
  const asked = reactions.map(({ emoji }) => ({ seq, emoji }))
  const found = await store.filterReactions(roomId, user, asked)
  return found.map(({ emoji }) => ({ type: 'reaction', roomId, messageId, emoji }))
}

/** Also of rooms that they left. */
async function* pagesOf(store: StoreReads, room: string): AsyncGenerator<readonly MessageView[]> {
  for (let [after, isMore] = [0, true]; isMore; ) {
    const { messages, newer } = await store.readPage(room, { after }, messagesAtOnce)
    yield messages
    after = messages.at(-1)?.seq ?? after
    isMore = newer && messages.length > 0
    // SQLite answers at once: whoever else waits would wait for all of the export.
    await othersTurn()
  }
}
