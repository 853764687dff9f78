import type { Caller } from '../commands/caller.ts'
import type { RoomKind } from '../protocol/views.ts'
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

/** What people of a small room of the caller's show them of when they were here. */
export type ShownTimes = {
  readonly lastSeen: Record<string, string>
  /** Who of them shows when they read in that room. */
  readonly readers: ReadonlySet<string>
}

/**
 * When these people of a small room of the caller's were last here, as far as they show it to the caller. When they read in
 * the room says the same, so that in a group only who shows themselves to everybody shows it.
 */
export async function shownTimes(
  { me, store, tenant }: Caller,
  kind: RoomKind,
  ids: readonly string[],
): Promise<ShownTimes> {
  const { presence: most } = tenant.settings
  const mine = ids.filter((id) => id === me.id)
  if (most === 'off') return { lastSeen: {}, readers: new Set(mine) }
  const decided = { settings: await store.readPresence([me.id, ...ids]), most }
  const others = ids.filter((id) => id !== me.id)
  const shown = await filterShown(store, decided, me.id, others)
  const isOpen = (id: string) => kind === 'direct' || shownBy(id, decided) === 'everybody'
  return {
    lastSeen: await store.readLastSeen([...mine, ...shown]),
    readers: new Set([...mine, ...[...shown].filter(isOpen)]),
  }
}

/** When somebody who shares a small room with the caller was last here. */
export async function lastSeenFor(caller: Caller, id: string): Promise<string | undefined> {
  const { lastSeen } = await shownTimes(caller, 'group', [id])
  return lastSeen[id]
}
