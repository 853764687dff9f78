/**
 * Keeps what is being read where it is (rules S3–S6, S8). At the end, the end stays in view; anywhere else, the rows in
 * view are remembered by key and pixel, and after every change of the DOM the first of them that is still there is put
 * back. They are remembered until the reader scrolls: a box scrolls by whole pixels, and what is lost in one correction
 * must not be the start of the next. Browsers anchor by element too, but Safari does not, and at the very top none of them does.
 *
 * In a page that is zoomed or scaled, rectangles are, and what a box scrolls by is not: everything here is in the box's own pixels.
 */
import type { ReactiveController } from 'lit'
import type { Host } from '../host.ts'

/** This close to the end is the end (rule S3). */
const nearPx = 64

type Held = { readonly key: string; readonly top: number }
type Place = {
  /** The scrolling box; its first child holds the rows. */
  readonly log: () => HTMLElement | undefined
  /** Whether the last row in the DOM is the newest there is. */
  readonly isLive: () => boolean
}

export class ScrollAnchor implements ReactiveController {
  readonly #host: Host
  readonly #place: Place
  readonly #resized = new ResizeObserver(() => this.#onResize())
  #log: HTMLElement | undefined
  #held: readonly Held[] = []
  #isPinned = true
  /** Taken out of the document: the browser forgot where it was scrolled to, we did not. */
  #isMoved = false
  #size = ''
  #top = 0
  /** From the end, and of what height that was. */
  #below = 0
  #scrollHeight = 0

  constructor(host: Host, place: Place) {
    this.#host = host
    this.#place = place
    host.addController(this)
  }

  /** At the end, and staying there. */
  get isPinned(): boolean {
    return this.#isPinned && this.#place.isLive()
  }

  /** Where the reader stands: the first of the messages in view, unless the end is. */
  get place(): Held | undefined {
    return this.isPinned ? undefined : this.#held[0]
  }

  /** The keys of the rows that are held, messages before separators; none at the end. */
  get inView(): readonly string[] {
    return this.#held.map(({ key }) => key)
  }

  hostConnected(): void {
    if (this.#isMoved) this.#host.requestUpdate()
  }

  hostDisconnected(): void {
    this.#resized.disconnect()
    this.#log = undefined
    this.#isMoved = true
  }

  hostUpdate(): void {
    const isSettled = this.#log && sizeOf(this.#log) === this.#size
    // Pinned, and something else has just grown: nobody scrolled, so the end is still where the reader is.
    if (!this.#isMoved && (isSettled || !this.#isPinned)) this.capture()
  }

  hostUpdated(): void {
    this.#observe()
    this.#size = this.#isMoved ? '' : this.#size
    this.#restore()
    this.#isMoved &&= !this.#log
  }

  /** If the reader scrolled, what is in view now is what has to stay. */
  capture(): void {
    const log = this.#log
    if (!log?.clientHeight) return
    this.#isPinned = this.#place.isLive() && belowOf(log) <= nearPx
    if (log.scrollTop !== this.#top) this.#hold(log)
  }

  /** From here on the end stays in view. */
  pin(): void {
    this.#isPinned = true
    this.#size = ''
    this.#below = 0
    this.#restore()
  }

  /** Shows a row with its top at this part of the box, or so many pixels below, and holds it there. */
  show(key: string, part: number, px = 0): void {
    const log = this.#log
    const row = log && rowOf(log, key)
    if (!log || !row) return
    this.#isPinned = false
    log.scrollTop += offsetOf(row, log) - log.clientHeight * part - px
    this.#hold(log)
    this.capture()
  }

  #observe(): void {
    const log = this.#place.log()
    if (log === this.#log) return
    this.#resized.disconnect()
    this.#log = log
    for (const box of [log, log?.firstElementChild]) if (box) this.#resized.observe(box)
  }

  #restore(): void {
    const log = this.#log
    if (!log?.clientHeight) return
    // Only what grew or shrank needs it: who scrolled up a little is not pulled back by a key press.
    if (this.isPinned && sizeOf(log) !== this.#size) this.#toEnd(log)
    if (this.isPinned || !isPutBack(log, this.#held)) this.#hold(log)
    else this.#note(log)
    this.#size = sizeOf(log)
  }

  /** Where nothing came, as above a draft that grows, the reader stays as far from it as they were. */
  #toEnd(log: HTMLElement): void {
    const below = log.scrollHeight === this.#scrollHeight ? this.#below : 0
    log.scrollTop = log.scrollHeight - log.clientHeight - below
  }

  #hold(log: HTMLElement): void {
    // At the end nothing has to be measured: what is held is the end.
    this.#held = this.isPinned ? [] : inView(log)
    this.#note(log)
  }

  #note(log: HTMLElement): void {
    this.#top = log.scrollTop
    this.#below = belowOf(log)
    this.#scrollHeight = log.scrollHeight
  }

  /** Scrolled since, and the event is still to come: that is no shift. */
  #onResize(): void {
    const log = this.#log
    const by = (log?.scrollTop ?? 0) - this.#top
    // Where it stood there is nothing any more. Whoever went to the end themselves scrolled.
    const isClamped = log && this.#top > log.scrollHeight - log.clientHeight
    const isScrolled = by !== 0 && !isClamped
    if (isScrolled) this.#held = this.#held.map(({ key, top }) => ({ key, top: top - by }))
    this.#restore()
    if (log && isScrolled) this.#hold(log)
  }
}

export function rowOf(log: Element, key: string): HTMLElement | null {
  return log.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)
}

