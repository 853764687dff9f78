import type { AlteredRoom, RoomChange, Store, Stores } from '../../../server/store/store.ts'

type Tools = { readonly now: () => number; readonly complain: (what: string) => void }

/** Somebody came into a room, or went, by the change of that rev, committed at that moment. */
type Passage = {
  readonly room: string
  readonly user: string
  readonly isIn: boolean
  readonly rev: number
  readonly at: number
}

/** By the change of that rev, committed at that moment, members see only what came after they joined, or all again. */
type Switch = {
  readonly room: string
  readonly isHidden: boolean
  readonly rev: number
  readonly at: number
}

type Pages = {
  /** Every number a room gave, by room. */
  readonly revs: Map<string, number[]>
  /** Every message that was written, by id: its room, author and texts, oldest first. */
  readonly messages: Map<string, { room: string; author: string; texts: string[] }>
  readonly passages: Passage[]
  readonly switches: Switch[]
  /** How far somebody has read, by room and user. */
  readonly marks: Map<string, number>
}

/**
 * Beneath all nodes: what was committed, in the order of the commits. What the database holds in the end is held
 * against it.
 */
export class Ledger {
  readonly #tools: Tools
  #pages: Pages = { revs: new Map(), messages: new Map(), passages: [], switches: [], marks: new Map() }
  #backup: Pages | undefined

  constructor(tools: Tools) {
    this.#tools = tools
  }

  /** The same stores, overheard. */
  over(stores: Stores): Stores {
    const opened = new Map<string, Store>()
    return {
      ...stores,
      forTenant: (tenant) => {
        const store = opened.get(tenant) ?? this.#over(stores.forTenant(tenant))
        opened.set(tenant, store)
        return store
      },
    }
  }

  get revs(): Pages['revs'] {
    return this.#pages.revs
  }

  get messages(): Pages['messages'] {
    return this.#pages.messages
  }

  /** The rooms there are, oldest first. */
  get rooms(): readonly string[] {
    return [...this.revs.keys()]
  }

  membersOf(room: string): string[] {
    const members = new Set<string>()
    for (const passage of this.#pages.passages.filter((one) => one.room === room)) {
      if (passage.isIn) members.add(passage.user)
      else members.delete(passage.user)
    }
    return [...members]
  }

  /**
   * Whether a change of a room may be delivered to a user at a moment: not if it came after they were removed, until
   * they came in again.
   */
  mayHear({ user, room, rev, at }: { user: string; room: string; rev: number; at: number }): boolean {
    const passages = this.#pages.passages.filter(
      (one) => one.user === user && one.room === room && one.at <= at,
    )
    const last = passages.at(-1)
    return !!last && (last.isIn || rev < last.rev)
  }

  /**
   * Whether a version of a message, or a quote of it, may be delivered to a user at a moment: where history was hidden when it
   * was made and nobody opened it since, only what has its place after they came, the time before they were last removed
   * included.
   */
  maySee({ user, room, seq, rev, at }: { user: string; room: string; seq: number; rev: number; at: number }) {
    const switches = this.#pages.switches.filter((one) => one.room === room && one.at <= at)
    const wasHidden = switches.findLast((one) => one.rev < rev)?.isHidden ?? false
    if (!wasHidden || switches.some((one) => one.rev > rev && !one.isHidden)) return true
    const passages = this.#pages.passages.filter((one) => one.user === user && one.room === room)
    return passages.some(({ isIn, rev: cameAt }, nth) => {
      const goneAt = passages[nth + 1]?.rev ?? Number.POSITIVE_INFINITY
      // The message that says so is the number after the room's; a founder came by none.
      return isIn && rev < goneAt && seq >= (cameAt === 0 ? 0 : cameAt + 1)
    })
  }

  backUp(): void {
    this.#backup = structuredClone(this.#pages)
  }

  get hasBackup(): boolean {
    return this.#backup !== undefined
  }

  /** What was written since the backup never was. Answers the ids of its messages. */
  restore(): string[] {
    const { messages } = this.#pages
    this.#pages = this.#backup ?? this.#pages
    this.#backup = undefined
    return [...messages.keys()].filter((id) => !this.messages.has(id))
  }

  #over(store: Store): Store {
    return {
      ...store,
      openRoom: async (draft) => {
        const opened = await store.openRoom(draft)
        if (opened.created) this.#opened(opened.room, draft.members)
        if (opened.created && draft.history) this.#switched(opened.room, true, -1)
        return opened
      },
      append: async (draft) => {
        const { id, room, author, text } = draft
        const appended = await store.append(draft)
        if (appended.created) {
          this.#count(room, appended.message.rev)
          this.messages.set(id, { room, author, texts: [text] })
        }
        return appended
      },
      amend: async (change) => {
        const amended = await store.amend(change)
        if (amended.changed) this.#count(change.room, amended.message.rev)
        if (amended.changed) this.messages.get(change.id)?.texts.push(amended.message.text)
        return amended
      },
      react: async (change) => {
        const reacted = await store.react(change)
        if (reacted.changed) this.#count(change.room, reacted.message.rev)
        return reacted
      },
      alterRoom: async (change) => {
        const altered = await store.alterRoom(change)
        if (altered) this.#altered(change, altered)
        return altered
      },
      deleteRoom: async (deletion) => {
        const rev = await store.deleteRoom(deletion)
        const { room } = deletion
        this.#count(room, rev)
        for (const user of this.membersOf(room))
          this.#pages.passages.push({ room, user, isIn: false, rev, at: this.#tools.now() })
        return rev
      },
      markRead: async (room, user, seq) => {
        const marked = await store.markRead(room, user, seq)
        const key = `${room} ${user}`
        const before = this.#pages.marks.get(key) ?? 0
        if (marked.readSeq < before)
          this.#tools.complain(`the mark of ${user} went back from ${before} to ${marked.readSeq}`)
        this.#pages.marks.set(key, marked.readSeq)
        return marked
      },
    }
  }

  #opened(room: string, members: readonly string[]): void {
    this.revs.set(room, [])
    for (const user of members)
      this.#pages.passages.push({ room, user, isIn: true, rev: 0, at: this.#tools.now() })
  }

  #altered(change: RoomChange, { room, message }: AlteredRoom): void {
    this.#count(room.id, room.rev)
    this.#count(room.id, message.rev)
    this.messages.set(message.id, { room: room.id, author: message.authorId, texts: [message.text] })
    const { history } = message.system?.settings ?? {}
    if (history) this.#switched(room.id, history === 'since-joined', room.rev)
    if (change.kind !== 'add' && change.kind !== 'join' && change.kind !== 'remove') return
    const { kind, user } = change
    const passage = { room: room.id, user, isIn: kind !== 'remove', rev: room.rev, at: this.#tools.now() }
    this.#pages.passages.push(passage)
  }

  #switched(room: string, isHidden: boolean, rev: number): void {
    this.#pages.switches.push({ room, isHidden, rev, at: this.#tools.now() })
  }

  #count(room: string, rev: number): void {
    this.revs.get(room)?.push(rev)
  }
}
