/**
 * Names are stored as they are searched: folded, and in words (protocol/names.ts). Where a version folds otherwise than
 * the one before, what is stored is made anew: of all users once, in the background, and of one user at their sign-in,
 * since servers of the build before may still run beside this one and fold as they know.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { wordsOf } from '../protocol/names.ts'

/** In `meta`: by which fold all names were made anew. Without it: by none, or by the first. */
export const foldKey = 'fold'
export const foldVersion = '2'

/** Users of one turn. On SQLite nobody else is served meanwhile: some 15 ms where all of them are made anew. */
export const batchUsers = 100
/** While the database takes no writes. */
const pauseMs = 5_000

// What the first fold left as it was: letters that Unicode does not take apart, and emoji, which were no words.
const foldedOtherwise = /[æðøþđħłŋœŧ]|\p{Extended_Pictographic}|\p{RI}{2}/iu

/** Whether an earlier version may have stored this name otherwise. Few names are so. */
export const mayBeOutdated = (name: string): boolean => foldedOtherwise.test(name.normalize('NFKD'))

/** Whether these are not the words of the name. */
export function haveOtherWords(name: string, words: readonly string[]): boolean {
  const right = wordsOf(name)
  return right.length !== words.length || !right.every((word) => words.includes(word))
}

export type UserKey = { readonly tenant: string; readonly id: string }

/** What a database does for it. */
export type Refolder = {
  isDone(): boolean | Promise<boolean>
  /** Users of all tenants by tenant and id, from behind one on. */
  readUsers(after: UserKey, most: number): NamedUser[] | Promise<NamedUser[]>
  /** Stores the fold and the words of the names that these users have now. */
  refold(users: readonly UserKey[]): Promise<void>
  markDone(): Promise<void>
}
type NamedUser = UserKey & { readonly name: string }

/** Makes the names of all users anew, unless that was done, until `signal` ends it. Others have their turn in between. */
export async function refoldAll(refolder: Refolder, signal: AbortSignal): Promise<void> {
  let place: UserKey = { tenant: '', id: '' }
  while (!signal.aborted) {
    try {
      await new Promise(setImmediate)
      if (signal.aborted || (await refolder.isDone())) return
      const users = await refolder.readUsers(place, batchUsers)
      const outdated = users.filter(({ name }) => mayBeOutdated(name))
      if (outdated.length > 0) await refolder.refold(outdated)
      const last = users.at(-1)
      if (!last) return await refolder.markDone()
      place = last
    } catch {
      // Whatever it is, requests meet it too and say so. A user who was made anew already stays as they are.
      await delay(pauseMs, undefined, { signal, ref: false }).catch(() => {})
    }
  }
}
