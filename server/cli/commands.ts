import { type Config, ConfigProblem, readConfig, type SettingName, settings } from '../config.ts'
import { builtWidget } from '../http/assets.ts'
import { type WidgetManifest, widgetManifest } from '../http/widget-manifest.ts'
import { exportOfTenant, openStores, rotateSealKey, start, stopOnSignal } from '../main.ts'
import { Problem } from '../protocol/problems.ts'
import { keyScopes } from '../rules/keys.ts'
import { allSettings, shownSetting } from '../rules/settings.ts'
import { asWritten } from '../rules/sign-outs.ts'
import { longestTokenMs } from '../rules/token-times.ts'
import { webhookEvents } from '../rules/webhooks.ts'
import { NoDatabase } from '../store/database-problem.ts'
import type { KeyStore, SignOut, Store, Stores, TenantStore } from '../store/store.ts'
import { exportUser } from '../store/user-export.ts'
import { version } from '../version.ts'
import { backup, restore, status } from './backup.ts'
import {
  type CliCommand,
  type CliCommands,
  cliCommand,
  type Flags,
  type FlagValues,
  type NamesInHelp,
} from './cli-command.ts'
import { inJson } from './columns.ts'
import { eraseUser } from './erase.ts'
import { importDjango, readImport } from './import-django.ts'
import { importFile } from './import-tenant.ts'
import { keyActions } from './keys.ts'
import { migrateStore } from './migrate-store.ts'
import { noSuchTenant } from './no-such-tenant.ts'
import { roomActions } from './rooms.ts'
import { tenantActions } from './tenant.ts'
import { signToken, type TokenFlags } from './token.ts'
import { userActions } from './users.ts'
import { webhookActions } from './webhooks.ts'

type Environment = NodeJS.ProcessEnv

const database = ['CHATTER_DATA', 'DATABASE_URL', 'CHATTER_SEAL_KEY'] as const satisfies SettingName[]
const json = { json: { type: 'boolean', about: 'print for programs' } } as const
const directory = {
  directory: {
    type: 'string',
    about: 'whom users find by name: all, shared (people of shared rooms) or none',
  },
} as const

const ofTenant = {
  tenant: { type: 'string', about: 'the tenant that is meant, default by default' },
} as const

/** What a tenant decides, as docs/operations.md has it, too. */
const settingsInHelp: NamesInHelp = Object.fromEntries(
  Object.entries(Object.groupBy(allSettings, ({ name }) => headingOf(name))).map(([heading, some = []]) => [
    heading,
    some.map(({ name, expected, default: value, about }) => [
      name,
      `${expected}; default: ${shownSetting(value) || 'none'}`,
      about,
    ]),
  ]),
)

function headingOf(setting: string): string {
  if (setting.startsWith('features.')) return 'Parts of Chatter, on or off'
  return setting.startsWith('limits.') ? 'Limits' : 'Policies'
}

