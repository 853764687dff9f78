/** What a message's text is made of, found out once for each text. */
import { type Mention, type Mentioned, placesOf } from '../../state/mentions.ts'
import { type Block, formatted } from './formatting.ts'
import { type Inline, stand } from './inline-formatting.ts'

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
export function richText(text: string, mentioned: Mentioned = {}): RichText {
  const places = placesOf(mentioned)
  const key = places.length > 0 ? `${text}\0${JSON.stringify(places)}` : text
  const found = known.get(key) ?? { blocks: blocksOf(text, places), isEmojiOnly: isEmojiOnly(text) }
  // Those that were asked for last stay.
  known.delete(key)
  known.set(key, found)
  const [oldest] = known.size > mostKnown ? known.keys() : []
  if (oldest !== undefined) known.delete(oldest)
  return found
}

/** A mention is one thing, whatever its name looks like. Within code it is none. */
function blocksOf(text: string, places: readonly Mention[]): readonly Block[] {
  const left = places.map((place) => ({ ...place, text: text.slice(place.at, place.at + place.length) }))
  const parts = left.map(({ at, length }, nth) => text.slice(at + length, left[nth + 1]?.at))
  const { blocks } = formatted([text.slice(0, left[0]?.at), ...parts].join(stand))
  if (left.length === 0) return blocks
  const asTyped = (code: string) => code.replaceAll(stand, () => left.shift()?.text ?? '')
  const inlinesOf = (inlines: readonly Inline[]) =>
    inlines.flatMap((inline): Inline[] => {
      const { marks } = inline
      if (marks.includes('code')) return [{ ...inline, text: asTyped(inline.text) }]
      return inline.text.split(stand).flatMap((said, nth) => {
        const mention = nth > 0 && left.shift()
        return [
          ...(mention ? [{ text: mention.text, mention, marks }] : []),
          ...(said ? [{ ...inline, text: said }] : []),
        ]
      })
    })
  const shown = blocks.map((block): Block => {
    if (block.kind === 'code') return { ...block, text: asTyped(block.text) }
    if (block.kind !== 'list') return { ...block, inlines: inlinesOf(block.inlines) }
    return { ...block, items: block.items.map((item) => ({ ...item, inlines: inlinesOf(item.inlines) })) }
  })
  // One stood where nothing is shown, so nobody knows which of the others is which.
  return left.length > 0 ? formatted(text).blocks : shown
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
  // biome-ignore lint/complexity/useRegexLiterals: a literal is parsed with the script, and once more with this function.
  emojiOnly ??= new RegExp('^\\s*(?:\\p{RGI_Emoji}\\s*){1,3}$', 'v')
  return emojiOnly.test(text)
}
/** Every emoji has one of these, and none has a letter of ours. */
const maybeEmoji = /^[^a-z]*[\u20e3\p{ExtPict}\p{RI}][^a-z]*$/iu
/** To parse it takes a browser longer than to draw a whole page of messages: only where there may be emoji. */
let emojiOnly: RegExp | undefined
