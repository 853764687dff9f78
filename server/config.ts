import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { levels } from 'pino'
import { readRedisAddress } from './fanout/redis-address.ts'
import { readOrigin } from './http/origin.ts'
import { didYouMean } from './rules/did-you-mean.ts'
import { readAssignment, settingsFrom, type TenantSettings } from './rules/settings.ts'

/** Everything the operator can set, read once. The table in docs/operations.md says the same. */
export type Config = {
  readonly port: number
  readonly host: string
  readonly base: string
  /** Folder of the SQLite database. */
  readonly data: string
  /** HS256 secrets of the tenant `default`, newest first; none where tenants are configured. */
  readonly secrets: readonly string[]
  /** Keys that seal the secrets of tenants, newest first. */
  readonly sealKeys: readonly string[]
  readonly origins: readonly string[]
  /** Of the tenant `default`. */
  readonly settings: TenantSettings
  /** Postgres in place of SQLite. */
  readonly databaseUrl: string | undefined
  readonly redisUrl: string | undefined
  /** What the names of the channels on Redis begin with. */
  readonly redisPrefix: string
  /** Where Prometheus may ask. */
  readonly metrics: { readonly host: string; readonly port: number } | undefined
  readonly trustedProxies: readonly string[]
  /** How long `readyz` is 503 before a stop begins. */
  readonly drainMs: number
  readonly isLimited: boolean
  readonly logLevel: string
}

/** The configuration is wrong: every fault, one line each. */
export class ConfigProblem extends Error {
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.name = 'ConfigProblem'
    this.faults = faults
  }
}

type Environment = Readonly<Record<string, string | undefined>>

/** The names of the settings, and the flags of `chatter serve` that say the same. */
export const settings = {
  PORT: 'port',
  HOST: 'host',
  CHATTER_BASE: 'base',
  CHATTER_DATA: 'data',
  CHATTER_SECRET: 'secret',
  CHATTER_SECRET_FILE: 'secret-file',
  CHATTER_SEAL_KEY: 'seal-key',
  CHATTER_ORIGINS: 'origins',
  CHATTER_SETTINGS: 'settings',
  CHATTER_METRICS: 'metrics',
  DATABASE_URL: 'database-url',
  REDIS_URL: 'redis-url',
  CHATTER_REDIS_PREFIX: 'redis-prefix',
  CHATTER_TRUST_PROXY: 'trust-proxy',
  CHATTER_DRAIN_MS: 'drain-ms',
  CHATTER_LIMITS: 'limits',
  CHATTER_LOG: 'log',
} as const

export type SettingName = keyof typeof settings

/** What each is, for the help; docs/operations.md says more. */
export const settingMeanings: { readonly [S in SettingName]: string } = {
  PORT: 'port to listen on, 8787 by default; 0 takes a free one',
  HOST: 'address to listen on, 127.0.0.1 by default',
  CHATTER_BASE: 'path under which everything lies, / by default',
  CHATTER_DATA: 'folder of the SQLite database, ./data by default',
  CHATTER_SECRET: 'secret of the tenant default, 32 bytes or more; two with a comma while it is replaced',
  CHATTER_SECRET_FILE: 'file that holds that secret',
  CHATTER_SEAL_KEY:
    'key that seals the secrets of tenants in the database, 32 bytes or more; two with a comma while it is replaced; on SQLite one is made',
  CHATTER_ORIGINS: 'origins whose pages may use the tenant default, with commas; its own always may',
  CHATTER_SETTINGS:
    'settings of the tenant default with commas, as in features.typing=off; chatter tenant set --help has them all',
  CHATTER_METRICS: 'host:port where Prometheus finds /metrics; off by default',
  DATABASE_URL: 'postgres://… in place of SQLite',
  REDIS_URL: 'redis://… where several servers share one database',
  CHATTER_REDIS_PREFIX: 'what the names of the channels on Redis begin with, chatter by default',
  CHATTER_TRUST_PROXY:
    'addresses or ranges whose X-Forwarded-Host and X-Forwarded-For are believed, with commas',
  CHATTER_DRAIN_MS: 'milliseconds of 503 from readyz before a stop takes no more connections, 0 by default',
  CHATTER_LIMITS: 'off removes the rate limits, for load tests only',
  CHATTER_LOG: 'level of the log on standard error, info by default',
}

const secretBytes = 32
const longestDrainMs = 600_000

/** @throws ConfigProblem with all faults at once */
export function readConfig(env: Environment): Config {
  const faults: string[] = unknownNames(env)
  const read = <T>(name: SettingName, otherwise: T, reader: (text: string) => T): T => {
    const text = env[name]
    if (text === undefined || text === '') return otherwise
    try {
      return reader(text)
    } catch (error) {
      faults.push(`${name}: ${(error as Error).message}`)
      return otherwise
    }
  }
  const config: Config = {
    port: read('PORT', 8787, readPort),
    host: read('HOST', '127.0.0.1', (text) => text),
    base: read('CHATTER_BASE', '/', readBase),
    data: read('CHATTER_DATA', './data', (text) => text),
    secrets: read('CHATTER_SECRET', read('CHATTER_SECRET_FILE', [], readSecretFile), readSecrets),
    sealKeys: read('CHATTER_SEAL_KEY', [], readSecrets),
    origins: read('CHATTER_ORIGINS', [], (text) => list(text).map(readOrigin)),
    settings: read('CHATTER_SETTINGS', settingsFrom({}), readSettings),
    databaseUrl: read<string | undefined>('DATABASE_URL', undefined, (text) =>
      readUrl(text, ['postgres:', 'postgresql:']),
    ),
    redisUrl: read<string | undefined>('REDIS_URL', undefined, (text) => readRedisAddress(text) && text),
    redisPrefix: read('CHATTER_REDIS_PREFIX', 'chatter', readPrefix),
    metrics: read<Config['metrics']>('CHATTER_METRICS', undefined, readAddress),
    trustedProxies: read('CHATTER_TRUST_PROXY', [], (text) => list(text).map(readRange)),
    drainMs: read('CHATTER_DRAIN_MS', 0, readDrain),
    isLimited: read('CHATTER_LIMITS', true, readSwitch),
    logLevel: read('CHATTER_LOG', 'info', readLevel),
  }
  const isFileSaid = faults.some((fault) => fault.startsWith('CHATTER_SECRET_FILE'))
  if (env.CHATTER_SECRET && env.CHATTER_SECRET_FILE && !isFileSaid) {
    faults.push('CHATTER_SECRET_FILE: expected either this or CHATTER_SECRET')
  }
  if (faults.length > 0) throw new ConfigProblem(faults)
  return Object.freeze(config)
}