/** Every command of `chatter`. */
export const commands: CliCommands = {
  serve: cliCommand({
    about: 'start the server; each flag is also a setting of the environment, whose name stands in brackets',
    flags: {},
    settings: Object.keys(settings) as SettingName[],
    run: serve,
  }),
  migrate: cliCommand({
    about: 'bring the database to this version, and stop',
    flags: {},
    settings: database,
    run: migrate,
  }),
  'migrate-store': cliCommand({
    takes: '--from PLACE --to PLACE',
    about: 'copy everything into another database, an empty one, and compare; servers are stopped meanwhile',
    flags: {
      from: {
        type: 'string',
        about: 'the database that is copied and stays as it is: the folder of SQLite, or postgres://…',
      },
      to: { type: 'string', about: 'the database that is filled: a folder, or postgres://…' },
      ...json,
    },
    settings: [],
    run: (_env, flags) => migrateStore(flags),
  }),
  'import-django': cliCommand({
    takes: '--sqlite FILE | --postgres URL --tenant ID',
    about: 'take over the users, rooms and messages of a django-chatter; again: only what is new',
    flags: {
      sqlite: { type: 'string', about: "the Django site's database, where that is a file" },
      postgres: { type: 'string', about: "the Django site's database, where that is postgres://…" },
      schema: { type: 'string', about: 'of Postgres, the schema that has the tables, public by default' },
      tenant: { type: 'string', about: 'whose history it becomes' },
      'user-table': { type: 'string', about: "the table of the site's users, auth_user by default" },
      'user-id': {
        type: 'string',
        about: "its column that is the user's id in the site's tokens, the primary key by default",
      },
      'user-name': {
        type: 'string',
        about: 'its columns that make the name, with commas, username by default',
      },
      'dry-run': { type: 'boolean', about: 'write nothing, and say what would be' },
      ...json,
    },
    settings: database,
    run: async (env, flags) => {
      const asked = readImport(flags)
      return withStores(env, async (stores) => {
        await requireTenant(stores.tenants, asked.tenant)
        const tenant = (await stores.tenants.list()).find(({ id }) => id === asked.tenant)
        const store = stores.forTenant(asked.tenant)
        return importDjango({ store, keepDays: tenant?.settings.keepDays ?? null }, asked, flags)
      })
    },
  }),
  backup: cliCommand({
    takes: '--to FILE',
    about: 'copy the database of SQLite into a file; a server may run on it',
    flags: { to: { type: 'string', about: 'the file to be made, a new one' }, ...json },
    settings: database,
    run: (env, flags) => backup(readConfig(env), flags),
  }),
  restore: cliCommand({
    takes: '--from FILE',
    about: 'put a backup in place of the database of SQLite, with no server on it; every client loads anew',
    flags: {
      from: { type: 'string', about: 'the file that chatter backup made' },
      yes: { type: 'boolean', about: 'yes, in place of what is there' },
      ...json,
    },
    settings: database,
    run: (env, flags) => restore(readConfig(env), flags),
  }),
  status: cliCommand({
    about: 'what database there is, and what the server that runs says of itself',
    flags: json,
    settings: [...database, 'HOST', 'PORT', 'CHATTER_BASE'],
    run: (env, flags) => status(readConfig(env), flags),
  }),
  seal: cliCommand({
    takes: '--rotate',
    about:
      'seal the secrets of all tenants with the newest key; on SQLite without CHATTER_SEAL_KEY a new one is made',
    flags: { rotate: { type: 'boolean', about: 'yes, with the newest key' }, ...json },
    settings: database,
    run: sealAll,
  }),
  epoch: cliCommand({
    takes: '--renew',
    about: 'after a database was put back from its backup: every client loads anew',
    flags: { renew: { type: 'boolean', about: 'make a new epoch' } },
    settings: database,
    run: renewEpoch,
  }),
  manifest: cliCommand({
    about: 'what a page may name of the widget: its scripts, and the hash of the one that lasts (SRI)',
    flags: {},
    settings: [],
    run: async () => JSON.stringify(manifest(), undefined, 2),
  }),
  'tenant list': tenantCommand({ about: 'show all tenants', flags: json, run: tenantActions.list }),
  'tenant show': tenantCommand({
    takes: 'ID',
    about: 'show one tenant',
    flags: json,
    run: tenantActions.show,
  }),
  'tenant add': tenantCommand({
    takes: 'ID --host HOST',
    about: 'make a tenant, and show its secret',
    flags: {
      host: {
        type: 'string',
        multiple: true,
        about: 'a hostname that leads to it, without port; may be given several times',
      },
      origin: {
        type: 'string',
        multiple: true,
        about: 'an origin whose pages may use it, beside its own; may be given several times',
      },
      ...directory,
      yes: {
        type: 'boolean',
        about: 'yes, though the tenant default has users, and every other host becomes a 404',
      },
      ...json,
    },
    run: tenantActions.add,
    settings: ['CHATTER_SECRET', 'CHATTER_SECRET_FILE', ...database],
    // A server without CHATTER_SECRET starts only once there is a tenant.
    mustExist: false,
  }),
  'tenant change': tenantCommand({
    takes: 'ID',
    about: 'give a tenant other hostnames, origins or another directory',
    flags: {
      host: {
        type: 'string',
        multiple: true,
        about: 'its hostnames from now on; may be given several times',
      },
      origin: {
        type: 'string',
        multiple: true,
        about: 'its origins from now on; may be given several times, or none',
      },
      ...directory,
      ...json,
    },
    run: tenantActions.change,
  }),
  'tenant set': tenantCommand({
    takes: 'ID KEY=VALUE…',
    about: 'change settings of a tenant, by which running servers go within two seconds',
    flags: json,
    names: settingsInHelp,
    run: tenantActions.set,
  }),
  'tenant unset': tenantCommand({
    takes: 'ID KEY…',
    about: 'give settings of a tenant their defaults again; chatter tenant set --help has them all',
    flags: json,
    run: tenantActions.unset,
  }),
  'tenant rotate-secret': tenantCommand({
    takes: 'ID',
    about: 'make and show a new secret; the one before stays valid until the next rotation',
    flags: json,
    run: tenantActions['rotate-secret'],
  }),
  'tenant disable': tenantCommand({
    takes: 'ID',
    about: 'let nobody of a tenant in, until tenant enable: sockets end, requests are answered site_disabled',
    flags: json,
    run: tenantActions.disable,
  }),
  'tenant enable': tenantCommand({
    takes: 'ID',
    about: 'let everybody of a tenant that was disabled in again',
    flags: json,
    run: tenantActions.enable,
  }),
  'tenant remove': tenantCommand({
    takes: 'ID --yes',
    about: 'remove a tenant with all its users, rooms and messages',
    flags: { yes: { type: 'boolean', about: 'yes, all of it' }, ...json },
    run: tenantActions.remove,
  }),
  'tenant export': cliCommand({
    takes: 'ID > FILE',
    about: 'print all of a tenant but its secrets, keys and webhooks, a line of JSON for each row',
    flags: {},
    settings: database,
    run: async (env, _flags, [tenant = '']) =>
      piecesOf(env, async function* ({ tenants }) {
        await requireTenant(tenants, tenant)
        yield* exportOfTenant(readConfig(env), tenant)
      }),
  }),
  'tenant import': cliCommand({
    takes: 'ID < FILE',
    about:
      'fill a tenant that has nothing yet with what `tenant export` printed; on SQLite with no server on it',
    flags: json,
    settings: database,
    run: (env, flags, [tenant = '']) =>
      withStores(env, async ({ tenants }) => {
        await requireTenant(tenants, tenant)
        return importFile(readConfig(env), tenant, process.stdin, flags)
      }),
  }),
  'tenant open-default': tenantCommand({
    takes: '--yes',
    about: 'after the last tenant was removed: let the tenant default answer to every host again',
    flags: { yes: { type: 'boolean', about: 'yes, every host' }, ...json },
    run: tenantActions['open-default'],
  }),
  'user list': storeCommand({
    about: 'show all users of a tenant',
    flags: { ...ofTenant, ...json },
    run: userActions.list,
  }),
  'user show': storeCommand({
    takes: 'ID',
    about: 'show one user',
    flags: { ...ofTenant, ...json },
    run: userActions.show,
  }),
  'user disconnect': signOutCommand({
    takes: 'ID',
    about: 'end what a user has open, on all servers within two seconds',
    flags: {
      revoke: { type: 'boolean', about: 'tokens that were issued until now are good no more, too' },
      ...ofTenant,
      ...json,
    },
    signOut: ({ revoke = false }, now) => ({ tokensFrom: revoke ? now : null }),
  }),
  'user disable': signOutCommand({
    takes: 'ID',
    about: 'let nobody sign in as a user, and end what they have open',
    flags: { ...ofTenant, ...json },
    signOut: () => ({ isDisabled: true }),
  }),
  'user enable': signOutCommand({
    takes: 'ID',
    about: 'let a user sign in again',
    flags: { ...ofTenant, ...json },
    signOut: () => ({ isEnabled: true }),
  }),
  'user export': cliCommand({
    takes: 'ID',
    about: 'print all that is kept of a user and what they wrote, a line of JSON for each',
    flags: { ...ofTenant },
    settings: database,
    run: async (env, flags, [user = '']) =>
      piecesOf(env, async function* (stores) {
        const { tenant = 'default' } = flags
        await requireTenant(stores.tenants, tenant)
        for await (const line of exportUser(stores.forTenant(tenant), tenant, user))
          if (line) yield `${inJson(line)}\n`
      }),
  }),
  'user erase': cliCommand({
    takes: 'ID --yes',
    about: 'erase a user for good: profile, memberships, what they wrote, and their name wherever it stands',
    flags: { yes: { type: 'boolean', about: 'yes, for good' }, ...ofTenant, ...json },
    settings: database,
    run: (env, flags, [user = '']) =>
      withStores(env, async (stores) => {
        const { tenant = 'default' } = flags
        await requireTenant(stores.tenants, tenant)
        return eraseUser(stores, { tenant, user }, flags)
      }),
  }),
  'room list': storeCommand({
    about: 'show all rooms of a tenant',
    flags: {
      ...ofTenant,
      user: { type: 'string', about: 'only the rooms of this user, latest activity first' },
      ...json,
    },
    run: roomActions.list,
  }),
  'room show': storeCommand({
    takes: 'ID',
    about: 'show one room, without what is said in it',
    flags: { ...ofTenant, ...json },
    run: roomActions.show,
  }),
  'room members': storeCommand({
    takes: 'ID',
    about: 'show who is in a room',
    flags: { ...ofTenant, ...json },
    run: roomActions.members,
  }),
  'room delete': storeCommand({
    takes: 'ID --yes',
    about: 'delete a group for everybody, with all its messages',
    flags: { yes: { type: 'boolean', about: 'yes, all of it' }, ...ofTenant, ...json },
    run: roomActions.delete,
  }),
  'key add': keyCommand({
    takes: '--scope SCOPES',
    about: 'make a key for a server of the site; it is shown once',
    flags: {
      scope: {
        type: 'string',
        multiple: true,
        about: 'what it may do, with commas: the scopes below',
      },
      name: { type: 'string', about: 'what it is for, for your own list' },
      ...ofTenant,
      ...json,
    },
    names: { Scopes: Object.entries(keyScopes) },
    run: keyActions.add,
  }),
  'key list': keyCommand({
    about: 'show the keys of a tenant, and when each was last used',
    flags: { ...ofTenant, ...json },
    run: keyActions.list,
  }),
  'key remove': keyCommand({
    takes: 'ID',
    about: 'make a key useless, at once',
    flags: { ...ofTenant, ...json },
    run: keyActions.remove,
  }),
  'webhook add': webhookCommand({
    takes: 'URL',
    about: 'tell an https address of the site what happens; the secret that signs it is shown once',
    flags: {
      events: {
        type: 'string',
        multiple: true,
        about: 'only these events, with commas; all of them where it is left out',
      },
      ...ofTenant,
      ...json,
    },
    names: { Events: Object.entries(webhookEvents) },
    run: webhookActions.add,
  }),
  'webhook list': webhookCommand({
    about: 'show the webhooks of a tenant: what waits, what is held and why, what was given up',
    flags: { ...ofTenant, ...json },
    run: webhookActions.list,
  }),
  'webhook test': webhookCommand({
    takes: 'ID',
    about: 'send a webhook an event of the type test, from here and at once',
    flags: { ...ofTenant, ...json },
    run: webhookActions.test,
  }),
  'webhook rotate': webhookCommand({
    takes: 'ID',
    about: 'make a new secret, shown once; the one before signs, too, until --end',
    flags: { end: { type: 'boolean', about: 'only the newest one signs' }, ...ofTenant, ...json },
    run: webhookActions.rotate,
  }),
  'webhook replay': webhookCommand({
    takes: 'ID',
    about: 'try at once what waits; with --since, deliver again what history knows of since then',
    flags: {
      since: { type: 'string', about: 'a time like 2026-12-01T08:00:00Z' },
      ...ofTenant,
      ...json,
    },
    run: webhookActions.replay,
  }),
  'webhook remove': webhookCommand({
    takes: 'ID',
    about: 'tell a site nothing more, not even what waits',
    flags: { ...ofTenant, ...json },
    run: webhookActions.remove,
  }),
  token: cliCommand({
    takes: '--user ID',
    about: "sign a token for a user, as the site's server would",
    flags: {
      user: { type: 'string', about: 'the id of the user' },
      name: { type: 'string', about: 'the name shown to others' },
      tenant: { type: 'string', about: 'whose user, of default by default' },
      minutes: { type: 'string', about: 'how long it is valid, 60 by default, which is the most' },
      ...json,
    },
    settings: ['CHATTER_SECRET', 'CHATTER_SECRET_FILE', ...database],
    run: (env, flags) => signWithAnyStores(readConfig(env), flags),
  }),
}

