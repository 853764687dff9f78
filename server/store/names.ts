/** A name as it is compared: accents and case folded (Unicode NFKD without marks). */
export function foldName(name: string): string {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '')
  // By way of capitals, where ß is SS and ı is I. Lower-case sigma has two shapes.
  return plain.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ')
}

/** The words of a name, folded, each once. */
export function wordsOf(name: string): string[] {
  return [...new Set(foldName(name).match(/[\p{L}\p{N}]+/gu) ?? [])]
}
