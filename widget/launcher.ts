/** The floating button: all that a page loads of the chat before somebody wants it. */
import { html, nothing, type TemplateResult } from 'lit'

type Look = {
  readonly isOpen: boolean
  readonly label: string
  readonly badge: string
  readonly toggle: () => void
  readonly intend: () => void
}

export function launcher({ isOpen, label, badge, toggle, intend }: Look): TemplateResult {
  return html`<div class="launcher-place ${isOpen ? 'is-open' : ''}">
    <slot name="launcher" @click=${toggle} @pointerenter=${intend} @focusin=${intend}>
      <button part="launcher" id="launcher" class="launcher" type="button" aria-label=${label} aria-expanded=${isOpen} aria-haspopup="dialog"
        aria-controls=${isOpen ? 'panel' : nothing}>
        <span part="launcher-icon" class="launcher-icon"><slot name="launcher-icon">
          <svg class="chat" viewBox="0 0 24 24" aria-hidden="true" fill="currentColor">
            <path d="M12 3.2c-5.2 0-9.3 3.5-9.3 7.9 0 2.5 1.3 4.7 3.4 6.2-.1 1.1-.5 2.1-1.3 3-.3.4 0 .9.5.8 2-.2 3.7-.9 5-1.9.6.1 1.1.1 1.7.1 5.2 0 9.3-3.6 9.3-8.1S17.2 3.2 12 3.2Z"></path>
          </svg>
          <svg class="down" viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round"><path d="M6 9.5l6 6 6-6"></path></svg>
        </slot></span>
        ${badge && !isOpen ? html`<span part="launcher-badge" translate="no" class="launcher-badge" aria-hidden="true">${badge}</span>` : nothing}
      </button>
    </slot>
  </div>`
}
