/** How the state changes: a pure function from what was and what happened to what is. */
import { type ProblemCode, problemCodes } from '../../server/protocol/problems.ts'
import type { MessageView, RoomView, Users, UserView } from '../../server/protocol/views.ts'
import { arrangedBy, countOf, isArchived, muteEnd, readMark, saidIn } from './arranging.ts'
import { type DraftContent, isEmpty } from './draft.ts'
import { isMentionOf } from './mentions.ts'
import { lookOf } from './my-reactions.ts'
import {
  catchUp,
  counts,
  hold,
  holdArranged,
  holdMine,
  holdPins,
  holdReaction,
  holds,
  joinPage,
  mergeView,
  messageIn,
  newRoom,
  readBy,
  readTo,
  receive,
} from './room.ts'
import {
  type Action,
  type Basis,
  type Change,
  type Count,
  initialState,
  type Pending,
  type Room,
  type State,
} from './state.ts'

type ActionNamed<T extends Action['t']> = Extract<Action, { readonly t: T }>
type Reducers = { [T in Action['t']]: (state: State, action: ActionNamed<T>) => State }

export function reduce(state: State, action: Action): State {
  // A server of another version may name what is none, and every object has a `toString`.
  if (!Object.hasOwn(reducers, action.t)) return state
  const reducer = reducers[action.t] as (state: State, action: Action) => State
  return withoutStored(reducer(state, action))
}

