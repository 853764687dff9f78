/** Sentences of the widget with names of people in them, which may run the other way (rule A63). */
import { html } from 'lit'

/** A character for private use, around each name until the sentence is put together. */
const mark = '\ue000'

/**
 * The sentence that `say` makes of the names it passes to `as`, for a box with `dir="auto"`: each name in a direction of
 * its own, and the whole in that of the other words. A name alone is the whole.
 */
export function isolated(say: (as: (name: string) => string) => string): unknown {
  const pieces = say((name) => mark + name + mark).split(mark)
  const [before, name, ...after] = pieces
  if (!before && after.join('') === '') return name
  return pieces.map((piece, at) => (at % 2 ? html`<bdi>${piece}</bdi>` : piece))
}
