import assert from 'node:assert/strict'
import type { ElementHandle, Page } from 'puppeteer-core'
import { lookAt } from './browsers.ts'
import { locate, type Query, type TextMatch } from './locate.ts'

/** Generous: only a hanging test meets it. */
export const deadlineMs = 60_000

type Role = 'article' | 'button' | 'combobox' | 'heading' | 'option' | 'textbox'
type State = 'visible' | 'attached' | 'hidden'

const asText = (text: string | RegExp, isExact = false): TextMatch =>
  typeof text === 'string' ? { words: text, isExact } : { pattern: text.source, flags: text.flags }

/**
 * Elements of a page, found anew each time, also inside open shadow roots. What acts on one element waits until it is
 * there, and refuses to choose among several.
 */
export class Locator {
  readonly #page: Page
  readonly #query: Query

  constructor(page: Page, query: Query = []) {
    this.#page = page
    this.#query = query
  }

  locator(css: string): Locator {
    return this.#with({ css })
  }

  /** What assistive technology finds by its role and name: part of the name, exactly it, or a pattern. */
  getByRole(role: Role, { name, exact = false }: { name?: string | RegExp; exact?: boolean } = {}): Locator {
    return this.#with({ role, ...(name !== undefined && { name: asText(name, exact) }) })
  }

  /** The innermost elements with that text, also themselves. */
  getByText(text: string | RegExp, { exact = false } = {}): Locator {
    return this.#with({ text: asText(text, exact) })
  }

  /** Those of them that hold what the other one finds, or this text. */
  filter({ has, hasText }: { has?: Locator; hasText?: string }): Locator {
    const within = has ? this.#with({ has: has.#query }) : this
    return hasText === undefined ? within : within.#with({ hasText: asText(hasText) })
  }

  first(): Locator {
    return this.#with({ at: 0 })
  }

  last(): Locator {
    return this.#with({ at: -1 })
  }

  count(): Promise<number> {
    return this.evaluateAll((all) => all.length)
  }

  allTextContents(): Promise<string[]> {
    return this.evaluateAll((all) => all.map((element) => element.textContent ?? ''))
  }

  /** Runs in the page, on all that are there now. */
  evaluateAll<T>(run: (all: Element[]) => T): Promise<Awaited<T>> {
    return this.#page.evaluate(`(${run})(${this.#found})`) as Promise<Awaited<T>>
  }

  /** Runs in the page, on the element. */
  async evaluate<T, Given extends unknown[]>(
    run: (element: Element, ...given: Given) => T,
    ...given: Given
  ): Promise<Awaited<T>> {
    const element = await this.#one('attached')
    try {
      return (await element.evaluate(
        run as (element: Element, ...given: unknown[]) => T,
        ...given,
      )) as Awaited<T>
    } finally {
      await element.dispose()
    }
  }

  /** An element that a function of the page finds, to be asked again as long as it stays in the page. */
  async elementBy(run: (element: Element) => Element | undefined): Promise<ElementHandle<Element>> {
    const element = await this.#one('attached')
    const found = (await element.evaluateHandle(run)).asElement()
    assert.ok(found)
    return found as ElementHandle<Element>
  }

  async textContent(): Promise<string> {
    return this.evaluate((element) => element.textContent ?? '')
  }

  async inputValue(): Promise<string> {
    return this.evaluate((element) => (element as HTMLInputElement).value)
  }

  async waitFor({ state = 'visible' }: { state?: State } = {}): Promise<void> {
    if (state === 'hidden')
      await this.#waitUntil(async () => (await this.#find('visible')) === undefined, state)
    else await (await this.#one(state)).dispose()
  }

  /** With the mouse, in the middle of it, once it rests and nothing lies above it. */
  async click(): Promise<void> {
    await this.#waitUntil(async () => {
      const element = await this.#one('visible')
      await lookAt(this.#page)
      const aim = await element.evaluateHandle(takeAim)
      const point = await aim.evaluate((taken) => taken.point)
      if (point) await this.#page.mouse.click(point.x, point.y)
      const isHit = await aim.evaluate((taken) => taken.end())
      await Promise.all([aim.dispose(), element.dispose()])
      return isHit
    }, 'at rest and free')
  }

