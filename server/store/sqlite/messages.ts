import type Database from 'better-sqlite3'
import { limits } from '../../protocol/limits.ts'
import { Problem } from '../../protocol/problems.ts'
import { mayLackTooMany, resetFor } from '../../rules/changes.ts'
import { mentionsColumn } from '../../rules/mentions.ts'
import { amended, isPinned, type Pinner, requireAnswerable, requirePinLeft } from '../../rules/messages.ts'
import { hasPostingRules, type Poster, type PostingRules, requirePosting } from '../../rules/posting.ts'
import { requireMatch, revTag } from '../../rules/preconditions.ts'
import { retriedFromSite, retriedMessage } from '../../rules/retries.ts'
import { type AlteredRow, amendedColumns, firstRow, messageView, quoteOf } from '../../rules/rows.ts'
import { siteId, siteParts } from '../../rules/site-message.ts'
import { isShown, shownFrom } from '../../rules/visibility.ts'
import { eventOfAmendment } from '../../rules/webhook-rows.ts'
import { pageOf, windowOf } from '../page.ts'
import type { MessageChange, MessageDraft, MessageStore, SiteDraft } from '../store.ts'
import type { GroupCommit } from './group-commit.ts'
import {
  hasMember,
  hasReader,
  type KeyedRow,
  keyAt,
  keyedColumns,
  lastKey,
  roomNumber,
  rowIn,
} from './keys.ts'
import type { SqliteMentions } from './mentions.ts'
import type { SqliteOutbox } from './webhook-log.ts'

type HeadRow = { no: number; head: number; rev: number; membershipRev: number; cut_at: number | null }
type EndRow = AlteredRow & PostingRules & { no: number; is_member: number }

