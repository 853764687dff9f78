/** Forwarding a message: where to, and what stands there. */
import { expect } from '@open-wc/testing'
import { Problem } from '../../server/protocol/problems.ts'
import { anOpenRoom, aServer, type Page } from './a-widget.ts'

describe('forwarding', () => {
  const at = aServer()

  /** Sam has written; ana also talks with Mina and in a group. */
  async function aTalk(): Promise<Page> {
    at.server.features = { ...at.server.features, forwards: true }
    at.server.open(['ana', 'mina'])
    at.server.open(['ana', 'mina', 'sam'], { name: 'Observatory' })
    const room = at.server.open(['ana', 'sam'])
    at.server.say(room, 'sam', 'we are **open**')
    at.server.read(room, 'ana', 1)
    return anOpenRoom(at.server, room)
  }

  async function aDialog(page: Page): Promise<HTMLElement> {
    const bubble = page.one('.message [part~=bubble]')
    await page.until(() => {
      bubble.dispatchEvent(
        new MouseEvent('contextmenu', { bubbles: true, composed: true, cancelable: true, button: 2 }),
      )
      return page.find('.action-item.forward')
    }, 'the menu is there')
    page.one('.action-item.forward').click()
    return page.soon('dialog.forward')
  }
  const rooms = (page: Page) => page.all('.forward-room').map(({ textContent }) => textContent?.trim())
  const search = (page: Page, query: string) => {
    const input = page.one<HTMLInputElement>('.forward-search')
    input.value = query
    input.dispatchEvent(new InputEvent('input', { bubbles: true }))
    return input
  }

  it('finds a room by its name, and shows the message there with who said it first', async () => {
    const page = await aTalk()
    await aDialog(page)
    expect(rooms(page).length).to.equal(2)
    expect(rooms(page).join())
      .to.match(/Observatory/)
      .and.to.match(/Mina/)
      .and.not.to.match(/Sam/)
    await page.isAccessible()
    page.press(search(page, 'observ'), 'Enter')
    await page.until(() => page.one('.header-title').textContent === 'Observatory', 'the room is open')
    await page.soon('.forwarded')
    expect(page.one('.forwarded').textContent).to.contain('Sam')
    expect(page.one('.message strong').textContent).to.equal('open')
    await page.until(() => page.one('.message .status.sent'), 'it is stored')
    expect(page.find('dialog')).to.equal(null)
  })

  it('keeps the field where it is, however few rooms are found', async () => {
    const page = await aTalk()
    for (let room = 1; room <= 8; room++) at.server.open(['ana', 'mina', 'sam'], { name: `Hall ${room}` })
    const dialog = await aDialog(page)
    await page.until(() => rooms(page).length > 8, 'all are offered')
    const { height } = dialog.getBoundingClientRect()
    const { top } = page.one('.forward-search').getBoundingClientRect()
    search(page, 'observ')
    await page.until(() => rooms(page).length === 1, 'one is found')
    expect(dialog.getBoundingClientRect().height).to.be.below(height)
    expect(page.one('.forward-search').getBoundingClientRect().top).to.equal(top)
  })

  it('says in its field that people are found there, too', async () => {
    const page = await aTalk()
    await aDialog(page)
    const field = page.one<HTMLInputElement>('.forward-search')
    expect([field.placeholder, field.ariaLabel]).to.deep.equal(
      Array.from({ length: 2 }, () => 'Search conversations and people'),
    )
  })

  it('reaches people with whom there is no conversation yet', async () => {
    const page = await aTalk()
    await aDialog(page)
    const input = search(page, 'zoe')
    await page.until(() => rooms(page).length === 1 && rooms(page)[0]?.includes('Zoe'), 'the person is found')
    page.press(input, 'Enter')
    await page.until(() => page.one('.header-title').textContent === 'Zoe', 'the room is open')
    await page.soon('.forwarded')
    // Whose room is offered stands there once.
    await aDialog(page)
    search(page, 'mina')
    await page.until(() => rooms(page).length === 1, 'the room alone')
  })

  it('shows it there also where much is unread', async () => {
    const page = await aTalk()
    const busy = at.server.open(['ana', 'mina', 'sam'], { name: 'Busy' })
    for (let turn = 1; turn <= 30; turn++) at.server.say(busy, 'mina', `message ${turn}`)
    await aDialog(page)
    const input = search(page, 'busy')
    await page.until(() => rooms(page).join().includes('Busy'), 'it is found')
    page.press(input, 'Enter')
    await page.until(() => page.one('.header-title').textContent === 'Busy', 'the room is open')
    const isSeen = () => {
      const box = page.find('.message .forwarded')?.closest('.message')?.getBoundingClientRect()
      const log = page.log.getBoundingClientRect()
      return !!box && box.top >= log.top && box.bottom <= log.bottom + 1
    }
    await page.until(isSeen, 'it is in view')
  })

  it('is walked by keys, says where nothing is found, and Escape forwards nothing', async () => {
    const page = await aTalk()
    await aDialog(page)
    const input = page.one('.forward-search')
    await page.until(() => page.root.activeElement === input, 'the search has the focus')
    page.press(input, 'ArrowDown')
    expect(page.root.activeElement).to.equal(page.all('.forward-room')[0])
    page.press(page.root.activeElement as HTMLElement, 'ArrowDown')
    expect(page.root.activeElement).to.equal(page.all('.forward-room')[1])
    page.press(page.root.activeElement as HTMLElement, 'ArrowUp')
    page.press(page.root.activeElement as HTMLElement, 'ArrowUp')
    expect(page.root.activeElement).to.equal(input)
    search(page, 'xyzzy')
    expect(page.one('.forward .hint').textContent).to.contain('xyzzy')
    page.press(input, 'Enter')
    const heard: string[] = []
    const listen = ({ key }: KeyboardEvent) => heard.push(key)
    document.addEventListener('keydown', listen)
    expect(page.find('[part~=forward-dialog] .search .icon')).not.to.equal(null)
    page.press(input, 'Escape')
    document.removeEventListener('keydown', listen)
    expect(heard).to.deep.equal([])
    expect(page.find('dialog')).to.equal(null)
    expect(at.server.heard.some(({ t }) => t === 'send')).to.equal(false)
  })

  it('finds a room however far down the list', async () => {
    at.server.open(['ana', 'mina'], { name: 'Lighthouse' })
    for (let nth = 1; nth <= 90; nth++) at.server.open(['ana', 'mina'], { name: `Group ${nth}` })
    const page = await aTalk()
    await aDialog(page)
    search(page, 'light')
    await page.until(() => rooms(page).join().includes('Lighthouse'), 'the oldest is found')
  })

  it('stays open where a selection that began in its search ends beside it', async () => {
    const page = await aTalk()
    const dialog = await aDialog(page)
    const down = (target: Element) =>
      target.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, composed: true }))
    down(page.one('.forward-search'))
    dialog.click()
    expect(page.find('dialog')).not.to.equal(null)
    down(dialog)
    dialog.click()
    expect(page.find('dialog')).to.equal(null)
  })

  it('of what is deleted meanwhile is over', async () => {
    const page = await aTalk()
    await aDialog(page)
    const { id = '' } = [...page.widget.chat.state.rooms.values()].find(({ log }) => log) ?? {}
    at.server.remove(id, 1)
    await page.until(() => !page.find('dialog'), 'it is closed')
    expect(at.server.heard.some(({ t }) => t === 'send')).to.equal(false)
  })

  it('of what is refused can only be tried again or left: the words are not mine', async () => {
    const page = await aTalk()
    at.server.refuse = (frame) => (frame.t === 'send' ? new Problem('too_large', 'no') : undefined)
    await aDialog(page)
    page.all('.forward-room')[0]?.click()
    await page.soon('.message.failed')
    const buttons = page.all('.message.failed button').map(({ textContent }) => textContent)
    expect(buttons).to.deep.equal(['Try again', 'Delete'])
  })
})
