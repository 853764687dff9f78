/** What a request of a site's server expects of what is there: that it is as it was when it was read (RFC 9110, If-Match), or that nothing is (If-None-Match). */
import { hash } from 'node:crypto'
import { Problem } from '../protocol/problems.ts'
import type { UserAnswer } from '../protocol/views.ts'

/** Tags of what may be there; `*`: anything. */
type Tags = '*' | readonly string[]
export type IfMatch = Tags | { readonly noneOf: Tags }

/** Problems that only requests have: sockets and widgets know them as `conflict`. */
export const requestProblems = {
  stale: { status: 412, title: 'it has changed since it was read: read it again', temporary: false },
  key_reused: {
    status: 422,
    title: 'the Idempotency-Key belongs to another request of the last 24 hours',
    temporary: false,
  },
  in_progress: { status: 409, title: 'the same request is being answered', temporary: true },
} as const

export type RequestProblemCode = keyof typeof requestProblems

export class RequestProblem extends Problem {
  readonly requestCode: RequestProblemCode

  constructor(code: RequestProblemCode, detail: string, more: { retryAfter?: number } = {}) {
    super('conflict', detail, more)
    this.requestCode = code
  }
}

/** Of a room or a message. */
export const revTag = (rev: number): string => `"${rev}"`

/** Of a user, who has no rev: what was said of them, whoever wrote it, also a server of an earlier build. */
export function userTag({ name, avatarUrl, about, timeZone, data }: UserAnswer): string {
  const said = JSON.stringify([name, avatarUrl ?? null, about ?? null, timeZone ?? null, data ?? null])
  return `"${hash('sha256', said, 'base64url').slice(0, 22)}"`
}

/**
 * Asked where the change is made, so that of two who read the same only one changes it.
 * @param tag of what is there; undefined where nothing is. @throws Problem `stale`
 */
export function requireMatch(expected: IfMatch | undefined, tag: string | undefined): void {
  if (expected === undefined) return
  if (isNoneOf(expected)) {
    requireNone(expected.noneOf, tag)
    return
  }
  if (tag !== undefined && (expected === '*' || expected.includes(tag))) return
  const there = tag === undefined ? 'nothing is there' : `it is ${tag} now`
  throw new RequestProblem('stale', `If-Match: expected it as it was read, and ${there}`)
}

const isNoneOf = (expected: IfMatch): expected is { readonly noneOf: Tags } =>
  typeof expected === 'object' && 'noneOf' in expected

/** A weak tag is as good as another here. */
function requireNone(tags: Tags, tag: string | undefined): void {
  if (tag === undefined || !(tags === '*' || tags.some((one) => one.replace(/^W\//, '') === tag))) return
  throw new RequestProblem(
    'stale',
    `If-None-Match: expected ${tags === '*' ? 'nothing' : 'another one'}, and ${tag} is there`,
  )
}

type Headers = { readonly match: string | undefined; readonly noneMatch: string | undefined }

/** @throws Problem `bad_request` */
export function readExpectation({ match, noneMatch }: Headers): IfMatch | undefined {
  if (noneMatch === undefined) return match === undefined ? undefined : readTags('If-Match', match)
  if (match === undefined) return { noneOf: readTags('If-None-Match', noneMatch) }
  throw new Problem('bad_request', 'expected If-Match or If-None-Match, got both')
}

function readTags(name: string, header: string): Tags {
  if (header.trim() === '*') return '*'
  // Lists may have empty places, and tags commas. A weak one never matches, and is none of ours.
  const isList = /^[\s,]*(W\/)?"[^"]*"(\s*,[\s,]*(W\/)?"[^"]*")*[\s,]*$/.test(header)
  if (isList) return header.match(/(W\/)?"[^"]*"/g) ?? []
  throw new Problem('bad_request', `${name}: expected * or tags in quotes, as ETag has them`)
}