  /** Brings the mouse onto it from elsewhere. */
  async hover(): Promise<void> {
    await this.waitFor()
    await lookAt(this.#page)
    const { x, y } = await this.evaluate((target) => {
      target.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' })
      const { left, top, width, height } = target.getBoundingClientRect()
      return { x: left + width / 2, y: top + height / 2 }
    })
    await this.#page.mouse.move(0, 0)
    await this.#page.mouse.move(x, y)
  }

  async focus(): Promise<void> {
    const element = await this.#one('visible')
    await lookAt(this.#page)
    await element.evaluate((target) => (target as HTMLElement).focus())
    await element.dispose()
  }

  /** Replaces what the field holds, as a paste does. */
  async fill(text: string): Promise<void> {
    await this.focus()
    await this.evaluate((field, words) => {
      ;(field as HTMLInputElement).select()
      document.execCommand(words ? 'insertText' : 'delete', false, words)
    }, text)
  }

  async press(keys: string): Promise<void> {
    await this.focus()
    await press(this.#page, keys)
  }

  #with(step: Query[number]): Locator {
    return new Locator(this.#page, [...this.#query, step])
  }

  async #one(state: 'visible' | 'attached'): Promise<ElementHandle<Element>> {
    return this.#waitUntil(() => this.#find(state), state)
  }

  async #find(state: 'visible' | 'attached'): Promise<ElementHandle<Element> | undefined> {
    const found = await this.#page.evaluateHandle(`(${theOne})(${this.#found}, ${state === 'visible'})`)
    const element = found.asElement() as ElementHandle<Element> | null
    if (element) return element
    const count = (await found.jsonValue()) as number
    assert.ok(count <= 1, `${count} elements for ${this}`)
    return undefined
  }

  /** What finds them in the page, as an expression. */
  get #found(): string {
    return `(${locate})(${this})`
  }

  async #waitUntil<T>(ask: () => Promise<T | undefined | false>, what: string): Promise<T> {
    const end = Date.now() + deadlineMs
    for (;;) {
      const answer = await ask()
      if (answer) return answer
      assert.ok(Date.now() < end, `waited in vain until this is ${what}: ${this}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  toString(): string {
    return JSON.stringify(this.#query)
  }
}

/** Keys that are held together, as in "Shift+Tab"; the last one is pressed. */
export async function press(page: Page, keys: string): Promise<void> {
  const names = keys.split('+') as Parameters<Page['keyboard']['press']>[0][]
  const key = names.pop()
  if (!key) return
  await lookAt(page)
  for (const held of names) await page.keyboard.down(held)
  await page.keyboard.press(key)
  for (const held of names.toReversed()) await page.keyboard.up(held)
}

/** In the page: the only one of them, if it can be seen where it must be; else how many there are. */
function theOne(all: readonly Element[], isToBeSeen: boolean): Element | number {
  const [one] = all
  if (!one || all.length > 1) return all.length
  const { width, height } = one.getBoundingClientRect()
  const isSeen = width > 0 && height > 0 && one.checkVisibility({ visibilityProperty: true })
  return isSeen || !isToBeSeen ? one : 1
}

type Aim = {
  readonly point: { readonly x: number; readonly y: number } | undefined
  readonly end: () => boolean
}

/**
 * In the page: where to click, if the element can be used, stays where it is for a frame, and is what such a click hits.
 * A click that hits something else, because the page changed meanwhile, reaches nobody. `end` says whether it hit.
 */
async function takeAim(element: Element): Promise<Aim> {
  const none = { point: undefined, end: () => false }
  const frame = () => new Promise(requestAnimationFrame)
  const box = () => JSON.stringify(element.getBoundingClientRect())
  if (element.matches(':disabled')) return none
  element.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' })
  await frame()
  const before = box()
  await frame()
  if (box() !== before) return none

  const { left, top, width, height } = element.getBoundingClientRect()
  const point = { x: left + width / 2, y: top + height / 2 }
  let hit = document.elementFromPoint(point.x, point.y)
  for (;;) {
    const inner: Element | null | undefined = hit?.shadowRoot?.elementFromPoint(point.x, point.y)
    if (!inner || inner === hit) break
    hit = inner
  }
  let around: Node | null = hit
  while (around && around !== element)
    around = around.parentNode ?? (around instanceof ShadowRoot ? around.host : null)
  if (!around) return none

  let isHit: boolean | undefined
  const guard = (event: Event) => {
    isHit ??= event.composedPath().includes(element)
    if (isHit) return
    event.preventDefault()
    event.stopImmediatePropagation()
  }
  const events = ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click']
  for (const name of events) window.addEventListener(name, guard, { capture: true })
  const end = () => {
    for (const name of events) window.removeEventListener(name, guard, { capture: true })
    return isHit ?? false
  }
  return { point, end }
}
