import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearest } from '../../server/rules/did-you-mean.ts'

test('a misspelt name finds the one that is meant, and a strange one none', () => {
  const known = ['keepDays', 'limits.textChars', 'features.typing', 'guests', 'name']
  for (const [given, meant] of [
    ['keepDay', 'keepDays'],
    ['keep-days', 'keepDays'],
    ['KEEPDAYS', 'keepDays'],
    ['textChars', 'limits.textChars'],
    ['limit.textChars', 'limits.textChars'],
    ['typing', 'features.typing'],
    ['guest', 'guests'],
    ['colour', undefined],
    ['n', undefined],
    ['', undefined],
    ['__proto__', undefined],
  ] as const)
    assert.equal(nearest(given, known), meant, given)
})
