import type { Logger } from '../log/logger.ts'
import { commands } from '../protocol/commands.ts'
import { isGuestId } from '../protocol/guests.ts'
import { parse } from '../protocol/parse.ts'
import type { Store } from '../store/store.ts'
import { type Caller, requireFeature } from './caller.ts'
import type { AnyCommand, Command, Input, Outcome } from './command.ts'
import { requireNoGuest } from './guests.ts'
import { type Budget, isCommand, table } from './table.ts'
import type { Tally } from './tally.ts'

/** Called when the change is committed and before anybody else hears of it. */
export type Acknowledge<N extends AnyCommand> = (outcome: Outcome<N>) => void

export type Run = <N extends AnyCommand>(
  caller: Caller,
  name: N,
  input: unknown,
  acknowledge: Acknowledge<N>,
) => Promise<void>

/** Something that is committed and acknowledged. */
export type Done<N extends AnyCommand = AnyCommand> = {
  readonly caller: Caller
  readonly name: N
  readonly outcome: Outcome<N>
}

/** Is called with every command after it happened: the fan-out, and others later. It may throw. */
export type Publisher = (done: Done) => void

type RunServer = {
  forTenant(tenant: string): Store
  /** Asked in this order. */
  readonly publishers: readonly Publisher[]
  readonly newId: () => string
  readonly tally: Tally
  readonly log: Logger
  /** @throws Problem `rate_limited` for a user who does more than that. None: without limits */
  readonly rateLimit?: { take(budget: Budget, user: string): Promise<void> } | undefined
}

/**
 * The only way to change anything: parse, perform (which resolves after the commit), acknowledge, publish.
 * An event that gets lost is healed from the database; an acknowledged command is never lost. `tally` counts how it
 * went.
 */
export function createRun({ forTenant, publishers, newId, tally, log, rateLimit }: RunServer): Run {
  async function perform<N extends AnyCommand>(caller: Caller, name: N, input: unknown): Promise<Outcome<N>> {
    const { run, budget, feature, isForUsers } = table[name]
    if (isForUsers) requireNoGuest(caller)
    if (feature !== undefined) requireFeature(caller, feature, name)
    if (rateLimit && budget) await rateLimit.take(budgetOf(caller, budget), caller.topics.user(caller.me.id))
    const parsed = isCommand(name) ? parse(commands[name].input, input) : input
    const command = run as Command<N>
    return command(caller, parsed as Input<N>, {
      store: forTenant(caller.tenant.id),
      newId,
      isLimited: rateLimit !== undefined,
    })
  }

  /** The command is acknowledged and has happened: a publisher that fails cannot undo it, and the others are called. */
  function publish(done: Done): void {
    for (const publisher of publishers) {
      try {
        publisher(done)
      } catch (error) {
        log.error({ err: error, command: done.name }, 'a publisher failed')
      }
    }
  }

  return async (caller, name, input, acknowledge) => {
    let outcome: Outcome<typeof name>
    const begunAt = performance.now()
    tally.waiting += 1
    try {
      outcome = await perform(caller, name, input)
    } catch (error) {
      tally.failed(name, error)
      throw error
    } finally {
      tally.waiting -= 1
    }
    tally.done(name, outcome)
    if (name === 'send') tally.took((performance.now() - begunAt) / 1000)
    acknowledge(outcome)
    publish({ caller, name, outcome })
  }
}

/** Anybody may be a guest, as often as they like. */
const budgetOf = ({ me }: Caller, budget: Budget): Budget =>
  budget === 'send' && isGuestId(me.id) ? 'guestSend' : budget

/** Runs a command for somebody who waits for its outcome. */
export async function outcomeOf<N extends AnyCommand>(
  run: Run,
  caller: Caller,
  name: N,
  input: unknown,
): Promise<Outcome<N>> {
  let done: Outcome<N> | undefined
  await run(caller, name, input, (outcome) => {
    done = outcome
  })
  if (!done) throw new Error(`${name} was not acknowledged`)
  return done
}
