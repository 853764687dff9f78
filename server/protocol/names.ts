/**
 * How names are compared. The server finds people by it and the widget rooms, so that both find the same.
 * The widget imports this file, so it imports nothing.
 */

// Letters that Unicode does not take apart, as they are written where a keyboard lacks them.
const letters: Readonly<Record<string, string>> = {
  æ: 'ae',
  ð: 'd',
  ø: 'o',
  þ: 'th',
  đ: 'd',
  ħ: 'h',
  ł: 'l',
  ŋ: 'n',
  œ: 'oe',
  ŧ: 't',
}

/** A name as it is compared: accents and case folded (Unicode NFKD without marks), and Ł is l, Æ is ae, ß is ss. */
export function foldName(name: string): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '')
  // By way of capitals, where ß is SS and ı is I. Lower-case sigma has two shapes.
  return plain
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .replace(/[ςæðøþđħłŋœŧ]/g, (letter) => letters[letter] ?? 'σ')
}

/** The words of a name, folded, each once. An emoji is a word. */
export function wordsOf(name: string): string[] {
  return wordsIn(foldName(name))
}

/** The same of a name that is folded already. */
export function wordsIn(folded: string): string[] {
  return [...new Set(folded.match(/[\p{L}\p{N}]+|\p{Extended_Pictographic}|\p{RI}{2}/gu) ?? [])]
}
