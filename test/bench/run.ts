// What `npm run bench` runs: each row of the budgets as a ratio to something that runs beside it, in one table.
// `npm run bench -- burst history` runs only these; `--quick` shows in seconds that everything works, not how fast.
// Exits with 1 when a budget is missed, a message was lost or doubled, or a row failed.
import { isMet, type Pace, type Result, type Row } from './result.ts'
import { burst } from './rows/burst.ts'
import { crowd } from './rows/crowd.ts'
import { durable } from './rows/durable.ts'
import { history } from './rows/history.ts'
import { idle } from './rows/idle.ts'
import { lone } from './rows/lone.ts'
import { pairs } from './rows/pairs.ts'
import { table } from './table.ts'

const rows: Record<string, Row> = { burst, lone, pairs, durable, history, idle, crowd }
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('-'))
const isQuick = process.argv.includes('--quick')
const pace: Pace = { rounds: isQuick ? 1 : 5, roundMs: isQuick ? 200 : 1_500, isQuick }

async function take(name: string, row: Row): Promise<Result[] | undefined> {
  const start = performance.now()
  try {
    const results = await row(pace)
    console.error(`${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`)
    return results
  } catch (error) {
    console.error(`${name} failed:`, error)
    return undefined
  }
}

const unknown = wanted.filter((name) => !(name in rows))
if (unknown.length > 0) {
  console.error(`no row ${unknown.join(', ')}: there are ${Object.keys(rows).join(', ')}`)
  process.exit(2)
}
const results: Result[] = []
let isGood = true
for (const [name, row] of Object.entries(rows)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const found = await take(name, row)
  results.push(...(found ?? []))
  // A quick run has nothing to say about budgets.
  const isFine = (result: Result) => (isQuick ? result.faults.length === 0 : isMet(result))
  isGood &&= found?.every(isFine) ?? false
}
console.log(table(results))
process.exitCode = isGood ? 0 : 1
