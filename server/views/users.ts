import { type Context, Hono } from 'hono'
import type { Caller } from '../commands/caller.ts'
import { type RequestContext, wholeNumber } from '../http/context.ts'
import { says, usersOrOne } from '../http/described.ts'
import { answerRead } from '../http/reads.ts'
import { isGuestId } from '../protocol/guests.ts'
import { limits } from '../protocol/limits.ts'
import { parse } from '../protocol/parse.ts'
import { Problem } from '../protocol/problems.ts'
import { UserAnswer, UserId, type UsersPage } from '../protocol/views.ts'
import { lastSeenFor } from './presence.ts'

const found = {
  summary: 'Users by name, as far as the directory of the site shows them',
  ...usersOrOne,
}

/** Users by name, as far as the tenant's directory shows them, and one of them. */
export const users = new Hono<RequestContext>()
  .get('/users', says(found), async (c) => {
    const { caller } = c.var
    // No URL has a path that ends in `.` or `..`, and users may be called so.
    const userId = c.req.query('userId')
    if (userId !== undefined) return answerUser(c, userId)
    // Whom a guest may write to, the site says.
    const directory = isGuestId(caller.me.id) ? 'none' : caller.tenant.settings.directory
    const limit = wholeNumber(c, 'limit', { min: 1, max: limits.page }) ?? limits.listDefault
    const query = (c.req.query('q') ?? '').slice(0, limits.nameChars)
    const cursor = c.req.query('cursor')
    if (directory === 'none') return answerRead<UsersPage>(c, { users: [] }, 0)
    const { examined, ...found } = await caller.store.searchUsers({
      query,
      limit,
      ...(cursor !== undefined && { cursor }),
      ...(directory === 'shared' && { sharingWith: caller.me.id }),
    })
    // Guests come in any number, and are found where they are.
    const users = found.users.filter(({ id }) => !isGuestId(id))
    return answerRead<UsersPage>(c, { ...found, users }, examined)
  })
  .get('/users/:userId', says({ summary: 'One user', answer: UserAnswer }), (c) =>
    answerUser(c, c.req.param('userId')),
  )

async function answerUser(c: Context<RequestContext>, userId: string): Promise<Response> {
  const { caller } = c.var
  const id = parse(UserId, userId)
  const closeness = await closenessOf(caller, id)
  const isOfGuest = isGuestId(id) || isGuestId(caller.me.id)
  const isFound =
    closeness === 'small' || (isOfGuest ? closeness === 'large' : isInDirectory(caller, closeness))
  const user = isFound ? await caller.store.findUser(id) : undefined
  if (!user) throw new Problem('not_found', 'no such user')
  // As with presence: in larger rooms one does not know each other.
  const lastSeenAt = closeness === 'small' ? await lastSeenFor(caller, id) : undefined
  const details = await caller.store.readDetails(id)
  const more = {
    ...(lastSeenAt !== undefined && { lastSeenAt }),
    ...details,
  }
  return answerRead<UserAnswer>(c, { ...user, ...more }, 1)
}

/** Of so many people it is known whether they share a small room with the caller. */
const mostCompanions = 10_000

/** What the caller shares with a user: a small room, only larger ones, or none. */
type Closeness = 'small' | 'large' | 'none'

async function closenessOf({ me, store }: Caller, id: string): Promise<Closeness> {
  if (id === me.id) return 'small'
  const companions = await store.findCompanions([me.id], { rooms: limits.rooms, people: mostCompanions })
  if (companions.get(me.id)?.includes(id)) return 'small'
  return (await store.filterSharing(me.id, [id])).has(id) ? 'large' : 'none'
}

function isInDirectory({ tenant }: Caller, closeness: Closeness): boolean {
  const { directory } = tenant.settings
  return directory === 'all' || (directory === 'shared' && closeness === 'large')
}
