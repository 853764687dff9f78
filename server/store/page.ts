import { limits } from '../protocol/limits.ts'
import { type MessageRow, messageView } from '../rules/rows.ts'
import { countFitting, messageBytes } from '../rules/size.ts'
import { shownFrom } from '../rules/visibility.ts'
import type { Position, StoredPage } from './store.ts'

/** Where a page lies: at most so many messages before the place `at`, and so many from it on. */
export type Window = { readonly at: number; readonly older: number; readonly newer: number }

/** For a reader who sees nothing before `from`, whatever they ask for. */
export function windowOf(position: Position, limit: number, from: number): Window {
  const at = (place: number) => Math.max(place, from)
  if ('after' in position) return { at: at(position.after + 1), older: 0, newer: limit }
  if ('around' in position) return { at: at(position.around), older: limit >> 1, newer: limit }
  return { at: at(position.before ?? Number.MAX_SAFE_INTEGER), older: limit, newer: 0 }
}

type Found = {
  readonly head: number
  readonly older: readonly MessageRow[]
  readonly newer: readonly MessageRow[]
  /** Where the reader begins to see. */
  readonly from: number
}

/**
 * The page of a window. Of both sides one row more than the window asks for is expected, as far as there are any:
 * it shows whether history goes on there. `older` is descending by seq, `newer` ascending.
 */
export function pageOf(window: Window, limit: number, { head, older, newer, from }: Found): StoredPage {
  const before = older.slice(0, window.older)
  const after = newer.slice(0, Math.min(window.newer, limit - before.length))
  const [fewer, few] = fitting(before, after)
  return {
    messages: [...fewer.reverse(), ...few].map((row) => shownFrom(from, messageView(row))),
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