function manifest(): WidgetManifest {
  const found = widgetManifest(builtWidget(), version)
  if (!found) throw new Problem('not_found', 'the widget is not built: run npm run build')
  return found
}

async function serve(env: Environment): Promise<string> {
  const running = await start(readConfig(env))
  stopOnSignal(running)
  return `Chatter listens on ${running.url}`
}

function migrate(env: Environment): Promise<string> {
  return withStores(env, async () => 'The database is up to date.', { mustExist: false })
}

type SealFlags = { readonly rotate?: boolean; readonly json?: boolean }

async function sealAll(env: Environment, { rotate, json: isJson }: SealFlags): Promise<string> {
  if (!rotate) throw new ConfigProblem(['--rotate: expected'])
  const { data, databaseUrl, sealKeys } = readConfig(env)
  const hasOwnKey = sealKeys.length === 0
  if (hasOwnKey && databaseUrl !== undefined)
    throw new ConfigProblem(['CHATTER_SEAL_KEY: expected, newest first, on Postgres'])
  const seal = () =>
    withStores(env, async ({ tenants, webhooks }) => {
      const all = await tenants.list()
      // What is written is sealed with the newest key.
      for (const { id } of all) await tenants.change(id, { secrets: (same) => same })
      for (const one of await webhooks.list()) await webhooks.changeSecrets(one, (same) => same)
      return isJson ? JSON.stringify({ sealed: all.length }) : `Sealed the secrets of ${all.length} tenants.`
    })
  return hasOwnKey ? rotateSealKey(data, seal) : seal()
}

