import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { limits } from '../../../server/protocol/limits.ts'
import { isVisible, isWellFormed, trimmed } from '../../../server/protocol/visible.ts'
import { textsOf, timeOf, typed, uuidOf } from '../../../server/store/import-django/values.ts'

describe('what a value of Django’s is here:', () => {
  it('a UUID stays, however it is written', () => {
    const uuid = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff'
    for (const id of [uuid, uuid.toUpperCase(), uuid.replaceAll('-', '')]) {
      assert.equal(uuidOf('acme', 'room', id), uuid)
    }
  })

  it('any other id becomes one UUID of version 5, and each tenant and table has its own', () => {
    const ids = [
      uuidOf('acme', 'room', '1'),
      uuidOf('acme', 'message', '1'),
      uuidOf('other', 'room', '1'),
      uuidOf('acme', 'room', 'vytxeTZskVKR7C7WgdSP3d'),
    ]
    for (const id of ids) assert.match(id, /^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
    assert.equal(new Set(ids).size, ids.length)
    // A later version must make the same: else what was imported before would come once more.
    assert.equal(ids[0], 'd8eb8c8f-e612-5e84-ab2e-160f39704a26')
  })

  it('a time is UTC, and loses what a millisecond does not hold', () => {
    const at = Date.UTC(2019, 4, 25, 3, 8, 0, 123)
    for (const text of [
      '2019-05-25 03:08:00.123999',
      '2019-05-25T03:08:00.123Z',
      '2019-05-25 05:08:00.123456+02:00',
    ]) {
      assert.equal(timeOf(text), at, text)
    }
    assert.equal(timeOf('2019-05-25 03:08:00'), at - 123)
    assert.equal(timeOf('2019-05-25 03:08:00.5'), at - 123 + 500)
    for (const none of [null, 7, '', 'yesterday', '2019-13-01 00:00:00', '1969-12-31 23:59:59']) {
      assert.equal(timeOf(none), undefined, String(none))
    }
  })

  it('what bleach escaped is as it was typed, once', () => {
    assert.equal(
      typed('&lt;script&gt; &amp;lt; &amp;amp; &quot;&#x27;&#39;&apos;'),
      `<script> &lt; &amp; "'''`,
    )
    assert.equal(
      typed('<b>stays</b> &nbsp; &copy; & &unknown; &LT;'),
      '<b>stays</b> &nbsp; &copy; & &unknown; &LT;',
    )
  })

  it('a text that the limit takes is one message, and one without anything to read is none', () => {
    assert.deepEqual(textsOf(' a \n'), ['a'])
    assert.deepEqual(textsOf('x'.repeat(limits.textChars)), ['x'.repeat(limits.textChars)])
    for (const none of ['', ' \n', '\u200b', '\0', ' '.repeat(20_000)]) assert.deepEqual(textsOf(none), [])
  })

  it('a longer one is cut between words where one ends near, else between characters as a reader sees them', () => {
    const word = 'word '.repeat(3_000)
    const parts = textsOf(word)
    assert.ok(parts.length === 2 && parts.every((part) => /^(word ?)+$/.test(part)))
    for (const one of ['👩‍👩‍👧‍👦', '🇩🇪', 'e\u0301', '한', '👍🏽', '𝒳']) {
      for (const shift of [0, 1, 2, 3]) {
        const texts = textsOf('x'.repeat(shift) + one.repeat(9_000))
        assert.equal(texts.join(''), 'x'.repeat(shift) + one.repeat(9_000))
        for (const text of texts.slice(1)) assert.ok(text.startsWith(one), `${one} after ${shift}`)
      }
    }
  })

  it('of any text each part is one that may be sent, and nothing that can be read is lost', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.constantFrom(' ', '\n', '\ud83d', '\0', `e${'\u0301'.repeat(300)}`, '&amp;'),
    )
    const long = fc.tuple(fc.array(piece, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 600 }))
    fc.assert(
      fc.property(long, ([pieces, times]) => {
        const text = pieces.join('').repeat(times).slice(0, 40_000)
        const texts = textsOf(text)
        for (const one of texts) {
          assert.ok(
            one.length <= limits.textChars && isVisible(one) && isWellFormed(one) && one === trimmed(one),
          )
        }
        assert.equal(texts.length > 0, isVisible(typed(text).toWellFormed()))
        const letters = (all: string) => all.match(/\p{L}/gu)?.join('')
        assert.equal(letters(texts.join('')), letters(typed(text).toWellFormed()))
      }),
      { numRuns: 60 },
    )
  })
})
