import type { Fanout } from '../fanout/fanout.ts'
import { encodeFrame } from '../fanout/frame.ts'
import { type CommandInput, type CommandName, commands } from '../protocol/commands.ts'
import { parse } from '../protocol/parse.ts'
import { Problem } from '../protocol/problems.ts'
import type { TenantSettings } from '../rules/settings.ts'
import { edit, remove } from './amend.ts'
import type { Caller } from './caller.ts'
import type { Command, Outcome, Publication } from './command.ts'
import { removeMember, rename, setMember } from './group.ts'
import { open } from './open.ts'
import { read } from './read.ts'
import { send } from './send.ts'
import type { Tally } from './tally.ts'
import { typing } from './typing.ts'

const table: { [N in CommandName]: Command<N> } = {
  open,
  send,
  edit,
  delete: remove,
  read,
  typing,
  rename,
  setMember,
  removeMember,
}

/** Commands that belong to a feature: where a site has turned that off, they are `unsupported`. */
const featureOf: { readonly [N in CommandName]?: keyof TenantSettings['features'] } = { typing: 'typing' }

/** Called when the change is committed and before anybody else hears of it. */
export type Acknowledge<N extends CommandName> = (outcome: Outcome<N>) => void

export type Run = <N extends CommandName>(
  caller: Caller,
  name: N,
  input: unknown,
  acknowledge: Acknowledge<N>,
) => Promise<void>

/**
 * The only way to change anything: parse, perform (which resolves after the commit), acknowledge, publish.
 * What is published and lost is healed from the database; what is acknowledged is never lost. `tally` counts how it went.
 */
export function createRun({
  fanout,
  newId,
  tally,
}: {
  fanout: Fanout
  newId: () => string
  tally: Tally
}): Run {
  return async (caller, name, input, acknowledge) => {
    let outcome: Outcome<typeof name>
    tally.waiting += 1
    try {
      const command = table[name] as Command<typeof name>
      requireFeature(caller, name)
      outcome = await command(caller, parse(commands[name], input) as CommandInput<typeof name>, newId)
    } catch (error) {
      tally.failed(name, error)
      throw error
    } finally {
      tally.waiting -= 1
    }
    tally.done(name, outcome)
    acknowledge(outcome)
    publish(fanout, outcome.events)
  }
}

function requireFeature({ tenant }: Caller, name: CommandName): void {
  const feature = featureOf[name]
  if (feature === undefined || tenant.settings.features[feature]) return
  throw new Problem('unsupported', `${name}: this site has turned ${feature} off`)
}

/** Encodes each event once, whoever gets it. */
export function publish(fanout: Fanout, events: readonly Publication[]): void {
  const frames = new Map<Publication['event'], Buffer>()
  for (const { event, ...delivery } of events) {
    const frame = frames.get(event) ?? encodeFrame(event)
    frames.set(event, frame)
    fanout.publish({ ...delivery, frame })
  }
}
