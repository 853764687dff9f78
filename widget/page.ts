/** What the element asks of the page it stands in, and of the browser that shows it. */

/**
 * Of the text around an element, through shadow roots; the reader's own where the page does not say. A browser that was started
 * without a language may call it `C`, which is none.
 */
export function languageOf(element: Element): string {
  for (let at: Element | null = element; at; ) {
    const lang = at.closest('[lang]')?.getAttribute('lang')
    if (lang && isLanguage(lang)) return lang
    const root = at.getRootNode()
    at = root instanceof ShadowRoot ? root.host : null
  }
  const { language } = navigator
  return isLanguage(language) ? language : 'en'
}

/** The last that was found to be one: it is asked at every draw, and hardly ever of another. */
let known: string | undefined

function isLanguage(lang: string): boolean {
  try {
    if (lang !== known) [known] = Intl.getCanonicalLocales(lang)
    return true
  } catch {
    return false
  }
}

/** Returns a function that cancels it. Safari has no idle callbacks. */
export function whenIdle(run: () => void): () => void {
  if ('requestIdleCallback' in globalThis) {
    const id = requestIdleCallback(run, { timeout: 3000 })
    return () => cancelIdleCallback(id)
  }
  const id = setTimeout(run, 300)
  return () => clearTimeout(id)
}
