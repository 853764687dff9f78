/**
 * What the site's own server asks by a key, for nobody in particular: its users, all rooms and who is in them. With
 * `Chatter-User` a key asks as that user instead, on the routes of users.
 */
import { type Context, type Handler, Hono } from 'hono'
import * as v from 'valibot'
import type { Caller } from '../commands/caller.ts'
import { createRoomFor } from '../commands/create-room.ts'
import { deleteRoomFor, removeMemberFor, setMemberFor } from '../commands/members-by-host.ts'
import { roomOptions } from '../commands/room-options.ts'
import type { Run } from '../commands/run.ts'
import { saveProfile } from '../commands/save-profile.ts'
import { deleteFromSiteFor, editFromSiteFor, sendFromSiteFor } from '../commands/site-message-by-host.ts'
import { updateRoomFor } from '../commands/update-room.ts'
import { limits } from '../protocol/limits.ts'
import { parse } from '../protocol/parse.ts'
import { Problem } from '../protocol/problems.ts'
import {
  MembersPage,
  MessageAnswer,
  MessageView,
  Page,
  RoomAnswer,
  RoomsPage,
  UserAnswer,
  UserId,
  Uuid,
} from '../protocol/views.ts'
import { type KeyScope, mayDo } from '../rules/keys.ts'
import { revTag, userTag } from '../rules/preconditions.ts'
import { toProfile } from '../rules/profiles.ts'
import { SiteBody, SiteChange } from '../rules/site-message.ts'
import type { Profile, StoreReads } from '../store/store.ts'
import { exportUser, UserExportLine } from '../store/user-export.ts'
import { usersIn } from '../store/users-in.ts'
import { jsonOf } from './commands.ts'
import { positionOf, type RequestContext, wholeNumber } from './context.ts'
import { type Description, described, paging, placing, textParameter, usersOrOne } from './described.ts'
import { expectationIn } from './if-match.ts'
import { requireScope } from './keys.ts'
import type { LineAnswers } from './lines.ts'
import type { SignOuts } from './sign-outs.ts'

export type SiteHost = {
  readonly run: Run
  readonly store: StoreReads
  readonly siteName: string
  callerOf(user: Profile): Caller
}

const pageSize = { min: 1, max: limits.page }

const about = <T extends v.GenericSchema>(schema: T, text: string) => v.pipe(schema, v.description(text))
const textOf = (text: string) => v.exactOptional(about(v.string(), text))
const profile = {
  name: textOf('what others call them'),
  avatarUrl: textOf('the address of a picture, https'),
  about: textOf('what there is to say about them, in one line; empty: nothing'),
  timeZone: textOf('where they are, by its name in the IANA database; empty: not said'),
  // As it is: what may be in it, `toProfile` says.
  data: v.exactOptional(
    about(
      v.custom<NonNullable<Profile['data']> | null>(() => true),
      'what the site keeps with them: a JSON object',
    ),
  ),
}
const UserBody = v.object({
  ...profile,
  disabled: v.exactOptional(about(v.boolean(), 'nobody signs in as them')),
})
const DisconnectBody = v.object({
  revokeTokens: v.exactOptional(about(v.boolean(), 'no token that was issued until now is good any more')),
})
const Member = v.union(
  [UserId, v.object({ id: UserId, ...profile })],
  'expected a user id, or a user with an id',
)
const roomFields = {
  members: about(
    v.pipe(v.array(Member), v.minLength(1, 'expected at least one'), v.maxLength(limits.members)),
    'ids, or users with their `id`; the first one owns the room',
  ),
  id: v.exactOptional(about(Uuid, "the new room's id, so that a retry makes no second one")),
  kind: v.exactOptional(v.picklist(['self', 'direct', 'group'])),
  name: v.exactOptional(v.string()),
}
/** The other fields are read where rooms are made. */
const RoomBody = v.looseObject(roomFields)
const MemberBody = v.object({
  role: v.exactOptional(v.picklist(['owner', 'member'])),
  by: v.exactOptional(about(UserId, 'who added them, as members read it')),
  ...profile,
})

const RoomChange = v.object({
  ...roomOptions,
  by: v.exactOptional(about(UserId, 'whom the messages about it name; absent: an owner')),
})

