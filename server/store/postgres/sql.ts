/** Values become parameters; a part may stand in another statement, and brings its own. */
export type Sql = { readonly strings: readonly string[]; readonly values: readonly (Value | Sql)[] }
export type Value = string | number | boolean | null | readonly string[]

export const sql = (strings: readonly string[], ...values: (Value | Sql)[]): Sql => ({ strings, values })

/** A statement with numbered parameters. Under its name the server keeps it prepared. */
export function toQuery(statement: Sql): { name: string; text: string; values: Value[] } {
  const values: Value[] = []
  const text = textOf(statement, values)
  const name = names.get(text) ?? `chatter_${names.size}`
  names.set(text, name)
  return { name, text, values }
}

const names = new Map<string, string>()

function textOf({ strings, values }: Sql, parameters: Value[]): string {
  return strings.reduce((text, string, index) => {
    const value = values[index - 1] ?? null
    if (typeof value === 'object' && value !== null && 'strings' in value) {
      return text + textOf(value, parameters) + string
    }
    return `${text}$${parameters.push(storable(value))}${string}`
  })
}

/** Text on Postgres holds no NUL. The protocol lets none into a message; an id with one then names nothing. */
function storable(value: Value): Value {
  if (typeof value === 'string') return value.replaceAll('\0', '\ufffd')
  return typeof value === 'object' && value !== null
    ? value.map((text) => text.replaceAll('\0', '\ufffd'))
    : value
}
