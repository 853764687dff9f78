/**
 * A button over a block of code that copies it, while the pointer or the focus is on that.
 *
 * @csspart code-copy - Over a block of code: copies it.
 */
import { html, render } from 'lit'
import type { Host } from '../host.ts'
import { actionIcons } from './icons.ts'

/** Its distance from the corner of the block. */
const asidePx = 4

export class CodeCopy {
  readonly #host: Host
  readonly #copy: (text: string) => void
  readonly #place: HTMLElement
  #block: HTMLElement | undefined

  constructor(host: Host, copy: (text: string) => void) {
    this.#host = host
    this.#copy = copy
    this.#place = host.ownerDocument.createElement('div')
    this.#place.className = 'code-copy-place'
  }

  /** The pointer or the focus went there, which may be anything or nothing. */
  follow(target: EventTarget | null): void {
    if (!(target instanceof Node) || !this.#place.contains(target)) this.#show(blockAt(target))
  }

  /** The message may have another text by now. */
  settle(): void {
    if (this.#block && !this.#block.isConnected) this.#show(undefined)
  }

  #show(block: HTMLElement | undefined): void {
    const article = block?.closest<HTMLElement>('.message') ?? undefined
    if (this.#place.parentElement !== article) this.#place.parentElement?.classList.remove('has-code-copy')
    this.#block = article && block
    if (!block || !article) {
      this.#place.remove()
      return
    }
    article.classList.add('has-code-copy')
    const { words } = this.#host
    render(
      html`<button part="code-copy" class="code-copy" type="button" aria-label=${words.copyCode} title=${words.copyCode}
        @click=${() => this.#copy(this.#block?.textContent ?? '')}>${actionIcons.copyText}</button>`,
      this.#place,
    )
    if (this.#place.parentElement !== article) article.append(this.#place)
    const [box, row] = [block.getBoundingClientRect(), article.getBoundingClientRect()]
    const scale = row.width / article.offsetWidth || 1
    const { style } = this.#place
    // Code runs from left to right, in any language around it.
    style.left = `${(box.right - row.left) / scale - this.#place.offsetWidth - asidePx}px`
    style.top = `${(box.top - row.top) / scale + asidePx}px`
  }
}

function blockAt(target: EventTarget | null): HTMLElement | undefined {
  return target instanceof Element ? (target.closest<HTMLElement>('.code-block') ?? undefined) : undefined
}
