import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { anchorsOf, read, root } from '../support/markdown.ts'

const source = readFileSync(join(root, 'widget/diagnosis.ts'), 'utf8')
const panel = readFileSync(join(root, 'widget/elements/panel/set-up.ts'), 'utf8')

test('what the console says of a wrong set-up leads to sections that exist', () => {
  const files = {
    embedding: 'docs/embedding.md',
    operations: 'docs/operations.md',
    reference: 'docs/reference.md',
  }
  const sections = [...source.matchAll(/\$\{(embedding|operations|reference)\}#([\w-]+)/g)]
  assert.ok(sections.length > 6)
  for (const [, file, anchor = ''] of sections)
    assert.ok(anchorsOf(files[file as keyof typeof files]).includes(anchor), `${file}#${anchor}`)
})

test('the diagnosis, and the panel before it, know each attribute and its words', () => {
  const { modules } = JSON.parse(read('custom-elements.json'))
  const declared = modules
    .flatMap((module: { declarations: object[] }) => module.declarations)
    .find((declaration: { tagName?: string }) => declaration.tagName === 'chatter-widget')
  const pattern = panel.match(/^const known =\s*\/(.*)\/s$/m)?.[1] ?? assert.fail('found')
  const known = new RegExp(pattern, 's')
  for (const { name, type } of declared.attributes) {
    const words = [...(type?.text ?? '').matchAll(/"([^"]+)"/g)].map(([, word]) => word)
    const entry = source.match(new RegExp(`^  '?${name}'?: (.*),$`, 'm'))?.[1] ?? assert.fail(name)
    for (const word of words) {
      assert.ok(entry.includes(`'${word}'`), `${name}=${word}`)
      assert.ok(known.test(`${name}=${word}`), `${name}=${word}`)
    }
    assert.equal(known.test(`${name}=nonsense`), words.length === 0 || name === 'dir', name)
  }
})
