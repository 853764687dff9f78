import { limits } from '../protocol/limits.ts'
import { Problem } from '../protocol/problems.ts'
import type { MemberView, SettingsView } from '../protocol/views.ts'
import type { RoomChange, RoomSetup } from '../store/store.ts'
import { type Action, requirePermission } from './permissions.ts'
import { requireMatch, revTag } from './preconditions.ts'
import { type AlteredRow, firstRow, type MessageRow, type RoomRow, systemColumn } from './rows.ts'
import { withSettings } from './system-text.ts'

type Role = MemberView['role']

/** What of a room's row a change may be about, beside its members. */
export const changedColumns = ['name', 'description', 'post', 'slow_mode', 'history'] as const
type ChangedColumn = (typeof changedColumns)[number]
type Shown = Pick<RoomRow, ChangedColumn>

/** A room's row while it is being changed, and what of its members the change depends on. */
export type RoomBefore = {
  readonly room: Pick<RoomRow, 'kind' | 'rev' | 'member_count' | 'joining' | ChangedColumn>
  /** Of the user who makes the change: undefined unless they are a member. */
  readonly byRole: Role | undefined
  /** The first place that they see, were it a group that shows what came after one joined. */
  readonly byJoined: number
  /** Of the user whom the change is about: undefined unless they are a member. */
  readonly role: Role | undefined
  /** That user is no member because somebody else removed them. */
  readonly wasRemoved: boolean
  readonly isUser: boolean
  /** Up to two are counted. */
  readonly owners: number
  /** The code by which somebody joins is that of a link which opens this room now. */
  readonly hasLink: boolean
  /** Of the members who are no owners the one who has been in it longest, but for the user. */
  readonly eldest: string | undefined
}

/** What is to be written; undefined where the change changes nothing. */
export type Alteration = {
  /** All of it as it is from now on. */
  readonly shown: Shown
  /** Of settings, those that become others. */
  readonly settings?: SettingsView
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
  return 'user' in change ? change.user : undefined
}

/** By whose link somebody joins, if by one. */
export function codeOf(change: RoomChange): string | undefined {
  return change.kind === 'join' ? change.code : undefined
}

/** What of the table of permissions a change is. */
function actionsOf(change: RoomChange, { room, wasRemoved }: RoomBefore): readonly Action[] {
  if (change.kind === 'configure' && change.settings.history === 'all' && room.history !== null)
    return [change.kind, 'showAll']
  // All members read the one and the other, as a message.
  if (change.kind === 'rename' || change.kind === 'describe')
    return room.post === 'owners' ? [change.kind, 'announce'] : [change.kind]
  if (change.kind === 'configure') return [change.kind]
  if (change.kind === 'set-role') return ['setRole']
  if (change.kind === 'join') return ['join']
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
    const seesAll = change.by === undefined || before.room.history === null || before.byJoined === 0
    requirePermission(action, { role, kind: before.room.kind, seesAll })
  }
  const { room } = before
  requireMatch(change.ifMatch, revTag(room.rev))
  const same = { shown: shownIn(room), memberCount: room.member_count, keepsKey: false, roles: [] }
  if (change.kind === 'rename') return showing(same, { name: change.name })
  if (change.kind === 'describe') return keepingKey(showing(same, { description: change.description }))
  if (change.kind === 'configure') return configuring(change.settings, same)
  if (change.kind === 'join') requireOpen(change, before)
  if (change.kind === 'add' || change.kind === 'join') return joining(change, before, same)
  if (change.kind === 'remove') return leaving(change, before, same)
  return giving(change.user, change.role, before, same)
}

function shownIn({ name, description, post, slow_mode, history }: Shown): Shown {
  return { name, description, post, slow_mode, history }
}

/** With these; undefined where the room has them already. */
function showing(same: Alteration, wanted: Partial<Shown>): Alteration | undefined {
  const shown = { ...same.shown, ...wanted }
  return changedColumns.every((name) => shown[name] === same.shown[name]) ? undefined : { ...same, shown }
}

const keepingKey = (alteration: Alteration | undefined): Alteration | undefined =>
  alteration && { ...alteration, keepsKey: true }

function configuring(settings: SettingsView, same: Alteration): Alteration | undefined {
  const alteration = keepingKey(showing(same, columnsOf(settings)))
  if (!alteration) return undefined
  const { post, slowMode, history } = settings
  const changed = {
    ...(post !== undefined && alteration.shown.post !== same.shown.post && { post }),
    ...(slowMode !== undefined && alteration.shown.slow_mode !== same.shown.slow_mode && { slowMode }),
    ...(history !== undefined && alteration.shown.history !== same.shown.history && { history }),
  }
  return { ...alteration, settings: changed }
}

/** As the columns hold them, those that are named. */
function columnsOf({ post, slowMode, history }: SettingsView): Partial<Shown> {
  return {
    ...(post !== undefined && { post: post === 'owners' ? post : null }),
    ...(slowMode !== undefined && { slow_mode: slowMode === 0 ? null : slowMode }),
    ...(history !== undefined && { history: history === 'all' ? null : history }),
  }
}

type Join = Extract<RoomChange, { readonly kind: 'join' }>

/**
 * What a member asks for is there already. @throws Problem `not_found` for a room that is not open, to them: whether it exists
 * is not theirs to know; `forbidden` for somebody an owner removed
 */
function requireOpen({ code }: Join, { room, role, wasRemoved, hasLink }: RoomBefore): void {
  if (role !== undefined) return
  const isOpen = code === undefined ? room.joining !== null : hasLink
  if (!isOpen) throw new Problem('not_found', 'no such room')
  if (wasRemoved) requirePermission('addAgain', { role: 'member', kind: room.kind })
}

function joining(
  change: Extract<RoomChange, { readonly kind: 'add' | 'join' }>,
  { role, isUser, owners }: RoomBefore,
  same: Alteration,
): Alteration | undefined {
  const { user, most = limits.members } = change
  const wanted = change.kind === 'add' ? change.role : undefined
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

/** What of the table of permissions it takes that the host says something of a room: of what is no group only what it keeps with it, and how long messages. */
export function requireSetUp(
  { kind, rev }: Pick<RoomRow, 'kind' | 'rev'>,
  { pictureUrl, join, data, keepDays, ifMatch }: Omit<RoomSetup, 'room'>,
): void {
  const isOfAnyKind =
    (data !== undefined || keepDays !== undefined) && pictureUrl === undefined && join === undefined
  if (!isOfAnyKind) requirePermission('configure', { role: 'owner', kind })
  requireMatch(ifMatch, revTag(rev))
}

/** The message that says what changed, in its place. Of settings it says those that became others. */
export function systemMessageRow(
  { room, systemMessage: { id, authorId: author, text, system } }: RoomChange,
  { settings }: Alteration,
  { head: seq, last_at: created_at }: AlteredRow,
): MessageRow {
  const said = settings ? { ...system, settings } : system
  const about = settings ? withSettings(text, settings) : text
  return firstRow(
    { room, id, author, text: about, kind: 'system', system: systemColumn(said) },
    { seq, created_at },
  )
}
