import assert from 'node:assert/strict'
import { test } from 'node:test'
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

test('every column that holds JSON counts by its length', () => {
  const bare = { text: '', system: null, quote: null }
  for (const name of jsonColumns)
    assert.equal(messageBytes({ ...bare, [name]: 'x'.repeat(100) }) - messageBytes(bare), 300, name)
  assert.ok(jsonColumns.length > 0)
})
