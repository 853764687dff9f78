/**
 * What stands in the frame while the panel is not there: that it comes, or why it does not, and the way out. In the first
 * chunk, because nothing else may be there. The panel draws with the same parts.
 */
import { html, nothing, svg, type TemplateResult } from 'lit'
import type { launcherWords } from './locale/launcher.ts'

/** A cross. */
const cross = svg`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor"
  stroke-width="2" stroke-linecap="round"><path d="M6 6l12 12 M18 6 6 18"></path></svg>`

type Closing = { readonly words: { readonly close: string }; close(): Promise<void> }

/** Closes the panel of a launcher. */
export function closeButton(host: Closing): TemplateResult {
  return html`<button part="close-button" class="icon-button" type="button" aria-label=${host.words.close} @click=${() => void host.close()}><slot name="icon-close">${cross}</slot></button>`
}

type Action = { readonly label: string; readonly run: () => void }
type Words = {
  readonly icon?: unknown
  readonly title: string
  readonly hint?: string
  readonly action?: Action
}

export function empty({ icon, title, hint, action }: Words, more: unknown = nothing): TemplateResult {
  return html`<div part="empty" class="empty">
    ${icon ? html`<span part="empty-icon" class="emblem">${icon}</span>` : nothing}
    <p class="title">${title}</p>
    ${hint ? html`<p class="hint">${hint}</p>` : nothing}
    ${action ? button(action) : nothing}${more}
  </div>`
}

export function button({ label, run }: Action): TemplateResult {
  return html`<button part="button" class="button" type="button" @click=${run}>${label}</button>`
}

type Look = Closing & {
  readonly words: typeof launcherWords
  readonly isLauncher: boolean
  /** How often the panel could not be loaded, though somebody asked for it. */
  readonly misses: number
  readonly again: () => void
}

/** The whole frame, without the panel. */
export function frame(look: Look): TemplateResult {
  const { words, isLauncher, misses, again } = look
  // Firefox asks no second time for a script whose address failed once: there only the page anew helps.
  const reload = { label: words.reload, run: () => location.reload() }
  return html`${isLauncher ? closeButton(look) : nothing}${
    misses
      ? empty(
          {
            title: words.connectionFailed,
            hint: navigator.onLine ? words.partMissing : words.noConnection,
            action: { label: words.retry, run: again },
          },
          misses > 1 ? button(reload) : nothing,
        )
      : html`<slot name="loading"><div part="loading" class="spinner" role="status" aria-label=${words.loading}></div></slot>`
  }`
}
