/** Titles, where there is little room for them. */
import { expect } from '@open-wc/testing'
import { setViewport } from '@web/test-runner-commands'
import { anOpenRoom, aPage, aServer, frames, type Page } from './a-widget.ts'

const languages = ['en', 'de', 'fr', 'ar', 'ja']

/** Text of a title that lies beyond its box. */
const isCut = ({ scrollWidth, clientWidth, scrollHeight, clientHeight }: HTMLElement) =>
  scrollWidth > clientWidth + 1 || scrollHeight > clientHeight + 1

async function inLanguage(page: Page, lang: string): Promise<void> {
  page.widget.lang = lang
  page.widget.dir = lang === 'ar' ? 'rtl' : 'ltr'
  await page.until(() => page.widget.format.words.language === lang, `${lang} is loaded`)
  await frames(2)
}

describe('a head 320 px wide', () => {
  const at = aServer()
  before(() => setViewport({ width: 320, height: 640 }))
  after(() => setViewport({ width: 800, height: 600 }))
  beforeEach(() => {
    at.server.features = { ...at.server.features, presence: true, openRooms: true }
  })
  const attributes = { mode: 'launcher', open: '' }
  /** As large as under a finger. */
  const fingers = (widget: HTMLElement) => widget.style.setProperty('--chatter-control-size', '44px')

  it('shows all of the list’s title beside its buttons, in each language', async () => {
    at.server.say(at.server.open(['ana']), 'ana', 'a note')
    const page = await aPage(at.server, { attributes, before: fingers })
    await page.soon('[part=presence-button]')
    await page.soon('.room')
    for (const lang of languages) {
      await inLanguage(page, lang)
      const title = page.one('.sidebar .bar-title')
      expect(isCut(title), `${lang}: ${title.textContent}`).to.equal(false)
      // A word is broken nowhere.
      expect(title.getClientRects().length, lang).to.equal(1)
      const range = document.createRange()
      range.selectNodeContents(title)
      const lines = new Set([...range.getClientRects()].map(({ top }) => top)).size
      const words = title.textContent?.split(' ').length ?? 1
      expect(lines, `${lang}: ${title.textContent}`).to.be.at.most(words)
    }
    expect(page.all('.sidebar .bar > button')).to.have.length(3)
  })

  it('shows all of what a pane is called, in each language', async () => {
    const room = at.server.open(['ana', 'sam', 'mina'], { name: 'Plans' })
    at.server.say(room, 'sam', 'hello')
    const page = await anOpenRoom(at.server, room, { attributes, before: fingers })
    page.one('[part=info-button]').click()
    await page.soon('[part=info]')
    for (const lang of languages) {
      await inLanguage(page, lang)
      const title = page.one('.info .bar-title')
      expect(isCut(title), `${lang}: ${title.textContent}`).to.equal(false)
    }
  })

  it('moves none of its buttons when another one comes', async () => {
    at.server.features = { ...at.server.features, presence: false }
    at.server.say(at.server.open(['ana']), 'ana', 'a note')
    const page = await aPage(at.server, { attributes })
    await page.soon('.room')
    const button = page.one('[part=new-room-button]')
    const { left } = button.getBoundingClientRect()
    at.server.send('ana', {
      t: 'settings',
      features: { ...at.server.features, presence: true },
      limits: at.server.limits,
    })
    await page.soon('[part=presence-button]')
    // The panel may still be rising.
    expect(button.getBoundingClientRect().left).to.be.closeTo(left, 1)
  })
})

describe('names with marks above and below their letters', () => {
  const at = aServer()

  it('are clipped nowhere that they stand', async () => {
    for (const name of ['Nguyễn Ẩm Ỡ Ặgjpqy', 'مُحَمَّدٌ إِبْرَاهِيمُ ٱللَّٰهِ', 'ÅÄÖ Ĝğ Țș']) {
      const room = at.server.open(['ana', name])
      at.server.say(room, name, name)
      const group = at.server.open(['ana', name, 'sam'], { name })
      at.server.say(group, name, name)
      const page = await anOpenRoom(at.server, group)
      const clipped = () =>
        page
          .all(
            '.header-title, .header-subtitle, .room-name, .by bdi, .what, .info-name, .member bdi, .bar-title',
          )
          .filter((box) => getComputedStyle(box).overflowY !== 'visible')
          .filter(({ scrollHeight, clientHeight }) => scrollHeight > clientHeight)
          .map((box) => `${box.className} ${box.scrollHeight}/${box.clientHeight} ${box.textContent}`)
      expect(clipped()).to.deep.equal([])
      page.one('[part=info-button]').click()
      await page.soon('[part=member]')
      expect(clipped()).to.deep.equal([])
      page.widget.remove()
    }
  })
})