const reducers: Reducers = {
  ready(state, event) {
    const me = event.me.id
    const base = state.me === me && state.epoch === event.epoch ? state : startOver(state, me)
    const users = withUsers(base, event.users, event.me)
    const held = event.rooms.reduce<State>(putRoom, { ...users, me, rooms: stillHeld(base, event) })
    const rooms = Object.keys(event.heads)
    const isGone = held.active && !event.more && !rooms.includes(held.active.roomId)
    const archived = event.archived ?? 0
    // Of these the list has none.
    const listed = [...held.rooms.values()].filter((room) => !isArchived(room))
    const more = event.more || rooms.length - archived > listed.length
    return {
      ...held,
      session: { status: 'signed-in' },
      epoch: event.epoch,
      // A server of the version before sends none.
      presence: event.presence,
      features: event.features ?? initialState.features,
      limits: event.limits,
      online: new Set(),
      busy: new Set(),
      typing: new Map(),
      list: { loaded: true, more, archived, cursor: undefined, load: undefined },
      elsewhere: more ? less(event, unreadShown(held, event)) : none,
      active: held.active && isGone ? { ...held.active, fault: gone } : held.active,
      outbox: held.outbox.map(requeuedIfTemporary),
    }
  },

  settings: (state, { features, limits }) => ({
    ...state,
    features,
    limits,
    typing: features.typing ? state.typing : new Map(),
  }),
  message(state, { message, user, users = {}, prev = message.rev - 1, same: isSame = false }) {
    const { rev, roomId, authorId } = message
    const isNew = rev === message.seq
    const known = withUsers(state, users, user)
    // Somebody may write while an older message of theirs changes.
    const next = isNew ? withoutTyping(known, roomId, authorId) : known
    if (state.rooms.has(roomId))
      return withRoom(next, roomId, (held) => receive(held, { rev, prev, message, isSame }))
    return isNew && counts(message, state.me)
      ? {
          ...next,
          elsewhere: withMessage(next.elsewhere, message, state.me),
          early: put(next.early, roomId, withMessage(next.early.get(roomId) ?? none, message, state.me)),
        }
      : next
  },
  // Of a time that I do not see: it changes nothing here but the room's number.
  skipped: (state, { roomId, rev, prev = rev - 1, same: isSame = false }) =>
    withRoom(state, roomId, (held) => receive(held, { rev, prev, message: undefined, isSame })),
  room(state, { room, users, prev = room.rev - 1 }) {
    const version = { rev: room.rev, prev, message: undefined }
    return withRoom(withUsers(state, users), room.id, (held) => receive(mergeView(held, room), version))
  },
  mine: (state, { roomId, ...mine }) => arranged(state, roomId, (held) => holdMine(held, mine)),
  arranged: (state, { roomId, wish, at }) =>
    arranged(state, roomId, (held) => holdArranged(held, arrangedBy(held, wish, at))),
  'mutes-ended': (state, { at }) =>
    [...state.rooms.values()]
      .filter(({ me }) => muteEnd(me) <= at)
      .reduce(
        (next, { id }) =>
          withRoom(next, id, (held) => holdArranged(held, arrangedBy(held, { mutedUntil: null }, at))),
        state,
      ),
  reacted: (state, { roomId, ...reacted }) => withRoom(state, roomId, (held) => holdReaction(held, reacted)),
  gone(state, { roomId }) {
    const { active } = state
    const next = {
      ...withoutEarly(state, roomId),
      rooms: without(state.rooms, roomId),
      // Nobody can try these again, or even see them. What is still on its way will be refused.
      outbox: state.outbox.filter(
        (pending) => !(pending.change && pending.status === 'failed' && pending.roomId === roomId),
      ),
      typing: without(state.typing, roomId),
    }
    return active?.roomId === roomId ? { ...next, active: { ...active, fault: gone } } : next
  },
  read: (state, { roomId, userId, seq }) =>
    withRoom(state, roomId, (held) => readBy(userId === held.viewer ? readTo(held, seq) : held, userId, seq)),
  typing(state, { roomId, userId, over }) {
    if (userId === state.me || !state.features.typing) return state
    if (over) return withoutTyping(state, roomId, userId)
    return { ...state, typing: put(state.typing, roomId, new Set(state.typing.get(roomId)).add(userId)) }
  },
  'typing-over': (state, { roomId, userId }) => withoutTyping(state, roomId, userId),
  presence(state, { userId, online, lastSeenAt, doNotDisturb = false }) {
    const next = {
      ...state,
      online: withMember(state.online, userId, online),
      busy: withMember(state.busy, userId, online && doNotDisturb),
    }
    return lastSeenAt ? { ...next, lastSeen: put(state.lastSeen, userId, lastSeenAt) } : next
  },
  myPresence: (state, { t: _, ...presence }) => ({ ...state, presence }),
  user: (state, { user }) => withUsers(state, {}, user),
  heads: (state, { heads }) =>
    Object.entries(heads).reduce(
      (next, [room, [head, readSeq, rev = 0]]) =>
        withRoom(next, room, (held) => {
          const moved = readTo({ ...held, head: Math.max(held.head, head) }, readSeq)
          return rev > (held.me.arranged?.rev ?? 0) ? { ...moved, counted: -1 } : moved
        }),
      state,
    ),

  connection(state, { status, at, fault }) {
    const before = state.connection.status
    const isSameOutage = isOut(before) && isOut(status)
    const { since, fault: known } = isSameOutage ? state.connection : { since: at, fault: undefined }
    const connection = { status, since, fault: fault ?? known }
    if (status === 'open') return { ...state, connection }
    const outbox = state.outbox.map(
      (pending): Pending => (pending.status === 'sending' ? { ...pending, status: 'unconfirmed' } : pending),
    )
    return { ...state, connection, outbox, online: new Set(), busy: new Set(), typing: new Map() }
  },
  'signed-out': (state, { fault }) => ({ ...state, session: { status: 'signed-out', fault } }),
  cleared: ({ connection }) => ({ ...initialState, connection }),

  'room-view': (state, { room, users }) => putRoom(withUsers(state, users), room),
  'rooms-page'(state, { page: { rooms, users, more, cursor } }) {
    const list = { ...state.list, loaded: true, more, cursor, load: undefined }
    const next = rooms.reduce<State>(putRoom, { ...withUsers(state, users), list })
    return more ? next : { ...next, elsewhere: none }
  },
  'rooms-load': (state, { load }) => ({ ...state, list: { ...state.list, load } }),
  page: (state, { roomId, place, page }) =>
    withRoom(withUsers(state, page.users), roomId, (held) => joinPage(held, place, page)),
  load: (state, { roomId, direction, load }) =>
    withRoom(state, roomId, (held) => ({ ...held, loads: { ...held.loads, [direction]: load } })),
  changes: (state, { roomId, since, changes }) =>
    withRoom(withUsers(state, changes.users), roomId, (held) => catchUp(held, since, changes)),
  pins: (state, { roomId, pins }) =>
    withRoom(withUsers(state, pins.users), roomId, (held) => holdPins(held, pins)),

  opened: (state, { roomId }) => ({
    ...state,
    unopened: undefined,
    active:
      roomId === undefined
        ? undefined
        : { roomId, divider: dividerOf(state.rooms.get(roomId)), fault: undefined },
  }),
  sought: (state, { roomId, messageId, top }) =>
    state.active?.roomId === roomId
      ? { ...state, active: { ...state.active, sought: { messageId, top } } }
      : state,
  unopened: (state, { fault }) => ({ ...state, active: undefined, unopened: fault }),
  'not-opened': (state, { roomId, fault }) =>
    state.active?.roomId === roomId ? { ...state, active: { ...state.active, fault } } : state,
  marked: (state, { roomId, seq }) =>
    withRoom(state, roomId, (held) => readTo(held, Math.min(seq, held.head))),
  draft: (state, { roomId, draft }) => withDraft(state, roomId, draft),

  restored(state, { outbox, drafts }) {
    const held = new Set(state.outbox.map(({ id }) => id))
    const restored = outbox.filter(({ id }) => !held.has(id)).map(requeuedIfTemporary)
    return { ...state, outbox: [...restored, ...state.outbox], drafts: new Map([...drafts, ...state.drafts]) }
  },
  queued(state, { t: _, ...given }) {
    const { active, outbox } = state
    const { id, roomId, at, change } = given
    if (outbox.some((pending) => pending.id === id)) return state
    const later = Math.max(at, (outbox.at(-1)?.at ?? 0) + 1)
    const pending: Pending = { ...given, at: later, status: 'queued', fault: undefined, after: undefined }
    if (change) {
      const draft = state.drafts.get(roomId)
      const isText = change.kind === 'edit' || change.kind === 'delete'
      const isDone = isText && draft?.editing === change.messageId
      return {
        ...(isDone ? withDraft(state, roomId, draft.before) : state),
        outbox: [...outbox.filter((one) => !isOutdated(one, change)), pending],
      }
    }
    return {
      ...state,
      outbox: [...outbox, pending],
      drafts: given.forward ? state.drafts : without(state.drafts, roomId),
      active: active?.roomId === roomId ? { ...active, divider: undefined } : active,
    }
  },
  sending: (state, { id }) =>
    withPending(state, id, (pending) => ({
      ...pending,
      basis: pending.basis ?? basisOf(state, pending),
      status: 'sending',
      fault: undefined,
    })),
  acknowledged: (state, { message, id = message.id }) =>
    withRoom(withoutPending(state, id), message.roomId, (held) => hold(held, message)),
  failed(state, { id, fault, basis }) {
    const failed = state.outbox.find((pending) => pending.id === id)
    const isGone = failed?.change && fault.code === 'not_found' && !state.rooms.has(failed.roomId)
    if (isGone) return withoutPending(state, id)
    return withPending(state, id, (pending) => ({
      ...pending,
      status: 'failed',
      undoable: false,
      fault,
      basis,
      after: pending.after ?? state.rooms.get(pending.roomId)?.lastMessage?.seq ?? 0,
    }))
  },
  retried: (state, { id, fault, mentioned, basis }) =>
    withPending(state, id, (pending) => ({
      ...requeued(pending),
      ...mentioned,
      fault,
      basis: fault ? basis : pending.basis,
    })),
  discarded: (state, { id }) => withoutPending(state, id),
}

