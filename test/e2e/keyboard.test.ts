import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Page } from 'puppeteer-core'
import { browsers } from '../support/browsers.ts'
import { press } from '../support/locator.ts'
import { becomes, until } from './person.ts'
import { withSite } from './stage.ts'

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
    await press(page, key)
  }
  assert.fail(`Tab found no ${name}, but ${passed.join(' | ')}`)
}

for (const name of browsers) {
  describe(`in ${name}`, () => {
    const { visit } = withSite(name)

    test('everything is done by keyboard alone: open, find somebody, write, read, look up, close; and walk the rooms', async () => {
      await using haruka = await visit('haruka', { path: '' })
      await using tomas = await visit('tomas')
      const { page } = haruka
      const { keyboard } = page
      await haruka.widget.getByRole('button', { name: /^Open chat/ }).waitFor()

      await tabTo(page, /^Open chat/)
      await press(page, 'Enter')
      await haruka.rooms.first().waitFor()
      await tabTo(page, /^New conversation$/, 'Shift+Tab')
      await press(page, 'Enter')
      await until(
        () => focused(page),
        (name) => name === 'Search people',
      )
      await keyboard.type('dvořák')
      await press(page, 'Enter')
      await haruka.widget.getByRole('button', { name: /^Remove Tomáš/ }).waitFor()
      await press(page, 'Enter')
      await until(
        () => focused(page),
        (name) => name === 'Message Tomáš Dvořák',
      )
      await keyboard.type('Is the clock drive free')
      await press(page, 'Shift+Enter')
      await keyboard.type('on Thursday?')
      await press(page, 'Enter')
      await becomes(() => haruka.texts(), ['Is the clock drive free\non Thursday?'])

      await tomas.openRoom('小林 遥')
      await tomas.send('All yours.')
      await haruka.message('All yours.').waitFor()
      await tabTo(page, /All yours\./, 'Shift+Tab')
      await press(page, 'ArrowUp')
      await until(
        () => focused(page),
        (name) => name.startsWith('You, Is the clock drive free'),
      )
      await press(page, 'Enter')
      await haruka.widget.locator('[part~="seen-by"]').getByText('Tomáš Dvořák').waitFor()
      // Out of what the message offers, where Enter had led once that was loaded, and out of the panel (rule K49).
      if (!(await focused(page)).startsWith('You,')) {
        await press(page, 'Escape')
        await until(
          () => focused(page),
          (name) => name.startsWith('You,'),
        )
      }
      await press(page, 'Escape')
      await until(
        () => focused(page),
        (name) => name.startsWith('Open chat'),
      )
      await haruka.composer.waitFor({ state: 'hidden' })
      assert.deepEqual(haruka.complaints, [])

      // In the list of rooms the arrows walk, letters find, and Enter opens.
      await using mina = await visit('mina')
      await mina.rooms.first().focus()
      await press(mina.page, 'ArrowDown')
      const [, second] = await mina.roomNames()
      await until(
        () => focused(mina.page),
        (text) => text.includes(second ?? '?'),
      )
      await press(mina.page, 'w')
      await until(
        () => focused(mina.page),
        (text) => text.includes('Workshop'),
      )
      await press(mina.page, 'Enter')
      await until(
        () => focused(mina.page),
        (name) => name === 'Message Workshop',
      )
    })
  })
}
