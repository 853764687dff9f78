import { html, nothing, type TemplateResult } from 'lit'
import { erasedId } from '../../server/protocol/erased.ts'
import type { UserView } from '../../server/protocol/views.ts'
import type { RoomItem } from '../state/room-list.ts'
import { icons } from './icons.ts'

const hues = 10

/** A user's picture over the initial of the name, in a colour that stays with the user's id. */
export function avatar(
  user: UserView,
  { part = 'avatar', online = false, busy = false } = {},
): TemplateResult {
  return html`<span part=${part} class="avatar ${online ? 'online' : ''} ${busy ? 'busy' : ''} ${user.avatarUrl ? 'pictured' : ''}" data-hue=${hueOf(user.id)} aria-hidden="true"
    >${user.id === erasedId ? icons.people : initial(user.name)}${
      user.avatarUrl
        ? html`<img src=${user.avatarUrl} alt="" loading="lazy" referrerpolicy="no-referrer" @error=${drop} />`
        : nothing
    }</span>`
}

/** The picture of a room: its own, of its other member, of two of its people, or a bookmark for notes. */
export function roomAvatar({ kind, title, online, busy, id, pictureUrl }: RoomItem): TemplateResult {
  const part = 'room-avatar'
  if (kind === 'self')
    return html`<span part=${part} class="avatar notes" aria-hidden="true">${icons.notes}</span>`
  const [first, second] = title.kind === 'people' ? title.users : []
  if (title.kind === 'name' || pictureUrl) {
    const name = title.kind === 'name' ? title.name : (first?.name ?? '')
    return avatar({ id, name, ...(pictureUrl && { avatarUrl: pictureUrl }) }, { part })
  }
  if (!first)
    return html`<span part=${part} class="avatar" data-hue=${hueOf(id)} aria-hidden="true">${icons.people}</span>`
  if (kind === 'direct' || !second) return avatar(first, { part, online, busy })
  return html`<span part=${part} class="avatar pair" aria-hidden="true">${avatar(second)}${avatar(first)}</span>`
}

/** The first letter as readers see it, emoji and accents included. */
function initial(name: string): string {
  const [first] = segmenter.segment(name.trim())
  return first?.segment.toLocaleUpperCase() ?? '?'
}
const segmenter = new Intl.Segmenter()

/** FNV-1a: the same user has the same colour everywhere. */
function hueOf(id: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < id.length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193)
  return (hash >>> 0) % hues
}

/** A picture that does not load leaves the initial. */
function drop({ target }: Event): void {
  if (target instanceof Element) target.toggleAttribute('hidden', true)
}
