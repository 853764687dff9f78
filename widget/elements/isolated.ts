/** Sentences of the widget with names of people in them, which may run the other way (rule A63). */
import { html } from 'lit'

/** A character for private use, around each name until the sentence is put together. */
const mark = '\ue000'

/**
 * The sentence that `say` makes of the names it passes to `as`, for a box with `dir="auto"`: each name in a direction of
 * its own, and the whole in that of the other words. A name alone is the whole.
 */
export function isolated(say: Say): unknown {
  return marked(say, (name) => html`<bdi>${name}</bdi>`)
}

/**
 * The same of a list of names, which runs in the direction of the first of them, whatever the words between them are: cut at
 * its end, it is cut at the end of a name.
 */
export function listed(say: Say): unknown {
  return marked(say, (name) => html`<span class="listed">${name}</span>`)
}

type Say = (as: (name: string) => string) => string

function marked(say: Say, asNamed: (name: string) => unknown): unknown {
  const pieces = say((name) => mark + name + mark).split(mark)
  const [before, name, ...after] = pieces
  if (!before && after.join('') === '') return name
  return pieces.map((piece, at) => (at % 2 ? asNamed(piece) : piece))
}
