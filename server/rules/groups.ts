import { limits } from '../protocol/limits.ts'
import { Problem } from '../protocol/problems.ts'
import type { MemberView } from '../protocol/views.ts'
import type { RoomChange } from '../store/store.ts'
import { type Action, requirePermission } from './permissions.ts'
import { type AlteredRow, firstRow, type MessageRow, type RoomRow, systemColumn } from './rows.ts'

type Role = MemberView['role']

/** A room's row while it is being changed, and what of its members the change depends on. */
export type RoomBefore = {
  readonly room: Pick<RoomRow, 'kind' | 'name' | 'description' | 'member_count'>
  /** Of the user who makes the change: undefined unless they are a member. */
  readonly byRole: Role | undefined
  /** Of the user whom the change is about: undefined unless they are a member. */
  readonly role: Role | undefined
  /** That user is no member because somebody else removed them. */
  readonly wasRemoved: boolean
  readonly isUser: boolean
  readonly owners: number
  /** The member who has been in it longest, but for the user. */
  readonly eldest: string | undefined
}

/** What is to be written; undefined where the change changes nothing. */
export type Alteration = {
  readonly name: string | null
  readonly description: string | null
  readonly memberCount: number
  /** It stays the room for its exact set of members, if it is one. */
  readonly keepsKey: boolean
  readonly join?: string
  readonly leave?: string
  /** Who leaves is removed by somebody else. */
  readonly isRemoval?: boolean
  readonly roles: readonly (readonly [user: string, role: Role])[]
}

/** Whom a change is about, if anybody. */
export function subjectOf(change: RoomChange): string | undefined {
  return change.kind === 'rename' || change.kind === 'describe' ? undefined : change.user
}

/** What of the table of permissions a change is. */
function actionsOf(change: RoomChange, { wasRemoved }: RoomBefore): readonly Action[] {
  if (change.kind === 'rename' || change.kind === 'describe') return [change.kind]
  if (change.kind === 'set-role') return ['setRole']
  if (change.kind === 'remove') return [change.user === change.by ? 'leave' : 'remove']
  return [
    'add',
    ...(wasRemoved ? ['addAgain' as const] : []),
    ...(change.role === undefined ? [] : ['setRole' as const]),
  ]
}

/** The rules of a group, the same on every database. @throws Problem as `Store.alterRoom` says */
export function alterationOf(change: RoomChange, before: RoomBefore): Alteration | undefined {
  for (const action of actionsOf(change, before)) {
    // The host may do in a group what its owners may.
    const role = change.by === undefined ? 'owner' : before.byRole
    requirePermission(action, { role, kind: before.room.kind })
  }
  const { name, description, member_count: memberCount } = before.room
  const same = { name, description, memberCount, keepsKey: false, roles: [] }
  if (change.kind === 'rename') return change.name === same.name ? undefined : { ...same, name: change.name }
  if (change.kind === 'describe') return describing(change.description, same)
  if (change.kind === 'add') return joining(change, before, same)
  if (change.kind === 'remove') return leaving(change, before, same)
  return giving(change.user, change.role, before, same)
}

function describing(description: string | null, same: Alteration): Alteration | undefined {
  return description === same.description ? undefined : { ...same, description, keepsKey: true }
}

function joining(
  { user, role: wanted, most = limits.members }: Extract<RoomChange, { readonly kind: 'add' }>,
  { role, isUser, owners }: RoomBefore,
  same: Alteration,
): Alteration | undefined {
  if (role !== undefined) return undefined
  if (!isUser) throw new Problem('not_found', `no user ${JSON.stringify(user)}`)
  if (same.memberCount >= most) {
    throw new Problem('too_large', `a group has at most ${most} members`)
  }
  // The first to come into an empty group owns it.
  const given = owners === 0 ? 'owner' : wanted
  const roles = given === undefined ? [] : ([[user, given]] as const)
  return { ...same, memberCount: same.memberCount + 1, join: user, roles }
}

function leaving(
  { user, by }: Extract<RoomChange, { readonly kind: 'remove' }>,
  { role, owners, eldest }: RoomBefore,
  same: Alteration,
): Alteration | undefined {
  if (role === undefined) return undefined
  const isOrphaned = role === 'owner' && owners === 1 && eldest !== undefined
  const roles = isOrphaned ? ([[eldest, 'owner']] as const) : []
  return { ...same, memberCount: same.memberCount - 1, leave: user, isRemoval: user !== by, roles }
}

function giving(
  user: string,
  wanted: Role,
  { role, owners }: RoomBefore,
  same: Alteration,
): Alteration | undefined {
  if (role === undefined) throw new Problem('not_found', 'no such member')
  if (role === wanted) return undefined
  if (role === 'owner' && owners === 1) {
    throw new Problem('conflict', 'a group needs an owner: name another one first')
  }
  return { ...same, keepsKey: true, roles: [[user, wanted]] }
}

/** Who used up one of the members that they may add in an hour, and how many that are. */
export function additionOf(
  change: RoomChange,
  { join }: Alteration,
): { readonly user: string; readonly most: number } | undefined {
  if (change.kind !== 'add' || join === undefined) return undefined
  const { by: user, mostAdded: most } = change
  return user === undefined || most === undefined ? undefined : { user, most }
}

/** The message that says what changed, in its place. */
export function systemMessageRow(
  { room, systemMessage: { id, authorId: author, text, system } }: RoomChange,
  { head: seq, last_at: created_at }: AlteredRow,
): MessageRow {
  return firstRow(
    { room, id, author, text, kind: 'system', system: systemColumn(system) },
    { seq, created_at },
  )
}
