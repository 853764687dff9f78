import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { becomes } from './person.ts'
import { Site } from './site.ts'
import { withBrowser } from './stage.ts'

const browser = withBrowser()

const texts = (page: Page) => page.locator('#messages li').allTextContents()

async function visit(site: Site, user: string, room: string): Promise<Page> {
  const page = await (await browser().newContext()).newPage()
  await page.goto(`${site.url}plain.html?user=${user}`)
  await page.getByRole('button', { name: room }).click()
  await page.locator('#messages li').first().waitFor()
  return page
}

async function send(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(text)
  await page.keyboard.press('Enter')
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
  assert.equal(await mina.locator('.waiting').count(), 1)
  await site.start()
  const wanted = [...talk, 'Mina Okafor: Are you still there?']
  await becomes(() => texts(sam), wanted)
  await becomes(() => mina.locator('.waiting').count(), 0)
  assert.deepEqual(await texts(mina), wanted)
})
