import { expect } from '@open-wc/testing'
import { anOpenRoom, aServer, frames, type Page } from './a-widget.ts'
import { setMotion } from './browser.ts'

describe('an answer', () => {
  const at = aServer()
  before(() => setMotion('reduce'))
  after(() => setMotion('no-preference'))

  const rowOf = (page: Page, text: string) => page.message(text) as HTMLElement
  const startReply = async (page: Page, text: string) => {
    const row = await page.says(text)
    await page.until(() => {
      row.focus()
      page.press(row, 'r')
      return page.find('.context')
    }, 'it is answered')
  }
  const middleOf = (box: Element) => {
    const { top, bottom } = box.getBoundingClientRect()
    return (top + bottom) / 2
  }

  it('is written below what it answers, and stands under its quote', async () => {
    const room = at.server.open(['ana', 'sam'])
    at.server.say(room, 'sam', 'when?')
    const page = await anOpenRoom(at.server, room)
    page.type('half')
    await startReply(page, 'when?')
    expect(page.one('.context').textContent).to.contain('Reply to Sam').and.to.contain('when?')
    await page.until(() => page.root.activeElement === page.composer, 'the composer has the focus')
    expect(page.composer.value).to.equal('half')
    await page.isAccessible()
    const sent = await page.send('half past nine')
    expect(sent.querySelector('.quote')?.textContent?.trim().replace(/\s+/g, ' ')).to.equal('Sam when?')
    expect(sent.getAttribute('aria-label')).to.contain('in reply to Sam: when?')
    expect(page.find('.context')).to.equal(null)
    await page.until(() => at.server.room(room).messages[1]?.replyTo, 'it is stored')
    await page.isAccessible()
  })

  it('to what the reader does not see stands under a line that says so, in a log that says where it begins', async () => {
    const room = at.server.open(['sam', 'bo'], { name: 'Team' })
    at.server.say(room, 'sam', 'before')
    at.server.configure(room, { history: 'since-joined' }, 'sam')
    at.server.join(room, 'ana')
    at.server.say(room, 'sam', 'an answer')
    const { messages } = at.server.room(room)
    Object.assign(messages.at(-1) ?? {}, { replyHidden: true })
    const page = await anOpenRoom(at.server, room)
    const answer = await page.says('an answer')
    expect(answer.querySelector('.quote')?.textContent?.trim()).to.equal('An earlier message')
    expect(answer.getAttribute('aria-label')).to.contain('An earlier message')
    expect(page.one('[part=history-start]').textContent).to.equal('You see what came after you joined')
    expect(page.root.textContent).not.to.contain('before')
    await page.isAccessible()
  })

  it('C30: is still one after a reload, and Escape makes it a message like any other', async () => {
    const room = at.server.open(['ana', 'sam'])
    at.server.say(room, 'sam', 'when?')
    const page = await anOpenRoom(at.server, room)
    await startReply(page, 'when?')
    page.type('now')
    page.widget.remove()
    const again = await anOpenRoom(at.server, room)
    await again.soon('.context')
    expect(again.composer.value).to.equal('now')
    again.press(again.composer, 'Escape')
    await again.until(() => !again.find('.context'), 'it is none')
    expect(again.composer.value).to.equal('now')
  })

  it('C34: is left by Escape after the edit that was begun over it', async () => {
    const room = at.server.open(['ana', 'sam'])
    at.server.say(room, 'ana', 'mine')
    at.server.say(room, 'sam', 'when?')
    const page = await anOpenRoom(at.server, room)
    await startReply(page, 'when?')
    page.press(page.composer, 'ArrowUp')
    await page.until(() => page.composer.value === 'mine', 'it is edited')
    page.press(page.composer, 'Escape')
    await page.until(() => page.one('.context').textContent?.includes('Reply to Sam'), 'the answer is back')
    page.press(page.composer, 'Escape')
    await page.until(() => !page.find('.context'), 'it is none')
    expect(page.press(page.composer, 'Escape').defaultPrevented).to.equal(false)
  })

  it('S11: leads to what it answers, however far above, and back', async () => {
    const room = at.server.open(['ana', 'sam'])
    for (let turn = 1; turn <= 400; turn++) at.server.say(room, 'sam', `message ${turn}`)
    const { id } = at.server.room(room).messages[9] ?? { id: '' }
    at.server.say(room, 'sam', 'look at that', undefined, id)
    for (let turn = 1; turn <= 3; turn++) at.server.say(room, 'sam', `later ${turn}`)
    at.server.read(room, 'ana', 999)
    const page = await anOpenRoom(at.server, room)
    rowOf(page, 'look at that').querySelector<HTMLElement>('.quote')?.click()
    const original = await page.says('message 10')
    await page.until(() => original.part.contains('sought'), 'it stands out')
    expect(Math.abs(middleOf(original) - middleOf(page.log))).to.be.lessThan(8)
    expect(page.one('.jump').textContent?.trim()).to.equal('Back to the answer')
    await page.isAccessible()
    page.one('.jump').click()
    const answer = await page.says('look at that')
    await page.until(() => answer.part.contains('sought'), 'the answer stands out')
    await frames(3)
    await page.until(
      () => !page.find('.jump')?.textContent?.includes('Back'),
      'there is no way back any more',
    )
  })

  it('S11: offers no way back where it can still be seen itself', async () => {
    const room = at.server.open(['ana', 'sam'])
    const { id } = at.server.say(room, 'sam', 'when?')
    at.server.say(room, 'sam', 'well?', undefined, id)
    const page = await anOpenRoom(at.server, room)
    rowOf(page, 'well?').querySelector<HTMLElement>('.quote')?.click()
    await page.until(() => rowOf(page, 'when?').part.contains('sought'), 'it stands out')
    await frames(3)
    expect(page.find('.jump')).to.equal(null)
  })

  it('S11: offers no way back from where it did not get to', async () => {
    const room = at.server.open(['ana', 'sam'])
    for (let turn = 1; turn <= 200; turn++) at.server.say(room, 'sam', `message ${turn}`)
    const { id } = at.server.room(room).messages[9] ?? { id: '' }
    at.server.say(room, 'sam', 'look at that', undefined, id)
    at.server.read(room, 'ana', 999)
    const page = await anOpenRoom(at.server, room)
    at.server.isDown = true
    rowOf(page, 'look at that').querySelector<HTMLElement>('.quote')?.click()
    await page.until(
      () => typeof page.widget.chat.state.rooms.get(room)?.loads.page === 'object',
      'it has failed',
    )
    await frames(3)
    expect(page.find('.jump')).to.equal(null)
    const banner = await page.soon('.banner')
    expect(banner.textContent).to.contain('This could not be loaded.')
  })

  it('S11: keeps the way back while that cannot be loaded', async () => {
    const room = at.server.open(['ana', 'sam'])
    for (let turn = 1; turn <= 200; turn++) at.server.say(room, 'sam', `message ${turn}`)
    const { id } = at.server.room(room).messages[9] ?? { id: '' }
    at.server.say(room, 'sam', 'look at that', undefined, id)
    at.server.read(room, 'ana', 999)
    const page = await anOpenRoom(at.server, room)
    rowOf(page, 'look at that').querySelector<HTMLElement>('.quote')?.click()
    await page.until(() => page.find('.jump')?.textContent?.includes('Back'), 'there is a way back')
    at.server.isDown = true
    page.one('.jump').click()
    await page.soon('.banner')
    expect(page.one('.jump').textContent?.trim()).to.equal('Back to the answer')
    at.server.isDown = false
    page.one('.jump').click()
    const answer = await page.says('look at that')
    await page.until(() => answer.part.contains('sought'), 'the answer stands out')
  })

  it('is announced without marks, and not in all its length', async () => {
    const room = at.server.open(['ana', 'sam'])
    const text = `**when** _exactly_? ${'x'.repeat(1_000)}`
    at.server.say(room, 'sam', text)
    const page = await anOpenRoom(at.server, room)
    const row = page.one('.message')
    await page.until(() => {
      row.focus()
      page.press(row, 'r')
      return page.find('.context')
    }, 'it is answered')
    const said = () => document.querySelector('[data-chatter-announcer=polite]')?.textContent ?? ''
    await page.until(() => said().startsWith('Reply to Sam: when exactly? x'), 'it is announced')
    expect(said().length).to.be.lessThan(300)
  })

  it('says that what it answers was deleted', async () => {
    const room = at.server.open(['ana', 'sam'])
    const { id } = at.server.say(room, 'sam', 'when?')
    at.server.say(room, 'sam', 'well?', undefined, id)
    const page = await anOpenRoom(at.server, room)
    at.server.remove(room, 1)
    await page.until(
      () => page.one('.quote').textContent?.includes('This message was deleted'),
      'the quote is empty',
    )
  })

  it('to me is announced as one', async () => {
    const room = at.server.open(['ana', 'sam'])
    const { id } = at.server.say(room, 'ana', 'when?')
    const page = await anOpenRoom(at.server, room)
    at.server.say(room, 'sam', 'at nine', undefined, id)
    const region = document.querySelector('[data-chatter-announcer=polite]')
    await page.until(() => region?.textContent === 'Sam replied to you: at nine', 'it is announced')
  })
})
