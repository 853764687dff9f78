import type { Draft } from '../state/draft.ts'
import type { Place } from '../state/place.ts'
import type { Pending, State } from '../state/state.ts'

/** What of the Web Storage this needs. */
export type SavedIn = Pick<Storage, 'length' | 'key' | 'getItem' | 'setItem' | 'removeItem'>

type Kept = Pick<State, 'outbox' | 'drafts'>

/**
 * What survives a reload: unsent messages and drafts of one user of one server, and where this user was in this tab. Every
 * entry has a key of its own, so that two tabs never overwrite each other's. Storage may be full, forbidden or missing: then
 * nothing survives.
 */
export class Saved {
  readonly #storage: SavedIn | undefined
  /** Of this tab alone. */
  readonly #tab: SavedIn | undefined
  readonly #prefix: string

  constructor(
    { storage, tab }: { storage: SavedIn | undefined; tab: SavedIn | undefined },
    server: string,
    user: string,
  ) {
    this.#storage = storage
    this.#tab = tab
    this.#prefix = `chatter ${server} ${encodeURIComponent(user)} `
  }

  outbox(): Pending[] {
    const all = [...this.#entries('send ').values(), ...this.#entries('change ').values()]
    const saved = all.flatMap((json) => pendingOf(json) ?? [])
    return saved.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
  }

  drafts(): Map<string, Draft> {
    const drafts = new Map<string, Draft>()
    const entries = this.#entries('drafted ')
    for (const [room, json] of entries) {
      const draft = draftOf(json)
      if (draft) drafts.set(room, draft)
    }
    // The first versions kept the text alone, and may still do so in another tab.
    for (const [room, text] of this.#entries('draft '))
      if (!entries.has(room)) drafts.set(room, this.#carriedOver(room, text))
    return drafts
  }

  /** The room whose draft lies under a key of the storage, and what lies there now. */
  draftAt(key: string): { roomId: string; draft: Draft | undefined } | undefined {
    const start = `${this.#prefix}drafted `
    if (!key.startsWith(start)) return undefined
    const roomId = key.slice(start.length)
    return { roomId, draft: draftOf(this.#get(`drafted ${roomId}`) ?? '') }
  }

  /** What waited under a key of the storage, and does not any more. */
  goneFrom(key: string): string | undefined {
    const kind = ['send ', 'change '].find((one) => key.startsWith(this.#prefix + one))
    const rest = key.slice(this.#prefix.length)
    return kind && this.#get(rest) === undefined ? rest.slice(kind.length) : undefined
  }

  /** Writes down what changed. */
  follow(before: Kept, after: Kept): void {
    if (after.outbox !== before.outbox) this.#followOutbox(before.outbox, after.outbox)
    if (after.drafts === before.drafts) return
    for (const room of new Set([...before.drafts.keys(), ...after.drafts.keys()])) {
      const draft = after.drafts.get(room)
      if (draft !== before.drafts.get(room)) this.#putDraft(room, draft)
    }
  }

  /** Never overwrites what a later version of the widget saved: then this draft does not survive a reload. */
  #putDraft(room: string, draft: Draft | undefined): void {
    const key = `drafted ${room}`
    if (!isLater(this.#get(key))) this.#put(key, draft && JSON.stringify(draft))
  }

  #carriedOver(room: string, text: string): Draft {
    const draft: Draft = { v: 1, text }
    this.#putDraft(room, draft)
    // A full storage keeps what it has.
    if (this.#get(`drafted ${room}`)) this.#put(`draft ${room}`)
    return draft
  }

  #followOutbox(before: readonly Pending[], after: readonly Pending[]): void {
    const held = new Set(before)
    const ids = new Set(after.map(({ id }) => id))
    for (const pending of after) if (!held.has(pending)) this.#put(keyOf(pending), JSON.stringify(pending))
    for (const pending of before) if (!ids.has(pending.id)) this.#put(keyOf(pending))
  }

  /** Where this user was in this tab, in the element of that name. */
  place(name: string): Place | undefined {
    const place = parsed(quietly(() => this.#tab?.getItem(`${this.#prefix}place ${name}`)) ?? '')
    return (place as Partial<Place> | null | undefined)?.v === 1 ? (place as Place) : undefined
  }

  keepPlace(name: string, place: Place): void {
    quietly(() => this.#tab?.setItem(`${this.#prefix}place ${name}`, JSON.stringify(place)))
  }

  clear(): void {
    for (const key of this.#entries('').keys()) this.#put(key)
    for (const key of this.#entries('', this.#tab).keys())
      quietly(() => this.#tab?.removeItem(this.#prefix + key))
  }

  /** What is saved under keys that begin so, by the rest of the key. */
  #entries(kind: string, storage = this.#storage): Map<string, string> {
    const found = new Map<string, string>()
    const prefix = this.#prefix + kind
    quietly(() => {
      for (let at = 0; at < (storage?.length ?? 0); at++) {
        const key = storage?.key(at)
        if (key?.startsWith(prefix)) found.set(key.slice(prefix.length), storage?.getItem(key) ?? '')
      }
    })
    return found
  }

  #get(key: string): string | undefined {
    return quietly(() => this.#storage?.getItem(this.#prefix + key)) ?? undefined
  }

  #put(key: string, value?: string): void {
    quietly(() => {
      if (value) this.#storage?.setItem(this.#prefix + key, value)
      else this.#storage?.removeItem(this.#prefix + key)
    })
  }
}

/** Earlier versions know messages only, and would send the text of a change, or somebody else's, as one. */
function keyOf({ id, change, forward }: Pending): string {
  return `${change || forward ? 'change' : 'send'} ${id}`
}

function quietly<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch {
    // Forbidden (an embedded page without third-party storage) or full.
    return undefined
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

function draftOf(json: string): Draft | undefined {
  const draft = parsed(json) as Partial<Draft> | null | undefined
  return draft?.v === 1 && typeof draft.text === 'string' ? (draft as Draft) : undefined
}

function isLater(json: string | undefined): boolean {
  const { v } = (parsed(json ?? '') ?? {}) as { v?: unknown }
  return typeof v === 'number' && v > 1
}

/** The first versions called the room's id `room`. What is read is written down again at once, under its new name. */
type Stored = Partial<Pending> & { readonly room?: string }

/**
 * Sent, but not acknowledged before the page went away: it is sent again under its id. What cannot be shown, of a later
 * version or of somebody else, stays where it lies.
 */
function pendingOf(json: string): Pending | undefined {
  const { room, ...pending } = (parsed(json) ?? {}) as Stored
  const { id, roomId = room, text, at, status, change = { messageId: '' } } = pending
  const isReadable =
    [id, roomId, text, change.messageId].every((one) => typeof one === 'string') && Number.isFinite(at)
  if (!isReadable) return undefined
  return { ...pending, roomId, status: status === 'sending' ? 'unconfirmed' : status } as Pending
}
