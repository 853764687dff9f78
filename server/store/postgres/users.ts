import { isDeepStrictEqual } from 'node:util'
import { limits } from '../../protocol/limits.ts'
import { foldName, wordsOf } from '../../protocol/names.ts'
import { Problem } from '../../protocol/problems.ts'
import type { UserView } from '../../protocol/views.ts'
import { mergedView } from '../../rules/merging.ts'
import { type IfMatch, requireMatch } from '../../rules/preconditions.ts'
import { type PresenceRow, presenceIn } from '../../rules/presence.ts'
import {
  foldKey,
  foldVersion,
  haveOtherWords,
  mayBeOutdated,
  type Refolder,
  type UserKey,
} from '../../rules/refolding.ts'
import {
  detailsOf,
  isSeenAs,
  isUpToDate,
  lastSeenIn,
  type ProfileRow,
  type SeenRow,
  tagOf,
  type UserRow,
  userView,
} from '../../rules/rows.ts'
import { type Finder, type NamedRow, type Place, searchUsers, type WordRow } from '../../rules/search.ts'
import { dataColumn } from '../../rules/site-message.ts'
import type { Profile, UserStore } from '../store.ts'
import { requireNotErased } from './erasing.ts'
import { type Ask, type Link, retryOnConflict } from './link.ts'
import { type Sql, sql } from './sql.ts'

const columns = sql`u.id, u.name, u.avatar_url, u.about, u.merged_into`

/** One user by the whole key, as lookups.ts says why. */
const userOf = (tenant: string, id: Sql) => sql`
  SELECT * FROM (
    SELECT * FROM users WHERE (tenant, id) >= (${tenant}, ${id}) ORDER BY tenant, id LIMIT 1
  ) one WHERE one.tenant = ${tenant} AND one.id = ${id}`

/** Words from behind a place on, in the order of their index: so many rows are read, also where fewer start like that. */
const wordsFrom = (tenant: string, { prefix, after, most }: Starting) => sql`
  SELECT p.word, p."user" FROM (
    SELECT w.tenant, w.word, w."user" FROM user_words w
    WHERE (w.tenant, w.word, w."user") > (${tenant}, ${after[0]}, ${after[1]})
    ORDER BY w.tenant, w.word, w."user" LIMIT ${most}
  ) p WHERE p.tenant = ${tenant} AND p.word < ${prefix} || chr(1114111)`
type Starting = { readonly prefix: string; readonly after: Place; readonly most: number }

