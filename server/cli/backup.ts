import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Config, ConfigProblem } from '../config.ts'
import { backUpFolder, openStores, restoreFolder } from '../main.ts'
import { version } from '../version.ts'
import { fieldsInColumns } from './columns.ts'

const patienceMs = 3_000

type Flags = {
  readonly to?: string
  readonly from?: string
  readonly yes?: boolean
  readonly json?: boolean
}

/** `chatter backup`: what to print. @throws ConfigProblem, DatabaseProblem */
export async function backup({ data, databaseUrl }: Config, { to, json }: Flags): Promise<string> {
  if (databaseUrl !== undefined) throw new ConfigProblem(['backup: expected SQLite. With Postgres: pg_dump'])
  if (!to) throw new ConfigProblem(['--to: expected the file to be made'])
  const done = await backUpFolder(data, to)
  return shown({ ...done }, json)
}

/** `chatter restore`: what to print. @throws ConfigProblem, DatabaseProblem */
export async function restore({ data, databaseUrl }: Config, { from, yes, json }: Flags): Promise<string> {
  if (databaseUrl !== undefined) {
    throw new ConfigProblem([
      'restore: expected SQLite. With Postgres: pg_restore, then chatter epoch --renew',
    ])
  }
  if (!from) throw new ConfigProblem(['--from: expected a file that chatter backup made'])
  if (!yes && existsSync(join(data, 'chatter.db'))) {
    throw new ConfigProblem([
      `--yes: expected, because the database in ${data} is replaced, and every client loads anew`,
    ])
  }
  const replaced = await restoreFolder(data, from)
  return shown({ restored: data, ...(replaced !== undefined && { before: replaced }) }, json)
}

/** `chatter status`: what is there, and what the server that runs says of itself. */
export async function status(config: Config, { json }: Flags): Promise<string> {
  const stores = await openStores(config, 'tool', { mustExist: true })
  try {
    const tenants = (await stores.tenants.list()).length
    const server = await readiness(config)
    const isOpen = tenants === 0 && (await stores.tenants.isDefaultOpen())
    const fields = {
      version,
      database: config.databaseUrl === undefined ? `SQLite in ${config.data}` : 'Postgres',
      epoch: stores.epoch,
      tenants: isOpen ? 'none: default answers to every host' : String(tenants),
      ...(stores.freeBytes && { freeBytes: stores.freeBytes() }),
      ...server,
    }
    return shown(fields, json)
  } finally {
    await stores.close()
  }
}

/** By the settings of the environment, as they are beside the server. */
async function readiness({ host, port, base }: Config): Promise<Record<string, string | number>> {
  const at = ['0.0.0.0', '::'].includes(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host
  const url = `http://${at}:${port}${base}readyz`
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(patienceMs) })
    const said = (await answer.json()) as Record<string, string | number>
    const named = Object.entries(said).map(([name, value]) => [`server.${name}`, value])
    return { server: url, ...Object.fromEntries(named) }
  } catch {
    return { server: `none answers at ${url}` }
  }
}

function shown(fields: Parameters<typeof fieldsInColumns>[0], json: boolean | undefined): string {
  return json ? JSON.stringify(fields, undefined, 2) : fieldsInColumns(fields)
}
