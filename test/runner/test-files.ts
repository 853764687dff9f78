import { globSync } from 'node:fs'
import { root } from './command.ts'

/** Test files by pattern, from the root of the project, in a stable order. With filters only those whose path has one. */
export function testFiles(
  pattern: string,
  filters: readonly string[],
  isWanted: (path: string) => boolean = () => true,
): string[] {
  const files = globSync(pattern, { cwd: root }).map((path) => path.replaceAll('\\', '/'))
  const isChosen = (path: string) => filters.length === 0 || filters.some((filter) => path.includes(filter))
  return files.filter((path) => isWanted(path) && isChosen(path)).sort()
}
