/** The fields that all frames of a client have. The others of a frame are parsed by its handler. */
import * as v from 'valibot'
import { type FrameName, frames } from '../protocol/commands.ts'
import { Problem } from '../protocol/problems.ts'

/** A frame as it came: a JSON object, and nothing more is known of it. */
export type RawFrame = Readonly<Record<string, unknown>>

const FrameId = v.pipe(v.string(), v.minLength(1), v.maxLength(64))

/** Undefined for everything that is not a JSON object. */
export function decode(bytes: Buffer): RawFrame | undefined {
  try {
    const frame: unknown = JSON.parse(bytes.toString())
    return typeof frame === 'object' && frame !== null && !Array.isArray(frame)
      ? (frame as RawFrame)
      : undefined
  } catch {
    return undefined
  }
}

/** The id that its answer carries, where it is one. */
export function idOf({ id }: RawFrame): string | undefined {
  return v.is(FrameId, id) ? id : undefined
}

/** @throws Problem `bad_request` without a known name or without the id that its answer needs */
export function nameOf(frame: RawFrame): FrameName {
  const { t } = frame
  if (typeof t !== 'string') throw new Problem('bad_request', 't: expected the name of a frame')
  if (!isName(t)) throw new Problem('bad_request', `t: unknown frame ${JSON.stringify(t.slice(0, 40))}`)
  if ('id' in frames[t].input.entries && idOf(frame) === undefined)
    throw new Problem('bad_request', 'id: expected a string of 1–64 characters')
  return t
}

function isName(name: string): name is FrameName {
  return Object.hasOwn(frames, name)
}
