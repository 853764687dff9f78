/** Where the reader's own few colours take the place of all others. Only Chromium can be told to. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Page } from 'puppeteer-core'
import { withSite } from './stage.ts'

async function forceColors(page: Page): Promise<void> {
  const session = await page.createCDPSession()
  await session.send('Emulation.setEmulatedMedia', {
    features: [
      { name: 'forced-colors', value: 'active' },
      { name: 'prefers-reduced-motion', value: 'reduce' },
    ],
  })
}

describe('with forced colours', () => {
  const { visit } = withSite()

  test('A62: a picture without an image has an edge, and who is online a mark that can be seen', async () => {
    await using sam = await visit('sam')
    await using mina = await visit('mina', { prepare: forceColors })
    await sam.openRoom('Mina Okafor')
    await mina.openRoom('Sam Whitfield')
    await mina.widget.locator('.avatar.online').first().waitFor()
    const seen = await mina.page.evaluate(() => {
      const root = document.querySelector('chatter-widget')?.shadowRoot
      const avatars = [...(root?.querySelectorAll('.avatar:not(.pair)') ?? [])]
      const colors = (names: readonly string[]) =>
        names.map((name) => {
          const probe = document.createElement('i')
          probe.style.cssText = `forced-color-adjust: none; color: ${name}`
          document.body.append(probe)
          const { color } = getComputedStyle(probe)
          probe.remove()
          return color
        })
      const [canvas, highlight] = colors(['Canvas', 'Highlight'])
      const marks = avatars
        .filter((one) => one.matches('.online'))
        .map((one) => getComputedStyle(one, '::after'))
      return {
        isForced: matchMedia('(forced-colors: active)').matches,
        edges: avatars.map((one) => getComputedStyle(one).borderTopWidth),
        marks: marks.map(({ backgroundColor, inlineSize }) => [
          backgroundColor,
          Number.parseFloat(inlineSize) > 5,
        ]),
        canvas,
        highlight,
      }
    })
    assert.equal(seen.isForced, true)
    assert.notEqual(seen.highlight, seen.canvas)
    assert.ok(seen.edges.length > 3 && seen.edges.every((width) => width === '1px'), seen.edges.join(' '))
    assert.ok(seen.marks.length > 0)
    for (const mark of seen.marks) assert.deepEqual(mark, [seen.highlight, true])
  })

  test('A62: an icon has the colour of the text that it stands with, and none of ours', async () => {
    await using mina = await visit('mina', { prepare: forceColors })
    await mina.openRoom('Sam Whitfield')
    const find = (selector: string) => mina.widget.locator(selector).first()
    await find('[part="info-button"]').click()
    await find('.info .action-item .icon').waitFor()
    await find('[part~="new-room-button"]').click()
    await find('.picked > .icon').waitFor()
    const strange = await mina.page.evaluate(() => {
      const root = document.querySelector('chatter-widget')?.shadowRoot
      const color = (one: Element | null) => one && getComputedStyle(one).color
      const icons = [...(root?.querySelectorAll('.icon') ?? [])]
      const odd = icons.filter((icon) => color(icon) !== color(icon.parentElement))
      return { count: icons.length, odd: odd.map(({ parentElement }) => parentElement?.className) }
    })
    assert.ok(strange.count > 8)
    assert.deepEqual(strange.odd, [])
  })
})
