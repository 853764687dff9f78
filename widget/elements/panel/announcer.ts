/**
 * What screen readers hear. Live regions inside shadow roots stay silent in several of them, so there is one polite
 * and one assertive region per page, in light DOM, shared by every widget and empty until something happens.
 */
const attribute = 'data-chatter-announcer'
const hidden = {
  position: 'fixed',
  inlineSize: '1px',
  blockSize: '1px',
  overflow: 'hidden',
  clipPath: 'inset(50%)',
}
/** At most one announcement a second: what comes faster is counted (rule A57). */
const intervalMs = 1000

type Politeness = 'polite' | 'assertive'

export class Announcer {
  readonly #document: Document
  readonly #summary: (count: number, room: string) => string
  #waiting: { text: string; room: string }[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  /** `summary` says how many messages came while the last ones were read out. */
  constructor(document: Document, summary: (count: number, room: string) => string) {
    this.#document = document
    this.#summary = summary
    for (const politeness of ['polite', 'assertive'] as const) region(document, politeness)
  }

  /** A message that arrived. */
  message(text: string, room: string): void {
    this.#waiting.push({ text, room })
    this.#timer ??= setTimeout(() => this.#flush(), 0)
  }

  /** Anything else that happened, at once. */
  say(text: string, politeness: Politeness = 'polite'): void {
    // Looked for each time: some sites put a new body into the page and keep what stood in it.
    speak(region(this.#document, politeness), text)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#waiting = []
  }

  #flush(): void {
    const waiting = this.#waiting.splice(0)
    const last = waiting.at(-1)
    this.#timer = undefined
    if (!last) return
    this.say(waiting.length === 1 ? last.text : this.#summary(waiting.length, last.room))
    this.#timer = setTimeout(() => this.#flush(), intervalMs)
  }
}

function region(document: Document, politeness: Politeness): HTMLElement {
  const found = document.querySelector<HTMLElement>(`[${attribute}="${politeness}"]`)
  if (found) return found
  const made = document.createElement('div')
  made.setAttribute(attribute, politeness)
  made.setAttribute('aria-live', politeness)
  Object.assign(made.style, hidden)
  document.body.append(made)
  return made
}

/** The same words again are only heard where the text changes. */
function speak(region: HTMLElement, text: string): void {
  region.textContent = region.textContent === text ? `${text}\u00a0` : text
}
