import { ConfigProblem, readConfig, type SettingName, settingMeanings, settings } from '../config.ts'
import { openStores, start, stopOnSignal } from '../main.ts'
import { allSettings } from '../rules/settings.ts'
import type { Stores } from '../store/store.ts'
import type { CliCommand, CliCommands, Flags } from './arguments.ts'
import { migrateStore } from './migrate-store.ts'
import { tenantActions } from './tenant.ts'
import { signToken } from './token.ts'

type Environment = NodeJS.ProcessEnv

const everySetting = Object.keys(settings) as SettingName[]
const database = flagsOf('CHATTER_DATA', 'DATABASE_URL')
const json = { json: 'print for programs' }
const directory = { directory: 'whom users find by name: all, shared (people of shared rooms) or none' }

const names = allSettings.map(({ name }) => name).join(', ')

/** Every command of `chatter`. */
export const commands: CliCommands = {
  serve: {
    about: 'start the server; each flag is also a setting of the environment',
    flags: Object.fromEntries(
      everySetting.map((name) => [settings[name], `${name}: ${settingMeanings[name]}`]),
    ),
    run: serve,
  },
  migrate: { about: 'bring the database to this version, and stop', flags: database, run: migrate },
  'migrate-store': {
    takes: '--from PLACE --to PLACE',
    about: 'copy everything into another database, an empty one, and compare; servers are stopped meanwhile',
    flags: {
      from: 'the database that is copied and stays as it is: the folder of SQLite, or postgres://…',
      to: 'the database that is filled: a folder, or postgres://…',
      ...json,
    },
    run: (_env, flags) => migrateStore(flags),
  },
  epoch: {
    takes: '--renew',
    about: 'after a database was put back from its backup: every client loads anew',
    flags: { renew: 'make a new epoch, for the next start of the servers', ...database },
    run: renewEpoch,
  },
  'tenant list': ofTenants('list', { about: 'show all tenants', flags: json }),
  'tenant show': ofTenants('show', { takes: 'ID', about: 'show one tenant', flags: json }),
  'tenant add': ofTenants('add', {
    takes: 'ID --host HOST',
    about: 'make a tenant, and show its secret',
    flags: {
      host: 'a hostname that leads to it, without port; may be said several times',
      origin: 'an origin whose pages may use it, beside its own; may be said several times',
      ...directory,
      ...json,
    },
  }),
  'tenant change': ofTenants('change', {
    takes: 'ID',
    about: 'give a tenant other hostnames, origins or another directory',
    flags: {
      host: 'its hostnames from now on; may be said several times',
      origin: 'its origins from now on; may be said several times, or none',
      ...directory,
      ...json,
    },
  }),
  'tenant set': ofTenants('set', {
    takes: 'ID KEY=VALUE…',
    about: `change settings of a tenant: ${names}`,
    flags: json,
  }),
  'tenant unset': ofTenants('unset', {
    takes: 'ID KEY…',
    about: 'give settings of a tenant their defaults again',
    flags: json,
  }),
  'tenant rotate-secret': ofTenants('rotate-secret', {
    takes: 'ID',
    about: 'make and show a new secret; the one before stays valid until the next rotation',
    flags: json,
  }),
  'tenant remove': ofTenants('remove', {
    takes: 'ID --yes',
    about: 'remove a tenant with all its users, rooms and messages',
    flags: { yes: 'yes, all of it', ...json },
  }),
  token: {
    takes: '--user ID',
    about: "sign a token for a user, as the host's backend would",
    flags: {
      user: 'the id of the user',
      name: 'the name shown to others',
      tenant: 'whose user: default',
      minutes: 'how long it is valid: 60, the most',
      ...json,
      ...flagsOf('CHATTER_SECRET'),
      ...database,
    },
    run: (env, flags) => withStores(env, ({ tenants }) => signToken(tenants, readConfig(env), flags)),
  },
}

async function serve(env: Environment): Promise<string> {
  const running = await start(readConfig(env))
  stopOnSignal(running)
  return `Chatter listens on ${running.url}`
}

function migrate(env: Environment): Promise<string> {
  return withStores(env, async () => 'The database is up to date.')
}

async function renewEpoch(env: Environment, { renew }: Flags): Promise<string> {
  if (!renew) throw new ConfigProblem(['--renew: expected, because every client will load anew'])
  return withStores(
    env,
    async (stores) => `The epoch is ${await stores.renewEpoch()} from the next start of the servers on.`,
  )
}

function ofTenants(name: keyof typeof tenantActions, parts: Omit<CliCommand, 'run'>): CliCommand {
  return {
    ...parts,
    flags: { ...parts.flags, ...database },
    run: (env, flags, [id = '', ...words]) =>
      withStores(env, ({ tenants }) => tenantActions[name](tenants, flags, id, words)),
  }
}

async function withStores(env: Environment, work: (stores: Stores) => Promise<string>): Promise<string> {
  const stores = await openStores(readConfig(env), 'tool')
  try {
    return await work(stores)
  } finally {
    await stores.close()
  }
}

function flagsOf(...names: readonly SettingName[]): CliCommand['flags'] {
  return Object.fromEntries(names.map((name) => [settings[name], settingMeanings[name]]))
}
