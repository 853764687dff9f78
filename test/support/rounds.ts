import type { TestContext } from 'node:test'
import { newSeed, scaled } from './scale.ts'

/** What a round of a fuzzer hands to `fc.assert`. */
export type Round = { readonly seed: number; readonly numRuns: number }

/**
 * Plays a round of so many runs; in the long set thirty rounds, which take ten minutes, each by the seed after the one
 * before.
 */
export async function inRounds(
  t: TestContext,
  numRuns: number,
  play: (round: Round) => Promise<void>,
): Promise<void> {
  const rounds = scaled(1, 30)
  t.diagnostic(`${rounds * numRuns} runs, by CHATTER_SEED=${newSeed}`)
  for (let count = 0; count < rounds; count++) await play({ seed: newSeed + count, numRuns })
}
