/**
 * What a route takes and answers, said where the route stands. `v1/openapi.json` and docs/http-api.md are made of it
 * (openapi.ts), and tests hold each answer against it. A route that says nothing fails test/http/openapi.test.ts.
 */
import type { MiddlewareHandler } from 'hono'
import * as v from 'valibot'
import { limits } from '../protocol/limits.ts'
import type { ProblemCode } from '../protocol/problems.ts'
import { UserAnswer, UserId, UsersPage } from '../protocol/views.ts'
import type { KeyScope } from '../rules/keys.ts'
import type { RequestContext } from './context.ts'

export type Description = {
  /** What it does, in a few words, as one asks for it: "Open a room". */
  readonly summary: string
  /** What else there is to know. */
  readonly about?: string
  /** Parameters of the query. Those that may be left out are `v.exactOptional`. */
  readonly query?: Readonly<Record<string, v.GenericSchema>>
  /** JSON. May be left out where each of its fields may. */
  readonly body?: v.GenericSchema
  /** Without one, and without `line`, it answers 204. */
  readonly answer?: v.GenericSchema
  /** It answers lines of JSON, each of this form, in place of one `answer` (lines.ts). */
  readonly line?: v.GenericSchema
  /** It may answer 201, too: it is new. */
  readonly makes?: true
  /** The answer has this form by these statuses; usually 200. */
  readonly statuses?: readonly number[]
  /** It may expect with `If-Match` that what it changes is as it was read. */
  readonly matches?: true
  /** What else may go wrong than with every route of its kind. */
  readonly problems?: readonly ProblemCode[]
}

/** Who may ask: anybody, users (by token, or a key for one of them), or the site by its key. */
export type Audience =
  | { readonly for: 'anybody' }
  | { readonly for: 'users' | 'site'; readonly scope: KeyScope }

export type Described = Description & Audience

const descriptions = new WeakMap<object, Described>()

/** The handler, which from now on is described. */
export function described<H extends object>(handler: H, description: Described): H {
  descriptions.set(handler, description)
  return handler
}

/** Stands before the handler of a route of users: `app.get('/me', says({ … }), answer)`. */
export function says(
  description: Description,
  audience: Audience = { for: 'users', scope: 'read' },
): MiddlewareHandler<RequestContext> {
  return described((_, next) => next(), { ...description, ...audience })
}

/** The same for a route that asks nobody who they are. */
export const saysToAnybody = (description: Description): MiddlewareHandler => {
  const pass: MiddlewareHandler = (_, next) => next()
  return described(pass, { ...description, for: 'anybody' })
}

export const descriptionOf = (handler: object): Described | undefined => descriptions.get(handler)

const about = <T extends v.GenericSchema>(schema: T, text: string) => v.pipe(schema, v.description(text))

/** A whole number of a query. */
export const wholeParameter = (text: string, { min = 0, max }: { min?: number; max?: number } = {}) => {
  const number = v.pipe(v.number(), v.integer(), v.minValue(min))
  return v.exactOptional(about(max === undefined ? number : v.pipe(number, v.maxValue(max)), text))
}

export const textParameter = (text: string) => v.exactOptional(about(v.string(), text))

/** How every list is read page by page. */
export const paging = (usual: number) => ({
  limit: wholeParameter(`entries of the page; ${usual} where it is left out`, { min: 1, max: limits.page }),
  cursor: textParameter('the `cursor` of the page before'),
})

/** Users, or one of them whose id no path may hold. */
export const usersOrOne = {
  about:
    'With `userId` one user, answered as by `GET /v1/users/{userId}`, which takes no id that is `.` or `..`.',
  query: {
    userId: v.exactOptional(about(UserId, 'only this one, who is the answer')),
    q: textParameter('the beginning of any word of the name'),
    ...paging(limits.listDefault),
  },
  answer: v.union([UsersPage, UserAnswer]),
}

/** Where a page of history stands: one of these, or the newest messages. */
export const placing = {
  limit: wholeParameter(`messages of the page; ${limits.pageDefault} where it is left out`, {
    min: 1,
    max: limits.page,
  }),
  before: wholeParameter('messages before this place, the nearest of them'),
  after: wholeParameter('messages after this place, the nearest of them'),
  around: wholeParameter('messages on both sides of this place'),
}
