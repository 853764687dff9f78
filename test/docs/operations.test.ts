import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCommandLine } from '../../server/cli/arguments.ts'
import { commands } from '../../server/cli/commands.ts'
import { settings } from '../../server/config.ts'
import { blocksOf, read } from '../support/markdown.ts'

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

test('every command of the page is one that there is', () => {
  const lines = blocksOf(page).flatMap(({ text }) => text.split('\n'))
  const asked = lines.filter((line) => line.startsWith('chatter '))
  assert.ok(asked.length > 5)
  for (const line of asked) {
    const args = line.split(/ +/).slice(1)
    assert.ok('run' in readCommandLine(args, commands, {}), line)
  }
})
