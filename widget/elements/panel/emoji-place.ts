/** Where the emoji picker stands: over the composer, loaded when somebody wants it. */
import { html, nothing, type ReactiveController } from 'lit'
import { createRef, ref } from 'lit/directives/ref.js'
import { loadChunk } from '../../load-chunk.ts'
import type { EmojiPicker } from '../emoji-picker/emoji-picker.ts'
import type { Host } from '../host.ts'
import { measureSpaceOver } from '../space-over.ts'

export const loadEmojiPicker = (): Promise<typeof import('../emoji-picker/emoji-picker.ts')> =>
  import('../emoji-picker/emoji-picker.ts')

export class EmojiPlace implements ReactiveController {
  readonly #host: Host
  readonly #onNotLoaded: (error: unknown) => void
  readonly #place = createRef<HTMLElement>()
  #picker: EmojiPicker | undefined
  /** What had the focus gets it back. */
  #focused: HTMLElement | undefined

  constructor(host: Host, onNotLoaded: (error: unknown) => void) {
    this.#host = host
    this.#onNotLoaded = onNotLoaded
    host.addController(this)
  }

  hostConnected(): void {
    this.#host.root.addEventListener('pointerdown', this.#onPress)
  }

  hostDisconnected(): void {
    this.#host.root.removeEventListener('pointerdown', this.#onPress)
    this.close()
  }

  hostUpdated(): void {
    measureSpaceOver(this.#place.value)
  }

  get isOpen(): boolean {
    return this.#picker !== undefined
  }

  /** `choose` is called with what was chosen, or not at all. */
  async open(choose: (emoji: string) => void): Promise<void> {
    const { activeElement } = this.#host.root
    const loaded = await loadChunk('emoji', loadEmojiPicker).catch(this.#onNotLoaded)
    if (!loaded) return
    const { EmojiPicker } = loaded
    this.close()
    this.#focused = activeElement instanceof HTMLElement ? activeElement : undefined
    this.#host.adopt([EmojiPicker.styles])
    this.#picker = new EmojiPicker(this.#host, {
      choose: (emoji) => {
        this.stepBack()
        choose(emoji)
      },
      close: () => this.stepBack(),
      notLoaded: (error) => {
        this.stepBack()
        this.#onNotLoaded(error)
      },
    })
    this.#host.requestUpdate()
    await this.#host.updateComplete
    this.#picker?.focus()
  }

  /** As Escape does: what had the focus has it again. */
  stepBack(): void {
    this.close()
    this.#focused?.focus()
  }

  close(): void {
    this.#picker?.leave()
    this.#picker = undefined
    this.#host.requestUpdate()
  }

  render(): unknown {
    return this.#picker
      ? html`<div class="emoji-place" ${ref(this.#place)}>${this.#picker.render()}</div>`
      : nothing
  }

  readonly #onPress = ({ target }: Event): void => {
    const isInside =
      target instanceof Element && target.closest('.emoji-place, [part~="emoji-button"]') !== null
    if (this.#picker && !isInside) this.close()
  }
}
