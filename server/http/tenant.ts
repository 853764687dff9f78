import type { IncomingMessage } from 'node:http'
import { isDeepStrictEqual } from 'node:util'
import { settingNamed, settingsByName, settingsFrom } from '../rules/settings.ts'
import type { Stores, Tenant } from '../store/store.ts'
import { addressIn, senderOf } from './address.ts'
import type { AskedSite } from './origin.ts'
import { signersOf } from './signers.ts'

const refreshEveryMs = 1000

/** What says which host a request means, and for a forwarded one the address it came from. */
export type RequestHost = {
  readonly host: string | undefined
  readonly forwardedHost: string | undefined
  readonly forwardedProto: string | undefined
  /** It came by TLS that ends here. */
  readonly isEncrypted: boolean
  readonly address: string | undefined
}

/** The address that a request comes from; undefined where that is not known (address.ts). */
export type Sender = string | undefined

/** Are called when tenants come, change or go. */
export type TenantWatcher = {
  /** It was removed. */
  onGone(tenant: string): void
  /** Its settings are others now. */
  onSettings(tenant: Tenant): void
  /** Nobody comes in from now on. */
  onDisabled(tenant: string): void
  /** Others sign its tokens now. */
  onSigners(tenant: Tenant): void
  onError(error: unknown): void
}

/**
 * Which tenant a host name belongs to. It learns within a second what the command line changed. As long as none was ever
 * added, the one called `default` answers to every host.
 */
export class TenantDirectory {
  readonly #stores: Stores
  readonly #fallback: Tenant
  readonly #trusted: (address: string) => boolean
  #byHost = new Map<string, Tenant>()
  #byId = new Map<string, Tenant>()
  #isConfigured = false
  #version = -1
  #timer: NodeJS.Timeout | undefined
  #watcher: TenantWatcher | undefined

  constructor(
    stores: Stores,
    fallback: Omit<Tenant, 'id' | 'hosts'>,
    trustedProxies: readonly string[] = [],
  ) {
    this.#stores = stores
    this.#fallback = { ...fallback, id: 'default', hosts: [] }
    this.#trusted = addressIn(trustedProxies)
  }

  /** Reads the tenants, and goes on watching them. */
  async start(watcher: TenantWatcher): Promise<void> {
    await this.refresh()
    this.#watcher = watcher
    const look = () => void this.refresh().catch((error: unknown) => watcher.onError(error))
    this.#timer = setInterval(look, refreshEveryMs)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async refresh(): Promise<void> {
    const version = await this.#stores.tenants.readVersion()
    if (version === this.#version) return
    const tenants = (await this.#stores.tenants.list()).map((tenant) => this.#configured(tenant))
    const isOpen = tenants.length === 0 && (await this.#stores.tenants.isDefaultOpen())
    const before = this.all()
    this.#byHost = new Map(tenants.flatMap((tenant) => tenant.hosts.map((host) => [host, tenant] as const)))
    this.#byId = new Map(tenants.map((tenant) => [tenant.id, tenant]))
    this.#isConfigured = !isOpen
    this.#version = version
    for (const tenant of before) this.#compare(tenant)
  }

  #compare(before: Tenant): void {
    const { id, settings } = before
    const now = this.byId(id)
    if (!now) {
      this.#watcher?.onGone(id)
      return
    }
    if (now.disabledAt !== undefined && before.disabledAt === undefined) this.#watcher?.onDisabled(id)
    if (!isDeepStrictEqual(now.settings, settings)) this.#watcher?.onSettings(now)
    if (!isDeepStrictEqual(signersOf(now), signersOf(before))) this.#watcher?.onSigners(now)
  }

  /** A `default` that was given hostnames, and no secret of its own, keeps what it is configured with. */
  #configured(tenant: Tenant): Tenant {
    if (tenant.id !== this.#fallback.id || tenant.secrets.length > 0) return tenant
    const { secrets, origins, settings } = this.#fallback
    const unusual = settingsByName(tenant.settings).filter(
      ([name, value]) => value !== settingNamed(name).default,
    )
    return {
      ...tenant,
      secrets,
      origins: [...new Set([...origins, ...tenant.origins])],
      settings: settingsFrom({
        ...Object.fromEntries(settingsByName(settings)),
        ...Object.fromEntries(unusual),
      }),
    }
  }

  /** Those of this server. */
  all(): readonly Tenant[] {
    return this.#isConfigured ? [...this.#byId.values()] : [this.#fallback]
  }

  /** The host, port included, that a request means. A forwarded one is believed from a trusted proxy only. */
  hostOf({ host, forwardedHost, address }: RequestHost): string | undefined {
    const isBelieved = forwardedHost !== undefined && this.#isTrusted(address)
    return (isBelieved ? lastOf(forwardedHost) : host)?.trim().toLowerCase()
  }

  /** The host, and whether it was asked by TLS, as far as that is known. */
  siteOf(asked: RequestHost): AskedSite {
    return { host: this.hostOf(asked), scheme: this.#schemeOf(asked) }
  }

  #schemeOf({ forwardedProto, isEncrypted, address }: RequestHost): AskedSite['scheme'] {
    if (isEncrypted) return 'https'
    const said = forwardedProto === undefined ? undefined : lastOf(forwardedProto).toLowerCase()
    // From anybody: it only makes fewer origins the server's own.
    if (said === 'https') return 'https'
    return said === 'http' && this.#isTrusted(address) ? 'http' : undefined
  }

  #isTrusted(address: string | undefined): boolean {
    return address !== undefined && this.#trusted(address)
  }

  /** Whom failures of a request count against. */
  senderOf(request: IncomingMessage): Sender {
    const header = request.headers['x-forwarded-for']
    const forwardedFor = Array.isArray(header) ? header.join(',') : header
    return senderOf({ address: request.socket.remoteAddress, forwardedFor }, this.#trusted)
  }

  /** The tenant that a request is for. */
  of(arrival: RequestHost): Tenant | undefined {
    const name = hostname(this.hostOf(arrival))
    if (name === undefined) return undefined
    return this.#isConfigured ? this.#byHost.get(name) : this.#fallback
  }

  /** All names that lead to tenants. */
  hosts(): readonly string[] {
    return [...this.#byHost.keys()]
  }

  /** The tenant of that id, as it is now. */
  byId(id: string): Tenant | undefined {
    if (this.#isConfigured) return this.#byId.get(id)
    return id === this.#fallback.id ? this.#fallback : undefined
  }
}

export function requestHostOf(request: IncomingMessage): RequestHost {
  const forwardedHost = one(request, 'x-forwarded-host')
  const forwardedProto = one(request, 'x-forwarded-proto')
  const isForwarded = forwardedHost !== undefined || forwardedProto !== undefined
  return {
    host: request.headers.host,
    forwardedHost,
    forwardedProto,
    isEncrypted: 'encrypted' in request.socket,
    // A system call, and only what was forwarded asks whom it came from.
    address: isForwarded ? request.socket.remoteAddress : undefined,
  }
}

/** A header, its values joined by commas where it came more than once. */
function one({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(',') : value
}

/** The value that the nearest proxy added, behind what came from further away. */
function lastOf(values: string): string {
  return values.split(',').at(-1)?.trim() ?? ''
}

/** The host of a Host header without its port, lower-case; undefined when that is not one. */
export function hostname(host: string | undefined): string | undefined {
  if (!host || /[/\\?#@\s]/.test(host) || !URL.canParse(`http://${host}`)) return undefined
  return new URL(`http://${host}`).hostname
}
