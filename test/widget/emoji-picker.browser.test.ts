/** Choosing an emoji, by pointer and by keys, in the language of the reader. */
import { expect } from '@open-wc/testing'
import { emojiLanguages } from '../../widget/elements/emoji-picker/emoji-data.ts'
import { aFilledRoom, anOpenRoom, aServer, frames, type Page } from './a-widget.ts'

describe('the emoji picker', () => {
  const at = aServer()

  async function anOpenPicker(attributes: Record<string, string> = {}): Promise<Page> {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 30), { attributes })
    page.one('[part~=emoji-button]').click()
    await page.soon('.emoji-one')
    return page
  }
  it('stands within a chat that is lower than itself, in a window that is not', async () => {
    const room = aFilledRoom(at.server, 30)
    const page = await anOpenRoom(at.server, room, { size: [420, 260] })
    page.one('[part~=emoji-button]').click()
    await page.soon('.emoji-one')
    const top = () => page.one('.emoji-search').getBoundingClientRect().top
    await page.until(() => top() >= page.widget.getBoundingClientRect().top, 'its search is in view')
  })

  const search = (page: Page) => page.one<HTMLInputElement>('.emoji-search')
  const shown = (page: Page) => page.all('.emoji-one').map(({ textContent }) => textContent)
  async function find(page: Page, query: string): Promise<void> {
    search(page).value = query
    search(page).dispatchEvent(new InputEvent('input', { bubbles: true }))
    await page.widget.updateComplete
  }

  it('puts what is chosen where the caret is, and moves nothing that is read', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 30))
    page.type('good night')
    page.composer.setSelectionRange(4, 4)
    page.composer.focus()
    const { scrollTop, clientHeight } = page.log
    page.one('[part~=emoji-button]').click()
    await page.until(() => page.root.activeElement === page.find('.emoji-search'), 'the search has the focus')
    await page.soon('.emoji-one')
    expect([page.log.scrollTop, page.log.clientHeight]).to.deep.equal([scrollTop, clientHeight])
    await find(page, 'crescent moon')
    expect(shown(page)[0]).to.equal('🌙')
    page.press(search(page), 'Enter')
    await page.until(() => page.composer.value === 'good🌙 night', 'it is in the text')
    expect(page.find('.emoji-picker')).to.equal(null)
    expect(page.root.activeElement).to.equal(page.composer)
    expect(page.composer.selectionStart).to.equal('good🌙'.length)
    document.execCommand('undo')
    await page.until(() => page.composer.value === 'good night', 'taken back')
    document.execCommand('redo')
    await page.until(() => page.composer.value === 'good🌙 night', 'it is there again')
  })

  it('offers no emoji of a version that the device cannot draw', async () => {
    const { prototype } = CanvasRenderingContext2D
    const { measureText } = prototype
    // As where it stands as two, side by side.
    prototype.measureText = function (text: string) {
      return text === '🫩' ? ({ width: 99 } as TextMetrics) : measureText.call(this, text)
    }
    try {
      const { makeDrawable } = await import('../../widget/elements/emoji-picker/drawable.ts')
      const isDrawn = makeDrawable(document)
      expect(isDrawn('🫩')).to.equal(false)
      expect(isDrawn('😀')).to.equal(true)
    } finally {
      prototype.measureText = measureText
    }
  })

  it('Escape closes it, and nothing else; so does a press elsewhere, and its button', async () => {
    const page = await anOpenPicker({ mode: 'launcher', open: '' })
    page.press(search(page), 'Escape')
    await page.until(() => !page.find('.emoji-picker'), 'closed')
    expect(page.widget.isOpen).to.equal(true)
    page.one('[part~=emoji-button]').click()
    await page.soon('.emoji-picker')
    page.log.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }))
    await page.until(() => !page.find('.emoji-picker'), 'closed')
    page.one('[part~=emoji-button]').click()
    await page.soon('.emoji-picker')
    page.one('[part~=emoji-button]').click()
    await page.until(() => !page.find('.emoji-picker'), 'closed')
  })

  it('has the focus under a finger too, so that Escape closes it and not the panel', async () => {
    const { matchMedia } = window
    window.matchMedia = (query) => {
      const list = matchMedia.call(window, query)
      return query.includes('pointer: coarse') ? ({ ...list, matches: true } as MediaQueryList) : list
    }
    try {
      const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3), {
        attributes: { mode: 'launcher', open: '' },
      })
      page.composer.focus()
      page.one('[part~=emoji-button]').click()
      await page.until(() => page.root.activeElement?.part.contains('emoji'), 'an emoji has the focus')
      page.press(page.root.activeElement as HTMLElement, 'Escape')
      await page.until(() => !page.find('.emoji-picker'), 'closed')
      expect(page.widget.isOpen).to.equal(true)
      expect(page.root.activeElement).to.equal(page.composer)
    } finally {
      window.matchMedia = matchMedia
    }
  })

  it('is walked by the arrow keys as it lies, in either direction of the text', async () => {
    for (const dir of ['ltr', 'rtl']) {
      const page = await anOpenPicker({ dir })
      page.press(search(page), 'ArrowDown')
      await page.widget.updateComplete
      const focused = () => Number((page.root.activeElement as HTMLElement | null)?.dataset.at)
      const walk = (key: string) => page.press(page.root.activeElement as HTMLElement, key)
      expect(focused()).to.equal(0)
      walk(dir === 'rtl' ? 'ArrowLeft' : 'ArrowRight')
      expect(focused()).to.equal(1)
      walk('ArrowDown')
      const columns = focused() - 1
      expect(columns).to.be.greaterThan(3)
      const [one, below] = [page.all('.emoji-one')[1], page.all('.emoji-one')[focused()]]
      expect(below?.offsetLeft).to.equal(one?.offsetLeft)
      walk('End')
      expect(focused()).to.equal(shown(page).length - 1)
      walk('Home')
      expect(focused()).to.equal(0)
      await page.widget.updateComplete
      expect(page.all('.emoji-one').filter(({ tabIndex }) => tabIndex === 0).length).to.equal(1)
      walk('ArrowUp')
      expect(page.root.activeElement).to.equal(search(page))
      page.widget.remove()
    }
  })

  it('remembers the tone and what was used last, whatever lies in the storage', async () => {
    localStorage.setItem('chatter emoji', '{"emoji":[1,null],"tone":"x"}')
    const page = await anOpenPicker()
    page.one('.emoji-bar .emoji-group').click()
    await page.until(() => page.all('.emoji-groups .emoji-group').length === 6, 'six tones')
    page.all('.emoji-groups .emoji-group')[3]?.click()
    await find(page, 'thumbs up')
    expect(shown(page)[0]).to.equal('👍🏽')
    page.all('.emoji-one')[0]?.click()
    await page.until(() => page.composer.value === '👍🏽', 'chosen')
    page.one('[part~=emoji-button]').click()
    await page.soon('.emoji-one')
    expect(shown(page)).to.deep.equal(['👍🏽'])
    expect(page.one('.emoji-groups .emoji-group').getAttribute('aria-label')).to.equal('Recent')
    localStorage.setItem('chatter emoji', 'no JSON')
    page.widget.remove()
    expect(shown(await anOpenPicker()).length).to.be.greaterThan(100)
  })

  it('finds in the language of the reader, and says so where there is nothing', async () => {
    const page = await anOpenPicker({ lang: 'de' })
    await find(page, 'Fuchs')
    expect(shown(page)[0]).to.equal('🦊')
    expect(page.all('.emoji-one')[0]?.getAttribute('aria-label')).to.equal('Fuchs')
    await find(page, 'xyzzy')
    expect(page.one('.emoji-none').textContent).to.equal('Keine Emojis zu „xyzzy“ gefunden')
    page.press(search(page), 'Enter')
    expect(page.composer.value).to.equal('')
    await page.isAccessible()
  })

  it('says so where the names of the emoji cannot be loaded', async () => {
    const list = emojiLanguages as Record<string, (typeof emojiLanguages)[string]>
    const { en } = emojiLanguages
    const reported: unknown[] = []
    const missed: string[] = []
    const { reportError } = window
    window.reportError = (error) => reported.push(error)
    list.en = () => Promise.reject(new TypeError('no network'))
    try {
      const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
      page.one('[part~=emoji-button]').click()
      await page.until(() => page.find('.banner')?.textContent?.includes('could not be loaded'), 'it says so')
      expect(page.find('.emoji-picker')).to.equal(null)
      expect(String(reported)).to.contain('no network')
      // Pressed again and again it is one cause still.
      for (const reason of ['no network', 'no network', 'another one']) {
        page.find('.banner button')?.click()
        list.en = () => {
          missed.push(reason)
          return Promise.reject(new TypeError(reason))
        }
        const { length } = missed
        page.one('[part~=emoji-button]').click()
        await page.until(() => missed.length > length, 'asked again')
        await frames(3)
      }
      expect(reported.map(String)).to.deep.equal(['TypeError: no network', 'TypeError: another one'])
    } finally {
      window.reportError = reportError
      if (en) list.en = en
    }
  })

  it('what is typed in it are no hotkeys of the page', async () => {
    const page = await anOpenPicker()
    const heard: string[] = []
    const listen = ({ key }: KeyboardEvent) => heard.push(key)
    document.addEventListener('keydown', listen)
    page.press(search(page), 'r')
    page.press(search(page), 'ArrowDown')
    page.press(page.all('.emoji-one')[0] as HTMLElement, 'ArrowRight')
    document.removeEventListener('keydown', listen)
    expect(heard).to.deep.equal([])
    await page.isAccessible()
  })
})