/** The users on Postgres. */
export function postgresUsers({ ask, transaction }: Link, now: () => number) {
  async function one(tenant: string, id: string): Promise<ProfileRow | undefined> {
    const [row] = await ask<
      ProfileRow[]
    >`SELECT ${columns}, u.time_zone, u.data FROM users u WHERE tenant = ${tenant} AND id = ${id}`
    return row
  }

  /** The row of the user is locked first, so of two changes at once the later one's words stay. */
  const save = (
    tenant: string,
    { id, name, avatarUrl, about, timeZone, data }: Profile,
    ifMatch?: IfMatch,
  ): Promise<{ row: UserRow; guests: readonly { id: string }[] }> =>
    transaction(async (ask) => {
      let tag: string | undefined
      if (ifMatch !== undefined) {
        const [old] = await ask<ProfileRow[]>`
          SELECT ${columns}, u.time_zone, u.data FROM users u WHERE tenant = ${tenant} AND id = ${id} FOR UPDATE`
        tag = tagOf(old)
        requireMatch(ifMatch, tag)
      }
      const [row] = await ask<[UserRow & { is_new: boolean }]>`
        INSERT INTO users AS u (tenant, id, name, avatar_url, about, time_zone, data, folded, created_at)
        VALUES (${tenant}, ${id}, ${name ?? id}, ${avatarUrl ?? null}, ${about || null}, ${timeZone || null},
          ${data === undefined ? null : dataColumn(data)},          ${foldName(name ?? id)}, ${now()})
        ON CONFLICT (tenant, id) DO UPDATE SET
          name = CASE WHEN ${name === undefined} THEN u.name ELSE excluded.name END,
          folded = CASE WHEN ${name === undefined} THEN u.folded ELSE excluded.folded END,
          avatar_url = coalesce(excluded.avatar_url, u.avatar_url),
          about = CASE WHEN ${about === undefined} THEN u.about ELSE excluded.about END,
          time_zone = CASE WHEN ${timeZone === undefined} THEN u.time_zone ELSE excluded.time_zone END,
          data = CASE WHEN ${data === undefined} THEN u.data ELSE excluded.data END
        RETURNING ${columns}, xmax = 0 AS is_new`
      // Another request made them since: there was no row to lock.
      if (ifMatch !== undefined && tag === undefined && !row.is_new) requireMatch(ifMatch, '"new"')
      await requireNotErased(ask, { tenant, user: id }, now())
      await saveWords(ask, tenant, row)
      const guests = await ask<{ id: string }[]>`
        UPDATE users SET name = ${row.name}, avatar_url = ${row.avatar_url}::text, about = ${row.about}::text,
          folded = ${foldName(row.name)}
        WHERE tenant = ${tenant} AND merged_into = ${id} RETURNING id`
      return { row, guests }
    })

  async function saveWords(
    ask: Ask,
    tenant: string,
    { id, name }: Pick<UserRow, 'id' | 'name'>,
  ): Promise<void> {
    const words = wordsOf(name)
    await ask`
      DELETE FROM user_words WHERE tenant = ${tenant} AND "user" = ${id} AND word <> ALL (${words}::text[])`
    await ask`
      INSERT INTO user_words (tenant, word, "user")
      SELECT ${tenant}, word, ${id} FROM unnest(${words}::text[]) AS word ON CONFLICT DO NOTHING`
  }

  /** Of one user at a time, whose row is locked first: several servers may do it at once. */
  const refoldOne = ({ tenant, id }: UserKey): Promise<void> =>
    retryOnConflict(() =>
      transaction(async (ask) => {
        const [row] = await ask<UserRow[]>`
          SELECT ${columns} FROM users u WHERE tenant = ${tenant} AND id = ${id} FOR UPDATE`
        if (!row) return
        await ask`UPDATE users SET folded = ${foldName(row.name)} WHERE tenant = ${tenant} AND id = ${id}`
        await saveWords(ask, tenant, row)
      }),
    )

  async function hasOtherWords(tenant: string, { id, name }: UserRow): Promise<boolean> {
    const rows = await ask<{ word: string }[]>`
      SELECT word FROM user_words WHERE tenant = ${tenant} AND "user" = ${id}`
    return haveOtherWords(
      name,
      rows.map(({ word }) => word),
    )
  }

  const refolder: Refolder = {
    async isDone() {
      const [mark] = await ask<{ value: string }[]>`SELECT value FROM meta WHERE key = ${foldKey}`
      return mark?.value === foldVersion
    },
    readUsers: ({ tenant, id }, most) => ask<(UserKey & { name: string })[]>`
      SELECT tenant, id, name FROM users WHERE (tenant, id) > (${tenant}, ${id}) ORDER BY tenant, id LIMIT ${most}`,
    async refold(users) {
      for (const user of users) await refoldOne(user)
    },
    async markDone() {
      await ask`
        INSERT INTO meta (key, value) VALUES (${foldKey}, ${foldVersion})
        ON CONFLICT (key) DO UPDATE SET value = excluded.value`
    },
  }

  const finderIn = (tenant: string): Finder => ({
    async countWords(prefix, most) {
      const words = wordsFrom(tenant, { prefix, after: [prefix, ''], most })
      const [{ count }] = await ask<[{ count: number }]>`SELECT count(*) FROM (${words}) w`
      return count
    },
    readWords: (prefix, after, most) => ask<WordRow[]>`
      SELECT ${columns}, u.folded, w.word FROM (${wordsFrom(tenant, { prefix, after, most })}) w
      CROSS JOIN LATERAL (${userOf(tenant, sql`w."user"`)}) u ORDER BY w.word, w."user"`,
    readNames: ([name, user], most) => ask<NamedRow[]>`
      SELECT ${columns}, u.folded FROM users u
      WHERE u.tenant = ${tenant} AND (u.folded, u.id) > (${name}, ${user}) ORDER BY u.folded, u.id LIMIT ${most}`,
    readSharing: (user, most) => ask<NamedRow[]>`
      SELECT ${columns}, u.folded FROM (
        SELECT DISTINCT m."user" FROM (
          SELECT b."user", b.left_seq FROM (
            SELECT room FROM members a WHERE a.tenant = ${tenant} AND a."user" = ${user} AND a.left_seq IS NULL
            ORDER BY room DESC LIMIT ${most}
          ) a CROSS JOIN LATERAL (
            SELECT b."user", b.left_seq FROM members b WHERE b.tenant = ${tenant} AND b.room = a.room
            ORDER BY b.room, b."user" LIMIT ${most}
          ) b LIMIT ${most}
        ) m WHERE m.left_seq IS NULL
      ) p CROSS JOIN LATERAL (${userOf(tenant, sql`p."user"`)}) u`,
  })

  const stores = (tenant: string): UserStore => ({
    async findUser(id) {
      const row = await one(tenant, id)
      return row && userView(row)
    },

    readDetails: async (id) => detailsOf(await one(tenant, id)),

    async findUsers(ids) {
      const found: Record<string, UserView> = Object.create(null)
      const wanted = [...new Set(ids)]
      if (wanted.length === 0) return found
      const rows = await ask<UserRow[]>`
        SELECT ${columns} FROM unnest(${wanted}::text[]) AS w (id) CROSS JOIN LATERAL (${userOf(tenant, sql`w.id`)}) u`
      for (const row of rows) found[row.id] = userView(row)
      return found
    },

    async saveUser(profile, ifMatch) {
      const known = await one(tenant, profile.id)
      if (known && ifMatch === undefined && isUpToDate(known, profile)) {
        // A server of an earlier version may have written them.
        if (mayBeOutdated(known.name) && (await hasOtherWords(tenant, known)))
          await refoldOne({ tenant, id: known.id })
        return { user: userView(known), changed: false }
      }
      const { row, guests } = await retryOnConflict(() => save(tenant, profile, ifMatch))
      const merged = guests.map((guest) => mergedView(guest.id, row))
      const changed = known !== undefined && !isSeenAs(known, profile)
      return { user: userView(row), changed, ...(merged.length > 0 && { merged }) }
    },

    searchUsers: (search) => searchUsers(finderIn(tenant), search),

    async markSeen(ids, at) {
      await retryOnConflict(
        () => ask`
          UPDATE users SET last_seen_at = ${at}::bigint
          WHERE tenant = ${tenant} AND id = ANY(${ids}::text[]) AND coalesce(last_seen_at, 0) < ${at}::bigint`,
      )
    },

    async readLastSeen(ids) {
      const rows = await ask<SeenRow[]>`
        SELECT u.id, u.last_seen_at FROM unnest(${ids}::text[]) AS w (id)
        CROSS JOIN LATERAL (${userOf(tenant, sql`w.id`)}) u WHERE u.last_seen_at IS NOT NULL`
      return lastSeenIn(rows)
    },

    async readPresence(ids) {
      const rows = await ask<(PresenceRow & { id: string })[]>`
        SELECT u.id, u.presence, u.do_not_disturb FROM unnest(${[...ids]}::text[]) AS w (id)
        CROSS JOIN LATERAL (${userOf(tenant, sql`w.id`)}) u WHERE u.presence IS NOT NULL OR u.do_not_disturb`
      return new Map(rows.map(({ id, ...row }) => [id, presenceIn(row)]))
    },

    setPresence: (id, change) =>
      retryOnConflict(() =>
        transaction(async (askIn) => {
          const [row] = await askIn<PresenceRow[]>`
            SELECT presence, do_not_disturb FROM users WHERE tenant = ${tenant} AND id = ${id} FOR UPDATE`
          if (!row) throw new Problem('not_found', 'no such user')
          const before = presenceIn(row)
          const after = { ...before, ...change }
          const changed = !isDeepStrictEqual(after, before)
          if (changed)
            await askIn`
              UPDATE users SET presence = ${after.show}, do_not_disturb = ${after.doNotDisturb}::bool
              WHERE tenant = ${tenant} AND id = ${id}`
          return { presence: after, changed }
        }),
      ),

    async findCompanions(users, { rooms, people }) {
      const rows = await ask<{ id: string; people: string[] }[]>`
        SELECT w.id, ARRAY(
          SELECT b."user" FROM (
            SELECT r.id, r.last_at FROM members m JOIN rooms r ON r.tenant = m.tenant AND r.id = m.room
            WHERE m.tenant = ${tenant} AND m."user" = w.id AND m.left_seq IS NULL
              AND r.member_count BETWEEN 2 AND ${limits.crowd}
            ORDER BY r.last_at DESC, r.id DESC LIMIT ${rooms}) p
          CROSS JOIN LATERAL (
            SELECT "user" FROM members WHERE tenant = ${tenant} AND room = p.id AND left_seq IS NULL OFFSET 0) b
          WHERE b."user" <> w.id
          GROUP BY b."user" ORDER BY max(p.last_at) DESC, b."user" LIMIT ${people}) AS people
        FROM unnest(${[...users]}::text[]) AS w (id)`
      return new Map(rows.map(({ id, people }) => [id, people]))
    },
  })

  return { stores, refolder, finderIn }
}
