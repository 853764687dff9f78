import { Site } from '../contract/store/a-world.ts'
import { aFolder } from '../support/a-folder.ts'

/** A database with one tenant, and a clock that stands still unless a test moves it. */
export function aWorldOf() {
  const clock = { now: Date.UTC(2026, 0, 1) }
  const folder = aFolder()
  const stores = folder.open({ now: () => clock.now })
  const later = { amendAsBefore: async () => {}, addUsers: async () => {} }
  return {
    clock,
    stores,
    site: new Site({ stores, later, close: async () => {} }, 'acme'),
    async [Symbol.asyncDispose]() {
      await stores.close()
      folder.remove()
    },
  }
}
