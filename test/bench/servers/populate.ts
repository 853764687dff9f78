import { join } from 'node:path'
import Database from 'better-sqlite3'
import { openSqlite } from '../../../server/store/sqlite/open.ts'
import { line, type Scene } from '../scene.ts'

/**
 * Chatter's database with a scene in it, written straight into the tables: rooms may be larger than users may open
 * them, and a million messages take seconds. Rooms that are there already stay as they are. Answers an open connection
 * to it.
 */
export function populate({ folder, rooms, history = 0 }: Scene, name = 'chatter'): Database.Database {
  const data = join(folder, name)
  void openSqlite({ folder: data, role: 'server', now: Date.now }).close()
  const db = new Database(join(data, 'chatter.db'))
  db.pragma('synchronous = OFF')
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
  db.transaction(() => {
    for (const { id, users } of rooms) {
      addRoom.run(id, users.length)
      for (const user of users) {
        addUser.run(user, user, user)
        addMember.run(id, user)
      }
    }
    const [first] = rooms
    if (first && history > 0) addHistory(db, first.id, history)
  })()
  db.pragma('wal_checkpoint(TRUNCATE)')
  return db
}

/** Twenty people take turns, a message a second. */
function addHistory(db: Database.Database, room: string, count: number): void {
  db.prepare(
    `WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < @count)
     INSERT INTO messages (key, rev, id, author, kind, text, hash, created_at)
     SELECT (SELECT no FROM rooms WHERE tenant = 'default' AND id = @room) << 32 | n, n,
            printf('%08x-0000-7000-8000-000000000000', n), printf('user%05d', n % 20), 'text',
            @text, '', 1700000000000 + n * 1000 FROM numbers`,
  ).run({ count, room, text: line })
  db.prepare('UPDATE rooms SET head = @count, last_seq = @count WHERE id = @room').run({ count, room })
}