/** Without a database there are no tenants, and what the environment says is all there is to know. */
async function signWithAnyStores(config: Config, flags: TokenFlags): Promise<string> {
  const stores = await openStores(config, 'tool', { mustExist: true }).catch((error: unknown) => {
    if (error instanceof NoDatabase) return undefined
    throw error
  })
  try {
    return await signToken((await stores?.tenants.list()) ?? [], config, flags)
  } finally {
    await stores?.close()
  }
}

async function renewEpoch(env: Environment, { renew }: { readonly renew?: boolean }): Promise<string> {
  if (!renew) throw new ConfigProblem(['--renew: expected, because every client will load anew'])
  return withStores(
    env,
    async (stores) =>
      `The epoch is ${await stores.renewEpoch()} from now on; on SQLite, from the next start of the server.`,
  )
}

/** A command about tenants: its words are the tenant's id, and what the action takes beyond. */
function tenantCommand<const F extends Flags>({
  run,
  mustExist = true,
  ...parts
}: Pick<CliCommand, 'takes' | 'about' | 'names'> & {
  readonly flags: F
  readonly settings?: readonly SettingName[]
  readonly mustExist?: boolean
  run(
    tenants: TenantStore,
    values: FlagValues<F>,
    id: string,
    words: readonly string[],
    config: Config,
  ): Promise<string>
}): CliCommand {
  return cliCommand({
    settings: database,
    ...parts,
    run: (env, values: FlagValues<F>, [id = '', ...words]) =>
      withStores(env, ({ tenants }) => run(tenants, values, id, words, readConfig(env)), { mustExist }),
  })
}

