import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'

/** Answers a request of Node's own server. `next` is called instead for what is none of Chatter's. */
export type NodeListener = (request: IncomingMessage, response: ServerResponse, next?: () => void) => void

type Fetch = (request: Request, env: object) => Response | Promise<Response>

/** What frameworks add to a request: where it was before they took the path of a part off it, and the body they read. */
type Handled = IncomingMessage & { originalUrl?: string; body?: unknown; rawBody?: Buffer }

/** All that Chatter answers. Whatever else has such a name, as `chatter-token`, is the page's. */
const own = /^(v1(\/|$)|chatter-chunks\/|(chatter(\.(iife|[0-9a-f]{12}))?\.js|healthz|readyz)$)/

export function nodeListener(fetch: Fetch, base: string): NodeListener {
  const answer = getRequestListener(fetch)
  return (request: Handled, response, next) => {
    const url = request.originalUrl ?? request.url ?? '/'
    const [path = '/'] = url.split('?')
    const isOwn = path.startsWith(base) && own.test(path.slice(base.length))
    if (next && !isOwn) return next()
    request.url = url
    // Where it was read before, nothing more comes: waiting for it would take for ever.
    if (request.readableEnded && request.body !== undefined) request.rawBody ??= asBytes(request.body)
    void answer(request, response)
  }
}

function asBytes(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body
  try {
    return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  } catch {
    // A parser of the host's own may make what no JSON can say: an empty body is refused.
    return Buffer.alloc(0)
  }
}
