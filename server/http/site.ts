/**
 * What the site's own server asks by a key, for nobody in particular: its users, all rooms and who is in them. With
 * `Chatter-User` a key asks as that user instead, on the routes of users.
 */
import { type Context, type Handler, Hono } from 'hono'
import * as v from 'valibot'
import type { Caller } from '../commands/caller.ts'
import { createRoomFor } from '../commands/create-room.ts'
import { deleteRoomFor, removeMemberFor, setMemberFor } from '../commands/members-by-host.ts'
import type { Run } from '../commands/run.ts'
import { saveProfile } from '../commands/save-profile.ts'
import { deleteFromSiteFor, editFromSiteFor, sendFromSiteFor } from '../commands/site-message-by-host.ts'
import { updateRoomFor } from '../commands/update-room.ts'
import { limits } from '../protocol/limits.ts'
import { parse } from '../protocol/parse.ts'
import { Problem } from '../protocol/problems.ts'
import { UserId, Uuid } from '../protocol/views.ts'
import { type KeyScope, mayDo } from '../rules/keys.ts'
import { toProfile } from '../rules/profiles.ts'
import type { Profile, StoreReads } from '../store/store.ts'
import { usersIn } from '../store/users-in.ts'
import { jsonOf } from './commands.ts'
import { positionOf, type RequestContext, wholeNumber } from './context.ts'
import { requireScope } from './keys.ts'
import type { SignOuts } from './sign-outs.ts'

export type SiteHost = {
  readonly run: Run
  readonly store: StoreReads
  readonly siteName: string
  callerOf(user: Profile): Caller
}

const pageSize = { min: 1, max: limits.page }

const profile = {
  name: v.exactOptional(v.string()),
  avatarUrl: v.exactOptional(v.string()),
  about: v.exactOptional(v.string()),
  timeZone: v.exactOptional(v.string()),
  // As it is: what may be in it, `toProfile` says.
  data: v.exactOptional(v.custom<NonNullable<Profile['data']> | null>(() => true)),
}
const UserBody = v.object({ ...profile, disabled: v.exactOptional(v.boolean()) })
const DisconnectBody = v.object({ revokeTokens: v.exactOptional(v.boolean()) })
const Member = v.union(
  [UserId, v.object({ id: UserId, ...profile })],
  'expected a user id, or a user with an id',
)
const RoomBody = v.looseObject({
  members: v.pipe(v.array(Member), v.minLength(1, 'expected at least one'), v.maxLength(limits.members)),
  id: v.exactOptional(Uuid),
  kind: v.exactOptional(v.picklist(['self', 'direct', 'group'])),
  name: v.exactOptional(v.string()),
})
const MemberBody = v.object({
  role: v.exactOptional(v.picklist(['owner', 'member'])),
  by: v.exactOptional(UserId),
  ...profile,
})

