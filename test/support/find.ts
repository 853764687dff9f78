import { spawnSync } from 'node:child_process'
import { accessSync, constants, globSync } from 'node:fs'
import { delimiter, join } from 'node:path'

type Tool = {
  readonly name: string
  /** Of the environment: where somebody says that it is. */
  readonly variable: string
  readonly places: readonly string[]
  readonly commands: readonly string[]
  /** Without it tests do with something else, and say so. */
  readonly isOptional?: boolean
}

// Debian's `chromium` is a shell script that needs a full PATH: the program behind it comes first.
const chromium: Tool = {
  name: 'Chromium',
  variable: 'CHROME_PATH',
  places: [
    '/usr/lib/chromium/chromium',
    '/opt/google/chrome/chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ],
  commands: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
}

const firefox: Tool = {
  name: 'Firefox',
  variable: 'FIREFOX_PATH',
  places: [
    '/usr/bin/firefox-esr',
    '/opt/firefox/firefox',
    '/Applications/Firefox.app/Contents/MacOS/firefox',
  ],
  commands: ['firefox-esr', 'firefox'],
}

const redis: Tool = {
  name: 'Redis',
  variable: 'REDIS_SERVER_PATH',
  places: ['/usr/bin/redis-server', '/usr/local/bin/redis-server', '/opt/homebrew/bin/redis-server'],
  commands: ['redis-server', 'valkey-server'],
}

const postgres: Tool = {
  name: 'Postgres',
  variable: 'POSTGRES_PATH',
  places: ['/usr/lib/postgresql/*/bin/postgres', '/opt/homebrew/opt/postgresql*/bin/postgres'],
  commands: ['postgres'],
}

/** Makes the network namespaces of a test whose server loses its network. */
const ip: Tool = {
  name: 'iproute2',
  variable: 'IP_PATH',
  places: ['/usr/sbin/ip', '/sbin/ip', '/usr/bin/ip'],
  commands: ['ip'],
  isOptional: true,
}

/** A pooler between the server and Postgres. */
const pgbouncer: Tool = {
  name: 'PgBouncer',
  variable: 'PGBOUNCER_PATH',
  places: ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/opt/homebrew/bin/pgbouncer'],
  commands: ['pgbouncer'],
  isOptional: true,
}

/** What stands before the server, as docs/operations.md shows it. */
const nginx: Tool = {
  name: 'nginx',
  variable: 'NGINX_PATH',
  places: ['/usr/sbin/nginx', '/opt/homebrew/bin/nginx'],
  commands: ['nginx'],
  isOptional: true,
}

const caddy: Tool = {
  name: 'Caddy',
  variable: 'CADDY_PATH',
  places: ['/usr/bin/caddy', '/opt/homebrew/bin/caddy'],
  commands: ['caddy'],
  isOptional: true,
}

/** Safari's engine, for `npm run test:long -- webkit` alone. */
const webkitDriver: Tool = {
  name: 'WebKitGTK and its driver (Debian: webkit2gtk-driver)',
  variable: 'WEBKIT_DRIVER_PATH',
  places: ['/usr/bin/WebKitWebDriver'],
  commands: ['WebKitWebDriver'],
}

const xvfb: Tool = {
  name: 'Xvfb (Debian: xvfb)',
  variable: 'XVFB_PATH',
  places: ['/usr/bin/Xvfb'],
  commands: ['Xvfb'],
}

const tools = [chromium, firefox, redis, postgres, ip, pgbouncer, nginx, caddy]
const systemPath = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']
const packages =
  'chromium firefox-esr redis-server postgresql pgbouncer nginx caddy iproute2 fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji'
const installCommand = `apt-get update && apt-get install -y --no-install-recommends ${packages}`

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function onPath(command: string): string[] {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return folders.map((folder) => join(folder, command))
}

function locate(tool: Tool): string | undefined {
  const chosen = process.env[tool.variable]
  if (chosen) return chosen
  // The newest of several Postgres versions is the last one.
  const usual = tool.places.flatMap((place) =>
    place.includes('*') ? globSync(place).sort().reverse() : place,
  )
  return [...usual, ...tool.commands.flatMap(onPath)].find(isProgram)
}

function find(tool: Tool): string {
  const path = locate(tool)
  if (path) return path
  throw new Error(
    `${tool.name} is not installed. Set ${tool.variable}, or on Debian and Ubuntu:\n  ${installCommand}`,
  )
}

export const findChromium = (): string => find(chromium)
export const findFirefox = (): string => find(firefox)
export const findRedis = (): string => find(redis)
export const findPostgres = (): string => find(postgres)
/** @throws Error where there is none: then there are no network namespaces */
export const findIp = (): string => find(ip)

export const findWebkitDriver = (): string => find(webkitDriver)
export const findXvfb = (): string => find(xvfb)
/** The browser that comes with WebKitGTK. */
export const locateMiniBrowser = (): string | undefined =>
  globSync('/usr/lib/{*/,}webkit2gtk-4.1/MiniBrowser').find(isProgram)

/** Where it is; without it the tests of a pooler are left out. */
export const locatePgbouncer = (): string | undefined => locate(pgbouncer)

/** Where they are; without one its configuration is not tried. */
export const locateNginx = (): string | undefined => locate(nginx)
export const locateCaddy = (): string | undefined => locate(caddy)

const aptGet = (): string | undefined =>
  [...onPath('apt-get'), ...systemPath.map((folder) => join(folder, 'apt-get'))].find(isProgram)

/** What the tests need and this machine lacks is installed where that is safe (CI, as root), else refused with the way out. */
export function provideTools(): void {
  const missing = tools.filter((tool) => !locate(tool))
  if (missing.length === 0) return
  if (process.env.CI !== 'true' || process.getuid?.() !== 0 || !aptGet()) {
    for (const tool of missing) if (!tool.isOptional) find(tool)
    return
  }
  console.log(`Installing ${missing.map((tool) => tool.name).join(', ')}…`)
  const path = [process.env.PATH, ...systemPath].join(delimiter)
  const env = { ...process.env, PATH: path, DEBIAN_FRONTEND: 'noninteractive' }
  const { status, stdout, stderr } = spawnSync('sh', ['-c', installCommand], { env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`"${installCommand}" failed:\n${stdout}${stderr}`)
  for (const tool of missing) find(tool)
}
