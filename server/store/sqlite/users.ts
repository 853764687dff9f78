import type Database from 'better-sqlite3'
import { limits } from '../../protocol/limits.ts'
import type { UserView } from '../../protocol/views.ts'
import { isUpToDate, lastSeenIn, type SeenRow, type UserRow, userView } from '../../rules/rows.ts'
import { cutPage, decodeCursor } from '../cursor.ts'
import { foldName, wordsOf } from '../names.ts'
import type { Profile, UserSearch, UserStore } from '../store.ts'
import type { GroupCommit } from './group-commit.ts'

type FoundRow = UserRow & { sort: string }

const columns = 'u.id, u.name, u.avatar_url'
// A user of two words that both match is found by the first one only.
const byWord = `
  SELECT ${columns}, w.word AS sort FROM user_words w JOIN users u ON u.tenant = w.tenant AND u.id = w.user
  WHERE w.tenant = +@tenant AND w.word >= +@first AND w.word < +@first || char(1114111)
    AND (w.word, w.user) > (@after, @afterId)
    AND NOT EXISTS (SELECT 1 FROM user_words o WHERE o.tenant = w.tenant AND o.user = w.user
                    AND o.word >= +@first AND o.word < w.word)
    AND NOT EXISTS (SELECT 1 FROM json_each(@others) f WHERE NOT EXISTS (
                    SELECT 1 FROM user_words o WHERE o.tenant = w.tenant AND o.user = w.user
                    AND o.word >= f.value AND o.word < f.value || char(1114111)))`
const byName = `
  SELECT ${columns}, u.folded AS sort FROM users u
  WHERE u.tenant = +@tenant AND (u.folded, u.id) > (@after, @afterId)`
// Index and order are said, because without statistics SQLite takes a tenant for ten rows.
const shared = `
  AND u.id IN (SELECT b.user FROM members a INDEXED BY members_by_user
               CROSS JOIN members b ON b.tenant = a.tenant AND b.room = a.room
               WHERE a.tenant = +@tenant AND a.user = +@sharingWith AND a.left_seq IS NULL AND b.left_seq IS NULL)`

const peopleOfSmallRooms = `
  SELECT b.user FROM (
    SELECT r.id, r.last_at FROM members m INDEXED BY members_by_user
    JOIN rooms r ON r.tenant = m.tenant AND r.id = m.room
    WHERE m.tenant = +@tenant AND m.user = +@user AND m.left_seq IS NULL
      AND r.member_count BETWEEN 2 AND ${limits.crowd}
    ORDER BY r.last_at DESC, r.id DESC LIMIT +@rooms) p
  CROSS JOIN members b ON b.tenant = +@tenant AND b.room = p.id
  WHERE b.left_seq IS NULL AND b.user <> +@user
  GROUP BY b.user ORDER BY max(p.last_at) DESC, b.user LIMIT +@people`

/** The users on SQLite. */
export function sqliteUsers(db: Database.Database, commit: GroupCommit, now: () => number) {
  const one = db.prepare<[string, string], UserRow>(
    `SELECT ${columns} FROM users u WHERE tenant = ? AND id = ?`,
  )
  const some = db.prepare<object, UserRow>(
    `SELECT ${columns} FROM json_each(@ids) wanted CROSS JOIN users u ON u.tenant = +@tenant AND u.id = wanted.value`,
  )
  const upsert = db.prepare(
    `INSERT INTO users (tenant, id, name, avatar_url, folded, created_at)
     VALUES (@tenant, @id, @name, @avatarUrl, @folded, @now)
     ON CONFLICT (tenant, id) DO UPDATE SET name = @name, avatar_url = @avatarUrl, folded = @folded`,
  )
  const dropWords = db.prepare('DELETE FROM user_words WHERE tenant = ? AND user = ?')
  const addWord = db.prepare('INSERT INTO user_words (tenant, word, user) VALUES (?, ?, ?)')
  const seen = db.prepare(
    `UPDATE users SET last_seen_at = @at
     WHERE tenant = @tenant AND id = @id AND (last_seen_at IS NULL OR last_seen_at < @at)`,
  )
  const lastSeen = db.prepare<object, SeenRow>(
    `SELECT u.id, u.last_seen_at FROM json_each(@ids) wanted
     CROSS JOIN users u ON u.tenant = +@tenant AND u.id = wanted.value WHERE u.last_seen_at IS NOT NULL`,
  )
  const people = db.prepare<object, string>(peopleOfSmallRooms).pluck()
  const prepareListing = (select: string, order: string) => ({
    all: db.prepare<object, FoundRow>(`${select} ORDER BY ${order} LIMIT +@limit`),
    shared: db.prepare<object, FoundRow>(`${select} ${shared} ORDER BY ${order} LIMIT +@limit`),
  })
  const words = prepareListing(byWord, 'w.word, w.user')
  const names = prepareListing(byName, 'u.folded, u.id')

  function save(tenant: string, profile: Profile): { user: UserView; changed: boolean } {
    const old = one.get(tenant, profile.id)
    const name = profile.name ?? old?.name ?? profile.id
    const avatarUrl = profile.avatarUrl ?? old?.avatar_url ?? null
    const folded = foldName(name)
    upsert.run({ tenant, id: profile.id, name, avatarUrl, folded, now: now() })
    if (name !== old?.name) {
      dropWords.run(tenant, profile.id)
      for (const word of wordsOf(name)) addWord.run(tenant, word, profile.id)
    }
    const row = { id: profile.id, name, avatar_url: avatarUrl }
    return { user: userView(row), changed: old !== undefined }
  }

  function find(tenant: string, { query, limit, cursor, sharingWith }: UserSearch): FoundRow[] {
    const [first, ...others] = wordsOf(query)
    const [after, afterId] = cursor === undefined ? ['', ''] : decodeCursor(cursor, 'string')
    // A query without a letter or digit is in no name's words.
    if (first === undefined && query.trim() !== '') return []
    const listing = first === undefined ? names : words
    const which = sharingWith === undefined ? listing.all : listing.shared
    return which.all({ tenant, first, others: JSON.stringify(others), sharingWith, after, afterId, limit })
  }

  return (tenant: string): UserStore => ({
    async findUser(id) {
      const row = one.get(tenant, id)
      return row && userView(row)
    },

    async findUsers(ids) {
      const found: Record<string, UserView> = Object.create(null)
      for (const row of some.all({ tenant, ids: JSON.stringify([...new Set(ids)]) })) {
        found[row.id] = userView(row)
      }
      return found
    },

    async saveUser(profile) {
      const row = one.get(tenant, profile.id)
      if (row && isUpToDate(row, profile)) return { user: userView(row), changed: false }
      return commit.run(() => save(tenant, profile))
    },

    async searchUsers(search) {
      const { limit } = search
      const rows = find(tenant, { ...search, limit: limit + 1 })
      const { page, next } = cutPage(rows, limit, ({ sort, id }) => [sort, id])
      return { users: page.map(userView), ...next }
    },

    markSeen: (ids, at) =>
      commit.run(() => {
        for (const id of ids) seen.run({ tenant, id, at })
      }),

    async readLastSeen(ids) {
      return lastSeenIn(lastSeen.all({ tenant, ids: JSON.stringify(ids) }))
    },

    async findCompanions(users, most) {
      return new Map(users.map((user) => [user, people.all({ tenant, user, ...most })]))
    },
  })
}
