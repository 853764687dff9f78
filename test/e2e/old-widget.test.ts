import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { Page } from 'puppeteer-core'
import { uuidv7 } from 'uuidv7'
import { keptBuilds, openKeptBuild } from '../builds/kept-builds.ts'
import { answerRequests } from './answers.ts'
import { becomes } from './person.ts'
import { withSite } from './stage.ts'

describe('a widget that a page still holds from an earlier build', () => {
  const { site, visit } = withSite()

  for (const build of keptBuilds()) {
    it(`of ${build} chats with the newest server and the newest widget`, async () => {
      const { widget } = openKeptBuild(build)
      let served = 0
      const prepare = withOldFiles(widget, () => {
        served += 1
      })
      await using devi = await visit('devi', { prepare })
      await using layla = await visit('layla')
      await devi.pick(['ليلى منصور'])
      const texts = [`from the widget of ${build}`, `to the widget of ${build}`]
      await devi.send(`from the widget of ${build}`)
      await layla.openRoom('देवी शर्मा')
      await layla.send(`to the widget of ${build}`)
      // The room is that of the builds before, too.
      const newest = async (person: typeof devi) => (await person.texts()).slice(-2)
      for (const person of [devi, layla]) await becomes(() => newest(person), texts)
      await devi.page.reload()
      await becomes(() => newest(devi), texts)
      const made = await site().ask('rooms', 'POST', { members: ['devi', 'layla'] })
      const { id } = await made.json()
      const link = { url: 'https://example.com/7', label: 'Follow it' }
      const body = { title: 'Your order', text: 'It is on its way.', link }
      await site().ask(`rooms/${id}/messages/${uuidv7()}`, 'PUT', body)
      // It knows no parts of a message, and shows the text that says all of them.
      const said = 'Your order\nIt is on its way.\nFollow it: https://example.com/7'
      await becomes(async () => (await devi.texts()).at(-1), said)
      assert.ok(served >= 3, `expected the old files to be used, got ${served} of them`)
      assert.deepEqual([...devi.complaints, ...layla.complaints], [])
    })

    it(`of ${build} waits while its site is disabled, and is back afterwards, signed in`, async () => {
      const { widget } = openKeptBuild(build)
      await using devi = await visit('devi', { prepare: withOldFiles(widget, () => {}) })
      await devi.pick(['ليلى منصور'])
      const banner = devi.widget.locator('[part~="banner"]')
      await site().turn({ isDisabled: true })
      await banner.waitFor()
      await devi.send(`written while it was paused, of ${build}`)
      // It waits for as long as it was told. Who comes back to a page asks at once.
      const wake = () => devi.page.evaluate(() => void window.dispatchEvent(new Event('online')))
      await wake()
      await banner.waitFor()
      await site().turn({ isDisabled: false })
      const isBack = async () => {
        await wake()
        return banner.count()
      }
      await becomes(isBack, 0)
      await devi.message(`written while it was paused, of ${build}`).waitFor()
    })
  }
})

/** The page gets the files of that folder in the place of today's. */
const withOldFiles = (widget: string, onServed: () => void) => (page: Page) =>
  answerRequests(page, ({ href, pathname }) => {
    if (!/\/(chatter\.js|chatter-chunks\/.*)$/.test(href)) return undefined
    onServed()
    return { body: readFileSync(join(widget, pathname)), contentType: 'text/javascript' }
  })
