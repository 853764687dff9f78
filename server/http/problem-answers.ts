import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Logger } from '../log/logger.ts'
import { throttled } from '../log/throttled.ts'
import { Problem, type ProblemCode } from '../protocol/problems.ts'
import { RequestProblem, requestProblems } from '../rules/preconditions.ts'
import { DatabaseProblem } from '../store/database-problem.ts'
import { sayAnswerHeaders } from './answer-headers.ts'

/** How HTTP answers each code. */
export const httpProblems: { [C in ProblemCode]: { status: ContentfulStatusCode; title: string } } = {
  bad_request: { status: 400, title: 'the request is malformed or against the schema' },
  unauthorized: { status: 401, title: 'no valid sign-in' },
  token_expired: { status: 401, title: 'the token has expired: fetch a new one and try again' },
  forbidden: { status: 403, title: 'signed in, but not allowed' },
  not_found: { status: 404, title: 'it does not exist, or the caller may not know that it does' },
  conflict: { status: 409, title: 'it does not fit what is there: an id is taken, a message deleted' },
  too_large: { status: 413, title: 'longer or bigger than the limit' },
  rate_limited: { status: 429, title: 'too many requests: wait `retryAfter` seconds' },
  unsupported: { status: 501, title: 'this server does not do that' },
  overloaded: { status: 503, title: 'the server is busy or shutting down' },
  site_disabled: { status: 503, title: 'whoever runs the server has disabled this site for a while' },
  internal: { status: 500, title: 'the server failed; its log says more' },
}

// An outage fails every request at once: one line every few seconds says how many there were.
const logOutage = throttled(({ log, err }: { log: Logger; err: unknown }, times) =>
  log.warn({ err, times }, 'temporarily unable to serve'),
)

// A disk that is full stays so until somebody comes, and each write of everybody fails; so does each read by a plan that
// went bad: a line a minute, without its stack.
const quietMs = 60_000
const mostReasons = 20
const minutely = new Map<string, (log: Logger, count?: number) => void>()

function logMinutely(log: Logger, reason: string, message: string): void {
  const logOne = throttled<Logger>((to, times) => to.warn({ reason, times }, message), quietMs)
  const known = minutely.get(reason) ?? logOne
  if (minutely.size < mostReasons) minutely.set(reason, known)
  known(log)
}

/** Of Postgres: it ended a statement. */
const tookTooLong = '57014'

function logCause(log: Logger, cause: unknown): void {
  const { code, message } = cause as { code?: string; message?: string }
  const reason = message ?? String(cause)
  if (cause instanceof DatabaseProblem || code?.startsWith('SQLITE_'))
    logMinutely(log, reason, 'the database takes no writes')
  else if (code === tookTooLong) logMinutely(log, reason, 'the database ended what took too long')
  else logOutage({ log, err: cause })
}

/** Any thrown thing as a Problem: a Problem as it is, everything else `internal`, logged with its id. */
export function asProblem(error: unknown, log: Logger, context: Record<string, unknown>): Problem {
  if (error instanceof Problem) {
    if (error.cause !== undefined) logCause(log, error.cause)
    return error
  }
  if (error instanceof HTTPException && error.status < 500) return new Problem('bad_request', error.message)
  log.error({ err: error, ...context }, 'unexpected failure')
  return new Problem('internal', 'the server failed; its log says more')
}

/** As the route has said before it failed. */
function isForEverySite(c: Context): boolean {
  return c.res.headers.get('Cross-Origin-Resource-Policy') === 'cross-origin'
}

function saidOf(problem: Problem) {
  if (problem instanceof RequestProblem)
    return { code: problem.requestCode, ...requestProblems[problem.requestCode] }
  const { code, temporary } = problem
  return { code, temporary, ...httpProblems[code] }
}

type HttpAnswer = { readonly status: ContentfulStatusCode; readonly title: string }

/** Problem details for HTTP (RFC 9457). `answer`: where HTTP has more to say than the code does. */
export function answerProblem(c: Context, problem: Problem, answer?: HttpAnswer): Response {
  const { message: detail, errors, retryAfter } = problem
  const { code, status, title, temporary } = { ...saidOf(problem), ...answer }
  if (retryAfter !== undefined) c.header('Retry-After', String(retryAfter))
  else if (status === 503) c.header('Retry-After', '5')
  if (status === 401) c.header('WWW-Authenticate', 'Bearer')
  sayAnswerHeaders(c, isForEverySite(c) ? 'cross-origin' : 'same-origin')
  c.header('Content-Type', 'application/problem+json')
  return c.body(
    JSON.stringify({ type: 'about:blank', title, status, code, temporary, detail, errors }),
    status,
  )
}
