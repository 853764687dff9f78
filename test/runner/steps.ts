import { asResult, type Result, sum } from './report.ts'

/** Something that is run and answers what it found. */
export type Step = { readonly name: string; readonly run: () => Promise<Result> | Result }

export type Taken<S extends Step = Step> = {
  readonly step: S
  readonly result: Result
  readonly minutes: number
}

/** Runs every step, even after one has failed, and says after each how it went. */
export async function take<S extends Step>(steps: readonly S[]): Promise<Taken<S>[]> {
  const taken: Taken<S>[] = []
  for (const step of steps) {
    console.log(`\n── ${step.name} ${'─'.repeat(70 - step.name.length)}`)
    const start = performance.now()
    const result = await attempt(step)
    const seconds = (performance.now() - start) / 1000
    const found = `${result.passed} passed, ${result.failed} failed`
    console.log(`${result.failed ? '✗' : '✓'} ${step.name}: ${found} (${seconds.toFixed(1)} s)`)
    taken.push({ step, result, minutes: seconds / 60 })
  }
  return taken
}

async function attempt({ run }: Step): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return asResult(false)
  }
}

/** The end of a run: what failed, by name, and the counts, alone on the last line. Sets the exit code. */
export function conclude(taken: readonly Taken[], complaints: readonly string[] = []): void {
  const { passed, failed } = sum(taken.map(({ result }) => result))
  const unhappy = taken.filter(({ result }) => result.failed > 0).map(({ step }) => step.name)
  console.log('')
  if (unhappy.length > 0) console.log(`Failed: ${unhappy.join(', ')}`)
  for (const complaint of complaints) console.log(complaint)
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed > 0 || complaints.length > 0 ? 1 : 0
}
