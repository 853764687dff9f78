import type Database from 'better-sqlite3'
import type { MemberView } from '../../protocol/views.ts'
import { type OpenRoomRow, openRoomView } from '../../rules/directory.ts'
import { firstLink, type LinkRow, linkView, requireLinkLeft, retriedLink } from '../../rules/links.ts'
import { requirePermission } from '../../rules/permissions.ts'
import type { RoomRow } from '../../rules/rows.ts'
import type { LinkDraft, LinkStore } from '../store.ts'
import type { GroupCommit } from './group-commit.ts'
import { hasMember } from './keys.ts'

type Situation = Pick<RoomRow, 'kind'> & { role: MemberView['role'] | null }
type Asked = { readonly room: string; readonly by: string }

const columns = 'id, code, created_at, expires_at, max_uses, used'
/** It opens its room: at the time of @now. */
export const opens = (link: string): string =>
  `(${link}.expires_at IS NULL OR ${link}.expires_at > @now) AND (${link}.max_uses IS NULL OR ${link}.used < ${link}.max_uses)`

/** Join links on SQLite. */
export function sqliteLinks(db: Database.Database, commit: GroupCommit, now: () => number) {
  const situation = db.prepare<object, Situation>(
    `SELECT kind, (SELECT role FROM members WHERE tenant = @tenant AND room = @room AND user = @by AND left_seq IS NULL) AS role
     FROM rooms WHERE tenant = @tenant AND id = @room AND deleted_at IS NULL`,
  )
  const ofRoom = 'FROM links l WHERE l.tenant = @tenant AND l.room = @room'
  const byId = db.prepare<object, LinkRow>(`SELECT ${columns} ${ofRoom} AND l.id = @id`)
  // At most so many are there, and those that are over: in no order of an index.
  const list = db.prepare<object, LinkRow>(`SELECT ${columns} ${ofRoom} AND ${opens('l')}`)
  const insert = db.prepare(
    `INSERT INTO links (tenant, room, ${columns})
     VALUES (@tenant, @room, @id, @code, @created_at, @expires_at, @max_uses, @used)`,
  )
  const deleteOver = db.prepare(
    `DELETE FROM links WHERE tenant = @tenant AND room = @room AND NOT (${opens('links')})`,
  )
  const remove = db.prepare('DELETE FROM links WHERE tenant = @tenant AND room = @room AND id = @id')
  const opened = db.prepare<object, OpenRoomRow>(
    `SELECT r.id, r.name, r.description, r.picture_url, r.member_count, ${hasMember('@tenant', 'r.id', '@viewer')} AS joined
     FROM links l JOIN rooms r ON r.tenant = l.tenant AND r.id = l.room
     WHERE l.tenant = +@tenant AND l.code = +@code AND ${opens('l')} AND r.deleted_at IS NULL`,
  )

  function permit(tenant: string, { room, by }: Asked): void {
    const found = situation.get({ tenant, room, by })
    requirePermission('link', { role: found?.role ?? undefined, ...(found && { kind: found.kind }) })
  }

  function create(tenant: string, draft: LinkDraft) {
    const { room, id } = draft
    permit(tenant, draft)
    const known = byId.get({ tenant, room, id })
    if (known) return { link: retriedLink(known, draft), created: false }
    const row = firstLink(draft, now())
    deleteOver.run({ tenant, room, now: now() })
    requireLinkLeft(list.all({ tenant, room, now: now() }).length)
    insert.run({ tenant, room, ...row })
    return { link: linkView(row), created: true }
  }

  return (tenant: string): LinkStore => ({
    createLink: (draft) => commit.run(() => create(tenant, draft)),

    deleteLink: ({ room, by, id }) =>
      commit.run(() => {
        permit(tenant, { room, by })
        return remove.run({ tenant, room, id }).changes > 0
      }),

    async listLinks(asked) {
      permit(tenant, asked)
      const rows = list.all({ tenant, room: asked.room, now: now() })
      return rows.sort((a, b) => b.created_at - a.created_at).map(linkView)
    },

    async findByLink(code, viewer) {
      const row = opened.get({ tenant, code, viewer, now: now() })
      return row && openRoomView(row)
    },
  })
}
