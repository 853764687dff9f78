import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commands } from '../../server/cli/commands.ts'
import { settings } from '../../server/config.ts'
import { oddities } from '../../server/store/import-django/oddities.ts'
import { blocksOf, read } from '../support/markdown.ts'

const page = 'docs/from-django-chatter.md'

/** The first cells of all tables of the page. */
const rows = [...read(page).matchAll(/^\| ([^|]*?) \|/gm)].map(([, cell = '']) => cell)

test('the page on django-chatter lists what may be odd about an import, as the command says it', () => {
  for (const means of Object.values(oddities)) assert.ok(rows.includes(means), means)
})

test('it lists every flag that the import has of its own, and shows both databases', () => {
  const flags = rows.flatMap((cell) => [...cell.matchAll(/`--([a-z-]+)`/g)].map(([, flag]) => flag))
  assert.deepEqual(flags.toSorted(), Object.keys(commands['import-django']?.flags ?? {}).toSorted())
  const shown = blocksOf(page).map(({ text }) => text)
  for (const flag of ['--sqlite', '--postgres'])
    assert.ok(
      shown.some((text) => text.includes(flag)),
      flag,
    )
})

test('every setting of Chatter that it names is one that there is', () => {
  const ours = new Set(read(page).match(/\bCHATTER_(?!BASE_TEMPLATE|DEBUG)[A-Z_]+/g))
  assert.ok(ours.size > 0)
  for (const name of ours) assert.ok(name in settings, name)
})
