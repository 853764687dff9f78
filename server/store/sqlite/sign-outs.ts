import type Database from 'better-sqlite3'
import { type SignOutRow, signOutIn, signOutRow } from '../../rules/sign-out-rows.ts'
import type { SignOutStore } from '../store.ts'
import type { GroupCommit } from './group-commit.ts'

const columns = 'tenant, user, at, tokens_from, is_disabled, is_enabled'

/** Whom the site signed out, on SQLite. */
export function sqliteSignOuts(db: Database.Database, commit: GroupCommit): SignOutStore {
  const put = db.prepare(
    `INSERT INTO sign_outs (${columns}) VALUES (@tenant, @user, @at, @tokens_from, @is_disabled, @is_enabled)
     ON CONFLICT (tenant, user) DO UPDATE SET at = max(at + 1, @at), tokens_from = coalesce(@tokens_from, tokens_from),
       is_disabled = CASE WHEN @is_enabled THEN 0 ELSE is_disabled OR @is_disabled END, is_enabled = @is_enabled`,
  )
  const forget = db.prepare('DELETE FROM sign_outs WHERE at < ? AND NOT is_disabled')
  const since = db.prepare<[number], SignOutRow>(`SELECT ${columns} FROM sign_outs WHERE at >= ? ORDER BY at`)
  const disabled = db.prepare<[number], SignOutRow>(
    `SELECT ${columns} FROM sign_outs WHERE is_disabled AND at < ?`,
  )
  return {
    put: (signOut, old) =>
      commit.run(() => {
        forget.run(old)
        put.run(signOutRow(signOut))
      }),
    list: async (from) => [...disabled.all(from), ...since.all(from)].map(signOutIn),
    listSince: async (from) => since.all(from).map(signOutIn),
  }
}
