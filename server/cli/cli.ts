import { explain } from '../main.ts'
import { readCommandLine } from './arguments.ts'
import { commands } from './commands.ts'

async function main(): Promise<void> {
  const asked = readCommandLine(process.argv.slice(2), commands, process.env)
  console.log('help' in asked ? asked.help : await asked.run())
}

main().catch((error: unknown) => {
  process.exitCode = explain(error)
})
