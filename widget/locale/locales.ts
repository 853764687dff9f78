import { loadChunk } from '../load-chunk.ts'
import type { Strings } from './en.ts'

type Locale = { readonly strings: Strings }

/** The languages beside English: each is a file of this folder, and a line here. Its key is in lower case. */
export const locales: Readonly<Record<string, () => Promise<Locale>>> = {
  ar: () => import('./ar.ts'),
  de: () => import('./de.ts'),
  fr: () => import('./fr.ts'),
  ja: () => import('./ja.ts'),
}

const chunkName = (tag: string) => `locale-${tag}`

/** By the names of chunks. */
export const localeChunks: typeof locales = Object.fromEntries(
  Object.entries(locales).map(([tag, load]) => [chunkName(tag), load]),
)

/** The words of a language, or of what it is a variety of: `de` for `de-AT`. Nothing for English. */
export function loadLocale(lang: string): Promise<Strings> | undefined {
  for (let tag = lang.toLowerCase(); tag; tag = tag.replace(/-?[^-]*$/, '')) {
    const load = locales[tag]
    if (load) return loadChunk(chunkName(tag), load).then(({ strings }) => strings)
  }
  return undefined
}
