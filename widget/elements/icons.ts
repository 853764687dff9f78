/** Our own icons: 24 units square, drawn with a line of 2 in the colour of the text. */
import { svg, type TemplateResult } from 'lit'

const icon = (shape: unknown, kind = '') =>
  svg`<svg class="icon ${kind}" viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor"
    stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${shape}</svg>` as TemplateResult

const path = (d: string) => svg`<path d=${d}></path>`

/** `mirrored` icons point the other way where lines run from right to left. */
export const icons = {
  chat: icon(
    path('M5 18.5 3.5 21V7A3 3 0 0 1 6.5 4h11A3 3 0 0 1 20.5 7v8.5a3 3 0 0 1-3 3Z M8 9.5h8 M8 13.5h5'),
  ),
  close: icon(path('M6 6l12 12 M18 6 6 18')),
  down: icon(path('M12 5v14 M6 13l6 6 6-6')),
  back: icon(path('M19 12H5 M11 6l-6 6 6 6'), 'mirrored'),
  emoji: icon(
    path(
      'M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z M8.5 14.5c.8 1.2 2 1.9 3.5 1.9s2.7-.7 3.5-1.9 M9 9.5v.01 M15 9.5v.01',
    ),
  ),
  send: icon(path('M12 19V5 M6 11l6-6 6 6')),
  compose: icon(path('M12 5v14 M5 12h14')),
  search: icon(path('M16 16l4.5 4.5 M18 11a7 7 0 1 1-14 0 7 7 0 0 1 14 0Z')),
  notes: icon(path('M7 3.5h10a1.5 1.5 0 0 1 1.5 1.5v15.5L12 16.5l-6.5 4V5A1.5 1.5 0 0 1 7 3.5Z')),
  people: icon(
    path(
      'M12.5 8a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0Z M2.5 19.5c.7-3.4 3.3-5 6.5-5s5.8 1.6 6.5 5 M16 4.7a3.5 3.5 0 0 1 0 6.6 M18 15c1.9.7 3.1 2.2 3.5 4.5',
    ),
  ),
  check: icon(path('M5 12.5l4.5 4.5L19 7')),
  checks: icon(path('M2 12.5l4.5 4.5L16 7 M11.5 16l1 1L22 7')),
  clock: icon(path('M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z M12 7v5l3 2')),
  alert: icon(path('M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z M12 7.5v5.5 M12 16.5v.01')),
  cloud: icon(path('M4 4l16 16 M8 8.3A6 6 0 0 0 6.5 19H17 M20.5 17.2A4.3 4.3 0 0 0 17 10.5 6 6 0 0 0 11 7')),
} as const
