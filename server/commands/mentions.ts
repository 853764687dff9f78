import { type Mentions, mentionsOf, refusal } from '../rules/mentions.ts'
import { type Caller, requireFeature } from './caller.ts'
import type { Input } from './command.ts'

/**
 * Whom a new text mentions, as far as the text says it; who is in the room only the store can say. @throws Problem
 * `bad_request` for places that are none, and without a text, `unsupported` where the site has turned mentions off
 */
export function mentionsFor(caller: Caller, input: Input<'send'> | Input<'edit'>): Mentions {
  const { text, mentions = [], mentionsRoom } = input
  if (mentions.length === 0 && mentionsRoom === undefined) return {}
  requireFeature(caller, 'mentions', 'mentions')
  if (text === undefined) throw refusal('expected none in a message that is forwarded')
  return mentionsOf({ mentions, ...(mentionsRoom && { mentionsRoom }) }, text)
}
