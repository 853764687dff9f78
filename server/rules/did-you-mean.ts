/** Which name somebody may have meant who wrote one that there is not. */

const mostSteps = 4

/** `, did you mean …?`, or nothing where no name is near. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const meant = nearest(name, known)
  return meant === undefined ? '' : `, did you mean ${meant}?`
}

/** The name in other letters, its last part (`textChars` of `limits.textChars`), or the one that takes the fewest changes of a letter. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const given = plain(name)
  const most = Math.min(mostSteps, Math.ceil(given.length / 3), given.length - 1)
  const [found] = [...known]
    .map((one) => ({ one, steps: Math.min(...partsOf(one).map((part) => distance(part, given))) }))
    .filter(({ steps }) => steps <= most)
    .sort((a, b) => a.steps - b.steps)
  return found?.one
}

const plain = (name: string) => name.toLowerCase().replace(/[-_ ]/g, '')

function partsOf(name: string): string[] {
  const all = plain(name)
  return [...new Set([all, all.slice(all.lastIndexOf('.') + 1)])]
}

/** How many letters to add, drop or change between two texts. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (const [down, letter] of [...from].entries()) {
    const next = [down + 1]
    for (const [at, other] of [...to].entries()) {
      const changed = (row[at] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(changed, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
