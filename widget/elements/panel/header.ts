import { html, nothing, type TemplateResult } from 'lit'
import { type Ref, ref } from 'lit/directives/ref.js'
import { closeButton } from '../../frame.ts'
import type { RoomItem } from '../../state/room-list.ts'
import { roomAvatar } from '../avatar.ts'
import type { Host, PanelHost } from '../host.ts'
import { icons } from '../icons.ts'
import { dirOf, listed } from '../isolated.ts'

type Uses = {
  /** Undefined where there is no list to go back to. */
  readonly back: (() => void) | undefined
  readonly title: Ref<HTMLElement>
  /** Shows what there is to know of the room, or hides it. */
  readonly info?: { readonly isOpen: boolean; readonly toggle: () => void; readonly button: Ref<HTMLElement> }
}

/** Over the log: whose room it is, and the way back and out. */
export function header(
  host: PanelHost,
  item: RoomItem | undefined,
  { back, title, info }: Uses,
): TemplateResult {
  const { words, format, isNarrow, isLauncher, singleRoom } = host
  const subtitle = item && subtitleOf(host, item)
  return html`<header part="header" class="header">
    <slot name="header-start"></slot>
    ${
      back && isNarrow && !singleRoom
        ? html`<button part="back-button" class="icon-button" type="button" aria-label=${words.back} @click=${back}><slot name="icon-back">${icons.back}</slot></button>`
        : nothing
    }
    <slot name="header">${
      item
        ? html`${roomAvatar(item)}
          <div class="header-text">
            <h2 part="header-title" class="header-title" tabindex="-1" dir=${dirOf(item.title)} translate="no" ${ref(title)}>${listed((as) => format.title(item.title, as))}</h2>
            ${subtitle ? html`<p part="header-subtitle" class="header-subtitle" dir="auto" translate="no">${subtitle}</p>` : nothing}
            ${info ? html`<button part="info-button" class="info-button" type="button" aria-label=${words.roomInfo} title=${words.roomInfo} aria-expanded=${info.isOpen} @click=${info.toggle} ${ref(info.button)}></button>` : nothing}
          </div>`
        : html`<div class="header-text"><h2 part="header-title" class="header-title" tabindex="-1">${words.chat}</h2></div>`
    }</slot>
    <div part="header-actions" class="header-actions">
      <slot name="header-actions"></slot>
      ${isLauncher ? closeButton(host) : nothing}
    </div>
  </header>`
}

function subtitleOf({ words, format }: Host, { kind, memberCount, online, busy }: RoomItem): string {
  if (kind === 'group') return words.members(memberCount, format.number(memberCount))
  if (busy) return words.doNotDisturb
  return kind === 'direct' && online ? words.online : ''
}
