import { type Context, Hono } from 'hono'
import type { Outcome } from '../commands/command.ts'
import type { Run } from '../commands/run.ts'
import type { CommandName } from '../protocol/commands.ts'
import { Problem } from '../protocol/problems.ts'
import type { RequestContext } from './context.ts'
import type { RateLimit } from './rate-limits.ts'

const unbuilt: readonly (readonly [method: string, path: string])[] = [['PUT', '/users/:userId']]
const limited: { [N in CommandName]?: 'send' | 'open' } = {
  open: 'open',
  send: 'send',
  edit: 'send',
  delete: 'send',
  rename: 'send',
  setMember: 'send',
  removeMember: 'send',
}

/** The commands that a socket takes, over HTTP: for bots, tests and other servers. */
export function httpCommands(run: Run, rateLimit: RateLimit | undefined): Hono<RequestContext> {
  async function perform<N extends CommandName>(
    c: Context<RequestContext>,
    name: N,
    input: unknown,
  ): Promise<Outcome<N>> {
    const { caller } = c.var
    const kind = limited[name]
    if (rateLimit && kind) await rateLimit.take(kind, caller.topics.user(caller.me.id))
    let done: Outcome<N> | undefined
    await run(caller, name, input, (outcome) => {
      done = outcome
    })
    if (!done) throw new Error(`${name} was not acknowledged`)
    return done
  }

  const routes = new Hono<RequestContext>()
    .post('/rooms', async (c) => {
      const { reply, created } = await perform(c, 'open', await jsonOf(c))
      return c.json(reply, created ? 201 : 200)
    })
    .put('/rooms/:roomId/messages/:messageId', async (c) => {
      const { reply, created } = await perform(c, 'send', { ...(await jsonOf(c)), ...c.req.param() })
      return c.json(reply.message, created ? 201 : 200)
    })
    .patch('/rooms/:roomId/messages/:messageId', async (c) => {
      const { reply } = await perform(c, 'edit', { ...(await jsonOf(c)), ...c.req.param() })
      return c.json(reply.message)
    })
    .delete('/rooms/:roomId/messages/:messageId', async (c) => {
      const { reply } = await perform(c, 'delete', c.req.param())
      return c.json(reply.message)
    })
    .patch('/rooms/:roomId', async (c) => {
      const { reply } = await perform(c, 'rename', { ...(await jsonOf(c)), ...c.req.param() })
      return c.json(reply)
    })
    .put('/rooms/:roomId/members/:userId', async (c) => {
      const body = c.req.header('content-type') === undefined ? {} : await jsonOf(c)
      const { reply, created } = await perform(c, 'setMember', { ...body, ...c.req.param() })
      return c.json(reply, created ? 201 : 200)
    })
    .delete('/rooms/:roomId/members/:userId', async (c) => {
      await perform(c, 'removeMember', c.req.param())
      return c.body(null, 204)
    })
    .put('/rooms/:roomId/read', async (c) => {
      await perform(c, 'read', { ...(await jsonOf(c)), ...c.req.param() })
      return c.body(null, 204)
    })
  for (const [method, path] of unbuilt) {
    routes.on(method, path, () => {
      throw new Problem('unsupported', `${method} ${path} is not supported yet`)
    })
  }
  return routes
}

/** @throws Problem `bad_request` unless the body is a JSON object, said to be JSON */
async function jsonOf(c: Context): Promise<Record<string, unknown>> {
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  // Demanded, because a page of any origin can send other types without asking first (CORS preflight).
  if (type !== 'application/json') throw new Problem('bad_request', 'expected content-type: application/json')
  const body: unknown = await c.req.json().catch(() => undefined)
  if (typeof body === 'object' && body !== null && !Array.isArray(body))
    return body as Record<string, unknown>
  throw new Problem('bad_request', 'expected a JSON object')
}