/** The messages on SQLite. */
export function sqliteMessages(
  db: Database.Database,
  commit: GroupCommit,
  { now, mentions, outbox }: { now: () => number; mentions: SqliteMentions; outbox: SqliteOutbox },
) {
  const byId = db.prepare<object, KeyedRow>(
    `SELECT ${keyedColumns} FROM messages WHERE id = @id AND room = ${roomNumber}`,
  )
  const byReader = db.prepare<object, KeyedRow>(
    `SELECT ${keyedColumns} FROM messages
     WHERE id = @id AND room = ${roomNumber} AND ${hasReader('@tenant', '@room', '@by', 'messages.seq')}`,
  )
  const end = db.prepare<[string, string, string], EndRow>(
    `SELECT no, head, last_at, post, slow_mode, roster AS "membershipRev", ${hasMember('r.tenant', 'r.id', '?')} AS is_member
     FROM rooms r WHERE tenant = ? AND id = ?`,
  )
  const siteEnd = db.prepare<[string, string], AlteredRow & { no: number }>(
    `SELECT no, head, last_at, roster AS "membershipRev" FROM rooms WHERE tenant = ? AND id = ? AND deleted_at IS NULL`,
  )
  const poster = db.prepare<[string, string, string], Poster>(
    'SELECT role, posted_at FROM members WHERE tenant = ? AND room = ? AND user = ? AND left_seq IS NULL',
  )
  const notePosting = db.prepare<[number, string, string, string]>(
    'UPDATE members SET posted_at = ? WHERE tenant = ? AND room = ? AND user = ?',
  )
  const moveEnd = db.prepare('UPDATE rooms SET head = ?, last_seq = ?, last_at = ? WHERE no = ?')
  const insert = db.prepare<(string | number | null)[]>(
    `INSERT INTO messages (key, rev, id, author, kind, text, hash, created_at, reply_to, forwarded, mentions, site)
     VALUES (${keyAt('?', '?')}, ?, ?, ?, 'text', ?, '', ?, ?, ?, ?, ?) ON CONFLICT (id, room) DO NOTHING`,
  )
  const head = db.prepare<[string, string], HeadRow>(
    'SELECT no, head, rev, roster AS "membershipRev", cut_at FROM rooms WHERE tenant = ? AND id = ?',
  )
  const nextRev = db
    .prepare<[string, string], number>(
      'UPDATE rooms SET head = head + 1 WHERE tenant = ? AND id = ? RETURNING head',
    )
    .pluck()
  const change = db.prepare(
    `UPDATE messages SET rev = @rev, ${amendedColumns.map((name) => `${name} = @${name}`).join(', ')}
     WHERE key = ${keyAt(roomNumber, '@seq')}`,
  )
  const before = db.prepare<[number, number, number, number, number], KeyedRow>(
    `SELECT ${keyedColumns} FROM messages WHERE key >= ${keyAt('?', '?')} AND key < ${keyAt('?', '?')}
     ORDER BY key DESC LIMIT +?`,
  )
  const from = db.prepare<[number, number, number, number], KeyedRow>(
    `SELECT ${keyedColumns} FROM messages WHERE key >= ${keyAt('?', '?')} AND key <= ${lastKey('?')}
     ORDER BY key LIMIT +?`,
  )
  // Unchanged messages by their key, changed ones by the index that holds only them.
  const changed = db.prepare<object, KeyedRow>(
    `SELECT * FROM (SELECT ${keyedColumns} FROM messages
                    WHERE key > ${keyAt('@no', '@after')} AND key <= ${lastKey('@no')} AND rev = seq
                    ORDER BY key LIMIT +@limit)
     UNION ALL
     SELECT * FROM (SELECT ${keyedColumns} FROM messages
                    WHERE room = @no AND rev > @since AND rev > seq AND seq >= @from
                    ORDER BY rev LIMIT +@limit)
     ORDER BY rev LIMIT +@limit`,
  )

  // Each message once: what comes after `since` by its place changed by being there.
  const lacked = db
    .prepare<object, number>(
      `SELECT count(*) FROM (
         SELECT * FROM (SELECT 1 FROM messages WHERE key > ${keyAt('@no', '@since')} AND key <= ${lastKey('@no')}
                        ORDER BY key LIMIT +@most)
         UNION ALL
         SELECT * FROM (SELECT 1 FROM messages WHERE room = @no AND rev > @since AND rev > seq AND seq <= @since
                        ORDER BY rev LIMIT +@most)
         LIMIT +@most)`,
    )
    .pluck()
  // What a server of an earlier build deleted is still marked.
  const arePinned = `room = ${roomNumber} AND pinned_at IS NOT NULL AND deleted_at IS NULL`
  const pinned = db.prepare<object, KeyedRow>(
    `SELECT ${keyedColumns} FROM messages WHERE ${arePinned} AND seq >= @from ORDER BY pinned_at DESC, key DESC LIMIT ${limits.pins}`,
  )
  const countPins = db.prepare<object, number>(`SELECT count(*) FROM messages WHERE ${arePinned}`).pluck()
  const forgetReactions = db.prepare('DELETE FROM reactions WHERE tenant = ? AND room = ? AND seq = ?')

  const membershipRevOf = (tenant: string, room: string) => head.get(tenant, room)?.membershipRev ?? 0

  function append(tenant: string, draft: MessageDraft) {
    const { id, author, text } = draft
    const before = end.get(author, tenant, draft.room)
    if (!before?.is_member) return replayed(tenant, draft)
    const { no, head, last_at, membershipRev } = before
    const seq = head + 1
    // Never goes back, whatever the clock does.
    const created_at = Math.max(last_at, now())
    if (hasPostingRules(before)) {
      if (byId.get({ tenant, room: draft.room, id })) return replayed(tenant, draft)
      keepPostingRules(tenant, draft, before, created_at)
    }
    const answered =
      draft.replyTo === undefined
        ? undefined
        : byReader.get({ tenant, room: draft.room, id: draft.replyTo, by: author })
    const parts = { quote: answered ? quoteOf(answered) : null, mentions: mentionsColumn(draft) }
    const row = firstRow({ ...draft, ...parts }, { seq, created_at })
    const { reply_to, forwarded } = row
    const { changes } = insert.run(
      ...[no, seq, seq, id, author, text, created_at, reply_to, forwarded, row.mentions, null],
    )
    if (changes === 0) return replayed(tenant, draft)
    if (draft.replyTo !== undefined) requireAnswerable(answered)
    mentions.keep(tenant, row)
    moveEnd.run(seq, seq, created_at, no)
    outbox(tenant, { room: draft.room, rev: seq, event: 'message.sent', seq, at: created_at })
    return { message: messageView(row), created: true, membershipRev }
  }

  function appendFromSite(tenant: string, draft: SiteDraft) {
    const { room, id } = draft
    const before = siteEnd.get(tenant, room)
    if (!before) throw new Problem('not_found', 'no such room')
    const { no, head, last_at, membershipRev } = before
    const known = byId.get({ tenant, room, id })
    requireMatch(draft.ifMatch, known && revTag(known.rev))
    if (known) return { ...retriedFromSite(rowIn(room, known), draft), membershipRev }
    const seq = head + 1
    const created_at = Math.max(last_at, now())
    const row = firstRow({ room, id, ...siteParts(draft.site) }, { seq, created_at })
    insert.run(no, seq, seq, id, row.author, row.text, created_at, null, null, null, row.site)
    moveEnd.run(seq, seq, created_at, no)
    outbox(tenant, { room, rev: seq, event: 'message.sent', seq, at: created_at })
    return { message: messageView(row), created: true, membershipRev }
  }

  /** Of a message that is new. @throws Problem as `requirePosting` says: then the transaction is undone */
  function keepPostingRules(
    tenant: string,
    { room, author }: MessageDraft,
    rules: PostingRules,
    now: number,
  ) {
    const member = poster.get(tenant, room, author)
    if (member) requirePosting(rules, member, now)
    if (rules.slow_mode !== null) notePosting.run(now, tenant, room, author)
  }

  /** A message that is known already. Its author may send it again even when they are no member any more. */
  function replayed(tenant: string, draft: MessageDraft) {
    const known = byId.get({ tenant, room: draft.room, id: draft.id })
    if (!known) throw new Problem('not_found', 'no such room')
    return {
      ...retriedMessage(rowIn(draft.room, known), draft),
      membershipRev: membershipRevOf(tenant, draft.room),
    }
  }

  /** Of other changes it makes no difference. */
  function pinnerOf(tenant: string, { kind, room, by }: MessageChange): Pinner | undefined {
    const post = kind === 'pin' ? end.get(by, tenant, room)?.post : undefined
    return post ? { post, role: poster.get(tenant, room, by)?.role } : undefined
  }

  /** The site sees all of each room. */
  function foundFor(tenant: string, { room, id, by }: MessageChange): KeyedRow | undefined {
    if (by !== siteId) return byReader.get({ tenant, room, id, by })
    return siteEnd.get(tenant, room) && byId.get({ tenant, room, id })
  }

  function amend(tenant: string, wish: MessageChange) {
    const found = foundFor(tenant, wish)
    const row = found && rowIn(wish.room, found)
    const next = amended(row, wish, { now: now(), pinner: pinnerOf(tenant, wish) })
    const membershipRev = membershipRevOf(tenant, wish.room)
    if (next === row) return { message: messageView(next), changed: false, membershipRev }
    if (isPinned(row, next)) requirePinLeft(countPins.get({ tenant, room: wish.room }) ?? 0)
    const rev = nextRev.get(tenant, wish.room) ?? 0
    change.run({ ...next, tenant, rev })
    mentions.keep(tenant, next, row)
    if (row?.reactions && !next.reactions) forgetReactions.run(tenant, wish.room, next.seq)
    outbox(tenant, { room: wish.room, rev, event: eventOfAmendment(wish), seq: next.seq, at: now() })
    return { message: messageView({ ...next, rev }), changed: true, membershipRev }
  }

  return (tenant: string): MessageStore => ({
    append: (draft) => commit.run(() => append(tenant, draft)),

    appendFromSite: (draft) => commit.run(() => appendFromSite(tenant, draft)),

    amend: (wish) => commit.run(() => amend(tenant, wish)),

    async findMessage(room, id, from = 0) {
      const row = byId.get({ tenant, room, id })
      return row && isShown(from, row) ? shownFrom(from, messageView(rowIn(room, row))) : undefined
    },

    async listPins(room, from = 0) {
      const { head: number = 0 } = head.get(tenant, room) ?? {}
      return {
        messages: pinned
          .all({ tenant, room, from })
          .map((row) => shownFrom(from, messageView(rowIn(room, row)))),
        head: number,
      }
    },

    async readPage(room, position, limit, start = 0) {
      const window = windowOf(position, limit, start)
      const { no = 0, head: number = 0 } = head.get(tenant, room) ?? {}
      const rows = (found: KeyedRow[]) => found.map((row) => rowIn(room, row))
      return pageOf(window, limit, {
        head: number,
        from: start,
        older: rows(before.all(no, start, no, window.at, window.older + 1)),
        newer: rows(from.all(no, window.at, no, window.newer + 1)),
      })
    },

    async readChanges(room, since, limit, start = 0) {
      const {
        no = 0,
        head: number = 0,
        rev = 0,
        membershipRev = 0,
        cut_at = null,
      } = head.get(tenant, room) ?? {}
      const most = limits.changes + 1
      const isFar = mayLackTooMany({ since, head: number })
      const reset = resetFor(
        { since, head: number, membershipRev, from: start, cut_at },
        isFar ? (lacked.get({ no, since, most }) ?? 0) : 0,
      )
      if (reset) return reset
      const after = Math.max(since, start - 1)
      const rows = changed.all({ no, since, after, from: start, limit: limit + 1 })
      const messages = rows.slice(0, limit).map((row) => shownFrom(start, messageView(rowIn(room, row))))
      return { messages, head: number, membershipRev, more: rows.length > limit, roomChanged: rev > since }
    },
  })
}
