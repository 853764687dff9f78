/**
 * Where Redis is, as REDIS_URL says it:
 *
 *   redis://[user:password@]host[:port]                         one Redis, or one node of a Redis Cluster
 *   redis+cluster://[user:password@]host[:port],…               nodes of a Redis Cluster
 *   redis+sentinel://[user:password@]host[:port],…/name         Sentinels, and the name by which they know the primary
 *
 * With `rediss` in place of `redis` through TLS. User and password are those of Redis; Sentinels that want their own
 * are given them behind the name, as `?sentinelUsername=…&sentinelPassword=…`.
 */
export type RedisAddress = {
  /** To show: without users, passwords and options. */
  readonly place: string
} & (
  | { readonly kind: 'one'; readonly url: string }
  | ({ readonly kind: 'cluster' } & Several)
  | ({ readonly kind: 'sentinel'; readonly name: string; readonly sentinelLogin: Login } & Several)
)

type Several = { readonly hosts: readonly Host[]; readonly login: Login; readonly isTls: boolean }
export type Host = { readonly host: string; readonly port: number }
export type Login = { readonly username?: string; readonly password?: string }

const shapes = {
  cluster: 'redis+cluster://[user:password@]host[:port],host[:port]',
  sentinel: 'redis+sentinel://[user:password@]host[:port],host[:port]/name',
}
const ports = { cluster: 6_379, sentinel: 26_379 }

/** @throws Error that says what was expected, and never what came: that may hold a password */
export function readRedisAddress(text: string): RedisAddress {
  const [, scheme, s, kind] = /^(redis(s?)(?:\+(cluster|sentinel))?):\/\//.exec(text) ?? []
  if (scheme === undefined) {
    return refuse('a URL that starts with redis:// or rediss://, redis+cluster:// or redis+sentinel://')
  }
  const isTls = s === 's'
  const rest = text.slice(`${scheme}://`.length)
  if (kind === 'cluster') return { kind, ...readSeveral(scheme, rest, kind, isTls) }
  if (kind === 'sentinel') return readSentinel(scheme, rest, isTls)
  return { kind: 'one', url: text, place: `${scheme}://${hostOf(text)}` }
}

function hostOf(url: string): string {
  const host = URL.canParse(url) ? new URL(url).host : ','
  return host.includes(',') ? refuse('one host, like redis://host:6379') : host
}

function readSentinel(scheme: string, rest: string, isTls: boolean): RedisAddress {
  const [, where = '', encoded = '', query] = /^([^/?#]*)\/([^/?#]+)(?:\?([^#]*))?$/.exec(rest) ?? []
  const several = readSeveral(scheme, where, 'sentinel', isTls)
  const { sentinelUsername: username, sentinelPassword: password, ...others } = readQuery(query)
  if (Object.keys(others).length > 0) refuse('no options but sentinelUsername and sentinelPassword')
  const name = decode(encoded)
  const sentinelLogin = loginOf(username, password)
  return { kind: 'sentinel', ...several, place: `${several.place}/${name}`, name, sentinelLogin }
}

const readQuery = (query = ''): Record<string, string> => Object.fromEntries(new URLSearchParams(query))

function readSeveral(scheme: string, authority: string, kind: keyof typeof shapes, isTls: boolean) {
  const at = authority.lastIndexOf('@')
  const places = authority.slice(at + 1).split(',')
  const hosts = places.map((place) => readHost(place, kind))
  const [username = '', ...password] = authority.slice(0, Math.max(0, at)).split(':')
  const login = loginOf(decode(username), decode(password.join(':')))
  const shown = hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`)
  return { hosts, login, isTls, place: `${scheme}://${shown.join(',')}` }
}

function readHost(text: string, kind: keyof typeof shapes): Host {
  const [, six, name, digits] = /^(?:\[([\da-fA-F:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = six ?? name
  const port = Number(digits ?? ports[kind])
  return host !== undefined && port > 0 && port < 65_536 ? { host, port } : refuse(shapes[kind])
}

function loginOf(username = '', password = ''): Login {
  return { ...(username !== '' && { username }), ...(password !== '' && { password }) }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return refuse('user, password and name percent-encoded')
  }
}

function refuse(what: string): never {
  throw new Error(`expected ${what}`)
}
