import { type Context, Hono } from 'hono'
import * as v from 'valibot'
import { outcomeOf, type Run } from '../commands/run.ts'
import { table } from '../commands/table.ts'
import { type CommandName, commands, type Route } from '../protocol/commands.ts'
import { Problem } from '../protocol/problems.ts'
import type { KeyScope } from '../rules/keys.ts'
import { revTag } from '../rules/preconditions.ts'
import type { RequestContext } from './context.ts'
import { says } from './described.ts'
import { expectationIn } from './if-match.ts'
import { requireScope } from './keys.ts'

/** What a key needs to ask for a command as a user. */
const scopes: Readonly<Record<CommandName, KeyScope>> = {
  open: 'rooms',
  rename: 'rooms',
  describe: 'rooms',
  configure: 'rooms',
  deleteRoom: 'rooms',
  createLink: 'rooms',
  deleteLink: 'rooms',
  join: 'rooms',
  setMember: 'rooms',
  removeMember: 'rooms',
  send: 'messages',
  edit: 'messages',
  delete: 'messages',
  react: 'messages',
  pin: 'messages',
  read: 'messages',
  arrange: 'messages',
  typing: 'messages',
  setPresence: 'users',
}

/** Those whose answer has a tag, and which may expect one. */
const tagged: ReadonlySet<CommandName> = new Set(['edit', 'delete', 'rename', 'describe', 'configure'])

/** The commands over HTTP: for bots, tests and other servers. */
export function httpCommands(run: Run): Hono<RequestContext> {
  const app = new Hono<RequestContext>()

  function add(name: CommandName, route: Route): void {
    const { method, path, shows } = route
    const body = bodyOf(name, path)
    app.on(method, [path, ...withoutUser(path)], saysOf(name, route), async (c) => {
      requireScope(c, scopes[name])
      const made = name === 'open' && c.var.newId !== undefined && { id: c.var.newId }
      const input = { ...made, ...(await readBody(c, body)), ...userAsked(c), ...c.req.param() }
      const caller = { ...c.var.caller, ...expectationIn(c, tagged.has(name)) }
      const { reply, created } = await outcomeOf(run, caller, name, input)
      const answer = shows === undefined ? reply : (reply as Record<string, object>)[shows]
      if (!answer || Object.keys(answer).length === 0) return c.body(null, 204)
      sayTag(c, answer)
      const isMade = created && (method === 'POST' || method === 'PUT')
      return c.json(answer, isMade ? 201 : 200)
    })
  }

  for (const [name, row] of Object.entries(commands)) if ('http' in row) add(name as CommandName, row.http)
  return app
}

/** What its row says, for whoever reads of it. */
function saysOf(name: CommandName, { method, path, shows, summary, problems = [] }: Route) {
  const { input, reply }: { input: Fields; reply: Fields } = commands[name]
  const { feature } = table[name]
  const body = Object.fromEntries(fieldsOf(input, path))
  const answer = shows === undefined ? reply : reply.entries[shows]
  const isEmpty =
    answer === undefined || ('entries' in answer && Object.keys(answer.entries ?? {}).length === 0)
  return says(
    {
      summary,
      ...(Object.keys(body).length > 0 && { body: v.object(body) }),
      ...(!isEmpty && { answer }),
      ...(!isEmpty && method !== 'PATCH' && method !== 'DELETE' && { makes: true }),
      problems: feature === undefined ? problems : [...problems, 'unsupported'],
      ...(tagged.has(name) && { matches: true }),
    },
    { for: 'users', scope: scopes[name] },
  )
}

function sayTag(c: Context, answer: object): void {
  if ('rev' in answer && typeof answer.rev === 'number') c.header('ETag', revTag(answer.rev))
}

type Fields = v.ObjectSchema<v.ObjectEntries, undefined>

/** Those of the body. */
function fieldsOf({ entries }: Fields, path: string) {
  return Object.entries(entries).filter(([field]) => !path.includes(`:${field}`))
}

const user = '/:userId'

/** Where the user may stand in the query instead: URLs have no way to say a path that ends in `.` or `..`. */
function withoutUser(path: string): string[] {
  return path.endsWith(user) ? [path.slice(0, -user.length)] : []
}

function userAsked(c: Context): { userId?: string } {
  const userId = c.req.query('userId')
  return userId === undefined ? {} : { userId }
}

type Body = 'none' | 'optional' | 'needed'

function bodyOf(name: CommandName, path: string): Body {
  const fields = fieldsOf(commands[name].input, path)
  if (fields.length === 0) return 'none'
  return fields.every(([, { type }]) => type === 'exact_optional') ? 'optional' : 'needed'
}

async function readBody(c: Context, body: Body): Promise<Record<string, unknown>> {
  const isLeftOut = body === 'optional' && c.req.header('content-type') === undefined
  return body === 'none' || isLeftOut ? {} : jsonOf(c)
}

/** @throws Problem `bad_request` unless the body is a JSON object, said to be JSON */
export async function jsonOf(c: Context): Promise<Record<string, unknown>> {
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  // Demanded, because a page of any origin can send other types without asking first (CORS preflight).
  if (type !== 'application/json') throw new Problem('bad_request', 'expected content-type: application/json')
  const body: unknown = await c.req.json().catch(() => undefined)
  if (typeof body === 'object' && body !== null && !Array.isArray(body))
    return body as Record<string, unknown>
  throw new Problem('bad_request', 'expected a JSON object')
}
