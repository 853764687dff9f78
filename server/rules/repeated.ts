import type { Begun, RepeatableRequest } from '../store/store.ts'

export type IdempotencyRow = {
  readonly fingerprint: string
  /** When it began: milliseconds since 1970. */
  readonly at: number
  /** Null while it is being answered. */
  readonly status: number | null
  readonly body: string | null
}

/** What a request gets that is known already; undefined where it is to be performed. */
export function settledBy(
  row: IdempotencyRow | undefined,
  { fingerprint }: RepeatableRequest,
  { old, abandoned }: { readonly old: number; readonly abandoned: number },
): Exclude<Begun, 'begun' | 'full'> | undefined {
  if (!row || row.at <= old) return undefined
  if (row.fingerprint !== fingerprint) return 'other'
  if (row.status !== null) return { status: row.status, body: row.body ?? '' }
  return row.at <= abandoned ? undefined : 'running'
}