function withMember(set: ReadonlySet<string>, id: string, isIn: boolean): ReadonlySet<string> {
  if (set.has(id) === isIn) return set
  return new Set(isIn ? [...set, id] : [...set].filter((one) => one !== id))
}

/** What was not sent yet is not, where something else is wanted by now. */
function isOutdated({ status, change }: Pending, by: Change): boolean {
  const isWaiting = status === 'queued' || status === 'failed'
  if (!isWaiting || change?.messageId !== by.messageId) return false
  if (by.kind === 'react') return change.kind === 'react' && change.emoji === by.emoji
  return by.kind === 'delete' || change.kind === by.kind
}

const gone = { code: 'not_found', detail: 'no such room' } as const

/** Another user, or a database that was restored: only what this same user wrote stays. */
function startOver(state: State, me: string): State {
  const fresh = { ...initialState, connection: state.connection, active: state.active }
  return state.me && state.me !== me ? fresh : { ...fresh, outbox: state.outbox, drafts: state.drafts }
}

/** The rooms worth keeping when the connection is back, with the heads they have now. */
function stillHeld(state: State, { rooms, heads, more }: ActionNamed<'ready'>): Map<string, Room> {
  const fresh = new Set(rooms.map(({ id }) => id))
  const now = new Map(Object.entries(heads))
  const kept = new Map<string, Room>()
  for (const room of state.rooms.values()) {
    const head = now.get(room.id)
    if (head === undefined && !more) continue
    const isBehind = head === undefined || head > room.counted
    // Far down the list and changed meanwhile: the list brings it again when somebody scrolls there.
    if (isBehind && !room.log && !fresh.has(room.id)) continue
    kept.set(
      room.id,
      head === undefined ? { ...room, counted: -1 } : { ...room, head: Math.max(room.head, head) },
    )
  }
  return kept
}

