import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCommandLine } from '../../server/cli/arguments.ts'
import type { CliCommand, CliCommands } from '../../server/cli/cli-command.ts'
import { commands as realCommands } from '../../server/cli/commands.ts'
import { ConfigProblem, settings } from '../../server/config.ts'
import { allSettings, shownSetting } from '../../server/rules/settings.ts'

type Run = CliCommand['run']
type Call = { env: NodeJS.ProcessEnv; flags: Parameters<Run>[1]; words: readonly string[] }

let calls: Call[] = []
const run: Run = async (env, flags, words) => {
  calls.push({ env, flags, words })
  return 'done'
}
const several = { type: 'string', multiple: true } as const
const commands: CliCommands = {
  serve: { about: 'start', flags: {}, settings: ['HOST', 'PORT', 'CHATTER_DATA'], run },
  'tenant list': {
    about: 'show all',
    flags: { json: { type: 'boolean', about: 'for programs' } },
    settings: ['CHATTER_DATA'],
    run,
  },
  'tenant add': {
    takes: 'ID --host HOST',
    about: 'make one',
    flags: { host: { ...several, about: 'its host' } },
    settings: ['CHATTER_DATA'],
    run,
  },
  'tenant set': { takes: 'ID KEY=VALUE…', about: 'change settings', flags: {}, settings: [], run },
  epoch: {
    takes: '--renew',
    about: 'anew',
    flags: { renew: { type: 'boolean', about: 'yes' } },
    settings: [],
    run,
  },
}

/** What the arguments ask for, done. */
async function done(...args: string[]): Promise<Call> {
  calls = []
  const asked = readCommandLine(args, commands, { HOST: 'environment', CHATTER_DATA: 'there' })
  assert.ok('run' in asked)
  assert.equal(await asked.run(), 'done')
  assert.equal(calls.length, 1)
  return calls[0] ?? assert.fail('it ran')
}

function helpOf(...args: string[]): string {
  return helpIn(commands, ...args)
}

function helpIn(all: CliCommands, ...args: string[]): string {
  const asked = readCommandLine(args, all, {})
  return 'help' in asked ? asked.help : assert.fail('expected help')
}

function faultsOf(...args: string[]): readonly string[] {
  try {
    readCommandLine(args, commands, {})
  } catch (error) {
    if (error instanceof ConfigProblem) return error.faults
    throw error
  }
  return []
}

test('a flag is the setting that it names; what is not given is as in the environment', async () => {
  const { env } = await done('serve', '--port', '99', '--host', '::1')
  assert.deepEqual([env.PORT, env.HOST, env.CHATTER_DATA], ['99', '::1', 'there'])
})

test('a tenant’s host is no address to listen on', async () => {
  const { env, flags, words } = await done('tenant', 'add', 'acme', '--host', 'a.test', '--host', 'b.test')
  assert.equal(env.HOST, 'environment')
  assert.deepEqual([words, flags.host], [['acme'], ['a.test', 'b.test']])
})

test('of a command that takes several words all of them are passed on', async () => {
  assert.deepEqual((await done('tenant', 'set', 'acme', 'a=1', 'b=-2')).words, ['acme', 'a=1', 'b=-2'])
})

test('a flag of the same name means something else to another command', async () => {
  assert.deepEqual((await done('tenant', 'add', 'acme', '--host', 'a.test')).flags.host, ['a.test'])
  assert.equal((await done('serve', '--host', '::1')).flags.host, '::1')
})

test('every flag takes a value with all commands or with none', () => {
  const types = new Map<string, string>(Object.values(settings).map((flag) => [flag, 'string']))
  for (const [name, { flags }] of Object.entries(realCommands)) {
    for (const [flag, { type }] of Object.entries(flags)) {
      assert.equal(type, types.get(flag) ?? type, `--${flag} of ${name}`)
      types.set(flag, type)
    }
  }
})

test('flags may stand before the command', async () => {
  assert.equal((await done('--data', 'here', 'tenant', 'list')).env.CHATTER_DATA, 'here')
})

test('without a command, and for one that is unknown, help shows all of them', () => {
  for (const args of [[], ['--help'], ['-h'], ['help'], ['nonsense', '--help']]) {
    const help = helpOf(...args)
    for (const name of Object.keys(commands)) assert.match(help, new RegExp(`^  ${name} `, 'm'))
    assert.match(help, /chatter COMMAND --help/)
  }
})

