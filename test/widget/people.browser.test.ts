import { expect } from '@open-wc/testing'
import type { MessageView } from '../../server/protocol/views.ts'
import { anOpenRoom, aServer, aSystemMessage, type Given, type Page } from './a-widget.ts'

describe('people in the log', () => {
  const at = aServer()

  /** Ana, sam and mina have written in a group; the actions are loaded. */
  async function aGroup({ people = ['ana', 'sam', 'mina'], ...given }: Given & { people?: string[] } = {}) {
    const room = at.server.open(people, { name: 'Plans' })
    at.server.say(room, 'sam', 'from sam')
    mention(room, 'mina', 'ask @Sam', { mentions: [{ userId: 'sam', at: 4, length: 4 }] })
    at.server.say(room, 'ana', 'mine')
    aSystemMessage(at.server, room, { authorId: 'sam', system: { event: 'added', userId: 'mina' } })
    at.server.read(room, 'ana', 4)
    const page = await anOpenRoom(at.server, room, given)
    await page.until(() => sheetsOf(page).includes('action-bar'), 'the actions are loaded')
    return { page, room }
  }

  const mention = (room: string, by: string, text: string, mentioned: Pick<MessageView, 'mentions'>) =>
    at.server.say(room, by, text, undefined, undefined, undefined, mentioned)
  const sheetsOf = ({ root }: Page) =>
    root.adoptedStyleSheets.map((sheet) => [...sheet.cssRules].map(({ cssText }) => cssText).join()).join()

  const within = (page: Page, text: string, selector: string): HTMLElement => {
    const found = page.message(text)?.querySelector<HTMLElement>(selector)
    if (!found) throw new Error(`no ${selector} in “${text}”`)
    return found
  }

  async function opens(page: Page, target: HTMLElement, name: string): Promise<void> {
    target.click()
    await page.until(
      () => page.find('[part=info] [part=info-name]')?.textContent === name,
      `the card of ${name}`,
    )
    expect(page.all('.message .unseen').length).to.equal(page.all('.system').length)
  }

  it('a name or a picture opens the card of whose it is, and the way back leads to the message', async () => {
    const { page } = await aGroup()
    const row = page.message('from sam') as HTMLElement
    row.focus()
    await opens(page, within(page, 'from sam', '.avatar'), 'Sam')
    await page.until(() => page.one('[part=info]').contains(page.root.activeElement), 'the focus is in it')
    expect(page.one('[part=info]').ariaLabel).to.equal('Profile of Sam')
    expect(page.one('[part=info] [part=back-button]').ariaLabel).to.equal('Back to the messages')
    await page.isAccessible()
    page.press(page.root.activeElement as Element, 'Escape')
    await page.until(() => !page.find('[part=info]'), 'closed')
    await page.until(() => page.root.activeElement === row, 'the focus is where it was')
    await opens(page, within(page, 'ask @Sam', '[part=author] bdi'), 'Mina')
    await opens(page, within(page, 'ask @Sam', '[part~=mention]'), 'Sam')
    const names = page.all('.system bdi')
    await opens(page, names.find(({ textContent }) => textContent === 'Mina') as HTMLElement, 'Mina')
    page.one('[part=info] [part=back-button]').click()
    await page.until(() => !page.find('[part=info]'), 'closed')
  })

  it('who has seen a message is pressed in its list', async () => {
    const { page, room } = await aGroup()
    at.server.read(room, 'mina', 4)
    await page.until(() => page.find('[part=seen-by]'), 'seen')
    within(page, 'mine', '[part~=bubble]').click()
    const seen = await page.soon('.seen-by li')
    seen.click()
    await page.until(() => page.find('[part=info-name]')?.textContent === 'Mina', 'her card')
    page.one('.info-message').click()
    await page.until(
      () => page.one('.header-title').textContent === 'Mina',
      'one press from the room of both',
    )
  })

  it('in the line of who has seen it a name or a face opens the card, and the words between them the list', async () => {
    const { page, room } = await aGroup()
    for (const user of ['mina', 'sam']) at.server.read(room, user, 4)
    const line = () => page.one('[part=seen-by]')
    await page.until(() => page.find('[part=seen-by]')?.querySelectorAll('bdi').length === 2, 'both')
    const names = [...line().querySelectorAll('bdi')]
    const faces = [...line().querySelectorAll<HTMLElement>('.avatar')]
    for (const [at, name] of names.entries()) {
      await opens(page, name, name.textContent ?? '')
      page.one('[part=info] [part=back-button]').click()
      await page.until(() => !page.find('[part=info]'), 'closed')
      await opens(page, faces[at] as HTMLElement, name.textContent ?? '')
      page.one('[part=info] [part=back-button]').click()
      await page.until(() => !page.find('[part=info]'), 'closed')
    }
    line().click()
    await page.soon('.seen-by li')
    expect(page.find('[part=info]')).to.equal(null)
  })

  it('who reacted is pressed in the sheet of a message', async () => {
    const { page, room } = await aGroup()
    for (const by of ['ana', 'sam', 'mina']) at.server.react(room, 1, { by, emoji: '🎉' })
    const chip = await page.soon('.reaction')
    await page.until(() => chip.textContent?.includes('3'), 'all of them')
    for (const [at, name] of ['Ana (you)', 'Sam', 'Mina'].entries()) {
      chip.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, pointerType: 'touch' }))
      await page.soon('dialog .reactors')
      await page.isAccessible()
      const named = page.all('.reactors [role=button]')[at]
      expect(named?.textContent).to.equal(at === 0 ? 'You' : name)
      named?.click()
      await page.until(
        () => page.find('[part=info] [part=info-name]')?.textContent === name,
        `the card of ${name}`,
      )
      expect(page.find('dialog')).to.equal(null)
      page.one('[part=info] [part=back-button]').click()
      await page.until(() => !page.find('[part=info]'), 'closed')
    }
  })

  it('in the pane of the group the card leads back to the group', async () => {
    const { page } = await aGroup({ size: [1200, 600] })
    page.one('[part=info-button]').click()
    await page.soon('[part=member]')
    await opens(page, within(page, 'from sam', '.avatar'), 'Sam')
    expect(page.one('[part=info] [part=back-button]').ariaLabel).to.equal('Back to the group')
    page.press(page.one('[part=info]'), 'Escape')
    await page.soon('[part=member]')
  })

  it('K48: by keyboard they stand in the menu of the message, no tab stop more', async () => {
    const { page } = await aGroup()
    const row = page.message('ask @Sam') as HTMLElement
    row.focus()
    expect(row.querySelectorAll('[tabindex="0"]:not(.action-place *)').length).to.equal(0)
    const open = () =>
      row.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, composed: true, cancelable: true }))
    open()
    await page.soon('[role=menu]')
    const items = () => page.all('[part=menu-item]').map(({ textContent }) => textContent?.trim())
    expect(items()).to.include.members(['Profile of Mina', 'Profile of Sam'])
    await page.isAccessible()
    page.all('[part=menu-item].profile')[0]?.click()
    await page.until(() => page.find('[part=info-name]')?.textContent === 'Mina', 'her card')
    page.press(page.one('[part=info] [part=back-button]'), 'Escape')
    await page.until(() => page.root.activeElement === row, 'the focus is back on the message')
    const system = page.one('.system')
    system.focus()
    system.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, composed: true, cancelable: true }))
    await page.until(() => items().join() === 'Profile of Sam,Profile of Mina', 'whom it tells of')
  })

  it('a finger beside a small picture means it, and one on the text does not', async () => {
    const { page } = await aGroup({ size: [320, 500] })
    const tap = (target: Element, x: number, y: number) =>
      target.dispatchEvent(
        new PointerEvent('click', {
          bubbles: true,
          composed: true,
          cancelable: true,
          pointerType: 'touch',
          clientX: x,
          clientY: y,
        }),
      )
    const row = page.message('from sam') as HTMLElement
    const { left, right, top } = within(page, 'from sam', '.avatar').getBoundingClientRect()
    const bubble = within(page, 'from sam', '[part~=bubble]')
    tap(bubble, right + 2, top)
    await page.widget.updateComplete
    expect(page.find('[part=info]')).to.equal(null)
    tap(row, (left + right) / 2, top - 6)
    await page.until(() => page.find('[part=info-name]')?.textContent === 'Sam', 'his card')
  })

  it('in a direct room it is what there is to know of the room', async () => {
    const room = at.server.open(['ana', 'sam'])
    mention(room, 'sam', 'hello @Ana', { mentions: [{ userId: 'ana', at: 6, length: 4 }] })
    mention(room, 'ana', 'hello @Sam', { mentions: [{ userId: 'sam', at: 6, length: 4 }] })
    const page = await anOpenRoom(at.server, room)
    await page.until(() => sheetsOf(page).includes('action-bar'), 'the actions are loaded')
    within(page, 'hello @Sam', '[part~=mention]').click()
    await page.until(() => page.find('[part=info-name]')?.textContent === 'Sam', 'his card')
    expect(page.find('[part=info] .info-message')).to.equal(null)
    expect(page.all('[part=info-row]').length).to.be.greaterThan(2)
    within(page, 'hello @Ana', '[part~=mention]').click()
    await page.until(() => page.find('[part=info-name]')?.textContent === 'Ana (you)', 'mine')
  })

  it('a card says what time it is there, and which groups we share, with the way into them', async () => {
    const other = at.server.open(['mina', 'ana', 'sam'], { name: 'Other plans' })
    at.server.open(['sam', 'mina'], { name: 'Not mine' })
    at.server.facts.set('sam', { timeZone: 'Asia/Kathmandu' })
    const { page } = await aGroup()
    await opens(page, within(page, 'from sam', '.avatar'), 'Sam')
    const time = await page.soon('.info-time')
    // WebKit without a language calls it C.
    const language = navigator.language === 'C' ? 'en' : navigator.language
    const there = new Intl.DateTimeFormat(language, {
      timeStyle: 'short',
      timeZone: 'Asia/Kathmandu',
    })
    const near = [0, 60_000].map((ms) => `${there.format(Date.now() - ms)} local time`)
    expect(near).to.include(time.textContent)
    const rooms = () => page.all('[part=shared-room] .name').map(({ textContent }) => textContent)
    await page.until(() => rooms().length > 0, 'groups of both')
    expect(rooms()).to.deep.equal(['Other plans'])
    await page.isAccessible()
    page.one('[part=shared-room]').focus()
    page.one('[part=shared-room]').click()
    await page.until(() => page.one('.header-title').textContent === 'Other plans', 'it is open')
    await page.until(() => page.root.activeElement === page.composer, 'the focus is where one writes')
    expect(page.widget.chat?.state.active?.roomId).to.equal(other)
  })

  it('a card that is opened offline says that it waits, and what it says once it is back', async () => {
    at.server.open(['mina', 'ana', 'sam'], { name: 'Other plans' })
    at.server.facts.set('sam', { timeZone: 'Asia/Kathmandu' })
    const { page } = await aGroup()
    await opens(page, within(page, 'from sam', '.avatar'), 'Sam')
    page.one('[part=info] [part=back-button]').click()
    await page.until(() => !page.find('[part=info]'), 'its chunk is there')
    at.server.isDown = true
    at.server.cut()
    await opens(page, within(page, 'from sam', '.avatar'), 'Sam')
    await page.until(() => page.find('.info-seen')?.textContent === 'Waiting for the connection', 'it waits')
    await page.isAccessible()
    at.server.isDown = false
    page.widget.chat?.wake()
    await page.until(() => page.find('[part=shared-room]'), 'what we share')
    await page.until(() => page.find('.info-time'), 'what time it is there')
    expect(page.one('[part=info]').textContent).not.to.contain('Waiting')
  })

  it('a card that was opened in an outage which the connection outlived says what it says after that, too', async () => {
    at.server.open(['mina', 'ana', 'sam'], { name: 'Other plans' })
    const { page } = await aGroup()
    at.server.isDown = true
    await opens(page, within(page, 'from sam', '.avatar'), 'Sam')
    await page.until(() => page.find('.info-seen')?.textContent === 'Waiting for the connection', 'it waits')
    expect(page.widget.connectionState).to.equal('open')
    at.server.isDown = false
    dispatchEvent(new Event('online'))
    await page.until(() => page.find('[part=shared-room]'), 'what we share')
    expect(page.one('[part=info]').textContent).not.to.contain('Waiting')
  })

  it('a card without any of that says nothing of it, and neither does mine', async () => {
    at.server.facts.set('sam', { timeZone: 'Nowhere/Land' })
    at.server.facts.set('ana', { timeZone: 'Asia/Kathmandu' })
    const { page } = await aGroup({ people: ['ana', 'sam', 'mina', 'zoe'] })
    await opens(page, within(page, 'from sam', '.avatar'), 'Sam')
    await page.until(() => at.server.requests.some((path) => path.includes('shared?userId=sam')), 'asked')
    page.one('[part=info] [part=back-button]').click()
    await page.until(() => !page.find('[part=info]'), 'closed')
    page.one('[part=info-button]').click()
    ;(await page.soon('[part=member][data-user=ana]')).click()
    await page.until(() => page.find('[part=info] .info-message'), 'my card')
    expect(page.all('.info-time, [part=shared-room]').length).to.equal(0)
    expect(at.server.requests.filter((path) => path.includes('userId=ana'))).to.deep.equal([])
  })
})
