import { Problem } from '../protocol/problems.ts'
import type { RoomAnswer, SystemView, Users } from '../protocol/views.ts'
import { systemText } from '../rules/system-text.ts'
import type { AlteredRoom, RoomChange } from '../store/store.ts'
import { onlyNamed, usersIn } from '../store/users-in.ts'
import { type Caller, expecting, permit } from './caller.ts'
import type { Command, Outcome, Publication, Reply, Tools } from './command.ts'
import { requireContact } from './contact.ts'
import { withoutMerged } from './guests.ts'
import { joinEvents } from './open.ts'
import type { RoomWish } from './room-options.ts'

/** Gives a group another name. */
export const rename: Command<'rename'> = (caller, { roomId, name }, tools) =>
  changeRoom(caller, roomId, { kind: 'rename', name }, tools)

/** Says what a group is for. */
export const describe: Command<'describe'> = async (caller, { roomId, description }, tools) => {
  const outcome = await changeRoom(caller, roomId, { kind: 'describe', description }, tools)
  return { ...outcome, created: false }
}

/** Says who writes in a group, how often, and what of the time before members see who come. */
export const configure: Command<'configure'> = (caller, { roomId, ...settings }, tools) =>
  changeRoom(caller, roomId, { kind: 'configure', settings }, tools)

async function changeRoom(
  caller: Caller,
  room: string,
  wish: RoomWish,
  tools: Tools,
): Promise<Outcome<'rename' | 'describe' | 'configure'>> {
  await permit(caller, wish.kind, room)
  const change = { ...wish, room, ...counted(caller, tools), ...wishMessage(caller, tools, wish) }
  return answer(caller, room, await alter(caller, change, tools))
}

/** The message about it. */
export function wishMessage(caller: Caller, tools: Tools, wish: RoomWish): Said {
  if (wish.kind === 'rename') {
    const { name } = wish
    return systemMessageOf(caller, tools, { event: 'renamed', ...(name !== null && { name }) })
  }
  if (wish.kind === 'configure')
    return systemMessageOf(caller, tools, { event: 'configured', settings: wish.settings })
  const about = wish.description === null ? 'took the description away' : 'changed the description'
  return systemMessageOf(caller, tools, { event: 'described' }, about)
}

/** Adds a user, or gives a member another role. */
export const setMember: Command<'setMember'> = async (caller, { roomId, userId: wanted, role }, tools) => {
  await permit(caller, 'add', roomId)
  const [userId = wanted] = await withoutMerged(tools.store, [wanted])
  if (!(await caller.store.isMember(roomId, userId))) await requireContact(caller, [userId])
  const { members: most, addedMembersPerHour: mostAdded } = caller.tenant.settings.limits
  const name = await nameOf(caller, userId)
  const added = systemMessageOf(caller, tools, { event: 'added', userId }, name)
  const change = {
    kind: 'add',
    room: roomId,
    user: userId,
    most,
    ...(tools.isLimited && { mostAdded }),
    ...(role !== undefined && { role }),
    ...added,
  } as const
  const events = await alter(caller, change, tools)
  if (role === undefined || events.length > 0) return answer(caller, roomId, events)
  const system = { event: role === 'owner' ? 'promoted' : 'demoted', userId } as const
  const systemMessage = systemMessageOf(caller, tools, system, name)
  const given = await alter(
    caller,
    {
      ...{ kind: 'set-role', room: roomId, user: userId, role },
      ...counted(caller, tools),
      ...systemMessage,
    },
    tools,
  )
  return { ...(await answer(caller, roomId, given)), created: false }
}

/** Comes into an open group, or into one by its link. */
export const join: Command<'join'> = async (caller, { roomId, code }, tools) => {
  const { features, limits } = caller.tenant.settings
  // As for a link that opens nothing.
  if (code !== undefined && !features.joinLinks) throw new Problem('not_found', 'no such room')
  const { members: most } = limits
  const user = caller.me.id
  const joined = systemMessageOf(caller, tools, { event: 'joined' })
  const byLink = code === undefined ? {} : { code }
  const change = { kind: 'join', room: roomId, user, ...byLink, most, ...joined } as const
  return answer(caller, roomId, await alter(caller, change, tools))
}

/** Removes a member; oneself, one leaves. */
export const removeMember: Command<'removeMember'> = async (caller, { roomId, userId }, tools) => {
  const isMe = userId === caller.me.id
  await permit(caller, isMe ? 'leave' : 'remove', roomId)
  const system: SystemView = isMe ? { event: 'left' } : { event: 'removed', userId }
  const systemMessage = systemMessageOf(
    caller,
    tools,
    system,
    isMe ? undefined : await nameOf(caller, userId),
  )
  return removed(caller, { kind: 'remove', room: roomId, user: userId, ...systemMessage }, tools)
}

async function removed(
  caller: Caller,
  change: RoomChange,
  { store }: Tools,
): Promise<Outcome<'removeMember' | 'removeMemberByHost'>> {
  const users = await namesFor(caller, change)
  // Not by `alter`: after a further await, a message written after the commit could be delivered before `gone`, to the
  // member who is out.
  const altered = await store.alterRoom(change)
  return { reply: {}, created: !!altered, events: newsOf(caller, { change, users, altered }) }
}

