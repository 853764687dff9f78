import { existsSync, realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { ConfigProblem } from '../config.ts'
import { copyStores } from '../main.ts'
import { rowsInColumns } from './columns.ts'

export type MigrateStoreFlags = {
  readonly from?: string
  readonly to?: string
  readonly json?: boolean
}

type Step = Parameters<NonNullable<Parameters<typeof copyStores>[2]>>[0]

/** People are shown every so many rows. */
const stride = 100_000

/** `chatter migrate-store`: what to print. @throws ConfigProblem, DatabaseProblem */
export async function migrateStore({ from, to, json }: MigrateStoreFlags): Promise<string> {
  const faults = [...faultsOf('--from', from), ...faultsOf('--to', to)]
  if (faults.length > 0 || from === undefined || to === undefined) throw new ConfigProblem(faults)
  if (identity(from) === identity(to)) {
    throw new ConfigProblem(['--to: expected another database than that of --from'])
  }
  const copied = await copyStores(from, to, json ? undefined : progress())
  if (json) return JSON.stringify(copied, undefined, 2)
  const { tables, rows, rooms, seconds } = copied
  const lines = Object.entries(tables).map(([table, count]) => ({ table, rows: count }))
  return [
    rowsInColumns(lines),
    `Copied and verified ${rows} rows, of them ${rooms} rooms, in ${seconds} s.`,
    'The copy has an epoch of its own: every client loads anew.',
  ].join('\n')
}

/** Never shows a URL: there is a password in it. */
function faultsOf(flag: string, place: string | undefined): string[] {
  if (place === undefined || place === '') return [`${flag}: expected a folder or postgres://…, got nothing`]
  if (!place.includes('://')) return []
  const isPostgres = URL.canParse(place) && /^postgres(ql)?:$/.test(new URL(place).protocol)
  return isPostgres ? [] : [`${flag}: expected a folder, or a URL like postgres://user@host:5432/database`]
}

/** The same for two ways to say one place. */
function identity(place: string): string {
  if (!place.includes('://')) return existsSync(place) ? realpathSync(place) : resolve(place)
  const { host, pathname, search } = new URL(place)
  return `postgres://${host.replace(/:5432$/, '')}${pathname}${search}`
}

/** On standard error: a line for each table, and for each stride of a large one. */
function progress(): (step: Step) => void {
  let next = stride
  return ({ doing, table, rows, of }) => {
    if (rows === 0) next = stride
    else if (rows < next) return
    else next += stride
    console.error(of > stride ? `${doing} ${table}: ${rows} of ${of}` : `${doing} ${table}: ${of}`)
  }
}
