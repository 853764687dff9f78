/** What is done with a group and its people, after a question where it takes something away. */
import { html, nothing, type TemplateResult } from 'lit'
import type { MemberView, UserView } from '../../../server/protocol/views.ts'
import { type RoomItem, roomList } from '../../state/room-list.ts'
import { faultOf, type Room } from '../../state/state.ts'
import type { PanelHost } from '../host.ts'
import { isolated } from '../isolated.ts'
import type { Popup, Question } from '../menu/popup.ts'
import { roomWords } from '../menu/room-words.ts'
import type { Purpose } from '../people-picker/people-picker.ts'
import { refusal } from '../room-menu/arrange.ts'
import { roomIcons } from '../room-menu/icons.ts'
import type { Outcome } from '../room-menu/outcome.ts'
import { infoIcons } from './icons.ts'
import type { Members } from './members.ts'

type Role = MemberView['role']

type Around = {
  readonly members: Members
  readonly popup: Popup
  readonly outcome: Outcome
  /** Somebody whose card was shown is in the group no more. */
  readonly removed: () => void
  /** I am in the room no more: this is its neighbour. */
  readonly left: (neighbour: string | undefined) => void
}

/** `opens`: a menu. `end`: what stands at its end. `isOn`: it is a switch, and on or off. */
type Row = {
  readonly opens?: boolean
  readonly kind?: string
  readonly end?: unknown
  readonly isOn?: boolean
}

/** A row that does something. */
export function row(
  icon: unknown,
  label: unknown,
  run: (event: Event) => void,
  { opens = false, kind = '', end, isOn }: Row = {},
): TemplateResult {
  return html`<button part="info-row" class="action-item info-row ${kind}" type="button" role=${isOn === undefined ? nothing : 'switch'} aria-checked=${isOn ?? nothing}
    aria-haspopup=${opens ? 'menu' : nothing} @click=${run}>${icon}<span>${label}</span>${end === undefined ? nothing : html`<span class="info-value">${end}</span>`}${isOn === undefined ? nothing : html`<span part="info-switch" class="info-switch" aria-hidden="true"></span>`}</button>`
}

/** Where the menu of a row opens: at what it changes, where that stands at the end of the row. */
export function menuBox(row: EventTarget | null): DOMRect {
  const button = row as HTMLElement
  return (button.querySelector('.info-value') ?? button).getBoundingClientRect()
}

/** What it says, and what ends there. */
type WayOut = {
  readonly icon: TemplateResult
  readonly label: string
  readonly question: (name: string) => string
  readonly hint: string
  readonly end: () => Promise<unknown>
  readonly said: (name: string) => string
}

export class Administration {
  readonly #host: PanelHost
  readonly #around: Around

  constructor(host: PanelHost, around: Around) {
    this.#host = host
    this.#around = around
  }

  get isOwner(): boolean {
    return this.#around.members.roleOf(this.#host.chat.state.me) === 'owner'
  }

  // ── One of its people ──────────────────────────────────────────────────────────────────────────────────────────

  /** What an owner does with a member, on that one's card. */
  person(room: Room, userId: string): unknown {
    const { members, outcome } = this.#around
    const role = members.roleOf(userId)
    if (room.kind !== 'group' || !role || !this.isOwner) return nothing
    const say = roomWords(this.#host)
    const isMe = userId === this.#host.chat.state.me
    const give = role === 'owner' ? 'member' : 'owner'
    const label = isMe ? say.stepDown : role === 'owner' ? say.makeMember : say.makeOwner
    const icon = role === 'owner' ? infoIcons.demote : infoIcons.promote
    return html`<div class="info-part">
      ${row(icon, label, () => this.#askRole(room.id, userId, give))}
      ${isMe ? nothing : row(infoIcons.remove, say.removePerson, () => this.#askRemove(room.id, userId), { kind: 'delete' })}
      ${outcome.render('person')}
    </div>`
  }

  #askRole(roomId: string, userId: string, role: Role): void {
    const { chat } = this.#host
    const { name } = this.#around.members.userOf(userId)
    const say = roomWords(this.#host)
    const isMe = userId === chat.state.me
    const act = async () => {
      await chat.setMember(roomId, userId, role)
      this.#around.members.changed(userId, role)
    }
    const said = role === 'owner' ? say.isOwnerNow(name) : say.isMemberNow(name)
    const run = () => void this.#try('person', act(), said)
    const ask = (title: (as: (name: string) => string) => string, hint: string, action: string) =>
      this.#ask({ title: isolated(title), hint, action, run, isHarmless: role === 'owner' })
    if (role === 'owner') ask((as) => say.makeOwnerQuestion(as(name)), say.makeOwnerHint, say.makeOwner)
    else if (isMe) ask(() => say.stepDownQuestion, say.stepDownHint, say.stepDown)
    else ask((as) => say.makeMemberQuestion(as(name)), say.makeMemberHint, say.makeMember)
  }

  #askRemove(roomId: string, userId: string): void {
    const { chat } = this.#host
    const { name } = this.#around.members.userOf(userId)
    const say = roomWords(this.#host)
    const act = async () => {
      await chat.removeMember(roomId, userId)
      this.#around.members.changed(userId, undefined)
    }
    this.#ask({
      title: isolated((as) => say.removeQuestion(as(name))),
      hint: say.removeHint,
      action: say.removePerson,
      run: async () => {
        if (await this.#try('person', act(), say.isRemoved(name))) this.#around.removed()
      },
    })
  }

