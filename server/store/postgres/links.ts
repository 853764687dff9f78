import type { MemberView } from '../../protocol/views.ts'
import { type OpenRoomRow, openRoomView } from '../../rules/directory.ts'
import { firstLink, type LinkRow, linkView, requireLinkLeft, retriedLink } from '../../rules/links.ts'
import { requirePermission } from '../../rules/permissions.ts'
import type { RoomRow } from '../../rules/rows.ts'
import type { LinkDraft, LinkStore } from '../store.ts'
import { type Ask, type Link, retryOnConflict } from './link.ts'
import { isIn, memberByKey } from './lookups.ts'
import { type Sql, sql } from './sql.ts'

type Asked = { readonly room: string; readonly by: string }

const columns = sql`id, code, created_at, expires_at, max_uses, used`

/** It opens its room: at that time. */
export const opens = (now: number): Sql => sql`(l.expires_at IS NULL OR l.expires_at > ${now}::bigint)
  AND (l.max_uses IS NULL OR l.used < l.max_uses)`

/** Join links on Postgres. */
export function postgresLinks({ ask, transaction }: Link, now: () => number) {
  async function permit(askIn: Ask, tenant: string, { room, by }: Asked, lock = sql``): Promise<void> {
    const [row] = await askIn<Pick<RoomRow, 'kind'>[]>`
      SELECT kind FROM rooms WHERE tenant = ${tenant} AND id = ${room} AND deleted_at IS NULL ${lock}`
    const [member] = await askIn<{ role: MemberView['role'] }[]>`
      SELECT role FROM (${memberByKey(tenant, room, by)}) m WHERE m.left_seq IS NULL`
    requirePermission('link', { role: row && member?.role, ...(row && { kind: row.kind }) })
  }

  const list = (askIn: Ask, tenant: string, room: string) => askIn<LinkRow[]>`
    SELECT ${columns} FROM links l WHERE l.tenant = ${tenant} AND l.room = ${room} AND ${opens(now())}`

  const create = (tenant: string, draft: LinkDraft) =>
    transaction(async (askIn) => {
      const { room, id } = draft
      // Locked up to the commit: two that come at once are counted one after the other.
      await permit(askIn, tenant, draft, sql`FOR UPDATE`)
      const [known] = await askIn<LinkRow[]>`
        SELECT ${columns} FROM links WHERE tenant = ${tenant} AND room = ${room} AND id = ${id}`
      if (known) return { link: retriedLink(known, draft), created: false }
      const row = firstLink(draft, now())
      await askIn`
        DELETE FROM links l WHERE l.tenant = ${tenant} AND l.room = ${room} AND NOT (${opens(now())})`
      requireLinkLeft((await list(askIn, tenant, room)).length)
      await askIn`
        INSERT INTO links (tenant, room, ${columns})
        VALUES (${tenant}, ${room}, ${id}, ${row.code}, ${row.created_at}::bigint, ${row.expires_at}::bigint,
          ${row.max_uses}::bigint, 0)`
      return { link: linkView(row), created: true }
    })

  return (tenant: string): LinkStore => ({
    createLink: (draft) => retryOnConflict(() => create(tenant, draft)),

    deleteLink: ({ room, by, id }) =>
      retryOnConflict(() =>
        transaction(async (askIn) => {
          await permit(askIn, tenant, { room, by }, sql`FOR UPDATE`)
          const gone = await askIn`
            DELETE FROM links WHERE tenant = ${tenant} AND room = ${room} AND id = ${id} RETURNING 1`
          return gone.length > 0
        }),
      ),

    async listLinks(asked) {
      await permit(ask, tenant, asked)
      const rows = await list(ask, tenant, asked.room)
      return rows.sort((a, b) => b.created_at - a.created_at).map(linkView)
    },

    async findByLink(code, viewer) {
      const [row] = await ask<OpenRoomRow[]>`
        SELECT r.id, r.name, r.description, r.picture_url, r.member_count,
          coalesce(${isIn(tenant, sql`r.id`, viewer)}, false) AS joined
        FROM links l JOIN rooms r ON r.tenant = l.tenant AND r.id = l.room
        WHERE l.tenant = ${tenant} AND l.code = ${code} AND ${opens(now())} AND r.deleted_at IS NULL`
      return row && openRoomView(row)
    },
  })
}
