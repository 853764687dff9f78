import type { Context, MiddlewareHandler } from 'hono'

/**
 * What every answer of Chatter says: no cache keeps it, no browser guesses its type, and which pages may embed it. A
 * route that knows better says so behind.
 */
export function answerHeaders(embeddedBy: 'same-origin' | 'cross-origin'): MiddlewareHandler {
  return (c, next) => {
    sayAnswerHeaders(c, embeddedBy)
    return next()
  }
}

export function sayAnswerHeaders(c: Context, embeddedBy: 'same-origin' | 'cross-origin'): void {
  c.header('Cache-Control', 'no-store')
  c.header('X-Content-Type-Options', 'nosniff')
  c.header('Cross-Origin-Resource-Policy', embeddedBy)
}
