import { isDeepStrictEqual } from 'node:util'
import type Database from 'better-sqlite3'
import { limits } from '../../protocol/limits.ts'
import { foldName, wordsOf } from '../../protocol/names.ts'
import { Problem } from '../../protocol/problems.ts'
import type { UserView } from '../../protocol/views.ts'
import { mergedView } from '../../rules/merging.ts'
import { type IfMatch, requireMatch } from '../../rules/preconditions.ts'
import { type PresenceRow, presenceIn, usualPresence } from '../../rules/presence.ts'
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
import { type Finder, type NamedRow, searchUsers, type WordRow } from '../../rules/search.ts'
import { dataColumn } from '../../rules/site-message.ts'
import type { Profile, SavedUser, UserStore } from '../store.ts'
import { refuseErased } from './erasing.ts'
import type { GroupCommit } from './group-commit.ts'

const columns = 'u.id, u.name, u.avatar_url, u.about, u.merged_into'
const namedColumns = `${columns}, u.folded`
// For a join the order is said: without statistics SQLite takes a tenant for ten rows.
const startingSo = `FROM user_words w
  WHERE w.tenant = +@tenant AND (w.word, w.user) > (@word, @user) AND w.word < +@prefix || char(1114111)`
const words = `
  SELECT ${namedColumns}, p.word FROM (
    SELECT w.word, w.user ${startingSo} ORDER BY w.word, w.user LIMIT +@most) p
  CROSS JOIN users u ON u.tenant = +@tenant AND u.id = p.user ORDER BY p.word, p.user`
const wordCount = `SELECT count(*) FROM (SELECT 1 ${startingSo} LIMIT +@most)`
const names = `
  SELECT ${namedColumns} FROM users u
  WHERE u.tenant = +@tenant AND (u.folded, u.id) > (@name, @user) ORDER BY u.folded, u.id LIMIT +@most`
