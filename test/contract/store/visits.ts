import type { Store } from '../../../server/store/store.ts'
import { aGroup, aRoom } from './a-world.ts'

// Ids from one small pool: tenants that use it meet each other's users, rooms and messages all the time.
export const users = ['mina', 'sam', 'lee', 'ada']
const uuid = (group: string, n: number) => `${group.repeat(8)}-0000-7000-8000-${String(n).padStart(12, '0')}`
export const rooms = [1, 2, 3].map((n) => uuid('a', n))
const messages = [1, 2, 3, 4].map((n) => uuid('b', n))
const words = ['hello', 'mina', 'sam lee', 'ada']

/** Four picks of the pool; what they mean is for the method to say. */
export type Picks = readonly [number, number, number, number]
type Visit = (store: Store, picks: Picks) => unknown

const pick = (pool: readonly string[], n: number) => pool[n % pool.length] ?? ''

/** One call of each method of a Store, made of picks. A new method needs an entry here. */
export const visits: { [M in keyof Store]: Visit } = {
  epoch: ({ epoch }) => epoch,
  user: (store, [a]) => store.user(pick(users, a)),
  users: async (store, [a, b]) => ({ ...(await store.users([pick(users, a), pick(users, b)])) }),
  saveUser: (store, [a, b]) => store.saveUser({ id: pick(users, a), name: pick(words, b) }),
  findUsers: (store, [a, b, c, d]) =>
    store.findUsers({
      query: c % 2 ? pick(words, a) : '',
      limit: 1 + (b % 3),
      ...(d % 2 ? { sharingWith: pick(users, d) } : {}),
    }),
  openRoom: (store, [a, b, c, d]) => {
    const members = [...new Set([pick(users, a), pick(users, b)])]
    const id = pick(rooms, c)
    return store.openRoom(d % 2 ? aRoom(members, id) : aGroup(pick(words, d), members, id))
  },
  room: (store, [a, b, c]) => store.room(pick(rooms, a), c % 2 ? pick(users, b) : undefined),
  rooms: (store, [a, b]) => store.rooms(pick(users, a), { limit: 1 + (b % 3) }),
  joined: (store, [a]) => store.joined(pick(users, a)),
  isMember: (store, [a, b]) => store.isMember(pick(rooms, a), pick(users, b)),
  members: (store, [a, b]) => store.members(pick(rooms, a), { limit: 1 + (b % 3) }),
  memberCount: (store, [a]) => store.memberCount(pick(rooms, a)),
  append: (store, [a, b, c, d]) =>
    store.append({
      room: pick(rooms, a),
      id: pick(messages, b),
      author: pick(users, c),
      text: pick(words, d),
    }),
  message: (store, [a, b]) => store.message(pick(rooms, a), pick(messages, b)),
  page: (store, [a, b, c]) => store.page(pick(rooms, a), c % 2 ? {} : { around: b }, 1 + (c % 3)),
  changes: (store, [a, b, c]) => store.changes(pick(rooms, a), b, 1 + (c % 3)),
  markRead: (store, [a, b, c]) => store.markRead(pick(rooms, a), pick(users, b), c),
  heads: (store, [a]) => store.heads(pick(users, a), rooms),
  unread: (store, [a]) => store.unread(pick(users, a)),
}
