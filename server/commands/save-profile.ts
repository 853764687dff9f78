import type { UserView } from '../protocol/views.ts'
import type { Profile } from '../store/store.ts'
import type { Caller } from './caller.ts'
import { outcomeOf, type Run } from './run.ts'

/** Saves what a sign-in says of the caller. @returns them as they are now */
export async function saveProfile(run: Run, caller: Caller, profile: Profile): Promise<UserView> {
  const { reply } = await outcomeOf(run, caller, 'signIn', profile)
  return reply.user
}
