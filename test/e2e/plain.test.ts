import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'puppeteer-core'
import { openPage } from '../support/browsers.ts'
import { Locator } from '../support/locator.ts'
import { becomes } from './person.ts'
import { Site } from './site.ts'
import { withBrowser } from './stage.ts'

const texts = (page: Page) => new Locator(page).locator('#messages li').allTextContents()
const waiting = (page: Page) => new Locator(page).locator('.waiting').count()

async function send(page: Page, text: string): Promise<void> {
  const composer = new Locator(page).getByRole('textbox', { name: 'Message' })
  await composer.fill(text)
  await composer.press('Enter')
}

const browser = withBrowser()

async function visit(site: Site, user: string, room: string): Promise<Page> {
  const page = await openPage(browser(), { width: 1000, height: 800 })
  await page.goto(`${site.url}plain.html?user=${user}`)
  const onPage = new Locator(page)
  await onPage.getByRole('button', { name: room }).click()
  await onPage.locator('#messages li').first().waitFor()
  return page
}

test('the client without the widget chats, and loses and doubles nothing when the server dies', async () => {
  await using site = await Site.open()
  const mina = await visit(site, 'mina', 'Sam Whitfield')
  const sam = await visit(site, 'sam', 'Mina Okafor')
  const earlier = await texts(mina)
  await send(mina, 'Hello <b>Sam</b>')
  await send(sam, 'Hello Mina')
  const talk = [...earlier, 'Mina Okafor: Hello <b>Sam</b>', 'Sam Whitfield: Hello Mina']
  await becomes(() => texts(mina), talk)
  await becomes(() => texts(sam), talk)

  await site.kill()
  await send(mina, 'Are you still there?')
  assert.equal(await waiting(mina), 1)
  await site.start()
  const wanted = [...talk, 'Mina Okafor: Are you still there?']
  await becomes(() => texts(sam), wanted)
  await becomes(() => waiting(mina), 0)
  assert.deepEqual(await texts(mina), wanted)
})