const listUsers = { summary: 'All users by name, or those whom `q` finds', ...usersOrOne }
const openRoom = {
  summary: 'Open a room for users, who need not have signed in yet',
  about:
    'The room for exactly these `members`, found (200) or made (201); with a name, or of the kind `group`, a new one each time, unless `id`, a UUID of yours, says that it is the same. Unknown users are made; with the scope `users` those who are there are changed. The first one owns it.',
  body: v.object({ ...roomOptions, ...roomFields }),
  answer: RoomAnswer,
  makes: true,
} as const
const listRooms = {
  summary: 'All rooms by their ids, or those of a user, latest activity first',
  query: {
    userId: textParameter('only rooms of this user, whose `me` is in them'),
    ...paging(limits.listDefault),
  },
  answer: RoomsPage,
}
const changeRoom = {
  summary: 'Change what a group is called, shows and permits',
  about:
    'What is left out stays as it is; `null` takes it away. `by` is the user whom the messages about it name, else an owner.',
  body: RoomChange,
  answer: RoomAnswer,
  matches: true,
} as const
const sendAsSite = {
  summary: 'Say something as the site, under an id of your own',
  about: 'The same again is the same message.',
  body: SiteBody,
  answer: MessageView,
  makes: true,
  matches: true,
} as const
const editOfSite = {
  summary: 'Change what the site said',
  about: 'What is left out stays; `null` takes it away.',
  body: SiteChange,
  answer: MessageView,
  matches: true,
} as const
const deleteOfSite = {
  summary: 'Delete what the site said: a tombstone stays',
  answer: MessageView,
  matches: true,
} as const
const listMembers = {
  summary: 'Who is in a room',
  query: paging(limits.pageDefault),
  answer: MembersPage,
}
const readHistory = { summary: 'A page of the history of a room', query: placing, answer: Page }

type SiteTools = {
  readonly signOuts: SignOuts
  readonly lineAnswers: LineAnswers
  eraseUser(user: string, tenant: string): Promise<void>
}

