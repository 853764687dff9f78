/**
 * What is set up wrong, told to whoever can mend it: one line in the console for each cause, with the remedy and where
 * the docs say more. A chunk of its own, loaded where something is wrong.
 */
import type { Chat } from './chat.ts'
import type { Fault } from './state/state.ts'

const embedding = 'docs/embedding.md'
const reference = 'docs/reference.md'
const troubleshooting = 'docs/troubleshooting.md'
const operations = 'docs/operations.md'

/** The attributes, with the words that they take where that is not any text. */
const attributes: Readonly<Record<string, readonly string[] | undefined>> = {
  server: undefined,
  mode: ['inline', 'launcher'],
  open: undefined,
  'room-id': undefined,
  'direct-user-id': undefined,
  'single-room': undefined,
  'token-url': undefined,
  token: undefined,
  theme: ['auto', 'light', 'dark'],
  density: ['compact', 'standard', 'comfortable'],
  placement: ['bottom-end', 'bottom-start'],
  layer: ['top', 'page'],
  'send-key': ['enter', 'mod-enter'],
  'hour-cycle': ['auto', 'h12', 'h23'],
  load: ['idle', 'eager', 'interaction'],
  'keep-events': undefined,
  'deep-links': undefined,
  history: undefined,
  lang: undefined,
  dir: ['ltr', 'rtl', 'auto'],
}

/** Why the server takes no token, by what it says of it. */
const tokenRemedies: readonly (readonly [said: RegExp, remedy: string])[] = [
  [/signature/, 'it was signed with another secret: give the page’s server the CHATTER_SECRET of this one'],
  [/claim aud/, 'let its `aud` be the hostname of the Chatter server'],
  [/\(exp\)/, 'let it end (`exp`) within an hour, in seconds since 1970'],
  [/\(iat\)|nbf/, 'set the clock of the page’s server'],
  [
    /expired/,
    'set the clock of the page’s server; a `token` that is given once cannot be renewed, `token-url` can',
  ],
  [/revoked/, 'it was issued before: let tokens have `iat`, and ask the page’s server for a new one'],
  [/expected a token/, 'the element has none: give it `token-url`, `tokenProvider` or `token`'],
  [/claim (sub|exp)/, 'let it have `sub` (the user’s id) and `exp`'],
]

/** Once the server could be reached three times, but not its socket, or not at all: before that it may have been restarting. */
const patience = 3
const misses = new WeakMap<Chat, number>()

/** What the page's policy kept it from asking, as the browser said. */
const forbidden = new Set<string>()
globalThis.document?.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
  if (effectiveDirective !== 'connect-src') return
  forbidden.add(blockedURI)
  // Of a socket that it forbids Chromium says nothing else, and the attempt ends after a while.
  for (const start of watched) if (blockedURI.startsWith(start)) void tellForbidden(start)
})
/** Addresses of sockets that did not open. */
const watched = new Set<string>()

/** Tells of it. The browser says it a moment after the question failed. */
async function tellForbidden(start: string): Promise<boolean> {
  await new Promise((resolve) => setTimeout(resolve))
  if (![...forbidden].some((one) => one.startsWith(start))) return false
  const what = `the page’s Content-Security-Policy forbids ${start}: add it to connect-src`
  tell(`forbidden ${start}`, what, `${embedding}#security-policies`)
  return true
}

/** Each cause is told once on a page. */
const told = new Set<string>()

function tell(cause: string, what: string, section: string): void {
  if (told.has(cause)) return
  told.add(cause)
  // biome-ignore lint/suspicious/noConsole: only the owner of the page can mend it, and looks for it here.
  console.error(`chatter-widget: ${what}. See ${section}`)
}

/** Tells why a chat has no connection, and says so in its state, as far as that can be found out. */
export async function diagnose(chat: Chat): Promise<void> {
  const { server } = chat
  const { status, fault } = chat.state.connection
  if (status === 'failed' && fault) tellRefusal(fault, server)
  else if (status === 'waiting' && fault?.code === 'site_disabled')
    tell(
      'disabled',
      `${server} is disabled for this site: chatter tenant enable lets it in again`,
      `${operations}#tenants`,
    )
  else if (status === 'waiting' && fault?.code === 'no_token') await tellNoToken(fault)
  else if (status === 'waiting' && (fault?.code === 'offline' || fault?.code === 'setup')) {
    const found = await check(chat, server)
    if (found) chat.explain(found)
  }
}

/** What helps where the server says this of a token. */
export function tokenRemedy(detail: string): string | undefined {
  return tokenRemedies.find(([said]) => said.test(detail))?.[1]
}

function tellRefusal({ code, detail }: Fault, server: string): void {
  const isOfToken = code === 'unauthorized' || code === 'token_expired'
  const remedy = isOfToken ? tokenRemedy(detail) : undefined
  const what = isOfToken
    ? `${server} refused to sign in (${detail})`
    : `${server} refused the connection (${detail})`
  const section = isOfToken ? `${embedding}#who-is-signed-in` : `${operations}#upgrades`
  tell(`refused ${detail}`, remedy ? `${what}: ${remedy}` : what, section)
}

