/**
 * Who may do what, in one table. Commands ask it before they begin, the stores ask it again inside the transaction that
 * writes: between the two somebody may have been removed, or be an owner no longer. docs/protocol.md shows this table.
 */
import { Problem } from '../protocol/problems.ts'
import type { MemberView, RoomKind } from '../protocol/views.ts'

type Role = MemberView['role']

type Permission = {
  /** `author`: of the message it is about, who is a member too. */
  readonly who: 'anybody' | 'member' | 'author' | 'owner'
  /** The kinds of room it is about; all of them, where it does not say. */
  readonly in?: readonly RoomKind[]
  /** What it is, for the docs. */
  readonly what: string
  /** What a member is told who is not an owner, or who does it in another kind of room. */
  readonly refusal?: string
}

const group = ['group'] as const

export const permissions = {
  open: { who: 'anybody', what: 'open a room, and be in it' },
  see: { who: 'member', what: 'read a room, its history and its members' },
  send: { who: 'member', what: 'send a message' },
  announce: {
    who: 'owner',
    in: group,
    what: 'where only owners write (`post`) send or pin a message, name the group or say what it is for; send without waiting in slow mode',
    refusal: 'only owners of the group write here',
  },
  edit: { who: 'author', what: 'give a message a new text' },
  delete: { who: 'author', what: 'delete a message' },
  react: { who: 'member', what: 'react to a message' },
  mentionRoom: {
    who: 'owner',
    in: group,
    what: 'mention everybody at once',
    refusal: 'only an owner of a group mentions everybody in it',
  },
  pin: { who: 'member', what: 'pin a message, or take a pin away' },
  read: { who: 'member', what: 'move one’s own read mark' },
  arrange: { who: 'member', what: 'pin, mute, archive or mark unread a room in one’s own list' },
  setPresence: { who: 'anybody', what: 'say who sees whether one is here' },
  typing: { who: 'member', what: 'show that one is typing' },
  rename: { who: 'member', in: group, what: 'name a group' },
  describe: { who: 'member', in: group, what: 'say what a group is for' },
  configure: { who: 'owner', in: group, what: 'say who writes in a group, and how often' },
  showAll: {
    who: 'owner',
    in: group,
    what: 'show all members all of a group again (`history`), where one sees all of it oneself',
    refusal: 'only an owner who sees all of the group’s history shows it to others',
  },
  join: {
    who: 'anybody',
    in: group,
    what: 'join a group that is open, or by its link, unless an owner removed them',
  },
  link: { who: 'owner', in: group, what: 'make, see and delete join links of a group' },
  add: { who: 'member', in: group, what: 'add somebody as a member' },
  addAgain: {
    who: 'owner',
    in: group,
    what: 'add somebody again whom an owner removed',
    refusal: 'an owner removed this user: only an owner may add them again',
  },
  setRole: { who: 'owner', in: group, what: 'give somebody a role, also while adding them' },
  remove: { who: 'owner', in: group, what: 'remove somebody else' },
  deleteRoom: { who: 'owner', in: group, what: 'delete a group, with its history and for everybody' },
  leave: { who: 'member', in: group, what: 'leave' },
} as const satisfies Record<string, Permission>

export type Action = keyof typeof permissions

/** What the answer depends on, of somebody and a room. */
export type Situation = {
  /** Undefined unless they are a member. */
  readonly role: Role | undefined
  readonly kind?: RoomKind
  /** Whether they wrote the message it is about. */
  readonly isAuthor?: boolean
  /** Whether the room shows them all of it. */
  readonly seesAll?: boolean
}

/**
 * @throws Problem `not_found` for anybody but members, whether or not the room exists: that is not theirs to know;
 * `forbidden` for a member who may not
 */
export function requirePermission(
  action: Action,
  { role, kind, isAuthor = false, seesAll = true }: Situation,
): void {
  const permission: Permission = permissions[action]
  if (permission.who === 'anybody') return
  if (role === undefined) throw new Problem('not_found', 'no such room')
  if (permission.in && kind && !permission.in.includes(kind))
    throw new Problem('forbidden', permission.refusal ?? 'only groups can be changed')
  if (permission.who === 'author' && !isAuthor)
    throw new Problem('forbidden', 'only the author of a message can change it')
  if (permission.who === 'owner' && (role !== 'owner' || (action === 'showAll' && !seesAll)))
    throw new Problem('forbidden', permission.refusal ?? 'only an owner of the group may do this')
}
