/**
 * What a text must be to be taken. Client and server ask the same, so that nobody can send what the server then refuses.
 * The widget imports this file, so it imports nothing.
 */

// Not white space, a control, a format or a default ignorable character (zero-widths, variation selectors, the fillers
// of Hangul), nor the blank of Braille.
const visible = /[^\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u

/** Whether there is anything to read. A text or name without it counts as empty. */
export function isVisible(text: string): boolean {
  return visible.test(text)
}

/** Whether every database and encoder keeps it as it is: no NUL, and no half of a surrogate pair. */
export function isWellFormed(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

/** Without what `isWellFormed` does not allow, which nobody sees. */
export function wellFormed(text: string): string {
  return text.toWellFormed().replaceAll('\0', '')
}

// White space, NEL, the zero-width space and its like, and the blanks of Braille and Hangul.
const blank = /[\s\u0085\u00ad\u200b\u2060\u2800\u3164\uffa0]/
// It joins what stands beside it or chooses its looks, in Persian as in emoji; beside a blank it does nothing.
const joiner = /[\p{Join_Control}\p{Variation_Selector}\u061c\u200e\u200f]/u

/**
 * A text without what is blank at its ends, and without the joiners among that: `trim` leaves both. A joiner that touches
 * something visible stays.
 */
export function trimmed(text: string): string {
  let [start, end] = [0, text.length]
  for (let at = 0; isEdge(text.charAt(at)); at++) if (blank.test(text.charAt(at))) start = at + 1
  for (let at = end; at > start && isEdge(text.charAt(at - 1)); at--)
    if (blank.test(text.charAt(at - 1))) end = at - 1
  return text.slice(start, end)
}

const isEdge = (char: string) => blank.test(char) || joiner.test(char)
