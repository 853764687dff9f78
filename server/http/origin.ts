import type { Tenant } from '../store/store.ts'

/** What a request asked: the host with its port, and whether by TLS, as far as that is known here. */
export type AskedSite = { readonly host: string | undefined; readonly scheme: 'http' | 'https' | undefined }

/**
 * Whether the origin is the page of the server itself: its scheme and host are those that were asked. Where a proxy that
 * ends TLS does not say so, the scheme is unknown, and either counts.
 */
export function isOwnOrigin(origin: string, { host, scheme }: AskedSite): boolean {
  const url = URL.parse(origin)
  // Compared as a whole: a path, a user or a stray dot would make it another string.
  if (host === undefined || url?.origin !== origin) return false
  if (scheme !== undefined && url.protocol !== `${scheme}:`) return false
  // Read as a URL of the same scheme, whose own port need not be said.
  const asked = URL.parse(`${url.protocol}//${host}`)
  return asked?.origin === origin && !/[/\\?#@\s]/.test(host)
}

/** Whether pages of that origin may use the tenant. Exact, and never merely reflected. */
export function isAllowedOrigin(origin: string, asked: AskedSite, tenant: Tenant): boolean {
  // Sandboxed frames and files of any site say `null`.
  return origin !== 'null' && (isOwnOrigin(origin, asked) || tenant.origins.includes(origin))
}

/** Whether a browser says that the request is of another site's page. What it says only ever refuses. */
export function isOfAnotherSite(secFetchSite: string | undefined): boolean {
  return secFetchSite === 'cross-site' || secFetchSite === 'same-site'
}

/** Of apps whose pages are not from the web: `capacitor://localhost`, `tauri://localhost`. */
const appOrigin = /^(?!(?:https?|wss?|ftp|file):)[a-z][a-z\d+.-]*:\/\/[a-z\d-]+(?:\.[a-z\d-]+)*(?::\d+)?$/

/** An origin as browsers send it. @throws Error that says what was expected */
export function readOrigin(text: string): string {
  const isWeb = /^https?:\/\/[^*]*$/.test(text) && URL.parse(text)?.origin === text
  if (isWeb || appOrigin.test(text)) return text
  throw new Error(`expected an origin like https://www.example.com, got ${JSON.stringify(text)}`)
}
