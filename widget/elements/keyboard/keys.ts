/**
 * An input method is still choosing characters, so Enter belongs to it. Chrome says so on the event; Safari has already
 * ended the composition when the key goes down, and only the old key code 229 shows it (rule C28).
 */
export function isComposing({ isComposing, keyCode }: KeyboardEvent): boolean {
  return isComposing || keyCode === 229
}

/** Keys typed into the chat are not the page's hotkeys (rule K54). */
export function isTyping(event: Event): boolean {
  const [target] = event.composedPath()
  return target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement
}

/** Keys that move and choose in lists, and press buttons; what the page listens to elsewhere in one letter. */
const used = /^(.|Arrow.+|Home|End|Page.+|Enter|Delete|Backspace)$/u

/**
 * The same of those that are pressed where nothing is typed. With Ctrl or Cmd they are the page's, as are Escape and Tab:
 * it may stand in a dialog of the page.
 */
export function isUsed(event: Event, root: ShadowRoot): boolean {
  if (!(event instanceof KeyboardEvent) || event.ctrlKey || event.metaKey || !used.test(event.key))
    return false
  const [target] = event.composedPath()
  // What the page put into a slot is its own.
  return target instanceof Node && root.contains(target)
}

/** What Tab stops at inside a box, in order. */
export function tabStops(box: Element): HTMLElement[] {
  const found = box.querySelectorAll<HTMLElement>('button, a[href], input, textarea, [tabindex="0"]')
  return [...found].filter((one) => one.tabIndex >= 0 && one.checkVisibility())
}
