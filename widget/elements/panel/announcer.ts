/**
 * What screen readers hear. Live regions inside shadow roots stay silent in several of them, so there is one polite
 * and one assertive region per page, in light DOM, shared by every widget and empty until something happens. While a modal
 * dialog makes the page inert nothing is heard of that: then the regions are the dialog's own.
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
  readonly #place: () => Element
  readonly #summary: (count: number, room: string) => string
  #waiting: { text: string; room: string }[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  /**
   * @param place the body of the page, or the modal dialog in front of it
   * @param summary says how many messages came while the last ones were read out
   */
  constructor(place: () => Element, summary: (count: number, room: string) => string) {
    this.#place = place
    this.#summary = summary
    this.prepare()
  }

  /** What a region says is heard only where it was there before. */
  prepare(): void {
    for (const politeness of ['polite', 'assertive'] as const) region(this.#place(), politeness)
  }

  /** A message that arrived. */
  message(text: string, room: string): void {
    this.#waiting.push({ text, room })
    this.#timer ??= setTimeout(() => this.#flush(), 0)
  }

  /** Anything else that happened, at once. */
  say(text: string, politeness: Politeness = 'polite'): void {
    // Looked for each time: some sites put a new body into the page and keep what stood in it.
    speak(region(this.#place(), politeness), text)
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

function region(place: Element, politeness: Politeness): HTMLElement {
  const found = place.querySelector<HTMLElement>(`[${attribute}="${politeness}"]`)
  if (found) return found
  const made = place.ownerDocument.createElement('div')
  made.setAttribute(attribute, politeness)
  made.setAttribute('aria-live', politeness)
  Object.assign(made.style, hidden)
  // First, where no part of a dialog is drawn.
  if (place.localName === 'body') place.append(made)
  else place.prepend(made)
  return made
}

/** The same words again are only heard where the text changes. */
function speak(region: HTMLElement, text: string): void {
  region.textContent = region.textContent === text ? `${text}\u00a0` : text
}
