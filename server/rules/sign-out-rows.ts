/** A sign-out as both databases keep it. */
import type { SignOut } from '../store/store.ts'

export type SignOutRow = {
  readonly tenant: string
  readonly user: string
  readonly at: number
  readonly tokens_from: number | null
  readonly is_disabled: number | boolean
  readonly is_enabled: number | boolean
}

export function signOutIn({ tenant, user, at, tokens_from, is_disabled, is_enabled }: SignOutRow): SignOut {
  return { tenant, user, at, tokensFrom: tokens_from, isDisabled: !!is_disabled, isEnabled: !!is_enabled }
}

export function signOutRow({ tenant, user, at, tokensFrom, isDisabled, isEnabled }: SignOut): SignOutRow {
  return { tenant, user, at, tokens_from: tokensFrom, is_disabled: +isDisabled, is_enabled: +isEnabled }
}