/** How much of what the server counts is in the rooms held here; my marks may be ahead of the ones it counts with. */
function unreadShown(state: State, { rooms }: ActionNamed<'ready'>): Count {
  const listed = new Map(rooms.map((room) => [room.id, room]))
  return [...state.rooms.values()].reduce((sum, room) => {
    const view = listed.get(room.id)
    const { unread, mentions } = countOf(view?.me ? { me: view.me, saidSeq: saidIn(view) } : room)
    return { unread: sum.unread + unread, mentions: sum.mentions + mentions }
  }, none)
}

/** A view with `me`, of a room held or new. A new one is no longer elsewhere, nor is what is unread in it. */
function putRoom(state: State, view: RoomView): State {
  const held = state.rooms.get(view.id)
  const room = held ? mergeView(held, view) : newRoom(view, state.me ?? '')
  const rooms = put(state.rooms, view.id, room)
  if (held) return { ...state, rooms }
  const { active } = state
  return {
    // The view may be older than what was delivered meanwhile: then it is asked for again.
    ...withoutEarly(state, room.id, countOf(room)),
    rooms,
    active: active?.roomId === room.id ? { ...active, divider: dividerOf(room), fault: undefined } : active,
  }
}

/** What is unread in a room, or came just now, is no longer elsewhere. */
function withoutEarly(state: State, room: string, held = none): State {
  const { early, elsewhere } = state
  const { unread, mentions } = early.get(room) ?? none
  const count = { unread: Math.max(unread, held.unread), mentions: Math.max(mentions, held.mentions) }
  return { ...state, elsewhere: less(elsewhere, count), early: without(early, room) }
}

const none: Count = { unread: 0, mentions: 0 }

function less({ unread, mentions = 0 }: Pick<Room['me'], 'unread' | 'mentions'>, by: Count): Count {
  return { unread: Math.max(0, unread - by.unread), mentions: Math.max(0, mentions - by.mentions) }
}

function withMessage({ unread, mentions }: Count, message: MessageView, me: string | undefined): Count {
  return { unread: unread + 1, mentions: mentions + Number(isMentionOf(me, message)) }
}

function dividerOf(room: Room | undefined): number | undefined {
  return room?.me.unread ? readMark(room.me) : undefined
}

