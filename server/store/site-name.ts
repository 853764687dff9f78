import { siteId } from '../rules/site-message.ts'
import type { Store } from './store.ts'

/** The site's own name stands among those of its users, under no id: so whoever shows a message needs no second way to a name. */
export function namingSite(store: Store, nameOf: () => string): Store {
  const findUsers: Store['findUsers'] = async (ids) => {
    const asked = new Set(ids)
    const isSite = asked.delete(siteId)
    const found = await store.findUsers(asked)
    return isSite ? { ...found, [siteId]: { id: siteId, name: nameOf() } } : found
  }
  // Not a copy: on Postgres the epoch may become another one.
  return Object.create(store, { findUsers: { value: findUsers } }) as Store
}
