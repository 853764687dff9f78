/**
 * What the page itself draws in the bubble of a message of the site. A chunk of its own: few pages do.
 *
 * @csspart message-content - What the page drew in place of title, text and link.
 */
import { nothing, render } from 'lit'
import type { MessageView } from '../../../server/protocol/views.ts'
import type { MessageRenderer, MessageRenderers } from '../../message-renderers.ts'

type Drawn = { readonly by: unknown[]; readonly box: HTMLElement | undefined }

/** More than stand in a timeline at once. */
const mostDrawn = 1_000

const isNothing = (content: unknown): boolean =>
  typeof content === 'boolean' || [undefined, null, '', nothing].includes(content as null)

/** Of anything else, as a promise, its name would stand there. @throws TypeError */
function requireContent(content: unknown): void {
  if (typeof content !== 'object' || content === null) return
  if (['nodeType', '_$litType$', '_$litDirective$', Symbol.iterator].some((name) => name in content)) return
  throw new TypeError(`expected a node, a template or a text, got ${content}`)
}

/** What the page drew of messages of the site, so that each stays what it is until the site changes it. */
export class DrawnByPage {
  readonly #drawn = new Map<string, Drawn>()
  readonly #failed = new Set<MessageRenderer>()

  /** Undefined where the page draws nothing of this kind, or failed to. */
  draw(
    message: MessageView,
    renderers: MessageRenderers | undefined,
    language: string,
  ): HTMLElement | undefined {
    const { site, id, editedAt } = message
    const type = site?.type ?? ''
    const renderer = renderers && Object.hasOwn(renderers, type) && renderers[type]
    if (!renderer) return undefined
    const by = [renderer, language, editedAt]
    const known = this.#drawn.get(id)
    if (known?.by.every((one, at) => one === by[at])) return known.box
    const box = this.#boxOf(known?.box, () => renderer(message, { language }), renderer)
    this.#drawn.delete(id)
    this.#drawn.set(id, { by, box })
    const [oldest = ''] = this.#drawn.size > mostDrawn ? this.#drawn.keys() : []
    this.#drawn.delete(oldest)
    return box
  }

  #boxOf(
    before: HTMLElement | undefined,
    contentOf: () => unknown,
    renderer: MessageRenderer,
  ): HTMLElement | undefined {
    const box = before ?? document.createElement('div')
    box.setAttribute('part', 'message-content')
    try {
      const content = contentOf()
      if (isNothing(content)) return undefined
      requireContent(content)
      render(content, box)
      return box
    } catch (error) {
      // Once for each: a timeline has many of a kind.
      // biome-ignore lint/suspicious/noConsole: only the owner of the page can mend its function.
      if (!this.#failed.has(renderer)) console.error('chatter-widget: a message renderer failed', error)
      this.#failed.add(renderer)
      return undefined
    }
  }
}
