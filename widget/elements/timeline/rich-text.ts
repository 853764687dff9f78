/** What a message's text is made of, found out once for each text. */
import { type Block, formatted } from './formatting.ts'

export type RichText = {
  /** In order. */
  readonly blocks: readonly Block[]
  /** One to three emoji and nothing else: shown large (rule M25). */
  readonly isEmojiOnly: boolean
}

/** More than stand in a timeline at once. */
const mostKnown = 1_000
const known = new Map<string, RichText>()

/** A message is drawn again with every change of its timeline: only the first time its text is looked through. */
export function richText(text: string): RichText {
  const found = known.get(text) ?? { blocks: formatted(text).blocks, isEmojiOnly: isEmojiOnly(text) }
  // Those that were asked for last stay.
  known.delete(text)
  known.set(text, found)
  const [oldest] = known.size > mostKnown ? known.keys() : []
  if (oldest !== undefined) known.delete(oldest)
  return found
}

/** What is left of a text without formatting, in one line: for previews, announcements and labels. */
export function plainText(text: string): string {
  return richText(text).blocks.flatMap(linesOf).join(' ')
}

function linesOf(block: Block): string[] {
  if (block.kind === 'code') return [block.text]
  const lines = block.kind === 'list' ? block.items : [block]
  return lines.map(({ inlines }) => inlines.map(({ text }) => text).join(''))
}

function isEmojiOnly(text: string): boolean {
  if (text.length > 100 || !maybeEmoji.test(text)) return false
  emojiOnly ??= /^\s*(?:\p{RGI_Emoji}\s*){1,3}$/v
  return emojiOnly.test(text)
}
/** Every emoji has one of these, and none has a letter of ours. */
const maybeEmoji = /^[^a-z]*[\u20e3\p{ExtPict}\p{RI}][^a-z]*$/iu
/** To compile it takes a browser longer than to draw a whole page of messages: only where there may be emoji. */
let emojiOnly: RegExp | undefined
