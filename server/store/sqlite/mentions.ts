import type Database from 'better-sqlite3'
import { limits } from '../../protocol/limits.ts'
import { type MemberFinder, type NamedMemberRow, searchMembers } from '../../rules/member-search.ts'
import {
  mentionedBy,
  mentionsIn,
  newlyMentioned,
  newlyMentionsRoom,
  requireMentionsRoom,
  requireNoStrangers,
} from '../../rules/mentions.ts'
import type { Situation } from '../../rules/permissions.ts'
import type { MemberRow, MessageRow } from '../../rules/rows.ts'
import type { Finder } from '../../rules/search.ts'
import type { MentionStore } from '../store.ts'
import { mentionsCount, readTo } from './arranging.ts'
import { hasMember, keyAt } from './keys.ts'

/**
 * The definition of a mention that is unread, over the columns of `of`, a member of that room, that `readTo` takes: of
 * messages that are unread themselves, those that mention @user or everybody. Counted to the cap, in the order of a key.
 */
export const mentionsOf = (of: string, room: string, number: string): string => `(SELECT count(*) FROM (
  SELECT 1 FROM mentions n CROSS JOIN messages x ON x.key = ${keyAt(number, 'n.seq')}
  WHERE n.tenant = +@tenant AND n.room = ${room} AND n.user IN (+@user, '')
    AND n.seq > ${readTo(of)} AND x.author <> @user
    AND x.deleted_at IS NULL AND x.edited_at IS n.edited_at LIMIT ${limits.unread}))`

type Tools = { readonly finderIn: (tenant: string) => Finder; readonly now: () => number }

/** Whom messages mention, on SQLite. `finderIn` finds the tenant's users. */
export function sqliteMentions(db: Database.Database, { finderIn, now }: Tools) {
  const strangers = db
    .prepare<object, string>(
      `SELECT wanted.value FROM json_each(@users) wanted WHERE NOT ${hasMember('+@tenant', '+@room', 'wanted.value')}`,
    )
    .pluck()
  const situation = db.prepare<object, Situation>(
    `SELECT m.role, r.kind FROM members m CROSS JOIN rooms r ON r.tenant = m.tenant AND r.id = m.room
     WHERE m.tenant = +@tenant AND m.room = +@room AND m.user = +@user AND m.left_seq IS NULL`,
  )
  const add = db.prepare(
    'INSERT INTO mentions (tenant, room, user, seq, edited_at) VALUES (@tenant, @room, @user, @seq, @editedAt)',
  )
  const forget = db.prepare(
    'DELETE FROM mentions WHERE tenant = @tenant AND room = @room AND user = @user AND seq = @seq',
  )
  const total = db
    .prepare<object, number>(
      `SELECT coalesce(sum(${mentionsOf('m', 'm.room', 'r.no')}), 0)
       FROM members m INDEXED BY members_by_user JOIN rooms r ON r.tenant = m.tenant AND r.id = m.room
       WHERE m.tenant = +@tenant AND m.user = +@user AND m.left_seq IS NULL AND ${mentionsCount}
         AND r.last_seq > ${readTo('m')}`,
    )
    .pluck()
  const count = db
    .prepare<[string, string], number>('SELECT member_count FROM rooms WHERE tenant = ? AND id = ?')
    .pluck()
  const members = db.prepare<object, NamedMemberRow>(
    `SELECT p.user, p.role, p.read_seq, p.read_at, p.left_seq, u.id, u.name, u.avatar_url, u.about, u.merged_into, u.folded FROM (
       SELECT user, role, read_seq, read_at, left_seq FROM members
       WHERE tenant = +@tenant AND room = +@room AND user > @after ORDER BY user LIMIT +@most) p
     CROSS JOIN users u ON u.tenant = +@tenant AND u.id = p.user ORDER BY p.user`,
  )
  const some = db.prepare<object, MemberRow>(
    `SELECT m.user, m.role, m.read_seq, m.read_at FROM json_each(@users) wanted
     CROSS JOIN members m ON m.tenant = +@tenant AND m.room = +@room AND m.user = wanted.value
     WHERE m.left_seq IS NULL`,
  )

  function check(tenant: string, row: MessageRow, before: MessageRow | undefined): void {
    const { room, author: user } = row
    const [now, then] = [mentionsIn(row), before && mentionsIn(before)]
    const users = newlyMentioned(now, then)
    if (users.length > 0) requireNoStrangers(strangers.all({ tenant, room, users: JSON.stringify(users) }))
    if (newlyMentionsRoom(now, then))
      requireMentionsRoom(situation.get({ tenant, room, user }) ?? { role: undefined })
  }

  const memberFinderIn = (tenant: string): MemberFinder => ({
    ...finderIn(tenant),
    countMembers: (room) => count.get(tenant, room) ?? 0,
    readMembers: (room, after, most) => members.all({ tenant, room, after, most }),
    findMembers: (room, users) => some.all({ tenant, room, users: JSON.stringify(users) }),
  })

  return {
    /**
     * Within the transaction that writes a message: checks whom it mentions that it did not mention before, and keeps the
     * rows. Of a message that mentions nobody nothing is asked.
     */
    keep(tenant: string, row: MessageRow, before?: MessageRow): void {
      if (row.mentions === (before?.mentions ?? null)) return
      check(tenant, row, before)
      const place = { tenant, room: row.room, seq: row.seq }
      if (before) for (const user of mentionedBy(before)) forget.run({ ...place, user })
      for (const user of mentionedBy(row)) add.run({ ...place, user, editedAt: row.edited_at })
    },

    stores: (tenant: string): MentionStore => ({
      countMentions: async (user) => total.get({ tenant, user, now: now() }) ?? 0,
      searchMembers: (search) => searchMembers(memberFinderIn(tenant), search),
    }),
  }
}

export type SqliteMentions = ReturnType<typeof sqliteMentions>
