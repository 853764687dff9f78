import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { openSqlite } from '../../server/store/sqlite.ts'
import type { Later } from '../contract/store/a-world.ts'
import { storeContract } from '../contract/store.ts'

storeContract('SQLite', async ({ now }) => {
  const folder = mkdtempSync(join(tmpdir(), 'chatter-store-'))
  const stores = openSqlite({ folder, role: 'server', now })
  const db = new Database(join(folder, 'chatter.db'))
  return {
    stores,
    later: laterOn(db, now),
    async close() {
      await stores.close()
      db.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
})

function laterOn(db: Database.Database, now: () => number): Later {
  const number = (tenant: string, room: string) =>
    db
      .prepare<[string, string], number>(
        'UPDATE rooms SET head = head + 1 WHERE tenant = ? AND id = ? RETURNING head',
      )
      .pluck()
      .get(tenant, room) ?? 0
  const rewrite = (column: string) => {
    const sql = `UPDATE messages SET rev = ?, text = ?, ${column} = ? WHERE tenant = ? AND room = ? AND seq = ?`
    const update = db.prepare<(string | number)[]>(sql)
    return db.transaction((tenant: string, room: string, seq: number, text: string) => {
      update.run(number(tenant, room), text, now(), tenant, room, seq)
    })
  }
  const [edit, remove] = [rewrite('edited_at'), rewrite('deleted_at')]
  const ofMember = (change: string) =>
    db.prepare<string[]>(`UPDATE members SET ${change} WHERE tenant = ? AND room = ? AND user = ?`)
  const ofRoom = db.prepare<string[]>(
    'UPDATE rooms SET head = head + 1, rev = head + 1 WHERE tenant = ? AND id = ?',
  )
  return {
    changeRoom: async (...room) => void ofRoom.run(...room),
    editMessage: async (...message) => edit(...message),
    deleteMessage: async (tenant, room, seq) => remove(tenant, room, seq, ''),
    mute: async (...member) => void ofMember('muted = 1').run(...member),
    leave: async (...member) => void ofMember('left_seq = 0').run(...member),
  }
}
