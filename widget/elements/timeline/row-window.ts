/**
 * Which rows are in the DOM: never more than `most`, however many are loaded (rule S14). A window names its rows by key,
 * so what is loaded before or after them moves nothing. It grows on the side the reader scrolls to and shrinks on the
 * other; an open end follows the newest row.
 */
import type { Row } from '../../state/timeline.ts'

const most = 150
/** So many at once: few enough for one frame of a slow device. While it is not enough, the next frame brings more. */
const step = 25
/** Before a row that was sought, and after it. */
const [before, after] = [25, 75]
/** Enough for any screen: what is above is put there when somebody scrolls. */
const atFirst = 30

export type RowWindow = {
  /** The first row shown; absent: as many as a start shows. */
  readonly first?: string
  /** The last row shown; absent: the newest, and every newer one. */
  readonly last?: string
}
export type Cut = { readonly from: number; readonly to: number }

/**
 * The part of the rows a window names. `keep` is the side the reader is at: the other one gives way. `near`, the last such
 * part, is where they are looked for first.
 */
export function cut(
  rows: readonly Row[],
  { first, last }: RowWindow,
  { keep, near }: { keep: 'start' | 'end'; near: Cut },
): Cut {
  const end = placeOf(rows, last, near.to - 1)
  const to = end < 0 ? rows.length : end + 1
  const start = placeOf(rows, first, near.from)
  const from = start < 0 || start >= to ? Math.max(0, to - atFirst) : start
  if (to - from <= most) return { from, to }
  return keep === 'end' ? { from: to - most, to } : { from, to: from + most }
}

export function newest(rows: readonly Row[]): RowWindow {
  return windowOf(rows, rows.length - atFirst, rows.length)
}

/** More rows before. */
export function earlier(rows: readonly Row[], { from, to }: Cut): RowWindow {
  const start = Math.max(0, from - step)
  return windowOf(rows, start, Math.min(to, start + most))
}

/** More rows after. */
export function later(rows: readonly Row[], { from, to }: Cut): RowWindow {
  const end = Math.min(rows.length, to + step)
  return windowOf(rows, Math.max(from, end - most), end)
}

/** The rows around one of them, more of them after it than before. */
export function around(rows: readonly Row[], at: number): RowWindow {
  return windowOf(rows, at - before, at + after)
}

function placeOf(rows: readonly Row[], key: string | undefined, near: number): number {
  if (key === undefined) return -1
  return rows[near]?.key === key ? near : rows.findLastIndex((row) => row.key === key)
}

function windowOf(rows: readonly Row[], from: number, to: number): RowWindow {
  const first = rows[Math.max(0, from)]?.key
  const last = to >= rows.length ? undefined : rows[to - 1]?.key
  return { ...(first !== undefined && { first }), ...(last !== undefined && { last }) }
}
