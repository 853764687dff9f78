/**
 * The keyboard in the log: one tab stop, arrows from message to message, Enter into a message's links and buttons and
 * Escape back out (rules K48, K49, K55).
 */
import type { Row } from '../../state/timeline.ts'
import type { Host } from '../host.ts'
import { rowOf } from './scroll-anchor.ts'

type Log = {
  readonly box: () => HTMLElement | undefined
  readonly rows: () => readonly Row[]
  /** Brings a row into the DOM. */
  readonly reveal: (at: number) => void
  /** Enter was pressed on a message. */
  readonly enter: (key: string) => void
}

export class LogFocus {
  readonly #host: Host
  readonly #log: Log
  #current: string | undefined
  #entered: string | undefined

  constructor(host: Host, log: Log) {
    this.#host = host
    this.#log = log
  }

  reset(): void {
    this.#current = undefined
    this.#entered = undefined
  }

  /** Where Tab stops: the message that last had the focus, at first the newest. Asked once per draw: it looks at all rows. */
  get current(): string | undefined {
    const rows = this.#log.rows()
    const held = this.#current && rows.findLast(({ key }) => key === this.#current)
    return (held || rows.findLast(({ type }) => type === 'message'))?.key
  }

  /** Its links and buttons are tab stops too. */
  isEntered(key: string): boolean {
    return key === this.#entered
  }

  async focus(key: string): Promise<void> {
    this.#current = key
    this.#host.requestUpdate()
    await this.#host.updateComplete
    const row = this.#row(key)
    row?.focus({ preventScroll: true })
    row?.scrollIntoView({ block: 'nearest' })
  }

  /** Before a message goes: its neighbour takes the focus, if it had it. */
  leave(key: string): void {
    const rows = this.#log.rows()
    const at = rows.findIndex((row) => row.key === key)
    const turned = [...rows.slice(0, at).reverse(), ...rows.slice(at + 1)]
    const neighbour = turned.find(({ type }) => type === 'message')
    if (neighbour && this.#row(key)?.contains(this.#host.root.activeElement)) void this.focus(neighbour.key)
  }

  readonly onFocus = ({ target }: FocusEvent): void => {
    const key = keyOf(target)
    if (!key || key === this.#current) return
    this.#current = key
    this.#entered = undefined
    this.#host.requestUpdate()
  }

  readonly onKey = (event: KeyboardEvent): void => {
    const key = keyOf(event.target)
    if (!key || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
    const act = this.#acts[event.key]
    if (!act?.(key, isRow(event.target))) return
    event.preventDefault()
    event.stopPropagation()
  }

  /** Each says whether the key was for it. */
  readonly #acts: Record<string, (key: string, isOnRow: boolean) => boolean> = {
    ArrowUp: (key) => this.#step(key, -1),
    ArrowDown: (key) => this.#step(key, 1),
    Home: () => this.#focusFrom(0, 1),
    End: () => this.#focusFrom(this.#log.rows().length - 1, -1),
    Enter: (key, isOnRow) => isOnRow && this.#enter(key),
    Escape: (key, isOnRow) => {
      this.#entered = undefined
      if (!isOnRow) void this.focus(key)
      return !isOnRow
    },
  }

  #step(key: string, by: 1 | -1): boolean {
    return this.#focusFrom(this.#log.rows().findIndex((row) => row.key === key) + by, by)
  }

  /** The first message from there on, in that direction. */
  #focusFrom(from: number, by: 1 | -1): boolean {
    const rows = this.#log.rows()
    for (let at = from; at >= 0 && at < rows.length; at += by) {
      const row = rows[at]
      if (row?.type !== 'message') continue
      this.#log.reveal(at)
      void this.focus(row.key)
      break
    }
    return true
  }

  #enter(key: string): boolean {
    this.#entered = key
    this.#log.enter(key)
    this.#host.requestUpdate()
    void this.#host.updateComplete.then(() =>
      this.#row(key)?.querySelector<HTMLElement>('a, button')?.focus(),
    )
    return true
  }

  #row(key: string): HTMLElement | null | undefined {
    const box = this.#log.box()
    return box && rowOf(box, key)
  }
}

export function keyOf(target: EventTarget | null): string | undefined {
  return target instanceof Element ? target.closest<HTMLElement>('[data-key]')?.dataset.key : undefined
}

function isRow(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.dataset.key !== undefined
}
