import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Config, ConfigProblem, readConfig } from '../server/config.ts'
import { type Running, StartProblem, start } from '../server/main.ts'
import { isLoopback } from './loopback.ts'
import { pages } from './pages.ts'
import { seed } from './seed.ts'

const folder = './data/demo'

/**
 * Starts Chatter with the demo's pages, people and rooms. Obeys the settings of `chatter serve`, and needs none.
 * @throws ConfigProblem for a host that others can reach: the demo's token endpoint signs in anybody
 */
export async function startDemo(env: Readonly<Record<string, string | undefined>>): Promise<Running> {
  // A DATABASE_URL that happens to be set is of something else.
  const { DATABASE_URL: _, ...settings } = env
  const config = readConfig({ ...settings, CHATTER_DATA: env.CHATTER_DATA || folder })
  if (!isLoopback(config.host)) {
    throw new ConfigProblem([
      `HOST: expected a loopback address like 127.0.0.1, got ${JSON.stringify(config.host)}: the demo signs in anybody`,
    ])
  }
  const own = ownSecret(config)
  const secrets = config.secrets.length > 0 ? config.secrets : [own]
  await seed(config.data, Date.now())
  // Of guest.html: visitors write to the one whom the demo signs in first.
  const guests = { guests: true, guestContacts: 'mina' }
  const name = config.settings.name || 'Quiet Hill Observatory'
  return start(
    { ...config, secrets, settings: { ...config.settings, ...guests, name } },
    { pages: () => pages({ base: config.base, secret: secrets[0] ?? own }) },
  )
}

/** Made once. Its file also marks the folder as the demo's: that of a real Chatter must not be opened to all. */
function ownSecret({ data }: Config): string {
  const file = join(data, 'demo-secret')
  if (existsSync(file)) return readFileSync(file, 'utf8').trim()
  if (existsSync(join(data, 'chatter.db'))) {
    throw new ConfigProblem([`CHATTER_DATA: ${data} holds a Chatter that is not the demo's`])
  }
  const secret = randomBytes(32).toString('hex')
  try {
    mkdirSync(data, { recursive: true })
    writeFileSync(file, `${secret}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    throw new StartProblem(`cannot write to ${data}: ${(error as Error).message}`)
  }
  return secret
}
