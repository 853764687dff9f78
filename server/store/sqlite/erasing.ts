import { randomBytes } from 'node:crypto'
import type Database from 'better-sqlite3'
import { limits } from '../../protocol/limits.ts'
import { Problem } from '../../protocol/problems.ts'
import type { RoomView } from '../../protocol/views.ts'
import type { DeletedRoom, Emptying } from '../../rules/emptying.ts'
import { sliceRows } from '../../rules/emptying.ts'
import {
  erasedColumns,
  hashKeptMs,
  hashKeyName,
  idInJson,
  isTheirs,
  messagesOfSlice,
  userHash,
  withoutUser,
} from '../../rules/erasing.ts'
import { changedColumns } from '../../rules/groups.ts'
import { type Reactor, withoutReaction } from '../../rules/reactions.ts'
import { type MessageRow, messageView } from '../../rules/rows.ts'
import { settingsWithout } from '../../rules/settings.ts'
import type { ErasedSlice, ErasingStore, Erasure, ErasureMark, ErasureStore } from '../store.ts'
import { rowsOfUser } from '../tables.ts'
import type { GroupCommit } from './group-commit.ts'
import { type KeyedRow, keyAt, keyedColumns, lastKey, membersByRole, roomNumber, rowIn } from './keys.ts'
import type { SqliteOutbox } from './webhook-log.ts'

type Tools = {
  readonly now: () => number
  readonly emptying: Emptying
  readonly outbox: SqliteOutbox
  viewOf(tenant: string, room: string): RoomView
}
type Wish = Parameters<ErasingStore['eraseSome']>[0]
type Row = { readonly room: string; readonly seq: number }
type Altered = { readonly head: number; readonly deleted_at: number | null }
type Ends = { readonly head: number; readonly last_seq: number; readonly membershipRev: number }

/** The hash of a user of a database. */
function sqliteUserHash(db: Database.Database): (erasure: Erasure) => string {
  const read = db.prepare<[string], string>('SELECT value FROM meta WHERE key = ?').pluck()
  const write = db.prepare('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING')
  return ({ tenant, user }) => {
    // Read each time: one that was written in a transaction which is undone is the key of nothing.
    if (read.get(hashKeyName) === undefined) write.run(hashKeyName, randomBytes(32).toString('base64url'))
    // A tool beside the server may have been first.
    const known = read.get(hashKeyName) ?? ''
    return userHash(known, tenant, user)
  }
}

