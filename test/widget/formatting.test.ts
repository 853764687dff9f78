import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatted } from '../../widget/elements/timeline/formatting.ts'
import type { Inline } from '../../widget/elements/timeline/inline-formatting.ts'
import { plainText } from '../../widget/elements/timeline/rich-text.ts'

/** As HTML would have it. */
function shown(text: string): string {
  const line = (inlines: readonly Inline[]) =>
    inlines
      .map(({ text, href, marks }) => {
        const link = href === undefined ? text : `<a>${text}</a>`
        return marks.reduceRight((inner, mark) => `<${mark}>${inner}</${mark}>`, link)
      })
      .join('')
  return formatted(text)
    .blocks.map((block) => {
      if (block.kind === 'code') return `<pre>${block.text}</pre>`
      if (block.kind === 'text') return line(block.inlines)
      if (block.kind === 'quote') return `<q>${line(block.inlines)}</q>`
      const items = block.items.map(({ value, inlines }) => `<li${value ?? ''}>${line(inlines)}</li>`)
      return `<ul>${items.join('')}</ul>`
    })
    .join('|')
}

const lines: readonly [text: string, expected: string][] = [
  ['', ''],
  ['**bold** and *italic*, _italic_', '<strong>bold</strong> and <em>italic</em>, <em>italic</em>'],
  ['~~struck~~ (`code`)', '<s>struck</s> (<code>code</code>)'],
  ['***both***', '<strong><em>both</em></strong>'],
  ['**a _b_ c**', '<strong>a </strong><strong><em>b</em></strong><strong> c</strong>'],
  ['**see https://a.org/x**', '<strong>see </strong><strong><a>https://a.org/x</a></strong>'],
  ['“**bold**”, **bold**.', '“<strong>bold</strong>”, <strong>bold</strong>.'],
  ['これは**太字**です', 'これは<strong>太字</strong>です'],
  ['**عريض** نص', '<strong>عريض</strong> نص'],
  ['**bold**👍 👍*it*', '<strong>bold</strong>👍 👍<em>it</em>'],
  ['`**no** https://a.org`', '<code>**no** https://a.org</code>'],
]

test('shows bold, italic, struck and code without their marks', () => {
  for (const [text, expected] of lines) assert.equal(shown(text), expected, text)
})

test('shows as it was typed what would be seen as nothing', () => {
  for (const blank of ['\u200b', '\u3164', '\u2800', '\u2060 \u200b'])
    for (const text of [
      ...[`*${blank}*`, `_${blank}_`, `**${blank}**`, `~~${blank}~~`, `\`${blank}\``],
      ...[`\`\`\`${blank}\`\`\``, `\`\`\`\n${blank}\n\`\`\``, `> ${blank}`, `- ${blank}`, `**_${blank}_`],
    ])
      assert.equal(shown(text), text, JSON.stringify(text))
  assert.equal(shown('*\u2764\ufe0f*'), '<em>\u2764\ufe0f</em>')
  assert.equal(shown('*\u200ba*'), '<em>\u200ba</em>')
})

test('shows as it was typed what is no formatting', () => {
  for (const text of [
    'snake_case and other_case, __init__',
    '2*3*4 and 2 * 3 * 4, 2**3',
    '*.ts and *.js',
    '**not closed, *nor this',
    '** spaces ** and * spaces *',
    '****, ~~~~, ____, ``, ` `, ** **',
    '~no~ ~~~no~~~',
    '^_^ and >_<, >_< and -_-, T_T, ¯\\_(ツ)_/¯',
    'it`s and that`s, `a`b',
    'a ```b``` c',
    '```\nnot closed',
    '```\n```',
    '-5 degrees',
    '-',
    '>',
    '1.5 and 2.',
    'a > b',
    '\\o/ #tag',
    'a\n\n b',
  ])
    assert.equal(shown(text), text, text)
})

test('marks do not reach over the end of a line', () => {
  assert.equal(shown('*a\nb*'), '*a\nb*')
  assert.equal(shown('`a\nb`'), '`a\nb`')
})

test('what opens within something that closes has no other half after it', () => {
  assert.equal(shown('**a *b** c*'), '<strong>a *b</strong> c*')
})

test('finds code, quotes and lists by line, with the text between them', () => {
  assert.equal(shown('```\na\n  **b**\n```'), '<pre>a\n  **b**</pre>')
  assert.equal(shown('```js\na\n```'), '<pre>a</pre>')
  assert.equal(shown('```one line```'), '<pre>one line</pre>')
  assert.equal(
    shown('so:\n\n```\na\n```\nand\n\n> q *1*\n>q 2\n\nend'),
    'so:|<pre>a</pre>|and|<q>q <em>1</em>\nq 2</q>|end',
  )
  assert.equal(shown('- a\n* **b**\n• c'), '<ul><li>a</li><li><strong>b</strong></li><li>c</li></ul>')
  assert.equal(shown('2. a\n4. b\n- c'), '<ul><li2>a</li><li4>b</li></ul>|<ul><li>c</li></ul>')
  assert.equal(shown('25. November'), '<ul><li25>November</li></ul>')
  assert.equal(shown('- a\n\n- b'), '<ul><li>a</li></ul>|<ul><li>b</li></ul>')
})

test('previews have the text without formatting, in one line for each block', () => {
  assert.equal(plainText('**a** `b`\n> c\n- d\n- e\n```\nf\n```'), 'a b c d e f')
  assert.equal(plainText('just text'), 'just text')
})

const pieces = fc.constantFrom(
  ...[
    '*',
    '**',
    '***',
    '_',
    '~~',
    '`',
    '```',
    '\n',
    ' ',
    '> ',
    '- ',
    '1. ',
    'a',
    'b c',
    '.',
    '(',
    ')',
    '太',
    '👍',
  ],
  ...['https://a.org/', 'me@a.org'],
)
const texts = fc.array(pieces, { maxLength: 60 }).map((all) => all.join(''))

test('nothing is shown that was not typed, and only marks and blanks are left out', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const all = formatted(text).blocks.map((block) => {
        if (block.kind === 'code') return block.text
        const parts = block.kind === 'list' ? block.items : [block]
        return parts.map(({ inlines }) => inlines.map(({ text }) => text).join('')).join('\n')
      })
      let at = 0
      let left = ''
      for (const char of all.join('\n')) {
        const next = text.indexOf(char, at)
        assert.ok(next >= at, `${JSON.stringify(text)}: ${JSON.stringify(char)} out of place`)
        left += text.slice(at, next)
        at = next + char.length
      }
      assert.match(left + text.slice(at), /^[*_~`>\-1.\s]*$/)
    }),
    { numRuns: 2_000 },
  )
})

test('no text is looked at more than 16 times its length', () => {
  const hostile = [
    '*a ',
    '**a',
    '_a ',
    '`a ',
    '` `a',
    '```\n',
    '```a\n',
    '> ',
    '- a\n',
    '*_~~`',
    '`a`a',
    '~~a ~~',
  ]
  for (const one of hostile) {
    const text = one.repeat(8_000 / one.length)
    assert.ok(formatted(text).visited <= 16 * text.length, one)
  }
  fc.assert(fc.property(texts, (text) => formatted(text).visited <= 16 * text.length))
})
