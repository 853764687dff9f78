/** As widget/elements/icons.ts, for what is seen about rooms. */
import { svg, type TemplateResult } from 'lit'

const icon = (d: string) =>
  svg`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor"
    stroke-width="2" stroke-linecap="round" stroke-linejoin="round"><path d=${d}></path></svg>` as TemplateResult

export const infoIcons = {
  /** As wide as the others. */
  none: icon(''),
  edit: icon('M4 20h4L19.5 8.5a2.8 2.8 0 0 0-4-4L4 16Z M13.5 6.5l4 4'),
  add: icon(
    'M13 8a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0Z M3 19.5c.7-3.4 3.3-5 6.5-5 2 0 3.7.6 4.9 1.8 M18.5 14v6 M15.5 17h6',
  ),
  promote: icon('M4 18.5h16 M4.5 15 3.5 7l5 3.5L12 5l3.5 5.5 5-3.5-1 8Z'),
  demote: icon('M4 18.5h16 M4.5 15 3.5 7l5 3.5L12 5l3.5 5.5 5-3.5-1 8Z M4.5 3.5l15 17'),
  eye: icon(
    'M2.5 12s3.5-6.5 9.5-6.5 9.5 6.5 9.5 6.5-3.5 6.5-9.5 6.5S2.5 12 2.5 12Z M12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z',
  ),
  remove: icon(
    'M13 8a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0Z M3 19.5c.7-3.4 3.3-5 6.5-5s5.8 1.6 6.5 5 M15.5 11h6',
  ),
  link: icon(
    'M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1 1 M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1-1',
  ),
  delete: icon('M4.5 6.5h15 M9.5 6.5V4.5h5v2 M6.5 6.5l.8 13h9.4l.8-13 M10.5 10.5v5 M13.5 10.5v5'),
} as const
