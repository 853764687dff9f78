/** What the docs say of tests is looked up in the tests. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

/**
 * Whether a file, named from the root of the project, has a test whose title ends so. A title with something put in is named
 * as it is written: `as ${look} it moves nothing`.
 */
export function hasTest(file: string, title: string): boolean {
  const text = textOf(file)
  return ["'", '"', '`'].some((quote) => text.includes(`${title}${quote}`))
}

/** Of a file, with its quotes as they are read. */
export function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8').replaceAll("\\'", "'")
}
