import type { RoomView, SettingsView } from '../protocol/views.ts'
import { quotaExceeded, spanAt } from '../rules/quotas.ts'
import type { GroupStore, MessageStore, RoomChange, RoomStore } from './store.ts'

/** Adds to what a user wrote this day in the database. @returns what it comes to, over all servers */
type Add = (user: string, bytes: number) => Promise<number>

type Writer = {
  /** When the day began. */
  readonly day: number
  /** As the database said last, with what it was told since. */
  told: number
  /** What it was not told yet. */
  waiting: number
  /** Of messages that are being written, and may turn out to be retries. */
  writing: number
}

type Written = MessageStore & GroupStore & Pick<RoomStore, 'findRoom'>

/** Bytes that the database is not told one by one: of a limit never more than a fiftieth. */
const slice = 65_536
const slices = 50
/** So many writers are remembered, those who came last. */
const mostWriters = 50_000

/**
 * Holds a tenant's users to the text that they may write in a day. The bytes of a user are collected in memory and told
 * to the database by slices, behind the message that filled one: a further write with every message would slow down all who
 * send, and most people write no slice in a day. So the limit is exact to a slice for each
 * server, and for each start of one. A message is counted once it is written: a retry finds it, and does not count. So is
 * the system message about a new name or role; those about members who come and go are as few as additions may be.
 */
export function limitText<S extends Written>(store: S, add: Add, now: () => number): S {
  const writers = new Map<string, Writer>()

  function writerOf(user: string): Writer {
    const day = spanAt('text', now())
    const known = writers.get(user)
    if (known?.day === day) return known
    const writer = { day, told: 0, waiting: 0, writing: 0 }
    writers.delete(user)
    writers.set(user, writer)
    const [oldest] = writers.keys()
    if (writers.size > mostWriters && oldest !== undefined) writers.delete(oldest)
    return writer
  }

  function count(user: string, bytes: number, most: number): void {
    const writer = writerOf(user)
    writer.waiting += bytes
    if (writer.waiting < Math.min(slice, most / slices)) return
    const told = writer.waiting
    writer.told += told
    writer.waiting = 0
    add(user, told).then(
      (used) => {
        writer.told = Math.max(writer.told, used)
      },
      () => {
        // Told with the next message.
        writer.told -= told
        writer.waiting += told
      },
    )
  }

  type Writing<T> = {
    readonly user: string
    readonly text: string
    readonly most: number
    write(): Promise<T>
    isNew(written: T): boolean
    /** Whether it was written before: that is answered, also beyond the limit. */
    isKnown(): Promise<boolean>
  }

  /** What fits begins in the same turn, as without a limit. */
  async function within<T>({ user, text, most, write, isNew, isKnown }: Writing<T>): Promise<T> {
    const bytes = Buffer.byteLength(text)
    const writer = writerOf(user)
    const used = writer.told + writer.waiting + writer.writing
    if (used + bytes > most && !(await isKnown())) throw quotaExceeded('text', most, now())
    // Else all that come at once would fit.
    writer.writing += bytes
    try {
      const written = await write()
      if (isNew(written)) count(user, bytes, most)
      return written
    } finally {
      writer.writing -= bytes
    }
  }

  async function isSoAlready(change: Extract<RoomChange, { mostTextBytes?: number }>): Promise<boolean> {
    const room = await store.findRoom(change.room)
    if (change.kind === 'rename') return (room?.name ?? null) === change.name
    if (change.kind === 'describe') return (room?.description ?? null) === change.description
    if (change.kind === 'configure') return isConfigured(room, change.settings)
    const { user, role } = change
    return room?.members?.some((one) => one.userId === user && one.role === role) ?? false
  }

  return {
    ...store,
    append(draft) {
      const { room, id, author: user, text, mostTextBytes: most } = draft
      if (most === undefined) return store.append(draft)
      return within({
        ...{ user, text, most },
        write: () => store.append(draft),
        isNew: ({ created }) => created,
        isKnown: async () => (await store.findMessage(room, id)) !== undefined,
      })
    },
    amend(change) {
      const { room, id, by: user } = change
      if (change.kind !== 'edit' || change.mostTextBytes === undefined) return store.amend(change)
      const { text, mostTextBytes: most } = change
      return within({
        ...{ user, text, most },
        write: () => store.amend(change),
        isNew: ({ changed }) => changed,
        isKnown: async () => (await store.findMessage(room, id))?.text === text,
      })
    },
    alterRoom(change) {
      const { by: user, systemMessage } = change
      if (user === undefined || !('mostTextBytes' in change)) return store.alterRoom(change)
      return within({
        ...{ user, text: systemMessage.text, most: change.mostTextBytes },
        write: () => store.alterRoom(change),
        isNew: (altered) => altered !== undefined,
        isKnown: () => isSoAlready(change),
      })
    },
  }
}

function isConfigured(room: RoomView | undefined, { post, slowMode, history }: SettingsView): boolean {
  const isSame =
    (post === undefined || (room?.post ?? 'all') === post) &&
    (history === undefined || (room?.history ?? 'all') === history)
  return isSame && (slowMode === undefined || (room?.slowMode ?? 0) === slowMode)
}
