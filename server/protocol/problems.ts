/**
 * What can go wrong, in the same words on both ways in: HTTP answers it as problem+json (RFC 9457), the socket as `err`.
 * Plain values and one class: the widget imports this file, so it imports nothing.
 */

/** Every code, and whether doing the same again later may succeed. */
export const problemCodes = {
  bad_request: { temporary: false },
  unauthorized: { temporary: false },
  token_expired: { temporary: true },
  forbidden: { temporary: false },
  not_found: { temporary: false },
  conflict: { temporary: false },
  too_large: { temporary: false },
  rate_limited: { temporary: true },
  unsupported: { temporary: false },
  overloaded: { temporary: true },
  site_disabled: { temporary: true },
  internal: { temporary: true },
} as const

export type ProblemCode = keyof typeof problemCodes

/** Whether it is a code that this version knows. */
export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(problemCodes, code)
}

/**
 * The detail of `unauthorized` where only a token signs in, and none came: whoever made the page forgot to say where tokens
 * come from. Anybody else who is not signed in gets another one.
 */
export const expectedToken = 'expected a token'

/** One fault of one field. */
export type FieldProblem = { readonly path: string; readonly detail: string }

/** An expected failure. `detail` is for people: what was expected and what came. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly errors: readonly FieldProblem[] | undefined
  /** Seconds to wait before the same may succeed. */
  readonly retryAfter: number | undefined

  constructor(
    code: ProblemCode,
    detail: string,
    more: { errors?: readonly FieldProblem[]; retryAfter?: number } = {},
  ) {
    super(detail)
    this.name = 'Problem'
    this.code = code
    this.errors = more.errors
    this.retryAfter = more.retryAfter
  }

  get temporary(): boolean {
    return problemCodes[this.code].temporary
  }
}

/** Why the server closes a socket. After 4000–4499 a client comes back, after 4500–4999 it does not. */
export const closeCodes = {
  shutdown: 4001,
  tokenExpired: 4005,
  tooSlow: 4008,
  noPong: 4012,
  tooFast: 4013,
  overloaded: 4020,
  siteDisabled: 4021,
  badToken: 4500,
  badFrame: 4501,
  noHello: 4502,
  removed: 4503,
  version: 4510,
} as const

export type CloseReason = keyof typeof closeCodes

/** Whether a client should reconnect after a close with this code (RFC 6455 codes below 4000: yes, but not 1009). */
export function comesBack(code: number): boolean {
  return code !== 1009 && (code < 4500 || code > 4999)
}
