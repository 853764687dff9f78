/**
 * What a process of `chatter` runs in tests. `npm test` builds the server once and says where it lies: it starts in a
 * tenth of the time that the sources take, and is what operators run. One test alone runs from source.
 */
import { join } from 'node:path'

/** Of the environment: the program that a run has built. A server would take a name of its own for a misspelt setting. */
export const programVariable = 'BUILT_CHATTER'

export const chatterProgram =
  process.env[programVariable] ?? join(import.meta.dirname, '..', '..', 'server', 'cli', 'cli.ts')
