/** Who is away and has something unread that notifies them: their site may mail it. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { isGuestId } from '../protocol/guests.ts'
import type { RoomView } from '../protocol/views.ts'
import { wants } from '../rules/webhook-rows.ts'
import { awayMs, checkEveryMs } from '../rules/webhooks.ts'
import type { StoreReads, UnreadCheck, UnreadMember, Webhook, WebhookStore } from '../store/store.ts'

const mostRooms = 10
const mostRead = 50
const roomsAtOnce = 50
const checksAtOnce = 100
const membersAtOnce = 200

/** What a user has not read, of what notifies them: by the rules by which the launcher counts. */
export type Unread = {
  readonly userId: string
  /** IANA name; absent where the site never said it. */
  readonly timeZone?: string
  /** Messages over these rooms, each counted to the cap. */
  readonly unread: number
  readonly mentions: number
  /** The newest ones. */
  readonly rooms: readonly UnreadRoom[]
}

export type UnreadRoom = {
  readonly roomId: string
  readonly kind: 'self' | 'direct' | 'group'
  readonly name?: string
  readonly unread: number
  readonly mentions: number
  /** Who wrote, each once, in their order. */
  readonly senderIds: readonly string[]
  /** The first unread one. */
  readonly messageId?: string
  /** What to append to the address of a page whose widget has `deep-links`. */
  readonly link: string
}

/** Undefined where nothing notifies them. */
export async function unreadOf(store: StoreReads, userId: string): Promise<Unread | undefined> {
  const rooms: UnreadRoom[] = []
  for (const { id: roomId, kind, name, me } of await noticedRooms(store, userId)) {
    const { unread = 0, mentions = 0, arranged } = me ?? {}
    const readSeq = Math.min(me?.readSeq ?? 0, (arranged?.unreadFrom ?? Infinity) - 1)
    const { messages } = await store.readPage(roomId, { after: readSeq }, mostRead, me?.visibleFrom)
    const said = messages.filter(
      (one) => one.kind === 'text' && one.authorId !== userId && one.deletedAt === undefined,
    )
    const messageId = said[0]?.id
    rooms.push({
      ...{ roomId, kind, unread, mentions, senderIds: [...new Set(said.map(({ authorId }) => authorId))] },
      ...(name !== undefined && { name }),
      ...(messageId !== undefined && { messageId }),
      link: `#chatter:${roomId}${messageId === undefined ? '' : `/${messageId}`}`,
    })
  }
  if (rooms.length === 0) return undefined
  const { timeZone } = await store.readDetails(userId)
  const sum = (read: (room: UnreadRoom) => number) => rooms.reduce((all, room) => all + read(room), 0)
  return {
    userId,
    ...(timeZone !== undefined && { timeZone }),
    ...{ unread: sum(({ unread }) => unread), mentions: sum(({ mentions }) => mentions), rooms },
  }
}

/** The newest of those with something unread that notifies: in a muted one only what mentions them, unless they said no. */
async function noticedRooms(store: StoreReads, userId: string): Promise<RoomView[]> {
  const unmuted = await newest(store, userId, 'unread', ({ muted }) => !muted)
  const mentioning = await newest(
    store,
    userId,
    'mentions',
    ({ muted, arranged }) => !muted || !arranged?.muteMentions,
  )
  const rooms = new Map([...unmuted, ...mentioning].map((room) => [room.id, room]))
  const byTime = [...rooms.values()].sort((a, b) => Date.parse(b.lastAt) - Date.parse(a.lastAt))
  return byTime.slice(0, mostRooms)
}

/** Page by page: any number of others may be newer. */
async function newest(
  store: StoreReads,
  userId: string,
  filter: 'unread' | 'mentions',
  isMeant: (me: NonNullable<RoomView['me']>) => boolean,
): Promise<RoomView[]> {
  const found: RoomView[] = []
  let cursor: string | undefined
  do {
    const page = await store.listRooms(userId, {
      ...{ limit: roomsAtOnce, filter },
      ...(cursor !== undefined && { cursor }),
    })
    found.push(...page.rooms.filter(({ me }) => me && isMeant(me)))
    cursor = page.cursor
  } while (cursor !== undefined && found.length < mostRooms)
  return found
}

type Watch = {
  readonly store: WebhookStore
  forTenant(tenant: string): StoreReads
  readonly now: () => number
}

/** Looks into the rooms where something was said a while ago, of the tenants whose first webhook for it is among `mine`. */
export async function lookForUnread(watch: Watch, mine: readonly Webhook[]): Promise<void> {
  const { store, now } = watch
  const isMine = new Set(mine.map(keyOf))
  const first = new Map<string, Webhook>()
  if (mine.some((one) => wants(one, 'user.unread')))
    for (const one of await store.list())
      if (one.disabledAt === null && wants(one, 'user.unread') && !first.has(one.tenant))
        first.set(one.tenant, one)
  const tenants = [...first.values()].filter((one) => isMine.has(keyOf(one))).map(({ tenant }) => tenant)
  if (tenants.length === 0) return
  for (const check of await store.listChecks(tenants, now() - awayMs - checkEveryMs, checksAtOnce))
    await look(watch, check)
}

async function look(watch: Watch, check: UnreadCheck): Promise<void> {
  const { store } = watch
  const at = watch.now()
  let isSomebodyHere = false
  for (let after: string | undefined = ''; after !== undefined; ) {
    const members: readonly UnreadMember[] = await store.findUnread(check, after, membersAtOnce)
    // They may read it; once they went without, they are told.
    const isHere = ({ seenAt }: UnreadMember) => seenAt !== null && seenAt > at - awayMs
    isSomebodyHere ||= members.some(isHere)
    await tell(
      watch,
      { ...check, at },
      // A site knows no way to a guest but the chat.
      members.filter((one) => !isHere(one) && !isGuestId(one.user)),
    )
    after = members.length < membersAtOnce ? undefined : members.at(-1)?.user
  }
  await store.endCheck(check, isSomebodyHere ? at : undefined)
}

async function tell(
  { store, forTenant }: Watch,
  { tenant, at }: UnreadCheck,
  away: readonly UnreadMember[],
): Promise<void> {
  const told: string[] = []
  for (const { user } of away) {
    if (await unreadOf(forTenant(tenant), user)) told.push(user)
    await nextTurn()
  }
  if (told.length > 0) await store.tellUnread(tenant, told, at)
}

const keyOf = ({ tenant, id }: Webhook): string => `${tenant} ${id}`
