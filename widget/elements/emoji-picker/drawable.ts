/**
 * Which emoji this device can draw: a font is of one version of Unicode's emoji and all before it, so one emoji of each
 * version answers for all of it.
 */
const sizePx = 20
const font = `${sizePx}px 'Apple Color Emoji', 'Segoe UI Emoji', 'Noto Color Emoji', sans-serif`
/** Every font for emoji has it. */
const known = '😀'

/** Whether an emoji is drawn as one picture. Where that cannot be found out it is taken to be. */
export function makeDrawable(document: Document): (emoji: string) => boolean {
  const canvas = document.createElement('canvas')
  canvas.width = sizePx
  canvas.height = sizePx
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (!context) return () => true
  context.font = font
  context.textBaseline = 'top'
  const pixels = (emoji: string, colour: string) => {
    context.clearRect(0, 0, sizePx, sizePx)
    context.fillStyle = colour
    context.fillText(emoji, 0, 0)
    return context.getImageData(0, 0, sizePx, sizePx).data.join()
  }
  // A picture has colours of its own, the box of what is missing that of the text.
  const isPicture = (emoji: string) => pixels(emoji, '#000') === pixels(emoji, '#f00')
  // Some browsers falsify what can be read back, and some fonts have no colours.
  if (!isPicture(known)) return () => true
  const { width } = context.measureText(known)
  // What is put together of several and is not known as one stands side by side.
  return (emoji) => context.measureText(emoji).width < width * 1.5 && isPicture(emoji)
}
