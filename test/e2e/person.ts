import assert from 'node:assert/strict'
import type { Browser, Page } from 'puppeteer-core'
import { openPage } from '../support/browsers.ts'
import { deadlineMs, Locator } from '../support/locator.ts'
import type { Site } from './site.ts'

export type Visit = {
  /** A page of the demo (default the lounge, where the widget stands in the page), or a whole address. */
  readonly path?: string
  readonly width?: number
  readonly height?: number
  /** Before anything is loaded. */
  readonly prepare?: (page: Page) => Promise<unknown>
}

/** Somebody at a browser: the page, and what it said that it should not have. */
export class Person implements AsyncDisposable {
  readonly page: Page
  readonly widget: Locator
  readonly log: Locator
  readonly composer: Locator
  readonly rooms: Locator
  readonly messages: Locator
  /** Errors and warnings of the page. */
  readonly complaints: string[] = []
  /** Every address the page asked. */
  readonly requests: string[] = []

  constructor(page: Page) {
    this.page = page
    this.widget = new Locator(page).locator('chatter-widget')
    this.log = this.widget.locator('[part~="log"]')
    this.composer = this.widget.getByRole('textbox', { name: /^Message / })
    this.rooms = this.widget.locator('[part~="room"]')
    this.messages = this.log.getByRole('article')
    page.setDefaultTimeout(deadlineMs)
    page.on('pageerror', (error) => this.complaints.push(String(error)))
    page.on('dialog', (dialog) => {
      this.complaints.push(`dialog ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('console', (message) => {
      if (['error', 'warn'].includes(message.type())) this.complaints.push(message.text())
    })
    page.on('request', (request) => this.requests.push(request.url()))
  }

  static async visit(browser: Browser, site: Site, user: string, visit: Visit = {}): Promise<Person> {
    const { path = 'lounge.html', width = 1280, height = 800, prepare } = visit
    const page = await openPage(browser, { width, height })
    const person = new Person(page)
    await prepare?.(page)
    await page.goto(new URL(`${path}?user=${user}`, site.url).href)
    return person
  }

  /** The row of a room in the list. */
  room(name: string): Locator {
    const title = new Locator(this.page).locator('[part~="room-name"]').getByText(name, { exact: true })
    return this.rooms.filter({ has: title })
  }

  async openRoom(name: string): Promise<void> {
    await this.room(name).click()
    await this.widget.getByRole('textbox', { name: `Message ${name}` }).waitFor()
    await this.widget.locator('[part~="log"][aria-busy="false"]').waitFor()
  }

  /** Starts a room with these people, by the picker. */
  async pick(people: readonly string[], groupName?: string): Promise<void> {
    await this.widget.getByRole('button', { name: 'New conversation' }).first().click()
    for (const name of people) {
      await this.widget.getByRole('combobox').fill(name)
      await this.widget.getByRole('option', { name }).click()
    }
    if (groupName !== undefined)
      await this.widget.getByRole('textbox', { name: 'Group name' }).fill(groupName)
    const start = people.length === 1 ? `Message ${people[0]}` : 'Create group'
    await this.widget.getByRole('button', { name: start }).click()
    await this.widget.getByRole('combobox').waitFor({ state: 'hidden' })
    await this.composer.waitFor()
  }

  /** Opens what there is to know of the room that is open. */
  async openInfo(): Promise<void> {
    await this.widget.locator('[part~="info-button"]').click()
    await this.widget.locator('[part~="info"]').waitFor()
  }

  async send(text: string): Promise<void> {
    await this.composer.fill(text)
    await this.composer.press('Enter')
  }

  /** A message with exactly that text. */
  message(text: string): Locator {
    return this.messages.filter({
      has: new Locator(this.page).locator('[part~="text"]').getByText(text, { exact: true }),
    })
  }

  /** Brings the mouse onto a message and presses a button of the bar on it. */
  async act(on: Locator, name: string): Promise<void> {
    const bar = on.locator('[part~="action-bar"]')
    // What acts on messages is loaded when the page is idle.
    await until(
      async () => {
        await on.locator('[part~="bubble"]').hover()
        return bar.count()
      },
      (count) => count === 1,
    )
    await bar.getByRole('button', { name }).click()
  }

  /** Chooses from the menu of a message. */
  async choose(on: Locator, name: string): Promise<void> {
    await this.act(on, 'More')
    await this.widget.locator('[part~="menu-item"]').filter({ hasText: name }).click()
  }

  /** The reactions to a message, each with its count; mine are marked. */
  reactionsTo(message: Locator): Promise<string[]> {
    return message
      .locator('[part~="reaction"]')
      .evaluateAll((all) =>
        all.map((one) => `${one.textContent?.trim()}${one.ariaPressed === 'true' ? ' mine' : ''}`),
      )
  }

  /** The texts in the log, oldest first. */
  texts(): Promise<string[]> {
    return this.messages.locator('[part~="text"]').allTextContents()
  }

  /** Names of the rooms, as they stand in the list. */
  roomNames(): Promise<string[]> {
    return this.rooms.locator('[part~="room-name"]').allTextContents()
  }

  async unread(room: string): Promise<string> {
    const badge = this.room(room).locator('[part~="room-badge"] [aria-hidden]')
    return (await badge.count()) === 0 ? '' : badge.textContent()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.browserContext().close()
  }
}

/** Asks again until it is so. */
export async function until<T>(ask: () => T | Promise<T>, isSo: (seen: T) => boolean): Promise<T> {
  const end = Date.now() + deadlineMs
  for (;;) {
    const seen = await ask()
    if (isSo(seen)) return seen
    assert.ok(Date.now() < end, `waited in vain; last seen: ${JSON.stringify(seen)}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** It becomes equal. */
export async function becomes<T>(ask: () => T | Promise<T>, wanted: T): Promise<void> {
  const isSame = (seen: T) => JSON.stringify(seen) === JSON.stringify(wanted)
  await until(ask, isSame).catch(async () => assert.deepEqual(await ask(), wanted))
}
