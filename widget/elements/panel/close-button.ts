import { html, type TemplateResult } from 'lit'
import type { PanelHost } from '../host.ts'
import { icons } from '../icons.ts'

/** Closes the panel of a launcher. */
export function closeButton(host: PanelHost): TemplateResult {
  return html`<button part="close-button" class="icon-button" type="button" aria-label=${host.words.close} @click=${() => void host.close()}><slot name="icon-close">${icons.close}</slot></button>`
}
