import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { explain } from '../main.ts'
import { readCommandLine } from './arguments.ts'
import { commands } from './commands.ts'

/** Whoever lists the processes of the machine sees their arguments, until they are written over. */
function hideSecrets(): void {
  const isTold = process.argv.some((word) =>
    /^--(secret|seal-key|database-url|redis-url|from|to)\b/.test(word),
  )
  if (isTold) process.title = 'chatter'
}

async function main(): Promise<void> {
  hideSecrets()
  const asked = readCommandLine(process.argv.slice(2), commands, process.env)
  const printed = 'help' in asked ? asked.help : await asked.run()
  if (typeof printed === 'string') console.log(printed)
  else await pipeline(Readable.from(printed), process.stdout)
}

main().catch((error: unknown) => {
  process.exitCode = explain(error)
})
