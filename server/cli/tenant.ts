import { randomBytes } from 'node:crypto'
import { type Config, ConfigProblem } from '../config.ts'
import { readOrigin } from '../http/origin.ts'
import { hostname } from '../http/tenant.ts'
import { Problem } from '../protocol/problems.ts'
import { noTenant } from '../rules/no-tenant.ts'
import {
  readAssignment,
  readSetting,
  type SettingValue,
  settingNamed,
  settingsByName,
  shownSetting,
  type TenantSettings,
} from '../rules/settings.ts'
import type { NewTenant, Tenant, TenantStore } from '../store/store.ts'
import { fieldsInColumns, rowsInColumns } from './columns.ts'

export type TenantFlags = {
  readonly host?: string[]
  readonly origin?: string[]
  readonly directory?: string
  readonly json?: boolean
  readonly yes?: boolean
}

type Action = (
  tenants: TenantStore,
  flags: TenantFlags,
  id: string,
  words: readonly string[],
  config: Config,
) => Promise<string>

/** What `chatter tenant` does, beside a running server too: what to print. Each throws ConfigProblem or Problem. */
export const tenantActions = {
  list,
  show,
  add,
  change,
  set,
  unset,
  'rotate-secret': rotateSecret,
  disable,
  enable,
  remove,
  'open-default': openDefault,
} as const satisfies Record<string, Action>

async function list(tenants: TenantStore, { json }: TenantFlags): Promise<string> {
  const all = (await tenants.list()).map(withoutSecrets)
  if (json) return JSON.stringify(all, undefined, 2)
  if (all.length === 0) {
    return (await tenants.isDefaultOpen())
      ? 'No tenants: the tenant default answers to every host.'
      : 'No tenants, since the last one was removed: every host is answered 404.\nchatter tenant open-default --yes: the tenant default answers to every host.'
  }
  const isAnyDisabled = all.some(({ disabledAt }) => disabledAt !== undefined)
  return rowsInColumns(
    all.map(({ settings, disabledAt = '-', ...tenant }) => ({
      ...tenant,
      ...(isAnyDisabled && { disabledAt }),
      settings: unusual(settings),
    })),
  )
}

async function show(tenants: TenantStore, flags: TenantFlags, id: string): Promise<string> {
  return shownTenant(await find(tenants, id), flags)
}

async function add(
  tenants: TenantStore,
  flags: TenantFlags,
  id: string,
  _words: readonly string[],
  config: Config,
): Promise<string> {
  const faults: string[] = []
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(id)) {
    faults.push(`ID: expected lower-case letters, digits and hyphens, got ${JSON.stringify(id)}`)
  }
  if (!flags.host) faults.push('--host: expected at least one hostname')
  const { hosts = [], origins = [], settings = {} } = readChange(flags, faults)
  const isInUse = (await tenants.list()).length === 0 && (await tenants.hasUsers('default'))
  if (isInUse && !flags.yes) throw new ConfigProblem([consequence(id, hosts)])
  // What its users' tokens are signed with goes on counting.
  const isKept = id === 'default' && (isInUse || config.secrets.length > 0)
  const secret = newSecret()
  await tenants.add({ id, hosts, origins, settings, secrets: isKept ? [] : [secret] })
  const added = await find(tenants, id)
  if (isKept) {
    const note = 'It keeps its data, and the secret, origins and settings that the server is configured with.'
    return shownWith(added.settings, { id, hosts, origins }, flags, note)
  }
  const fields = { id, hosts, origins, secret }
  return shownWith(added.settings, fields, flags, 'Keep the secret: it is not shown again.')
}

/** What the first tenant does to a site that runs without one. */
function consequence(id: string, hosts: readonly string[]): string {
  const names = hosts.join(', ')
  return id === 'default'
    ? `--yes: expected, because default has users: from then on it answers to ${names} only, and every other host is a 404`
    : `--yes: expected, because the tenant default has users: from then on their sockets are closed and every host but ${names} is a 404. To let them stay, first: chatter tenant add default --host THEIR-HOST`
}

async function openDefault(tenants: TenantStore, flags: TenantFlags): Promise<string> {
  if ((await tenants.list()).length > 0) {
    throw new Problem('conflict', 'there are tenants: each answers to its own hosts. See chatter tenant list')
  }
  if (!flags.yes) throw new ConfigProblem(['--yes: expected, because default then answers to every host'])
  await tenants.openDefault()
  return shown({ open: 'default' }, flags)
}

async function change(tenants: TenantStore, flags: TenantFlags, id: string): Promise<string> {
  const isAnything = flags.host ?? flags.origin ?? flags.directory
  if (isAnything === undefined) {
    throw new ConfigProblem(['tenant change: expected --host, --origin or --directory'])
  }
  const asked = readChange(flags, [])
  await find(tenants, id)
  return shownTenant(await tenants.change(id, asked), flags)
}

async function set(
  tenants: TenantStore,
  flags: TenantFlags,
  id: string,
  words: readonly string[],
): Promise<string> {
  const settings = Object.fromEntries(eachOf(words, readAssignment))
  await find(tenants, id)
  return shownTenant(await tenants.change(id, { settings }), flags)
}

async function unset(
  tenants: TenantStore,
  flags: TenantFlags,
  id: string,
  words: readonly string[],
): Promise<string> {
  const settings = eachOf(words, (name): [string, undefined] => [settingNamed(name).name, undefined])
  await find(tenants, id)
  return shownTenant(await tenants.change(id, { settings: Object.fromEntries(settings) }), flags)
}

