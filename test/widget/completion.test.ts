import assert from 'node:assert/strict'
import { test } from 'node:test'
import { triggerBefore } from '../../widget/elements/completion/trigger.ts'

/** What is begun at the end of a text: its sign and what follows it. */
function begun(text: string): string | undefined {
  const trigger = triggerBefore(text)
  return trigger && `${trigger.kind === 'mention' ? '@' : ':'}${trigger.query} at ${trigger.at}`
}

test('a mention begins with @ at the edge of a word, and goes on for the words of a name', () => {
  const all: readonly [text: string, expected: string | undefined][] = [
    ['@', '@ at 0'],
    ['@mi', '@mi at 0'],
    ['hi @mina o', '@mina o at 3'],
    ['(@mi', '@mi at 1'],
    ['これは@み', '@み at 3'],
    ['＠み', '@み at 0'],
    ['mina@example', undefined],
    ['@ five', undefined],
    ['@mina\nhi', undefined],
    ['@one two three four', undefined],
    [`@${'a'.repeat(60)}`, undefined],
  ]
  for (const [text, expected] of all) assert.equal(begun(text), expected, text)
})

test('an emoji begins with : and two letters at the edge of a word, and in no time or address', () => {
  const all: readonly [text: string, expected: string | undefined][] = [
    [':fo', ':fo at 0'],
    ['so :fox_fa', ':fox_fa at 3'],
    ['👍:fo', ':fo at 2'],
    ['猫:ねこ', ':ねこ at 1'],
    [':f', undefined],
    [':)', undefined],
    ['12:30', undefined],
    ['12:am', undefined],
    ['note:so', undefined],
    ['https://a.org/:fox', undefined],
    ['https://a.org:fox', undefined],
    ['std::vector', undefined],
  ]
  for (const [text, expected] of all) assert.equal(begun(text), expected, text)
})

test('nothing begins in code', () => {
  assert.equal(begun('`@mi'), undefined)
  assert.equal(begun('```\n@mi'), undefined)
  assert.equal(begun('```\nso\n```\n@mi'), '@mi at 11')
  assert.equal(begun('`so` @mi'), '@mi at 5')
})
