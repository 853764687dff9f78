/** How the command line shows things to people: aligned columns. */
type Fields = Readonly<Record<string, string | number | readonly string[]>>

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

function shown(value: Fields[string]): string {
  if (typeof value !== 'object') return String(value)
  return value.length > 0 ? value.join(' ') : '-'
}
