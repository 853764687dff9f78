import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readCommandLine } from '../../server/cli/arguments.ts'
import { commands } from '../../server/cli/commands.ts'
import { settings } from '../../server/config.ts'
import { aChatterFolder } from '../support/chatter-process.ts'
import { blocksOf, read, textWith } from '../support/markdown.ts'
import { secret } from '../support/server.ts'

const page = 'docs/operations.md'

test('the table of settings names each of them, with its flag', () => {
  const rows = read(page)
    .split('\n')
    .filter((line) => /^\| `[A-Z_]+`/.test(line))
    .map((line) => line.split(' | '))
  const listed = rows.flatMap(([names = '', flags = '']) => {
    const ofRow = [...flags.matchAll(/`--([a-z-]+)`/g)].map(([, flag]) => flag)
    return [...names.matchAll(/`([A-Z_]+)`/g)].map(([, name], at) => [name, ofRow[at]])
  })
  assert.deepEqual(Object.fromEntries(listed), settings)
})

test('every command of the pages is one that there is', () => {
  const blocks = [page, 'docs/from-django-chatter.md'].flatMap(blocksOf)
  const lines = blocks.flatMap(({ text }) => text.split('\n'))
  const asked = lines.map((line) => line.trim()).filter((line) => line.startsWith('chatter '))
  assert.ok(asked.length > 5)
  for (const line of asked) {
    // What a shell takes from a file or puts into one is no argument.
    const [command = ''] = line.split(/ [<>]/)
    const args = command.split(/ +/).slice(1)
    assert.ok('run' in readCommandLine(args, commands, {}), line)
  }
})

test('every setting in a block of the page is one that there is', () => {
  const text = blocksOf(page).map((block) => block.text)
  const named = new Set(text.join('\n').match(/\bCHATTER_[A-Z_]+/g))
  assert.ok(named.size >= 5)
  assert.deepEqual(
    [...named].filter((name) => !(name in settings)),
    [],
  )
})

test('a server starts as the unit of systemd starts it, in the folder and with the secret that systemd gives it', async () => {
  await using folder = aChatterFolder()
  const unit = textWith(page, 'ini', 'ExecStart')
  const [, environment = ''] = /^Environment=(.*)$/m.exec(unit) ?? []
  const [, credential = ''] = /^LoadCredential=(\w+):/m.exec(unit) ?? []
  const state = join(folder.path, 'chatter')
  writeFileSync(join(folder.path, credential), `${secret}\n`, { mode: 0o400 })
  const given = environment.replaceAll('%d', folder.path).replaceAll('%S', folder.path).split(' ')
  const server = await folder.serve({
    CHATTER_SECRET: '',
    ...Object.fromEntries(given.map((one) => one.split('=', 2))),
  })
  assert.equal((await fetch(`${server.url}readyz`)).status, 200)
  server.kill('SIGTERM')
  assert.equal((await server.ended).code, 0)
  assert.ok(readdirSync(state).includes('chatter.db'))
  assert.match(unit, /^StateDirectory=chatter$/m)
  assert.match(unit, /^ExecStart=\S+node \S+\/dist\/server\/cli\.js serve$/m)
})

test('whoever kills a server waits longer than its stop takes', () => {
  // As long as a stop takes at most, and as `readyz` says before that nobody is to be sent here.
  const stopS = 9
  const drainS =
    Number(/CHATTER_DRAIN_MS, value: "(\d+)"/.exec(textWith(page, 'yaml', 'kind: Deployment'))?.[1]) / 1000
  const patience = (language: string, words: string, pattern: RegExp) =>
    Number(pattern.exec(textWith(page, language, words))?.[1])
  assert.ok(patience('ini', 'ExecStart', /TimeoutStopSec=(\d+)s/) > stopS)
  assert.ok(patience('sh', 'docker run', /--stop-timeout (\d+)/) > stopS)
  assert.ok(patience('yaml', 'services:', /stop_grace_period: (\d+)s/) > stopS)
  const kubernetes = patience('yaml', 'kind: Deployment', /terminationGracePeriodSeconds: (\d+)/)
  assert.ok(kubernetes > stopS + drainS)
})
