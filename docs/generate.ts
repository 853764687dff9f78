/**
 * Writes what follows from the code: custom-elements.json and what editors read, the emoji of the picker, and the tables of the docs, each between `<!-- NAME -->` and
 * `<!-- /NAME -->`. `--check` writes nothing and fails where a file is not what the code says. Both fail where the
 * element has something that its documentation does not name, or the other way round.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { editorData } from './editor-data.ts'
import { emojiModule } from './emoji.ts'
import { httpReference } from './http-reference.ts'
import { manifest } from './manifest.ts'
import { protocolTables } from './protocol-tables.ts'
import { settingsTable } from './settings-table.ts'
import { situationTables } from './situations.ts'
import { storeTables } from './store-tables.ts'
import { undocumented } from './undocumented.ts'
import { referenceTables, themingTables } from './widget-tables.ts'

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8'))

const { requests, ofKeys } = await httpReference()

/** What each file should be, given what it is. */
const files: Record<string, (before: string) => string> = {
  'custom-elements.json': manifest,
  ...Object.fromEntries(Object.entries(editorData(version)).map(([name, text]) => [name, () => text])),
  'docs/operations.md': (before) => fill(before, { ...settingsTable(), ...storeTables() }),
  'docs/http-api.md': (before) => fill(before, { requests }),
  'docs/server-api.md': (before) => fill(before, { 'of keys': ofKeys }),
  'docs/protocol.md': (before) => fill(before, protocolTables()),
  'docs/reference.md': (before) => fill(before, referenceTables()),
  'docs/theming.md': (before) => fill(before, themingTables()),
  'docs/situations.md': (before) => fill(before, situationTables()),
  'widget/locale/emoji-en.ts': () => emojiModule('en'),
  'widget/locale/emoji-de.ts': () => emojiModule('de'),
  'widget/locale/emoji-fr.ts': () => emojiModule('fr'),
  'widget/locale/emoji-ja.ts': () => emojiModule('ja'),
}

const isCheck = process.argv.includes('--check')
const faults = undocumented().map((fault) => `widget/chatter-widget.ts: ${fault}`)

for (const [name, write] of Object.entries(files)) {
  const path = join(import.meta.dirname, '..', name)
  const before = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const after = write(before)
  if (after === before) continue
  if (isCheck) faults.push(`${name} is not what the code says: run npm run docs`)
  else writeFileSync(path, after)
}
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exitCode = 1

function fill(text: string, tables: Record<string, string>): string {
  let filled = text
  for (const [name, table] of Object.entries(tables)) {
    const place = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`)
    if (!place.test(filled)) throw new Error(`no place for ${name} in a file of docs/`)
    filled = filled.replace(place, (_, start: string, end: string) => `${start}${table.trim()}\n${end}`)
  }
  return filled
}
