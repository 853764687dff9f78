/**
 * The rooms of a small working server, as its database would hold them: logs, heads, read marks, and who receives what.
 * What a member sees is computed from the log each time, so that a test can hold the widget against it.
 */
import type { ServerFrame } from '../../server/protocol/events.ts'
import { limits } from '../../server/protocol/limits.ts'
import { wordsOf } from '../../server/protocol/names.ts'
import { Problem } from '../../server/protocol/problems.ts'
import type {
  ArrangementView,
  Changes,
  MembersPage,
  MemberView,
  MessageView,
  OpenRoomsPage,
  OpenRoomView,
  Page,
  Pins,
  ReplyView,
  RoomAnswer,
  RoomMe,
  RoomsPage,
  RoomView,
  SettingsView,
  Users,
} from '../../server/protocol/views.ts'
import { arrangedBy } from '../../widget/state/arranging.ts'
import { newRoom } from '../../widget/state/room.ts'
import type { Arranging } from '../../widget/state/state.ts'
import { aUser, idOf } from './builders.ts'
import { FakeClock } from './fake-clock.ts'

type Member = {
  role: 'owner' | 'member'
  readSeq: number
  joinedSeq: number
  readAt?: string
  muted?: boolean
  arranged?: ArrangementView
}
export type FakeLink = {
  id: string
  code: string
  createdAt: string
  expiresAt?: string
  maxUses?: number
  used: number
}
export type FakeRoom = {
  id: string
  kind: RoomView['kind']
  name?: string
  description?: string
  pictureUrl?: string
  post?: 'owners'
  slowMode?: number
  history?: 'since-joined'
  join?: 'open'
  links?: FakeLink[]
  rev: number
  head: number
  lastAt: string
  members: Map<string, Member>
  messages: MessageView[]
}
/** Whom a text mentions, and where. */
export type Mentioned = Pick<MessageView, 'mentions' | 'mentionsRoom'>
type Place = {
  before?: number | undefined
  after?: number | undefined
  around?: number | undefined
  limit: number
}

export abstract class FakeRooms {
  readonly clock = new FakeClock()
  readonly rooms = new Map<string, FakeRoom>()
  /** Who shows nobody when they were here. */
  readonly hiding = new Set<string>()
  epoch = 'e1'
  /** Rooms per page of the list, and in `ready`. */
  listed: number = limits.listDefault
  /** Changes beyond this many are a `reset`. */
  mostChanges: number = limits.changes
  changesPage: number = limits.page
  /** It is of a build before members of large rooms were told what they are. */
  tellsNoRole = false
  /** Why nobody may be made a member. */
  refuseMember: Problem | undefined

  /** A frame for all sockets of a user, but one. */
  protected abstract deliver(user: string, frame: ServerFrame, except?: object): void

  open(members: string[], more: Partial<Pick<FakeRoom, 'name' | 'id' | 'kind'>> = {}): string {
    const kind =
      more.kind ?? (members.length === 1 ? 'self' : members.length === 2 && !more.name ? 'direct' : 'group')
    const room: FakeRoom = {
      id: idOf('r', this.rooms.size + 1),
      rev: 0,
      head: 0,
      lastAt: this.#time(),
      members: new Map(
        members.map((user, at) => [user, { role: at === 0 ? 'owner' : 'member', readSeq: 0, joinedSeq: 0 }]),
      ),
      messages: [],
      ...more,
      kind,
    }
    this.rooms.set(room.id, room)
    this.#publish(room, () => ({ t: 'room', room: this.view(room), users: this.users(members) }))
    return room.id
  }

  rename(id: string, name: string | undefined): void {
    const room = this.room(id)
    delete room.name
    if (name !== undefined) room.name = name
    room.rev = ++room.head
    this.#publish(room, () => ({ t: 'room', room: this.view(room), users: {} }))
  }

