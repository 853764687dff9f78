/** As widget/elements/icons.ts, for what only a few need at first. */
import { svg, type TemplateResult } from 'lit'
import type { Action } from './actions.ts'

const icon = (d: string, kind = '') =>
  svg`<svg class="icon ${kind}" viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor"
    stroke-width="2" stroke-linecap="round" stroke-linejoin="round"><path d=${d}></path></svg>` as TemplateResult

export const actionIcons: Readonly<Record<Action | 'unpin' | 'more' | 'plus' | 'person', TemplateResult>> = {
  undo: icon('M8.5 5 4 9.5 8.5 14 M4 9.5h10a5 5 0 0 1 0 10h-4'),
  react: icon('M12 21a9 9 0 1 1 0-18 9 9 0 0 1 0 18Z M8.5 14a4.2 4.2 0 0 0 7 0 M9 9.5v.01 M15 9.5v.01'),
  reply: icon('M9.5 6 4 11.5 9.5 17 M4 11.5h9a7 7 0 0 1 7 7', 'mirrored'),
  forward: icon('M14.5 6l5.5 5.5-5.5 5.5 M20 11.5h-9a7 7 0 0 0-7 7', 'mirrored'),
  edit: icon('M4 20h4L19.5 8.5a2.8 2.8 0 0 0-4-4L4 16Z M13.5 6.5l4 4'),
  pin: icon('M9 4h6l-.8 6 3.3 3.5v1.5h-11v-1.5L9.8 10Z M12 15v5.5'),
  unpin: icon('M9 4h6l-.8 6 3.3 3.5v1.5h-11v-1.5L9.8 10Z M12 15v5.5 M4.5 4.5l15 15'),
  markUnread: icon(
    'M20 12.5V17a2.5 2.5 0 0 1-2.5 2.5H5L3.5 21V8A2.5 2.5 0 0 1 6 5.5h7 M19 4.5a2 2 0 1 1 0 4 2 2 0 0 1 0-4Z',
  ),
  copyText: icon(
    'M9 9h9.5A1.5 1.5 0 0 1 20 10.5V19a1.5 1.5 0 0 1-1.5 1.5H10A1.5 1.5 0 0 1 8.5 19V9.5 M15.5 5.5v-.5A1.5 1.5 0 0 0 14 3.5H5.5A1.5 1.5 0 0 0 4 5v8.5A1.5 1.5 0 0 0 5.5 15',
  ),
  copyLink: icon(
    'M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1 1 M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1-1',
  ),
  delete: icon('M4.5 6.5h15 M9.5 6.5V4.5h5v2 M6.5 6.5l.8 13h9.4l.8-13 M10.5 10.5v5 M13.5 10.5v5'),
  plus: icon('M12 5v14 M5 12h14'),
  person: icon('M16 8a4 4 0 1 1-8 0 4 4 0 0 1 8 0Z M4.5 20c.8-3.7 3.8-5.5 7.5-5.5s6.7 1.8 7.5 5.5'),
  more: icon('M5.5 12v.01 M12 12v.01 M18.5 12v.01', 'dots'),
}
