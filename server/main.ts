import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createAdaptorServer, getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import { pino } from 'pino'
import { createRedisFanout, openPostgres, openSqlite } from './adapters.ts'
import { type Chatter, createChatter } from './app.ts'
import { type Config, ConfigProblem } from './config.ts'
import type { Fanout } from './fanout/fanout.ts'
import { createInProcessFanout } from './fanout/in-process.ts'
import { builtWidget } from './http/assets.ts'
import { keepChunks } from './http/kept-chunks.ts'
import type { NodeListener } from './http/listener.ts'
import { signersOf } from './http/signers.ts'
import type { Logger } from './log/logger.ts'
import { MissingPackage, withPackages } from './missing-package.ts'
import { Problem } from './protocol/problems.ts'
import { steadyClock } from './rules/steady-clock.ts'
import type { Copied, CopyOptions } from './store/copy/copy.ts'
import type { ImportedTenant } from './store/copy/tenant.ts'
import { DatabaseProblem } from './store/database-problem.ts'
import type { Imported, ImportOptions } from './store/import-django/import.ts'
import type { BackedUp } from './store/sqlite/backup.ts'
import type { Stores } from './store/store.ts'
import { version } from './version.ts'

const idleConnectionsMs = 2_000
/** Whatever the database does: who stops a server kills it after ten seconds. */
const stopWithinMs = 8_000
/** Longer than the 60 s of a balancer: else it may send a request into a connection that is just being closed. */
const keepAliveMs = 75_000

/** So long a request may take to arrive: half of one, left open, holds a connection. */
const patience = { headersTimeout: 10_000, requestTimeout: 10_000, connectionsCheckingInterval: 1_000 }

/** The server cannot start: the message is one line for the operator. */
export class StartProblem extends Error {}

export type Running = {
  /** Where it listens, with the base path. */
  readonly url: string
  /** Where its metrics are, if anywhere. */
  readonly metricsUrl: string | undefined
  readonly chatter: Chatter
  /** Stops accepting, says goodbye to every socket, commits what waits, and closes what was opened. */
  stop(): Promise<void>
}

export type StartOptions = {
  /** More pages on the same server: the demo. They come after Chatter's own routes. */
  readonly pages?: (chatter: Chatter) => Hono | Promise<Hono>
}

/** Config → adapters → createChatter → listen. The only place that opens anything. */
export async function start(config: Config, { pages }: StartOptions = {}): Promise<Running> {
  const log = openLog(config)
  const stores = await openStores(config, 'server')
  let fanout: Fanout | undefined
  let chatter: Chatter | undefined
  let metrics: Metrics | undefined
  try {
    await requireSecret(config, stores)
    fanout = await openFanout(config, stores, log)
    chatter = await createChatter({
      ...config,
      stores,
      fanout,
      log,
      keptAssets: keptWidgets(config, log),
    })
    if (!config.isLimited) log.warn('rate limits are OFF: for load tests only')
    const server = createServer(patience, pages ? before(chatter, await pages(chatter)) : chatter.listener)
    server.keepAliveTimeout = keepAliveMs
    chatter.attach(server)
    metrics = config.metrics && (await openMetrics(config.metrics, chatter))
    await listen(server, config)
    sayStart(config, stores, log)
    await sayUnsealed(config, stores, log)
    if (metrics) log.info(`metrics are at ${metrics.url}`)
    const opened = { server, metrics, chatter, fanout, stores, log, drainMs: config.drainMs }
    const url = `${urlOf(server, config)}${config.base}`
    return { url, metricsUrl: metrics?.url, chatter, stop: () => shutDown(opened) }
  } catch (error) {
    metrics?.close()
    // It has begun to work on what is opened: to remove what is old, to deliver.
    await chatter?.close()
    await fanout?.close()
    await stores.close()
    throw error
  }
}

/** Runs until a signal comes. npm passes a signal on twice, so a second one changes nothing. */
export function stopOnSignal({ stop }: Running): void {
  let isStopping = false
  const begin = () => {
    if (isStopping) return
    isStopping = true
    void stop().then(() => process.exit(0))
  }
  process.on('SIGTERM', begin)
  process.on('SIGINT', begin)
}

/** One line for each thing that is wrong with what the operator asked. The exit code: 2 is a wrong request, 1 a failure. */
export function explain(error: unknown): number {
  if (error instanceof ConfigProblem) {
    for (const fault of error.faults) console.error(`chatter: ${fault}`)
    return 2
  }
  const line = lineOf(error)
  console.error(line === undefined ? error : `chatter: ${line}`)
  return 1
}

/** Of SQLite: it is locked, full, read-only, damaged or not there. Of Postgres: a right is missing. */
const ofDatabase = /^SQLITE_(FULL|BUSY|LOCKED|IOERR|READONLY|CANTOPEN|NOTADB|CORRUPT|PROTOCOL|PERM)|^42501$/

