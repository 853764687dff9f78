import type Database from 'better-sqlite3'
import type { Scene } from '../scene.ts'
import { BareLog } from './bare-room.ts'

/** A room of a user's, and the number of its last message: whoever comes back sees what they missed. */
export type Joined = { readonly room: string; readonly head: number }

/** A log that knows from its database who is in which room. */
export class MemberLog extends BareLog {
  readonly #joined: Database.Statement<[string], Joined>

  constructor(scene: Scene, name = 'socket-io') {
    // It promises less than Chatter: a power cut may take the last commits. One flush per message would slow it down.
    super(scene, name, 'NORMAL')
    this.db.exec(
      'CREATE TABLE IF NOT EXISTS members (user TEXT, room TEXT, PRIMARY KEY (user, room)) WITHOUT ROWID',
    )
    const add = this.db.prepare('INSERT OR IGNORE INTO members VALUES (?, ?)')
    this.db.transaction(() => {
      for (const { id, users } of scene.rooms) for (const user of users) add.run(user, id)
    })()
    this.#joined = this.db.prepare(
      `SELECT room, coalesce((SELECT max(seq) FROM messages m WHERE m.room = members.room), 0) AS head
       FROM members WHERE user = ?`,
    )
  }

  roomsOf(user: string): Joined[] {
    return this.#joined.all(user)
  }
}
