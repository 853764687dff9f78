import { expect } from '@open-wc/testing'
import { en } from '../../widget/locale/en.ts'
import { locales } from '../../widget/locale/locales.ts'
import { aFilledRoom, anOpenRoom, aPage, aServer, frames, type Page } from './a-widget.ts'

describe('the language', () => {
  const at = aServer()
  const { documentElement } = document
  const { lang } = documentElement
  afterEach(() => {
    documentElement.lang = lang
  })

  const title = (root: ParentNode) => root.querySelector('.bar-title')?.textContent
  const day = (root: ParentNode) => root.querySelector('.day-separator')?.textContent

  /** What is seen from frame to frame, each once; to be called at the end. */
  function watch(root: () => ParentNode): () => string[] {
    const seen = new Set<string>()
    let isOver = false
    const look = () => {
      if (title(root())) seen.add([title(root()), day(root())].filter(Boolean).join(', '))
      if (!isOver) requestAnimationFrame(look)
    }
    look()
    return () => {
      isOver = true
      return [...seen]
    }
  }

  it('is English where page and browser name none', async () => {
    documentElement.removeAttribute('lang')
    // As WebKit and Chromium say it on a machine without a language.
    Object.defineProperty(navigator, 'language', { configurable: true, value: 'C' })
    try {
      const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
      expect(page.find('.day-separator')).to.not.equal(undefined)
    } finally {
      Reflect.deleteProperty(navigator, 'language')
    }
  })

  it('is that of the page, from the first word on', async () => {
    aFilledRoom(at.server, 3)
    const { de } = locales
    const held = Promise.withResolvers<void>()
    const list = locales as Record<string, (typeof locales)[string]>
    if (de) list.de = () => held.promise.then(de)
    try {
      const page = await aPage(at.server, { attributes: { mode: 'launcher', lang: 'de-AT' } })
      const seen = watch(() => page.root)
      const opened = page.widget.open()
      await import('../../widget/elements/panel/panel.ts')
      await page.until(() => page.widget.currentUser, 'all but the words is here')
      await frames(20)
      expect(page.find('.spinner')).to.not.equal(null)
      held.resolve()
      await opened
      await page.soon('.bar-title')
      await frames(2)
      expect(seen()).to.deep.equal(['Unterhaltungen'])
      await page.isAccessible()
    } finally {
      if (de) list.de = de
    }
  })

  it('changes with the element’s own, and all of it at once', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3), { attributes: { lang: 'en' } })
    const seen = watch(() => page.root)
    await frames(2)
    page.widget.lang = 'de'
    await page.until(() => title(page.root) === 'Unterhaltungen', 'German')
    await frames(2)
    page.widget.lang = 'fr'
    await page.until(() => title(page.root) === 'Conversations', 'English, for what nobody wrote')
    await frames(2)
    expect(seen()).to.deep.equal([
      'Conversations, Today',
      'Unterhaltungen, Heute',
      'Conversations, Aujourd’hui',
    ])
  })

  it('changes with the page’s', async () => {
    documentElement.lang = 'en'
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    documentElement.lang = 'de'
    await page.until(() => title(page.root) === 'Unterhaltungen', 'German')
    documentElement.lang = 'en'
    await page.until(() => title(page.root) === 'Conversations', 'English')
  })

  it('is that of the button, too, before the chat is loaded', async () => {
    aFilledRoom(at.server, 120, { unread: 120 })
    const waiting = await aPage(at.server, {
      attributes: { mode: 'launcher', lang: 'de', load: 'interaction' },
    })
    const label = ({ root }: Page) => root.querySelector('.launcher')?.getAttribute('aria-label')
    await waiting.until(() => label(waiting) === 'Chat öffnen', 'German')
    expect(at.server.connections).to.equal(0)
    const page = await aPage(at.server, { attributes: { mode: 'launcher', lang: 'de' } })
    await page.until(() => label(page) === 'Chat öffnen, 99+ ungelesen', 'how much is unread')
  })

  it('is English where its words cannot be loaded, until they can', async () => {
    let isOnline = false
    const list = locales as Record<string, (typeof locales)[string]>
    list.tlh = async () => {
      if (!isOnline) throw new TypeError('no network')
      return { strings: { ...en, rooms: 'ja’wI’pu’' } }
    }
    try {
      const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3), { attributes: { lang: 'tlh' } })
      expect(title(page.root)).to.equal('Conversations')
      isOnline = true
      // The first attempt may still be on its way, and fail.
      await page.until(async () => {
        await page.widget.open()
        return title(page.root) === 'ja’wI’pu’'
      }, 'its words')
    } finally {
      delete list.tlh
    }
  })

  it('leaves the page’s own words in their place', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3), { attributes: { lang: 'de' } })
    page.widget.strings = { message: 'Schreib was' }
    await page.until(() => page.composer.placeholder === 'Schreib was', 'the page’s')
    expect(title(page.root)).to.equal('Unterhaltungen')
  })
})
