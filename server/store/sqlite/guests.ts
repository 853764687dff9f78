import type Database from 'better-sqlite3'
import { foldName, wordsOf } from '../../protocol/names.ts'
import { type GuestPlace, mergedKey, mergedView, moveOf, requireMergeable } from '../../rules/merging.ts'
import { type UserRow, userView } from '../../rules/rows.ts'
import type { GuestStore, MergedRoom, RoomVersions } from '../store.ts'
import type { GroupCommit } from './group-commit.ts'
import { keyAt, lastKey, membersByRole, roomNumber } from './keys.ts'
import type { SqliteUsage } from './usage.ts'
import type { SqliteOutbox } from './webhook-log.ts'

type Tools = {
  readonly now: () => number
  readonly usage: SqliteUsage
  readonly outbox: SqliteOutbox
}
type Merge = { readonly tenant: string; readonly guest: string; readonly user: string }

/** Guests on SQLite. */
export function sqliteGuests(db: Database.Database, commit: GroupCommit, { now, usage, outbox }: Tools) {
  const insert = db.prepare(
    `INSERT INTO users (tenant, id, name, folded, created_at) VALUES (@tenant, @id, @name, @folded, @now)`,
  )
  const addWord = db.prepare('INSERT INTO user_words (tenant, word, user) VALUES (?, ?, ?)')
  const dropWords = db.prepare('DELETE FROM user_words WHERE tenant = ? AND user = ?')
  const one = db.prepare<[string, string], UserRow>(
    'SELECT id, name, avatar_url, about, merged_into FROM users WHERE tenant = ? AND id = ?',
  )
  const become = db.prepare(
    `UPDATE users SET merged_into = @user, name = @name, avatar_url = @avatar_url, about = @about, folded = @folded
     WHERE tenant = @tenant AND id = @guest`,
  )
  const places = db.prepare<object, GuestPlace>(
    `SELECT g.room, r.key, g.role, u.role AS user_role, u.left_seq AS user_left, u.removed_seq AS user_removed
     FROM members g INDEXED BY members_by_user
     CROSS JOIN rooms r ON r.tenant = g.tenant AND r.id = g.room
     LEFT JOIN members u ON u.tenant = g.tenant AND u.room = g.room AND u.user = +@user
     WHERE g.tenant = +@tenant AND g.user = +@guest AND g.left_seq IS NULL AND r.deleted_at IS NULL`,
  )
  const membersOf = db
    .prepare<object, string>(
      'SELECT user FROM members WHERE tenant = @tenant AND room = @room AND left_seq IS NULL',
    )
    .pluck()
  const isTaken = db.prepare<[string, string], object>('SELECT 1 FROM rooms WHERE tenant = ? AND key = ?')
  const change = db.prepare<object, RoomVersions>(
    `UPDATE rooms SET head = head + 1, rev = head + 1, roster = head + 1, key = @key, member_count = member_count - @fewer
     WHERE tenant = @tenant AND id = @room RETURNING head, roster AS "membershipRev"`,
  )
  const kept =
    'role, read_seq, read_at, joined_seq, muted, muted_until, mute_mentions, pinned_at, archived_seq, unread_from'
  const enter = db.prepare(
    `INSERT INTO members (tenant, room, user, ${kept}, arranged_rev, posted_at)
     SELECT tenant, room, @user, ${kept}, arranged_rev, posted_at FROM members
     WHERE tenant = @tenant AND room = @room AND user = @guest
     ON CONFLICT (tenant, room, user) DO UPDATE SET left_seq = NULL, removed_seq = NULL,
       ${kept
         .split(', ')
         .map((name) => `${name} = excluded.${name}`)
         .join(', ')}, posted_at = excluded.posted_at,
       arranged_rev = iif(members.arranged_rev = 0, excluded.arranged_rev, members.arranged_rev + excluded.arranged_rev + 1)`,
  )
  const join = db.prepare(
    `UPDATE members SET role = iif('owner' IN (g.role, members.role), 'owner', 'member'),
       read_seq = max(members.read_seq, g.read_seq), joined_seq = min(members.joined_seq, g.joined_seq)
     FROM (SELECT role, read_seq, joined_seq FROM members WHERE tenant = @tenant AND room = @room AND user = @guest) g
     WHERE tenant = @tenant AND room = @room AND user = @user`,
  )
  const leave = db.prepare(
    'UPDATE members SET left_seq = @head, removed_seq = NULL WHERE tenant = @tenant AND room = @room AND user = @guest',
  )
  const orphaned = db.prepare(
    `UPDATE members SET role = 'owner' WHERE tenant = @tenant AND room = @room
       AND user = (SELECT user FROM ${membersByRole('member')} ORDER BY joined_seq, user LIMIT 1)
       AND NOT EXISTS (SELECT 1 FROM ${membersByRole('owner')})`,
  )
  // What the guest wrote is nothing that the user has not read.
  const readOwn = db.prepare(
    `UPDATE members SET read_seq = max(read_seq, coalesce(
       (SELECT m.seq - 1 FROM messages m WHERE m.key > ${keyAt(roomNumber, 'read_seq')} AND m.key <= ${lastKey(roomNumber)}
          AND m.author NOT IN (@guest, @user) ORDER BY m.key LIMIT 1),
       (SELECT last_seq FROM rooms WHERE tenant = @tenant AND id = @room)))
     WHERE tenant = @tenant AND room = @room AND user = @user`,
  )
  const moveMentions = db.prepare(
    'UPDATE OR IGNORE mentions SET user = @user WHERE tenant = @tenant AND room = @room AND user = @guest',
  )

  function move(merge: Merge, place: GuestPlace): MergedRoom {
    const { tenant } = merge
    const { room } = place
    const how = moveOf(place)
    const key = how === 'enter' && place.key !== null ? freeKey(merge, room) : null
    const versions = change.get({ tenant, room, key, fewer: how === 'enter' ? 0 : 1 })
    if (!versions) throw new Error('expected the room that the guest is in')
    const at = { ...merge, room }
    if (how === 'enter') enter.run(at)
    if (how === 'both') join.run(at)
    leave.run({ ...at, head: versions.head })
    outbox(tenant, { room, rev: versions.head, event: 'room.changed', seq: null, at: now() })
    const isIn = how !== 'leave'
    if (isIn) takeOver(at)
    else if (place.role === 'owner') orphaned.run(at)
    return { room, ...versions, isIn }
  }

  function freeKey({ tenant, guest, user }: Merge, room: string): string | null {
    const key = mergedKey(membersOf.all({ tenant, room }), guest, user)
    return isTaken.get(tenant, key) ? null : key
  }

  function takeOver(at: Merge & { readonly room: string }): void {
    readOwn.run(at)
    moveMentions.run(at)
  }

  return (tenant: string): GuestStore => ({
    addGuest: ({ id, name, most }) =>
      commit.run(() => {
        if (most !== undefined) usage.take({ tenant, user: '', what: 'guest', amount: 1 }, most)
        insert.run({ tenant, id, name, folded: foldName(name), now: now() })
        for (const word of wordsOf(name)) addWord.run(tenant, word, id)
        return userView({ id, name, avatar_url: null, about: null, merged_into: null })
      }),

    mergeGuest: ({ guest, user }) =>
      commit.run(() => {
        const row = one.get(tenant, user)
        if (!requireMergeable(one.get(tenant, guest), row) || !row) return undefined
        const merge = { tenant, guest, user }
        const rooms = places.all(merge).map((place) => move(merge, place))
        become.run({ ...row, ...merge, folded: foldName(row.name) })
        dropWords.run(tenant, guest)
        return { guest: mergedView(guest, row), rooms }
      }),
  })
}
