/** Every command in one row: what performs it, and how often it may be. What it takes and answers: protocol/commands.ts. */
import { type CommandName, commands } from '../protocol/commands.ts'
import { spans } from '../protocol/limits.ts'
import type { TenantSettings } from '../rules/settings.ts'
import { edit, pin, remove } from './amend.ts'
import { arrange } from './arrange.ts'
import type { AnyCommand, Command } from './command.ts'
import { deleteRoom, deleteRoomByHost } from './delete-room.ts'
import { eraseSome, eraseUser } from './erase.ts'
import {
  configure,
  describe,
  join,
  removeMember,
  removeMemberByHost,
  rename,
  setMember,
  setMemberByHost,
} from './group.ts'
import { updateRoom } from './group-by-host.ts'
import { addGuest, mergeGuest } from './guests.ts'
import { createLink, deleteLink } from './links.ts'
import { createRoom, open } from './open.ts'
import { react } from './react.ts'
import { read } from './read.ts'
import { send } from './send.ts'
import { setPresence } from './set-presence.ts'
import { signIn } from './sign-in.ts'
import { deleteFromSite, editFromSite, sendFromSite } from './site-message.ts'
import { typing } from './typing.ts'

/** The rate limits that a command may count against, beside those of frames and requests. */
export type Budget = 'send' | 'guestSend' | 'open'

type Row<N extends AnyCommand> = {
  readonly run: Command<N>
  readonly budget?: Budget
  /** A socket passes it on this often for each room, in milliseconds, and drops the rest without a word. */
  readonly everyMs?: number
  /** Where a site has turned this off, the command is `unsupported`. */
  readonly feature?: keyof TenantSettings['features']
  /** Guests may not: they write where others let them, and arrange nothing for others. */
  readonly isForUsers?: true
}

export const table: { readonly [N in AnyCommand]: Row<N> } = {
  open: { run: open, budget: 'open' },
  send: { run: send, budget: 'send' },
  edit: { run: edit, budget: 'send' },
  delete: { run: remove, budget: 'send' },
  react: { run: react, budget: 'send', feature: 'reactions' },
  pin: { run: pin, budget: 'send', feature: 'pins', isForUsers: true },
  read: { run: read },
  arrange: { run: arrange },
  setPresence: { run: setPresence, budget: 'send' },
  // A little less than clients keep: what they say in time may come early.
  typing: { run: typing, everyMs: spans.typingEveryMs * 0.9, feature: 'typing' },
  rename: { run: rename, budget: 'send', isForUsers: true },
  describe: { run: describe, budget: 'send', isForUsers: true },
  configure: { run: configure, budget: 'send', isForUsers: true },
  deleteRoom: { run: deleteRoom, budget: 'send', isForUsers: true },
  createLink: { run: createLink, budget: 'send', feature: 'joinLinks', isForUsers: true },
  deleteLink: { run: deleteLink, budget: 'send', feature: 'joinLinks', isForUsers: true },
  join: { run: join, budget: 'open' },
  setMember: { run: setMember, budget: 'send', isForUsers: true },
  removeMember: { run: removeMember, budget: 'send' },
  signIn: { run: signIn },
  addGuest: { run: addGuest },
  mergeGuest: { run: mergeGuest },
  createRoom: { run: createRoom },
  updateRoom: { run: updateRoom },
  setMemberByHost: { run: setMemberByHost },
  removeMemberByHost: { run: removeMemberByHost },
  deleteRoomByHost: { run: deleteRoomByHost },
  sendFromSite: { run: sendFromSite },
  editFromSite: { run: editFromSite },
  deleteFromSite: { run: deleteFromSite },
  eraseUser: { run: eraseUser },
  eraseSome: { run: eraseSome },
}

/** Whether a client may ask for it. */
export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(commands, name)
}
