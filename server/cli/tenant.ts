import { randomBytes } from 'node:crypto'
import { ConfigProblem, readOrigin } from '../config.ts'
import { hostname } from '../http/tenant.ts'
import { Problem } from '../protocol/problems.ts'
import type { Tenant, TenantStore } from '../store/store.ts'
import { fieldsInColumns, rowsInColumns } from './columns.ts'

export type TenantFlags = {
  readonly host?: string[]
  readonly origin?: string[]
  readonly directory?: string
  readonly json?: boolean
  readonly yes?: boolean
}

type Action = (tenants: TenantStore, flags: TenantFlags, id: string) => Promise<string>

/** What `chatter tenant` does, beside a running server too: what to print. Each throws ConfigProblem or Problem. */
export const tenantActions = {
  list,
  show,
  add,
  change,
  'rotate-secret': rotateSecret,
  remove,
} as const satisfies Record<string, Action>

async function list(tenants: TenantStore, { json }: TenantFlags): Promise<string> {
  const all = (await tenants.list()).map(withoutSecrets)
  if (json) return JSON.stringify(all, undefined, 2)
  return all.length === 0 ? 'No tenants: the tenant default answers to every host.' : rowsInColumns(all)
}

async function show(tenants: TenantStore, flags: TenantFlags, id: string): Promise<string> {
  return shown(withoutSecrets(await find(tenants, id)), flags)
}

async function add(tenants: TenantStore, flags: TenantFlags, id: string): Promise<string> {
  const faults: string[] = []
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(id)) {
    faults.push(`ID: expected lower-case letters, digits and hyphens, got ${JSON.stringify(id)}`)
  }
  if (!flags.host) faults.push('--host: expected at least one hostname')
  const { hosts = [], origins = [], directory = 'all' } = readChange(flags, faults)
  const secret = newSecret()
  await tenants.add({ id, hosts, origins, directory, secrets: [secret] })
  return shown({ id, hosts, origins, directory, secret }, flags, 'Keep the secret: it is not shown again.')
}

async function change(tenants: TenantStore, flags: TenantFlags, id: string): Promise<string> {
  const isAnything = flags.host ?? flags.origin ?? flags.directory
  if (isAnything === undefined) {
    throw new ConfigProblem(['tenant change: expected --host, --origin or --directory'])
  }
  return shown(withoutSecrets(await tenants.change(id, readChange(flags, []))), flags)
}

async function rotateSecret(tenants: TenantStore, flags: TenantFlags, id: string): Promise<string> {
  const { secrets } = await find(tenants, id)
  const secret = newSecret()
  await tenants.change(id, { secrets: [secret, ...secrets].slice(0, 2) })
  const note = 'Keep the secret: it is not shown again. The one before stays valid until the next rotation.'
  return shown({ id, secret }, flags, note)
}

async function remove(tenants: TenantStore, flags: TenantFlags, id: string): Promise<string> {
  if (!flags.yes) {
    throw new ConfigProblem([`--yes: expected, to remove ${id} with all its users, rooms and messages`])
  }
  await tenants.remove(id)
  return shown({ removed: id }, flags)
}

async function find(tenants: TenantStore, id: string): Promise<Tenant> {
  const tenant = (await tenants.list()).find((one) => one.id === id)
  if (!tenant) throw new Problem('not_found', `no tenant ${JSON.stringify(id)}`)
  return tenant
}

/** What the flags ask for. @throws ConfigProblem with the faults before it and its own */
function readChange(
  { host, origin, directory }: TenantFlags,
  faults: string[],
): Partial<Omit<Tenant, 'id' | 'secrets'>> {
  const read = <T>(flag: string, reader: (text: string) => T) => {
    return (text: string): T[] => {
      try {
        return [reader(text)]
      } catch (error) {
        faults.push(`${flag}: ${(error as Error).message}`)
        return []
      }
    }
  }
  const hosts = host?.flatMap(read('--host', readHost))
  const isNone = origin?.length === 1 && origin[0] === 'none'
  const origins = isNone ? [] : origin?.flatMap(read('--origin', readOrigin))
  const [shownTo] = directory === undefined ? [] : read('--directory', readDirectory)(directory)
  if (faults.length > 0) throw new ConfigProblem(faults)
  return {
    ...(hosts && { hosts: [...new Set(hosts)] }),
    ...(origins && { origins: [...new Set(origins)] }),
    ...(shownTo && { directory: shownTo }),
  }
}

function readHost(text: string): string {
  const name = /:\d*$/.test(text) ? undefined : hostname(text)
  if (name !== undefined) return name
  throw new Error(`expected a hostname without port, got ${JSON.stringify(text)}`)
}

function readDirectory(text: string): Tenant['directory'] {
  if (text === 'all' || text === 'shared' || text === 'none') return text
  throw new Error(`expected all, shared or none, got ${JSON.stringify(text)}`)
}

function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** For showing: how many secrets are valid, and none of them. */
function withoutSecrets({ id, hosts, origins, directory, secrets }: Tenant) {
  return { id, hosts, origins, directory, secrets: secrets.length }
}

function shown(
  fields: Parameters<typeof fieldsInColumns>[0],
  { json }: TenantFlags,
  ...notes: string[]
): string {
  return json ? JSON.stringify(fields, undefined, 2) : [fieldsInColumns(fields), ...notes].join('\n')
}