/** A command about what a tenant has: its words are the id of one thing. */
function storeCommand<const F extends Flags & typeof ofTenant>({
  run,
  ...parts
}: Pick<CliCommand, 'takes' | 'about' | 'names'> & {
  readonly flags: F
  run(store: Store, values: FlagValues<F>, id: string): Promise<string>
}): CliCommand {
  return cliCommand({
    settings: database,
    ...parts,
    run: (env, values: FlagValues<F>, [id = '']) =>
      withStores(env, async (stores) => {
        const { tenant = 'default' } = values as { readonly tenant?: string }
        await requireTenant(stores.tenants, tenant)
        return run(stores.forTenant(tenant), values, id)
      }),
  })
}

/** A command that signs one user out, or lets them in again. */
function signOutCommand<const F extends Flags & typeof ofTenant & typeof json>({
  signOut,
  ...parts
}: Pick<CliCommand, 'takes' | 'about' | 'names'> & {
  readonly flags: F
  signOut(values: FlagValues<F> & { readonly revoke?: boolean }, now: number): Partial<SignOut>
}): CliCommand {
  return cliCommand({
    settings: database,
    ...parts,
    run: (env, values: FlagValues<F>, [user = '']) =>
      withStores(env, async ({ tenants, signOuts, forTenant }) => {
        const { tenant = 'default', json: isJson } = values as {
          readonly tenant?: string
          readonly json?: boolean
        }
        await requireTenant(tenants, tenant)
        if (!(await forTenant(tenant).findUser(user)))
          throw new Problem('not_found', `no user ${JSON.stringify(user)}`)
        const at = Date.now()
        const row = asWritten({
          tenant,
          user,
          at,
          tokensFrom: null,
          isDisabled: false,
          isEnabled: false,
          ...signOut(values, at),
        })
        await signOuts.put(row, at - longestTokenMs)
        return isJson ? JSON.stringify(row) : `Done: ${user} of ${tenant}.`
      }),
  })
}

