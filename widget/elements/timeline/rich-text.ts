/**
 * A message's text as pieces of plain text and links. A link is what starts with http://, https://, mailto: or www.,
 * or is an e-mail address; it ends before white space, quotes, and any character that could disguise where it leads.
 */
export type Piece = { readonly text: string; readonly href?: string }

// Bidirectional controls and invisible characters end a link: what is shown is where it goes.
const link = /\b(?:https?:\/\/|mailto:|www\.(?=\w))[^\s<>"'`\p{Cf}\p{Cc}]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+/giu
const trailing = /[.,:;!?…*_~|]+$/u
const closers: Record<string, string> = { ')': '(', ']': '[', '}': '{' }

export function pieces(text: string): Piece[] {
  const found: Piece[] = []
  let from = 0
  for (const match of text.matchAll(link)) {
    const shown = trimmed(match[0])
    const href = hrefOf(shown)
    if (!href) continue
    if (match.index > from) found.push({ text: text.slice(from, match.index) })
    found.push({ text: shown, href })
    from = match.index + shown.length
  }
  if (from < text.length) found.push({ text: text.slice(from) })
  return found
}

/** One to three emoji and nothing else are shown large (rule M25). */
export function isEmojiOnly(text: string): boolean {
  return text.length <= 100 && emojiOnly.test(text)
}
const emojiOnly = /^\s*(?:\p{RGI_Emoji}\s*){1,3}$/v

/** Without the sentence's own punctuation, and without a closing bracket that was opened before the link. */
function trimmed(url: string): string {
  const end = url.replace(trailing, '')
  const last = end.at(-1) ?? ''
  const opener = closers[last]
  if (opener && end.split(opener).length < end.split(last).length) return trimmed(end.slice(0, -1))
  return end
}

function hrefOf(shown: string): string | undefined {
  const isBare = /^www\./i.test(shown)
  const isAddress = !isBare && !/^(?:https?|mailto):/i.test(shown)
  const url = URL.parse(isBare ? `https://${shown}` : isAddress ? `mailto:${shown}` : shown)
  return url && /^(?:https?|mailto):$/.test(url.protocol) ? url.href : undefined
}
