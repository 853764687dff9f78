/** Messages that lie in a room already, with what people did to them. */
export type Talk = {
  readonly messages: number
  /** Of each message: how many different ones, and how many users gave each. */
  readonly reactions?: { readonly emoji: number; readonly users: number }
  /** Whether each answers the one before it. */
  readonly isAnswered?: boolean
}

/** Who is there before a row begins: the same for Chatter and for what it is compared with. */
export type Scene = {
  readonly folder: string
  readonly rooms: readonly { readonly id: string; readonly users: readonly string[]; readonly talk?: Talk }[]
  /** Somebody who pinned the first rooms, muted the next and archived those after them. */
  readonly arranged?: {
    readonly user: string
    readonly pinned: number
    readonly muted: number
    readonly archived: number
  }
  /** Messages that lie in the first room already. */
  readonly history?: number
  /** Whether a site is to be told of all that happens, and whether that is also made ready for it, or waits for another time. */
  readonly webhook?: 'logged' | 'sorted out'
  /** URL of a Postgres database, in place of SQLite. */
  readonly postgres?: string
  /** URL of the Redis through which several nodes hear each other. */
  readonly redis?: string
}

/** HS256 secret of the bench's tokens. */
export const secret = 'nothing but a benchmark is signed with this'

/** A room with so many members, the users named from a number on. */
export function roomOf(count: number, { room = 1, from = 0 } = {}): Scene['rooms'][number] {
  return { id: uuid(room), users: Array.from({ length: count }, (_, index) => userName(from + index)) }
}

/** A UUID of a number, rising with it. */
export function uuid(number: number): string {
  return `${number.toString(16).padStart(8, '0')}-0000-7000-8000-000000000000`
}

export function userName(number: number): string {
  return `user${String(number).padStart(5, '0')}`
}

/** What everybody says: about as long as people write. */
export const line = 'The quick brown fox jumps over the lazy dog while nobody is watching it, and again.'
