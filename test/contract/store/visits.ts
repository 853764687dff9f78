import { guestId } from '../../../server/protocol/guests.ts'
import { encodeCursor } from '../../../server/rules/cursor.ts'
import { shows } from '../../../server/rules/presence.ts'
import { roomKey } from '../../../server/rules/room-key.ts'
import type { Store } from '../../../server/store/store.ts'
import { aGroup, aRoom } from './a-world.ts'

// Ids from one small pool: tenants that use it have the same ids of users, rooms and messages all the time.
export const users = ['mina', 'sam', 'lee', 'ada']
const uuid = (group: string, n: number) => `${group.repeat(8)}-0000-7000-8000-${String(n).padStart(12, '0')}`
export const rooms = [1, 2, 3].map((n) => uuid('a', n))
const messages = [1, 2, 3, 4].map((n) => uuid('b', n))
const links = [1, 2].map((n) => uuid('d', n))
const systemMessages = new WeakMap<Store, number>()
const words = ['hello', 'mina', 'sam lee', 'ada']

/** Four picks of the pool; what they mean is for the method to say. */
export type Picks = readonly [number, number, number, number]
type Visit = (store: Store, picks: Picks) => unknown

/** A system message's id is never a client's: each one is new, and the same in the same place of every store's life. */
function newSystemMessageId(store: Store): string {
  const count = (systemMessages.get(store) ?? 0) + 1
  systemMessages.set(store, count)
  return uuid('c', count)
}

const pick = (pool: readonly string[], n: number) => pool[n % pool.length] ?? ''

