import type { TestContext } from 'node:test'
import fc from 'fast-check'
import { newSeed, scaled } from '../../support/scale.ts'
import { play } from './play.ts'
import { brokenPromises } from './promises.ts'
import type { Script } from './script.ts'
import { World, type WorldPlan } from './world.ts'

export type Cast = Pick<WorldPlan, 'devices' | 'rooms' | 'isHealed'>

export type Story = {
  /** The promises that did not hold, a line each. */
  readonly broken: readonly string[]
  /** What happened, a line each. */
  readonly trace: readonly string[]
}

/** Plays a script to its end, lets the world come to rest, and looks at what is left. */
export async function simulate({ steps, ...plan }: Script, cast: Cast): Promise<Story> {
  await using world = await World.open({ ...plan, ...cast })
  await play(world, steps)
  await world.recover()
  return { broken: await brokenPromises(world), trace: world.trace }
}

/** So often a failing script is made shorter: it takes as long as all others together. */
const mostAttempts = 150

/** How many scripts a test plays: always the same ones, and some that nobody has seen. */
export type Runs = { readonly same: number; readonly new: number; readonly long: number }

/**
 * Plays many scripts: the same ones and new ones, in the long set as many as that holds (see support/scale.ts).
 * @throws Error with the shortest script that breaks a promise
 */
export async function holds(
  t: TestContext,
  { scripts, cast, runs }: { scripts: fc.Arbitrary<Script>; cast: Cast; runs: Runs },
): Promise<void> {
  const sets = [
    { seed: 1, numRuns: runs.same },
    { seed: newSeed, numRuns: scaled(runs.new, runs.long - runs.same) },
  ]
  for (const set of sets) await check(scripts, cast, set)
  t.diagnostic(
    `${sets.reduce((sum, { numRuns }) => sum + numRuns, 0)} scripts, the new ones by seed ${newSeed}`,
  )
}

async function check(scripts: fc.Arbitrary<Script>, cast: Cast, set: fc.Parameters<[Script]>): Promise<void> {
  let failures = 0
  const isKept = async (script: Script) => {
    if (failures > mostAttempts) return true
    const isBroken = await simulate(script, cast).then(
      ({ broken }) => broken.length > 0,
      () => true,
    )
    if (isBroken || failures > 0) failures += 1
    return !isBroken
  }
  const { counterexample } = await fc.check(fc.asyncProperty(scripts, isKept), set)
  const [script] = counterexample ?? []
  if (!script) return
  const { seed: world, nodes, databaseMs } = script
  const found = `Found by CHATTER_SEED=${set.seed}, in a world of ${nodes} nodes (${world}), its database up to ${databaseMs} ms away:`
  const { broken, trace } = await simulate(script, cast).catch((error: Error) => ({
    broken: [error.stack ?? error.message],
    trace: [],
  }))
  const steps = trace.filter((line) => line.includes('── '))
  throw new Error([found, ...steps, 'What is broken:', ...broken].join('\n'))
}
