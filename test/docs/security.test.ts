import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..', '..')
const page = readFileSync(join(root, 'docs', 'security.md'), 'utf8')

/** What the last column names: a file, and in most lines the title of a test in it. */
const named = [...page.matchAll(/\| `(test\/[^`]+)`(?:: ([^|]+))? \|$/gm)].map(([, file = '', title]) => ({
  file,
  title: title?.trim(),
}))

test('the page about security names tests that exist, for each attack', () => {
  const lines = page.split('\n').filter((line) => line.startsWith('| ') && line.split('|').length === 5)
  const attacks = lines.filter((line) => !/^\| (tried|---) /.test(line))
  assert.equal(named.length, attacks.length)
  assert.ok(named.length >= 30)
  for (const { file, title } of named) {
    const path = join(root, file)
    assert.ok(existsSync(path), file)
    if (title === undefined) continue
    const text = readFileSync(path, 'utf8').replaceAll("\\'", "'")
    assert.ok(text.includes(title), `${file} has no test "${title}"`)
  }
})
