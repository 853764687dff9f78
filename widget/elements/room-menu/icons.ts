/** As widget/elements/icons.ts, for what only a few need at first. */
import { svg, type TemplateResult } from 'lit'

const icon = (d: string, kind = '') =>
  svg`<svg class="icon ${kind}" viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor"
    stroke-width="2" stroke-linecap="round" stroke-linejoin="round"><path d=${d}></path></svg>` as TemplateResult

const bell = 'M6.5 10a5.5 5.5 0 0 1 11 0c0 4.5 2 6 2 6h-15s2-1.5 2-6Z M10 19.5a2.2 2.2 0 0 0 4 0'

export const roomIcons = {
  more: icon('M5.5 12v.01 M12 12v.01 M18.5 12v.01', 'dots'),
  pin: icon('M9 4h6l-.8 6 3.3 3.5v1.5h-11v-1.5L9.8 10Z M12 15v5.5'),
  unpin: icon('M9 4h6l-.8 6 3.3 3.5v1.5h-11v-1.5L9.8 10Z M12 15v5.5 M4.5 4.5l15 15'),
  mute: icon(`${bell} M4 3.5l16 17`),
  unmute: icon(bell),
  clock: icon('M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z M12 7v5l3 2'),
  markUnread: icon(
    'M20 12.5V17a2.5 2.5 0 0 1-2.5 2.5H5L3.5 21V8A2.5 2.5 0 0 1 6 5.5h7 M19 4.5a2 2 0 1 1 0 4 2 2 0 0 1 0-4Z',
  ),
  markRead: icon('M5 12.5l4.5 4.5L19 7'),
  archive: icon('M4 5h16v4H4Z M5.5 9v9A1.5 1.5 0 0 0 7 19.5h10a1.5 1.5 0 0 0 1.5-1.5V9 M10 13h4'),
  unarchive: icon(
    'M4 5h16v4H4Z M5.5 9v9A1.5 1.5 0 0 0 7 19.5h10a1.5 1.5 0 0 0 1.5-1.5V9 M12 17v-5 M9.5 14l2.5-2.5 2.5 2.5',
  ),
  here: icon('M12 12.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z M4.5 20c.8-3.4 3.8-5 7.5-5s6.7 1.6 7.5 5'),
  hidden: icon('M12 12.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z M4.5 20c.8-3.4 3.8-5 7.5-5s6.7 1.6 7.5 5 M4 3.5l16 17'),
  busy: icon('M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z M8 12h8'),
  chosen: icon('M5 12.5l4.5 4.5L19 7'),
  notChosen: icon(''),
  leave: icon(
    'M10 4H6.5A1.5 1.5 0 0 0 5 5.5v13A1.5 1.5 0 0 0 6.5 20H10 M15.5 8l4 4-4 4 M19.5 12H10',
    'mirrored',
  ),
} as const
