// `npm start`: the demo, with nothing set. It signs in anybody as anybody, so it is for this machine alone.
import { explain, stopOnSignal } from '../server/main.ts'
import { startDemo } from './demo.ts'
import { buildWidget } from './widget.ts'

try {
  await buildWidget({ isWatching: process.argv.includes('--watch') })
  const running = await startDemo(process.env)
  stopOnSignal(running)
  console.log(`Open the demo: ${running.url}`)
} catch (error) {
  process.exitCode = explain(error)
}
