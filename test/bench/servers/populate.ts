import { join } from 'node:path'
import Database from 'better-sqlite3'
import { withReaction } from '../../../server/rules/reactions.ts'
import { openSqlite } from '../../../server/store/sqlite/open.ts'
import { line, type Scene, type Talk } from '../scene.ts'

/**
 * Chatter's database with a scene in it, written straight into the tables: rooms may be larger than users may open
 * them, and a million messages take seconds. Rooms that are there already stay as they are. Answers an open connection
 * to it.
 */
export function populate(
  { folder, rooms, history = 0, arranged }: Scene,
  name = 'chatter',
): Database.Database {
  const data = join(folder, name)
  void openSqlite({ folder: data, role: 'server', now: Date.now }).close()
  const db = new Database(join(data, 'chatter.db'))
  db.pragma('synchronous = OFF')
  db.transaction(() => {
    addRooms(db, rooms)
    const [first] = rooms
    if (first && history > 0) addHistory(db, first.id, history)
    for (const { id, users, talk } of rooms) if (talk) addTalk(db, { id, users, talk })
    if (arranged) arrange(db, rooms, arranged)
  })()
  db.pragma('wal_checkpoint(TRUNCATE)')
  return db
}

/** With the people in them. */
export function addRooms(db: Database.Database, rooms: Scene['rooms']): void {
  const addUser = db.prepare(
    `INSERT OR IGNORE INTO users (tenant, id, name, folded, created_at) VALUES ('default', ?, ?, ?, 0)`,
  )
  const addRoom = db.prepare(
    `INSERT OR IGNORE INTO rooms (tenant, id, kind, head, rev, last_seq, last_at, member_count, created_at)
     VALUES ('default', ?, 'group', 0, 0, 0, 0, ?, 0)`,
  )
  const addMember = db.prepare(
    `INSERT OR IGNORE INTO members (tenant, room, user, role, read_seq, joined_seq, muted)
     VALUES ('default', ?, ?, 'member', 0, 0, 0)`,
  )
  for (const { id, users } of rooms) {
    addRoom.run(id, users.length)
    for (const user of users) {
      addUser.run(user, user, user)
      addMember.run(id, user)
    }
  }
}

/** Twenty people take turns, a message a second. */
export function addHistory(db: Database.Database, room: string, count: number): void {
  db.prepare(
    `WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < @count)
     INSERT INTO messages (key, rev, id, author, kind, text, hash, created_at)
     SELECT (SELECT no FROM rooms WHERE tenant = 'default' AND id = @room) << 32 | n, n,
            printf('%08x-0000-7000-8000-000000000000', n), printf('user%05d', n % 20), 'text',
            @text, '', 1700000000000 + n * 1000 FROM numbers`,
  ).run({ count, room, text: line })
  db.prepare('UPDATE rooms SET head = @count, last_seq = @count WHERE id = @room').run({ count, room })
}

function arrange(
  db: Database.Database,
  rooms: Scene['rooms'],
  { user, pinned, muted, archived }: NonNullable<Scene['arranged']>,
): void {
  const change = db.prepare(
    `UPDATE members SET pinned_at = @pinnedAt, muted = @muted, archived_seq = @archivedSeq, arranged_rev = 1
     WHERE room = @room AND user = @user`,
  )
  const nothing = { pinnedAt: null, muted: 0, archivedSeq: null }
  for (const [at, { id: room }] of rooms.slice(0, pinned + muted + archived).entries()) {
    const place =
      at < pinned ? { pinnedAt: at + 1 } : at < pinned + muted ? { muted: 1 } : { archivedSeq: 1_000 }
    change.run({ ...nothing, ...place, room, user })
  }
}

const emoji = ['👍', '❤️', '😂', '😮', '😢', '🎉', '🔭', '🌙']

/** As the store would have written it: each reaction in its table, and the summary with the message. */
function addTalk(
  db: Database.Database,
  { id: room, users, talk }: { id: string; users: readonly string[]; talk: Talk },
): void {
  const { messages, reactions = { emoji: 0, users: 0 }, isAnswered = false } = talk
  const no = db.prepare<[string], number>('SELECT no FROM rooms WHERE id = ?').pluck().get(room)
  const addMessage = db.prepare(
    `INSERT INTO messages (key, rev, id, author, kind, text, hash, created_at, reply_to, reactions)
     VALUES (@no << 32 | @seq, @rev, @id, @author, 'text', @text, '', @at, @replyTo, @summary)`,
  )
  const addReaction = db.prepare(
    `INSERT INTO reactions (tenant, room, seq, emoji, user, rev, at) VALUES ('default', ?, ?, ?, ?, ?, 0)`,
  )
  let rev = messages
  for (let seq = 1; seq <= messages; seq += 1) {
    let summary: string | null = null
    for (const one of emoji.slice(0, reactions.emoji)) {
      for (const user of users.slice(0, reactions.users)) {
        rev += 1
        addReaction.run(room, seq, one, user, rev)
        summary = withReaction(summary, one, { user, rev })
      }
    }
    const id = `${room.slice(0, 8)}-0000-7000-8000-${seq.toString(16).padStart(12, '0')}`
    const place = { no, seq, id, rev: summary === null ? seq : rev, at: 1_700_000_000_000 + seq * 1_000 }
    const replyTo = isAnswered && seq > 1 ? seq - 1 : null
    addMessage.run({ ...place, author: users[seq % users.length], text: line, replyTo, summary })
  }
  db.prepare('UPDATE rooms SET head = ?, last_seq = ? WHERE id = ?').run(rev, messages, room)
}
