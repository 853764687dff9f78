import { Problem } from '../../protocol/problems.ts'
import { placeImported } from '../../rules/importing.ts'
import type { Import, ImportStore } from '../store.ts'
import { type Ask, type Link, retryOnConflict } from './link.ts'
import { isMemberRow, messageById } from './lookups.ts'
import { sql } from './sql.ts'

type EndRow = { head: number; last_at: number }

/** What comes from another chat, on Postgres. */
export function postgresImporting({ ask, transaction }: Link) {
  async function knownIn(askIn: Ask, tenant: string, room: string, ids: readonly string[]) {
    if (ids.length === 0) return new Set<string>()
    const rows = await askIn<{ id: string }[]>`
      SELECT w.id FROM unnest(${[...ids]}::text[]) AS w (id)
      WHERE EXISTS (${messageById(tenant, room, sql`w.id`)})`
    return new Set(rows.map(({ id }) => id))
  }

  const write = (tenant: string, { room, messages, reads }: Import) =>
    transaction(async (askIn) => {
      // Locked up to the commit: numbers become visible in their order.
      const [row] = await askIn<EndRow[]>`
        SELECT head, last_at FROM rooms WHERE tenant = ${tenant} AND id = ${room} AND deleted_at IS NULL FOR UPDATE`
      if (!row) throw new Problem('not_found', 'no such room')
      const known = await knownIn(
        askIn,
        tenant,
        room,
        messages.map(({ id }) => id),
      )
      const placed = placeImported(messages, known, row)
      const last = placed.at(-1)
      if (last) {
        await askIn`
          INSERT INTO messages (tenant, room, seq, rev, id, author, kind, text, hash, created_at)
          SELECT ${tenant}, ${room}, seq, seq, id, author, 'text', text, '', at
          FROM unnest(${placed.map(({ seq }) => `${seq}`)}::bigint[], ${placed.map(({ id }) => id)}::text[],
            ${placed.map(({ author }) => author)}::text[], ${placed.map(({ text }) => text)}::text[],
            ${placed.map(({ at }) => `${at}`)}::bigint[]) AS placed (seq, id, author, text, at)`
        await askIn`
          UPDATE rooms SET head = ${last.seq}, last_seq = ${last.seq}, last_at = ${last.at}
          WHERE tenant = ${tenant} AND id = ${room}`
      }
      for (const { user, id } of reads) await moveMark(askIn, { tenant, room, user, id })
      return placed.length
    })

  type Mark = { tenant: string; room: string; user: string; id: string }

  async function moveMark(askIn: Ask, { tenant, room, user, id }: Mark): Promise<void> {
    const [message] = await askIn<{ seq: number }[]>`${messageById(tenant, room, id)}`
    if (!message) return
    await askIn`
      UPDATE members m SET read_seq = ${message.seq}
      WHERE ${isMemberRow(tenant, room, user)} AND m.left_seq IS NULL AND m.read_seq < ${message.seq}`
  }

  return (tenant: string): ImportStore => ({
    importMessages: (wish) => retryOnConflict(() => write(tenant, wish)),

    filterMessages: (room, ids) => knownIn(ask, tenant, room, ids),
  })
}
