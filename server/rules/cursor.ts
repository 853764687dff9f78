import { limits } from '../protocol/limits.ts'
import { Problem } from '../protocol/problems.ts'
import { countFitting } from './size.ts'

/** A place in a list as an opaque string: the sort key of the last entry. */
export function encodeCursor(key: readonly [string | number, string]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

/**
 * A page of rows of which one more than `limit` was asked for, and the cursor of the next page if there are more. With
 * `bytesOf` the page also ends where it would be larger than a page may be.
 */
export function cutPage<R>(
  rows: readonly R[],
  limit: number,
  keyOf: (last: R) => readonly [string | number, string],
  bytesOf: (row: R) => number = () => 0,
): { page: R[]; next: { cursor?: string } } {
  const page = rows.slice(0, Math.max(1, countFitting(rows.slice(0, limit), bytesOf, limits.pageBytes)))
  const last = page.at(-1)
  const next = rows.length > page.length && last !== undefined ? { cursor: encodeCursor(keyOf(last)) } : {}
  return { page, next }
}

/** @throws Problem `bad_request` for anything `encodeCursor` did not make with a first part of that type */
export function decodeCursor<T extends 'string' | 'number'>(
  cursor: string,
  first: T,
): [T extends 'string' ? string : number, string] {
  let key: unknown
  try {
    key = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    key = undefined
  }
  const [place, id, ...rest] = Array.isArray(key) ? key : []
  const isPlace = typeof place === first && (first === 'string' || Number.isSafeInteger(place))
  if (!isPlace || typeof id !== 'string' || rest.length > 0) {
    throw new Problem('bad_request', 'cursor: expected the cursor of the page before')
  }
  return [place, id]
}
