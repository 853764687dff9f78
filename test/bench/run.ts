// What `npm run bench` runs: each row of the budgets as a ratio to something that runs beside it, in one table.
// `npm run bench -- burst history` runs only these; `--quick` shows in seconds that everything works, not how fast.
// Exits with 1 when a budget is missed, a message was lost or doubled, or a row failed.
import { isMet, quick, type Result, type Row, steady } from './result.ts'
import { rows } from './rows/all.ts'
import { table } from './table.ts'

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('-'))
const isQuick = process.argv.includes('--quick')

async function take(name: string, row: Row): Promise<Result[] | undefined> {
  const start = performance.now()
  try {
    const results = await row(isQuick ? quick : steady)
    console.error(`${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`)
    return results
  } catch (error) {
    console.error(`${name} failed:`, error)
    return undefined
  }
}

const unknown = wanted.filter((name) => !Object.hasOwn(rows, name))
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
