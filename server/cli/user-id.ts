import { parse } from '../protocol/parse.ts'
import { UserId } from '../protocol/views.ts'

/** Why that is no id of a user, one line at most. `where` is what stands before it on the command line. */
export function faultsOfUser(where: string, user: string): string[] {
  try {
    parse(UserId, user)
    return []
  } catch (error) {
    return [`${where}: ${(error as Error).message}`]
  }
}
