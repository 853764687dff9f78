import { expect } from '@open-wc/testing'
import { Problem } from '../../server/protocol/problems.ts'
import { aFilledRoom, anOpenRoom, aServer, frames, type Page } from './a-widget.ts'
import { setMotion } from './browser.ts'

describe('pinned messages', () => {
  const at = aServer()
  before(() => setMotion('reduce'))
  after(() => setMotion('no-preference'))
  beforeEach(() => {
    at.server.features = { ...at.server.features, pins: true }
  })

  async function aPost(): Promise<{ page: Page; room: string }> {
    const room = at.server.open(['ana', 'sam', 'mina'])
    at.server.say(room, 'sam', 'We are **open**')
    at.server.say(room, 'ana', 'mine')
    at.server.read(room, 'ana', 2)
    return { page: await anOpenRoom(at.server, room), room }
  }

  async function choose(page: Page, row: HTMLElement, label: string): Promise<void> {
    await page.until(() => {
      row.focus()
      row.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true, composed: true }))
      return page.find('.action-item')
    }, 'the menu is there')
    await page.isAccessible()
    const item = page.all('.action-item').find((one) => one.querySelector('span')?.textContent === label)
    if (!item) throw new Error(`no ${label} in the menu`)
    item.click()
  }
  const line = (page: Page) => page.find('.pin-bar-line')?.textContent ?? ''

  it('are pinned and unpinned in the menu, and stand under the header at once', async () => {
    const { page, room } = await aPost()
    const region = document.querySelector('[data-chatter-announcer=polite]')
    const row = await page.says('mine')
    await choose(page, row, 'Pin')
    await page.soon('.pin-bar')
    expect(line(page)).to.equal('You mine')
    await page.until(() => at.server.room(room).messages[1]?.pinned, 'the server knows')
    await page.until(() => region?.textContent === 'Message pinned', 'it is announced')
    await page.isAccessible()
    await choose(page, row, 'Unpin')
    await page.until(() => !page.find('.pin-bar'), 'the bar is gone')
    await page.until(() => !at.server.room(room).messages[1]?.pinned, 'the server knows')
  })

  it('of others are announced, in plain text', async () => {
    const { page, room } = await aPost()
    at.server.pin(room, 1, { by: 'mina' })
    await page.soon('.pin-bar')
    expect(line(page)).to.equal('Sam We are open')
    const region = document.querySelector('[data-chatter-announcer=polite]')
    await page.until(() => region?.textContent === 'Mina pinned: We are open', 'it is announced')
  })

  it('are only shown where only owners write, to who owns nothing', async () => {
    const room = at.server.open(['sam', 'ana'], { name: 'News' })
    for (const text of ['one', 'two']) at.server.say(room, 'sam', text)
    for (const seq of [1, 2]) at.server.pin(room, seq, { by: 'sam' })
    at.server.configure(room, { post: 'owners' }, 'sam')
    const page = await anOpenRoom(at.server, room)
    const list = await page.soon('[part=pins-button]')
    list.click()
    await page.soon('[part=pin]')
    expect(page.all('[part=pin] button')).to.have.length(2)
    at.server.setRole(room, 'ana', 'owner')
    await page.until(() => page.all('[part=pin] button').length === 4, 'owners take them away')
  })

  it('A63: stand with their author first, whichever way those write and the page runs', async () => {
    const room = at.server.open(['ana', 'ليلى', 'sam'])
    at.server.say(room, 'ليلى', 'We are open')
    at.server.read(room, 'ana', 1)
    const page = await anOpenRoom(at.server, room)
    at.server.pin(room, 1, { by: 'sam' })
    await page.soon('.pin-bar')
    const left = (part: string) => page.one(`[part=${part}]`).getBoundingClientRect().left
    expect(left('pin-bar-author')).to.be.below(left('pin-bar-text'))
    page.widget.dir = 'rtl'
    await frames(2)
    expect(left('pin-bar-author')).to.be.above(left('pin-bar-text'))
  })

  it('S11: lead to a message far back, which has the focus then', async () => {
    const room = aFilledRoom(at.server, 300)
    at.server.pin(room, 3, { by: 'sam' })
    const page = await anOpenRoom(at.server, room)
    const bar = await page.soon('.pin-bar-message')
    bar.focus()
    bar.click()
    const id = at.server.room(room).messages.find(({ seq }) => seq === 3)?.id
    await page.until(() => page.find(`[data-key="${id}"]`)?.part.contains('sought'), 'it stands out')
    await page.until(() => page.root.activeElement?.matches(`[data-key="${id}"]`), 'it has the focus')
  })

  it('are a list where there are more: newest first, each with a way to it and one to unpin it', async () => {
    const { page, room } = await aPost()
    at.server.pin(room, 1, { by: 'sam' })
    await frames(2)
    at.server.pin(room, 2, { by: 'sam' })
    const button = await page.soon('.pins-button')
    expect(button.ariaLabel).to.equal('Pinned messages: 2')
    button.focus()
    button.click()
    const dialog = await page.soon('dialog.pins')
    await page.isAccessible()
    const texts = () => page.all('.pin-text').map(({ textContent }) => textContent)
    expect(texts().sort()).to.deep.equal(['We are open', 'mine'])
    page.press(dialog, 'Escape')
    await page.until(() => !page.find('dialog'), 'it is closed')
    expect(page.root.activeElement).to.equal(page.one('.pins-button'))
    page.one('.pins-button').click()
    await page.soon('.pin-item .icon-button')
    page.one('.pin-item .icon-button').click()
    await page.until(() => texts().length === 1, 'one is left')
    expect(page.one('.pin-item').contains(page.root.activeElement)).to.equal(true)
    page.one('.pin-item .icon-button').click()
    await page.until(() => !page.find('dialog') && !page.find('.pin-bar'), 'nothing is left')
  })

  it('S8: come and go without moving what is read, at the end and further up', async () => {
    const room = aFilledRoom(at.server, 60)
    const page = await anOpenRoom(at.server, room)
    const appears = async (by: string) => {
      at.server.pin(room, 40, { by })
      await page.soon('.pin-bar')
      await frames(3)
    }
    const goes = async () => {
      at.server.pin(room, 40, { by: 'sam', on: false })
      await page.until(() => !page.find('.pin-bar'), 'the bar is gone')
      await frames(3)
    }
    await frames(3)
    await appears('sam')
    expect(page.below).to.be.lessThan(1)
    await goes()
    expect(page.below).to.be.lessThan(1)
    await page.scrollTo(page.log.scrollTop - 600)
    const box = page.log.getBoundingClientRect()
    const read = page.all('.message').find((row) => row.getBoundingClientRect().top > box.top + 80)
    const place = () => read?.getBoundingClientRect().top ?? 0
    const before = place()
    await appears('mina')
    expect(Math.abs(place() - before)).to.be.lessThan(1.5)
    await goes()
    expect(Math.abs(place() - before)).to.be.lessThan(1.5)
  })

  it('A63: begin on the side of the panel where everything does', async () => {
    const room = at.server.open(['ana', 'sam', 'mina'])
    at.server.say(room, 'sam', 'left to right')
    at.server.say(room, 'mina', 'so is this')
    const page = await anOpenRoom(at.server, room, { attributes: { dir: 'rtl', lang: 'en' } })
    at.server.pin(room, 1, { by: 'sam' })
    await frames(2)
    at.server.pin(room, 2, { by: 'sam' })
    const button = await page.soon('.pins-button')
    button.click()
    await page.soon('.pin-text')
    for (const line of page.all('.pin-bar-line, .pin-text')) {
      const range = document.createRange()
      range.selectNodeContents(line)
      const [text, box] = [range.getBoundingClientRect(), line.getBoundingClientRect()]
      expect(Math.abs(text.right - box.right), line.className).to.be.lessThan(2)
    }
  })

  it('that are refused go again, and a banner says why', async () => {
    const { page } = await aPost()
    at.server.refuse = ({ t }) => (t === 'pin' ? new Problem('too_large', 'at most 50') : undefined)
    await choose(page, await page.says('mine'), 'Pin')
    const banner = await page.soon('.banner')
    expect(banner.textContent).to.contain('Not pinned. Too many messages are pinned already.')
    expect(page.find('.pin-bar')).to.equal(null)
  })

  it('are none of a server that has none', async () => {
    at.server.features = { typing: true }
    const { page, room } = await aPost()
    at.server.pin(room, 1, { by: 'mina' })
    await choose(page, await page.says('mine'), 'Copy text')
    expect(page.find('.pin-bar')).to.equal(null)
  })
})
