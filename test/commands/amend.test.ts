import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { amend } from '../../server/commands/amend.ts'
import { callerFor } from '../../server/commands/caller.ts'
import { settingsFrom } from '../../server/rules/settings.ts'
import type { MessageChange, Store } from '../../server/store/store.ts'
import { aFolder } from '../support/a-folder.ts'

test('the event of a change names the author of the message, whoever made the change', async () => {
  using folder = aFolder()
  const stores = folder.open()
  await using _closing = { [Symbol.asyncDispose]: () => stores.close() }
  const store = stores.forTenant('default')
  const mina = { id: 'mina', name: 'Mina' }
  const sam = { id: 'sam', name: 'Sam' }
  for (const user of [mina, sam]) await store.saveUser(user)
  const [room, id] = [uuidv7(), uuidv7()]
  await store.openRoom({ id: room, kind: 'direct', members: ['mina', 'sam'] })
  await store.append({ room, id, author: 'sam', text: 'helo' })
  // Every change of today is its author's. Here the store takes one of another member.
  const open: Store = { ...store, amend: (change) => store.amend({ ...change, by: 'sam' }) }
  const change: MessageChange = { kind: 'edit', room, id, by: 'mina', text: 'hello' }
  const tenant = { id: 'default', settings: settingsFrom({}) }
  const eventsOf = async (me: typeof mina, text: string) => {
    const caller = callerFor({ me, tenant, store })
    const { events } = await amend(
      caller,
      { ...change, text },
      { store: open, newId: uuidv7, isLimited: false },
    )
    return events.map(({ event }) => event.t === 'message' && event.user)
  }
  assert.deepEqual(await eventsOf(mina, 'hello'), [sam])
  assert.deepEqual(await eventsOf(sam, 'Hello'), [sam])
  assert.deepEqual(await eventsOf(mina, 'Hello'), [])
})
