/** Text is collected in memory and told to the database by slices. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import type { Stores } from '../../server/store/store.ts'
import { limitText } from '../../server/store/text-usage.ts'
import { problem, Site } from '../contract/store/a-world.ts'
import { aFolder } from '../support/a-folder.ts'

const noon = Date.UTC(2026, 0, 1, 12)
const mostTextBytes = 100_000
const slice = mostTextBytes / 50
const later = { mute: async () => {}, amendAsBefore: async () => {}, addUsers: async () => {} }
const siteOn = (stores: Stores) => new Site({ stores, later, close: async () => {} }, 'site')
const draftOf = (room: string, bytes: number) => ({
  ...{ room, id: uuidv7(), author: 'mina', text: 'x'.repeat(bytes) },
  mostTextBytes,
})

/** What the user may still write, in messages of a slice. */
async function writeOn({ store }: Site, room: string): Promise<number> {
  for (let written = 0; ; written += slice) {
    try {
      await store.append(draftOf(room, slice))
    } catch (error) {
      problem('rate_limited')(error)
      return written
    }
  }
}

test('what was written before a restart counts after it, to a slice', async () => {
  using folder = aFolder()
  const before = folder.open({ now: () => noon })
  const site = siteOn(before)
  const room = await site.room('mina', 'sam')
  assert.equal(await writeOn(site, room), mostTextBytes)
  await before.close()
  const after = folder.open({ now: () => noon })
  // The database answers behind the message.
  assert.ok((await writeOn(siteOn(after), room)) <= 3 * slice)
  await after.close()
})

test('of what comes at once only so much is written as fits', async () => {
  using folder = aFolder()
  const stores = folder.open({ now: () => noon })
  const site = siteOn(stores)
  const room = await site.room('mina', 'sam')
  const drafts = Array.from({ length: 60 }, () => draftOf(room, slice))
  const outcomes = await Promise.allSettled(drafts.map((draft) => site.store.append(draft)))
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
  for (const { reason } of refused) problem('rate_limited')(reason)
  assert.equal(refused.length, 10)
  // What failed for another reason counts as nothing.
  const stranger = { ...draftOf(room, slice), author: 'stranger' }
  for (let n = 0; n < 60; n++) await assert.rejects(site.store.append(stranger), problem('not_found'))
  await stores.close()
})

test('the database is told by slices, of one user after the other, and again where it did not take it', async () => {
  using folder = aFolder()
  const stores = folder.open({ now: () => noon })
  const site = siteOn(stores)
  const room = await site.room('mina', 'sam')
  const told: [user: string, bytes: number][] = []
  const answers = [Promise.reject(new Error('away')), Promise.resolve(3_000), Promise.resolve(mostTextBytes)]
  for (const answer of answers) answer.catch(() => {})
  const limited = limitText(
    site.store,
    (user, bytes) => {
      told.push([user, bytes])
      return answers[told.length - 1] ?? assert.fail('told too often')
    },
    () => noon,
  )
  for (let n = 0; n < 3; n++) await limited.append(draftOf(room, slice / 2))
  assert.deepEqual(told, [
    ['mina', slice],
    ['mina', slice * 1.5],
  ])
  await limited.append({ ...draftOf(room, slice / 2), author: 'sam' })
  await limited.append(draftOf(room, slice))
  // As others wrote it all meanwhile.
  await assert.rejects(limited.append(draftOf(room, 1)), problem('rate_limited'))
  assert.deepEqual(told.slice(2), [['mina', slice]])
  await stores.close()
})
