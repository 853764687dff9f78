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
    const said = within(selected, text).toString().trim()
    if (!row || !said) return []
    return row.kind === 'system' ? [said] : [`${row.author.name}, ${format.time(row.at)}: ${said}`]
  })
  return lines.join('\n')
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
