/**
 * Links by which people join a group: its owners make them, say how long and how often each opens it, copy them and take
 * them back.
 */
import { html, nothing, type TemplateResult } from 'lit'
import { createRef, ref } from 'lit/directives/ref.js'
import { repeat } from 'lit/directives/repeat.js'
import type { LinkView } from '../../../server/protocol/views.ts'
import { empty } from '../../frame.ts'
import { faultOf, type Load } from '../../state/state.ts'
import type { PanelHost } from '../host.ts'
import { icons } from '../icons.ts'
import { copyText } from '../menu/clipboard.ts'
import type { Popup } from '../menu/popup.ts'
import { roomWords } from '../menu/room-words.ts'
import { onceBack } from '../once-back.ts'
import { notLoaded } from '../placeholder.ts'
import { refusal } from '../room-menu/arrange.ts'
import { roomIcons } from '../room-menu/icons.ts'
import type { Outcome } from '../room-menu/outcome.ts'
import { menuBox, row } from './administration.ts'
import { infoIcons } from './icons.ts'

const dayMs = 86_400_000
/** Days for which a link opens the group, and how many join by it; 0: for ever, and as many as like. */
const spans = [1, 7, 0]
const uses = [1, 10, 0]

type Around = { readonly popup: Popup; readonly outcome: Outcome; readonly back: () => void }

export class JoinLinks {
  readonly #host: PanelHost
  readonly #roomId: string
  readonly #around: Around
  readonly #list = createRef<HTMLElement>()
  #links: readonly LinkView[] = []
  #load: Load | undefined
  #days = 7
  #most = 0
  #isBusy = false

  constructor(host: PanelHost, roomId: string, around: Around) {
    this.#host = host
    this.#roomId = roomId
    this.#around = around
    void this.#ask()
  }

  render(): TemplateResult {
    const { words } = this.#host
    const { outcome, back } = this.#around
    const say = roomWords(this.#host)
    return html`<header part="header" class="bar">
        <button part="back-button" class="icon-button" type="button" aria-label=${say.closeProfile} @click=${back}><slot name="icon-back">${icons.back}</slot></button>
        <h2 part="header-title" class="bar-title">${say.joinLinks}</h2>
      </header>
      <div class="info-scroll" tabindex="-1">
        <div class="info-part info-first">
          <p class="info-text info-lead">${say.joinLinksHint}${this.#host.deepLinks ? nothing : html` ${say.joinCodesHint}`}</p>
          ${row(
            roomIcons.clock,
            say.linkEnds,
            this.#choose(
              spans,
              (days) => this.#lasts(days),
              this.#days,
              (days) => (this.#days = days),
            ),
            { opens: true, end: this.#lasts(this.#days) },
          )}
          ${row(
            icons.people,
            say.linkUses,
            this.#choose(
              uses,
              (most) => this.#times(most),
              this.#most,
              (most) => (this.#most = most),
            ),
            { opens: true, end: this.#times(this.#most) },
          )}
          <button part="button" class="button primary info-message" type="button" aria-disabled=${this.#isBusy} @click=${() => void this.#create()}>${say.createLink}</button>
          ${outcome.render('links')}
        </div>
        ${this.#load === 'loading' ? html`<div class="spinner late" part="loading" role="status" aria-label=${words.loading}></div>` : nothing}
        ${this.#load && this.#load !== 'loading' ? notLoaded(this.#host, this.#load, () => void this.#ask()) : nothing}
        ${!this.#load && this.#links.length === 0 ? empty({ icon: infoIcons.link, title: say.noLinks }) : nothing}
        <ul class="links" role="list" aria-label=${say.joinLinks} ${ref(this.#list)}>${repeat(
          this.#links,
          ({ id }) => id,
          (link) => this.#link(link),
        )}</ul>
      </div>`
  }

  #link(link: LinkView): TemplateResult {
    const { words, deepLinks } = this.#host
    const say = roomWords(this.#host)
    const about = this.#about(link)
    const copy = deepLinks ? words.copyLink : say.copyCode
    return html`<li part="join-link" class="link">
      <span class="lines"><span class="link-code" dir="ltr" translate="no">${link.code}</span><span class="hint">${about}</span></span>
      <button part="button" class="button" type="button" aria-label=${`${copy}: ${about}`} @click=${() => void this.#copy(link)}>${say.copy}</button>
      <button part="button" class="icon-button" type="button" aria-label=${`${say.revokeLink}: ${about}`} title=${say.revokeLink} @click=${() => this.#revoke(link)}>${infoIcons.delete}</button>
    </li>`
  }

  /** How often it was used, and when it ends. */
  #about({ used, maxUses, expiresAt }: LinkView): string {
    const { format } = this.#host
    const say = roomWords(this.#host)
    const joined = maxUses
      ? say.usedOf(used, format.number(used), format.number(maxUses))
      : say.used(used, format.number(used))
    return expiresAt ? `${joined} · ${say.opensUntil(format.full(expiresAt))}` : joined
  }

  #lasts(days: number): string {
    const { words } = this.#host
    if (days === 0) return roomWords(this.#host).never
    const style = { style: 'unit', unit: 'day', unitDisplay: 'long' } as const
    return new Intl.NumberFormat(words.language, style).format(days)
  }

  #times(most: number): string {
    return most === 0 ? roomWords(this.#host).noLimit : this.#host.format.number(most)
  }

  #choose(
    values: readonly number[],
    label: (value: number) => string,
    chosen: number,
    set: (value: number) => void,
  ): (event: Event) => void {
    return ({ currentTarget }) => {
      const items = values.map((value) => ({
        icon: value === chosen ? icons.check : infoIcons.none,
        label: label(value),
        run: () => {
          set(value)
          this.#host.requestUpdate()
        },
      }))
      const at = currentTarget as HTMLElement
      this.#around.popup.menu(at.textContent?.trim() ?? '', items, menuBox(at))
    }
  }

