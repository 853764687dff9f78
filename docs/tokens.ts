/** What a token is when nobody sets it, read off the style sheets. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

/** All style sheets, comments and line breaks taken out. */
export function styleSources(): string {
  const sheets = globSync('widget/**/*.styles.ts', { cwd: root }).sort()
  const text = sheets.map((path) => readFileSync(join(root, path), 'utf8')).join('\n')
  return text.replace(/\/\*.*?\*\//gs, '').replace(/\s+/g, ' ')
}

/** What stands in for the token where it is used; a private default (`--_x`) is what that is. */
export function fallbacksOf(token: string, sheets: string): Set<string> {
  const uses = [...sheets.matchAll(new RegExp(`var\\(\\s*${token}\\s*,`, 'g'))]
  return new Set(
    uses.map(({ index, 0: { length } }) => {
      const fallback = untilClosed(sheets.slice(index + length)).trim()
      const [, own] = /^var\((--_[a-z-]+)\)$/.exec(fallback) ?? []
      return (own && new RegExp(`[{;] ?${own}: ([^;]+);`).exec(sheets)?.[1]) ?? fallback
    }),
  )
}

/** The colours of a token that has one for light and one for dark. */
export function coloursOf(token: string, sheets: string): readonly [light: string, dark: string] | undefined {
  const [fallback = '', ...others] = fallbacksOf(token, sheets)
  const [, light, dark] = /^light-dark\((#[\da-f]+), (#[\da-f]+)\)$/.exec(fallback) ?? []
  return light && dark && others.length === 0 ? [light, dark] : undefined
}

function untilClosed(text: string): string {
  let depth = 1
  const end = [...text].findIndex((char) => {
    depth += char === '(' ? 1 : char === ')' ? -1 : 0
    return depth === 0
  })
  return text.slice(0, end)
}
