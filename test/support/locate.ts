/** A text to find: part of it in any case, exactly it, or a pattern. White space counts as one space. */
export type TextMatch =
  | { readonly words: string; readonly isExact: boolean }
  | { readonly pattern: string; readonly flags: string }

/** Narrows what was found: to what lies below it, or to some of it. */
export type Step =
  | { readonly css: string }
  | { readonly role: string; readonly name?: TextMatch }
  | { readonly text: TextMatch }
  | { readonly has: Query }
  | { readonly hasText: TextMatch }
  /** Counted from the end when negative. */
  | { readonly at: number }

/** Steps from the document on. */
export type Query = readonly Step[]

/** Runs in the page, alone: what a query finds, in the order of the document, through open shadow roots. */
export function locate(query: Query): Element[] {
  const roles: Readonly<Record<string, string>> = {
    article: 'article',
    button: 'button',
    'h1, h2, h3, h4, h5, h6': 'heading',
    'input, textarea': 'textbox',
  }

  function* below(node: ParentNode): Generator<Element> {
    if (node instanceof Element && node.shadowRoot) yield* below(node.shadowRoot)
    for (const child of node.children) {
      yield child
      yield* below(child)
    }
  }

  const parentOf = (element: Element): Element | null => {
    const root = element.getRootNode()
    return element.parentElement ?? (root instanceof ShadowRoot ? root.host : null)
  }

  function isExposed(element: Element): boolean {
    if (!element.checkVisibility({ visibilityProperty: true })) return false
    for (let one: Element | null = element; one; one = parentOf(one))
      if (one.getAttribute('aria-hidden') === 'true') return false
    return true
  }

  function roleOf(element: Element): string | undefined {
    const implicit = Object.entries(roles).find(([css]) => element.matches(css))?.[1]
    return element.getAttribute('role') ?? implicit
  }

  function textFor(node: Node): string {
    if (node instanceof Text) return node.data
    if (node instanceof Element && (node.getAttribute('aria-hidden') === 'true' || !node.checkVisibility()))
      return ''
    return node instanceof Element && node.hasAttribute('aria-label')
      ? (node.getAttribute('aria-label') ?? '')
      : [...node.childNodes].map(textFor).join('')
  }

  function nameOf(element: Element): string {
    const root = element.getRootNode() as Document | ShadowRoot
    const ids = element.getAttribute('aria-labelledby')?.split(/\s+/) ?? []
    const labels = [...((element as HTMLInputElement).labels ?? [])]
    const naming = [...ids.flatMap((id) => root.getElementById(id) ?? []), ...labels]
    if (naming.length > 0) return naming.map(textFor).join(' ')
    return textFor(element) || element.getAttribute('placeholder') || ''
  }

  const inOneLine = (text: string) => text.replace(/\s+/g, ' ').trim()

  function matches(wanted: TextMatch, text: string): boolean {
    if ('pattern' in wanted) return new RegExp(wanted.pattern, wanted.flags).test(inOneLine(text))
    const [words, line] = [inOneLine(wanted.words), inOneLine(text)]
    return wanted.isExact ? words === line : line.toLowerCase().includes(words.toLowerCase())
  }

  const says = (element: Element, wanted: TextMatch) => matches(wanted, element.textContent ?? '')

  function isWanted(element: Element, step: Step): boolean {
    if ('css' in step) return element.matches(step.css)
    if ('role' in step) {
      if (roleOf(element) !== step.role || !isExposed(element)) return false
      return step.name === undefined || matches(step.name, nameOf(element))
    }
    if ('text' in step)
      return says(element, step.text) && ![...element.children].some((child) => says(child, step.text))
    return false
  }

  function narrowed(found: ParentNode[], step: Step): ParentNode[] {
    if ('at' in step) return [found.at(step.at)].filter((one) => one !== undefined)
    if ('has' in step) return found.filter((one) => run(step.has, one).length > 0)
    if ('hasText' in step) return found.filter((one) => one instanceof Element && says(one, step.hasText))
    const all = found.flatMap((one) => [...('text' in step ? [one] : []), ...below(one)])
    return [...new Set(all)].filter((one) => one instanceof Element && isWanted(one, step))
  }

  function run(steps: Query, from: ParentNode): ParentNode[] {
    return steps.reduce<ParentNode[]>(narrowed, [from])
  }

  return run(query, document).filter((one) => one instanceof Element)
}
