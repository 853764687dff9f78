import { limits } from '../../protocol/limits.ts'
import type { UserView } from '../../protocol/views.ts'
import { isUpToDate, lastSeenIn, type SeenRow, type UserRow, userView } from '../../rules/rows.ts'
import { cutPage, decodeCursor } from '../cursor.ts'
import { foldName, wordsOf } from '../names.ts'
import type { Profile, UserSearch, UserStore } from '../store.ts'
import { type Link, retryOnConflict } from './link.ts'
import { sql } from './sql.ts'

type FoundRow = UserRow & { sort: string }

const columns = sql`u.id, u.name, u.avatar_url`

const byWord = (tenant: string, first: string, others: readonly string[]) => sql`
  SELECT ${columns}, w.word AS sort FROM user_words w JOIN users u ON u.tenant = w.tenant AND u.id = w."user"
  WHERE w.tenant = ${tenant} AND w.word >= ${first} AND w.word < ${first} || chr(1114111)
    -- A user of two words that both match is found by the first one only.
    AND NOT EXISTS (SELECT 1 FROM user_words o WHERE o.tenant = w.tenant AND o."user" = w."user"
                    AND o.word >= ${first} AND o.word < w.word)
    AND NOT EXISTS (SELECT 1 FROM unnest(${others}::text[]) AS other WHERE NOT EXISTS (
                    SELECT 1 FROM user_words o WHERE o.tenant = w.tenant AND o."user" = w."user"
                    AND o.word >= other AND o.word < other || chr(1114111)))`

const byName = (tenant: string) => sql`
  SELECT ${columns}, u.folded AS sort FROM users u WHERE u.tenant = ${tenant}`

const sharing = (user: string) => sql`
  EXISTS (SELECT 1 FROM members a JOIN members b ON b.tenant = a.tenant AND b.room = a.room
          WHERE a.tenant = u.tenant AND a."user" = ${user} AND a.left_seq IS NULL
            AND b."user" = u.id AND b.left_seq IS NULL)`

/** The users on Postgres. */
export function postgresUsers({ ask, transaction }: Link, now: () => number) {
  async function one(tenant: string, id: string): Promise<UserRow | undefined> {
    const [row] = await ask<UserRow[]>`SELECT ${columns} FROM users u WHERE tenant = ${tenant} AND id = ${id}`
    return row
  }

  /** The row of the user is locked first, so of two changes at once the later one's words stay. */
  const save = (tenant: string, { id, name, avatarUrl }: Profile): Promise<UserRow> =>
    transaction(async (ask) => {
      const [row] = await ask<[UserRow]>`
        INSERT INTO users AS u (tenant, id, name, avatar_url, folded, created_at)
        VALUES (${tenant}, ${id}, ${name ?? id}, ${avatarUrl ?? null}, ${foldName(name ?? id)}, ${now()})
        ON CONFLICT (tenant, id) DO UPDATE SET
          name = CASE WHEN ${name === undefined} THEN u.name ELSE excluded.name END,
          folded = CASE WHEN ${name === undefined} THEN u.folded ELSE excluded.folded END,
          avatar_url = coalesce(excluded.avatar_url, u.avatar_url)
        RETURNING ${columns}`
      const words = wordsOf(row.name)
      await ask`
        DELETE FROM user_words WHERE tenant = ${tenant} AND "user" = ${id} AND word <> ALL (${words}::text[])`
      await ask`
        INSERT INTO user_words (tenant, word, "user")
        SELECT ${tenant}, word, ${id} FROM unnest(${words}::text[]) AS word ON CONFLICT DO NOTHING`
      return row
    })

  async function find(tenant: string, search: UserSearch, limit: number): Promise<FoundRow[]> {
    const { query, cursor, sharingWith } = search
    const [first, ...others] = wordsOf(query)
    const [after, afterId] = cursor === undefined ? ['', ''] : decodeCursor(cursor, 'string')
    const among = sharingWith === undefined ? sql`true` : sharing(sharingWith)
    if (first !== undefined) {
      return ask<FoundRow[]>`
        ${byWord(tenant, first, others)} AND (w.word, w."user") > (${after}, ${afterId}) AND ${among}
        ORDER BY w.word, w."user" LIMIT ${limit}`
    }
    // A query without a letter or digit is in no name's words.
    if (query.trim() !== '') return []
    return ask<FoundRow[]>`
      ${byName(tenant)} AND (u.folded, u.id) > (${after}, ${afterId}) AND ${among}
      ORDER BY u.folded, u.id LIMIT ${limit}`
  }

  return (tenant: string): UserStore => ({
    async findUser(id) {
      const row = await one(tenant, id)
      return row && userView(row)
    },

    async findUsers(ids) {
      const found: Record<string, UserView> = Object.create(null)
      const wanted = [...new Set(ids)]
      if (wanted.length === 0) return found
      const rows = await ask<UserRow[]>`
        SELECT ${columns} FROM users u WHERE tenant = ${tenant} AND id = ANY(${wanted}::text[])`
      for (const row of rows) found[row.id] = userView(row)
      return found
    },

    async saveUser(profile) {
      const known = await one(tenant, profile.id)
      if (known && isUpToDate(known, profile)) return { user: userView(known), changed: false }
      const row = await retryOnConflict(() => save(tenant, profile))
      return { user: userView(row), changed: known !== undefined }
    },

    async searchUsers(search) {
      const { limit } = search
      const rows = await find(tenant, search, limit + 1)
      const { page, next } = cutPage(rows, limit, ({ sort, id }) => [sort, id])
      return { users: page.map(userView), ...next }
    },

    async markSeen(ids, at) {
      await retryOnConflict(
        () => ask`
          UPDATE users SET last_seen_at = ${at}::bigint
          WHERE tenant = ${tenant} AND id = ANY(${ids}::text[]) AND coalesce(last_seen_at, 0) < ${at}::bigint`,
      )
    },

    async readLastSeen(ids) {
      const rows = await ask<SeenRow[]>`
        SELECT id, last_seen_at FROM users
        WHERE tenant = ${tenant} AND id = ANY(${ids}::text[]) AND last_seen_at IS NOT NULL`
      return lastSeenIn(rows)
    },

    async findCompanions(users, { rooms, people }) {
      const rows = await ask<{ id: string; people: string[] }[]>`
        SELECT w.id, ARRAY(
          SELECT b."user" FROM (
            SELECT r.id, r.last_at FROM members m JOIN rooms r ON r.tenant = m.tenant AND r.id = m.room
            WHERE m.tenant = ${tenant} AND m."user" = w.id AND m.left_seq IS NULL
              AND r.member_count BETWEEN 2 AND ${limits.crowd}
            ORDER BY r.last_at DESC, r.id DESC LIMIT ${rooms}) p
          JOIN members b ON b.tenant = ${tenant} AND b.room = p.id
          WHERE b.left_seq IS NULL AND b."user" <> w.id
          GROUP BY b."user" ORDER BY max(p.last_at) DESC, b."user" LIMIT ${people}) AS people
        FROM unnest(${[...users]}::text[]) AS w (id)`
      return new Map(rows.map(({ id, people }) => [id, people]))
    },
  })
}
