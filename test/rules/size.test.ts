import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mentionsColumn } from '../../server/rules/mentions.ts'
import { withReaction } from '../../server/rules/reactions.ts'
import { firstRow, jsonColumns, messageView, systemColumn } from '../../server/rules/rows.ts'
import { messageBytes } from '../../server/rules/size.ts'

const id = '01890000-0000-7000-8000-000000000000'
const bytesOf = (value: object) => Buffer.byteLength(JSON.stringify(value))

test('a message counts for at least the bytes of its view, whatever it holds', () => {
  const names = ['', 'Crew', '\u0001'.repeat(60), '語'.repeat(60), '🔭'.repeat(30)]
  for (const text of ['a', '"'.repeat(99), '\u0001'.repeat(99), '語'.repeat(8_000), '🔭'.repeat(4_000)])
    for (const name of names) {
      const system = systemColumn({ event: 'renamed', userId: '語'.repeat(42), name })
      const draft = { room: id, id, author: '語'.repeat(42), text, kind: 'system', system } as const
      const row = firstRow(draft, { seq: 2 ** 31, created_at: 0 })
      const view = bytesOf(messageView({ ...row, edited_at: 0, deleted_at: 0 }))
      assert.ok(messageBytes(row) >= view, `${messageBytes(row)} for ${view}`)
    }
})

test('a message counts for at least the bytes of its reactions, whoever reacted', () => {
  const ids = ['u', '語'.repeat(42), '"'.repeat(128), 'a'.repeat(128)]
  for (const id of ids)
    for (const [emojis, users] of [
      [1, 1],
      [20, 1],
      [20, 20],
    ] as const) {
      let reactions: string | null = null
      for (let n = 0; n < emojis * users; n++)
        reactions = withReaction(reactions, `👨‍👩‍👧‍👦${n % emojis}`, { user: id, rev: 2 ** 31 })
      const row = {
        ...firstRow({ room: id, id, author: id, text: 'x' }, { seq: 2 ** 31, created_at: 0 }),
        reactions,
      }
      const me = { reactions: messageView(row).reactions?.map(({ emoji }) => emoji) ?? [] }
      const view = bytesOf({ ...messageView({ ...row, edited_at: 0 }), me })
      assert.ok(messageBytes(row) >= view, `${messageBytes(row)} for ${view}`)
    }
})

test('a message counts for at least the bytes of its mentions, whoever is mentioned', () => {
  for (const userId of ['u', '語'.repeat(42), '"'.repeat(128), 'a'.repeat(128)])
    for (const count of [1, 50]) {
      const mentions = mentionsColumn({
        mentions: Array.from({ length: count }, (_, at) => ({ userId, at, length: 1 })),
        mentionsRoom: { at: 7_999, length: 1 },
      })
      const draft = { room: id, id, author: userId, text: 'x', mentions }
      const row = firstRow(draft, { seq: 2 ** 31, created_at: 0 })
      assert.ok(messageBytes(row) >= bytesOf(messageView(row)))
    }
})

test('every column that holds JSON counts by its length', () => {
  const bare = { text: '', system: null, site: null, mentions: null, reactions: null, quote: null }
  for (const name of jsonColumns)
    assert.equal(messageBytes({ ...bare, [name]: 'x'.repeat(100) }) - messageBytes(bare), 300, name)
  assert.ok(jsonColumns.length > 0)
})