export function site(hostOf: (tenant: string) => SiteHost, signOuts: SignOuts): Hono<RequestContext> {
  /** For a key that asks for no user; whoever else asks goes on to the routes behind. */
  const only =
    (
      scope: KeyScope,
      answer: (c: Context<RequestContext>, host: SiteHost) => Promise<Response>,
    ): Handler<RequestContext> =>
    async (c, next) => {
      if (c.var.caller || !c.var.key) return next()
      requireScope(c, scope)
      return answer(c, hostOf(c.var.tenant.id))
    }

  const putUser = only('users', async (c, { run, store, callerOf }) => {
    const id = userIn(c)
    const given = parse(UserBody, await jsonOf(c))
    const isNew = !(await store.findUser(id))
    const { disabled, ...said } = given
    const user = await saveProfile(run, callerOf({ id }), toProfile({ id, ...said }))
    const details = await store.readDetails(id)
    if (disabled !== undefined)
      await signOuts.add({ tenant: c.var.tenant.id, user: id, isDisabled: disabled, isEnabled: !disabled })
    return c.json({ ...user, ...details }, isNew ? 201 : 200)
  })
  const disconnect = only('users', async (c) => {
    const { revokeTokens = false } = parse(DisconnectBody, await optionalJsonOf(c))
    await signOuts.add({ tenant: c.var.tenant.id, user: userIn(c), isRevoking: revokeTokens })
    return c.body(null, 204)
  })
  const putMember = only('rooms', async (c, host) => {
    const { role, by, ...given } = parse(MemberBody, await jsonOf(c))
    const [user = { id: userIn(c) }] = await asPermitted(c, host.store, [{ id: userIn(c), ...given }])
    const member = { room: roomIn(c), user, ...(role && { role }), ...(by !== undefined && { by }) }
    const { room, created } = await setMemberFor(host, member)
    return c.json(room, created ? 201 : 200)
  })
  const deleteMember = only('rooms', async (c, host) => {
    const by = c.req.query('by')
    await removeMemberFor(host, { room: roomIn(c), user: userIn(c), ...(by !== undefined && { by }) })
    return c.body(null, 204)
  })
  const getUser = async (c: Context<RequestContext>, { store }: SiteHost) => {
    const id = userIn(c)
    const user = await store.findUser(id)
    if (!user) throw new Problem('not_found', `no user ${JSON.stringify(id)}`)
    const { [id]: lastSeenAt } = await store.readLastSeen([id])
    return c.json({
      ...user,
      ...(lastSeenAt !== undefined && { lastSeenAt }),
      ...(await store.readDetails(id)),
    })
  }

  /** Where a user asks as themselves, the commands of users answer. */
  const putMessage = only('messages', async (c, host) => {
    const { message, created } = await sendFromSiteFor(host, { ...(await jsonOf(c)), ...messageIn(c) })
    return c.json(message, created ? 201 : 200)
  })
  const patchMessage = only('messages', async (c, host) =>
    c.json(await editFromSiteFor(host, { ...(await jsonOf(c)), ...messageIn(c) })),
  )
  const deleteMessage = only('messages', async (c, host) =>
    c.json(await deleteFromSiteFor(host, messageIn(c))),
  )

  return new Hono<RequestContext>()
    .put('/rooms/:roomId/messages/:messageId', putMessage)
    .patch('/rooms/:roomId/messages/:messageId', patchMessage)
    .delete('/rooms/:roomId/messages/:messageId', deleteMessage)
    .put('/users', putUser, forSiteOnly)
    .put('/users/:userId', putUser, forSiteOnly)
    .get(
      '/users',
      only('read', async (c, host) => {
        if (c.req.query('userId') !== undefined) return getUser(c, host)
        const query = (c.req.query('q') ?? '').slice(0, limits.nameChars)
        const { examined: _, ...found } = await host.store.searchUsers({
          query,
          ...pageOf(c, limits.listDefault),
        })
        return c.json(found)
      }),
    )
    .get('/users/:userId', only('read', getUser))
    .post('/users/disconnect', disconnect, forSiteOnly)
    .post('/users/:userId/disconnect', disconnect, forSiteOnly)
    .post(
      '/rooms',
      only('rooms', async (c, host) => {
        const { members, ...room } = parse(RoomBody, await jsonOf(c))
        const given = members.map((member) => (typeof member === 'string' ? { id: member } : member))
        const users = await asPermitted(c, host.store, given)
        const made = await createRoomFor(host, users, room)
        return c.json(made.room, made.created ? 201 : 200)
      }),
    )
    .get(
      '/rooms',
      only('read', async (c, { store }) => c.json(await store.listAllRooms(pageOf(c, limits.listDefault)))),
    )
    .get(
      '/rooms/:roomId',
      only('read', async (c, { store }) => {
        const room = await found(store, roomIn(c))
        return c.json({ ...room, users: await usersIn(store, { rooms: [room] }) })
      }),
    )
    .patch(
      '/rooms/:roomId',
      only('rooms', async (c, host) => {
        const { by, ...change } = await jsonOf(c)
        const author = by === undefined ? {} : { by: parse(UserId, by) }
        return c.json(await updateRoomFor(host, { ...change, id: roomIn(c), ...author }))
      }),
    )
    .delete(
      '/rooms/:roomId',
      only('rooms', async (c, host) => {
        await deleteRoomFor(host, { room: roomIn(c) })
        return c.body(null, 204)
      }),
    )
    .get(
      '/rooms/:roomId/members',
      only('read', async (c, { store }) => {
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
      only('read', async (c, { store }) => {
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
      only('read', async (c, { store }) => {
        const { id } = await found(store, roomIn(c))
        const message = await store.findMessage(id, c.req.param('messageId') ?? '')
        if (!message) throw new Problem('not_found', 'no such message')
        return c.json({ ...message, users: await usersIn(store, { messages: [message] }) })
      }),
    )
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
const userIn = (c: Context) => parse(UserId, c.req.param('userId') ?? c.req.query('userId'))
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
