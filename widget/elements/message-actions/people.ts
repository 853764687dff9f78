/** Whose name or picture in the log somebody presses, and who else a message names: each of them has a card. */
import type { UserView } from '../../../server/protocol/views.ts'
import { placesOf } from '../../state/mentions.ts'
import { userOf } from '../../state/people.ts'
import type { MessageRow } from '../../state/timeline.ts'
import type { Host } from '../host.ts'
import { keyOf } from '../timeline/log-focus.ts'
import { isSelectedIn } from './selected.ts'

/** A finger needs so much space, whatever is drawn. */
const touchPx = 44
/** A menu has rows for so many people. */
const mostListed = 3

type RowOf = (key: string) => MessageRow | undefined

/** The id of the user whose name or picture was pressed. */
export function personAt(event: MouseEvent, rowOf: RowOf, host: Pick<Host, 'chat'>): string | undefined {
  const { target } = event
  if (!(target instanceof Element)) return undefined
  const pressed = pressedAt(target) ?? (isTouch(event) ? nearTo(event, target) : undefined)
  const row = rowOf(keyOf(pressed ?? null) ?? '')
  // Whoever drags over a name wants to copy it.
  if (!pressed || !row || isSelectedIn(pressed as HTMLElement)) return undefined
  return namedBy(pressed, row, host)
}

const isTouch = (event: MouseEvent) => (event as PointerEvent).pointerType === 'touch'

function pressedAt(target: Element): Element | undefined {
  return (
    target.closest(
      '.message > .avatar, [part="author"] bdi, .mention, .seen-by li, .seen-by :is(.avatar, bdi), .system bdi',
    ) ?? undefined
  )
}

/** What is smaller than a finger: the touched point is beside it, and on nothing else. */
function nearTo({ clientX: x, clientY: y }: MouseEvent, target: Element): Element | undefined {
  const article = target.closest('.message')
  if (!article || target.closest('[part="bubble"], a, button, .meta, .seen-by')) return undefined
  const rows = [article, article.nextElementSibling, article.previousElementSibling]
  const near = rows.flatMap((row) => [
    ...(row?.querySelectorAll(':scope > .avatar, [part="author"] bdi') ?? []),
  ])
  return near.find((one) => {
    const { left, right, top, bottom } = one.getBoundingClientRect()
    const [aside, above] = [Math.max(0, touchPx - right + left) / 2, Math.max(0, touchPx - bottom + top) / 2]
    return x >= left - aside && x <= right + aside && y >= top - above && y <= bottom + above
  })
}

function namedBy(pressed: Element, row: MessageRow, { chat }: Pick<Host, 'chat'>): string | undefined {
  if (pressed.matches('.mention')) {
    const chips = [...(pressed.closest('.text')?.querySelectorAll('.mention') ?? [])]
    const places = placesOf(row)
    // Each is drawn where it stands in the text.
    return chips.length === places.length ? places[chips.indexOf(pressed)]?.userId : undefined
  }
  const seen = pressed.closest<HTMLElement>('.seen-by')
  if (seen) return seenBy(seen, pressed)
  if (row.kind !== 'system') return row.author.id
  const { textContent: name } = pressed
  const named = peopleOf(row).filter((id) => userOf(chat.state, id).name === name)
  // Two of one name: nobody can say which of them.
  return named.length === 1 ? named[0] : undefined
}

/** In the list everything in a line means its one; in the line of faces and names, each of them whose it is. */
function seenBy(seen: HTMLElement, pressed: Element): string | undefined {
  const line = pressed.closest('li')
  if (line) return line.dataset.user
  const alike = [...seen.querySelectorAll(pressed.matches('.avatar') ? '.avatar' : 'bdi')]
  return JSON.parse(seen.dataset.users ?? '[]')[alike.indexOf(pressed)]
}

/** Whoever wrote it or did it, and whom it is about. */
function peopleOf({ message, author, mentions = [] }: MessageRow): string[] {
  const { authorId = author.id, system } = message ?? {}
  const all = [authorId, system?.userId, ...mentions.map(({ userId }) => userId)]
  return [...new Set(all.filter((id) => id !== undefined))]
}

/** Others whom a message of a group names, for its menu: by keyboard there is no other way to them from there. */
export function othersIn(row: MessageRow, { chat }: Pick<Host, 'chat'>): UserView[] {
  const { rooms, me, users } = chat.state
  if (row.deleted || rooms.get(row.message?.roomId ?? '')?.kind !== 'group') return []
  const others = peopleOf(row).filter((id) => id !== me && users.has(id))
  return others.slice(0, mostListed).map((id) => userOf(chat.state, id))
}
