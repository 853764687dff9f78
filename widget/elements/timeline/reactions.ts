/**
 * How people reacted to a message, below its bubble.
 *
 * @csspart reactions - Below the bubble.
 * @csspart reaction - One of them.
 * @csspart mine - With `reaction`: I am among those who reacted so.
 * @csspart reaction-count - How many reacted so.
 */
import { html, nothing } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { Strings } from '../../locale/en.ts'
import type { MessageRow, Reaction } from '../../state/timeline.ts'
import type { Format } from '../format.ts'

type Reader = { readonly words: Strings; readonly format: Format; readonly me: string | undefined }

/** Who reacted so; `as` marks the names in it. */
export function namesOf(
  { users, count }: Reaction,
  { words, format, me }: Reader,
  as = (name: string) => name,
): string {
  const names = users.map((user) => as(user.id === me ? words.you : format.name(user)))
  const more = count - users.length
  return format.names(more > 0 ? [...names, words.andMore(more, format.number(more))] : names)
}

type Look = {
  readonly format: Format
  readonly me: string | undefined
  readonly isEntered: boolean
  readonly react: (emoji: string, on: boolean) => void
}

export function reactions({ reactions: all }: MessageRow, { format, me, isEntered, react }: Look): unknown {
  if (!all?.length) return nothing
  const { words } = format
  const one = (reaction: Reaction) => {
    const { emoji, count, mine } = reaction
    const names = namesOf(reaction, { words, format, me })
    return html`<button part="reaction ${mine ? 'mine' : ''}" class="reaction" type="button" tabindex=${isEntered ? 0 : -1} translate="no"
      aria-pressed=${mine} aria-label="${emoji} ${format.number(count)}: ${names}" title=${names} @click=${() => react(emoji, !mine)}
      >${emoji}<span part="reaction-count">${format.number(count)}</span></button>`
  }
  return html`<div part="reactions" class="reactions" role="group" aria-label=${words.reactions}>${repeat(all, ({ emoji }) => emoji, one)}</div>`
}
