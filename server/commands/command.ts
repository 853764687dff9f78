import type { Delivery } from '../fanout/fanout.ts'
import type { CommandInput, CommandName } from '../protocol/commands.ts'
import type { ServerFrame } from '../protocol/events.ts'
import type { MessageView, RoomAnswer } from '../protocol/views.ts'
import type { Caller } from './caller.ts'

/** What each command answers its caller. */
export type Replies = {
  open: RoomAnswer
  send: { message: MessageView }
  edit: { message: MessageView }
  delete: { message: MessageView }
  rename: RoomAnswer
  setMember: RoomAnswer
  removeMember: Record<string, never>
  read: Record<string, never>
  typing: Record<string, never>
}

/** An event and whom it concerns, not yet encoded. */
export type Publication = Omit<Delivery, 'frame'> & { readonly event: ServerFrame }

/** What a command did, all of it committed: nothing was told to anybody yet. */
export type Outcome<N extends CommandName> = {
  readonly reply: Replies[N]
  /** False when there was nothing left to do: the retry of something done. */
  readonly created: boolean
  readonly events: readonly Publication[]
}

/** One command: it changes the store and says what became true. It knows no socket, no HTTP and no SQL. */
export type Command<N extends CommandName> = (
  caller: Caller,
  input: CommandInput<N>,
  newId: () => string,
) => Promise<Outcome<N>>