  async #ask(): Promise<void> {
    this.#load = 'loading'
    try {
      this.#links = await this.#host.chat.listLinks(this.#roomId)
      this.#load = undefined
    } catch (error) {
      const fault = faultOf(error)
      this.#load = fault
      onceBack(this.#host, () => fault === this.#load && void this.#ask())
    }
    this.#host.requestUpdate()
  }

  async #create(): Promise<void> {
    if (this.#isBusy) return
    const { chat, format } = this.#host
    const { outcome } = this.#around
    const say = roomWords(this.#host)
    const wish = {
      ...(this.#days > 0 && { expiresAt: new Date(format.now() + this.#days * dayMs).toISOString() }),
      ...(this.#most > 0 && { maxUses: this.#most }),
    }
    const act = async () => {
      const link = await chat.createLink(this.#roomId, wish)
      this.#links = [link, ...this.#links]
      this.#host.requestUpdate()
      await this.#host.updateComplete
      // The newest is the first.
      this.#list.value?.querySelector<HTMLElement>('.button')?.focus()
    }
    this.#isBusy = true
    this.#host.requestUpdate()
    await outcome.of('links', act(), say.linkMade, (error) =>
      faultOf(error).code === 'too_large' ? say.tooManyLinks : refusal(this.#host, error),
    )
    this.#isBusy = false
    this.#host.requestUpdate()
  }

  async #copy({ code }: LinkView): Promise<void> {
    const { deepLinks, words, frame } = this.#host
    const url = new URL(location.href)
    url.hash = `chatter:join/${code}`
    // A page that keeps its address to itself would open nothing by it.
    await copyText(this.#host, deepLinks ? url.href : code, frame)
    this.#around.outcome.say(words.copied)
  }

  #revoke(link: LinkView): void {
    const { chat } = this.#host
    const { popup, outcome } = this.#around
    const say = roomWords(this.#host)
    const act = async () => {
      await chat.deleteLink(this.#roomId, link.id)
      this.#links = this.#links.filter(({ id }) => id !== link.id)
    }
    popup.ask({
      title: say.revokeQuestion,
      hint: say.revokeHint,
      action: say.revokeLink,
      run: () => void outcome.of('links', act(), say.linkRevoked),
    })
  }
}