/**
 * As `setMember`, by the host, whom no permission holds. Where the caller is the user themselves, they came by themselves, as
 * far as members can know.
 */
export const setMemberByHost: Command<'setMemberByHost'> = async (
  caller,
  { roomId, userId, role },
  tools,
) => {
  const isMe = userId === caller.me.id
  const { members: most } = caller.tenant.settings.limits
  const name = await nameOf(caller, userId)
  const { systemMessage: come } = isMe
    ? systemMessageOf(caller, tools, { event: 'joined' })
    : systemMessageOf(caller, tools, { event: 'added', userId }, name)
  const wish = { room: roomId, user: userId }
  const add = {
    kind: 'add',
    ...wish,
    most,
    ...(role !== undefined && { role }),
    systemMessage: come,
  } as const
  const events = await alter(caller, add, tools)
  if (role === undefined || events.length > 0) return hostAnswer(caller, roomId, events)
  const system = { event: role === 'owner' ? 'promoted' : 'demoted', userId } as const
  const { systemMessage } = systemMessageOf(caller, tools, system, name)
  const given = await alter(caller, { kind: 'set-role', ...wish, role, systemMessage }, tools)
  return { ...(await hostAnswer(caller, roomId, given)), created: false }
}

/** As `removeMember`, by the host. */
export const removeMemberByHost: Command<'removeMemberByHost'> = async (
  caller,
  { roomId, userId },
  tools,
) => {
  const isMe = userId === caller.me.id
  const name = isMe ? undefined : await nameOf(caller, userId)
  const system: SystemView = isMe ? { event: 'left' } : { event: 'removed', userId }
  const { systemMessage } = systemMessageOf(caller, tools, system, name)
  return removed(caller, { kind: 'remove', room: roomId, user: userId, systemMessage }, tools)
}

/** As text that the caller sends. */
function counted({ tenant }: Caller, { isLimited }: Tools): { mostTextBytes?: number } {
  return isLimited ? { mostTextBytes: tenant.settings.limits.textBytesPerDay } : {}
}

async function nameOf({ store }: Caller, user: string): Promise<string> {
  return (await store.findUser(user))?.name ?? user
}

type Said = Pick<RoomChange, 'by' | 'systemMessage'>

/** The message that members read. */
function systemMessageOf({ me }: Caller, { newId }: Tools, system: SystemView, about = ''): Said {
  // Which settings changed is known when they have: the store says that.
  const { settings: _, ...said } = system
  const text = systemText(said, me.name, { about, isSelf: system.userId === me.id })
  return { by: me.id, systemMessage: { id: newId(), authorId: me.id, text, system } }
}

/** Changes the room, and says to whom that is news: nothing when it changed nothing. */
export async function alter(caller: Caller, change: RoomChange, { store }: Tools): Promise<Publication[]> {
  const users = await namesFor(caller, change)
  return newsOf(caller, {
    change,
    users,
    altered: await store.alterRoom({ ...change, ...expecting(caller) }),
  })
}

/**
 * Asked before the change: what happened is published without another look at the store, ahead of what happens next.
 */
async function namesFor({ store }: Caller, { room, systemMessage }: RoomChange): Promise<Users> {
  const before = await store.findRoom(room)
  return usersIn(store, { rooms: before ? [before] : [], messages: [systemMessage] })
}

type GroupNews = {
  readonly change: RoomChange
  readonly users: Users
  readonly altered: AlteredRoom | undefined
}

function newsOf({ me, topics }: Caller, { change, users: asked, altered }: GroupNews): Publication[] {
  if (!altered) return []
  const { room, message, membershipRev } = altered
  // Whom the message before this one named is no matter of those who may not see it.
  const users = onlyNamed(asked, { rooms: [room] })
  const topic = topics.room(room.id)
  const news: Publication[] = [
    { topic, changed: topic, rev: room.rev, membershipRev, event: { t: 'room', room, users } },
    { topic, changed: topic, rev: message.rev, membershipRev, event: { t: 'message', message, user: me } },
  ]
  if (change.kind === 'add' || change.kind === 'join')
    return [...news, ...joinEvents(topics, { room, users, readSeq: message.seq, membershipRev })(change.user)]
  if (change.kind !== 'remove') return news
  const gone = { t: 'gone', roomId: room.id } as const
  return [{ topic: topics.user(change.user), leave: room.id, event: gone }, ...news]
}

/** The room as nobody of it sees it in particular. */
async function hostAnswer(
  { store }: Caller,
  id: string,
  events: readonly Publication[],
): Promise<Outcome<'setMemberByHost'>> {
  const room = await store.findRoom(id)
  if (!room) throw new Problem('not_found', 'no such room')
  return {
    reply: { ...room, users: await usersIn(store, { rooms: [room] }) },
    created: events.length > 0,
    events,
  }
}

async function answer<N extends 'rename' | 'describe' | 'configure' | 'join' | 'setMember'>(
  { me, store }: Caller,
  id: string,
  events: readonly Publication[],
): Promise<Outcome<N>> {
  const room = await store.findRoom(id, me.id)
  if (!room) throw new Problem('not_found', 'no such room')
  const users = await usersIn(store, { rooms: [room] })
  const reply: RoomAnswer = { ...room, users }
  return { reply: reply as Reply<N>, created: events.length > 0, events }
}
