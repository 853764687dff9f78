/**
 * What the server answers over HTTP, as an OpenAPI 3.1 document: made of what stands at each route (described.ts), of the
 * rows of the commands, and of the schemas that both parse with.
 */
import { createHash } from 'node:crypto'
import { type ConversionConfig, toJsonSchema } from '@valibot/to-json-schema'
import { Hono } from 'hono'
import * as v from 'valibot'
import type { ProblemCode } from '../protocol/problems.ts'
import * as views from '../protocol/views.ts'
import { type KeyScope, keyScopes } from '../rules/keys.ts'
import { requestProblems } from '../rules/preconditions.ts'
import { version } from '../version.ts'
import { sayAnswerHeaders } from './answer-headers.ts'
import { type Described, descriptionOf, saysToAnybody } from './described.ts'
import { linesType } from './lines.ts'
import { httpProblems } from './problem-answers.ts'

/** A route as Hono keeps it. */
type KnownRoute = { readonly method: string; readonly path: string; readonly handler: object }

/** A part of the document: JSON. */
export type Json = { readonly [name: string]: unknown }
type Method = 'get' | 'put' | 'post' | 'patch' | 'delete'
export type Operation = {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description?: string
  readonly security: readonly Json[]
  readonly parameters: readonly Json[]
  readonly requestBody?: Json
  readonly responses: Readonly<Record<string, Json>>
  /** With a key alone, or as a user. */
  readonly 'x-for': readonly Described['for'][]
}
export type OpenApi = Json & {
  readonly paths: Readonly<Record<string, Readonly<Partial<Record<Method, Operation>>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Json>> } & Json
}

/** What stands in paths, by its name there. */
const inPaths: Readonly<Record<string, v.GenericSchema>> = {
  roomId: v.pipe(views.Uuid, v.description("the room's id")),
  messageId: v.pipe(views.Uuid, v.description("the message's id")),
  userId: v.pipe(views.UserId, v.description("the user's id, percent-encoded")),
  linkId: v.pipe(views.Uuid, v.description("the link's id")),
  code: v.pipe(v.string(), v.description('of the link')),
  emoji: v.pipe(v.string(), v.description('one emoji, percent-encoded')),
}

const allProblems: Readonly<Record<string, { readonly status: number; readonly title: string }>> = {
  ...httpProblems,
  ...requestProblems,
}

const ProblemAnswer = v.object({
  type: v.string(),
  title: v.string(),
  status: v.number(),
  code: v.picklist(Object.keys(allProblems)),
  temporary: v.pipe(v.boolean(), v.description('doing the same again later may succeed')),
  detail: v.pipe(v.string(), v.description('for people: what was expected and what came')),
  errors: v.exactOptional(
    v.pipe(
      v.array(v.object({ path: v.string(), detail: v.string() })),
      v.description('what is wrong with which field'),
    ),
  ),
})

/** Named where others use them. */
const named: Record<string, v.GenericSchema> = {
  ...Object.fromEntries(
    Object.entries(views).filter(([name]) => !['Uuid', 'UserId', 'Time', 'Seq'].includes(name)),
  ),
  Problem: ProblemAnswer,
}

const how = {
  target: 'draft-2020-12',
  // What a schema checks beyond its form, JSON Schema cannot say: descriptions do.
  ignoreActions: ['check', 'transform', 'title', 'max_bytes'],
  overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
  // One that is only described where it is used: with a pipe it is no longer the one that has the name.
  overrideSchema({ referenceId, valibotSchema, jsonSchema }) {
    if (valibotSchema.type === 'custom') return {}
    return referenceId === undefined ? jsonSchema : { $ref: `#/components/schemas/${referenceId}` }
  },
} satisfies ConversionConfig

function schemaOf(schema: v.GenericSchema): Json {
  const { $schema: _, $defs: __, ...rest } = toJsonSchema(schema, { ...how, definitions: named })
  return rest
}

/** The document of a server whose paths begin with `base`. */
export function openApi(routes: readonly KnownRoute[], base: string): OpenApi {
  const byOperation = Map.groupBy(
    routes.flatMap(({ method, path, handler }) => {
      const description = descriptionOf(handler)
      const ownPath = `/${path.slice(base.length)}`.replaceAll(/:(\w+)/g, '{$1}')
      return description ? [{ method, path: ownPath, description }] : []
    }),
    ({ method, path }) => `${path} ${method.toLowerCase()}`,
  )
  const paths: Record<string, Partial<Record<Method, Operation>>> = {}
  for (const [key, uses] of [...byOperation].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const [path = '', method] = key.split(' ') as [string, Method]
    paths[path] ??= {}
    paths[path][method] = operationOf(
      method,
      path,
      uses.map(({ description }) => description),
    )
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Chatter', version, description: introduction },
    ...(base !== '/' && { servers: [{ url: base.replace(/\/$/, '') }] }),
    paths,
    components: {
      // Copies, or each would be no more than its name.
      schemas: Object.fromEntries(Object.entries(named).map(([name, one]) => [name, schemaOf({ ...one })])),
      responses: Object.fromEntries(statuses.map((status) => [nameOf(status), problemOf(status)])),
      securitySchemes,
    },
  }
}