async function rotateSecret(tenants: TenantStore, flags: TenantFlags, id: string): Promise<string> {
  await find(tenants, id)
  const secret = newSecret()
  const rotated = (secrets: readonly string[]) => {
    if (id === 'default' && secrets.length === 0) {
      throw new Problem(
        'conflict',
        'the secret of default is CHATTER_SECRET: put a newer one before it there',
      )
    }
    return [secret, ...secrets].slice(0, 2)
  }
  await tenants.change(id, { secrets: rotated })
  const note = 'Keep the secret: it is not shown again. The one before stays valid until the next rotation.'
  return shown({ id, secret }, flags, note)
}

async function disable(tenants: TenantStore, flags: TenantFlags, id: string): Promise<string> {
  const [before, after] = await turned(tenants, id, true)
  const note = `${id} is disabled: nobody comes in, and nothing is lost. chatter tenant enable ${id} ends it.`
  return shown(
    { id, disabledAt: timeOf(after.disabledAt) },
    flags,
    before.disabledAt === undefined ? note : `${id} was disabled already.`,
  )
}

async function enable(tenants: TenantStore, flags: TenantFlags, id: string): Promise<string> {
  const [before] = await turned(tenants, id, false)
  const note = `${id} is enabled: open pages are back within a minute.`
  return shown({ enabled: id }, flags, before.disabledAt === undefined ? `${id} was not disabled.` : note)
}

/** The tenant before and after. @throws Problem `not_found`, `conflict` for a site that is no tenant */
async function turned(tenants: TenantStore, id: string, isDisabled: boolean): Promise<[Tenant, Tenant]> {
  const all = await tenants.list()
  if (id === 'default' && all.length === 0 && (await tenants.isDefaultOpen()))
    throw new Problem('conflict', ofOneSite)
  const before = all.find((one) => one.id === id)
  if (!before) throw noTenant(id)
  return [before, await tenants.change(id, { isDisabled })]
}

const ofOneSite =
  'there is one site alone, and no row that could say so: stop the server, or first make it a tenant (chatter tenant add default --host ITS-HOST --yes)'

const timeOf = (at: number | undefined) => (at === undefined ? '-' : new Date(at).toISOString())

async function remove(tenants: TenantStore, flags: TenantFlags, id: string): Promise<string> {
  if (!flags.yes) {
    throw new ConfigProblem([`--yes: expected, to remove ${id} with all its users, rooms and messages`])
  }
  await find(tenants, id)
  await tenants.remove(id)
  const isLast = (await tenants.list()).length === 0
  const note = 'It was the last one: every host is answered 404, until another is added.'
  return shown({ removed: id }, flags, ...(isLast ? [note] : []))
}

async function find(tenants: TenantStore, id: string): Promise<Tenant> {
  const all = await tenants.list()
  const tenant = all.find((one) => one.id === id)
  if (tenant) return tenant
  throw noTenant(
    id,
    all.map((one) => one.id),
  )
}

function eachOf<T>(words: readonly string[], read: (word: string) => T): T[] {
  const faults: string[] = []
  const values = words.flatMap((word) => {
    try {
      return [read(word)]
    } catch (error) {
      faults.push((error as Error).message)
      return []
    }
  })
  if (faults.length > 0) throw new ConfigProblem(faults)
  return values
}

/** What the flags ask for. @throws ConfigProblem with the faults before it and its own */
function readChange(
  { host, origin, directory }: TenantFlags,
  faults: string[],
): Partial<Omit<NewTenant, 'id' | 'secrets'>> {
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
    ...(shownTo !== undefined && { settings: { directory: shownTo } }),
  }
}

function readHost(text: string): string {
  const name = /:\d*$/.test(text) ? undefined : hostname(text)
  if (name !== undefined) return name
  throw new Error(`expected a hostname without port, got ${JSON.stringify(text)}`)
}

function readDirectory(text: string): SettingValue {
  return readSetting(settingNamed('directory'), text)
}

function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** For showing: how many secrets are valid, and none of them. */
function withoutSecrets({ id, hosts, origins, secrets, settings, disabledAt }: Tenant) {
  const disabled = disabledAt === undefined ? {} : { disabledAt: timeOf(disabledAt) }
  return { id, hosts, origins, secrets: secrets.length, ...disabled, settings }
}

/** The settings that are not as usual, as `tenant set` takes them. */
function unusual(settings: TenantSettings): string[] {
  const set = settingsByName(settings).filter(([name, value]) => value !== settingNamed(name).default)
  return set.map(([name, value]) => `${name}=${shownSetting(value)}`)
}

function shownTenant(tenant: Tenant, flags: TenantFlags): string {
  const { settings, ...fields } = withoutSecrets(tenant)
  return shownWith(settings, fields, flags)
}

/** For people a line for each setting. */
function shownWith(settings: TenantSettings, fields: Fields, flags: TenantFlags, ...notes: string[]): string {
  if (flags.json) return JSON.stringify({ ...fields, settings }, undefined, 2)
  const lines = settingsByName(settings).map(([name, value]) => [name, shownSetting(value)])
  return shown({ ...fields, ...Object.fromEntries(lines) }, flags, ...notes)
}

type Fields = Parameters<typeof fieldsInColumns>[0]

function shown(fields: Fields, { json }: TenantFlags, ...notes: string[]): string {
  return json ? JSON.stringify(fields, undefined, 2) : [fieldsInColumns(fields), ...notes].join('\n')
}
