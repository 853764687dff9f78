import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { people } from '../../demo/seed/people.ts'
import { browsers } from '../support/browsers.ts'
import { becomes } from './person.ts'
import { withSite } from './stage.ts'

for (const name of browsers) {
  describe(`in ${name}`, () => {
    const { visit } = withSite(name)

    test('two people find each other in the picker and talk: each message once, counted, seen, and there after a reload', async () => {
      await using devi = await visit('devi')
      await using layla = await visit('layla')
      await devi.pick(['ليلى منصور'])
      await devi.send('Are you up there?')
      await layla.openRoom('देवी शर्मा')
      await layla.send('نعم، تعالي!')
      await devi.send('On my way 🏃‍♀️')
      for (const person of [devi, layla])
        await becomes(() => person.texts(), ['Are you up there?', 'نعم، تعالي!', 'On my way 🏃‍♀️'])

      // What comes into a room that is not open moves it to the top, with its number.
      await using sam = await visit('sam')
      await using tomas = await visit('tomas')
      await tomas.openRoom('Sam Whitfield')
      await sam.openRoom('Notes to yourself')
      await becomes(() => sam.unread('Tomáš Dvořák'), '1')
      await tomas.send('The roller is done.')
      await tomas.send('It is round now.')
      await becomes(() => sam.unread('Tomáš Dvořák'), '3')
      await becomes(async () => (await sam.roomNames())[0], 'Tomáš Dvořák')
      await sam.openRoom('Tomáš Dvořák')
      await becomes(() => sam.unread('Tomáš Dvořák'), '')
      assert.equal(await tomas.unread('Sam Whitfield'), '')

      await tomas.composer.fill('half a thought')
      const texts = await tomas.texts()
      await tomas.page.reload()
      await tomas.openRoom('Sam Whitfield')
      await becomes(() => tomas.texts(), texts)
      assert.equal(await tomas.composer.inputValue(), 'half a thought')
      for (const person of [devi, layla, sam, tomas]) assert.deepEqual(person.complaints, [])
    })

    test('a group of twelve is made, read, named, narrowed, handed over and deleted, as everybody sees at once; without a name it is the same room for whoever asks', async () => {
      await using zoe = await visit('zoe')
      await using oksana = await visit('oksana')
      await using yusuf = await visit('yusuf')
      const others = people.filter(({ id }) => !['zoe', 'jo'].includes(id)).map(({ name }) => name)
      assert.equal(others.length, 11)
      await zoe.pick(others, 'Tea rota')
      await zoe.send('Who brings the biscuits?')
      for (const person of [oksana, yusuf]) {
        await person.openRoom('Tea rota')
        await person.message('Who brings the biscuits?').waitFor()
        await person.send('Not me')
      }
      await becomes(() => zoe.texts(), ['Who brings the biscuits?', 'Not me', 'Not me'])
      assert.equal(await zoe.messages.filter({ hasText: 'Not me' }).count(), 2)
      const seenBy = zoe.message('Who brings the biscuits?').locator('[part~="seen-by"]')
      for (const reader of ['Seen by', 'Оксана Коваленко', 'يوسف الحداد'])
        await seenBy.filter({ hasText: reader }).waitFor()

      await zoe.openInfo()
      const row = (label: string) => zoe.widget.locator('[part~="info-row"]').filter({ hasText: label })
      const confirm = () => zoe.widget.locator('[part~="dialog"] .danger, [part~="dialog"] .primary').click()
      const card = (name: string) => zoe.widget.locator('[part~="member"]').filter({ hasText: name })
      await zoe.widget.getByRole('button', { name: 'Change the name' }).click()
      await zoe.widget.locator('.info-input').fill('Biscuits')
      await zoe.widget.locator('.info-input').press('Enter')
      for (const person of [zoe, oksana, yusuf]) await person.room('Biscuits').waitFor()
      await row('Only owners write').click()
      await oksana.widget.locator('[part~="writing-closed"]').getByText('Only owners write here').waitFor()
      await card('يوسف الحداد').click()
      await row('Remove from the group').click()
      await confirm()
      await yusuf.room('Biscuits').waitFor({ state: 'hidden' })
      await card('Оксана Коваленко').click()
      await row('Make owner').click()
      await confirm()
      await oksana.send('Then I bring them.')
      await zoe.room('Biscuits').filter({ hasText: 'Then I bring them.' }).waitFor()
      await zoe.widget.locator('[part~="info"] [part~="back-button"]').click()
      await row('Delete group').click()
      await confirm()
      for (const person of [zoe, oksana]) {
        await person.room('Biscuits').waitFor({ state: 'hidden' })
        assert.deepEqual(person.complaints, [])
      }

      await using max = await visit('max')
      await using pepe = await visit('pepe')
      await max.pick(['José Ñíguez', 'Jo 🔭'])
      await max.send('Shall we share the stairs?')
      await max.message('Shall we share the stairs?').locator('[part~="status"][aria-label="Sent"]').waitFor()
      await pepe.pick(['Jo 🔭', 'Maximiliane von Hohenfels-Brandenstein zu Altmühltal'])
      await pepe.message('Shall we share the stairs?').waitFor()
    })
  })
}
