import type { Strings } from './en.ts'

type Locale = { readonly strings: Strings }

/** The languages beside English: each is a file of this folder, and a line here. Its key is in lower case. */
export const locales: Readonly<Record<string, () => Promise<Locale>>> = {
  ar: () => import('./ar.ts'),
  de: () => import('./de.ts'),
  fr: () => import('./fr.ts'),
  ja: () => import('./ja.ts'),
}

/** The words of a language, or of what it is a variety of: `de` for `de-AT`. Nothing for English. */
export function loadLocale(lang: string): Promise<Strings> | undefined {
  for (let tag = lang.toLowerCase(); tag; tag = tag.replace(/-?[^-]*$/, '')) {
    const load = locales[tag]
    if (load) return load().then(({ strings }) => strings)
  }
  return undefined
}
