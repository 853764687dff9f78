/** How high something may be that grows upwards over the log. */

/** Stays free above it. */
const marginPx = 8

/** Tells the styles of a box how much of the chat is above it, in CSS pixels: the window may be far higher. */
export function measureSpaceOver(box: HTMLElement | undefined): void {
  const thread = box?.closest<HTMLElement>('.thread')
  if (!box || !thread?.offsetHeight) return
  const { top, height } = thread.getBoundingClientRect()
  // What a page scales is measured as it is seen.
  const scale = height / thread.offsetHeight || 1
  const spacePx = (box.getBoundingClientRect().top - top) / scale - marginPx
  box.style.setProperty('--_space-over', `${Math.max(spacePx, 0)}px`)
}
