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
