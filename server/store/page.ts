import { limits } from '../protocol/limits.ts'
import { type MessageRow, messageView } from '../rules/rows.ts'
import { countFitting, messageBytes } from '../rules/size.ts'
import type { Position, StoredPage } from './store.ts'

/** Where a page lies: at most so many messages before the place `at`, and so many from it on. */
export type Window = { readonly at: number; readonly older: number; readonly newer: number }

export function windowOf(position: Position, limit: number): Window {
  if ('after' in position) return { at: position.after + 1, older: 0, newer: limit }
  if ('around' in position) return { at: position.around, older: limit >> 1, newer: limit }
  return { at: position.before ?? Number.MAX_SAFE_INTEGER, older: limit, newer: 0 }
}

/**
 * The page of a window. Of both sides one row more than the window asks for is expected, as far as there are any:
 * it shows whether history goes on there. `older` is descending by seq, `newer` ascending.
 */
export function pageOf(
  window: Window,
  limit: number,
  { head, older, newer }: { head: number; older: readonly MessageRow[]; newer: readonly MessageRow[] },
): StoredPage {
  const before = older.slice(0, window.older)
  const from = newer.slice(0, Math.min(window.newer, limit - before.length))
  const [fewer, few] = fitting(before, from)
  return {
    messages: [...fewer.reverse(), ...few].map(messageView),
    head,
    older: older.length > fewer.length,
    newer: newer.length > few.length,
  }
}

/** Of both sides what lies nearest to the place, as far as a page has bytes for it: at least one message. */
function fitting(
  before: readonly MessageRow[],
  from: readonly MessageRow[],
): [before: MessageRow[], from: MessageRow[]] {
  const nearest: MessageRow[] = []
  for (let at = 0; at < Math.max(before.length, from.length); at++) {
    for (const side of [from, before]) {
      const row = side[at]
      if (row) nearest.push(row)
    }
  }
  const kept = new Set(nearest.slice(0, Math.max(1, countFitting(nearest, messageBytes, limits.pageBytes))))
  return [before.filter((row) => kept.has(row)), from.filter((row) => kept.has(row))]
}