/** A command about a tenant's keys. */
function keyCommand<const F extends Flags & typeof ofTenant>({
  run,
  ...parts
}: Pick<CliCommand, 'takes' | 'about' | 'names'> & {
  readonly flags: F
  run(keys: KeyStore, values: FlagValues<F> & { readonly tenant: string }, id: string): Promise<string>
}): CliCommand {
  return cliCommand({
    settings: database,
    ...parts,
    run: (env, values: FlagValues<F>, [id = '']) =>
      withStores(env, async ({ tenants, keys }) => {
        const { tenant = 'default' } = values as { readonly tenant?: string }
        await requireTenant(tenants, tenant)
        return run(keys, { ...values, tenant }, id)
      }),
  })
}

/** A command about a tenant's webhooks: its word is an id, or an address. */
function webhookCommand<const F extends Flags & typeof ofTenant>({
  run,
  ...parts
}: Pick<CliCommand, 'takes' | 'about' | 'names'> & {
  readonly flags: F
  run(stores: Stores, values: FlagValues<F> & { readonly tenant: string }, word: string): Promise<string>
}): CliCommand {
  return cliCommand({
    settings: database,
    ...parts,
    run: (env, values: FlagValues<F>, [word = '']) =>
      withStores(env, async (stores) => {
        const { tenant = 'default' } = values as { readonly tenant?: string }
        await requireTenant(stores.tenants, tenant)
        return run(stores, { ...values, tenant }, word)
      }),
  })
}

/** Whose name was misspelt would look like a site without anything. `default` is there without being configured. */
async function requireTenant(tenants: TenantStore, id: string): Promise<void> {
  const known = (await tenants.list()).map((one) => one.id)
  if (id === 'default' || known.includes(id)) return
  throw noSuchTenant(id, [...new Set(['default', ...known])])
}

/** The same, of what is printed while it is read. */
async function* piecesOf(
  env: Environment,
  read: (stores: Stores) => AsyncIterable<string>,
): AsyncGenerator<string, undefined> {
  const stores = await openStores(readConfig(env), 'tool', { mustExist: true })
  try {
    yield* read(stores)
  } finally {
    await stores.close()
  }
}

/** What reads or changes what is there makes no database: a folder that was misspelt would look like a new site. */
async function withStores(
  env: Environment,
  work: (stores: Stores) => Promise<string>,
  { mustExist = true }: { readonly mustExist?: boolean } = {},
): Promise<string> {
  const stores = await openStores(readConfig(env), 'tool', { mustExist })
  try {
    return await work(stores)
  } finally {
    await stores.close()
  }
}
