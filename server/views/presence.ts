import type { Caller } from '../commands/caller.ts'
import { atMost, type PresenceSettings, type Show, usualPresence } from '../rules/presence.ts'
import type { StoreReads } from '../store/store.ts'

/** What users decided of their presence, those who ever changed it; and what their tenant allows at most. */
export type Decided = { readonly settings: ReadonlyMap<string, PresenceSettings>; readonly most: Show }

/** Who sees whether the user is here, after all. */
export function shownBy(user: string, { settings, most }: Decided): Show {
  return atMost((settings.get(user) ?? usualPresence).show, most)
}

/**
 * Which of these people see whether the user is here, and are seen by the user: it is the same both ways. They share a
 * small room; whether they do is not asked here.
 */
export async function filterShown(
  store: Pick<StoreReads, 'filterContacts'>,
  decided: Decided,
  user: string,
  others: readonly string[],
): Promise<ReadonlySet<string>> {
  const own = shownBy(user, decided)
  if (own === 'off') return new Set()
  const isForAll = (other: string) => own === 'everybody' && shownBy(other, decided) === 'everybody'
  const near = others.filter((other) => !isForAll(other) && shownBy(other, decided) !== 'off')
  const contacts = near.length === 0 ? undefined : await store.filterContacts(user, near)
  return new Set(others.filter((other) => isForAll(other) || contacts?.has(other)))
}

/** When these people of a small room of the caller's were last here, as far as they show it to the caller. */
export async function lastSeenFor(
  { me, store, tenant }: Caller,
  ids: readonly string[],
): Promise<Record<string, string>> {
  const { presence: most } = tenant.settings
  if (most === 'off') return {}
  const settings = await store.readPresence([me.id, ...ids])
  const others = ids.filter((id) => id !== me.id)
  const shown = await filterShown(store, { settings, most }, me.id, others)
  return store.readLastSeen(ids.filter((id) => id === me.id || shown.has(id)))
}
