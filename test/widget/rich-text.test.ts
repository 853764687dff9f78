import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Inline } from '../../widget/elements/timeline/inline-formatting.ts'
import { richText } from '../../widget/elements/timeline/rich-text.ts'

const isEmojiOnly = (text: string) => richText(text).isEmojiOnly

test('one to three emoji of any kind, and nothing else, are shown large (rule M25)', () => {
  for (const text of ['👍', ' 👍🏽 🎉\n', '👩‍👩‍👧‍👦🇩🇪🏴󠁧󠁢󠁥󠁮󠁧󠁿', '#️⃣', '*️⃣ 5️⃣', 'ℹ️', '©️', '☺️'])
    assert.equal(isEmojiOnly(text), true, text)
  for (const text of ['', ' ', '12', '#', '*', '©', 'ℹ', 'ok 👍', '👍 да', '👍👍👍👍', '🇩', '👍'.repeat(60)])
    assert.equal(isEmojiOnly(text), false, text)
})

const named = '@Mina'
/** What stands in a line, mentions in brackets, and what is formatted around them. */
function shown(text: string): string {
  const at = text.indexOf(named)
  const mentions = at < 0 ? [] : [{ userId: 'mina', at, length: named.length }]
  const line = (inlines: readonly Inline[]) =>
    inlines.map(({ text, marks, mention }) =>
      marks.reduceRight((inner, mark) => `<${mark}>${inner}</${mark}>`, mention ? `[${text}]` : text),
    )
  return richText(text, { mentions })
    .blocks.flatMap((block) => {
      if (block.kind === 'code') return `<pre>${block.text}</pre>`
      return block.kind === 'list' ? block.items.flatMap(({ inlines }) => line(inlines)) : line(block.inlines)
    })
    .join('')
}

test('a mention is one thing in its line, formatted as what is around it, and none in code', () => {
  const all: readonly [text: string, expected: string][] = [
    ['@Mina', '[@Mina]'],
    ['so @Mina, you', 'so [@Mina], you'],
    ['**@Mina** and', '<strong>[@Mina]</strong> and'],
    ['**see @Mina there** now', '<strong>see </strong><strong>[@Mina]</strong><strong> there</strong> now'],
    ['> @Mina\n- @Bo', '[@Mina]@Bo'],
    ['- so @Mina', 'so [@Mina]'],
    ['`@Mina` so', '<code>@Mina</code> so'],
    ['```\n@Mina\n```', '<pre>@Mina</pre>'],
    ['```@Mina\nso\n```', '<pre>so</pre>'],
    ['https://a.org/@Mina', 'https://a.org/[@Mina]'],
  ]
  for (const [text, expected] of all) assert.equal(shown(text), expected, text)
})

test('a name that looks like formatting is shown as it is', () => {
  const text = 'hi @*star* and _@a_b_'
  const mentions = [
    { userId: 'star', at: 3, length: 7 },
    { userId: 'ab', at: 16, length: 4 },
  ]
  const [block] = richText(text, { mentions }).blocks
  assert.equal(block?.kind, 'text')
  assert.deepEqual(block?.kind === 'text' && block.inlines, [
    { text: 'hi ', marks: [] },
    { text: '@*star*', marks: [], mention: { ...mentions[0], text: '@*star*' } },
    { text: ' and ', marks: [] },
    { text: '@a_b', marks: ['em'], mention: { ...mentions[1], text: '@a_b' } },
  ])
})