const introduction = `The HTTP API of a Chatter server. A site's own server asks with a key (\`chatter key add\`), for the site or, with the
header \`Chatter-User\`, for one of its users; users and bots ask with a token that the site signs. What happens live comes by a
WebSocket at \`v1/socket\`. The API only grows: ignore fields that you do not know, and take other words for those that are listed.`

const securitySchemes = {
  token: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'of a user, signed by the site',
  },
  key: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'chk_…',
    description: `of the site's own server, with scopes: ${Object.entries(keyScopes)
      .map(([scope, what]) => `\`${scope}\` (${what})`)
      .join(', ')}`,
  },
}

const forUser = {
  name: 'Chatter-User',
  in: 'header',
  required: false,
  schema: { type: 'string' },
  description: 'with a key: the id of the user for whom it asks, percent-encoded',
}

function headersOf(method: Method, uses: readonly Described[]): Json[] {
  const header = (name: string, description: string) => ({
    name,
    in: 'header',
    required: false,
    schema: { type: 'string' },
    description,
  })
  return [
    ...(uses.some(({ matches }) => matches)
      ? [
          header('If-Match', 'the `ETag` that it had when it was read: where it has another one, 412'),
          header('If-None-Match', '`*`: where there is one already, 412'),
        ]
      : []),
    ...(method === 'post' && uses.some((use) => use.for !== 'anybody')
      ? [header('Idempotency-Key', 'with a key: the same again within 24 hours is answered the same')]
      : []),
  ]
}

function operationOf(method: Method, path: string, uses: readonly Described[]): Operation {
  const site = uses.find((use) => use.for === 'site')
  const user = uses.find((use) => use.for === 'users')
  const main = site ?? user ?? uses[0]
  if (!main) throw new Error(`${method} ${path} is nobody's`)
  const bodies = uses.flatMap(({ body }) => (body ? [body] : []))
  const description = aboutOf(site, user) ?? main.about
  return {
    operationId: idOf(method, path),
    tags: [tagOf(path)],
    summary: main.summary,
    ...(description !== undefined && { description }),
    security: [
      ...(user ? [{ token: [] }] : []),
      ...[
        ...new Set(
          [site, user].flatMap((use) => (use?.for === 'site' || use?.for === 'users' ? [use.scope] : [])),
        ),
      ].map((scope: KeyScope) => ({ key: [scope] })),
    ],
    parameters: [
      ...pathParameters(path),
      ...queryParameters(method, path, uses),
      ...(user ? [forUser] : []),
      ...headersOf(method, uses),
    ],
    ...(bodies.length > 0 && {
      requestBody: {
        required: !bodies.every(mayBeLeftOut),
        content: { 'application/json': { schema: anyOf(bodies) } },
      },
    }),
    responses: responsesOf(method, path, uses),
    'x-for': [...new Set(uses.map((use) => use.for))],
  }
}

/** Where one route answers both, what each of them says. */
function aboutOf(site: Described | undefined, user: Described | undefined): string | undefined {
  if (!site || !user) return undefined
  const textOf = ({ summary, about }: Described) => [`${summary}.`, about].filter(Boolean).join(' ')
  return site.summary === user.summary && site.about === user.about
    ? site.about
    : `With a key alone: ${textOf(site)}\n\nAs a user: ${textOf(user)}`
}

/** `GET /v1/rooms/{roomId}/members` is `getRoomsByRoomIdMembers`. */
function idOf(method: Method, path: string): string {
  const words = path
    .replace(/^\/(v1\/)?/, '')
    .split(/[/.]/)
    .map((word) => (word.startsWith('{') ? `By${capital(word.slice(1, -1))}` : capital(word)))
  return `${method}${words.join('')}`
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)

const tags = ['users', 'members', 'messages', 'links', 'rooms', 'me', 'directory']

function tagOf(path: string): string {
  if (path.endsWith('/export')) return 'users'
  const words = path.split('/')
  return words.findLast((word) => tags.includes(word)) ?? 'server'
}

const namesIn = (path: string) => [...path.matchAll(/{(\w+)}/g)].map(([, name = '']) => name)

function pathParameters(path: string): Json[] {
  return namesIn(path).map((name) => {
    const schema = inPaths[name]
    if (!schema) throw new Error(`${path}: say in \`inPaths\` of server/http/openapi.ts what ${name} is`)
    return parameterOf(name, schema, 'path')
  })
}

/** The user of a member's or user's path may stand in the query instead. */
function isUserNamed(method: Method, path: string): boolean {
  const isAsked = method !== 'get' && method !== 'post' && /\/(users|members)$/.test(path)
  return isAsked || path.endsWith('/users/disconnect')
}

function queryParameters(method: Method, path: string, uses: readonly Described[]): Json[] {
  const isNamed = isUserNamed(method, path)
  const query = Object.assign({}, ...uses.map((use) => use.query)) as Record<string, v.GenericSchema>
  const asked = isNamed ? { userId: inPaths.userId ?? v.string(), ...query } : query
  return Object.entries(asked).map(([name, schema]) => {
    const isEverywhere = isNamed || uses.every((use) => use.query?.[name])
    return parameterOf(name, schema, 'query', isEverywhere)
  })
}

