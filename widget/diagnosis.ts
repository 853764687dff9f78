/**
 * What is set up wrong, told to whoever can mend it: one line in the console for each cause, with the remedy and where
 * the docs say more. A chunk of its own, loaded where something is wrong.
 */
import type { Chat } from './chat.ts'
import type { Fault } from './state/state.ts'

const embedding = 'docs/embedding.md'
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
  [/expected a token/, 'the element has none: give it `token-url`, `tokenProvider` or `token`'],
  [/claim (sub|exp)/, 'let it have `sub` (the user’s id) and `exp`'],
]

/** Once the server could be reached three times, but not its socket, or not at all: before that it may have been restarting. */
const patience = 3
const misses = new WeakMap<Chat, number>()

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
  else if (status === 'waiting' && fault?.code === 'no_token') tellNoToken(fault)
  else if (status === 'waiting' && (fault?.code === 'offline' || fault?.code === 'setup')) {
    const found = await check(chat, server)
    if (found) chat.explain(found)
  }
}

function tellRefusal({ code, detail }: Fault, server: string): void {
  const isOfToken = code === 'unauthorized' || code === 'token_expired'
  const [, remedy] = (isOfToken && tokenRemedies.find(([said]) => said.test(detail))) || []
  const what = `${server} refused ${isOfToken ? 'to sign in' : 'the connection'} (${detail})`
  const section = isOfToken ? `${embedding}#who-is-signed-in` : `${operations}#upgrades`
  tell(`refused ${detail}`, remedy ? `${what}: ${remedy}` : what, section)
}

function tellNoToken({ detail }: Fault): void {
  if (!navigator.onLine) return
  const wanted = 'the JWT as text or {"token": "…"}, and 401 (or null) where nobody is signed in'
  const what = `no token (${detail}): \`token-url\` or \`tokenProvider\` must answer ${wanted}`
  tell(`no token ${detail}`, what, `${embedding}#who-is-signed-in`)
}

/** Asks the server why it refuses sockets. */
async function check(chat: Chat, server: string): Promise<Fault | undefined> {
  const { origin, host } = new URL(server)
  const url = new URL(`v1/check?origin=${encodeURIComponent(location.origin)}`, server)
  const answer = await fetch(url, { credentials: 'omit', cache: 'no-store' }).catch(() => undefined)
  const code = await codeOf(answer)
  const setup = (detail: string): Fault => ({ code: 'setup', detail })
  if (code === 'origin') {
    const remedy = `add it to CHATTER_ORIGINS, or give the tenant an --origin`
    tell(
      code,
      `${origin} lets in no pages of ${location.origin}: ${remedy}`,
      `${embedding}#when-nothing-appears`,
    )
    return setup('origin')
  }
  if (code === 'host') {
    const remedy = 'give a tenant this host, or let the proxy pass the name on that was asked'
    tell(code, `no tenant of the server is called ${host}: ${remedy}`, `${operations}#tenants`)
    return setup('host')
  }
  if (code === 'rate_limited' || code === 'overloaded') return { code, detail: 'v1/check' }
  if (answer && !code) {
    tell(
      'not chatter',
      `no Chatter answers at ${server} (${answer.status}): is \`server\` right`,
      `${embedding}#attributes`,
    )
    return setup('not Chatter')
  }
  const missed = (misses.get(chat) ?? 0) + 1
  misses.set(chat, missed)
  if (!navigator.onLine || missed < patience) return undefined
  const policy = `does the page’s Content-Security-Policy allow ${origin.replace(/^http/, 'ws')}`
  if (code)
    tell(
      'socket',
      `${origin} answers, but its socket does not open: does a proxy pass upgrades on, ${policy}`,
      `${operations}#behind-a-proxy`,
    )
  else tell('away', `${origin} does not answer: does it run, ${policy}`, `${embedding}#security-policies`)
  return undefined
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
    const section = `${embedding}#attributes`
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
