import { createHash } from 'node:crypto'

/** The key of the one room for exactly these users: the same for any order and with doubles, and for no other set. */
export function roomKey(members: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([...new Set(members)].sort()))
    .digest('base64url')
}
