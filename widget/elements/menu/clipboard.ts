import type { Host } from '../host.ts'

/** Copies a text, from pages without https too: only others have a clipboard to write to. `place`: where the focus may go meanwhile. */
export async function copyText(host: Host, text: string, place: Element | null | undefined): Promise<void> {
  const { ownerDocument: document, root } = host
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    area.style.position = 'fixed'
    area.style.opacity = '0'
    const before = root.activeElement
    ;(place ?? document.body).append(area)
    area.select()
    document.execCommand('copy')
    area.remove()
    if (before instanceof HTMLElement) before.focus({ preventScroll: true })
  }
}