async function tellNoToken({ detail }: Fault): Promise<void> {
  // What a browser says of an address that did not answer, or that it would not ask.
  const isUnasked = detail.startsWith('TypeError')
  if (!navigator.onLine || (isUnasked && (await tellForbidden(location.origin)))) return
  const wanted = 'must answer the JWT as text or {"token": "…"}, and 401 (or null) where nobody is signed in'
  const where =
    '`token-url` must lie on the page’s own origin, and lead to no other (to a page for signing in, say)'
  const what = isUnasked ? where : `\`token-url\` or \`tokenProvider\` ${wanted}`
  tell(`no token ${detail}`, `no token (${detail}): ${what}`, `${embedding}#who-is-signed-in`)
}

/** Asks the server why it refuses sockets. */
async function check(chat: Chat, server: string): Promise<Fault | undefined> {
  const { origin } = new URL(server)
  const url = new URL(`v1/check?origin=${encodeURIComponent(globalThis.origin)}`, server)
  const answer = await fetch(url, { credentials: 'omit', cache: 'no-store' }).catch(() => undefined)
  const code = await codeOf(answer)
  const refusal = refusalOf(code, server)
  if (refusal) tell(code ?? '', ...refusal)
  if (refusal) return setup(code ?? '')
  if (code === 'rate_limited' || code === 'overloaded') return { code, detail: 'v1/check' }
  if (answer && !code) {
    tell(
      'not chatter',
      `no Chatter answers at ${server} (${answer.status}): is \`server\` right`,
      `${reference}#attributes`,
    )
    return setup('not Chatter')
  }
  const socket = origin.replace(/^http/, 'ws')
  watched.add(socket)
  if (await tellForbidden(code ? socket : origin)) return setup('policy')
  if (!code && location.protocol === 'https:' && origin.startsWith('http:')) {
    const what = `a page by https reaches no server by http (${origin}): let \`server\` begin with https`
    tell('mixed', what, `${operations}#behind-a-proxy`)
    return setup('mixed')
  }
  tellAway(chat, origin, code !== undefined)
  return undefined
}

const setup = (detail: string): Fault => ({ code: 'setup', detail })

/** What the server says is wrong, with what helps and where that stands. */
function refusalOf(code: string | undefined, server: string): [what: string, section: string] | undefined {
  const { origin, host } = new URL(server)
  // Where the page is in a sandbox, its address has an origin that it is not of.
  const of = globalThis.origin
  if (code === 'host')
    return [
      `no tenant of the server is called ${host}: give a tenant this host, or let the proxy pass the name on that was asked`,
      `${operations}#tenants`,
    ]
  if (code !== 'origin') return undefined
  if (of === 'null')
    return [
      'this page has no origin, so no server lets it in: a file wants an address by http, a frame with `sandbox` wants `allow-same-origin`',
      troubleshooting,
    ]
  return [
    `${origin} lets in no pages of ${of}: add it to CHATTER_ORIGINS, or give the tenant an --origin`,
    troubleshooting,
  ]
}

function tellAway(chat: Chat, origin: string, doesAnswer: boolean): void {
  const missed = (misses.get(chat) ?? 0) + 1
  misses.set(chat, missed)
  if (!navigator.onLine || missed < patience) return
  if (doesAnswer)
    tell(
      'socket',
      `${origin} answers, but its socket does not open: does a proxy pass upgrades on, does an ad blocker or a network keep sockets back`,
      `${operations}#behind-a-proxy`,
    )
  else
    tell(
      'away',
      `${origin} does not answer: does it run, is its name right, does an ad blocker or a network keep it back`,
      troubleshooting,
    )
}

/** The word that the server says, where it is one of these. A server of an earlier version says a problem instead. */
async function codeOf(answer: Response | undefined): Promise<string | undefined> {
  const { code } = (await answer?.json().catch(() => ({}))) ?? {}
  return typeof code === 'string' ? code : undefined
}

/** Tells which attributes of an element are misspelt, or say what none of them takes. */
export function tellOfAttributes(element: Element): void {
  for (const { name, value } of element.attributes) {
    const words = attributes[name]
    const meant = name in attributes ? undefined : Object.keys(attributes).find((one) => isMeant(name, one))
    const section = `${reference}#attributes`
    if (meant) tell(`attribute ${name}`, `there is no attribute ${name}: it is ${meant}`, section)
    if (words && !words.includes(value))
      tell(`${name}=${value}`, `${name}="${value}" means nothing: expected ${words.join(', ')}`, section)
  }
}

/** Whether somebody who wrote `name` means `attribute`: without its dashes, or with one letter too many, too few or wrong. */
function isMeant(name: string, attribute: string): boolean {
  const plain = (text: string) => text.toLowerCase().replace(/[-_]/g, '')
  const [one, other] = [plain(name), plain(attribute)]
  if (one === other) return true
  if (Math.abs(one.length - other.length) > 1 || other.length < 4) return false
  let start = 0
  while (start < other.length && one[start] === other[start]) start++
  const rest = (text: string, by: number) => text.slice(start + by)
  const [short, long] = one.length < other.length ? [one, other] : [other, one]
  return one.length === other.length ? rest(one, 1) === rest(other, 1) : rest(short, 0) === rest(long, 1)
}
