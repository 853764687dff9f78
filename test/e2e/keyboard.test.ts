import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { becomes, until } from './person.ts'
import { withSite } from './stage.ts'

const { visit } = withSite()

/** What has the focus, by its name, through shadow roots. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    let element = document.activeElement
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
    return element?.getAttribute('aria-label') ?? element?.textContent?.trim() ?? ''
  })
}

/** Presses Tab until something with that name has the focus. */
async function tabTo(page: Page, name: RegExp, key = 'Tab'): Promise<void> {
  const passed: string[] = []
  for (let stops = 0; stops < 80; stops++) {
    const now = await focused(page)
    if (name.test(now)) return
    passed.push(now)
    await page.keyboard.press(key)
  }
  assert.fail(`Tab found no ${name}, but ${passed.join(' | ')}`)
}

test('everything is done by keyboard alone: open, find somebody, write, read, look up, close', async () => {
  await using haruka = await visit('haruka', { path: '' })
  await using tomas = await visit('tomas')
  const { page } = haruka
  const { keyboard } = page
  await haruka.rooms
    .first()
    .or(haruka.widget.getByRole('button', { name: /^Open chat/ }))
    .first()
    .waitFor()

  await tabTo(page, /^Open chat/)
  await keyboard.press('Enter')
  await haruka.rooms.first().waitFor()
  await tabTo(page, /^New conversation$/)
  await keyboard.press('Enter')
  await until(
    () => focused(page),
    (name) => name === 'Search people',
  )
  await keyboard.type('dvořák')
  await keyboard.press('Enter')
  await haruka.widget.getByRole('button', { name: /^Remove Tomáš/ }).waitFor()
  await keyboard.press('Enter')
  await until(
    () => focused(page),
    (name) => name === 'Message Tomáš Dvořák',
  )
  await keyboard.type('Is the clock drive free')
  await keyboard.press('Shift+Enter')
  await keyboard.type('on Thursday?')
  await keyboard.press('Enter')
  await becomes(() => haruka.texts(), ['Is the clock drive free\non Thursday?'])

  await tomas.openRoom('小林 遥')
  await tomas.send('All yours.')
  await haruka.message('All yours.').waitFor()
  await tabTo(page, /All yours\./, 'Shift+Tab')
  await keyboard.press('ArrowUp')
  await until(
    () => focused(page),
    (name) => name.startsWith('You, Is the clock drive free'),
  )
  await keyboard.press('Enter')
  await haruka.widget.locator('[part~="seen-by"]').getByText('Tomáš Dvořák').waitFor()
  await keyboard.press('Escape')
  await until(
    () => focused(page),
    (name) => name.startsWith('Open chat'),
  )
  await haruka.composer.waitFor({ state: 'hidden' })
  assert.deepEqual(haruka.complaints, [])
})

test('in the list of rooms the arrows walk, letters find, and Enter opens', async () => {
  await using mina = await visit('mina')
  const { page } = mina
  await mina.rooms.first().focus()
  await page.keyboard.press('ArrowDown')
  const [, second] = await mina.roomNames()
  await until(
    () => focused(page),
    (text) => text.includes(second ?? '?'),
  )
  await page.keyboard.press('w')
  await until(
    () => focused(page),
    (text) => text.includes('Workshop'),
  )
  await page.keyboard.press('Enter')
  await until(
    () => focused(page),
    (name) => name === 'Message Workshop',
  )
})
