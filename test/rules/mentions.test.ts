import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Problem } from '../../server/protocol/problems.ts'
import { mentionedBy, mentionsColumn, mentionsOf } from '../../server/rules/mentions.ts'
import { amended } from '../../server/rules/messages.ts'
import { firstRow } from '../../server/rules/rows.ts'

const place = fc.tuple(fc.nat(12), fc.nat(4)).map(([at, length]) => ({ at, length }))
const anyMentions = fc.record(
  {
    mentions: fc.array(
      place.map((one) => ({ userId: 'sam', ...one })),
      { maxLength: 4 },
    ),
    mentionsRoom: place,
  },
  { requiredKeys: [] },
)

test('places are taken that cut the text into whole pieces, and no others', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '🔭', 'é'), maxLength: 10 })
  fc.assert(
    fc.property(text, anyMentions, (text, given) => {
      const places = [...(given.mentions ?? []), ...(given.mentionsRoom ? [given.mentionsRoom] : [])]
      const units = places.flatMap(({ at, length }) => Array.from({ length }, (_, n) => at + n))
      const isWhole = places.every(({ at, length }) => text.slice(at, at + length).isWellFormed())
      const isInside = places.every(({ at, length }) => length > 0 && at + length <= text.length)
      const isGood = isWhole && isInside && new Set(units).size === units.length
      if (!isGood) return assert.throws(() => mentionsOf(given, text), Problem)
      const { mentions = [], mentionsRoom } = mentionsOf(given, text)
      assert.deepEqual(mentionsRoom, given.mentionsRoom)
      assert.deepEqual(mentions, given.mentions?.toSorted((a, b) => a.at - b.at) ?? [])
    }),
    { numRuns: 2_000 },
  )
})

test('a tombstone keeps nobody whom it mentioned, and its author has no row', () => {
  const mentions = mentionsColumn({ mentions: [{ userId: 'sam', at: 0, length: 1 }] })
  const draft = { room: 'r', id: 'm', author: 'mina', text: 'x', mentions }
  const row = firstRow(draft, { seq: 1, created_at: 0 })
  assert.deepEqual(mentionedBy(row), ['sam'])
  assert.deepEqual(mentionedBy({ ...row, author: 'sam' }), [])
  const change = { kind: 'delete', room: 'r', id: 'm', by: 'mina' } as const
  assert.equal(amended(row, change, { now: 0, pinner: undefined }).mentions, null)
})
