import { expect } from '@open-wc/testing'
import { Problem } from '../../server/protocol/problems.ts'
import { aFilledRoom, anOpenRoom, aServer, frames, type Page } from './a-widget.ts'
import { setMotion } from './browser.ts'

describe('reactions', () => {
  const at = aServer()
  before(() => setMotion('reduce'))
  after(() => setMotion('no-preference'))

  const chips = (page: Page) => page.all('.reaction').map((chip) => chip.textContent?.trim())
  const quick = async (page: Page, row: HTMLElement) => {
    await page.until(() => {
      row.focus()
      page.press(row, '+')
      return page.find('.quick')
    }, 'the emoji are there')
  }
  const theirs = async (page: Page, text = 'theirs') => page.says(text)

  async function aPost(): Promise<{ page: Page; room: string }> {
    const room = at.server.open(['ana', 'sam', 'mina'])
    at.server.say(room, 'sam', 'theirs')
    at.server.say(room, 'ana', 'mine')
    at.server.read(room, 'ana', 2)
    return { page: await anOpenRoom(at.server, room), room }
  }

  it('are given by keyboard: plus, an arrow, Enter', async () => {
    const { page } = await aPost()
    const row = await theirs(page)
    await quick(page, row)
    expect(page.root.activeElement?.ariaLabel).to.equal('React with 👍')
    await page.isAccessible()
    page.press(page.root.activeElement ?? row, 'ArrowRight')
    ;(page.root.activeElement as HTMLElement).click()
    await page.soon('.reaction')
    expect(chips(page)).to.deep.equal(['❤️1'])
    expect(page.one('.reaction').ariaPressed).to.equal('true')
    expect(page.root.activeElement).to.equal(row)
    expect(row.getAttribute('aria-label')).to.contain('❤️ 1')
    await page.until(() => at.server.heard.some(({ t }) => t === 'react'), 'the server knows')
    await page.isAccessible()
  })

  it('go to the message that they were picked for, whatever room is shown by then', async () => {
    const { page, room } = await aPost()
    const other = at.server.open(['ana', 'mina'])
    const refused: string[] = []
    page.widget.addEventListener('chatter-send-error', ({ type }) => refused.push(type))
    await quick(page, await theirs(page))
    page.press(page.root.activeElement ?? page.log, 'End')
    ;(page.root.activeElement as HTMLElement).click()
    await page.soon('.emoji-one')
    await page.widget.openRoom(other)
    page.find('.emoji-one')?.click()
    await page.until(() => at.server.room(room).messages[0]?.reactions?.length === 1, 'the server knows')
    expect(refused).to.deep.equal([])
  })

  it('may be any emoji, found by the picker; Escape leads back to the message', async () => {
    const { page, room } = await aPost()
    const row = await theirs(page)
    await quick(page, row)
    page.press(page.root.activeElement ?? row, 'End')
    ;(page.root.activeElement as HTMLElement).click()
    const search = await page.soon<HTMLInputElement>('.emoji-search')
    await page.soon('.emoji-one')
    search.value = 'fox'
    search.dispatchEvent(new InputEvent('input', { bubbles: true }))
    await page.widget.updateComplete
    page.press(search, 'Enter')
    await page.until(() => chips(page).join() === '🦊1', 'a fox')
    expect(page.root.activeElement).to.equal(row)
    await page.until(
      () => at.server.room(room).messages[0]?.reactions?.[0]?.emoji === '🦊',
      'the server knows',
    )
    await quick(page, row)
    page.press(page.root.activeElement ?? row, 'End')
    ;(page.root.activeElement as HTMLElement).click()
    page.press(await page.soon('.emoji-search'), 'Escape')
    await page.until(() => !page.find('.emoji-picker'), 'closed')
    expect(page.root.activeElement).to.equal(row)
    expect(chips(page)).to.deep.equal(['🦊1'])
  })

  it('say who gave them, and are joined and left by a press', async () => {
    const { page, room } = await aPost()
    for (const by of ['sam', 'mina']) at.server.react(room, 1, { by, emoji: '🎉' })
    const chip = await page.soon('.reaction')
    await page.until(() => chip.textContent?.includes('2'), 'both are there')
    expect(chip.title).to.equal('Sam and Mina')
    expect(chip.ariaLabel).to.equal('🎉 2: Sam and Mina')
    chip.click()
    await page.until(() => page.one('.reaction').ariaPressed === 'true', 'mine is there')
    expect(chips(page)).to.deep.equal(['🎉3'])
    expect(page.one('.reaction').title).to.equal('Sam, Mina, and You')
    page.one('.reaction').click()
    await page.until(() => page.one('.reaction').ariaPressed === 'false', 'it is not')
    expect(chips(page)).to.deep.equal(['🎉2'])
  })

  it('K55: give the focus to their message when the last of them goes', async () => {
    const { page, room } = await aPost()
    at.server.react(room, 1, { by: 'ana', emoji: '🎉' })
    const chip = await page.soon('.reaction')
    chip.focus()
    chip.click()
    await page.until(() => !page.find('.reaction'), 'it is gone')
    const row = await theirs(page)
    await page.until(() => page.root.activeElement === row, 'the message has the focus')
  })

  it('S8: leave the end in view, and move nothing that is read further up', async () => {
    const room = aFilledRoom(at.server, 60)
    const page = await anOpenRoom(at.server, room)
    at.server.react(room, 60, { by: 'sam', emoji: '👍' })
    await page.soon('.reaction')
    await frames(2)
    expect(page.below).to.be.lessThan(1)
    await page.scrollTo(page.log.scrollTop - 400)
    const box = page.log.getBoundingClientRect()
    const read = page.all('.message').find((row) => row.getBoundingClientRect().top > box.top)
    const place = () => read?.getBoundingClientRect().top ?? 0
    const before = place()
    const above = at.server.room(room).messages.findIndex(({ id }) => id === read?.dataset.key)
    at.server.react(room, above - 1, { by: 'sam', emoji: '🎉' })
    await page.until(() => chips(page).includes('🎉1'), 'it is there')
    await frames(2)
    expect(Math.abs(place() - before)).to.be.lessThan(1.5)
  })

  it('to what I wrote are announced, and mine quietly', async () => {
    const { page, room } = await aPost()
    const region = document.querySelector('[data-chatter-announcer=polite]')
    at.server.react(room, 1, { by: 'mina', emoji: '🎉' })
    at.server.react(room, 2, { by: 'sam', emoji: '👍' })
    await page.until(() => region?.textContent === 'Sam reacted with 👍 to: mine', 'it is announced')
    await quick(page, await theirs(page))
    ;(page.root.activeElement as HTMLElement).click()
    await page.until(() => region?.textContent === 'Reacted with 👍', 'mine is announced')
    at.server.edit(room, 2, '**mine**, again')
    await page.says('mine, again')
    at.server.react(room, 2, { by: 'sam', emoji: '🎉' })
    await page.until(() => region?.textContent === 'Sam reacted with 🎉 to: mine, again', 'without marks')
  })

  it('to a message that is deleted meanwhile go with it, and a banner says so', async () => {
    const { page, room } = await aPost()
    const row = await theirs(page)
    at.server.isDown = true
    at.server.cut()
    await quick(page, row)
    ;(page.root.activeElement as HTMLElement).click()
    await page.until(() => chips(page).join() === '👍1', 'it is seen at once')
    at.server.isDown = false
    at.server.remove(room, 1)
    page.widget.chat?.wake()
    await page.until(() => page.find('.message.deleted'), 'deleted')
    await page.until(() => page.widget.chat?.state.outbox.length === 0, 'nothing waits')
    expect(chips(page)).to.deep.equal([])
    expect(page.one('.banner').textContent).to.contain('Your reaction was not kept. The message was deleted.')
  })

  it('that are refused go again, and a banner says why', async () => {
    const { page } = await aPost()
    at.server.refuse = ({ t }) => (t === 'react' ? new Problem('conflict', 'deleted') : undefined)
    await quick(page, await theirs(page))
    ;(page.root.activeElement as HTMLElement).click()
    const banner = await page.soon('.banner')
    expect(banner.textContent).to.contain('Your reaction was not kept. The message was deleted.')
    expect(page.find('.reaction')).to.equal(null)
    at.server.refuse = ({ t }) => (t === 'react' ? new Problem('too_large', 'at most 20') : undefined)
    await quick(page, await theirs(page))
    ;(page.root.activeElement as HTMLElement).click()
    await page.until(
      () => page.find('.banner')?.textContent?.includes('Too many different reactions are there already.'),
      'why',
    )
  })

  it('stand with their names in the sheet of a message, under a finger that stays on one', async () => {
    const { page, room } = await aPost()
    at.server.react(room, 1, { by: 'sam', emoji: '🎉' })
    const chip = await page.soon('.reaction')
    await page.until(() => {
      page
        .message('mine')
        ?.querySelector('[part=bubble]')
        ?.dispatchEvent(new PointerEvent('pointerover', { bubbles: true, pointerType: 'mouse' }))
      return page.find('.action-bar')
    }, 'the actions are loaded')
    chip.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, pointerType: 'touch' }))
    await page.soon('dialog')
    expect(page.one('.reactors').textContent).to.contain('Sam')
    expect(page.all('dialog .quick-reaction').length).to.equal(7)
  })

  it('are none of a server that has none', async () => {
    const { page, room } = await aPost()
    at.server.send('ana', { t: 'settings', features: { typing: true }, limits: at.server.limits })
    at.server.react(room, 1, { by: 'sam', emoji: '🎉' })
    const row = await theirs(page)
    await frames(5)
    row.focus()
    expect(page.press(row, '+').defaultPrevented).to.equal(false)
    expect(page.press(row, 'r').defaultPrevented).to.equal(false)
    expect(page.find('.reaction')).to.equal(null)
  })
})
