import assert from 'node:assert/strict'
import { test } from 'node:test'
import { read, textsOf } from '../support/markdown.ts'

type Names = readonly { readonly name: string }[]

const { attributes, slots, cssParts, cssProperties, cssStates } = JSON.parse(read('custom-elements.json'))
  .modules[0].declarations[0]
const namesOf = (some: Names) => new Set(some.map(({ name }) => name))

function unknown(text: string, pattern: RegExp, known: Names): string[] {
  const names = [...text.matchAll(pattern)].flatMap(([, one = '']) => one.split(/\s+/))
  return names.filter((name) => !namesOf(known).has(name))
}

for (const page of ['README.md', 'docs/embedding.md', 'docs/theming.md']) {
  test(`style sheets in ${page} use only tokens, parts and states that are documented`, () => {
    const css = textsOf(page, 'css').join('\n')
    assert.match(css, /chatter-widget/)
    assert.deepEqual(unknown(css, /(--[\w-]+)/g, cssProperties), [])
    assert.deepEqual(unknown(css, /::part\(([^)]*)\)/g, cssParts), [])
    assert.deepEqual(unknown(css, /:state\(([^)]*)\)/g, cssStates), [])
  })

  test(`HTML in ${page} uses only attributes and slots that are documented`, () => {
    const html = textsOf(page, 'html').join('\n')
    const tags = [...html.matchAll(/<chatter-widget([^>]*)>/g)].map(([, inside = '']) => inside).join(' ')
    assert.match(html, /<chatter-widget/)
    assert.deepEqual(unknown(tags.replace(/"[^"]*"/g, ''), /([\w-]+)/g, attributes), [])
    assert.deepEqual(unknown(html, /slot="([^"]*)"/g, slots), [])
  })
}
