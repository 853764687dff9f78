/** What I am in a room: of a large one, which has no list of its members here, as the server said with it, or is asked. */
import type { MemberView } from '../../../server/protocol/views.ts'
import { userOf } from '../../state/people.ts'
import type { Room } from '../../state/state.ts'
import type { Host } from '../host.ts'
import { onceBack } from '../once-back.ts'

type Role = MemberView['role']

/** By room, as of its rev: a later one may have made me something else. Undefined while it is asked for. */
const asked = new WeakMap<Host['chat'], Map<string, Role | undefined>>()

export function myRole(host: Pick<Host, 'chat' | 'draw'>, room: Room): Role | undefined {
  const { chat } = host
  const { me = '' } = chat.state
  const mine = (members: readonly MemberView[]) => members.find(({ userId }) => userId === me)?.role
  const told = room.members ? mine(room.members) : room.me.role
  if (room.members || told) return told
  const known = asked.get(chat) ?? new Map<string, Role | undefined>()
  asked.set(chat, known)
  const key = `${me} ${room.id} ${room.rev}`
  if (!known.has(key)) {
    known.set(key, undefined)
    chat.searchMembers(room.id, userOf(chat.state, me).name).then(
      ({ members }) => {
        known.set(key, mine(members))
        host.draw()
      },
      // Asked again with the next change of the room, or the next connection.
      () =>
        onceBack(host, () => {
          known.delete(key)
          host.draw()
        }),
    )
  }
  return known.get(key)
}

/** Only owners write there, and I am none. */
export function isClosed(host: Pick<Host, 'chat' | 'draw'>, room: Room | undefined): boolean {
  return room?.post === 'owners' && myRole(host, room) !== 'owner'
}