// Who left counts to the limit: rows are what it bounds.
const sharing = `
  SELECT ${namedColumns} FROM (
    SELECT DISTINCT p.user FROM (
      SELECT b.user, b.left_seq FROM members a INDEXED BY members_by_user
      CROSS JOIN members b ON b.tenant = a.tenant AND b.room = a.room
      WHERE a.tenant = +@tenant AND a.user = +@user AND a.left_seq IS NULL
      ORDER BY a.room DESC LIMIT +@most) p
    WHERE p.left_seq IS NULL) p
  CROSS JOIN users u ON u.tenant = +@tenant AND u.id = p.user`

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
  const requireNotErased = refuseErased(db, now)
  const one = db.prepare<[string, string], ProfileRow>(
    `SELECT ${columns}, u.time_zone, u.data FROM users u WHERE tenant = ? AND id = ?`,
  )
  const some = db.prepare<object, UserRow>(
    `SELECT ${columns} FROM json_each(@ids) wanted CROSS JOIN users u ON u.tenant = +@tenant AND u.id = wanted.value`,
  )
  const upsert = db.prepare(
    `INSERT INTO users (tenant, id, name, avatar_url, about, time_zone, data, folded, created_at)
     VALUES (@tenant, @id, @name, @avatarUrl, @about, @timeZone, @data, @folded, @now)
     ON CONFLICT (tenant, id) DO UPDATE SET name = @name, avatar_url = @avatarUrl, about = @about, time_zone = @timeZone,
       data = @data, folded = @folded`,
  )
  const followUser = db
    .prepare<object, string>(
      `UPDATE users SET name = @name, avatar_url = @avatar_url, about = @about, folded = @folded
       WHERE tenant = @tenant AND merged_into = @id RETURNING id`,
    )
    .pluck()
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
  const presence = db.prepare<object, PresenceRow & { id: string }>(
    `SELECT u.id, u.presence, u.do_not_disturb FROM json_each(@ids) wanted
     CROSS JOIN users u ON u.tenant = +@tenant AND u.id = wanted.value
     WHERE u.presence IS NOT NULL OR u.do_not_disturb`,
  )
  const writePresence = db.prepare(
    'UPDATE users SET presence = @show, do_not_disturb = @doNotDisturb WHERE tenant = @tenant AND id = @id',
  )
  const people = db.prepare<object, string>(peopleOfSmallRooms).pluck()
  const wordsOfUser = db
    .prepare<[string, string], string>('SELECT word FROM user_words WHERE tenant = ? AND user = ?')
    .pluck()
  const fold = db.prepare('UPDATE users SET folded = ? WHERE tenant = ? AND id = ?')
  const readUsers = db.prepare<object, UserKey & { name: string }>(
    `SELECT tenant, id, name FROM users WHERE (tenant, id) > (@tenant, @id) ORDER BY tenant, id LIMIT +@most`,
  )
  const mark = db.prepare<[string], string>('SELECT value FROM meta WHERE key = ?').pluck()
  const setMark = db.prepare(
    'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  )
  const countWords = db.prepare<object, number>(wordCount).pluck()
  const readWords = db.prepare<object, WordRow>(words)
  const readNames = db.prepare<object, NamedRow>(names)
  const readSharing = db.prepare<object, NamedRow>(sharing)

  const readPresence = (tenant: string, ids: readonly string[]) =>
    presence.all({ tenant, ids: JSON.stringify(ids) })

  function knownBefore(tenant: string, user: string): ProfileRow | undefined {
    const row = one.get(tenant, user)
    if (!row) requireNotErased({ tenant, user })
    return row
  }

  function save(tenant: string, profile: Profile, ifMatch?: IfMatch): SavedUser {
    const old = knownBefore(tenant, profile.id)
    requireMatch(ifMatch, tagOf(old))
    const name = profile.name ?? old?.name ?? profile.id
    const avatarUrl = profile.avatarUrl ?? old?.avatar_url ?? null
    const about = (profile.about ?? old?.about) || null
    const timeZone = (profile.timeZone ?? old?.time_zone) || null
    const data = profile.data === undefined ? (old?.data ?? null) : dataColumn(profile.data)
    const folded = foldName(name)
    upsert.run({ tenant, id: profile.id, name, avatarUrl, about, timeZone, data, folded, now: now() })
    if (name !== old?.name) saveWords(tenant, profile.id, name)
    const row = { id: profile.id, name, avatar_url: avatarUrl, about, merged_into: old?.merged_into ?? null }
    const changed = old !== undefined && !isSeenAs(old, profile)
    return { user: userView(row), changed, ...(changed && follow(tenant, row, folded)) }
  }

  /** The guests who signed in as the user are called as they are. */
  function follow(tenant: string, row: UserRow, folded: string): Pick<SavedUser, 'merged'> {
    const merged = followUser.all({ ...row, tenant, folded }).map((id) => mergedView(id, row))
    return merged.length > 0 ? { merged } : {}
  }

  function saveWords(tenant: string, id: string, name: string): void {
    dropWords.run(tenant, id)
    for (const word of wordsOf(name)) addWord.run(tenant, word, id)
  }

  const refold = (users: readonly UserKey[]) =>
    commit.run(() => {
      for (const { tenant, id } of users) {
        const row = one.get(tenant, id)
        if (!row) continue
        fold.run(foldName(row.name), tenant, id)
        saveWords(tenant, id, row.name)
      }
    })

  const refolder: Refolder = {
    isDone: () => mark.get(foldKey) === foldVersion,
    readUsers: (after, most) => readUsers.all({ ...after, most }),
    refold,
    markDone: () => commit.run(() => void setMark.run(foldKey, foldVersion)),
  }

  const finderIn = (tenant: string): Finder => ({
    countWords: (prefix, most) => countWords.get({ tenant, prefix, word: prefix, user: '', most }) ?? 0,
    readWords: (prefix, [word, user], most) => readWords.all({ tenant, prefix, word, user, most }),
    readNames: ([name, user], most) => readNames.all({ tenant, name, user, most }),
    readSharing: (user, most) => readSharing.all({ tenant, user, most }),
  })

  const stores = (tenant: string): UserStore => ({
    async findUser(id) {
      const row = one.get(tenant, id)
      return row && userView(row)
    },

    readDetails: async (id) => detailsOf(one.get(tenant, id)),

    async findUsers(ids) {
      const found: Record<string, UserView> = Object.create(null)
      for (const row of some.all({ tenant, ids: JSON.stringify([...new Set(ids)]) })) {
        found[row.id] = userView(row)
      }
      return found
    },

    async saveUser(profile, ifMatch) {
      const row = one.get(tenant, profile.id)
      if (!row || ifMatch !== undefined || !isUpToDate(row, profile))
        return commit.run(() => save(tenant, profile, ifMatch))
      // A server of an earlier version may have written them.
      if (mayBeOutdated(row.name) && haveOtherWords(row.name, wordsOfUser.all(tenant, row.id)))
        await refold([{ tenant, id: row.id }])
      return { user: userView(row), changed: false }
    },

    searchUsers: (search) => searchUsers(finderIn(tenant), search),

    markSeen: (ids, at) =>
      commit.run(() => {
        for (const id of ids) seen.run({ tenant, id, at })
      }),

    async readLastSeen(ids) {
      return lastSeenIn(lastSeen.all({ tenant, ids: JSON.stringify(ids) }))
    },

    async readPresence(ids) {
      return new Map(readPresence(tenant, ids).map(({ id, ...row }) => [id, presenceIn(row)]))
    },

    setPresence: (id, change) =>
      commit.run(() => {
        if (!one.get(tenant, id)) throw new Problem('not_found', 'no such user')
        const [row] = readPresence(tenant, [id])
        const before = row ? presenceIn(row) : usualPresence
        const after = { ...before, ...change }
        const changed = !isDeepStrictEqual(after, before)
        if (changed)
          writePresence.run({ tenant, id, show: after.show, doNotDisturb: Number(after.doNotDisturb) })
        return { presence: after, changed }
      }),

    async findCompanions(users, most) {
      return new Map(users.map((user) => [user, people.all({ tenant, user, ...most })]))
    },
  })

  return { stores, refolder, finderIn }
}