/** What an operator can do something about. Undefined for anything else: a fault of Chatter, whose stack helps. */
function lineOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { message, cause } = error
  if (error instanceof Problem) return cause instanceof Error ? `${message} (${cause.message})` : message
  if ([StartProblem, DatabaseProblem, MissingPackage].some((known) => error instanceof known)) return message
  const { code = '', syscall } = error as NodeJS.ErrnoException
  if (ofDatabase.test(code)) return `cannot use the database: ${message}`
  // Of a file or a connection.
  return syscall === undefined ? undefined : message
}

/** @throws DatabaseProblem; NoDatabase with `mustExist`, where there is none: then nothing is made */
export async function openStores(
  { databaseUrl, data, sealKeys }: Config,
  role: 'server' | 'tool',
  { mustExist = false }: { readonly mustExist?: boolean } = {},
): Promise<Stores> {
  const options = { role, mustExist, sealKeys, now: steadyClock(Date.now) }
  if (databaseUrl !== undefined) return openPostgres({ url: databaseUrl, ...options })
  return openSqlite({ folder: data, ...options })
}

/** Everything of one database into another, an empty one. Each is a folder or `postgres://…`. */
export async function copyStores(from: string, to: string, onStep: CopyOptions['onStep']): Promise<Copied> {
  // Loaded only here: a server never copies.
  const { copyStore } = await withPackages(import('./store/copy/copy.ts'))
  return copyStore({ from, to, now: Date.now, ...(onStep && { onStep }) })
}

/** One tenant as the text of a file. @throws DatabaseProblem */
export async function* exportOfTenant({ databaseUrl, data }: Config, tenant: string): AsyncGenerator<string> {
  const { exportTenant } = await withPackages(import('./store/copy/tenant.ts'))
  yield* exportTenant({ from: databaseUrl ?? data, tenant, now: Date.now })
}

/** Such a file into an empty tenant. @throws DatabaseProblem */
export async function importIntoTenant(
  { databaseUrl, data }: Config,
  tenant: string,
  file: AsyncIterable<Uint8Array>,
): Promise<ImportedTenant> {
  const { importTenant } = await withPackages(import('./store/copy/tenant.ts'))
  return importTenant({ to: databaseUrl ?? data, tenant, file, now: Date.now })
}

/** What a django-chatter kept, into a tenant. @throws DatabaseProblem */
export async function importFromDjango(options: Omit<ImportOptions, 'now'>): Promise<Imported> {
  const { importDjango } = await withPackages(import('./store/import-django/import.ts'))
  // It loads the driver of the one database that it reads.
  return withPackages(importDjango({ ...options, now: Date.now }))
}

/** The database of a folder into a file, beside a server too. @throws DatabaseProblem */
export async function backUpFolder(folder: string, file: string): Promise<BackedUp> {
  const { backUp } = await withPackages(import('./store/sqlite/backup.ts'))
  return backUp(folder, file)
}

/** A backup in place of the database of a folder; where that is now, if there was one. @throws DatabaseProblem */
export async function restoreFolder(folder: string, file: string): Promise<string | undefined> {
  const { restore } = await withPackages(import('./store/sqlite/backup.ts'))
  return restore(folder, file)
}

/** A new key for the data folder, with which `sealAll` seals everything; the one before it still opens what it sealed. */
export async function rotateSealKey<T>(folder: string, sealAll: () => Promise<T>): Promise<T> {
  const { rotateFolderKey } = await withPackages(import('./store/sqlite/seal-key.ts'))
  return rotateFolderKey(folder, sealAll)
}

/** What an operator asks first of any log. */
function sayStart(config: Config, { epoch, isNewEpoch }: Stores, log: Logger): void {
  const { databaseUrl, redisUrl, data } = config
  const place = databaseUrl === undefined ? '' : new URL(databaseUrl)
  const store = place === '' ? `SQLite in ${data}` : `Postgres ${place.pathname.slice(1)} at ${place.host}`
  const bus = redisUrl === undefined ? 'in-process' : 'Redis'
  log.info({ version, node: process.version, store, bus, epoch }, 'started')
  if (isNewEpoch) {
    log.info(
      { epoch },
      'a new epoch: the database is new, was put back from a backup, or was not stopped cleanly',
    )
  }
  if (redisUrl !== undefined && databaseUrl === undefined) {
    log.warn('REDIS_URL is of no use with SQLite, which serves one server: several need DATABASE_URL')
  }
}

