/** How a group is used: its owners say who writes in it, how often, and what those see who come. */
import { html, type TemplateResult } from 'lit'
import type { Room } from '../../state/state.ts'
import type { PanelHost } from '../host.ts'
import { icons } from '../icons.ts'
import type { Popup } from '../menu/popup.ts'
import { roomWords } from '../menu/room-words.ts'
import { roomIcons } from '../room-menu/icons.ts'
import type { Outcome } from '../room-menu/outcome.ts'
import { menuBox, row } from './administration.ts'
import { infoIcons } from './icons.ts'

/** Seconds between two messages of a member. */
const slowModes = [0, 10, 30, 60, 300, 3_600]

type Around = { readonly popup: Popup; readonly outcome: Outcome }

export class GroupSettings {
  readonly #host: PanelHost
  readonly #around: Around

  constructor(host: PanelHost, around: Around) {
    this.#host = host
    this.#around = around
  }

  /** `end`: what stands below them. */
  render(room: Room, end: unknown): TemplateResult {
    const { outcome } = this.#around
    const say = roomWords(this.#host)
    const { id, post, slowMode = 0, history = 'all' } = room
    const isOwners = post === 'owners'
    const set = (wish: Parameters<PanelHost['chat']['configure']>[1]) =>
      void outcome.of('group-settings', this.#host.chat.configure(id, wish), say.isConfigured)
    const slow = ({ currentTarget }: Event) => {
      const items = slowModes.map((seconds) => ({
        icon: seconds === slowMode ? icons.check : infoIcons.none,
        label: this.#lasting(seconds),
        run: () => set({ slowMode: seconds }),
      }))
      this.#around.popup.menu(say.slowMode, items, menuBox(currentTarget))
    }
    const shown = { all: say.seesAll, 'since-joined': say.seesSinceJoined } as const
    const refuse = () => outcome.refuse('group-settings', say.showsNotAll)
    const see = ({ currentTarget }: Event) => {
      const items = (['all', 'since-joined'] as const).map((one) => ({
        icon: one === history ? icons.check : infoIcons.none,
        label: shown[one],
        run: () => (one === 'all' && room.me.visibleFrom ? refuse() : set({ history: one })),
      }))
      this.#around.popup.menu(say.newcomersSee, items, (currentTarget as HTMLElement).getBoundingClientRect())
    }
    return html`<div class="info-part" role="group" aria-label=${say.groupSettings}>
      <h3 class="info-title">${say.groupSettings}</h3>
      ${row(infoIcons.promote, say.onlyOwnersWrite, () => set({ post: isOwners ? 'all' : 'owners' }), { isOn: isOwners })}
      ${row(roomIcons.clock, say.slowMode, slow, { opens: true, end: this.#lasting(slowMode) })}
      ${row(infoIcons.eye, say.newcomersSee, see, { opens: true, end: shown[history] })}
      ${end}
      ${outcome.render('group-settings')}
    </div>`
  }

  #lasting(seconds: number): string {
    const { words } = this.#host
    if (seconds === 0) return roomWords(this.#host).slowModeOff
    const [unit, per] =
      seconds % 3_600 === 0
        ? (['hour', 3_600] as const)
        : seconds % 60 === 0
          ? (['minute', 60] as const)
          : (['second', 1] as const)
    const style = { style: 'unit', unit, unitDisplay: 'long' } as const
    return new Intl.NumberFormat(words.language, style).format(seconds / per)
  }
}
