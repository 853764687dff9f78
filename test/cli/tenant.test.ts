import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigProblem } from '../../server/config.ts'
import { Problem } from '../../server/protocol/problems.ts'
import { allSettings, settingsFrom } from '../../server/rules/settings.ts'
import { aFolder, type Folder } from '../support/a-folder.ts'
import { chatterCommand } from '../support/chatter-command.ts'

/** What `chatter tenant` prints. */
const tenant = (folder: Folder, ...args: readonly string[]) => chatterCommand(folder.path, 'tenant', ...args)

const json = async (folder: Folder, ...args: string[]) => JSON.parse(await tenant(folder, ...args, '--json'))

const usual = (directory: string) => settingsFrom({ directory })

/** The faults of wrong usage. */
async function faultsOf(folder: Folder, ...args: string[]): Promise<readonly string[]> {
  const error = await tenant(folder, ...args).catch((error: unknown) => error)
  return error instanceof ConfigProblem ? error.faults : assert.fail(`expected faults, got ${error}`)
}

test('a tenant’s life, for programs: the same fields each time, and its secrets only when they are made', async () => {
  using folder = aFolder()
  await chatterCommand(folder.path, 'migrate')
  assert.deepEqual(await json(folder, 'list'), [])
  const origin = 'https://www.acme.test'
  const flags = ['--host', 'Chat.Acme.test', '--host', '[::1]', '--host', 'bücher.test', '--origin', origin]
  const { secret, ...added } = await json(folder, 'add', 'acme', ...flags, '--directory', 'shared')
  const hosts = ['chat.acme.test', '[::1]', 'xn--bcher-kva.test']
  assert.deepEqual(added, { id: 'acme', hosts, origins: [origin], settings: usual('shared') })
  assert.ok(Buffer.from(secret, 'base64url').length >= 32)

  const shown = { ...added, hosts: hosts.toSorted(), secrets: 1 }
  assert.deepEqual(await json(folder, 'list'), [shown])
  assert.deepEqual(await json(folder, 'show', 'acme'), shown)

  const changes = ['--host', 'acme.test', '--host', 'acme.test', '--origin', 'none', '--directory', 'all']
  const changed = { id: 'acme', hosts: ['acme.test'], origins: [], secrets: 1, settings: usual('all') }
  assert.deepEqual(await json(folder, 'change', 'acme', ...changes), changed)

  const rotated = await json(folder, 'rotate-secret', 'acme')
  assert.deepEqual(Object.keys(rotated), ['id', 'secret'])
  assert.notEqual(rotated.secret, secret)
  assert.deepEqual(await json(folder, 'show', 'acme'), { ...changed, secrets: 2 })
  await json(folder, 'rotate-secret', 'acme')
  assert.deepEqual(await json(folder, 'show', 'acme'), { ...changed, secrets: 2 })

  assert.deepEqual(await json(folder, 'remove', 'acme', '--yes'), { removed: 'acme' })
  assert.deepEqual(await json(folder, 'list'), [])
})

test('for people: aligned columns, and no secret but a new one', async () => {
  using folder = aFolder()
  await chatterCommand(folder.path, 'migrate')
  assert.match(await tenant(folder, 'list'), /^No tenants: the tenant default answers to every host/)
  const added = await tenant(folder, 'add', 'acme', '--host', 'chat.acme.test')
  const secret = /^secret +(\S{43})$/m.exec(added)?.[1]
  assert.ok(secret, added)
  assert.match(added, /Keep the secret: it is not shown again\.$/)
  await tenant(folder, 'add', 'b', '--host', 'b.test', '--directory', 'none')
  const lines = [
    'id    hosts           origins  secrets  settings',
    'acme  chat.acme.test  -        1        -',
    'b     b.test          -        1        directory=none',
  ]
  assert.equal(await tenant(folder, 'list'), lines.join('\n'))
  const shown = await tenant(folder, 'show', 'acme')
  assert.match(shown, /^secrets +1$/m)
  assert.ok(!shown.includes(secret))
})

test('a tenant is disabled since the first time, and list and show say since when until it is enabled', async () => {
  using folder = aFolder()
  await tenant(folder, 'add', 'acme', '--host', 'acme.test')
  await tenant(folder, 'add', 'b', '--host', 'b.test')
  const before = await json(folder, 'show', 'acme')
  const { disabledAt, ...said } = await json(folder, 'disable', 'acme')
  assert.deepEqual(said, { id: 'acme' })
  assert.equal(new Date(disabledAt).toISOString(), disabledAt)
  assert.deepEqual(await json(folder, 'show', 'acme'), { ...before, disabledAt })
  assert.match(await tenant(folder, 'disable', 'acme'), /^disabledAt +\S+\nacme was disabled already\.$/m)
  assert.equal((await json(folder, 'show', 'acme')).disabledAt, disabledAt)
  assert.match(await tenant(folder, 'show', 'acme'), new RegExp(`^disabledAt +${disabledAt}$`, 'm'))
  const [head = '', ...rows] = (await tenant(folder, 'list')).split('\n')
  assert.match(head, / {2}disabledAt {2}/)
  assert.deepEqual(
    rows.map((row) => row.includes(disabledAt)),
    [true, false],
  )
  assert.match(
    await tenant(folder, 'enable', 'acme'),
    /^acme is enabled: open pages are back within a minute\.$/m,
  )
  assert.match(await tenant(folder, 'enable', 'acme'), /^acme was not disabled\.$/m)
  assert.deepEqual(await json(folder, 'show', 'acme'), before)
})

