/** A name as it is compared: accents and case folded (Unicode NFKD without marks). */
export function foldName(name: string): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '')
  // By way of capitals, where ß is SS and ı is I. Lower-case sigma has two shapes.
  return plain.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ')
}

/** The words of a name, folded, each once. */
export function wordsOf(name: string): string[] {
  return wordsIn(foldName(name))
}

/** The same of a name that is folded already. */
export function wordsIn(folded: string): string[] {
  return [...new Set(folded.match(/[\p{L}\p{N}]+/gu) ?? [])]
}
