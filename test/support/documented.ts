/** Holds what a server answers against what it says of itself: test/http/openapi.test.ts and every test with a server. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { Chatter } from '../../server/app.ts'
import type { OpenApi } from '../../server/http/openapi.ts'

type Fetch = Chatter['fetch']

export type Documented = {
  readonly fetch: Fetch
  /** @throws Error where the server answered, or took, what `v1/openapi.json` does not say */
  require(): void
}

/** So many answers of one server are looked at. */
const mostAnswers = 5_000

/** A server, with an ear on what it answers. It is looked at when all is over: tests may hang on a second. */
export function documented(chatter: Chatter): Documented {
  const answers: Answer[] = []
  return {
    async fetch(request, env) {
      const { method, url } = request
      const response = await chatter.fetch(request, env)
      const { status, headers } = response
      const type = headers.get('content-type')?.split(';')[0] ?? ''
      if (!/json$/.test(type) || response.body === null) return response
      const text = await response.text()
      if (answers.length < mostAnswers) answers.push({ method, url: new URL(url), status, type, text })
      return new Response(text, { status, headers })
    },
    require() {
      if (answers.length === 0) return
      const check = checkOf(chatter.openApi())
      const faults = new Set(answers.map(check).filter((fault) => fault !== undefined))
      if (faults.size === 0) return
      const how = 'Say it in the description of the route (server/http/described.ts), or in its view.'
      throw new Error(`${[...faults].slice(0, 5).join('\n')}\n${how}`)
    },
  }
}

type Answer = {
  readonly method: string
  readonly url: URL
  readonly status: number
  readonly type: string
  readonly text: string
}

const checks = new Map<string, (answer: Answer) => string | undefined>()

/** Servers of a process say the same of themselves, but for where they lie. */
function checkOf(document: OpenApi): (answer: Answer) => string | undefined {
  const place = baseOf(document)
  const check = checks.get(place) ?? checkBy(document)
  checks.set(place, check)
  return check
}

function checkBy(document: OpenApi): (answer: Answer) => string | undefined {
  const ajv = new Ajv2020({ strict: false, logger: false })
  addFormats.default(ajv)
  ajv.addSchema(closed(document) as object, 'api')
  const base = baseOf(document)
  const known = Object.entries(document.paths)
    .map(([path, operations]) => ({ path, operations, pattern: patternOf(base + path) }))
    // One that is written out comes before one with a name in its place.
    .toSorted((a, b) => Number(a.path.includes('{')) - Number(b.path.includes('{')))
  const validatorOf = (pointer: string) => ajv.getSchema(`api${pointer}`) as ValidateFunction | undefined

  /** What should be the form of the answer, or what is not said of it. */
  function schemaOf({ method, url, status, type }: Answer): { pointer?: string; fault?: string } {
    const isProblem = type === 'application/problem+json'
    const { path, operations } = known.find(({ pattern }) => pattern.test(url.pathname)) ?? {}
    const name = method.toLowerCase()
    const operation = operations && Object.entries(operations).find(([own]) => own === name)?.[1]
    if (operation && !operation.responses[status]) return { fault: 'no such status' }
    if (isProblem) return { pointer: '#/components/schemas/Problem' }
    if (path !== undefined && operation) return { pointer: pointerTo({ path, name, status, type }) }
    return url.pathname.startsWith(`${base}/v1/`) ? { fault: 'no such operation' } : {}
  }

  return (answer) => {
    const { method, url, status, type, text } = answer
    const { pointer, fault } = schemaOf(answer)
    if (pointer === undefined && fault === undefined) return undefined
    const isGood = pointer === undefined ? undefined : validatorOf(encodeURI(pointer))
    const values = type.endsWith('ndjson') ? text.trimEnd().split('\n') : [text]
    if (isGood && values.every((value) => isGood(JSON.parse(value)))) return undefined
    const why = fault ?? (isGood ? ajv.errorsText(isGood.errors) : 'no such answer')
    return `${method} ${url.pathname} answered ${status} (${type}) ${text.slice(0, 300)}: ${why}`
  }
}

type Place = Pick<Answer, 'status' | 'type'> & { readonly path: string; readonly name: string }

function pointerTo({ path, name, status, type }: Place): string {
  const [operation, content] = [path, type].map((part) => part.replaceAll('/', '~1'))
  return `#/paths/${operation}/${name}/responses/${status}/content/${content}/schema`
}

function baseOf({ servers }: OpenApi): string {
  const [{ url = '' } = {}] = (servers ?? []) as { url?: string }[]
  return url
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/{\w+}/g, '[^/]+')}$`)
}

/** With no place for what it does not name: clients must ignore that, but this server says all that it sends. */
function closed(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(closed)
  if (typeof part !== 'object' || part === null) return part
  const entries = Object.entries(part).map(([name, value]) => [name, closed(value)])
  const isOpen = 'properties' in part && 'type' in part && !('additionalProperties' in part)
  return { ...Object.fromEntries(entries), ...(isOpen && { additionalProperties: false }) }
}
