import pg from 'pg'
import type { Scene } from '../scene.ts'
import { type Draft, Memberships, shown } from './bare-room.ts'
import type { Joined } from './member-log.ts'
import { MessageCount } from './message-count.ts'

/** As many as Chatter keeps. */
const mostConnections = 10

/**
 * The least that stores a message in Postgres: for each one prepared INSERT of its own. A sequence for each room
 * numbers them: the cheapest that several nodes can share, without Chatter's promise that numbers appear in order.
 */
export class PostgresLog {
  readonly #pool: pg.Pool
  readonly #count: MessageCount
  readonly #memberships: Memberships

  private constructor(scene: Scene, pool: pg.Pool, count: MessageCount) {
    this.#memberships = new Memberships(scene)
    this.#pool = pool
    this.#count = count
  }

  static async open(url: string, scene: Scene): Promise<PostgresLog> {
    const pool = new pg.Pool({ connectionString: url, max: mostConnections })
    await pool.query(
      `CREATE TABLE IF NOT EXISTS messages (room text, seq bigint, id text, author text, text text,
                                            created_at bigint, PRIMARY KEY (room, seq))`,
    )
    for (const { id } of scene.rooms) await pool.query(`CREATE SEQUENCE IF NOT EXISTS ${numbersOf(id)}`)
    return new PostgresLog(scene, pool, await MessageCount.open(url))
  }

  roomsOf(user: string): Joined[] {
    return [{ room: this.#memberships.roomOf(user), head: 0 }]
  }

  /** Numbers a message and writes it. */
  async next(author: string, draft: Draft) {
    const { roomId, messageId, text } = draft
    this.#memberships.require(author, roomId)
    const now = Date.now()
    const { rows } = await this.#pool.query({
      name: 'insert',
      text: 'INSERT INTO messages VALUES ($1, nextval($2), $3, $4, $5, $6) RETURNING seq',
      values: [roomId, numbersOf(roomId), messageId, author, text, now],
    })
    return shown(author, draft, Number(rows[0].seq), now)
  }

  stored(): Promise<number> {
    return this.#count.now()
  }
}

const numbersOf = (room: string) => `"${room}"`