async function sayUnsealed(
  { databaseUrl, sealKeys }: Config,
  { tenants }: Stores,
  log: Logger,
): Promise<void> {
  if (databaseUrl === undefined || sealKeys.length > 0 || (await tenants.list()).length === 0) return
  log.warn(
    'without CHATTER_SEAL_KEY the secrets of tenants lie in Postgres as they are, for whoever reads it or a dump of it',
  )
}

function openLog({ logLevel }: Config): Logger {
  const destination = pino.destination(2)
  // Unheard, a log that cannot be written (its disk is full) would end the process.
  destination.on('error', () => {})
  return pino({ level: logLevel, redact: ['token', '*.token'] }, destination)
}

/** Chatter, and what it has nothing of is asked of the pages. */
function before({ listener }: Chatter, pages: Hono): NodeListener {
  const rest = getRequestListener(pages.fetch)
  return (request, response) => listener(request, response, () => void rest(request, response))
}

/** Of earlier builds: those that `npm run build` kept, and those that this server ran with. */
function keptWidgets({ data, databaseUrl }: Config, log: Logger): string[] {
  const kept = join(data, 'widget')
  // With Postgres the folder is used only where somebody made it.
  if (databaseUrl === undefined || existsSync(data)) {
    try {
      keepChunks(builtWidget(), kept, Date.now())
    } catch (error) {
      log.warn(
        { err: error },
        'the chunks of the widget were not kept: pages that are open at the next upgrade may break',
      )
    }
  }
  return [`${builtWidget()}-kept`, kept]
}

async function openFanout(
  { redisUrl, redisPrefix: prefix }: Config,
  database: Stores,
  log: Logger,
): Promise<Fanout> {
  if (redisUrl === undefined) return createInProcessFanout()
  return createRedisFanout({ url: redisUrl, log, database, prefix }).catch((error: Error) => {
    if (error instanceof MissingPackage) throw error
    throw new StartProblem(`REDIS_URL: ${error.message}`)
  })
}

async function requireSecret(config: Config, stores: Stores): Promise<void> {
  if (config.secrets.length > 0 || config.settings.jwks !== '') return
  const tenants = await stores.tenants.list()
  if (tenants.length > 0 && tenants.every((tenant) => signersOf(tenant).length > 0)) return
  throw new StartProblem(
    'CHATTER_SECRET: expected at least 32 bytes (try: openssl rand -hex 32), got nothing',
  )
}

type Metrics = { readonly url: string; close(): void }

/** On a port of their own, which no proxy in front of the chat has to hide. */
async function openMetrics(address: Address, { stats }: Chatter): Promise<Metrics> {
  // Loaded only here: who does not ask for metrics pays nothing for them.
  const { metrics } = await withPackages(import('./metrics/prometheus.ts'))
  const server = createAdaptorServer({ fetch: metrics(stats).fetch }) as Server
  await listen(server, address, 'CHATTER_METRICS: ')
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `${urlOf(server, address)}/metrics`, close }
}

type Address = { readonly host: string; readonly port: number }

function listen(server: Server, { port, host }: Address, setting = ''): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'it is in use' : error.message
      reject(new StartProblem(`${setting}cannot listen on ${host}:${port}: ${why}`))
    })
    server.listen(port, host, resolve)
  })
}

function urlOf(server: Server, { host }: Address): string {
  const { port } = server.address() as AddressInfo
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

type Opened = {
  server: Server
  metrics: Metrics | undefined
  chatter: Chatter
  fanout: Fanout
  stores: Stores
  log: Logger
  drainMs: number
}

async function shutDown({ drainMs, ...opened }: Opened): Promise<void> {
  const { chatter, log } = opened
  log.info({ drainMs }, 'stopping')
  if (drainMs > 0) {
    chatter.drain()
    await delay(drainMs)
  }
  const late = AbortSignal.timeout(stopWithinMs)
  const isLate = once(late, 'abort').then(() => true)
  if (await Promise.race([closeAll(opened).then(() => false), isLate])) {
    log.warn('stopped without waiting for the database: what it had not committed was not acknowledged')
  }
  log.info('stopped')
}

/** Each part for itself: one that fails (on a full disk, say) keeps no other open. */
async function closeAll({ server, metrics, chatter, fanout, stores, log }: Omit<Opened, 'drainMs'>) {
  const attempt = async (part: string, close: () => unknown) => {
    try {
      await close()
    } catch (error) {
      log.warn({ err: error }, `${part} did not close cleanly`)
    }
  }
  const closed = new Promise((resolve) => server.close(resolve))
  await attempt('the chat', () => chatter.close())
  server.closeIdleConnections()
  const patience = setTimeout(() => server.closeAllConnections(), idleConnectionsMs)
  await closed
  clearTimeout(patience)
  metrics?.close()
  await attempt('the bus', () => fanout.close())
  await attempt('the database', () => stores.close())
}
