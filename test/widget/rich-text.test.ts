import assert from 'node:assert/strict'
import { test } from 'node:test'
import { richText } from '../../widget/elements/timeline/rich-text.ts'

const isEmojiOnly = (text: string) => richText(text).isEmojiOnly

test('one to three emoji of any kind, and nothing else, are shown large (rule M25)', () => {
  for (const text of ['👍', ' 👍🏽 🎉\n', '👩‍👩‍👧‍👦🇩🇪🏴󠁧󠁢󠁥󠁮󠁧󠁿', '#️⃣', '*️⃣ 5️⃣', 'ℹ️', '©️', '☺️'])
    assert.equal(isEmojiOnly(text), true, text)
  for (const text of ['', ' ', '12', '#', '*', '©', 'ℹ', 'ok 👍', '👍 да', '👍👍👍👍', '🇩', '👍'.repeat(60)])
    assert.equal(isEmojiOnly(text), false, text)
})
