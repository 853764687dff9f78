/** How the command line shows things: to people in aligned columns, to programs as JSON. */
import { cleanLine } from '../protocol/clean.ts'

type Fields = Readonly<Record<string, string | number | readonly string[]>>

/** For programs: the same JSON whatever stands in it, and nothing that a terminal would obey. */
export const inJson = (value: unknown, space?: number): string =>
  JSON.stringify(value, undefined, space).replace(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/gu, (char) =>
    Array.from({ length: char.length }, (_, at) => char.charCodeAt(at))
      .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
      .join(''),
  )

/** One thing: a line for each field. */
export function fieldsInColumns(fields: Fields): string {
  return inColumns(Object.entries(fields).map(([name, value]) => [name, shown(value)]))
}

/** Several things of one kind: a line for each, under the names of their fields. */
export function rowsInColumns(rows: readonly Fields[]): string {
  const names = Object.keys(rows[0] ?? {})
  return inColumns([names, ...rows.map((row) => names.map((name) => shown(row[name] ?? '')))])
}

export function inColumns(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  )
  const aligned = (line: readonly string[]) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0))
  return lines.map((line) => aligned(line).join('  ').trimEnd()).join('\n')
}

/** A text in lines of at most so many characters. */
export function wrapped(text: string, most: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > most) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

/** Whatever an earlier build stored: nothing turns a terminal's lines round, or writes over them. */
function shown(value: Fields[string]): string {
  return cleanLine(typeof value === 'object' ? value.join(' ') : String(value)) || '-'
}
