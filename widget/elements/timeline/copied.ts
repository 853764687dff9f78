import type { MessageRow } from '../../state/timeline.ts'
import type { Format } from '../format.ts'

/**
 * What a copy of several messages says: who said what and when, a message after the other. Undefined where the selection
 * lies in one of them: there it is what is selected, as anywhere.
 */
export function copied(
  log: HTMLElement,
  rowOf: (key: string) => MessageRow | undefined,
  format: Format,
): string | undefined {
  const selected = rangeIn(log)
  if (!selected) return undefined
  const texts = [...log.querySelectorAll<HTMLElement>('[part~="text"]')].filter((text) =>
    selected.intersectsNode(text),
  )
  if (texts.length < 2) return undefined
  const lines = texts.flatMap((text) => {
    const row = rowOf(text.closest<HTMLElement>('[data-key]')?.dataset.key ?? '')
    const part = within(selected, text)
    if (!row) return []
    const isWhole = part.toString() === text.textContent && !row.deleted && row.kind === 'text'
    const said = isWhole ? row.text : linesIn(part, text)
    if (!said) return []
    return row.kind === 'system' ? [said] : [`${format.name(row.author)}, ${format.time(row.at)}: ${said}`]
  })
  return lines.join('\n')
}

/** What is selected of a text: each block of it on lines of its own. */
function linesIn(selected: Range, text: HTMLElement): string {
  const blocks = [...text.querySelectorAll<HTMLElement>('.block, .quote-block, .code-block, li')]
  if (blocks.length === 0) return selected.toString().trim()
  const parts = blocks
    .filter((block) => selected.intersectsNode(block))
    .map((one) => `${within(selected, one)}`)
  return parts.filter((part) => part.trim() !== '').join('\n')
}

/** What is selected of the log. Outside shadow roots a selection ends at their hosts. */
function rangeIn(log: HTMLElement): Range | undefined {
  const root = log.getRootNode()
  const [selected] =
    root instanceof ShadowRoot ? (getSelection()?.getComposedRanges?.({ shadowRoots: [root] }) ?? []) : []
  if (!selected || selected.collapsed) return undefined
  const { startContainer, startOffset, endContainer, endOffset } = selected
  const range = log.ownerDocument.createRange()
  range.selectNodeContents(log)
  if (log.contains(startContainer)) range.setStart(startContainer, startOffset)
  if (log.contains(endContainer)) range.setEnd(endContainer, endOffset)
  return range
}

/** The part of a range that lies in an element. */
function within(range: Range, element: HTMLElement): Range {
  const part = range.cloneRange()
  if (!element.contains(part.startContainer)) part.setStart(element, 0)
  if (!element.contains(part.endContainer)) part.setEnd(element, element.childNodes.length)
  return part
}