/** How users are erased on SQLite. */
export function sqliteErasing(
  db: Database.Database,
  commit: GroupCommit,
  { now, emptying, viewOf, outbox }: Tools,
) {
  const hashOf = sqliteUserHash(db)
  const note = db.prepare(
    // Later than each other one, whatever the clock says: servers look for what is new by it.
    `INSERT INTO erasures (tenant, hash, user, at, room, seq)
     SELECT @tenant, @hash, @user, max(@now, coalesce(max(at), 0) + 1), '', 0 FROM erasures WHERE true
     ON CONFLICT (tenant, hash) DO UPDATE SET user = excluded.user, at = excluded.at, room = '', seq = 0, done_at = NULL
       WHERE done_at IS NOT NULL`,
  )
  const list = db.prepare<[number], ErasureMark>(
    `SELECT tenant, hash, user, at, room || ' ' || seq || ' ' || coalesce(done_at, '') AS progress FROM erasures
     WHERE at >= ? OR done_at IS NULL ORDER BY at, hash`,
  )
  const guestsOf = db
    .prepare<[string, string], string>('SELECT id FROM users WHERE tenant = ? AND merged_into = ?')
    .pluck()
  const readSettings = db.prepare<[string], string>('SELECT settings FROM tenants WHERE id = ?').pluck()
  const writeSettings = db.prepare('UPDATE tenants SET settings = ? WHERE id = ?')
  // Servers ask for it.
  const moveVersion = db.prepare(
    `INSERT INTO meta (key, value) VALUES ('tenants', '1')
     ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1`,
  )
  const forget = db.prepare('DELETE FROM erasures WHERE done_at < ?')
  const deletions = rowsOfUser('@user', '@tenant').map(({ name, where }) =>
    db.prepare(`DELETE FROM "${name}" WHERE tenant = @tenant AND ${where}`),
  )
  const open = db.prepare<object, Row>(
    'SELECT room, seq FROM erasures WHERE tenant = @tenant AND hash = @hash AND done_at IS NULL',
  )
  const goOn = db.prepare(
    'UPDATE erasures SET room = @room, seq = @seq WHERE tenant = @tenant AND hash = @hash',
  )
  const end = db.prepare(
    `UPDATE erasures SET user = NULL, room = '', seq = 0, done_at = @now WHERE tenant = @tenant AND hash = @hash`,
  )
  const membership = db.prepare<object, { room: string; role: string; left_seq: number | null }>(
    `SELECT room, role, left_seq FROM members INDEXED BY members_by_user
     WHERE tenant = @tenant AND user = @user ORDER BY room LIMIT 1`,
  )
  const forgetMentions = db.prepare(
    `DELETE FROM mentions WHERE (tenant, room, user, seq) IN (
       SELECT tenant, room, user, seq FROM mentions
       WHERE tenant = @tenant AND room = @room AND user = @user LIMIT ${sliceRows})`,
  )
  const forgetMember = db.prepare(
    'DELETE FROM members WHERE tenant = @tenant AND room = @room AND user = @user',
  )
  const owners = db.prepare<object, string>(`SELECT user FROM ${membersByRole('owner')} LIMIT 1`).pluck()
  const eldest = db
    .prepare<object, string>(`SELECT user FROM ${membersByRole('member')} ORDER BY joined_seq, user LIMIT 1`)
    .pluck()
  const giveRole = db.prepare(
    `UPDATE members SET role = 'owner' WHERE tenant = @tenant AND room = @room AND user = @eldest`,
  )
  // A room that anybody may join waits for who comes next.
  const isOver = 'member_count = 1 AND joining IS NULL'
  const leave = db.prepare<object, Altered>(
    `UPDATE rooms SET head = head + 1, rev = head + 1, roster = head + 1, key = NULL, member_count = member_count - 1,
       picture_url = iif(${isOver}, NULL, picture_url), data = iif(${isOver}, NULL, data), deleted_at = iif(${isOver}, @now, deleted_at),
       ${changedColumns.map((name) => `${name} = iif(${isOver}, NULL, ${name})`).join(', ')}
     WHERE tenant = @tenant AND id = @room AND deleted_at IS NULL RETURNING head, deleted_at`,
  )
  const nextRooms = db
    .prepare<object, string>(
      `SELECT id FROM rooms WHERE tenant = @tenant AND id >= @room AND deleted_at IS NULL ORDER BY id LIMIT ${messagesOfSlice}`,
    )
    .pluck()
  const range = `FROM messages WHERE key > ${keyAt(roomNumber, '@seq')} AND key <= ${lastKey(roomNumber)} ORDER BY key LIMIT +@most`
  const window = db.prepare<object, { count: number; last: number | null }>(
    `SELECT count(*) AS count, max(seq) AS last FROM (SELECT seq ${range})`,
  )
  const naming = db.prepare<object, KeyedRow>(
    `SELECT ${keyedColumns} FROM (SELECT key AS place ${range}) CROSS JOIN messages ON messages.key = place
     WHERE author = @user OR forwarded = @user OR pinned_by = @user OR instr(system, @id) OR instr(messages.mentions, @id)
       OR (messages.reactions IS NOT NULL AND EXISTS (
         SELECT 1 FROM reactions x
         WHERE x.tenant = @tenant AND x.room = @room AND x.seq = messages.seq AND x.user = @user))`,
  )
  const ends = db.prepare<object, Ends>(
    'SELECT head, last_seq, roster AS "membershipRev" FROM rooms WHERE tenant = @tenant AND id = @room',
  )
  const write = db.prepare(
    `UPDATE messages SET rev = @rev, ${erasedColumns.map((name) => `${name} = @${name}`).join(', ')}
     WHERE key = ${keyAt(roomNumber, '@seq')}`,
  )
  const remove = db.prepare(`DELETE FROM messages WHERE key = ${keyAt(roomNumber, '@seq')}`)
  const moveHead = db.prepare(
    'UPDATE rooms SET head = @head, cut_at = iif(@isCut, @head, cut_at) WHERE tenant = @tenant AND id = @room',
  )
  const forgetReactions = db.prepare(
    'DELETE FROM reactions WHERE tenant = @tenant AND room = @room AND seq = @seq',
  )
  const takeBack = db
    .prepare<object, string>(
      `DELETE FROM reactions WHERE tenant = @tenant AND room = @room AND seq = @seq AND user = @user RETURNING emoji`,
    )
    .pluck()
  const first = db.prepare<object, Reactor>(
    `SELECT user, rev FROM reactions WHERE tenant = @tenant AND room = @room AND seq = @seq AND emoji = @emoji
     ORDER BY rev LIMIT ${limits.reactors}`,
  )
  const forgetMentionsOf = db.prepare(
    'DELETE FROM mentions WHERE tenant = @tenant AND room = @room AND user = @mentioned AND seq = @seq',
  )
  const mentionedIn = db
    .prepare<object, string>(
      `SELECT value ->> 'userId' FROM json_each(@mentions, '$.mentions') UNION SELECT ''`,
    )
    .pluck()
  const nameOf = db
    .prepare<[string, string], string>('SELECT name FROM users WHERE tenant = ? AND id = ?')
    .pluck()
  const uncleared = db
    .prepare<object, string>(
      `SELECT id FROM rooms INDEXED BY rooms_uncleared
       WHERE tenant = @tenant AND deleted_at IS NOT NULL AND cleared_at IS NULL LIMIT 1`,
    )
    .pluck()

  /** Whom guests write to is nobody who is gone. */
  function leaveSettings(tenant: string, user: string): void {
    const stored = readSettings.get(tenant)
    const settings = stored === undefined ? undefined : settingsWithout(JSON.parse(stored), user)
    if (!settings) return
    writeSettings.run(JSON.stringify(settings), tenant)
    moveVersion.run()
  }

  /** One room that they were ever in; undefined where none is left. */
  function leaveOne(tenant: string, user: string): ErasedSlice | undefined {
    const found = membership.get({ tenant, user })
    if (!found) return undefined
    const place = { tenant, room: found.room, user }
    if (forgetMentions.run(place).changes > 0) return nothing
    forgetMember.run(place)
    if (found.left_seq !== null) return nothing
    const altered = leave.get({ ...place, now: now() })
    if (!altered) return nothing
    if (altered.deleted_at !== null) {
      outbox(tenant, { room: found.room, rev: altered.head, event: 'room.deleted', seq: null, at: now() })
      return { ...nothing, left: { id: found.room, membershipRev: altered.head } }
    }
    if (found.role === 'owner' && owners.get(place) === undefined)
      giveRole.run({ tenant, room: found.room, eldest: eldest.get(place) ?? '' })
    const room = viewOf(tenant, found.room)
    return { ...nothing, left: { id: found.room, room, membershipRev: altered.head } }
  }

  function withoutReactions(tenant: string, user: string, row: MessageRow): MessageRow {
    if (row.reactions === null) return row
    const place = { tenant, room: row.room, seq: row.seq }
    if (isTheirs(row, user)) {
      forgetReactions.run(place)
      return row
    }
    const emojis = takeBack.all({ ...place, user })
    const reactions = emojis.reduce<string | null>(
      (summary, emoji) => withoutReaction(summary, emoji, first.all({ ...place, emoji })),
      row.reactions,
    )
    return { ...row, reactions }
  }

  /** @returns the row without them, as it is to be written */
  function erased(tenant: string, row: MessageRow, user: string): MessageRow {
    const { room, seq, mentions } = row
    if (mentions !== null)
      for (const mentioned of isTheirs(row, user) ? mentionedIn.all({ mentions }) : [user])
        forgetMentionsOf.run({ tenant, room, seq, mentioned })
    const nameIn = (id: string) => nameOf.get(tenant, id) ?? id
    return withoutUser(withoutReactions(tenant, user, row), { user, now: now(), nameOf: nameIn })
  }

  function eraseIn(tenant: string, room: string, { user, removesMessages }: Wish, rows: readonly KeyedRow[]) {
    const place = ends.get({ tenant, room })
    if (!place || rows.length === 0) return []
    const isGone = (row: MessageRow) => removesMessages && isTheirs(row, user) && row.seq !== place.last_seq
    let isCut = false
    const messages = rows.map((keyed, nth) => {
      const row = rowIn(room, keyed)
      const next = { ...erased(tenant, row, user), rev: place.head + nth + 1 }
      if (isGone(row)) remove.run({ tenant, room, seq: row.seq })
      else write.run({ ...next, tenant })
      isCut ||= isGone(row)
      if (isTheirs(row, user) && row.deleted_at === null)
        outbox(tenant, { room, rev: next.rev, event: 'message.deleted', seq: row.seq, at: now() })
      return { message: messageView(next), membershipRev: place.membershipRev }
    })
    moveHead.run({ tenant, room, head: place.head + rows.length, isCut: Number(isCut) })
    return messages
  }

  type Looked = Row & { readonly count: number; readonly messages: ErasedSlice['messages'] }

  /** What was said in a room, from behind that message on: so many messages at most. */
  function eraseInRoom(tenant: string, wish: Wish, { room, seq }: Row, most: number): Looked {
    const start = { tenant, room, seq, most }
    const { count, last } = window.get(start) ?? { count: 0, last: null }
    if (count === 0) return { room, seq, count, messages: [] }
    const { user } = wish
    const rows = naming.all({ ...start, user, id: idInJson(user) })
    return { room, seq: last ?? seq, count, messages: eraseIn(tenant, room, wish, rows) }
  }

  /** The same from room to room; undefined where nothing is left. */
  function eraseSaid(tenant: string, wish: Wish, from: Row): (Row & ErasedSlice) | undefined {
    const messages: ErasedSlice['messages'][number][] = []
    const rooms = nextRooms.all({ tenant, room: from.room })
    let [end, most] = [from, messagesOfSlice]
    for (const room of rooms) {
      if (most <= 0) break
      const looked = eraseInRoom(tenant, wish, room === from.room ? from : { room, seq: 0 }, most)
      messages.push(...looked.messages)
      end = looked
      most -= looked.count
    }
    const isLast = most > 0 && rooms.length < messagesOfSlice
    if (isLast && end.room === from.room && end.seq === from.seq) return undefined
    return { ...nothing, messages, room: end.room, seq: end.seq }
  }

  /** Whoever came in between is none of those who stay: the rows that were there at the beginning go once more. */
  function finish(tenant: string, user: string, hash: string): ErasedSlice {
    for (const deletion of deletions) deletion.run({ tenant, user })
    end.run({ tenant, hash, now: now() })
    return { ...nothing, isDone: true }
  }

  function eraseSome(tenant: string, wish: Wish): ErasedSlice | DeletedRoom {
    const { user } = wish
    const hash = hashOf({ tenant, user })
    const from = open.get({ tenant, hash })
    if (!from) return { ...nothing, isDone: true }
    const left = leaveOne(tenant, user)
    if (left) return left
    const said = eraseSaid(tenant, wish, from)
    if (said) {
      const { room, seq, ...slice } = said
      goOn.run({ tenant, hash, room, seq })
      return slice
    }
    const deleted = uncleared.get({ tenant })
    return deleted === undefined ? finish(tenant, user, hash) : { tenant, id: deleted }
  }

  const erasures: ErasureStore = {
    list: async (since) => list.all(since),
    hashOf: async (erasure) => hashOf(erasure),
    forget: (old) => commit.run(() => void forget.run(old)),
  }

  const stores = (tenant: string): ErasingStore => ({
    beginErasing: (user) =>
      commit.run(() => {
        leaveSettings(tenant, user)
        // Guests who signed in as them are the same person.
        for (const one of [user, ...guestsOf.all(tenant, user)]) {
          note.run({ tenant, hash: hashOf({ tenant, user: one }), user: one, now: now() })
          for (const deletion of deletions) deletion.run({ tenant, user: one })
        }
      }),

    async eraseSome(wish) {
      const slice = await commit.run(() => eraseSome(tenant, wish))
      if ('messages' in slice) return slice
      await emptying.emptySome(slice)
      return nothing
    },
  })

  return { erasures, stores }
}

const nothing: ErasedSlice = { messages: [], isDone: false }

/** @throws Problem `forbidden` for a user who was erased lately */
export function refuseErased(db: Database.Database, now: () => number): (erasure: Erasure) => void {
  const any = db.prepare('SELECT 1 FROM erasures LIMIT 1')
  const known = db.prepare(
    'SELECT 1 FROM erasures WHERE tenant = @tenant AND hash = @hash AND (done_at IS NULL OR done_at >= @old)',
  )
  const hashOf = sqliteUserHash(db)
  return (erasure) => {
    if (any.get() === undefined) return
    const { tenant } = erasure
    if (known.get({ tenant, hash: hashOf(erasure), old: now() - hashKeptMs }) === undefined) return
    throw new Problem('forbidden', 'this user was erased')
  }
}
