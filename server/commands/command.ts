import type { Delivery } from '../fanout/fanout.ts'
import type { CommandInput, CommandName, CommandReply } from '../protocol/commands.ts'
import type { ServerFrame } from '../protocol/events.ts'
import type { MessageView, RoomAnswer, SiteView, UserView } from '../protocol/views.ts'
import type { SiteMessageChange } from '../rules/site-message.ts'
import type { Profile, Store } from '../store/store.ts'
import type { Caller } from './caller.ts'
import type { HostMember, HostWish, NewRoomOptions } from './room-options.ts'

/**
 * Commands of the server and its host only: no frame and no request has these names. Their input is checked already.
 */
type HostCommands = {
  /** Somebody without an account gave a name. The caller is nobody. */
  addGuest: { input: { readonly name: string }; reply: { user: UserView } }
  /** The caller was that guest. */
  mergeGuest: { input: { readonly guestId: string }; reply: object }
  /** The caller proved who they are: with what is known of them then. */
  signIn: { input: Profile; reply: { user: UserView } }
  /** As `open`, by the host for its users, the first of whom is the caller. */
  createRoom: { input: CommandInput<'open'> & NewRoomOptions; reply: RoomAnswer }
  /** The host says who is in a group. The caller is whom the message about it names: who does it, or the user themselves. */
  setMemberByHost: { input: { readonly roomId: string } & HostMember; reply: RoomAnswer }
  removeMemberByHost: { input: { readonly roomId: string; readonly userId: string }; reply: object }
  /** The host deletes a group. */
  deleteRoomByHost: { input: { readonly roomId: string }; reply: object }
  /** What the site itself says, for whom no user speaks. */
  sendFromSite: {
    input: { readonly roomId: string; readonly messageId: string; readonly site: SiteView }
    reply: { message: MessageView }
  }
  editFromSite: {
    input: { readonly roomId: string; readonly messageId: string; readonly site: SiteMessageChange }
    reply: { message: MessageView }
  }
  deleteFromSite: {
    input: { readonly roomId: string; readonly messageId: string }
    reply: { message: MessageView }
  }
  /** The host has a user erased. The caller is nobody in particular. */
  eraseUser: { input: { readonly userId: string }; reply: object }
  /** A slice of that. */
  eraseSome: { input: { readonly userId: string }; reply: { readonly isDone: boolean } }
  /** The host changes a group. The caller is whom the message about it names. */
  updateRoom: { input: { readonly roomId: string; readonly wish: HostWish }; reply: RoomAnswer }
}

/** Every command that `run` takes. */
export type AnyCommand = CommandName | keyof HostCommands
export type Input<N extends AnyCommand> = N extends CommandName
  ? CommandInput<N>
  : N extends keyof HostCommands
    ? HostCommands[N]['input']
    : never
export type Reply<N extends AnyCommand> = N extends CommandName
  ? CommandReply<N>
  : N extends keyof HostCommands
    ? HostCommands[N]['reply']
    : never

/** An event and whom it concerns, not yet encoded. */
export type Publication = Omit<Delivery, 'frame'> & {
  readonly event: ServerFrame
  /** On a `message` event with a rev: nothing but the message changed, and that it is there stays as it was. */
  readonly isSame?: true
}

/** What a command did, all of it committed, and nothing of it published yet. */
export type Outcome<N extends AnyCommand> = {
  readonly reply: Reply<N>
  /** False when there was nothing left to do: the retry of something done. */
  readonly created: boolean
  readonly events: readonly Publication[]
}

/** What a command may use beside its caller. */
export type Tools = {
  readonly store: Store
  readonly newId: () => string
  /** Users are held to what they may do in an hour or a day. */
  readonly isLimited: boolean
}

/** One command: it changes the store and says what became true. It knows no socket, no HTTP and no SQL. */
export type Command<N extends AnyCommand> = (
  caller: Caller,
  input: Input<N>,
  tools: Tools,
) => Promise<Outcome<N>>
