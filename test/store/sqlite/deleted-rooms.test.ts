import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { Site } from '../../contract/store/a-world.ts'
import { aFolder } from '../../support/a-folder.ts'

const patienceMs = 20_000

for (const [what, noted] of [
  ['when it ended', ''],
  ['and noted as gone', ', emptied_at = 1'],
] as const)
  test(`what a server left of a deleted room ${what}, the next one deletes`, async () => {
    const folder = aFolder()
    const first = folder.open()
    const site = new Site(
      {
        stores: first,
        later: { amendAsBefore: async () => {}, addUsers: async () => {} },
        close: async () => {},
      },
      'site',
    )
    const [room, other] = [await site.group('team', 'mina', 'sam'), await site.group('other', 'mina')]
    for (const one of [room, other]) {
      const { id } = await site.say(one, 'mina')
      await site.store.react({ room: one, id, by: 'mina', emoji: '👍', on: true })
    }
    await first.close()
    const db = new Database(folder.file('chatter.db'))
    db.prepare(`UPDATE rooms SET deleted_at = 1${noted} WHERE id = ?`).run(room)
    const second = folder.open()
    const left = db
      .prepare<object, number>(
        `SELECT (SELECT count(*) FROM messages m JOIN rooms r ON r.no = m.room WHERE r.id = @room)
         + (SELECT count(*) FROM reactions WHERE room = @room) + (SELECT count(*) FROM members WHERE room = @room)`,
      )
      .pluck()
    const leftOf = (id: string) => left.get({ room: id })
    const end = performance.now() + patienceMs
    while (leftOf(room) !== 0) {
      assert.ok(performance.now() < end, 'nothing is left of a deleted room')
      await delay(5)
    }
    assert.equal(leftOf(other), 3)
    const isEmptied = () => db.prepare('SELECT cleared_at FROM rooms WHERE id = ?').pluck().get(room) !== null
    while (!isEmptied()) {
      assert.ok(performance.now() < end, 'it is noted that it is empty')
      await delay(5)
    }
    db.close()
    await second.close()
    folder.remove()
  })
