import { Problem } from '../protocol/problems.ts'
import type { UserView } from '../protocol/views.ts'
import type { Store } from '../store/store.ts'
import { fieldsInColumns, inJson } from './columns.ts'
import { allPages, listed, pageSize } from './pages.ts'

export type UserFlags = { readonly tenant?: string; readonly json?: boolean }

type Action = (store: Store, flags: UserFlags, id: string) => Promise<string>

/** What `chatter user` does, beside a running server too: what to print. Each throws Problem. */
export const userActions = { list, show } as const satisfies Record<string, Action>

async function list(store: Store, { json }: UserFlags): Promise<string> {
  const users = await allPages(async (cursor) => {
    const page = { query: '', limit: pageSize, ...(cursor !== undefined && { cursor }) }
    const found = await store.searchUsers(page)
    const seen = await store.readLastSeen(found.users.map(({ id }) => id))
    return { ...found, users: found.users.map((user) => ({ ...user, ...lastSeen(seen[user.id]) })) }
  }, 'users')
  const rows = users.map((user) => ({
    ...{ id: user.id, name: user.name, seen: user.lastSeenAt ?? '-' },
    guest: guestWord(user),
  }))
  return listed(users, rows, { json, none: 'No users.' })
}

async function show(store: Store, { json }: UserFlags, id: string): Promise<string> {
  const user = await store.findUser(id)
  if (!user) throw new Problem('not_found', `no user ${JSON.stringify(id)}`)
  const { [id]: seen } = await store.readLastSeen([id])
  const rooms = (await store.listMemberships(id)).length
  const shown = { ...user, ...lastSeen(seen), rooms }
  const { guest: _, ...fields } = { ...shown, ...(user.guest && { is: guestWord(user) }) }
  return json ? inJson(shown, 2) : fieldsInColumns(fields)
}

const guestWord = ({ guest, mergedInto }: UserView): string =>
  guest ? 'guest' : mergedInto === undefined ? '-' : `was ${mergedInto}`

const lastSeen = (at: string | undefined) => (at === undefined ? {} : { lastSeenAt: at })