/** One call of each method of a Store, made of picks. A new method needs an entry here. */
export const visits: { [M in keyof Store]: Visit } = {
  epoch: ({ epoch }) => epoch,
  findUser: (store, [a]) => store.findUser(pick(users, a)),
  readDetails: (store, [a]) => store.readDetails(pick(users, a)),
  findUsers: async (store, [a, b]) => ({ ...(await store.findUsers([pick(users, a), pick(users, b)])) }),
  addGuest: async (store, [a, b]) => {
    // Made again by other picks it is there already: nothing that a caller would do.
    const id = guestId(pick(users, a))
    if (await store.findUser(id)) return undefined
    return store.addGuest({ id, name: pick(words, b), most: 1_000 })
  },
  mergeGuest: (store, [a, b]) => store.mergeGuest({ guest: guestId(pick(users, a)), user: pick(users, b) }),
  saveUser: (store, [a, b]) =>
    store.saveUser({
      id: pick(users, a),
      name: pick(words, b),
      ...(b % 2 && { timeZone: 'Europe/Madrid', data: { at: a } }),
    }),
  searchUsers: (store, [a, b, c, d]) =>
    store.searchUsers({
      query: c % 2 ? pick(words, a) : '',
      limit: 1 + (b % 3),
      ...(d % 2 ? { sharingWith: pick(users, d) } : {}),
    }),
  markSeen: (store, [a, b, c]) => store.markSeen([pick(users, a), pick(users, b)], Date.UTC(2026, 0, 1 + c)),
  readLastSeen: async (store, [a, b]) => ({
    ...(await store.readLastSeen([pick(users, a), pick(users, b)])),
  }),
  readPresence: async (store, [a, b]) =>
    Object.fromEntries(await store.readPresence([pick(users, a), pick(users, b)])),
  setPresence: (store, [a, b, c]) =>
    store.setPresence(pick(users, a), {
      ...(b % 2 ? { show: shows[c % 3] ?? 'off' } : { doNotDisturb: c % 2 === 0 }),
    }),
  beginErasing: (store, [a]) => store.beginErasing(pick(users, a)),
  eraseSome: (store, [a, b]) => store.eraseSome({ user: pick(users, a), removesMessages: b % 2 === 0 }),
  removeOld: (store, [a, b]) =>
    store.removeOld({ now: Date.now(), keepDays: a % 2 ? null : 1 + b, after: '' }),
  filterContacts: async (store, [a]) => [...(await store.filterContacts(pick(users, a), users))].sort(),
  findCompanions: (store, [a, b, c]) =>
    store.findCompanions([pick(users, a), pick(users, b)], { rooms: 1 + (c % 3), people: 3 }),
  openRoom: (store, [a, b, c, d]) => {
    const members = [...new Set([pick(users, a), pick(users, b)])]
    const id = pick(rooms, c)
    const draft = d % 2 ? aRoom(members, id) : aGroup(pick(words, d), members, id)
    return store.openRoom({ ...draft, mostWithStrangers: 1_000 })
  },
  findRoom: (store, [a, b, c]) => store.findRoom(pick(rooms, a), c % 2 ? pick(users, b) : undefined),
  alterRoom: (store, [a, b, c, d]) => {
    const [room, user, name] = [pick(rooms, a), pick(users, b), pick(words, b)]
    const changes = [
      { kind: 'rename', name },
      { kind: 'rename', name: null },
      { kind: 'describe', description: name },
      { kind: 'add', user: user, by: pick(users, d), mostAdded: 1_000 },
      { kind: 'remove', user: user },
      { kind: 'join', user: user, by: user },
      { kind: 'join', user: user, by: user, code: pick(links, d) },
      { kind: 'set-role', user, role: 'owner' },
      { kind: 'set-role', user, role: 'member' },
      {
        kind: 'configure',
        settings: {
          post: d % 2 ? 'owners' : 'all',
          slowMode: b % 3,
          history: a % 2 ? 'since-joined' : 'all',
        },
      },
    ] as const
    const system = { event: 'renamed', name } as const
    const systemMessage = {
      id: newSystemMessageId(store),
      authorId: pick(users, d),
      text: 'a change',
      system,
    }
    return store.alterRoom({ room, systemMessage, ...(changes[c % changes.length] ?? changes[0]) })
  },
  setUpRoom: (store, [a, b]) =>
    store.setUpRoom({
      room: pick(rooms, a),
      pictureUrl: b % 2 ? `https://example.com/${b}` : null,
      join: 'open',
      ...(a % 2 && { keepDays: b % 3 ? b : null }),
    }),
  deleteRoom: (store, [a, b]) => store.deleteRoom({ room: pick(rooms, a), by: pick(users, b) }),
  listRooms: (store, [a, b, c, d]) => {
    const filters = [undefined, 'unread', 'archived', 'pinned', 'mentions'] as const
    const filter = filters[(c + 2 * d) % filters.length]
    const limit = 1 + (b % 3)
    if ((a + d) % 4 === 0) return store.listRooms(pick(users, a), { limit, sharedWith: pick(users, c) })
    return store.listRooms(pick(users, a), { limit, ...(filter !== undefined && { filter }) })
  },
  listOpenRooms: (store, [a, b, c]) =>
    store.listOpenRooms({ viewer: pick(users, a), query: c % 2 ? pick(words, b) : '', limit: 1 + (b % 3) }),
  createLink: (store, [a, b, c, d]) =>
    store.createLink({
      ...{ room: pick(rooms, a), by: pick(users, b), id: pick(links, c), code: pick(links, c) },
      ...(d % 2 && { maxUses: 1 + (d % 3) }),
    }),
  deleteLink: (store, [a, b, c]) =>
    store.deleteLink({ room: pick(rooms, a), by: pick(users, b), id: pick(links, c) }),
  listLinks: async (store, [a, b]) =>
    (await store.listLinks({ room: pick(rooms, a), by: pick(users, b) }))
      .map(({ id, used }) => [id, used])
      .sort(),
  findByLink: (store, [a, b]) => store.findByLink(pick(links, a), pick(users, b)),
  listAllRooms: (store, [a]) => store.listAllRooms({ limit: 1 + (a % 3) }),
  listMemberships: (store, [a]) => store.listMemberships(pick(users, a)),
  listMembershipsOf: async (store, [a, b]) => {
    const found = await store.listMembershipsOf([pick(users, a), pick(users, b)])
    return [...found].map(([user, rooms]) => [user, rooms.map((room) => JSON.stringify(room)).sort()]).sort()
  },
  readVersions: async (store, [a, b]) =>
    [...(await store.readVersions([pick(rooms, a), pick(rooms, b)]))].sort(),
  filterMembers: async (store, [a, b, c]) => {
    const among = await store.filterMembers(pick(rooms, a), [pick(users, b), pick(users, c)])
    return among && { ...among, members: [...among.members].sort(), from: [...(among.from ?? [])].sort() }
  },
  findRoomByKey: (store, [a, b]) => store.findRoomByKey(roomKey([pick(users, a), pick(users, b)])),
  filterSharing: async (store, [a, b, c]) =>
    [...(await store.filterSharing(pick(users, a), [pick(users, b), pick(users, c)]))].sort(),
  findOwner: (store, [a]) => store.findOwner(pick(rooms, a)),
  isMember: (store, [a, b]) => store.isMember(pick(rooms, a), pick(users, b)),
  visibleFrom: (store, [a, b]) => store.visibleFrom(pick(rooms, a), pick(users, b)),
  listMembers: (store, [a, b]) => store.listMembers(pick(rooms, a), { limit: 1 + (b % 3) }),
  searchMembers: (store, [a, b, c, d]) =>
    store.searchMembers({
      ...{ room: pick(rooms, a), query: pick(words, b), limit: 1 + (c % 3) },
      // The place of a word: so it is looked for among all users.
      ...(d % 2 ? { cursor: encodeCursor([pick(words, b).split(' ')[0] ?? '', '']) } : {}),
    }),
  countMembers: (store, [a]) => store.countMembers(pick(rooms, a)),
  appendFromSite: (store, [a, b, c]) =>
    store.appendFromSite({
      room: pick(rooms, a),
      id: pick(messages, b),
      site: { text: pick(words, c), title: 'Hello', data: { at: a } },
    }),
  append: (store, [a, b, c, d]) =>
    store.append({
      room: pick(rooms, a),
      id: pick(messages, b),
      author: pick(users, c),
      text: pick(words, d),
      ...[
        { mentions: [{ userId: pick(users, d), at: 0, length: 1 }], mentionsRoom: { at: 1, length: 1 } },
        { replyTo: pick(messages, d) },
        { forwarded: pick(users, d) },
        { mentions: [{ userId: pick(users, a), at: 0, length: 1 }] },
      ][d % 4],
      mostTextBytes: 1_000_000,
    }),
  react: (store, [a, b, c, d]) =>
    store.react({
      room: pick(rooms, a),
      id: pick(messages, b),
      by: pick(users, c),
      emoji: '👍',
      on: d % 2 > 0,
    }),
  listPins: (store, [a]) => store.listPins(pick(rooms, a), a % 3),
  filterReactions: (store, [a, b, c]) =>
    store.filterReactions(pick(rooms, a), pick(users, b), [{ seq: c, emoji: '👍' }]),
  amend: (store, [a, b, c, d]) => {
    const message = { room: pick(rooms, a), id: pick(messages, b), by: pick(users, c) }
    if (d % 5 === 1) return store.amend({ ...message, kind: 'pin', on: a % 2 > 0 })
    return store.amend(
      d % 3 === 0
        ? { ...message, kind: 'delete' }
        : {
            ...message,
            kind: 'edit',
            text: pick(words, d),
            ...(a % 2 && { mentions: [{ userId: pick(users, a), at: 0, length: 1 }] }),
          },
    )
  },
  importMessages: (store, [a, b, c, d]) =>
    store.importMessages({
      room: pick(rooms, a),
      messages: [b, c].map((n, at) => ({
        ...{ id: pick(messages, n + 2 * at), author: pick(users, d), text: pick(words, n) },
        at: Date.UTC(2020, 0, 1 + at),
      })),
      reads: [{ user: pick(users, d), id: pick(messages, b) }],
    }),
  filterMessages: async (store, [a]) => [...(await store.filterMessages(pick(rooms, a), messages))].sort(),
  findMessage: (store, [a, b, c]) => store.findMessage(pick(rooms, a), pick(messages, b), c % 4),
  readPage: (store, [a, b, c, d]) =>
    store.readPage(pick(rooms, a), c % 2 ? {} : { around: b }, 1 + (c % 3), d % 2 ? d : 0),
  readChanges: (store, [a, b, c, d]) => store.readChanges(pick(rooms, a), b, 1 + (c % 3), d % 2 ? d : 0),
  markRead: (store, [a, b, c]) => store.markRead(pick(rooms, a), pick(users, b), c),
  arrange: (store, [a, b, c, d]) => {
    const wishes = [
      { pinned: a % 2 > 0 },
      { archived: b % 2 > 0 },
      { mutedUntil: d % 2 ? 'forever' : Date.UTC(2026, 0, 1 + d) },
      { unreadFrom: d },
    ] as const
    return store.arrange({ room: pick(rooms, a), user: pick(users, b), ...wishes[(c + 2 * d) % 4] })
  },
  readArranged: (store, [a]) => store.readArranged(pick(users, a)),
  readHeads: (store, [a]) => store.readHeads(pick(users, a), rooms),
  readArrangedHeads: (store, [a]) => store.readArrangedHeads(pick(users, a)),
  countUnread: (store, [a]) => store.countUnread(pick(users, a)),
  countMentions: (store, [a]) => store.countMentions(pick(users, a)),
}
