/** How the command line reads and shows lists of any length. */
import { inJson, rowsInColumns } from './columns.ts'

export const pageSize = 200

/** All that a list has, read page by page. */
export async function allPages<K extends string, T>(
  read: (
    cursor: string | undefined,
  ) => Promise<{ readonly [N in K]: readonly T[] } & { readonly cursor?: string }>,
  key: K,
): Promise<T[]> {
  const all: T[] = []
  let cursor: string | undefined
  do {
    const page = await read(cursor)
    all.push(...page[key])
    cursor = page.cursor
  } while (cursor !== undefined)
  return all
}

/** For programs a line of JSON for each, so that a long list can be read as it comes; for people columns. */
export function listed(
  entries: readonly object[],
  rows: Parameters<typeof rowsInColumns>[0],
  { json, none }: { readonly json: boolean | undefined; readonly none: string },
): string {
  if (json) return entries.map((entry) => inJson(entry)).join('\n')
  return rows.length > 0 ? rowsInColumns(rows) : none
}
