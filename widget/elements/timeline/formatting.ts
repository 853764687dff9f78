/**
 * Finds formatting in what people write. By line: fenced code, quotes and lists; inline-formatting.ts has what stands within
 * one. It is a small part of CommonMark, made for chats. What is not closed is shown as it was typed. Like the links, it
 * takes one pass without backtracking.
 */
import { type Counter, type Inline, inlinesOf, isShown } from './inline-formatting.ts'

export type Block =
  | { readonly kind: 'text'; readonly inlines: readonly Inline[] }
  | { readonly kind: 'quote'; readonly inlines: readonly Inline[] }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'list'; readonly isNumbered: boolean; readonly items: readonly Item[] }
/** With the number that was typed. */
type Item = { readonly value: number | undefined; readonly inlines: readonly Inline[] }

export type Formatted = {
  readonly blocks: readonly Block[]
  /** How often a character was looked at: at most 16 times the length of the text. */
  readonly visited: number
}

export function formatted(text: string): Formatted {
  const scanner = new BlockScanner(text)
  return { blocks: scanner.blocks(), visited: scanner.visited }
}

const fence = '```'

class BlockScanner implements Counter {
  visited = 0
  readonly #lines: readonly string[]
  readonly #blocks: Block[] = []
  /** The lines of a text or quote that goes on. */
  #open: { readonly kind: 'text' | 'quote'; readonly lines: Inline[][] } | undefined
  /** The items of a list that goes on. */
  #items: Item[] | undefined
  #isNumbered = false
  /** Once a fence is not closed, no later one is. */
  #canBeClosed = true

  constructor(text: string) {
    this.#lines = text.split('\n')
  }

  blocks(): Block[] {
    for (let at = 0; at < this.#lines.length; at++) {
      const line = this.#lines[at] ?? ''
      this.visited += 4 * line.length
      const end = line.startsWith(fence) ? this.#code(at, line) : undefined
      if (end !== undefined) at = end
      else if (!this.#item(line)) this.#text(line)
    }
    this.#close()
    return this.#blocks
  }

  /** Code from this line on; the line that ends it. */
  #code(at: number, line: string): number | undefined {
    if (line.length > 2 * fence.length && line.endsWith(fence)) {
      const text = line.slice(fence.length, -fence.length)
      if (!isShown(text)) return undefined
      this.#add({ kind: 'code', text })
      return at
    }
    // The name of a language may follow.
    if (!this.#canBeClosed || line.includes('`', fence.length)) return undefined
    let end = at + 1
    while (end < this.#lines.length && this.#lines[end]?.trimEnd() !== fence) end++
    this.#canBeClosed = end < this.#lines.length
    const text = this.#lines.slice(at + 1, end).join('\n')
    if (!this.#canBeClosed || !isShown(text)) return undefined
    this.#add({ kind: 'code', text })
    return end
  }

  #item(line: string): boolean {
    const [mark, number] = /^(?:[-*•]|(\d{1,9})\.) +(?=\S)/.exec(line) ?? []
    if (mark === undefined || !isShown(line.slice(mark.length))) return false
    const isNumbered = number !== undefined
    if (!this.#items || this.#isNumbered !== isNumbered) {
      const items: Item[] = []
      this.#add({ kind: 'list', isNumbered, items })
      this.#items = items
      this.#isNumbered = isNumbered
    }
    const value = isNumbered ? Number(number) : undefined
    this.#items.push({ value, inlines: inlinesOf(line.slice(mark.length), this) })
    return true
  }

  #text(line: string): void {
    const [found] = /^> ?/.exec(line) ?? []
    const mark = isShown(line.slice(found?.length ?? 0)) ? found : undefined
    const kind = mark === undefined ? 'text' : 'quote'
    if (this.#open?.kind !== kind) this.#close({ isFollowed: true })
    this.#items = undefined
    this.#open ??= { kind, lines: [] }
    this.#open.lines.push(inlinesOf(line.slice(mark?.length ?? 0), this))
  }

  #add(block: Block): void {
    this.#close({ isFollowed: true })
    this.#items = undefined
    this.#blocks.push(block)
  }

  /** Around other blocks there is space anyway: blank lines there are left out. */
  #close({ isFollowed = false } = {}): void {
    const { kind = 'text', lines = [] } = this.#open ?? {}
    this.#open = undefined
    const isBlank = (line: readonly Inline[] | undefined) => !!line?.every(({ text }) => text.trim() === '')
    while (lines.length > 0 && this.#blocks.length > 0 && isBlank(lines[0])) lines.shift()
    while (lines.length > 0 && isFollowed && isBlank(lines.at(-1))) lines.pop()
    if (lines.length > 0) this.#blocks.push({ kind, inlines: joined(lines) })
  }
}

function joined(lines: readonly (readonly Inline[])[]): Inline[] {
  const all = lines.flatMap((line, at) => (at === 0 ? line : [{ text: '\n', marks: [] }, ...line]))
  const merged: Inline[] = []
  for (const one of all) {
    const before = merged.at(-1)
    const isSame = before && !before.href && !one.href && `${before.marks}` === `${one.marks}`
    if (isSame) merged[merged.length - 1] = { ...before, text: before.text + one.text }
    else merged.push(one)
  }
  return merged
}
