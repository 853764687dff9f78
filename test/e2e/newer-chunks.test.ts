/** A page that holds the names of another build than the server's, and neither shares a folder with it. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { Page } from 'puppeteer-core'
import { answerRequests } from './answers.ts'
import { becomes } from './person.ts'
import { withSite } from './stage.ts'

const widget = join(import.meta.dirname, '..', '..', 'dist', 'widget')

/** The widget of an earlier build: the same, with other names for its chunks. */
function earlierFile(path: string): string {
  const names = readdirSync(join(widget, 'chatter-chunks')).filter((name) => name.endsWith('.js'))
  const text = readFileSync(join(widget, path), 'utf8')
  return names.reduce((now, name) => now.replaceAll(`/${name}"`, `/earlier-${name}"`), text)
}

/** Serves the page an earlier build, of which the server has only these chunks. */
async function hold(page: Page, has: (chunk: string) => boolean) {
  const refused: string[] = []
  const headers = { 'access-control-allow-origin': '*' }
  const contentType = 'text/javascript'
  await answerRequests(page, ({ href }) => {
    if (href.endsWith('/chatter.js')) return { body: earlierFile('chatter.js'), contentType, headers }
    const [, name] = /\/earlier-(.*)$/.exec(href) ?? []
    if (name === undefined) return undefined
    if (has(name)) return { body: earlierFile(join('chatter-chunks', name)), contentType, headers }
    refused.push(name)
    return { status: 404, headers }
  })
  return refused
}

const isOfElement = (chunk: string) => /^(element|rolldown-runtime)-/.test(chunk)
/** What a browser says of a file that is not there. */
const isFault = (complaint: string) => !complaint.startsWith('Failed to load resource')

describe('a page whose chunks the server no longer has', () => {
  const { visit } = withSite()

  it('chats with those that the server has, also when it was connected before, and shows nothing twice; it takes the list of people or a language of the server’s build, where only that is gone, and from then on the others at once', async () => {
    {
      let refused: readonly string[] = []
      await using devi = await visit('devi', {
        prepare: async (page) => (refused = await hold(page, isOfElement)),
      })
      await devi.pick(['ليلى منصور'])
      await devi.send('from a page of before')
      await becomes(() => devi.texts(), ['from a page of before'])
      assert.ok(refused.length > 0)
      assert.deepEqual(devi.complaints.filter(isFault), [])
    }

    let isDeployed = false
    {
      await using layla = await visit('layla', {
        path: '',
        prepare: (page) =>
          hold(page, (chunk) => isOfElement(chunk) || (!isDeployed && !chunk.startsWith('panel-'))),
      })
      const state = () => layla.widget.evaluate((element) => Reflect.get(element, 'connectionState'))
      await becomes(state, 'open')
      isDeployed = true
      await layla.widget.getByRole('button').click()
      await layla.openRoom('देवी शर्मा')
      await layla.send('from a launcher of before')
      await becomes(() => layla.texts(), ['from a page of before', 'from a launcher of before'])
      await becomes(state, 'open')
      assert.deepEqual(layla.complaints.filter(isFault), [])
    }
    {
      let refused: readonly string[] = []
      await using devi = await visit('devi', {
        prepare: async (page) => (refused = await hold(page, (chunk) => !chunk.startsWith('people-picker-'))),
      })
      await devi.widget.getByRole('button', { name: 'New conversation' }).first().click()
      await devi.widget.getByRole('option', { name: 'ليلى منصور' }).waitFor()
      assert.equal(refused.length, 1)
      assert.deepEqual(devi.complaints.filter(isFault), [])
    }

    let refused: readonly string[] = []
    await using devi = await visit('devi', {
      prepare: async (page) => (refused = await hold(page, (chunk) => !/^(de|fr)-/.test(chunk))),
    })
    for (const [lang, words] of [
      ['de', 'Unterhaltungen'],
      ['fr', 'Conversations'],
    ] as const) {
      await devi.widget.evaluate((element, tag) => element.setAttribute('lang', tag), lang)
      await devi.widget.getByRole('heading', { name: words, exact: true }).waitFor()
    }
    assert.deepEqual(
      refused.map((name) => name.split('-')[0]),
      ['de'],
    )
    assert.deepEqual(devi.complaints.filter(isFault), [])
  })
})
