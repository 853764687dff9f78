import { Problem } from '../protocol/problems.ts'
import type { RoomAnswer, UserView } from '../protocol/views.ts'
import type { Profile, StoreReads } from '../store/store.ts'
import type { Caller } from './caller.ts'
import { type HostWish, type RoomOptions, readOptions } from './room-options.ts'
import { outcomeOf, type Run } from './run.ts'

export type RoomUpdate = RoomOptions & {
  /** Which site's; default `default`. */
  readonly tenant?: string
  readonly id: string
  /** The user whom the messages about it name. Default: an owner of the group. */
  readonly by?: string
}

type Host = {
  readonly run: Run
  readonly store: StoreReads
  callerOf(user: Profile): Caller
}

/**
 * Changes a group on behalf of the host: each thing in a transaction of its own, so what fails in the middle is asked for
 * again as a whole. @throws Problem `not_found`, `forbidden` unless it is a group, `bad_request` or `too_large` for
 * what it is to be, `conflict` where nobody is there to be named
 */
export async function updateRoomFor({ run, store, callerOf }: Host, update: RoomUpdate): Promise<RoomAnswer> {
  const { tenant: _, id, by, ...given } = update
  const { name, description, pictureUrl, post, slowMode, join, history, data, keepDays } = readOptions(given)
  const caller = callerOf(await authorOf(store, id, by))
  const settings = {
    ...(post !== undefined && { post }),
    ...(slowMode !== undefined && { slowMode }),
    ...(history !== undefined && { history }),
  }
  const wishes: HostWish[] = []
  if (name !== undefined) wishes.push({ kind: 'rename', name })
  if (description !== undefined) wishes.push({ kind: 'describe', description })
  if (Object.keys(settings).length > 0) wishes.push({ kind: 'configure', settings })
  const setup = {
    ...(pictureUrl !== undefined && { pictureUrl }),
    ...(join !== undefined && { join }),
    ...(data !== undefined && { data }),
    ...(keepDays !== undefined && { keepDays }),
  }
  wishes.push({ kind: 'set-up', ...setup })
  let answer: RoomAnswer | undefined
  let asked = caller
  for (const wish of wishes) {
    const { reply, created } = await outcomeOf(run, asked, 'updateRoom', { roomId: id, wish })
    answer = reply
    // Whoever else expected the same is refused from now on.
    if (created) asked = withoutExpectation(caller)
  }
  if (!answer) throw new Error('a room was updated without an answer')
  return answer
}

const withoutExpectation = ({ ifMatch: _, ...caller }: Caller): Caller => caller

/** @throws Problem `not_found` for a room or user who isn't there, `conflict` for a room without owners */
async function authorOf(store: StoreReads, room: string, by: string | undefined): Promise<UserView> {
  const id = by ?? (await store.findOwner(room))
  if (id === undefined && (await store.findRoom(room)))
    throw new Problem('conflict', 'by: expected a user, for the group has no owner')
  const user = id === undefined ? undefined : await store.findUser(id)
  if (user) return user
  throw new Problem('not_found', id === undefined ? 'no such room' : `no user ${JSON.stringify(id)}`)
}
