import type Database from 'better-sqlite3'
import { Problem } from '../../protocol/problems.ts'
import type { MemberView } from '../../protocol/views.ts'
import { type DeletedRoom, type Emptying, sliceRows } from '../../rules/emptying.ts'
import { changedColumns } from '../../rules/groups.ts'
import { requirePermission } from '../../rules/permissions.ts'
import type { RoomRow } from '../../rules/rows.ts'
import type { DeletionStore } from '../store.ts'
import { tablesOfRooms } from '../tables.ts'
import type { GroupCommit } from './group-commit.ts'
import { firstKey, lastKey, roomNumber } from './keys.ts'
import type { SqliteOutbox } from './webhook-log.ts'

type Situation = Pick<RoomRow, 'kind'> & { role: MemberView['role'] | null }
type Tools = {
  readonly now: () => number
  readonly outbox: SqliteOutbox
  readonly onDeleted: () => void
}

/** How rooms are deleted on SQLite. */
export function sqliteDeletion(
  db: Database.Database,
  commit: GroupCommit,
  { now, outbox, onDeleted }: Tools,
) {
  const situation = db.prepare<object, Situation>(
    `SELECT kind, (SELECT role FROM members WHERE tenant = @tenant AND room = @room AND user = @by AND left_seq IS NULL) AS role
     FROM rooms WHERE tenant = @tenant AND id = @room AND deleted_at IS NULL`,
  )
  const close = db
    .prepare<object, number>(
      `UPDATE rooms SET head = head + 1, rev = head + 1, roster = head + 1, key = NULL, ${changedColumns.map((name) => `${name} = NULL`).join(', ')},
         picture_url = NULL, joining = NULL, data = NULL, member_count = 0, deleted_at = @now
       WHERE tenant = @tenant AND id = @room RETURNING head`,
    )
    .pluck()
  const endMemberships = db.prepare(
    'UPDATE members SET left_seq = @rev WHERE tenant = @tenant AND room = @room AND left_seq IS NULL',
  )
  const next = db.prepare<[], DeletedRoom>(
    `SELECT tenant, id FROM rooms INDEXED BY rooms_uncleared
     WHERE tenant > '' AND deleted_at IS NOT NULL AND cleared_at IS NULL LIMIT 1`,
  )
  const slices = [
    `DELETE FROM messages WHERE key IN (
       SELECT key FROM messages WHERE key BETWEEN ${firstKey(roomNumber)} AND ${lastKey(roomNumber)} LIMIT ${sliceRows})`,
    ...tablesOfRooms.flatMap(({ name, key }) => {
      if (name === 'messages') return []
      const columns = key.map((column) => `"${column}"`).join(', ')
      return `DELETE FROM ${name} WHERE (${columns}) IN (
        SELECT ${columns} FROM ${name} WHERE tenant = @tenant AND room = @room LIMIT ${sliceRows})`
    }),
  ].map((slice) => db.prepare(slice))
  const noteEmpty = db.prepare(
    'UPDATE rooms SET emptied_at = coalesce(emptied_at, @now), cleared_at = @now WHERE tenant = @tenant AND id = @room',
  )

  function remove(tenant: string, room: string, by: string | undefined): number {
    const found = situation.get({ tenant, room, by: by ?? '' })
    const role = by === undefined && found ? 'owner' : (found?.role ?? undefined)
    requirePermission('deleteRoom', { role, ...(found && { kind: found.kind }) })
    const rev = close.get({ tenant, room, now: now() })
    if (rev === undefined) throw new Problem('not_found', 'no such room')
    endMemberships.run({ tenant, room, rev })
    outbox(tenant, { room, rev, event: 'room.deleted', seq: null, at: now() })
    return rev
  }

  const emptying: Emptying = {
    next: () => next.get(),
    emptySome: ({ tenant, id: room }) =>
      commit.run(() => {
        const isSome = slices.some((slice) => slice.run({ tenant, room }).changes > 0)
        if (!isSome) noteEmpty.run({ tenant, room, now: now() })
      }),
  }

  const stores = (tenant: string): DeletionStore => ({
    async deleteRoom({ room, by }) {
      const rev = await commit.run(() => remove(tenant, room, by))
      onDeleted()
      return rev
    },
  })

  return { stores, emptying }
}
