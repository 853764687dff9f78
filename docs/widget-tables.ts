/** The tables of docs/reference.md and docs/theming.md, read off the element's own documentation. */
import { describe, type Element, type EventClass, type Member, type Named, type Typed } from './manifest.ts'
import { table } from './table.ts'
import { coloursOf, styleSources } from './tokens.ts'

/** How the element is used. */
export function referenceTables(): Record<string, string> {
  const { element, events } = describe()
  const isMethod = ({ kind, type }: Member) => kind === 'method' || type?.text.startsWith('() =>')
  const properties = element.members.filter((one) => !isMethod(one) && !one.attribute)
  return {
    attributes: table(['attribute', 'values', ''], element.attributes.map(attributeRow)),
    properties: table(
      ['property', 'type', ''],
      properties.map((one) => [code(one.name), typeOf(one), said(one)]),
    ),
    methods: table(['method', 'answers', ''], element.members.filter(isMethod).map(methodRow)),
    events: table(
      ['event', 'fields', ''],
      element.events.map((one) => [code(one.name), fieldsOf(one, events), said(one)]),
    ),
  }
}

/** How the element is made to look. */
export function themingTables(): Record<string, string> {
  const { element } = describe()
  const sheets = styleSources()
  const isState = ({ description }: Named) => description?.startsWith('With `')
  const rows = (some: readonly Named[]) => some.map((one) => [code(one.name), said(one)])
  return {
    tokens: table(
      ['token', 'default', 'what it is'],
      element.cssProperties.map((one) => [code(one.name), defaultOf(one, sheets), said(one)]),
    ),
    parts: table(['part', 'what it is'], rows(element.cssParts.filter((one) => !isState(one)))),
    'state parts': table(['part', 'when'], rows(element.cssParts.filter(isState))),
    slots: table(['slot', 'where'], rows(element.slots)),
    states: table(['state', 'when'], rows(element.cssStates)),
  }
}

function attributeRow(attribute: Element['attributes'][number]): string[] {
  const value = attribute.default?.replaceAll("'", '')
  const values = typeOf(attribute).replace(code(value ?? ''), (chosen) => `**${chosen}**`)
  return [code(attribute.name), values, said(attribute)]
}

function methodRow({ name, parameters = [], return: answer, type, ...rest }: Member): string[] {
  const text = answer?.type.text ?? type?.text.replace('() => ', '') ?? 'void'
  const [, awaited = text] = /^Promise<(.*)>$/.exec(text) ?? []
  const inside = parameters.map((one) => `${one.name}${one.default === undefined ? '' : ' = {}'}`)
  return [
    code(`${name}(${inside.join(', ')})`),
    awaited === 'void' ? '' : typeOf({ name, type: { text: awaited } }),
    said({ name, ...rest }),
  ]
}

function fieldsOf({ type }: Typed, events: readonly EventClass[]): string {
  const { members = [] } = events.find(({ name }) => name === type?.text) ?? {}
  return members.map((one) => `${code(one.name)} ${typeOf(one)}`).join(', ')
}

/** The choices one by one, where there are some. That there may be none says nothing. */
function typeOf({ type }: Typed): string {
  const choices = (type?.text ?? '').replaceAll(/["']|readonly /g, '').split(/ ?\| ?/)
  return choices
    .filter((choice) => choice !== 'undefined')
    .map(code)
    .join(' ')
}

function defaultOf({ name, default: value }: Named, sheets: string): string {
  const [light, dark] = coloursOf(name, sheets) ?? []
  if (light && dark) return light === dark ? code(light) : `${code(light)}, dark ${code(dark)}`
  return value === undefined ? '' : code(value)
}

const code = (text: string) => `\`${text}\``
const said = ({ description = '' }: Named) => description
