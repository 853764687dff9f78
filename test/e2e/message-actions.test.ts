import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { browsers } from '../support/browsers.ts'
import { press } from '../support/locator.ts'
import { becomes, type Person, until } from './person.ts'
import { withSite } from './stage.ts'

const deleted = 'This message was deleted'

for (const name of browsers) {
  describe(`in ${name}`, () => {
    const { visit } = withSite(name)

    test('what somebody says is reacted to, edited, deleted, mentions, is pinned and forwarded on both screens, and is so after a reload', async () => {
      await using devi = await visit('devi')
      await using layla = await visit('layla')
      await devi.pick(['ليلى منصور'])
      await devi.send('Is the dome open')
      await layla.openRoom('देवी शर्मा')

      await layla.act(layla.message('Is the dome open'), 'React')
      await layla.widget.locator('[part~="quick-reaction"][aria-label="React with 👍"]').click()
      await becomes(() => devi.reactionsTo(devi.message('Is the dome open')), ['👍1'])
      await devi.message('Is the dome open').locator('[part~="reaction"]').click()
      await becomes(() => devi.reactionsTo(devi.message('Is the dome open')), ['👍2 mine'])
      await becomes(() => layla.reactionsTo(layla.message('Is the dome open')), ['👍2 mine'])
      await layla.message('Is the dome open').locator('[part~="reaction"]').click()
      await becomes(() => devi.reactionsTo(devi.message('Is the dome open')), ['👍1 mine'])

      await devi.choose(devi.message('Is the dome open'), 'Edit')
      const edited = devi.widget.getByRole('textbox', { name: 'Edit message' })
      await becomes(() => edited.inputValue(), 'Is the dome open')
      await edited.fill('Is the dome open tonight?')
      await edited.press('Enter')
      await layla.message('Is the dome open tonight?').locator('[part~="edited"]').waitFor()
      await layla.page.reload()
      await layla.openRoom('देवी शर्मा')
      for (const person of [devi, layla]) await becomes(() => person.texts(), ['Is the dome open tonight?'])
      await becomes(() => layla.reactionsTo(layla.message('Is the dome open tonight?')), ['👍1'])

      await devi.choose(devi.message('Is the dome open tonight?'), 'Delete')
      await devi.widget.locator('[role="alertdialog"] .danger').click()
      await layla.page.reload()
      await layla.openRoom('देवी शर्मा')
      for (const person of [devi, layla]) {
        await becomes(() => person.texts(), [deleted])
        assert.deepEqual(await person.reactionsTo(person.messages), [])
        assert.deepEqual(person.complaints, [])
      }

      // A group of three, with somebody mentioned in it.
      await devi.pick(['ليلى منصور', 'Sam Whitfield'], 'Dome')
      const offered = devi.widget.getByRole('option', { name: 'ليلى منصور' })
      // What offers people is loaded when the page is idle.
      await until(
        async () => {
          await devi.composer.fill('')
          await devi.composer.fill('The dome, @لي')
          return offered.count()
        },
        (count) => count === 1,
      )
      await devi.composer.press('Enter')
      await becomes(() => devi.composer.inputValue(), 'The dome, @ليلى منصور ')
      await devi.composer.press('Enter')
      const said = 'The dome, @ليلى منصور'
      await layla.room('Dome').locator('[part~="room-mention"]').waitFor()
      await layla.openRoom('Dome')
      const chip = layla.message(said).locator('[part~="mention-me"]')
      assert.equal(await chip.textContent(), '@ليلى منصور')
      await becomes(() => layla.widget.locator('[part~="room-mention"]').count(), 0)
      await layla.page.reload()
      await layla.openRoom('Dome')
      await chip.waitFor()
      await becomes(() => devi.message(said).locator('[part="mention "]').count(), 1)

      await layla.choose(layla.message(said), 'Pin')
      const pinned = devi.widget.locator('[part~="pin-bar-text"]')
      await becomes(() => pinned.allTextContents(), [said])
      await devi.choose(devi.message(said), 'Forward')
      await devi.widget.locator('[part~="forward-room"]').filter({ hasText: 'ليلى منصور' }).click()
      await layla.openRoom('देवी शर्मा')
      const from = layla.message(said).locator('[part~="forwarded"]')
      await becomes(() => from.allTextContents(), ['Forwarded from देवी शर्मा'])
      for (const person of [devi, layla]) assert.deepEqual(person.complaints, [])
    })

    test('an answer leads the other one to what it answers, far above, and back to it', async () => {
      await using mina = await visit('mina')
      await using sam = await visit('sam')
      await mina.openRoom('Night log')
      const answered = await climb(mina, 3)
      const original = mina.log.locator(`[data-key="${answered}"]`)
      // What acts on messages is loaded when the page is idle.
      const isAnswered = mina.widget.locator('[part~="composer-context"]')
      await until(
        async () => {
          await original.focus()
          await press(mina.page, 'r')
          return isAnswered.count()
        },
        (count) => count === 1,
      )
      await mina.send('That was the night of the fog.')
      await mina.message('That was the night of the fog.').locator('[part~="quote"]').waitFor()

      await sam.openRoom('Night log')
      const answer = sam.message('That was the night of the fog.')
      assert.equal(await sam.log.locator(`[data-key="${answered}"]`).count(), 0)
      await answer.locator('[part~="quote"]').click()
      const sought = sam.log.locator('[part~="sought"]')
      await becomes(() => keyOf(sought), answered)
      await sam.widget.getByRole('button', { name: 'Back to the answer' }).click()
      await answer.waitFor()
      await sought.filter({ hasText: 'That was the night of the fog.' }).waitFor()
      for (const person of [mina, sam]) assert.deepEqual(person.complaints, [])
    })
  })
}

/** Scrolls to the top so many times that a page of older messages comes. @returns the key of the first message then */
async function climb({ log, messages }: Person, pages: number): Promise<string> {
  const first = messages.first()
  let key = await keyOf(first)
  for (let page = 0; page < pages; page++) {
    const known = key
    key = await until(
      async () => {
        await log.evaluate((box) => box.scrollTo({ top: 0, behavior: 'instant' }))
        return keyOf(first)
      },
      (now) => now !== known,
    )
  }
  return key
}

const keyOf = (message: { evaluate(run: (element: Element) => string): Promise<string> }) =>
  message.evaluate((element) => (element as HTMLElement).dataset.key ?? '')
