/** Whether some of the text of an element is selected. */
export function isSelectedIn(element: HTMLElement | undefined): boolean {
  const root = element?.getRootNode()
  const selection = element?.ownerDocument.getSelection()
  if (!element || !selection || !(root instanceof ShadowRoot)) return false
  const [range] = selection.getComposedRanges?.({ shadowRoots: [root] }) ?? []
  if (!range || range.collapsed) return false
  const selected = element.ownerDocument.createRange()
  selected.setStart(range.startContainer, range.startOffset)
  selected.setEnd(range.endContainer, range.endOffset)
  return selected.intersectsNode(element)
}