/** What Kubernetes says of a service called chatter, or chatter-something. */
const isOfService =
  /^CHATTER(_[A-Z0-9]+)*_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_\d+_(TCP|UDP|SCTP)(_[A-Z]+)?)$/

/** A name that is written wrongly would be a setting that silently does not count. */
function unknownNames(env: Environment): string[] {
  return Object.entries(env).flatMap(([name, value = '']) => {
    const isPortOfService = /^CHATTER(_[A-Z0-9]+)*_PORT$/.test(name) && /^(tcp|udp|sctp):/.test(value)
    if (!name.startsWith('CHATTER_') || Object.hasOwn(settings, name) || value === '') return []
    if (isOfService.test(name) || isPortOfService || ofTests.has(name)) return []
    return [`${name}: no such setting${didYouMean(name, Object.keys(settings))}`]
  })
}

/** Read by nothing but tests, which hand their environment on. */
const ofTests = new Set(['CHATTER_SEED', 'CHATTER_SCALE', 'CHATTER_TEST_REPORT', 'CHATTER_TEST_WEBKIT'])

function readPort(text: string): number {
  const port = Number(text)
  return /^\d+$/.test(text) && port <= 65_535
    ? port
    : refuse(`expected a port from 0 to 65535, got ${JSON.stringify(text)}`)
}

function readDrain(text: string): number {
  return /^\d{1,6}$/.test(text) && Number(text) <= longestDrainMs
    ? Number(text)
    : refuse(`expected milliseconds from 0 to ${longestDrainMs}, got ${JSON.stringify(text)}`)
}

/** The host is never left out: who else may read them is to be decided, not inherited. */
function readAddress(text: string): { host: string; port: number } {
  const [, inBrackets, name, port = ''] = /^(?:\[(.*)\]|([\w.-]+)):(\d+)$/.exec(text) ?? []
  const host = inBrackets !== undefined && isIP(inBrackets) === 6 ? inBrackets : name
  return host !== undefined && Number(port) <= 65_535
    ? { host, port: Number(port) }
    : refuse(`expected host:port like 127.0.0.1:9100 or [::1]:9100, got ${JSON.stringify(text)}`)
}

function readBase(text: string): string {
  const isPath = /^\/([\w.~-]+\/)*$/.test(text)
  return isPath ? text : refuse(`expected a path that starts and ends with /, got ${JSON.stringify(text)}`)
}

/** Never shows what came: it is a secret, or was meant to be. */
function readSecrets(text: string): string[] {
  const secrets = list(text)
  const shortest = secrets.length > 0 ? Math.min(...secrets.map((secret) => Buffer.byteLength(secret))) : 0
  if (shortest < secretBytes) refuse(`expected at least ${secretBytes} bytes, got ${shortest}`)
  return secrets.length <= 2
    ? secrets
    : refuse(`expected one secret, or two while it is replaced, got ${secrets.length}`)
}

/** No character that means something in a pattern of Redis' rights. */
function readPrefix(text: string): string {
  return /^[\w.-]{1,64}$/.test(text)
    ? text
    : refuse(`expected up to 64 letters, digits, dots, hyphens and underscores, got ${JSON.stringify(text)}`)
}

function readSecretFile(file: string): string[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch (error) {
    return refuse(`cannot read it: ${(error as Error).message}`)
  }
  return readSecrets(text)
}

function readSettings(text: string): TenantSettings {
  return settingsFrom(Object.fromEntries(list(text).map(readAssignment)))
}

function readUrl(text: string, protocols: readonly string[]): string {
  const isUrl = URL.canParse(text) && protocols.includes(new URL(text).protocol)
  return isUrl
    ? text
    : refuse(`expected a URL that starts with ${protocols.map((one) => `${one}//`).join(' or ')}`)
}

function readRange(text: string): string {
  const [address = '', prefix, ...rest] = text.split('/')
  const family = isIP(address)
  const isPrefix =
    prefix === undefined || (/^\d+$/.test(prefix) && Number(prefix) <= (family === 6 ? 128 : 32))
  if (family === 0 || !isPrefix || rest.length > 0) {
    refuse(`expected an address or a range like 10.0.0.0/8, got ${JSON.stringify(text)}`)
  }
  return text
}

function readSwitch(text: string): boolean {
  return text === 'on' || (text === 'off' ? false : refuse(`expected on or off, got ${JSON.stringify(text)}`))
}

function readLevel(text: string): string {
  const known = [...Object.keys(levels.values), 'silent']
  return known.includes(text)
    ? text
    : refuse(`expected one of ${known.join(', ')}, got ${JSON.stringify(text)}`)
}

const list = (text: string) =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')

function refuse(why: string): never {
  throw new Error(why)
}
