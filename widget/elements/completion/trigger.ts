/** Where in a text somebody begins a name or an emoji. */

/** The `@` or `:` stands at `at`; what follows it is being typed. */
export type Trigger = {
  readonly kind: 'mention' | 'emoji'
  readonly at: number
  readonly query: string
}

// A word goes on after these; where no spaces stand between words, it does not.
const inWord =
  '[[\\p{L}\\p{N}\\p{M}_]--[\\p{sc=Han}\\p{sc=Hira}\\p{sc=Kana}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmr}\\p{sc=Mymr}]]'
/** Names have a few words. */
const mention = new RegExp(`(?<!${inWord})[@＠]((?!\\s)[^\\s@＠]*(?: [^\\s@＠]*){0,2})$`, 'v')
/** Times, addresses and faces have no two letters after a colon that begins a word. */
const emoji = new RegExp(`(?<!${inWord}|[:\\/])[:：](\\p{L}{2}[\\p{L}\\p{N}\\p{M}_\\-]*)$`, 'v')
/** Hardly any text has one, and what is looked for after them is dear. */
const sign = /[@＠:：]/
/** Longer than any name that is typed to find somebody. */
const mostChars = 40

/** What is begun right before the caret. */
export function triggerBefore(text: string): Trigger | undefined {
  const near = text.slice(-mostChars)
  if (!sign.test(near)) return undefined
  const [kind, found] = match(near)
  if (!found || isInAddress(near) || isInCode(text)) return undefined
  return { kind, at: text.length - found[0].length, query: found[1] ?? '' }
}

function match(near: string): [Trigger['kind'], RegExpExecArray | null] {
  const found = emoji.exec(near)
  return found ? ['emoji', found] : ['mention', mention.exec(near)]
}

function isInAddress(text: string): boolean {
  return /:\/\/\S*$/.test(text)
}

/** What is typed there stays as it is. */
function isInCode(text: string): boolean {
  const lines = text.split('\n')
  const fences = lines.filter((line) => line.startsWith('```')).length
  const ticks = lines.at(-1)?.split('`').length ?? 1
  return fences % 2 === 1 || ticks % 2 === 0
}