/** The rows that can be seen, top to bottom, separators last: one may vanish while it is looked at. */
function inView(log: HTMLElement): Held[] {
  const box = log.getBoundingClientRect()
  const scale = scaleOf(log)
  const messages: Held[] = []
  const separators: Held[] = []
  const rows = [...log.querySelectorAll<HTMLElement>('[data-key]')]
  for (const row of rows.slice(firstBelow(rows, box.top))) {
    const { top } = row.getBoundingClientRect()
    if (top >= box.bottom) break
    const held = row.role === 'separator' ? separators : messages
    held.push({ key: row.dataset.key ?? '', top: (top - box.top) / scale })
  }
  return [...messages, ...separators]
}

/** The place of the first row that ends below a line: they stand in order, so half of them is left out at each look. */
function firstBelow(rows: readonly HTMLElement[], line: number): number {
  let [from, to] = [0, rows.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((rows[middle]?.getBoundingClientRect().bottom ?? 0) > line) to = middle
    else from = middle + 1
  }
  return from
}

/** Puts the first row that is still there where it was, and says whether that could be done. */
function isPutBack(log: HTMLElement, held: readonly Held[]): boolean {
  for (const { key, top } of held) {
    const row = rowOf(log, key)
    if (!row) continue
    const moved = () => offsetOf(row, log) - top
    // How much a page is scaled is known to a thousandth only: far away, the first correction is not the last.
    for (let left = 3; left > 0 && Math.abs(moved()) > 0.5; left--) log.scrollTop += moved()
    return Math.abs(moved()) < 1
  }
  return false
}

function sizeOf({ scrollHeight, clientHeight }: HTMLElement): string {
  return `${scrollHeight}/${clientHeight}`
}

/** How far the end is below what is in view. */
export function belowOf({ scrollHeight, scrollTop, clientHeight }: HTMLElement): number {
  return scrollHeight - scrollTop - clientHeight
}

/** From the top of the box to the top of a row. */
function offsetOf(row: Element, log: HTMLElement): number {
  return (row.getBoundingClientRect().top - log.getBoundingClientRect().top) / scaleOf(log)
}

function scaleOf(log: HTMLElement): number {
  return log.getBoundingClientRect().height / log.offsetHeight || 1
}
