/** docs/http-api.md: every request and what it answers, as `v1/openapi.json` has it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createChatter } from '../server/app.ts'
import { linesType } from '../server/http/lines.ts'
import type { Json, OpenApi, Operation } from '../server/http/openapi.ts'
import { httpProblems } from '../server/http/problem-answers.ts'
import { openSqlite } from '../server/store/sqlite/open.ts'
import { table } from './table.ts'

type Asked = Operation & { readonly method: string; readonly path: string }
type Parameter = {
  readonly name: string
  readonly in: string
  readonly required: boolean
  readonly schema: Schema
  readonly description?: string
}
type Schema = {
  readonly $ref?: string
  readonly type?: string
  readonly description?: string
  readonly const?: unknown
  readonly enum?: readonly string[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
  readonly maxItems?: number
}

const titles: Readonly<Record<string, string>> = {
  users: 'Users',
  rooms: 'Rooms',
  members: 'Members',
  messages: 'Messages',
  links: 'Join links',
  directory: 'The directory',
  me: 'Oneself',
  server: 'The server',
}

/** The tables of the page and of docs/server-api.md. */
export async function httpReference(): Promise<{ requests: string; ofKeys: string }> {
  const document = await theDocument()
  const all = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase(),
      path,
    })),
  )
  // Those by which the user stands in the query are the same once more.
  const isSame = ({ method, path, parameters }: Asked) =>
    all.some(
      (other) =>
        other.method === method &&
        other.path ===
          `${path.replace(/\/disconnect$/, '')}/{userId}${path.endsWith('/disconnect') ? '/disconnect' : ''}`,
    ) && parametersOf({ parameters }).some(({ name, required }) => name === 'userId' && required)
  const shown = all.filter((operation) => !isSame(operation))
  const inOrder = Object.keys(titles)
  const byTag = Map.groupBy(shown, ({ tags }) => tags[0] ?? '')
  const sections = [...byTag]
    .toSorted(([a], [b]) => inOrder.indexOf(a) - inOrder.indexOf(b))
    .map(
      ([tag, operations]) =>
        `## ${titles[tag]}\n\n${operations.toSorted(byMethod).map(section).join('\n\n')}`,
    )
  const ordered = [...byTag]
    .toSorted(([a], [b]) => inOrder.indexOf(a) - inOrder.indexOf(b))
    .flatMap(([, operations]) => operations.toSorted(byMethod))
  return { requests: sections.join('\n\n'), ofKeys: keyTable(ordered) }
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

function byMethod(a: Asked, b: Asked): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1
  return methods.indexOf(a.method) - methods.indexOf(b.method)
}

async function theDocument(): Promise<OpenApi> {
  const folder = mkdtempSync(join(tmpdir(), 'chatter-docs-'))
  const stores = openSqlite({ folder, role: 'server', now: Date.now })
  const chatter = await createChatter({ stores })
  try {
    return chatter.openApi()
  } finally {
    await chatter.close()
    await stores.close()
    rmSync(folder, { recursive: true })
  }
}

function section(operation: Asked): string {
  const { method, path, summary, description, requestBody, responses } = operation
  const parts = [
    `### \`${method} ${path}\``,
    description?.startsWith('With a key alone')
      ? description
      : `${summary}.${description ? ` ${description}` : ''}`,
    `For: ${whoAsks(operation)}.`,
    parametersTable(operation),
    ...(requestBody ? bodyTables(requestBody) : []),
    linesTable(responses),
    `Answers ${answersOf(responses)}. ${problemsOf(responses)}`,
  ]
  return parts.filter(Boolean).join('\n\n')
}

function whoAsks({ security, 'x-for': audience }: Asked): string {
  if (security.length === 0) return 'anybody'
  const scopes = security.flatMap(({ key = [] }) => key as string[]).map((scope) => `\`${scope}\``)
  const isForUsers = audience.includes('users')
  const key = `a key with ${scopes.join(' or ')}`
  if (!isForUsers) return key
  return audience.includes('site')
    ? `${key}, with or without \`Chatter-User\`; a user's token`
    : `${key} and \`Chatter-User\`; a user's token`
}

const parametersOf = ({ parameters }: Pick<Operation, 'parameters'>) =>
  parameters as unknown as readonly Parameter[]

function parametersTable(operation: Asked): string {
  const rows = parametersOf(operation)
    .filter(({ in: place }) => place === 'query')
    .map(({ name, required, schema, description = '' }) => [
      `\`${name}${required ? '' : '?'}\``,
      typeOf(schema),
      description,
    ])
  return rows.length === 0 ? '' : table(['parameter', 'type', ''], rows)
}

