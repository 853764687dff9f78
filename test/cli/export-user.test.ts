/** What somebody is given who asks what is kept of them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Site } from '../contract/store/a-world.ts'
import { aFolder } from '../support/a-folder.ts'
import { chatterCommand } from '../support/chatter-command.ts'

test('an export has what is kept of the user and what they wrote, also where they left, and nothing that others wrote', async () => {
  using folder = aFolder()
  const stores = folder.open()
  const later = { amendAsBefore: async () => {}, addUsers: async () => {} }
  const site = new Site({ stores, later, close: async () => {} }, 'default')
  const shown = { timeZone: 'Europe/Madrid', data: { plan: 'pro' } }
  await site.users('mina', 'sam')
  await site.store.saveUser({ id: 'mina', name: 'Mina', ...shown })
  await site.store.setPresence('mina', { show: 'off' })
  const [direct, group] = [await site.room('mina', 'sam'), await site.group('Team', 'mina', 'sam')]
  const mine = await site.say(direct, 'mina', 'from mina')
  const theirs = await site.say(direct, 'sam', 'from sam')
  await site.store.react({ room: direct, id: theirs.id, by: 'mina', emoji: '👍', on: true })
  const left = await site.say(group, 'mina', 'before I left')
  await site.leave(group, 'mina')
  await stores.close()

  const said = await chatterCommand(folder.path, 'user', 'export', 'mina')
  const lines = said
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual(lines[0], { type: 'export', of: 'user', version: 1, tenant: 'default' })
  const of = (type: string) => lines.filter((line) => line.type === type)
  assert.deepEqual(
    of('user').map(({ id, timeZone, data, presence }) => ({ id, timeZone, data, presence })),
    [{ id: 'mina', ...shown, presence: { show: 'off', doNotDisturb: false } }],
  )
  assert.deepEqual(
    of('membership').map(({ roomId }) => roomId),
    [direct],
  )
  assert.deepEqual(
    new Set(
      of('message')
        .filter(({ kind }) => kind === 'text')
        .map(({ id }) => id),
    ),
    new Set([mine.id, left.id]),
  )
  assert.deepEqual(of('reaction'), [{ type: 'reaction', roomId: direct, messageId: theirs.id, emoji: '👍' }])
  assert.doesNotMatch(said, /from sam/)
  await assert.rejects(chatterCommand(folder.path, 'user', 'export', 'nobody'), /no user "nobody"/)
})
