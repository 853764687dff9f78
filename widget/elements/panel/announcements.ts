/** Announces to screen readers what happens in the chat (rules A57, A59). */
import type { ReactiveController } from 'lit'
import type { ChatEvents } from '../../chat.ts'
import { isMentionOf } from '../../state/mentions.ts'
import { userOf } from '../../state/people.ts'
import { roomItem } from '../../state/room-list.ts'
import { systemMessageIn } from '../../state/system-message.ts'
import type { PanelHost } from '../host.ts'
import { refusalOf } from '../timeline/refusal.ts'
import { plainText } from '../timeline/rich-text.ts'
import { systemText } from '../timeline/system-text.ts'
import { Announcer } from './announcer.ts'

export class Announcements implements ReactiveController {
  readonly #host: PanelHost
  readonly #announcer: Announcer
  #stops: (() => void)[] = []

  constructor(host: PanelHost) {
    this.#host = host
    const place = () => (host.frame?.matches(':modal') ? host.frame : host.ownerDocument.body)
    this.#announcer = new Announcer(place, (count, room) => this.#summary(count, room))
    host.addController(this)
  }

  hostConnected(): void {
    const { chat } = this.#host
    this.#stops = [
      chat.on('message', (event) => this.#onMessage(event)),
      chat.on('send-error', (event) => this.#onSendError(event)),
      chat.on('reaction', (event) => this.#onReaction(event)),
      chat.on('pin', (event) => this.#onPin(event)),
      () => this.#announcer.stop(),
    ]
  }

  hostDisconnected(): void {
    for (const stop of this.#stops.splice(0)) stop()
  }

  /** The panel became a modal dialog. */
  enterDialog(): void {
    this.#announcer.prepare()
  }

  /** When there is time. */
  say(text: string): void {
    this.#announcer.say(text)
  }

  /** At once. */
  warn(text: string): void {
    this.#announcer.say(text, 'assertive')
  }

  #summary(count: number, room: string): string {
    const { words, format } = this.#host
    return words.announce.messages(count, format.number(count), room)
  }

  #onMessage({ message, mine }: ChatEvents['message']): void {
    const { chat, words, format, isShown } = this.#host
    const item = roomItem(chat.state, message.roomId)
    if (mine || !isShown || !item || item.muted || message.deletedAt) return
    const room = format.title(item.title)
    const name = format.name(userOf(chat.state, message.authorId))
    const isMention = isMentionOf(chat.state.me, message)
    const said = plainText(message.text)
    const text =
      message.kind === 'system'
        ? systemText({ text: message.text, system: systemMessageIn(chat.state, message) }, words)
        : isMention
          ? words.announce.mention(name, said)
          : message.replyTo?.authorId === chat.state.me
            ? words.announce.reply(name, said)
            : words.announce.message(name, said)
    this.#announcer.message(item.active || isMention ? text : this.#summary(1, room), room)
  }

  /** To what I wrote, by others: each other reaction would be one word too many. */
  #onReaction({ message, userId, emoji, on }: ChatEvents['reaction']): void {
    const { chat, words, format, isShown } = this.#host
    const { state } = chat
    const isToMe = message.authorId === state.me && userId !== state.me
    if (!on || !isToMe || !isShown || state.active?.roomId !== message.roomId) return
    this.say(words.announce.reaction(format.name(userOf(state, userId)), emoji, plainText(message.text)))
  }

  #onPin({ message, on }: ChatEvents['pin']): void {
    const { chat, words, format, isShown } = this.#host
    const { state } = chat
    const userId = message.pinned?.userId ?? ''
    if (!on || userId === state.me || !isShown || state.active?.roomId !== message.roomId) return
    this.say(words.announce.pin(format.name(userOf(state, userId)), plainText(message.text)))
  }

  #onSendError({ messageId, change, fault }: ChatEvents['send-error']): void {
    const { chat, words } = this.#host
    // Of anything else that was refused a banner speaks.
    if (change === 'edit') this.warn(words.notEdited(refusalOf(fault, words, change)))
    if (change) return
    const text = chat.state.outbox.find((pending) => pending.id === messageId)?.text
    if (text !== undefined) this.warn(words.announce.failed(plainText(text)))
  }
}
