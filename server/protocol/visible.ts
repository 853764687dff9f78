/**
 * What a reader sees of a text. Client and server ask the same, so that nobody can type what the server then refuses.
 * The widget imports this file, so it imports nothing.
 */

// Not white space, a control, a format or a default ignorable character (zero-widths, variation selectors, the fillers
// of Hangul), nor the blank of Braille.
const visible = /[^\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u

/** Whether there is anything to read. A text or name without it counts as empty. */
export function isVisible(text: string): boolean {
  return visible.test(text)
}
