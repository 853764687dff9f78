/** What tests start from, and how they check answers. */
import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { type Logger, pino } from 'pino'
import { uuidv7 } from 'uuidv7'
import type { NewRoom } from '../../server/commands/create-room.ts'
import { limits } from '../../server/protocol/limits.ts'
import type { ProblemCode } from '../../server/protocol/problems.ts'
import type { RoomAnswer } from '../../server/protocol/views.ts'
import type { RoomDraft } from '../../server/store/store.ts'
import { nameOf, type TestServer } from './server.ts'

/** The one room for exactly these users, who need not have signed in. */
export function aRoom(
  { chatter }: TestServer,
  members: readonly string[],
  room?: NewRoom,
): Promise<RoomAnswer> {
  return chatter.createRoom(
    members.map((id) => ({ id, name: nameOf(id) })),
    room,
  )
}

/** A group of as many as there may be in one, `u0` and on, which its store knows: more than one request names. */
export async function aFullGroup({ stores }: TestServer, draft: Partial<RoomDraft> = {}): Promise<string> {
  const store = stores.forTenant('default')
  const members = aCrowd(limits.members)
  await Promise.all(members.map((id) => store.saveUser({ id, name: nameOf(id) })))
  const { room } = await store.openRoom({ id: uuidv7(), kind: 'group', members, ...draft })
  return room
}

/** So many users, `u0` and on. */
export const aCrowd = (count: number): string[] => Array.from({ length: count }, (_, index) => `u${index}`)

/** A logger that remembers every line, down to the finest. */
export function aLog(): { log: Logger; lines(): Record<string, unknown>[]; text(): string } {
  const lines: string[] = []
  const memory = new Writable({
    write(line, _encoding, done) {
      lines.push(String(line))
      done()
    },
  })
  return {
    log: pino({ level: 'trace' }, memory),
    lines: () => lines.map((line) => JSON.parse(line)),
    text: () => lines.join(''),
  }
}

export type ProblemBody = {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly temporary: boolean
}

/** An answer that must be problem+json with that status and code. */
export async function assertProblem(
  response: Response,
  status: number,
  code: ProblemCode,
): Promise<ProblemBody> {
  const text = await response.text()
  assert.equal(response.status, status, text)
  assert.equal(response.headers.get('content-type'), 'application/problem+json')
  const body: ProblemBody = JSON.parse(text)
  assert.deepEqual([body.status, body.code], [status, code], text)
  assert.ok(body.detail, 'says what was wrong')
  return body
}

/** A JSON answer with that status. */
export async function jsonOf<T>(response: Promise<Response>, status = 200): Promise<T> {
  const answer = await response
  const text = await answer.text()
  assert.equal(answer.status, status, text)
  return JSON.parse(text)
}
