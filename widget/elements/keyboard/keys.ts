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

/** What Tab stops at inside a box, in order. */
export function tabStops(box: Element): HTMLElement[] {
  const found = box.querySelectorAll<HTMLElement>('button, a[href], input, textarea, [tabindex="0"]')
  return [...found].filter((one) => one.tabIndex >= 0 && one.checkVisibility())
}