export function site(
  hostOf: (tenant: string) => SiteHost,
  { signOuts, lineAnswers, eraseUser }: SiteTools,
): Hono<RequestContext> {
  /** For a key that asks for no user; whoever else asks goes on to the routes behind. */
  const only = (
    scope: KeyScope,
    description: Description,
    answer: (c: Context<RequestContext>, host: SiteHost) => Promise<Response>,
  ): Handler<RequestContext> =>
    described(
      async (c, next) => {
        if (c.var.caller || !c.var.key) return next()
        requireScope(c, scope)
        const host = hostOf(c.var.tenant.id)
        const expected = expectationIn(c, description.matches === true)
        const callerOf = (user: Profile) => ({ ...host.callerOf(user), ...expected })
        return answer(c, { ...host, callerOf })
      },
      { ...description, for: 'site', scope },
    )

  const putUserSays = {
    summary: 'Make a user, or change what is known of them',
    about:
      'What is left out stays; an empty `about` or `timeZone` takes it away. Nobody signs in as a user who is `disabled`; what they wrote stays.',
    body: UserBody,
    answer: UserAnswer,
    makes: true,
    matches: true,
  } as const
  const putUser = only('users', putUserSays, async (c, { run, store, callerOf }) => {
    const id = userIn(c)
    const given = parse(UserBody, await jsonOf(c))
    const isNew = !(await store.findUser(id))
    const { disabled, ...said } = given
    const user = await saveProfile(run, callerOf({ id }), toProfile({ id, ...said }))
    const details = await store.readDetails(id)
    if (disabled !== undefined)
      await signOuts.add({ tenant: c.var.tenant.id, user: id, isDisabled: disabled, isEnabled: !disabled })
    const answer = { ...user, ...details }
    c.header('ETag', userTag(answer))
    return c.json(answer, isNew ? 201 : 200)
  })
  const disconnectSays = {
    summary: 'End what a user has open, on all servers within two seconds',
    about: 'With `revokeTokens` no token that was issued until now is good any more.',
    body: DisconnectBody,
  }
  const disconnect = only('users', disconnectSays, async (c) => {
    const { revokeTokens = false } = parse(DisconnectBody, await optionalJsonOf(c))
    await signOuts.add({ tenant: c.var.tenant.id, user: userIn(c), isRevoking: revokeTokens })
    return c.body(null, 204)
  })
  const deleteUserSays = {
    summary: 'Erase a user for good',
    about:
      'From then on nobody signs in as them; what they wrote and were follows in the background. Again: the same. For 25 hours and 4 minutes after the end of it a user of this id is `forbidden`.',
  }
  const deleteUser = only('users', deleteUserSays, async (c) => {
    await eraseUser(userIn(c), c.var.tenant.id)
    return c.body(null, 204)
  })
  const exportSays = {
    summary: 'All that is kept of a user, and what they wrote',
    about:
      'Lines of JSON, and nothing of what others wrote. The last has the `type` `end`: without it the export is not whole. Spaces may stand before a line: a sign of life while nothing is found. One at a time for each site.',
    query: { userId: about(UserId, 'whose') },
    line: UserExportLine,
  }
  const exportOne = only('read', exportSays, (c, { store }) =>
    lineAnswers.answer(c, exportUser(store, c.var.tenant.id, userIn(c))),
  )
  const putMemberSays = {
    summary: 'Bring a user into a group, or give a member another role',
    about: 'They joined, as members read it, or `by` added them. Who is not known yet is made.',
    body: MemberBody,
    answer: RoomAnswer,
    makes: true,
  } as const
  const putMember = only('rooms', putMemberSays, async (c, host) => {
    const { role, by, ...given } = parse(MemberBody, await jsonOf(c))
    const [user = { id: userIn(c) }] = await asPermitted(c, host.store, [{ id: userIn(c), ...given }])
    const member = { room: roomIn(c), user, ...(role && { role }), ...(by !== undefined && { by }) }
    const { room, created } = await setMemberFor(host, member)
    return c.json(room, created ? 201 : 200)
  })
  const deleteMemberSays = {
    summary: 'Take a member out of a group',
    about: 'They left, as members read it, or `by` removed them.',
    query: { by: v.exactOptional(v.pipe(UserId, v.description('who removed them'))) },
  }
  const deleteMember = only('rooms', deleteMemberSays, async (c, host) => {
    const by = c.req.query('by')
    await removeMemberFor(host, { room: roomIn(c), user: userIn(c), ...(by !== undefined && { by }) })
    return c.body(null, 204)
  })
  const getUser = async (c: Context<RequestContext>, { store }: SiteHost) => {
    const id = userIn(c)
    const user = await store.findUser(id)
    if (!user) throw new Problem('not_found', `no user ${JSON.stringify(id)}`)
    const { [id]: lastSeenAt } = await store.readLastSeen([id])
    const details = await store.readDetails(id)
    c.header('ETag', userTag({ ...user, ...details }))
    return c.json({ ...user, ...(lastSeenAt !== undefined && { lastSeenAt }), ...details })
  }

  /** Where a user asks as themselves, the commands of users answer. */
  const putMessage = only('messages', sendAsSite, async (c, host) => {
    const { message, created } = await sendFromSiteFor(host, { ...(await jsonOf(c)), ...messageIn(c) })
    c.header('ETag', revTag(message.rev))
    return c.json(message, created ? 201 : 200)
  })
  const patchMessage = only('messages', editOfSite, async (c, host) =>
    taggedJson(c, await editFromSiteFor(host, { ...(await jsonOf(c)), ...messageIn(c) })),
  )
  const deleteMessage = only('messages', deleteOfSite, async (c, host) =>
    taggedJson(c, await deleteFromSiteFor(host, messageIn(c))),
  )

  return new Hono<RequestContext>()
    .put('/rooms/:roomId/messages/:messageId', putMessage)
    .patch('/rooms/:roomId/messages/:messageId', patchMessage)
    .delete('/rooms/:roomId/messages/:messageId', deleteMessage)
    .put('/users', putUser, forSiteOnly)
    .put('/users/:userId', putUser, forSiteOnly)
    .get(
      '/users',
      only('read', listUsers, async (c, host) => {
        if (c.req.query('userId') !== undefined) return getUser(c, host)
        const query = (c.req.query('q') ?? '').slice(0, limits.nameChars)
        const { examined: _, ...found } = await host.store.searchUsers({
          query,
          ...pageOf(c, limits.listDefault),
        })
        return c.json(found)
      }),
    )
    .get('/users/:userId', only('read', { summary: 'One user', answer: UserAnswer }, getUser))
    .get('/export', exportOne, forSiteOnly)
    .delete('/users', deleteUser, forSiteOnly)
    .delete('/users/:userId', deleteUser, forSiteOnly)
    .post('/users/disconnect', disconnect, forSiteOnly)
    .post('/users/:userId/disconnect', disconnect, forSiteOnly)
    .post(
      '/rooms',
      only('rooms', openRoom, async (c, host) => {
        const { members, ...room } = parse(RoomBody, await jsonOf(c))
        const given = members.map((member) => (typeof member === 'string' ? { id: member } : member))
        const users = await asPermitted(c, host.store, given)
        const id = c.var.newId
        const made = await createRoomFor(host, users, { ...(id !== undefined && { id }), ...room })
        c.header('ETag', revTag(made.room.rev))
        return c.json(made.room, made.created ? 201 : 200)
      }),
    )
    .get(
      '/rooms',
      only('read', listRooms, async (c, { store }) => {
        const user = c.req.query('userId')
        const asked = pageOf(c, limits.listDefault)
        const page = await (user === undefined
          ? store.listAllRooms(asked)
          : store.listRooms(parse(UserId, user), asked))
        return c.json({ ...page, users: await usersIn(store, page), more: page.cursor !== undefined })
      }),
    )
    .get(
      '/rooms/:roomId',
      only('read', { summary: 'One room', answer: RoomAnswer }, async (c, { store }) => {
        const room = await found(store, roomIn(c))
        return taggedJson(c, { ...room, users: await usersIn(store, { rooms: [room] }) })
      }),
    )
    .patch(
      '/rooms/:roomId',
      only('rooms', changeRoom, async (c, host) => {
        const { by, ...change } = await jsonOf(c)
        const author = by === undefined ? {} : { by: parse(UserId, by) }
        return taggedJson(c, await updateRoomFor(host, { ...change, id: roomIn(c), ...author }))
      }),
    )
    .delete(
      '/rooms/:roomId',
      only('rooms', { summary: 'Delete a group and its history, for everybody' }, async (c, host) => {
        await deleteRoomFor(host, { room: roomIn(c) })
        return c.body(null, 204)
      }),
    )
    .get(
      '/rooms/:roomId/members',
      only('read', listMembers, async (c, { store }) => {
        const { id } = await found(store, roomIn(c))
        const page = await store.listMembers(id, pageOf(c, limits.pageDefault))
        return c.json({ ...page, users: await store.findUsers(page.members.map(({ userId }) => userId)) })
      }),
    )
    .put('/rooms/:roomId/members', putMember)
    .put('/rooms/:roomId/members/:userId', putMember)
    .delete('/rooms/:roomId/members', deleteMember)
    .delete('/rooms/:roomId/members/:userId', deleteMember)
    .get(
      '/rooms/:roomId/messages',
      only('read', readHistory, async (c, { store }) => {
        const { id } = await found(store, roomIn(c))
        const limit = wholeNumber(c, 'limit', pageSize) ?? limits.pageDefault
        const page = await store.readPage(id, positionOf(c), limit)
        return c.json({
          ...page,
          users: await usersIn(store, { messages: page.messages }),
          epoch: store.epoch,
        })
      }),
    )
    .get(
      '/rooms/:roomId/messages/:messageId',
      only('read', { summary: 'One message', answer: MessageAnswer }, async (c, { store }) => {
        const { id } = await found(store, roomIn(c))
        const message = await store.findMessage(id, c.req.param('messageId') ?? '')
        if (!message) throw new Problem('not_found', 'no such message')
        return taggedJson(c, { ...message, users: await usersIn(store, { messages: [message] }) })
      }),
    )
}

