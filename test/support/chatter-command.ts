import assert from 'node:assert/strict'
import { readCommandLine } from '../../server/cli/arguments.ts'
import { commands } from '../../server/cli/commands.ts'
import { secret } from './server.ts'

/** What a command of `chatter` on a data folder prints, without a process of its own. Rejects with what went wrong. */
export async function chatterCommand(folder: string, ...args: readonly string[]): Promise<string> {
  const env = { CHATTER_DATA: folder, CHATTER_SECRET: secret }
  const asked = readCommandLine([...args], commands, env)
  const printed = await ('run' in asked
    ? asked.run()
    : assert.fail(`expected a command, got ${args.join(' ')}`))
  if (typeof printed === 'string') return printed
  let all = ''
  for await (const piece of printed) all += piece
  return all
}
