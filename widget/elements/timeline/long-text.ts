/** Long messages are folded. It is decided by their text alone: to measure each would hold up the log. */
import { html, nothing } from 'lit'
import type { Strings } from '../../locale/en.ts'

/** More than 60 lines, of about 40 characters each. */
export const isLong = (text: string): boolean => text.split(/\n|.{40}/).length > 60

/** Shows the bubble in the line before it whole, and folds it again. */
export function unfoldButton(text: string, { showMore, showLess }: Strings, tab: number): unknown {
  if (!isLong(text)) return nothing
  const toggle = ({ currentTarget }: Event) => {
    const button = currentTarget as HTMLElement
    const isFolded =
      !!button.parentElement?.previousElementSibling?.firstElementChild?.classList.toggle('folded')
    button.ariaExpanded = `${!isFolded}`
    button.textContent = isFolded ? showMore : showLess
    // What was read is far above it now.
    if (isFolded) button.scrollIntoView({ block: 'nearest' })
  }
  return html`<div part="message-actions" class="actions">
    <button part="message-action button" type="button" tabindex=${tab} aria-expanded="false" @click=${toggle} .textContent=${showMore}></button>
  </div>`
}
