import { Problem } from '../../protocol/problems.ts'
import type { MemberView } from '../../protocol/views.ts'
import { type DeletedRoom, type Emptying, sliceRows } from '../../rules/emptying.ts'
import { changedColumns } from '../../rules/groups.ts'
import { requirePermission } from '../../rules/permissions.ts'
import type { RoomRow } from '../../rules/rows.ts'
import type { DeletionStore } from '../store.ts'
import { tablesOfRooms } from '../tables.ts'
import { type Link, retryOnConflict } from './link.ts'
import { memberByKey } from './lookups.ts'
import { type Sql, sql } from './sql.ts'
import { noteEvents } from './webhooks.ts'

const noneShown = sql([changedColumns.map((name) => `${name} = NULL`).join(', ')])

type Deletion = { readonly tenant: string; readonly room: string; readonly by?: string }
type Tools = { readonly now: () => number; readonly onDeleted: () => void }

/** How rooms are deleted on Postgres. */
export function postgresDeletion({ ask, transaction }: Link, { now, onDeleted }: Tools) {
  const remove = ({ tenant, room, by = '' }: Deletion): Promise<number> =>
    transaction(async (askIn) => {
      // Locked up to the commit: nobody writes into the room or comes into it meanwhile.
      const [row] = await askIn<Pick<RoomRow, 'kind'>[]>`
        SELECT kind FROM rooms WHERE tenant = ${tenant} AND id = ${room} AND deleted_at IS NULL FOR UPDATE`
      const [member] = await askIn<{ role: MemberView['role'] }[]>`
        SELECT role FROM (${memberByKey(tenant, room, by)}) m WHERE m.left_seq IS NULL`
      const role = by === '' ? 'owner' : member?.role
      requirePermission('deleteRoom', { role: row && role, ...(row && { kind: row.kind }) })
      const [closed] = await askIn<{ head: number }[]>`
        UPDATE rooms SET head = head + 1, rev = head + 1, roster = head + 1, key = NULL, ${noneShown}, picture_url = NULL, joining = NULL, data = NULL, member_count = 0,
          deleted_at = ${now()}
        WHERE tenant = ${tenant} AND id = ${room} RETURNING head`
      if (!closed) throw new Problem('not_found', 'no such room')
      await askIn`
        UPDATE members SET left_seq = ${closed.head} WHERE tenant = ${tenant} AND room = ${room} AND left_seq IS NULL`
      const event = 'room.deleted' as const
      await noteEvents(askIn, tenant, [{ room, rev: closed.head, event, seq: null, at: now() }])
      return closed.head
    })

  const slices = tablesOfRooms.map(({ name, key }) => {
    const columns = key.map((column) => `"${column}"`).join(', ')
    const head = `DELETE FROM ${name} WHERE (${columns}) IN (SELECT ${columns} FROM ${name} WHERE tenant = `
    return (tenant: string, room: string): Sql =>
      sql([head, ' AND room = ', ` LIMIT ${sliceRows}) RETURNING 1`], tenant, room)
  })

  const andNothingLeft = (tenant: string, room: string): Sql => {
    const conditions = tablesOfRooms.map(({ name }) =>
      sql([` AND NOT EXISTS (SELECT 1 FROM ${name} WHERE tenant = `, ' AND room = ', ')'], tenant, room),
    )
    return sql(['', ...conditions.map(() => '')], ...conditions)
  }

  const emptying: Emptying = {
    async next() {
      const [room] = await ask<DeletedRoom[]>`
        SELECT tenant, id FROM rooms WHERE deleted_at IS NOT NULL AND cleared_at IS NULL LIMIT 1`
      return room
    },
    async emptySome({ tenant, id: room }) {
      for (const slice of slices) {
        const rows = await retryOnConflict(() => ask`${slice(tenant, room)}`)
        if (rows.length > 0) return
      }
      // What a slice found and another server deleted meanwhile counts as none of it: there may be more behind.
      await ask`UPDATE rooms SET emptied_at = coalesce(emptied_at, ${now()}), cleared_at = ${now()} WHERE tenant = ${tenant} AND id = ${room}${andNothingLeft(tenant, room)}`
    },
  }

  const stores = (tenant: string): DeletionStore => ({
    async deleteRoom(deletion) {
      const rev = await retryOnConflict(() => remove({ tenant, ...deletion }))
      onDeleted()
      return rev
    },
  })

  return { stores, emptying }
}
