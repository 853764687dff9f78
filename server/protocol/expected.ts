/** What was expected and what came, where a schema has no words of its own. */
import type * as v from 'valibot'

type Issue = v.BaseIssue<unknown>

const mostShownChars = 40

const named: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  Array: 'a list',
  Object: 'an object',
  integer: 'a whole number',
  safe_integer: 'a whole number',
}

const comparisons: Readonly<Record<string, string>> = { '>=': 'at least', '<=': 'at most' }

/** For an issue of a schema, by its whole path: `expected a text, got 5`. */
export function expectation(schema: v.GenericSchema, issue: Issue): string {
  const at = isMissing(issue) ? fieldOf(schema, issue) : undefined
  if (typeof at?.message === 'string') return `${at.message}, got nothing`
  const expected = at ? wordsFor(at.expects) : expectedBy(issue)
  const got = isLength(issue) ? issue.received : shown(issue.input)
  return `expected${expected === '' ? '' : ` ${expected}`}, got ${got}`
}

/** Of an object that lacks a field, and not of what the field holds. */
const isMissing = ({ type, input, expected }: Issue) =>
  type.endsWith('object') && input === undefined && expected?.startsWith('"') === true

const isLength = ({ type }: Issue) => type.endsWith('_length')

function expectedBy(issue: Issue): string {
  if (isMissing(issue)) return ''
  const { input, type } = issue
  if (type === 'non_empty') return `at least ${counted(1, input)}`
  const [, comparison = '', bound] = /^([<>]=)(.*)$/.exec(issue.expected ?? '') ?? []
  if (bound === undefined) return named[type] ?? wordsFor(issue.expected ?? '')
  return `${comparisons[comparison]} ${isLength(issue) ? counted(Number(bound), input) : bound}`
}

function counted(number: number, input: unknown): string {
  const [one, several] = typeof input === 'string' ? ['character', 'characters'] : ['entry', 'entries']
  return `${number} ${number === 1 ? one : several}`
}

/** `("a" | null)` is `"a" or null`. */
function wordsFor(expects: string): string {
  const alternatives = expects.replace(/^\((.*)\)$/, '$1').split(' | ')
  const words = [...new Set(alternatives.map((one) => named[one] ?? one))]
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} or ${words.at(-1)}` : (words[0] ?? '')
}

type Parts = v.GenericSchema & {
  readonly message?: unknown
  readonly entries?: Readonly<Record<string, Parts>>
  readonly wrapped?: Parts
  readonly item?: Parts
  /** Of a union; texts where it is a list of them. */
  readonly options?: readonly unknown[]
}

/** The schema of the field that an issue is of. */
function fieldOf(schema: Parts, issue: Issue): Parts | undefined {
  let at: Parts | undefined = schema
  for (const { key } of issue.path ?? [])
    at = typeof key === 'number' ? inner(at)?.item : fieldIn(at, String(key))
  return inner(at)
}

function fieldIn(schema: Parts | undefined, key: string): Parts | undefined {
  const { entries, options = [] } = inner(schema) ?? {}
  const others = options.filter((one): one is Parts => typeof one === 'object' && one !== null)
  return entries?.[key] ?? others.map((one) => fieldIn(one, key)).find((found) => found !== undefined)
}

function inner(schema: Parts | undefined): Parts | undefined {
  return schema?.wrapped ? inner(schema.wrapped) : schema
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  if (typeof value === 'string' && value.length > mostShownChars)
    return `a text of ${value.length} characters`
  return JSON.stringify(value) ?? 'something else'
}