test('one site alone cannot be disabled, and is told what helps', async () => {
  using folder = aFolder()
  await chatterCommand(folder.path, 'migrate')
  for (const turn of ['disable', 'enable'])
    await assert.rejects(
      tenant(folder, turn, 'default'),
      /there is one site alone.*chatter tenant add default/,
    )
  await assert.rejects(tenant(folder, 'disable', 'other'), /no tenant "other"/)
})

test('settings are set one by one, shown with the others, and take their defaults again', async () => {
  using folder = aFolder()
  await tenant(folder, 'add', 'acme', '--host', 'acme.test')
  const set = await json(folder, 'set', 'acme', 'features.typing=off', 'limits.textChars=500')
  const stored = { 'features.typing': false, 'limits.textChars': 500 }
  assert.deepEqual(set.settings, settingsFrom(stored))
  const more = await json(folder, 'set', 'acme', 'directory=shared')
  assert.deepEqual(more.settings, settingsFrom({ ...stored, directory: 'shared' }))
  assert.deepEqual(await json(folder, 'show', 'acme'), more)
  const shown = await tenant(folder, 'show', 'acme')
  for (const line of [
    'features.typing +off',
    'limits.textChars +500',
    'limits.members +10000',
    'directory +shared',
  ])
    assert.match(shown, new RegExp(`^${line}$`, 'm'))
  assert.match(await tenant(folder, 'list'), / features.typing=off limits.textChars=500 directory=shared$/)
  const unset = await json(folder, 'unset', 'acme', 'features.typing', 'directory')
  assert.deepEqual(unset.settings, settingsFrom({ 'limits.textChars': 500 }))
})

test('a setting that there is not and a value that it cannot have are a line each, and nothing changes', async () => {
  using folder = aFolder()
  await tenant(folder, 'add', 'acme', '--host', 'acme.test')
  const words = [
    'colour=red',
    'features.typing=maybe',
    'limits.textChars=9000',
    'limits.members=',
    'directory',
  ]
  const names = allSettings.map(({ name }) => name).join(', ')
  assert.deepEqual(await faultsOf(folder, 'set', 'acme', 'directory=none', ...words), [
    `no setting "colour": expected one of ${names}`,
    'features.typing: expected on or off, got "maybe"',
    'limits.textChars: expected a whole number from 1 to 8000, got "9000"',
    'limits.members: expected a whole number from 2 to 10000, got ""',
    'expected KEY=VALUE, got "directory"',
  ])
  assert.deepEqual(await faultsOf(folder, 'unset', 'acme', 'directory', '__proto__', 'features'), [
    `no setting "__proto__": expected one of ${names}`,
    `no setting "features": expected one of ${names}`,
  ])
  assert.deepEqual((await json(folder, 'show', 'acme')).settings, settingsFrom({}))
})

test('wrong usage is a line for each fault, and changes nothing', async () => {
  using folder = aFolder()
  const bad = ['--host', 'a.test:80', '--host', 'b/c', '--origin', 'a.test', '--directory', 'some']
  assert.deepEqual(await faultsOf(folder, 'add', 'Acme Inc', ...bad), [
    'ID: expected lower-case letters, digits and hyphens, got "Acme Inc"',
    '--host: expected a hostname without port, got "a.test:80"',
    '--host: expected a hostname without port, got "b/c"',
    '--origin: expected an origin like https://www.example.com, got "a.test"',
    '--directory: expected all, shared or none, got "some"',
  ])
  const none = ['--host: expected at least one hostname']
  assert.deepEqual(await faultsOf(folder, 'add', 'acme'), none)
  await tenant(folder, 'add', 'acme', '--host', 'acme.test')
  const nothing = ['tenant change: expected --host, --origin or --directory']
  assert.deepEqual(await faultsOf(folder, 'change', 'acme'), nothing)
  const [sure = ''] = await faultsOf(folder, 'remove', 'acme')
  assert.match(sure, /^--yes: expected, to remove acme with all/)
  assert.equal((await json(folder, 'list')).length, 1)
})

test('what cannot be done is one line', async () => {
  using folder = aFolder()
  await tenant(folder, 'add', 'acme', '--host', 'acme.test')
  const failures = [
    [['add', 'acme', '--host', 'new.test'], 'there is a tenant acme'],
    [['add', 'b', '--host', 'acme.test'], 'acme.test belongs to tenant acme'],
    [['show', 'b'], 'no tenant "b"'],
    [['show', 'acne'], 'no tenant "acne", did you mean acme?'],
    [['set', 'acmee', 'directory=all'], 'no tenant "acmee", did you mean acme?'],
    [['remove', 'amce', '--yes'], 'no tenant "amce", did you mean acme?'],
    [['change', 'b', '--host', 'b.test'], 'no tenant "b"'],
    [['rotate-secret', 'b'], 'no tenant "b"'],
    [['set', 'b', 'directory=all'], 'no tenant "b"'],
    [['unset', 'b', 'directory'], 'no tenant "b"'],
    [['remove', 'b', '--yes'], 'no tenant "b"'],
    [
      ['set', 'default', 'guests=on'],
      'no tenant "default": CHATTER_SECRET, CHATTER_ORIGINS and CHATTER_SETTINGS of the server are its own',
    ],
  ] as const
  for (const [args, message] of failures) {
    await assert.rejects(
      tenant(folder, ...args),
      (error) => error instanceof Problem && error.message === message,
    )
  }
})
