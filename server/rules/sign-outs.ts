import { isGuestId } from '../protocol/guests.ts'
import type { SignOut } from '../store/store.ts'

/**
 * A sign-out as it is written. Nobody gets another token for a guest, and those of guests live longer than that they were
 * taken back is remembered: a guest whose tokens are taken back is shut out.
 */
export function asWritten(signOut: SignOut): SignOut {
  const isEnded = signOut.tokensFrom !== null && isGuestId(signOut.user)
  return { ...signOut, isDisabled: signOut.isDisabled || isEnded }
}