  describe(id: string, description: string | undefined): void {
    const room = this.room(id)
    delete room.description
    if (description !== undefined) room.description = description
    room.rev = ++room.head
    this.#publish(room, () => ({ t: 'room', room: this.view(room), users: {} }))
  }

  /** An owner gives a member a role. */
  setRole(id: string, user: string, role: Member['role']): void {
    const room = this.room(id)
    const member = room.members.get(user)
    const owners = [...room.members.values()].filter((one) => one.role === 'owner')
    if (!member || member.role === role) return
    if (role === 'member' && owners.length === 1)
      throw new Problem('conflict', 'a group needs an owner: name another one first')
    member.role = role
    room.rev = ++room.head
    this.#publish(room, () => ({ t: 'room', room: this.view(room), users: {} }))
  }

  /** An owner says who writes, how often, and what members see. */
  configure(id: string, settings: SettingsView, by = 'ana'): void {
    const { post, slowMode, history } = settings
    const room = this.room(id)
    if (history) delete room.history
    if (history === 'since-joined') room.history = history
    if (post) delete room.post
    if (post === 'owners') room.post = post
    if (slowMode !== undefined) room.slowMode = slowMode
    room.rev = ++room.head
    this.#publish(room, () => ({ t: 'room', room: this.view(room), users: {} }))
    this.#sayThat(room, by, {
      event: 'configured',
      settings: {
        ...(post && { post }),
        ...(slowMode !== undefined && { slowMode }),
        ...(history && { history }),
      },
    })
  }

  /** A message of the kind `system`. */
  #sayThat(room: FakeRoom, authorId: string, system: NonNullable<MessageView['system']>): void {
    const seq = ++room.head
    const message: MessageView = {
      id: idOf('s', seq + this.#number(room) * 1e6),
      roomId: room.id,
      seq,
      rev: seq,
      authorId,
      kind: 'system',
      text: `${authorId}: ${system.event}`,
      system,
      createdAt: this.#time(),
    }
    room.messages.push(message)
    room.lastAt = message.createdAt
    this.publishMessage(room, message)
  }

  /** Whether the member may write now. */
  protected requireWriting({ id, post, slowMode = 0, members, messages }: FakeRoom, user: string): void {
    if (members.get(user)?.role === 'owner') return
    if (post) throw new Problem('forbidden', 'only owners of the group write here')
    const last = messages.findLast(({ authorId, kind }) => authorId === user && kind === 'text')
    const waitMs = last ? Date.parse(last.createdAt) + slowMode * 1_000 - this.clock.now() : 0
    if (waitMs > 0)
      throw new Problem('rate_limited', `slow mode in ${id}`, { retryAfter: Math.ceil(waitMs / 1_000) })
  }

  /** A group is deleted: for everybody it is gone. */
  end(id: string): void {
    const members = [...this.room(id).members.keys()]
    this.rooms.delete(id)
    for (const user of members) this.deliver(user, { t: 'gone', roomId: id })
  }

  join(id: string, user: string): void {
    const room = this.room(id)
    room.rev = ++room.head
    room.members.set(user, { role: 'member', readSeq: room.head, joinedSeq: room.head })
    this.#publish(room, () => ({ t: 'room', room: this.view(room), users: this.users([user]) }))
  }

  /** A user comes into a group that is open. */
  protected joinOpen(id: string, user: string, code?: string): void {
    const room = this.rooms.get(id)
    if (room?.members.has(user)) return
    const link = code === undefined ? undefined : room && this.linkOf(room, code)
    if (!room || (code === undefined ? room.join !== 'open' : !link))
      throw new Problem('not_found', 'no such room')
    if (link) link.used++
    this.join(id, user)
    this.#sayThat(room, user, { event: 'joined' })
  }

  protected linkOf({ links = [] }: FakeRoom, code: string): FakeLink | undefined {
    return this.opening(links).find((link) => link.code === code)
  }

  /** Those that still open their room. */
  opening(links: readonly FakeLink[]): FakeLink[] {
    const now = this.clock.now()
    return links.filter(
      ({ used, maxUses = Number.POSITIVE_INFINITY, expiresAt }) =>
        used < maxUses && (expiresAt === undefined || Date.parse(expiresAt) > now),
    )
  }

  /** A link that an owner makes. */
  makeLink(id: string, wish: Pick<FakeLink, 'id' | 'expiresAt' | 'maxUses'>): FakeLink {
    const room = this.room(id)
    const links = this.opening(room.links ?? [])
    if (links.length >= limits.links) throw new Problem('too_large', 'links: expected at most 20')
    const link = { ...wish, code: `${wish.id}`.slice(-22), createdAt: this.#time(), used: 0 }
    room.links = [link, ...links]
    return link
  }

  protected directory(user: string, q: string, from: number): OpenRoomsPage {
    const open = [...this.rooms.values()].filter(({ join, name = '' }) => join === 'open' && isFound(name, q))
    const order = open.sort((a, b) => b.members.size - a.members.size || (`${a.name}` < `${b.name}` ? -1 : 1))
    const rooms = order.slice(from, from + this.listed).map((room) => this.openView(room, user))
    return { rooms, ...(from + this.listed < order.length && { cursor: String(from + this.listed) }) }
  }

  protected openView({ id, name, description, pictureUrl, members }: FakeRoom, user: string): OpenRoomView {
    return {
      id,
      ...(name !== undefined && { name }),
      ...(description !== undefined && { description }),
      ...(pictureUrl !== undefined && { pictureUrl }),
      memberCount: members.size,
      ...(members.has(user) && { joined: true }),
    }
  }

  leave(id: string, user: string): void {
    const room = this.room(id)
    room.rev = ++room.head
    room.members.delete(user)
    this.#publish(room, () => ({ t: 'room', room: this.view(room), users: {} }))
    this.deliver(user, { t: 'gone', roomId: id })
  }

  say(
    id: string,
    authorId: string,
    text: string,
    message?: string,
    answered?: string,
    forwarded?: MessageView,
    mentioned: Mentioned = {},
  ): MessageView {
    const room = this.room(id)
    const original = room.messages.find((one) => one.id === answered)
    if (answered && !original) throw new Problem('not_found', 'no such message to answer')
    if (original?.deletedAt) throw new Problem('conflict', 'the message was deleted')
    this.#requireMembers(room, authorId, mentioned)
    const seq = ++room.head
    const said: MessageView = {
      id: message ?? idOf('m', seq + room.messages.length * 1000 + this.#number(room) * 1e6),
      roomId: id,
      seq,
      rev: seq,
      authorId,
      kind: 'text',
      text,
      createdAt: this.#time(),
      ...(original && { replyTo: quoteOf(original) }),
      ...(forwarded && {
        forwarded: { authorId: forwarded.forwarded?.authorId ?? forwarded.authorId },
      }),
      ...mentioned,
    }
    room.messages.push(said)
    room.lastAt = said.createdAt
    this.publishMessage(room, said)
    return said
  }

  edit(id: string, seq: number, text: string, mentioned: Mentioned = {}): void {
    this.#amend(id, seq, ({ mentions: _, mentionsRoom: __, ...message }) => {
      this.#requireMembers(this.room(id), message.authorId, mentioned)
      return { ...message, text, editedAt: this.#time(), ...mentioned }
    })
  }

  #requireMembers(
    { members, kind }: FakeRoom,
    author: string,
    { mentions = [], mentionsRoom }: Mentioned,
  ): void {
    const strangers = mentions
      .filter(({ userId }) => !members.has(userId))
      .map(({ userId }) => JSON.stringify(userId))
    if (strangers.length > 0)
      throw new Problem(
        'bad_request',
        `expected members of the room in mentions, got ${strangers.join(', ')}`,
      )
    if (mentionsRoom && (kind !== 'group' || members.get(author)?.role !== 'owner'))
      throw new Problem('forbidden', 'only owners mention everybody')
  }

  remove(id: string, seq: number): void {
    this.#amend(id, seq, (message) => (message.deletedAt ? message : tombstone(message, this.#time())))
    const room = this.room(id)
    const gone = room.messages.find((message) => message.seq === seq)
    // As of when a view is made: those that are made from here on say that it is gone.
    room.messages = room.messages.map((message) =>
      gone && message.replyTo?.id === gone.id ? { ...message, replyTo: quoteOf(gone) } : message,
    )
  }

  /** Somebody reacts to a message, or takes that back; nobody knows more than 20 names. */
  react(
    id: string,
    seq: number,
    { by, emoji, on = true }: { by: string; emoji: string; on?: boolean },
  ): void {
    this.#amend(id, seq, (message) => {
      const held = message.reactions ?? []
      const users = held.find((one) => one.emoji === emoji)?.userIds ?? []
      if (users.includes(by) === on) return message
      const userIds = on ? [...users, by] : users.filter((user) => user !== by)
      const next = { emoji, count: userIds.length, userIds }
      const others = held.map((one) => (one.emoji === emoji ? next : one))
      const all = users.length > 0 ? others : [...held, next]
      const { reactions: _, ...rest } = message
      const reactions = all.filter(({ count }) => count > 0)
      return reactions.length > 0 ? { ...rest, reactions } : rest
    })
  }

  /** Somebody pins a message for all, or takes the pin away. */
  pin(id: string, seq: number, { by, on = true }: { by: string; on?: boolean }): void {
    this.#amend(id, seq, (message) => {
      const { pinned, ...rest } = message
      if (!!pinned === on) return message
      return on ? { ...rest, pinned: { userId: by, at: this.#time() } } : rest
    })
  }

  /** A read mark moves; the user's other sockets receive `mine` (where they arranged the room, all), the others `read`. */
  read(id: string, userId: string, seq: number, from?: object): void {
    const room = this.room(id)
    const member = room.members.get(userId)
    const mark = Math.min(seq, room.head)
    if (!member || mark <= member.readSeq) return
    member.readSeq = mark
    member.readAt = this.#time()
    if (member.arranged && mark >= (room.messages.at(-1)?.seq ?? 0)) {
      const { unreadFrom, ...arranged } = member.arranged
      if (unreadFrom !== undefined) member.arranged = { ...arranged, rev: arranged.rev + 1 }
    }
    this.deliver(
      userId,
      { t: 'mine', roomId: id, ...this.meIn(room, userId) },
      member.arranged ? undefined : from,
    )
    this.#publish(room, () => ({ t: 'read', roomId: id, userId, seq: mark }), userId)
  }

  /** A member changes how they keep a room in their list; their other sockets receive `mine`. */
  arrange(id: string, user: string, wish: Arranging, from?: object): RoomMe {
    const room = this.room(id)
    const member = room.members.get(user)
    if (!member) throw new Problem('not_found', 'no such room')
    const others = [...this.rooms.values()].filter(({ members }) => members.get(user)?.arranged?.pinnedAt)
    if (wish.pinned && !member.arranged?.pinnedAt && others.length >= limits.pinnedRooms)
      throw new Problem('too_large', 'pinned: expected at most 100 pinned rooms')
    const { muted, arranged } = arrangedBy(newRoom(this.view(room, user), user), wish, this.clock.now())
    member.muted = muted
    member.arranged = { rev: 0, ...arranged }
    member.arranged.rev++
    const me = this.meIn(room, user)
    this.deliver(user, { t: 'mine', roomId: id, ...me }, from)
    return me
  }

  /** What a member sees of themselves: a mute ends by the clock. */
  protected meIn(room: FakeRoom, user: string): RoomMe {
    const stranger: Member = { role: 'member', readSeq: 0, joinedSeq: 0 }
    const { readSeq, joinedSeq, muted = false, arranged } = room.members.get(user) ?? stranger
    const hasEnded = Date.parse(arranged?.mutedUntil ?? '') <= this.clock.now()
    const { mutedUntil: _, ...unmuted } = arranged ?? { rev: 0 }
    return {
      readSeq,
      ...this.#countsOf(room.id, user),
      ...(room.history && joinedSeq > 0 && { visibleFrom: joinedSeq }),
      muted: muted && !hasEnded,
      ...(arranged && { arranged: hasEnded ? unmuted : arranged }),
    }
  }

  /** Rooms of a user that are kept in a way of theirs. */
  protected keptBy(user: string, filter: string | undefined): FakeRoom[] {
    const all = this.roomsOf(user)
    const isArchived = (room: FakeRoom) => {
      const { muted, arranged } = this.meIn(room, user)
      const last = room.messages.at(-1)?.seq ?? 0
      return arranged?.archivedSeq !== undefined && (muted || last <= arranged.archivedSeq)
    }
    const pinnedAt = (room: FakeRoom) => room.members.get(user)?.arranged?.pinnedAt
    if (filter === 'pinned')
      return all.filter(pinnedAt).sort((a, b) => ((pinnedAt(a) ?? '') < (pinnedAt(b) ?? '') ? 1 : -1))
    if (filter === 'archived') return all.filter(isArchived)
    if (filter === 'mentions')
      return all.filter((room) => !isArchived(room) && this.mentions(room.id, user) > 0)
    const isUnread = (room: FakeRoom) =>
      this.unread(room.id, user) > 0 || room.members.get(user)?.arranged?.unreadFrom !== undefined
    return all.filter((room) => !isArchived(room) && (filter !== 'unread' || isUnread(room)))
  }

  type(id: string, userId: string, over?: true): void {
    this.#publish(this.room(id), () => ({ t: 'typing', roomId: id, userId, ...(over && { over }) }), userId)
  }

  /** The definition, counted one by one. */
  unread(id: string, user: string): number {
    return Math.min(this.#unreadOf(id, user).length, limits.unread)
  }

  /** The same of those that mention the user, or everybody. */
  mentions(id: string, user: string): number {
    const named = this.#unreadOf(id, user).filter(
      ({ mentions, mentionsRoom }) => mentionsRoom || mentions?.some(({ userId }) => userId === user),
    )
    return Math.min(named.length, limits.unread)
  }

  #countsOf(id: string, user: string) {
    const mentions = this.mentions(id, user)
    return { unread: this.unread(id, user), ...(mentions > 0 && { mentions }) }
  }

  #unreadOf(id: string, user: string): MessageView[] {
    const room = this.room(id)
    const { readSeq, joinedSeq, arranged } = room.members.get(user) ?? {
      ...{ readSeq: 0, joinedSeq: 0, arranged: undefined },
    }
    const mark = Math.min(readSeq, (arranged?.unreadFrom ?? Number.POSITIVE_INFINITY) - 1)
    return room.messages.filter(
      ({ authorId, deletedAt, seq, kind }) =>
        authorId !== user && !deletedAt && kind === 'text' && seq > Math.max(mark, joinedSeq),
    )
  }

  room(id: string): FakeRoom {
    const room = this.rooms.get(id)
    if (!room) throw new Problem('not_found', 'no such room')
    return room
  }

  /** The database comes back from a backup: this many changes of each room never happened. */
  restore(epoch: string, lost: number): void {
    this.epoch = epoch
    for (const room of this.rooms.values()) {
      room.head = Math.max(0, room.head - lost)
      room.messages = room.messages.filter(({ rev }) => rev <= room.head)
    }
  }

  // ── What a member sees ─────────────────────────────────────────────────────────────────────────────────────────

  /** For somebody who sees the room from a place on. */
  page(id: string, at: Place, visibleFrom = 0): Page {
    const { messages: all, head } = this.room(id)
    const messages = all.filter(({ seq }) => seq >= visibleFrom)
    const { limit } = at
    let from = Math.max(0, messages.length - limit)
    if (at.before !== undefined)
      from = Math.max(0, messages.filter(({ seq }) => seq < (at.before ?? 0)).length - limit)
    if (at.after !== undefined) from = messages.filter(({ seq }) => seq <= (at.after ?? 0)).length
    if (at.around !== undefined)
      from = Math.max(0, messages.filter(({ seq }) => seq <= (at.around ?? 0)).length - Math.ceil(limit / 2))
    const end =
      at.before === undefined ? from + limit : messages.filter(({ seq }) => seq < (at.before ?? 0)).length
    const page = messages.slice(from, end)
    return {
      messages: page,
      users: this.users(page.map(({ authorId }) => authorId)),
      head,
      epoch: this.epoch,
      older: from > 0,
      newer: end < messages.length,
    }
  }

  pins(id: string): Pins {
    const { messages, head } = this.room(id)
    const pinned = messages.filter((message) => message.pinned)
    const order = pinned.sort((a, b) => ((a.pinned?.at ?? '') < (b.pinned?.at ?? '') ? 1 : -1))
    return { messages: order, users: this.users(order.map(({ authorId }) => authorId)), head }
  }

  changes(id: string, since: number, user: string): Changes {
    const room = this.mine(id, user)
    const { head, messages } = room
    const empty = { messages: [], users: {}, head, epoch: this.epoch, more: false }
    if (since > head || head - since > this.mostChanges) return { ...empty, reset: true }
    const all = messages.filter(({ rev }) => rev > since).sort((a, b) => a.rev - b.rev)
    const page = all.slice(0, this.changesPage)
    return {
      ...empty,
      messages: page,
      users: this.users(page.map(({ authorId }) => authorId)),
      more: page.length < all.length,
      ...(room.rev > since && { room: this.view(room, user) }),
    }
  }
  protected openFor(
    user: string,
    { memberIds, name, id }: { memberIds: string[]; name?: string; id?: string },
  ): RoomAnswer {
    if (memberIds.includes('nobody')) throw new Problem('not_found', 'no such user')
    const all = [...new Set([user, ...memberIds])]
    const same = [...this.rooms.values()].find((room) =>
      id ? room.id === id : !name && room.name === undefined && isSameSet([...room.members.keys()], all),
    )
    const room = this.room(same?.id ?? this.open(all, { ...(name && { name }), ...(id && { id }) }))
    return { ...this.view(room, user), users: this.users(all) }
  }

  /** The groups of both. */
  protected shared(user: string, other: string, from: number): RoomsPage {
    const isShared = ({ kind, members }: FakeRoom) => kind === 'group' && members.has(other)
    return this.#pageOf(user, this.roomsOf(user).filter(isShared), from)
  }

  protected list(user: string, from: number, filter?: string): RoomsPage {
    return this.#pageOf(user, this.keptBy(user, filter), from)
  }

  #pageOf(user: string, all: readonly FakeRoom[], from: number): RoomsPage {
    const rooms = all.slice(from, from + this.listed).map((room) => this.view(room, user))
    const more = from + this.listed < all.length
    return {
      rooms,
      users: this.users(all.flatMap((room) => [...room.members.keys()])),
      more,
      ...(more && { cursor: String(from + this.listed) }),
    }
  }
  /** Members of a room; with `q`, those one of whose words starts with each word of it. */
  protected membersOf(id: string, q = ''): MemberView[] {
    const isMeant = (userId: string) => isFound(aUser(userId).name, q)
    const members = [...this.room(id).members].filter(([userId]) => isMeant(userId))
    return members.map(([userId, member]) => ({ userId, ...markOf(member) }))
  }

  /** A page of members, of those one of whose words starts so. */
  protected membersPage(
    id: string,
    { q = '', from, limit }: { q?: string | undefined; from: number; limit: number },
  ): MembersPage {
    const all = this.membersOf(id, q)
    const members = all.slice(from, from + limit)
    const held = this.room(id).members
    return {
      members: members.map((member) => {
        const { readAt } = held.get(member.userId) ?? {}
        return this.hiding.has(member.userId) || !readAt ? member : { ...member, readAt }
      }),
      users: this.users(members.map(({ userId }) => userId)),
      ...(from + limit < all.length && { cursor: String(from + limit) }),
    }
  }

  protected mine(id: string, user: string): FakeRoom {
    const room = this.room(id)
    if (!room.members.has(user)) throw new Problem('not_found', 'no such room')
    return room
  }

  protected roomsOf(user: string): FakeRoom[] {
    const mine = [...this.rooms.values()].filter((room) => room.members.has(user))
    return mine.sort((a, b) => (a.lastAt + a.id < b.lastAt + b.id ? 1 : -1))
  }

  protected view(room: FakeRoom, me?: string): RoomView {
    const { id, kind, name, description, pictureUrl, post, slowMode, rev, head, lastAt, members, messages } =
      room
    const { history } = room
    const last = messages.at(-1)
    const mine = me === undefined ? undefined : members.get(me)
    return {
      id,
      kind,
      ...(name !== undefined && { name }),
      ...(description !== undefined && { description }),
      ...(pictureUrl !== undefined && { pictureUrl }),
      ...(post && { post }),
      ...(slowMode && { slowMode }),
      ...(history && { history }),
      rev,
      head,
      memberCount: members.size,
      ...(members.size <= limits.crowd && { members: this.membersOf(id) }),
      ...(last && { lastMessage: last }),
      ...(last?.kind === 'system' && { saidSeq: messages.findLast(({ kind }) => kind === 'text')?.seq ?? 0 }),
      lastAt,
      ...(me !== undefined && mine && { me: { ...this.meIn(room, me), ...this.#roleIn(room, mine) } }),
    }
  }

  #roleIn({ members }: FakeRoom, { role }: Member): Pick<RoomMe, 'role'> {
    return members.size > limits.crowd && !this.tellsNoRole ? { role } : {}
  }

  protected users(ids: Iterable<string>): Users {
    return Object.fromEntries([...ids].map((id) => [id, aUser(id)]))
  }

  #number(room: FakeRoom): number {
    return [...this.rooms.keys()].indexOf(room.id)
  }

  #time(): string {
    return new Date(this.clock.now()).toISOString()
  }

  #amend(id: string, seq: number, change: (message: MessageView) => MessageView): void {
    const room = this.room(id)
    const at = room.messages.findIndex((message) => message.seq === seq)
    const held = room.messages[at]
    const changed = held && change(held)
    if (!held || !changed || held === changed || held.deletedAt) return
    const amended = { ...changed, rev: ++room.head }
    room.messages[at] = amended
    this.publishMessage(room, amended)
  }

  protected isQuiet = false

  protected publishMessage(room: FakeRoom, message: MessageView): void {
    if (!this.isQuiet) this.#publish(room, () => ({ t: 'message', message, user: aUser(message.authorId) }))
  }

  #publish(room: FakeRoom, frame: () => ServerFrame, except?: string): void {
    for (const user of room.members.keys()) if (user !== except) this.deliver(user, frame())
  }
}

function quoteOf({ id, seq, authorId, text, deletedAt }: MessageView): ReplyView {
  return { id, seq, authorId, text: text.slice(0, 200), ...(deletedAt && { deleted: true }) }
}

function tombstone(
  { replyTo: _, reactions: __, pinned: ___, mentions: ____, mentionsRoom: _____, ...message }: MessageView,
  deletedAt: string,
): MessageView {
  return { ...message, text: '', deletedAt }
}

function markOf({ role, readSeq }: Member): Pick<Member, 'role' | 'readSeq'> {
  return { role, readSeq }
}

function isFound(name: string, q: string): boolean {
  return wordsOf(q).every((start) => wordsOf(name).some((word) => word.startsWith(start)))
}

function isSameSet(a: string[], b: string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one))
}
