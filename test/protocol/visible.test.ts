import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { commands } from '../../server/protocol/commands.ts'
import { parse } from '../../server/protocol/parse.ts'
import { isVisible, trimmed } from '../../server/protocol/visible.ts'

for (const [what, text] of [
  ['what `trim` takes', ' \t\r\n\u00a0\u2003\u2028\u3000\ufeff'],
  ['NEL', '\u0085'],
  ['zero-width spaces, word joiners and soft hyphens', '\u200b\u2060\u00ad'],
  ['the blanks of Braille and Hangul', '\u2800\u3164\uffa0'],
] as const) {
  test(`a text loses ${what} at its ends, and keeps it within`, () => {
    for (const blank of text) {
      assert.equal(trimmed(`${blank}a${blank}b${blank} ${blank}`), `a${blank}b`)
      assert.equal(trimmed(blank.repeat(3)), '')
    }
  })
}

for (const joiner of ['\u200c', '\u200d', '\u200e', '\u200f', '\ufe0f']) {
  const name = `U+${joiner.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}`
  test(`a text loses ${name} where it joins nothing, with the blanks around`, () => {
    assert.equal(trimmed(` ${joiner} ${joiner} a ${joiner} \u0085${joiner}`), 'a')
    assert.equal(trimmed(`${joiner} a b ${joiner}`), 'a b')
  })
}

for (const text of [
  '👨‍👩‍👧‍👦',
  '❤️',
  '☺︎',
  '🏴󠁧󠁢󠁥󠁮󠁧󠁿',
  '🇩🇪',
  '👍🏽',
  '1️⃣',
  '🏳️‍🌈',
  // As it may be left by who deletes half of an emoji, or writes the Persian abbreviation of a year.
  '👨‍',
  'ه‍',
  'می‌خواهم',
  'שלום!\u200f',
  '\u200fשלום',
]) {
  test(`${JSON.stringify(text)} stays as it is`, () => {
    assert.equal(trimmed(text), text)
    assert.equal(trimmed(` \u200b${text}\u0085 `), text)
  })
}

test('trimmed twice is trimmed once, and nothing that can be read is lost', () => {
  const unit = fc.constantFrom(' ', '\u0085', '\u200b', '\u200c', '\u200d', '\ufe0f', '❤', '👨', 'a', 'ه')
  fc.assert(
    fc.property(fc.string({ unit }), (text) => {
      const once = trimmed(text)
      assert.equal(trimmed(once), once)
      assert.ok(text.includes(once))
      const seen = (all: string) => [...all].filter(isVisible)
      assert.deepEqual(seen(once), seen(text))
      assert.doesNotMatch(once, /^[ \u0085\u200b]|[ \u0085\u200b]$/)
    }),
  )
})

test('the server takes messages and names like that', () => {
  const around = (text: string) => `\u0085 \u200d ${text} \u200b\u0085`
  const roomId = '0190a6f0-0000-7000-8000-000000000001'
  const { text } = parse(commands.send.input, { roomId, messageId: roomId, text: around('👨‍👩‍👧') })
  assert.equal(text, '👨‍👩‍👧')
  assert.equal(parse(commands.send.input, { roomId, messageId: roomId, text: '\u0085a' }).text, 'a')
})
