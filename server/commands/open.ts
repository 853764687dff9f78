import type { Topics } from '../fanout/topics.ts'
import type { CommandInput } from '../protocol/commands.ts'
import { limits } from '../protocol/limits.ts'
import { Problem } from '../protocol/problems.ts'
import type { RoomAnswer, RoomKind, RoomView, Users } from '../protocol/views.ts'
import { roomKey } from '../rules/room-key.ts'
import type { TenantSettings } from '../rules/settings.ts'
import type { RoomDraft } from '../store/store.ts'
import { usersIn } from '../store/users-in.ts'
import type { Caller } from './caller.ts'
import type { Command, Outcome, Publication, Reply, Tools } from './command.ts'
import { requireContact, requireContactIn } from './contact.ts'
import { requireNoGuest, withoutMerged } from './guests.ts'
import type { NewRoomOptions } from './room-options.ts'

/** What the host says of rooms of any kind. */
const ofAnyRoom: ReadonlySet<string> = new Set(['data', 'keepDays'])

type OpenInput = CommandInput<'open'> & NewRoomOptions

/** Opens the room for exactly these users: found if there is one, made if not. With a name it is a new group. */
export const open: Command<'open'> = async (caller, input, tools) => {
  const wanted = await withoutMerged(tools.store, input.memberIds)
  const memberIds = [...new Set([caller.me.id, ...wanted])]
  const isNew = input.name !== undefined || input.kind === 'group'
  if (isNew) requireNoGuest(caller)
  await (isNew ? requireContact(caller, memberIds) : requireContactIn(caller, memberIds))
  return openAs(caller, { input: { ...input, memberIds: [...wanted] }, viewer: caller.me.id }, tools)
}

/** The same for the host, which is nobody in the room: the answer has no `me`. */
export const createRoom: Command<'createRoom'> = (caller, input, tools) => openAs(caller, { input }, tools)

async function openAs<N extends 'open' | 'createRoom'>(
  { me, tenant, topics }: Caller,
  { input, viewer }: { input: OpenInput; viewer?: string },
  { store, newId, isLimited }: Tools,
): Promise<Outcome<N>> {
  const memberIds = [...new Set([me.id, ...input.memberIds])]
  const draft = draftOf({ ...input, memberIds }, tenant.settings, newId)
  const isUsers = viewer !== undefined
  const { strangerRoomsPerHour: mostWithStrangers } = tenant.settings.limits
  const { room: id, created } = await store.openRoom(
    isUsers && isLimited ? { ...draft, mostWithStrangers } : draft,
  )
  const room = await store.findRoom(id, viewer)
  if (!room) throw new Problem('not_found', 'no such room')
  const users = await usersIn(store, { rooms: [room] })
  const events = created ? newRoomEvents(topics, { room, users }, memberIds) : []
  const reply: RoomAnswer = { ...room, users }
  return { reply: reply as Reply<N>, created, events }
}

/**
 * What `open` asks of the store. @throws Problem `bad_request` when kind, name and members contradict each other,
 * `too_large` for more of these than the tenant's rooms hold
 */
export function draftOf(input: OpenInput, settings: TenantSettings, newId: () => string): RoomDraft {
  const { memberIds, name, kind: _, id = newId(), history, ...others } = input
  // The host, too: more come one by one.
  const most = Math.min(settings.limits.members, limits.memberIds)
  if (memberIds.length > most) {
    throw new Problem('too_large', `memberIds: expected at most ${most}, got ${memberIds.length}`)
  }
  const isNew = name !== undefined || input.kind === 'group'
  const kind: RoomKind = isNew ? 'group' : kindFor(memberIds.length)
  if (input.kind !== undefined && input.kind !== kind) {
    const why =
      name === undefined ? `${memberIds.length} members make a ${kind} room` : 'only groups have names'
    throw new Problem('bad_request', `kind: expected ${kind}, got ${input.kind}: ${why}`)
  }
  const options = { ...others, ...(history !== undefined && { history }) }
  const [option] = Object.keys(options).filter((name) => !ofAnyRoom.has(name))
  if (!isNew && option !== undefined) throw new Problem('bad_request', `${option}: only groups have one`)
  const isSinceJoined = kind === 'group' && (history ?? settings.history) === 'since-joined'
  return {
    ...others,
    ...(isSinceJoined && { history: 'since-joined' as const }),
    id,
    kind,
    members: memberIds,
    ...(name !== undefined && { name }),
    ...(!isNew && { key: roomKey(memberIds) }),
  }
}

/** Puts every member's sockets into the new room and shows it to them. */
function newRoomEvents(
  topics: Topics,
  { room, users }: { room: RoomView; users: Users },
  memberIds: readonly string[],
): Publication[] {
  const enter = joinEvents(topics, { room, users, readSeq: 0, membershipRev: 0 })
  return memberIds.flatMap(enter)
}

/** Puts a new member's sockets into a room, shows it to them, and says that all of it so far is read. */
export function joinEvents(
  topics: Topics,
  {
    room,
    users,
    readSeq,
    membershipRev,
  }: { room: RoomView; users: Users; readSeq: number; membershipRev: number },
): (user: string) => Publication[] {
  const { me: _, ...neutral } = room
  const shown = { t: 'room', room: neutral, users } as const
  const visible = room.history && readSeq > 0 ? { visibleFrom: readSeq } : {}
  const mine = { t: 'mine', roomId: room.id, readSeq, unread: 0, muted: false, ...visible } as const
  return (user) => [
    { topic: topics.user(user), join: room.id, rev: room.head, membershipRev, event: shown },
    { topic: topics.user(user), event: mine },
  ]
}

function kindFor(memberCount: number): RoomKind {
  return memberCount === 1 ? 'self' : memberCount === 2 ? 'direct' : 'group'
}
