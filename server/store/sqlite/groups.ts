import type Database from 'better-sqlite3'
import { Problem } from '../../protocol/problems.ts'
import type { MemberView, RoomView } from '../../protocol/views.ts'
import {
  type Alteration,
  additionOf,
  alterationOf,
  changedColumns,
  codeOf,
  type RoomBefore,
  requireSetUp,
  subjectOf,
  systemMessageRow,
} from '../../rules/groups.ts'
import { type AlteredRow, messageView, type RoomRow } from '../../rules/rows.ts'
import { eventOfChange } from '../../rules/webhook-rows.ts'
import type { GroupStore, RoomChange } from '../store.ts'
import type { GroupCommit } from './group-commit.ts'
import { keyAt, membersByRole } from './keys.ts'
import { opens } from './links.ts'
import type { SqliteUsage } from './usage.ts'
import type { SqliteOutbox } from './webhook-log.ts'

type Role = MemberView['role']
type Situation = { isUser: 0 | 1; wasRemoved: 0 | 1; hasLink: 0 | 1; owners: number; eldest: string | null }

type Tools = {
  now: () => number
  viewOf: (tenant: string, room: string) => RoomView
  usage: SqliteUsage
  outbox: SqliteOutbox
}

/** Changes of groups on SQLite. */
export function sqliteGroups(
  db: Database.Database,
  commit: GroupCommit,
  { now, viewOf, usage, outbox }: Tools,
) {
  const one = db.prepare<[string, string], RoomRow>(
    'SELECT * FROM rooms WHERE tenant = ? AND id = ? AND deleted_at IS NULL',
  )
  const member = db.prepare<[string, string, string], { role: Role; joined_seq: number }>(
    'SELECT role, joined_seq FROM members WHERE tenant = ? AND room = ? AND user = ? AND left_seq IS NULL',
  )
  const situation = db.prepare<object, Situation>(
    `SELECT EXISTS (SELECT 1 FROM users WHERE tenant = @tenant AND id = @user) AS isUser,
       EXISTS (SELECT 1 FROM members WHERE tenant = @tenant AND room = @room AND user = @user AND removed_seq = left_seq) AS wasRemoved,
       EXISTS (SELECT 1 FROM links l WHERE l.tenant = @tenant AND l.code = @code AND l.room = @room AND ${opens('l')}) AS hasLink,
       (SELECT count(*) FROM (SELECT 1 FROM ${membersByRole('owner')} LIMIT 2)) AS owners,
       (SELECT user FROM ${membersByRole('member')} AND user <> @user ORDER BY joined_seq, user LIMIT 1) AS eldest`,
  )
  // Two numbers: the room's own, and the place of the message about it. Members come and go one by one. What they see
  // counts as their change: nodes ask who is one, and from where, before anything else goes out.
  const alter = db.prepare<object, AlteredRow>(
    `UPDATE rooms SET head = head + 2, rev = head + 1, last_seq = head + 2,
       quiet_from = iif(quiet_to = last_seq, quiet_from, last_seq), quiet_to = head + 2,
       roster = iif(member_count = @memberCount AND history IS @history, roster, head + 1),
       key = iif(@keepsKey, key, NULL), ${changedColumns.map((name) => `${name} = @${name}`).join(', ')},
       member_count = @memberCount, last_at = max(last_at, @now)
     WHERE tenant = @tenant AND id = @room RETURNING head, last_at, roster AS "membershipRev"`,
  )
  const setUp = db.prepare<object, { head: number; membershipRev: number }>(
    `UPDATE rooms SET head = head + 1, rev = head + 1, picture_url = @pictureUrl, joining = @join, data = @data,
       keep_days = @keepDays
     WHERE tenant = @tenant AND id = @room
       AND (picture_url IS NOT @pictureUrl OR joining IS NOT @join OR data IS NOT @data OR keep_days IS NOT @keepDays)
     RETURNING head, roster AS "membershipRev"`,
  )
  const countUse = db.prepare('UPDATE links SET used = used + 1 WHERE tenant = @tenant AND code = @code')
  const join = db.prepare(
    `INSERT INTO members (tenant, room, user, role, read_seq, joined_seq, muted)
     VALUES (@tenant, @room, @user, 'member', @seq, @seq, 0)
     ON CONFLICT (tenant, room, user) DO UPDATE
     SET role = 'member', read_seq = @seq, joined_seq = @seq, left_seq = NULL, removed_seq = NULL, muted = 0,
       muted_until = NULL, mute_mentions = 0, pinned_at = NULL, archived_seq = NULL, unread_from = NULL,
       arranged_rev = iif(arranged_rev = 0, 0, arranged_rev + 1)`,
  )
  const leave = db.prepare(
    `UPDATE members SET left_seq = @seq, removed_seq = iif(@isRemoval, @seq, NULL)
     WHERE tenant = @tenant AND room = @room AND user = @user`,
  )
  const giveRole = db.prepare(
    'UPDATE members SET role = @role WHERE tenant = @tenant AND room = @room AND user = @user',
  )
  const insert = db.prepare(
    `INSERT INTO messages (key, rev, id, author, kind, text, system, hash, created_at)
     SELECT ${keyAt('no', '@seq')}, @rev, @id, @author, @kind, @text, @system, @hash, @created_at
     FROM rooms WHERE tenant = @tenant AND id = @room`,
  )

  function write(tenant: string, change: RoomChange, alteration: Alteration) {
    const { room } = change
    const { shown, memberCount, keepsKey, isRemoval = false } = alteration
    const place = alter.get({
      tenant,
      room,
      ...shown,
      memberCount,
      keepsKey: Number(keepsKey),
      now: now(),
    })
    if (!place) throw new Problem('not_found', 'no such room')
    const { head: seq } = place
    if (alteration.join !== undefined) join.run({ tenant, room, user: alteration.join, seq })
    const code = codeOf(change)
    if (code !== undefined) countUse.run({ tenant, code })
    if (alteration.leave !== undefined)
      leave.run({ tenant, room, user: alteration.leave, seq, isRemoval: Number(isRemoval) })
    for (const [user, role] of alteration.roles) giveRole.run({ tenant, room, user, role })
    const row = systemMessageRow(change, alteration, place)
    insert.run({ ...row, tenant })
    outbox(tenant, { room, rev: seq, event: eventOfChange(change), seq, at: row.created_at })
    return { message: messageView(row), membershipRev: place.membershipRev }
  }

  function situationOf(tenant: string, change: RoomChange): Omit<RoomBefore, 'room'> {
    const { room, by } = change
    const user = subjectOf(change) ?? ''
    const found = situation.get({ tenant, room, user, code: codeOf(change) ?? null, now: now() })
    const byMember = by === undefined ? undefined : member.get(tenant, room, by)
    return {
      byRole: byMember?.role,
      byJoined: byMember?.joined_seq ?? 0,
      role: member.get(tenant, room, user)?.role,
      wasRemoved: found?.wasRemoved === 1,
      isUser: found?.isUser === 1,
      hasLink: found?.hasLink === 1,
      owners: found?.owners ?? 0,
      eldest: found?.eldest ?? undefined,
    }
  }

  return (tenant: string): GroupStore => ({
    setUpRoom: ({ room: id, ...wish }) =>
      commit.run(() => {
        const room = one.get(tenant, id)
        if (!room) throw new Problem('not_found', 'no such room')
        requireSetUp(room, wish)
        const {
          pictureUrl = room.picture_url,
          join = room.joining,
          data = room.data,
          keepDays = room.keep_days,
        } = wish
        const written = setUp.get({ tenant, room: id, pictureUrl, join, data, keepDays })
        if (!written) return undefined
        const { head: rev, membershipRev } = written
        outbox(tenant, { room: id, rev, event: 'room.changed', seq: null, at: now() })
        return { room: viewOf(tenant, id), membershipRev }
      }),

    alterRoom: (change) =>
      commit.run(() => {
        const room = one.get(tenant, change.room)
        if (!room) throw new Problem('not_found', 'no such room')
        const before = { room, ...situationOf(tenant, change) }
        const alteration = alterationOf(change, before)
        if (!alteration) return undefined
        const added = additionOf(change, alteration)
        if (added) usage.take({ tenant, user: added.user, what: 'add', amount: 1 }, added.most)
        const written = write(tenant, change, alteration)
        return { room: viewOf(tenant, room.id), ...written }
      }),
  })
}
