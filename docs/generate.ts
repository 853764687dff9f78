/**
 * Writes the tables of the docs from the code they describe: each between `<!-- NAME -->` and `<!-- /NAME -->`.
 * `--check` writes nothing and fails where a table is not what the code says.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { protocolTables } from './protocol-tables.ts'

/** What stands between the marks of each file. */
const files: Record<string, () => Record<string, string>> = {
  'protocol.md': protocolTables,
}

const isCheck = process.argv.includes('--check')
let isStale = false

for (const [name, tablesOf] of Object.entries(files)) {
  const path = join(import.meta.dirname, name)
  const before = readFileSync(path, 'utf8')
  const after = fill(before, tablesOf(), name)
  if (after === before) continue
  isStale = true
  if (isCheck) console.error(`docs/${name} is not what the code says: run npm run docs`)
  else writeFileSync(path, after)
}
if (isCheck && isStale) process.exitCode = 1

function fill(text: string, tables: Record<string, string>, file: string): string {
  let filled = text
  for (const [name, table] of Object.entries(tables)) {
    const place = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`)
    if (!place.test(filled)) throw new Error(`docs/${file} has no place for ${name}`)
    filled = filled.replace(place, (_, start: string, end: string) => `${start}${table.trim()}\n${end}`)
  }
  return filled
}