test('help for a command shows it with its flags, help for a group what each of the group takes', () => {
  for (const args of [
    ['tenant', 'add', '--help'],
    ['help', 'tenant', 'add'],
    ['tenant', 'add', 'acme', '-h'],
  ]) {
    assert.equal(
      helpOf(...args),
      [
        'chatter tenant add ID --host HOST',
        'make one',
        '',
        '  --host HOST  its host',
        '',
        'Which database, for each command that needs one:',
        '  --data DATA  folder of the SQLite database, ./data by default [CHATTER_DATA]',
      ].join('\n'),
    )
  }
  const group = helpOf('tenant', '--help')
  assert.match(group, /chatter tenant list\n/)
  assert.match(group, /chatter tenant add ID/)
  assert.doesNotMatch(group, /serve/)
})

test('every help fits into 100 columns, and says once which database', () => {
  const names = Object.keys(realCommands)
  for (const words of [[], ...names.map((name) => name.split(' ')), ['tenant'], ['user'], ['webhook']]) {
    const help = helpIn(realCommands, ...words, '--help')
    const long = help.split('\n').filter((line) => line.length > 100)
    assert.deepEqual(long, [], words.join(' '))
    assert.ok(help.split('--seal-key').length <= 2, words.join(' '))
  }
})

test('help for tenant set has each setting with its values, its default and what it means', () => {
  const help = helpIn(realCommands, 'tenant', 'set', '--help').replaceAll(/\s+/g, ' ')
  for (const { name, expected, default: value, about } of allSettings) {
    const entry = `${name} ${expected}; default: ${shownSetting(value) || 'none'} ${about}`
    assert.ok(help.includes(entry), entry)
  }
})

test('what is wrong is said, one line each, with the way to the help', () => {
  const wrong: readonly (readonly [args: string[], ...faults: string[]])[] = [
    [['bogus'], 'unknown command "bogus": see chatter --help'],
    [['tenant'], '"tenant": expected tenant list, tenant add, tenant set: see chatter tenant --help'],
    [
      ['tenant', 'bogus'],
      '"tenant bogus": expected tenant list, tenant add, tenant set: see chatter tenant --help',
    ],
    [['tenant', 'add'], 'tenant add: expected ID: see chatter tenant add --help'],
    [['tenant', 'add', 'acme', 'b.test'], 'tenant add: did not expect "b.test"'],
    [['tenant', 'set'], 'tenant set: expected ID KEY=VALUE…: see chatter tenant set --help'],
    [['tenant', 'set', 'acme'], 'tenant set: expected KEY=VALUE…: see chatter tenant set --help'],
    [
      ['tenant', 'list', 'x', '--renew', '--host', 'y'],
      'tenant list: did not expect "x"',
      '--renew: not a flag of tenant list: see chatter tenant list --help',
      '--host: not a flag of tenant list: see chatter tenant list --help',
    ],
    [['serve', 'now'], 'serve: did not expect "now"'],
    [['serve', '--bogus'], '--bogus: not a flag of serve: see chatter serve --help'],
    [['--bogus'], '--bogus: not a flag: see chatter --help'],
    [['serve', '--prot', '9'], '--prot: not a flag of serve, did you mean --port? See chatter serve --help'],
    [['serv'], 'unknown command "serv", did you mean serve? See chatter --help'],
    [['tenants', 'list'], 'unknown command "tenants list", did you mean tenant list? See chatter --help'],
    [['tenant', 'lst'], 'unknown command "tenant lst", did you mean tenant list? See chatter tenant --help'],
    [['tennant'], 'unknown command "tennant", did you mean tenant? See chatter --help'],
    [['serve', '--port'], "Option '--port <value>' argument missing: see chatter --help"],
    [['serve', '--port', '--data'], "Option '--port' argument is ambiguous: see chatter --help"],
    [['tenant', 'list', '--json=yes'], "Option '--json' does not take an argument: see chatter --help"],
  ]
  for (const [args, ...faults] of wrong) assert.deepEqual(faultsOf(...args), faults, args.join(' '))
})