function parameterOf(
  name: string,
  given: v.GenericSchema,
  place: 'path' | 'query',
  mayBeRequired = true,
): Json {
  const { description, ...schema } = schemaOf(given)
  return {
    name,
    in: place,
    required: place === 'path' || (mayBeRequired && given.type !== 'exact_optional'),
    schema,
    ...(description !== undefined && { description }),
  }
}

function mayBeLeftOut(body: v.GenericSchema): boolean {
  const { entries = {} } = body as { entries?: Record<string, v.GenericSchema> }
  return Object.values(entries).every(({ type }) => type === 'exact_optional')
}

function anyOf(given: readonly v.GenericSchema[]): Json {
  const [first, ...others] = [...new Set(given)]
  if (!first) return {}
  return others.length === 0 ? schemaOf(first) : { anyOf: [first, ...others].map(schemaOf) }
}

function responsesOf(method: Method, path: string, uses: readonly Described[]): Record<string, Json> {
  const answers = uses.flatMap(({ answer }) => (answer ? [answer] : []))
  const lines = uses.flatMap(({ line }) => (line ? [line] : []))
  const responses: Record<string, Json> = {}
  if (answers.length > 0) {
    const content = { 'application/json': { schema: anyOf(answers) } }
    const usual = uses.some(({ makes }) => makes) ? [200, 201] : [200]
    for (const status of uses[0]?.statuses ?? usual)
      responses[status] = { description: meanings[status] ?? 'not now', content }
  }
  if (lines.length > 0)
    responses[200] = { description: 'each line is one', content: { [linesType]: { schema: anyOf(lines) } } }
  if (uses.some(({ answer, line }) => !answer && !line)) responses[204] = { description: 'done' }
  const codes = uses.flatMap((use) => problemsOf(method, path, use))
  const isRepeatable = method === 'post' && uses.some((use) => use.for !== 'anybody')
  const special = [
    ...(uses.some(({ matches }) => matches) ? [412] : []),
    ...(isRepeatable ? [422] : []),
    // Of `If-Match` where it is not asked for.
    ...(method !== 'get' && uses.some((use) => use.for !== 'anybody' && !use.matches) ? [501] : []),
  ]
  for (const status of new Set([...codes.map((code) => httpProblems[code].status), ...special]))
    responses[status] ??= { $ref: `#/components/responses/${nameOf(status)}` }
  return responses
}

const meanings: Readonly<Record<number, string>> = { 200: 'as it is now', 201: 'made' }

/** What may go wrong with every route of its kind. */
function problemsOf(method: Method, path: string, use: Described): readonly ProblemCode[] {
  if (use.for === 'anybody') return ['internal', ...(use.problems ?? [])]
  const isRead = method === 'get'
  const takes = path.includes('{') || use.query || use.body || isUserNamed(method, path)
  return [
    ...(takes || use.for === 'users' ? (['bad_request'] as const) : []),
    ...(['unauthorized', 'token_expired', 'forbidden', 'not_found'] as const),
    ...(isRead ? [] : (['conflict', 'too_large'] as const)),
    ...(['rate_limited', 'internal', 'overloaded'] as const),
    ...(use.problems ?? []),
  ]
}

const statuses: readonly number[] = [...new Set(Object.values(allProblems).map(({ status }) => status))]

/** How a response of components is called. */
const nameOf = (status: number) => `Problem${status}`

function problemOf(status: number): Json {
  const all = Object.entries(allProblems).filter(([, problem]) => problem.status === status)
  const mayWait = status === 429 || status === 503
  const header = (description: string, schema: Json) => ({ description, schema })
  return {
    description: all.map(([code, { title }]) => `\`${code}\`: ${title}`).join('; '),
    ...(mayWait && { headers: { 'Retry-After': header('seconds to wait', { type: 'integer' }) } }),
    ...(status === 401 && { headers: { 'WWW-Authenticate': header('`Bearer`', { type: 'string' }) } }),
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  }
}

/** `v1/openapi.json`, the same for every site: no secret is in it, and tools of any origin may read it. */
export function servesOpenApi(documentOf: () => OpenApi): Hono {
  let made: { readonly body: string; readonly etag: string } | undefined
  return new Hono().get('/openapi.json', saysToAnybody(itself), (c) => {
    made ??= encoded(documentOf())
    sayAnswerHeaders(c, 'cross-origin')
    c.header('Access-Control-Allow-Origin', '*')
    c.header('Cache-Control', 'no-cache')
    c.header('ETag', made.etag)
    if (c.req.header('if-none-match') === made.etag) return c.body(null, 304)
    return c.body(made.body, 200, { 'Content-Type': 'application/json' })
  })
}

const itself = {
  summary: 'This document',
  about: 'Cacheable: it answers 304 to the `ETag` that it had.',
  answer: v.record(v.string(), v.unknown()),
}

function encoded(document: OpenApi) {
  const body = JSON.stringify(document)
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 22)
  return { body, etag: `"${hash}"` }
}
