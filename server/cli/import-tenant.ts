import type { Config } from '../config.ts'
import { ConfigProblem } from '../config.ts'
import { importIntoTenant } from '../main.ts'
import { rowsInColumns } from './columns.ts'

/** `chatter tenant import`: what to print. @throws ConfigProblem, DatabaseProblem */
export async function importFile(
  config: Config,
  tenant: string,
  file: AsyncIterable<Uint8Array> & { readonly isTTY?: boolean },
  { json }: { readonly json?: boolean },
): Promise<string> {
  if (file.isTTY) throw new ConfigProblem(['expected the file of an export: chatter tenant import ID < FILE'])
  const imported = await importIntoTenant(config, tenant, file)
  if (json) return JSON.stringify(imported, undefined, 2)
  const lines = Object.entries(imported.rows).map(([table, rows]) => ({ table, rows }))
  return [rowsInColumns(lines), `Imported into ${tenant} in ${imported.seconds} s.`].join('\n')
}
