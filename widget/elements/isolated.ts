/** Sentences of the widget with names of people in them, which may run the other way (rule A63). */
import { html, nothing, type TemplateResult } from 'lit'
import type { Title } from '../state/room-list.ts'

/** A character for private use, around each name until the sentence is put together. */
const mark = '\ue000'
/** The same, in the place of what was written. */
const end = '\ue001'

/**
 * The sentence that `say` makes of the names it passes to `as`, for a box with `dir="auto"`: each name in a direction of
 * its own, and the whole in that of the other words. A name alone is the whole.
 */
export function isolated(say: Say): unknown {
  return marked(say, inBdi)
}

/**
 * The same of a list of names, which is in the reader's language: it runs as that does, and what does not fit is left out by
 * whole names.
 */
export function listed(say: Say): unknown {
  return marked(say, (name) => html`<bdi class="listed">${name}</bdi>`)
}

/** The `dir` of a title that `listed` makes: of one name its own, of a list that of the page. */
export function dirOf(title: Title): 'auto' | typeof nothing {
  return title.kind === 'people' && title.users.length + title.more > 1 ? nothing : 'auto'
}

/**
 * What somebody wrote after who did, as `say` puts it: two boxes in a line of boxes, in the order of the page. Each runs in a
 * direction of its own and is cut where it ends. `kind` is a class of the first.
 */
export function saying(say: (as: As, text: string) => string, text: string, kind = ''): unknown {
  const [by = '', after = ''] = say(asMarked, end).split(end)
  return html`<span class="by ${kind}">${piecesOf(by, inBdi)}</span>${said(text + after)}`
}

/** What stands in a line of boxes, in a direction of its own. */
export function said(text: unknown): TemplateResult {
  return html`<span class="what" dir="auto">${text}</span>`
}

type As = (name: string) => string
type Say = (as: As) => string

/** The same with each name as `asNamed` draws it. */
export function marked(say: Say, asNamed: (name: string) => unknown): unknown {
  return piecesOf(say(asMarked), asNamed)
}

const asMarked: As = (name) => mark + name + mark
const inBdi = (name: string) => html`<bdi>${name}</bdi>`

function piecesOf(sentence: string, asNamed: (name: string) => unknown): unknown {
  const pieces = sentence.split(mark)
  const [before, name, ...after] = pieces
  if (!before && after.join('') === '') return name
  return pieces.map((piece, at) => (at % 2 ? asNamed(piece) : piece))
}
