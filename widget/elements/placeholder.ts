/** What stands where there is nothing yet, nothing at all, or something went wrong (rules D45, D46). */
import { html, type TemplateResult } from 'lit'
import { button, empty } from '../frame.ts'
import type { Strings } from '../locale/en.ts'
import type { Fault, Room } from '../state/state.ts'
import type { Host } from './host.ts'
import { icons } from './icons.ts'
import { isWaiting } from './once-back.ts'

export function notLoaded(host: Host, fault: Fault, retry: () => void): TemplateResult {
  const { words } = host
  return html`<div part="error" class="error" role="alert">
    <p>${words.notLoadedBecause(isWaiting(host, fault) ? words.waiting : words.faults[fault.code])}</p>
    ${button({ label: words.retry, run: retry })}
  </div>`
}

/** A room in which nobody said anything so far. */
export function nothingYet({ words }: Host, room: Room, title: string): TemplateResult {
  return html`<slot name="room-empty">${
    room.kind === 'self'
      ? empty({ icon: icons.notes, title: words.emptyNotes, hint: words.emptyNotesHint })
      : empty({ icon: icons.chat, title: words.emptyRoom, hint: words.emptyRoomHint(title) })
  }</slot>`
}

/** Grey shapes with the geometry of messages. They fade in after 200 ms: what loads faster shows nothing at all. */
export function skeletonRows(words: Strings): TemplateResult {
  return html`<slot name="loading"><div part="loading" class="skeletons" role="status" aria-label=${words.loading}>
    ${shapes.map((shape) => html`<div part="skeleton" class="skeleton ${shape}"></div>`)}
  </div></slot>`
}
const shapes = ['other long', 'other short', 'own', 'other', 'own long', 'own short']

export function skeletonRooms(words: Strings): TemplateResult {
  return html`<slot name="loading"><div part="loading" class="skeletons rooms-loading" role="status" aria-label=${words.loading}>
    ${[1, 2, 3, 4, 5].map(() => html`<div part="skeleton" class="skeleton room-shape"></div>`)}
  </div></slot>`
}