function bodyTables({ content }: Json): string[] {
  const { schema } = (content as Record<string, { schema: Schema }>)['application/json'] ?? { schema: {} }
  const { anyOf } = schema
  if (!anyOf) return [fields(schema)]
  const [site = {}, user = {}] = anyOf
  return ['With a key alone:', fields(site), 'As a user:', fields(user)]
}

function fields({ properties = {}, required = [] }: Schema): string {
  return table(
    ['field', 'type', ''],
    Object.entries(properties).map(([name, schema]) => [
      `\`${name}${required.includes(name) ? '' : '?'}\``,
      typeOf(schema),
      schema.description ?? '',
    ]),
  )
}

function typeOf(schema: Schema): string {
  const { $ref, type, anyOf, items, properties, required = [], additionalProperties, enum: words } = schema
  if ($ref !== undefined) return named($ref)
  if (anyOf) return [...new Set(anyOf.map(typeOf))].join(' or ')
  if (words) return words.map((word) => `\`${word}\``).join(' ')
  if ('const' in schema) return `\`${String(schema.const)}\``
  if (type === 'null') return '`null`'
  if (items) return `[${typeOf(items)}]${most(schema.maxItems)}`
  if (properties)
    return `{${Object.keys(properties)
      .map((name) => `\`${name}${required.includes(name) ? '' : '?'}\``)
      .join(', ')}}`
  if (additionalProperties) return `{id: ${typeOf(additionalProperties)}}`
  if (type === 'integer')
    return schema.maximum === undefined || schema.maximum > 1e9
      ? 'whole number'
      : `${schema.minimum ?? 0}–${schema.maximum}`
  return `${type ?? 'any'}${most(schema.maxLength)}`
}

const most = (length: number | undefined) => (length === undefined ? '' : `, at most ${length}`)

/** Answers that docs/protocol.md has a table of. */
const elsewhere: Readonly<Record<string, string>> = {
  RoomAnswer: '[RoomView](protocol.md#roomview) with `users`',
  MessageAnswer: '[MessageView](protocol.md#messageview) with `users`',
}

function named(ref: string): string {
  const name = ref.split('/').at(-1) ?? ''
  return elsewhere[name] ?? `[${name}](protocol.md#${name.toLowerCase()})`
}

function answersOf(responses: Operation['responses']): string {
  const good = Object.entries(responses).flatMap(([status, { content, description }]) =>
    content === undefined || description === undefined ? [] : [{ status, content }],
  )
  const [first] = good
  if (!first) return '204, with nothing in it'
  const [[type, { schema }] = ['', { schema: {} }]] = Object.entries(
    first.content as Record<string, { schema: Schema }>,
  )
  const codes = good.map(({ status }) => status).join(' or ')
  return `${codes}: ${type === linesType ? 'lines of JSON, as the table has them' : typeOf(schema)}`
}

/** What each line may be, where an answer is lines. */
function linesTable(responses: Operation['responses']): string {
  const { content = {} } = responses[200] ?? {}
  const { schema } = (content as Record<string, { schema: Schema }>)[linesType] ?? {}
  const lines = (schema?.oneOf ?? []).map(({ properties = {}, required = [] }) => {
    const { type, ...others } = properties
    const names = Object.keys(others).map((name) => `\`${name}${required.includes(name) ? '' : '?'}\``)
    return [`\`${String(type?.const)}\``, names.join(' '), type?.description ?? '']
  })
  return lines.length === 0 ? '' : table(['`type`', 'fields', ''], lines)
}

/** Problems that the page names once. */
const everywhere = [
  'unauthorized',
  'token_expired',
  'forbidden',
  'not_found',
  'rate_limited',
  'overloaded',
  'site_disabled',
  'internal',
]

function problemsOf(responses: Operation['responses']): string {
  const failing = Object.keys(responses).filter((status) => '$ref' in (responses[status] ?? {}))
  const codes = Object.entries(httpProblems)
    .filter(([code, { status }]) => failing.includes(String(status)) && !everywhere.includes(code))
    .map(([code]) => `\`${code}\``)
  return codes.length === 0 ? '' : `Also: ${codes.join(' ')}.`
}

/** What a key asks for, for nobody in particular. */
function keyTable(all: readonly Asked[]): string {
  const rows = all
    .filter((operation) => operation['x-for'].includes('site'))
    .map((operation) => {
      const { method, path, summary, description, security } = operation
      const [, alone] = description?.match(/^With a key alone: (.*)$/m) ?? []
      const scopes = security.flatMap(({ key = [] }) => key as string[])
      const said = alone ?? `${summary}.${description ? ` ${description}` : ''}`
      return [`[\`${method} ${path}\`](http-api.md#${anchorOf(operation)})`, `\`${scopes[0]}\``, said]
    })
  return table(['request', 'scope', ''], rows)
}

/** As GitHub makes it of a heading. */
function anchorOf({ method, path }: Asked): string {
  return `${method} ${path}`
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-')
}
