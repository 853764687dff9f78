/**
 * What the site itself says: its title, its text and its link.
 *
 * @csspart message-title - The title of what the site says.
 * @csspart message-link - Where it leads.
 */
import { html, nothing } from 'lit'
import type { SiteView } from '../../../server/protocol/views.ts'
import { formattedText } from './formatted-text.ts'
import { richText } from './rich-text.ts'

/** For who hears it: without the address of its link. */
export const spokenParts = ({ title, text, link }: SiteView): string =>
  [title, text, link?.label].filter(Boolean).join(', ')

/** As any site's. What has a direction of its own counts for none around it: the first of them has none, and the link follows it. */
export function siteParts({ title, text, link }: SiteView, tab: 0 | -1): unknown {
  const { blocks } = richText(text)
  const href = /^https?:\/\//i.test(link?.url ?? '') && link?.url
  return html`<div dir="auto">${title ? html`<div part="message-title" class="message-title">${title}</div>` : nothing}
    <div part="text" class="text" dir=${title ? 'auto' : nothing}>${formattedText(blocks, { tab, who: () => ({ name: undefined, isMe: false }) })}</div>
    ${href ? html`<a part="message-link" class="message-link" href=${href} target="_blank" rel="noopener noreferrer nofollow" tabindex=${tab}>${link?.label ?? URL.parse(href)?.hostname}</a>` : nothing}</div>`
}