/** A mark of now is not read by who is in the room already, and shows where it is (rule U18). */
function arranged(state: State, roomId: string, change: (room: Room) => Room): State {
  const next = withRoom(state, roomId, change)
  const { active } = next
  const markIn = ({ rooms }: State) => rooms.get(roomId)?.me.arranged?.unreadFrom
  const isMarked = markIn(next) !== undefined && markIn(next) !== markIn(state)
  const isHere = isMarked && active?.roomId === roomId
  const divider = dividerOf(next.rooms.get(roomId))
  return isHere ? { ...next, active: { ...active, isMarked, divider } } : next
}

function withDraft(state: State, roomId: string, draft: DraftContent = { text: '' }): State {
  const { drafts } = state
  return {
    ...state,
    drafts: isEmpty(draft) ? without(drafts, roomId) : put(drafts, roomId, { v: 1, ...draft }),
  }
}

function withRoom(state: State, id: string, change: (room: Room) => Room): State {
  const room = state.rooms.get(id)
  if (!room) return state
  const next = change(room)
  return next === room ? state : { ...state, rooms: put(state.rooms, id, next) }
}

/** Keeps the map itself when nobody is new or changed, so that elements can compare by identity. */
function withUsers(state: State, users: Users, ...more: UserView[]): State {
  const news = [...Object.values(users), ...more].filter(
    (user) => JSON.stringify(state.users.get(user.id)) !== JSON.stringify(user),
  )
  return news.length === 0
    ? state
    : { ...state, users: new Map([...state.users, ...news.map((user) => [user.id, user] as const)]) }
}

/**
 * What failed and is stored all the same needs no other try, nor what can be undone here and another tab has sent. All else
 * that is pending waits for its acknowledgement.
 */
function withoutStored(state: State): State {
  const isStored = ({ status, undoable, roomId, id }: Pending) =>
    (status === 'failed' || undoable) && holds(state.rooms.get(roomId), id)
  return state.outbox.some(isStored)
    ? { ...state, outbox: state.outbox.filter((pending) => !isStored(pending)) }
    : state
}

function withPending(state: State, id: string, change: (pending: Pending) => Pending): State {
  return { ...state, outbox: state.outbox.map((pending) => (pending.id === id ? change(pending) : pending)) }
}

function withoutPending(state: State, id: string): State {
  return { ...state, outbox: state.outbox.filter((pending) => pending.id !== id) }
}

/** A message that is not here has not changed since the last that is known of its room. */
function basisOf({ rooms, me }: State, { roomId, change }: Pending): Basis | undefined {
  const room = rooms.get(roomId)
  const message = change && messageIn(room, change.messageId)
  if (!change || !room) return undefined
  const look = message && change.kind === 'react' && { look: lookOf(message, me) }
  return { rev: message?.rev ?? room.known, editedAt: message?.editedAt, ...look }
}

function requeued(pending: Pending): Pending {
  return { ...pending, status: 'queued', undoable: false, fault: undefined }
}

/** What failed for a reason that may be over is worth another try (rule D40). */
function requeuedIfTemporary(pending: Pending): Pending {
  const { status, fault } = pending
  const isOver = status === 'failed' && !!fault && problemCodes[fault.code as ProblemCode]?.temporary
  return isOver ? requeued(pending) : pending
}

function withoutTyping(state: State, room: string, user: string): State {
  const users = state.typing.get(room)
  if (!users?.has(user)) return state
  const rest = new Set(users)
  rest.delete(user)
  return { ...state, typing: rest.size === 0 ? without(state.typing, room) : put(state.typing, room, rest) }
}

function isOut(status: State['connection']['status']): boolean {
  return status !== 'open' && status !== 'idle'
}

function put<V>(map: ReadonlyMap<string, V>, key: string, value: V): ReadonlyMap<string, V> {
  return new Map(map).set(key, value)
}

function without<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  const rest = new Map(map)
  rest.delete(key)
  return rest
}
