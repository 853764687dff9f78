/** What each frame of a signed-in session does. Every command goes the same way; its row says what is special to it. */
import type { Caller } from '../commands/caller.ts'
import type { Run } from '../commands/run.ts'
import { isCommand, table } from '../commands/table.ts'
import type { Reads } from '../http/reads.ts'
import {
  type CommandName,
  type Frame,
  type FrameName,
  type FrameReply,
  frames,
} from '../protocol/commands.ts'
import { limits } from '../protocol/limits.ts'
import { parse } from '../protocol/parse.ts'
import { Problem } from '../protocol/problems.ts'
import { changesSince } from '../views/changes.ts'
import type { RawFrame } from './frames.ts'

/** The session that a frame came on, as its handler knows it. */
export interface FrameSession {
  readonly run: Run
  /** The user of the session. @throws Problem `unauthorized` before `hello`, or for a tenant that is gone */
  caller(): Caller
  /** Goes on under a newer token. @throws Problem `forbidden` for another user's, and what reading a token throws */
  renew(token: string): Promise<void>
  /** Whether so many milliseconds have passed since it last said this in this room. Asking it does not say it. */
  isDue(said: string, room: string, everyMs: number): boolean
  /** It has said this in this room just now. */
  noteSaid(said: string, room: string): void
  /** The database says that the user is no member of a room: it may be listening there still. */
  suspect(room: string): void
  /** Answers a frame, unless it has no `id`. @returns how many bytes that has */
  reply(id: string | undefined, reply: object): number
  /** What reading costs, where limits are on. */
  readonly reads: Pick<Reads, 'charge'> | undefined
}

type Asking = Exclude<FrameName, CommandName | 'hello' | 'changes'>
type Answer<N extends Asking> = (
  session: FrameSession,
  frame: Frame<N>,
) => FrameReply<N> | Promise<FrameReply<N>>

/** The frames that change nothing. `hello` is the session's own. */
const answers: { readonly [N in Asking]: Answer<N> } = {
  auth: async (session, { token }) => {
    await session.renew(token)
    return {}
  },
  ping: () => ({}),
}

/** Takes a frame and answers it. @throws Problem */
export async function handle(
  session: FrameSession,
  name: Exclude<FrameName, 'hello'>,
  frame: RawFrame,
  id: string | undefined,
): Promise<void> {
  if (isCommand(name)) return perform(session, name, frame, id)
  if (name === 'changes') return readChanges(session, frame, id)
  const answer = answers[name] as Answer<typeof name>
  session.reply(id, await answer(session, parse(frames[name].input, frame) as Frame<typeof name>))
}

/** Changes are as much work on a socket as by HTTP, and count for the same limit. */
async function readChanges(session: FrameSession, frame: RawFrame, id: string | undefined): Promise<void> {
  const { id: _, ...from } = parse(frames.changes.input, frame)
  const caller = session.caller()
  const user = caller.topics.user(caller.me.id)
  await session.reads?.charge(user, 0, 1)
  const bytes = session.reply(id, await changesSince(caller, from))
  // It was read: a user who has read too much by it is refused the next time.
  session.reads?.charge(user, bytes, from.limit ?? limits.page).catch(() => {})
}

/** A command is parsed by `run`; answered when it is committed, and before anybody else hears of it. */
async function perform(
  session: FrameSession,
  name: CommandName,
  frame: RawFrame,
  id: string | undefined,
): Promise<void> {
  const { everyMs } = table[name]
  // Not by String(), which throws for some of what JSON can say. `run` refuses what is no id.
  const room = typeof frame.roomId === 'string' ? frame.roomId : ''
  // That it is over is said beside that it is so.
  const said = frame.over === true ? `${name} over` : name
  if (everyMs !== undefined && !session.isDue(said, room, everyMs)) return
  try {
    await session.run(session.caller(), name, frame, ({ reply }) => {
      if (everyMs !== undefined) session.noteSaid(said, room)
      session.reply(id, reply)
    })
  } catch (error) {
    // Removed from a room, and the delivery that said so got lost: then nothing of it may be heard either.
    if (error instanceof Problem && error.code === 'not_found') session.suspect(room)
    throw error
  }
}
