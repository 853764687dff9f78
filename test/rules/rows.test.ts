import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type MessageRow, messageView, systemColumn } from '../../server/rules/rows.ts'

const row: MessageRow = {
  ...{
    id: 'm',
    room: 'r',
    seq: 2,
    rev: 2,
    author: 'ana',
    kind: 'system',
    text: 'Ana added Sam',
    system: null,
  },
  ...{
    hash: '',
    created_at: 0,
    edited_at: null,
    deleted_at: null,
    reply_to: null,
    forwarded: null,
    pinned_by: null,
    pinned_at: null,
    site: null,
    mentions: null,
    reactions: null,
    quote: null,
  },
}

test('whom a system message is about stands in its column as `user`, and in its view as `userId`', () => {
  const column = systemColumn({ event: 'added', userId: 'sam' })
  assert.equal(column, '{"event":"added","user":"sam"}')
  assert.deepEqual(messageView({ ...row, system: column }).system, { event: 'added', userId: 'sam' })
  for (const system of [{ event: 'left' }, { event: 'renamed', name: 'Crew' }] as const)
    assert.deepEqual(messageView({ ...row, system: systemColumn(system) }).system, system)
})
