/// <reference types="mocha" />
/** The widget on a page, as ana, with a small working server behind it. */
import { expect, fixture, html, waitUntil } from '@open-wc/testing'
import type { MessageView } from '../../server/protocol/views.ts'
import '../../widget/index.ts'
import type { ChatterWidget } from '../../widget/index.ts'
import { aToken } from './a-chat.ts'
import { aMessage, aUser } from './builders.ts'
import { LiveServer } from './live-server.ts'

/** Generous: a deadline that only a hanging test meets. */
const deadlineMs = 15_000

export class Page {
  readonly server: LiveServer
  readonly widget: ChatterWidget

  constructor(server: LiveServer, widget: ChatterWidget) {
    this.server = server
    this.widget = widget
  }

  get root(): ShadowRoot {
    return this.widget.root
  }

  /** Of the widget's own: what a test puts beside it into the root does not count. */
  all<E extends HTMLElement>(selector: string): E[] {
    return [...this.root.querySelectorAll<E>(selector)].filter((found) => found.closest('.base'))
  }

  find<E extends HTMLElement>(selector: string): E | null {
    return this.all<E>(selector)[0] ?? null
  }

  /** The element, which must be there. */
  one<E extends HTMLElement>(selector: string): E {
    const found = this.find<E>(selector)
    if (!found) throw new Error(`nothing matches ${selector}`)
    return found
  }

  async until(isSo: () => unknown, what: string): Promise<void> {
    await waitUntil(isSo, what, { interval: 10, timeout: deadlineMs })
    await this.widget.updateComplete
  }

  /** The element, as soon as it is there. */
  async soon<E extends HTMLElement>(selector: string): Promise<E> {
    await this.until(() => this.find(selector), `${selector} appears`)
    return this.one<E>(selector)
  }

  get log(): HTMLElement {
    return this.one('.log')
  }

  get composer(): HTMLTextAreaElement {
    return this.one('textarea')
  }

  /** What the messages in the DOM say. */
  get texts(): string[] {
    return this.all('.message .text').map((text) => text.textContent ?? '')
  }

  /** How far the log is from its end, in pixels. */
  get below(): number {
    const { scrollHeight, scrollTop, clientHeight } = this.log
    return scrollHeight - scrollTop - clientHeight
  }

  message(text: string): HTMLElement | undefined {
    return this.all('.message').find((message) => message.querySelector('.text')?.textContent === text)
  }

  async says(text: string): Promise<HTMLElement> {
    await this.until(() => this.message(text), `“${text}” appears`)
    return this.message(text) as HTMLElement
  }

  /** As a user's keys would. */
  type(text: string): void {
    this.composer.value = text
    this.composer.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true }))
  }

  press(target: EventTarget, key: string, more: KeyboardEventInit = {}): KeyboardEvent {
    const event = new KeyboardEvent('keydown', {
      key,
      bubbles: true,
      composed: true,
      cancelable: true,
      ...more,
    })
    target.dispatchEvent(event)
    return event
  }

  async send(text: string): Promise<HTMLElement> {
    this.type(text)
    await this.widget.updateComplete
    this.press(this.composer, 'Enter')
    return this.says(text)
  }

  /** Scrolls as a reader does, and lets the frame pass. */
  async scrollTo(top: number): Promise<void> {
    this.log.scrollTop = top
    await frames(2)
    await this.widget.updateComplete
  }

  async isAccessible(): Promise<void> {
    await Promise.allSettled(
      this.root.getAnimations().map((animation) => animation.finished.catch(() => undefined)),
    )
    await expect(this.widget).to.be.accessible()
  }
}

export type Given = {
  attributes?: Record<string, string>
  size?: [number, number]
  before?: (widget: ChatterWidget) => void
}

/** Mounted and, unless a launcher, with its first content. */
export async function aPage(
  server: LiveServer,
  { attributes = {}, size = [900, 600], before }: Given = {},
): Promise<Page> {
  const box = await fixture<HTMLElement>(html`<div></div>`)
  box.style.cssText = `inline-size: ${size[0]}px; block-size: ${size[1]}px`
  const widget = document.createElement('chatter-widget')
  widget.server = server.url
  widget.token = aToken('ana')
  widget.style.blockSize = '100%'
  for (const [name, value] of Object.entries(attributes)) widget.setAttribute(name, value)
  before?.(widget)
  box.append(widget)
  const page = new Page(server, widget)
  if (widget.mode === 'inline')
    await page.until(() => page.find('.room, .log, .empty, .error, .banner, form'), 'content')
  return page
}

/** With this room open. */
export async function anOpenRoom(server: LiveServer, room: string, given: Given = {}): Promise<Page> {
  const page = await aPage(server, { ...given, attributes: { 'room-id': room, ...given.attributes } })
  await page.until(
    () => page.find('.log[aria-busy=false]') && page.find('.message, .log .empty'),
    'the room is loaded',
  )
  await frames(2)
  return page
}

export function frames(count: number): Promise<void> {
  return new Promise((resolve) => {
    const next = (left: number) => (left === 0 ? resolve() : requestAnimationFrame(() => next(left - 1)))
    next(count)
  })
}

// An element cannot be told from the page to the runner, which would wait for the whole file for ever.
afterEach(function () {
  const error: (Error & { actual?: unknown; expected?: unknown }) | undefined = this.currentTest?.err
  for (const side of ['actual', 'expected'] as const)
    if (error?.[side] instanceof Node) error[side] = error[side].nodeName
})

/** A server for each test of a suite; gone afterwards. */
export function aServer(): { readonly server: LiveServer } {
  let server: LiveServer | undefined
  beforeEach(() => {
    localStorage.clear()
    sessionStorage.clear()
    server = new LiveServer()
  })
  afterEach(() => server?.uninstall())
  return {
    get server() {
      if (!server) throw new Error('only inside a test')
      return server
    },
  }
}

/** Something happens to a room: everybody in it reads of it. `text` is what the server says in English. */
export function aSystemMessage(server: LiveServer, roomId: string, more: Partial<MessageView>): MessageView {
  const held = server.room(roomId)
  const seq = ++held.head
  const message = { ...aMessage({ seq }), roomId, kind: 'system', ...more } as MessageView
  held.messages.push(message)
  for (const user of held.members.keys())
    server.send(user, { t: 'message', message, user: aUser(message.authorId) })
  return message
}

/** A room of ana and sam with so many messages of sam, of one to six lines; read, but for the last `unread`. */
export function aFilledRoom(
  server: LiveServer,
  count: number,
  { unread = 0, members = ['ana', 'sam'] } = {},
): string {
  const room = server.open(members)
  for (let at = 1; at <= count; at++)
    server.say(room, 'sam', `message ${at}${'\nand more'.repeat((at * 7) % 6)}`)
  server.read(room, 'ana', count - unread)
  return room
}
