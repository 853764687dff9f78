import { html, nothing, type TemplateResult } from 'lit'
import { typingIn } from '../../state/room-list.ts'
import type { Host } from '../host.ts'
import { isolated } from '../isolated.ts'

/** Who is typing in a room. The line is always there, so that nothing moves when somebody starts. */
export function typingLine({ words, format, chat }: Host, room: string | undefined): TemplateResult {
  const typists = room === undefined ? [] : typingIn(chat.state, room)
  const names = typists.map((user) => format.name(user))
  const [first = '', second] = names
  const said =
    names.length > 2
      ? words.typingMany
      : isolated((as) =>
          second === undefined
            ? words.typing(as(first))
            : words.typingBoth(format.names([as(first), as(second)])),
        )
  return html`<div part="typing" class="typing ${names.length > 0 ? 'on' : ''}" aria-hidden="true" translate="no">${
    names.length > 0 ? html`<i></i><i></i><i></i><span dir="auto">${said}</span>` : nothing
  }</div>`
}
