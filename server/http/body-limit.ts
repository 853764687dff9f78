import type { IncomingMessage } from 'node:http'
import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { limits } from '../protocol/limits.ts'
import { Problem } from '../protocol/problems.ts'

const asItComes = bodyLimit({ maxSize: limits.frameBytes, onError: tooLarge })

/** Bounds what a request says. @throws Problem `too_large` */
export const boundBody: MiddlewareHandler = (c, next) => {
  const { incoming }: { incoming?: IncomingMessage & { rawBody?: Buffer } } = c.env ?? {}
  // What a host has read (listener.ts) may be longer than came: it was packed.
  if (incoming?.rawBody && incoming.rawBody.length > limits.frameBytes) tooLarge()
  return asItComes(c, next)
}

function tooLarge(): never {
  throw new Problem('too_large', `expected a body of at most ${limits.frameBytes} bytes`)
}
