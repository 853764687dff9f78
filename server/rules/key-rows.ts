/** A key as both databases keep it. */
import { Problem } from '../protocol/problems.ts'
import { isKeyScope, type StoredKey } from './keys.ts'

export type KeyRow = {
  readonly id: string
  readonly hash: string
  readonly name: string
  readonly scopes: string
  readonly created_at: number
  readonly used_at: number | null
}

/** A scope that this version does not know permits nothing. */
export function keyIn({ created_at: createdAt, used_at: usedAt, scopes, ...row }: KeyRow): StoredKey {
  return { ...row, scopes: scopes.split(' ').filter(isKeyScope), createdAt, usedAt }
}

export function rowOf({ scopes, createdAt, ...key }: Omit<StoredKey, 'usedAt'>): Omit<KeyRow, 'used_at'> {
  return { ...key, scopes: scopes.join(' '), created_at: createdAt }
}

export function takenKey(id: string): Problem {
  return new Problem('conflict', `there is a key ${id}`)
}
