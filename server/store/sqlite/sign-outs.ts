import type Database from 'better-sqlite3'
import { type SignOutRow, signOutIn, signOutRow } from '../../rules/sign-out-rows.ts'
import type { SignOutStore } from '../store.ts'
import type { GroupCommit } from './group-commit.ts'

const columns = 'tenant, user, at, tokens_from, is_disabled, is_enabled'

/** Whom the site signed out, on SQLite. */
export function sqliteSignOuts(db: Database.Database, commit: GroupCommit): SignOutStore {
  const at = 'max(@at, (SELECT coalesce(max(at), 0) + 1 FROM sign_outs))'
  const put = db.prepare(
    `INSERT INTO sign_outs (${columns}) VALUES (@tenant, @user, ${at}, @tokens_from, @is_disabled, @is_enabled)
     ON CONFLICT (tenant, user) DO UPDATE SET at = excluded.at,
       tokens_from = max(coalesce(@tokens_from, tokens_from), coalesce(tokens_from, @tokens_from)),
       is_disabled = is_disabled OR @is_disabled, is_enabled = 0`,
  )
  const enable = db.prepare(
    `UPDATE sign_outs SET at = ${at}, is_disabled = 0, is_enabled = 1
     WHERE tenant = @tenant AND user = @user AND is_disabled`,
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
        const { at, tenant, user, ...row } = signOutRow(signOut)
        if (signOut.isEnabled) enable.run({ at, tenant, user })
        else put.run({ at, tenant, user, ...row })
      }),
    list: async (from) => [...disabled.all(from), ...since.all(from)].map(signOutIn),
    listSince: async (from) => since.all(from).map(signOutIn),
  }
}
