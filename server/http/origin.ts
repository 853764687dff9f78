import type { Tenant } from '../store/store.ts'

/** Whether the origin is the page of the server itself: its host is the host that was asked. */
export function isOwnOrigin(origin: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(origin)) return false
  const url = new URL(origin)
  // Compared as a whole: a path, a user or a stray dot would make it another string.
  return url.origin === origin && url.host === host.toLowerCase()
}

/** Whether pages of that origin may use the tenant. Exact, and never merely reflected. */
export function isAllowedOrigin(origin: string, host: string | undefined, tenant: Tenant): boolean {
  return isOwnOrigin(origin, host) || tenant.origins.includes(origin)
}