/** Of a room or a message. */
function taggedJson<T extends { readonly rev: number }>(c: Context, answer: T): Response {
  c.header('ETag', revTag(answer.rev))
  return c.json(answer)
}

/** Whoever makes rooms makes users whom nobody knows yet. To change those who are there takes the scope of users. */
async function asPermitted(
  { var: { key } }: Context<RequestContext>,
  store: StoreReads,
  given: readonly Profile[],
): Promise<readonly Profile[]> {
  if (!key || mayDo(key, 'users')) return given
  const known = await store.findUsers(given.map(({ id }) => id))
  return given.map((user) => (known[user.id] ? { id: user.id } : user))
}

/** @throws Problem `forbidden` for who asks as a user */
const forSiteOnly: Handler<RequestContext> = () => {
  throw new Problem('forbidden', 'expected a key of the site, and no Chatter-User')
}

const optionalJsonOf = (c: Context) => (c.req.header('content-type') === undefined ? {} : jsonOf(c))

/** Of the path, or of the query: no URL has a path that ends in `.` or `..`, and users may be called so. */
const Named = v.object({ userId: UserId })
const userIn = (c: Context) =>
  parse(Named, { userId: c.req.param('userId') ?? c.req.query('userId') ?? '' }).userId
const roomIn = (c: Context) => c.req.param('roomId') ?? ''
const messageIn = (c: Context) => ({ room: roomIn(c), id: c.req.param('messageId') ?? '' })

async function found(store: StoreReads, id: string) {
  const room = await store.findRoom(id)
  if (room) return room
  throw new Problem('not_found', 'no such room')
}

function pageOf(c: Context, usual: number): { limit: number; cursor?: string } {
  const cursor = c.req.query('cursor')
  return { limit: wholeNumber(c, 'limit', pageSize) ?? usual, ...(cursor !== undefined && { cursor }) }
}
