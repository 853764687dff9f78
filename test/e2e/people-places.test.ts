import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Page } from 'puppeteer-core'
import { uuidv7 } from 'uuidv7'
import { people } from '../../demo/seed/people.ts'
import { browsers } from '../support/browsers.ts'
import { becomes, type Person, until } from './person.ts'
import type { Site } from './site.ts'
import { withSite } from './stage.ts'

/** Of one maker: a user opens 60 in a minute. */
const roomsEach = 40
const makers = people.filter(({ id }) => id !== 'mina').slice(0, 5)

const ring = (nth: number) => `Ring ${String(nth).padStart(3, '0')}`
const [pinned, muted, archived, marked, old] = [ring(199), ring(198), ring(197), ring(196), ring(3)] as const

/** 200 groups with mina in them, one after the other; something is said in one of them. */
async function makeRooms(site: Site): Promise<void> {
  for (const [turn, { id, name }] of makers.entries()) {
    const authorization = `Bearer ${await site.token(id, name)}`
    const ask = async (method: 'POST' | 'PUT', path: string, body: unknown) => {
      const headers = { authorization, 'content-type': 'application/json' }
      const asked = { method, headers, body: JSON.stringify(body) }
      const answer = await fetch(new URL(path, site.url), asked)
      assert.ok(answer.ok, `${answer.status} ${await answer.text()}`)
    }
    for (let nth = turn * roomsEach + 1; nth <= (turn + 1) * roomsEach; nth++) {
      const room = uuidv7()
      await ask('POST', 'v1/rooms', { id: room, name: ring(nth), memberIds: ['mina'] })
      if (ring(nth) === marked)
        await ask('PUT', `v1/rooms/${room}/messages/${uuidv7()}`, { text: 'Look at this one.' })
    }
  }
}

/** Chooses from the menu of a room in the list, and from those that it opens. */
async function arrange(person: Person, name: string, ...labels: string[]): Promise<void> {
  await person.room(name).evaluate((row) => {
    const { left, top } = row.getBoundingClientRect()
    const at = { clientX: left + 20, clientY: top + 20, button: 2 }
    row.dispatchEvent(
      new MouseEvent('contextmenu', { bubbles: true, composed: true, cancelable: true, ...at }),
    )
  })
  await choose(person, labels)
}

/** The same by the button that comes up on its row. */
async function arrangeByButton(person: Person, name: string, ...labels: string[]): Promise<void> {
  await person.room(name).hover()
  await person.widget.getByRole('button', { name: 'Conversation options' }).click()
  await choose(person, labels)
}

async function choose({ widget }: Person, labels: readonly string[]): Promise<void> {
  for (const label of labels) await widget.locator('[part~="menu-item"]').filter({ hasText: label }).click()
}

const search = ({ widget }: Person, words: string) =>
  widget.locator('[part~="room-search"] input').fill(words)

/** The router of a page notes the states of its own that it is told of. */
const routed = (page: Page) =>
  page.evaluateOnNewDocument(() => {
    const seen: string[] = []
    Object.assign(globalThis, { seen })
    addEventListener('popstate', ({ state }) => seen.push(JSON.stringify(state)))
  })

for (const name of browsers) {
  describe(`in ${name}`, () => {
    const { visit, site } = withSite(name)

    test('a list of 200 rooms is ordered alike on two devices; a reload, Back and a link lead to where one was, beside a router', async () => {
      await makeRooms(site())
      await using desk = await visit('mina')
      await using phone = await visit('mina', { path: '', prepare: routed })
      const { page, widget, log } = phone
      await page.evaluate(() => {
        history.replaceState({ view: 'list' }, '')
        history.pushState({ view: 'detail' }, '')
      })
      await widget.getByRole('button', { name: /^Open chat/ }).click()
      await becomes(() => phone.unread(marked), '1')

      await arrange(desk, pinned, 'Pin to the top')
      await arrangeByButton(desk, muted, 'Mute', 'Until I turn it on again')
      await arrange(desk, archived, 'Archive')
      await arrange(desk, marked, 'Mark as read')
      await becomes(() => phone.unread(marked), '')
      await arrange(desk, marked, 'Mark as unread')
      await search(desk, old)
      await arrange(desk, old, 'Pin to the top')
      await search(desk, '')
      const order = async (person: Person) => {
        const names = await person.roomNames()
        const signs = person.room(muted).locator('[part~="room-sign"]')
        return [
          names.slice(0, 5),
          names.includes(archived),
          await signs.filter({ hasText: 'Muted' }).count(),
          await person.unread(marked),
        ]
      }
      const ordered = [[old, pinned, ring(200), muted, marked], false, 1, '1']
      for (const person of [desk, phone]) await becomes(() => order(person), ordered)
      for (const person of [desk, phone]) {
        await person.page.reload()
        await person.room(muted).waitFor()
        await becomes(() => order(person), ordered)
      }

      // In the middle of an edit, far above the end.
      await search(phone, 'Night log')
      const room = await phone.room('Night log').evaluate((row) => (row as HTMLElement).dataset.room)
      await phone.openRoom('Night log')
      await phone.send('The dome is open.')
      const said = phone.message('The dome is open.')
      await said.locator('[part~="status"][aria-label="Sent"]').waitFor()
      await phone.choose(said, 'Edit')
      const edited = widget.getByRole('textbox', { name: 'Edit message' })
      await edited.fill('The dome is closed.')
      await log.evaluate((box) =>
        box.scrollTo({ top: box.scrollHeight - 3 * box.clientHeight, behavior: 'instant' }),
      )
      const read = () => log.evaluate(readIn)
      const { key, top } = await read()
      await page.reload()
      await widget.locator('[part~="log"][aria-busy="false"]').waitFor()
      await until(read, (now) => now.key === key && Math.abs(now.top - top) <= 2)
      await becomes(() => edited.inputValue(), 'The dome is closed.')

      const back = () => page.evaluate(() => history.back())
      const states = () => page.evaluate(() => (globalThis as unknown as { seen: string[] }).seen)
      await phone.openInfo()
      for (const part of ['info', 'log', 'panel']) {
        await back()
        await widget.locator(`[part~="${part}"]`).waitFor({ state: 'hidden' })
        // Where the router is told of a step of ours, it is told what it shows already.
        assert.ok((await states()).every((state) => state === '{"view":"detail"}'))
      }
      await back()
      await until(states, (seen) => seen.at(-1) === '{"view":"list"}')

      await page.evaluate((hash) => (location.hash = hash), `#chatter:${room}/${key}`)
      await log.locator(`[part~="sought"][data-key="${key}"]`).waitFor()
      for (const person of [desk, phone]) assert.deepEqual(person.complaints, [])
    })
  })
}

/** In the page: the first message that begins within the log, and how far below its edge. */
function readIn(log: Element): { key: string | undefined; top: number } {
  const edge = log.getBoundingClientRect().top
  const below = (row: Element) => row.getBoundingClientRect().top - edge
  const row = [...log.querySelectorAll<HTMLElement>('article')].find((one) => below(one) >= 0)
  return { key: row?.dataset.key, top: row ? below(row) : Number.NaN }
}