  /** What the picker of people is for, here. */
  adding({ id, memberCount }: Room): Purpose {
    const { chat, format, words } = this.#host
    const { members, outcome } = this.#around
    const say = roomWords(this.#host)
    const { members: most } = chat.state.limits
    const add = async (user: UserView): Promise<{ user: UserView; why: string } | undefined> => {
      try {
        await chat.setMember(id, user.id)
        members.changed(user.id, 'member')
        return undefined
      } catch (error) {
        return { user, why: this.#notAdded(error, most) }
      }
    }
    return {
      title: say.addPeople,
      taken: (user) => (members.roleOf(user.id) ? say.isIn : undefined),
      look: (query) => members.look(query),
      most: Math.max(0, most - memberCount),
      full: say.full(most, format.number(most)),
      action: (count) => say.addCount(count, format.number(count)),
      run: async (users) => {
        const refused: { user: UserView; why: string }[] = []
        // One after the other: each is a line in the room, in this order.
        for (const user of users) {
          const refusal = await add(user)
          if (refusal) refused.push(refusal)
        }
        const done = users.filter(({ id }) => !refused.some(({ user }) => user.id === id))
        if (done.length > 0) outcome.say(say.areAdded(format.names(done.map((user) => format.name(user)))))
        const why = refused.map(({ user, why }, at) => [
          at > 0 ? ' ' : '',
          isolated((as) => words.someoneSaid(as(format.name(user)), why)),
        ])
        return { users: refused.map(({ user }) => user), why }
      },
    }
  }

  #notAdded(error: unknown, most: number): string {
    const { words, format } = this.#host
    const say = roomWords(this.#host)
    const { code } = faultOf(error)
    if (code === 'too_large') return say.full(most, format.number(most))
    if (code === 'forbidden') return say.notAgain
    return code === 'not_found' ? say.unreachable : words.faults[code]
  }

  // ── The way out ────────────────────────────────────────────────────────────────────────────────────────────────

  leaving(item: RoomItem): TemplateResult {
    const { leave, leaveQuestion: question, leaveHint: hint, said } = roomWords(this.#host)
    const { chat } = this.#host
    const end = () => chat.leave(item.id)
    return this.#wayOut(item, { icon: roomIcons.leave, label: leave, question, hint, end, said: said.left })
  }

  /** For all of its people. */
  ending(item: RoomItem): TemplateResult {
    const { deleteGroup, deleteQuestion: question, deleteHint: hint, isDeleted: said } = roomWords(this.#host)
    const { chat } = this.#host
    const end = () => chat.deleteRoom(item.id)
    return this.#wayOut(item, { icon: infoIcons.delete, label: deleteGroup, question, hint, end, said })
  }

  #wayOut({ id, title }: RoomItem, { icon, label, question, hint, end, said }: WayOut): TemplateResult {
    const name = this.#host.format.title(title)
    const ask = () =>
      this.#ask({
        title: isolated((as) => question(as(name))),
        hint,
        action: label,
        run: () => void this.#end(id, { place: label, end, said: said(name) }),
      })
    return html`${row(icon, label, ask, { kind: 'delete' })}${this.#around.outcome.render(label)}`
  }

  async #end(
    id: string,
    { place, end, said }: { place: string; end: () => Promise<unknown>; said: string },
  ): Promise<void> {
    const all = roomList(this.#host.chat.state)
    const at = all.findIndex((one) => one.id === id)
    const neighbour = all[at + 1] ?? all[at - 1]
    if (await this.#try(place, end(), said)) this.#around.left(neighbour?.id)
  }

  #ask(question: Question): void {
    this.#around.popup.ask(question)
  }

  #try(place: string, act: Promise<unknown>, said: string): Promise<boolean> {
    const why = (error: unknown) =>
      faultOf(error).code === 'conflict' ? roomWords(this.#host).lastOwner : refusal(this.#host, error)
    return this.#around.outcome.of(place, act, said, why)
  }
}
