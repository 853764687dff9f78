import { expect } from '@open-wc/testing'
import { Problem } from '../../server/protocol/problems.ts'
import { anOpenRoom, aServer, type Page } from './a-widget.ts'
import { setMotion } from './browser.ts'
import { aUser } from './builders.ts'

describe('a mention at the end of a line', () => {
  const at = aServer()

  it('keeps the @ with the name, in scripts that break between all letters too', async () => {
    const names = ['天文台の田中さくら', '🙂 Smiley', '(Kim)']
    const room = at.server.open(['ana', 'sam', ...names])
    for (const name of names) {
      const text = `aaaa @${name}`
      const mentions = [{ userId: name, at: 5, length: name.length + 1 }]
      at.server.say(room, 'sam', text, undefined, undefined, undefined, { mentions })
    }
    const page = await anOpenRoom(at.server, room)
    await page.until(() => page.all('.mention').length === names.length, 'mentions')
    const range = document.createRange()
    const line = (text: Node, at_: number) => {
      range.setStart(text, at_)
      range.setEnd(text, at_ + 1)
      return range.getClientRects()[0]?.top ?? Number.NaN
    }
    for (const chip of page.all('.mention')) {
      const said = chip.closest<HTMLElement>('.text') as HTMLElement
      const walker = document.createTreeWalker(chip, NodeFilter.SHOW_TEXT)
      while (!walker.currentNode.nodeValue) walker.nextNode()
      const text = walker.currentNode
      for (let width = 60; width < 160; width += 2) {
        said.style.inlineSize = `${width}px`
        expect(line(text, 0), `${chip.textContent} ${width}`).to.equal(line(text, 1))
      }
    }
  })
})

describe('mentions', () => {
  const at = aServer()
  before(() => setMotion('reduce'))
  after(() => setMotion('no-preference'))

  const region = () => document.querySelector('[data-chatter-announcer=polite]')?.textContent
  const chips = (page: Page) =>
    page
      .all('.mention')
      .map((chip) => `${chip.textContent}${chip.part.contains('mention-me') ? ' (me)' : ''}`)

  /** Somebody says a text that mentions these, by their names as they are now. */
  function say(room: string, by: string, text: string, userIds: readonly string[] = []) {
    const mentions = userIds.map((userId) => {
      const name = `@${aUser(userId).name}`
      return { userId, at: text.indexOf(name), length: name.length }
    })
    return at.server.say(room, by, text, undefined, undefined, undefined, { mentions })
  }

  async function aGroup(): Promise<{ page: Page; room: string }> {
    const room = at.server.open(['sam', 'ana', 'mina'])
    say(room, 'sam', 'hello')
    at.server.read(room, 'ana', 1)
    return { page: await anOpenRoom(at.server, room), room }
  }

  it('are chips in the text, those of the reader told apart, with the names of now', async () => {
    const { page, room } = await aGroup()
    say(room, 'sam', '**@Ana**, ask @Mina', ['ana', 'mina'])
    say(room, 'ana', 'so @Mina', ['mina'])
    await page.says('so @Mina')
    expect(chips(page)).to.deep.equal(['@Ana (me)', '@Mina', '@Mina'])
    expect(page.one('strong > .mention').textContent).to.equal('@Ana')
    await page.isAccessible()
    at.server.send('ana', { t: 'user', user: aUser('mina', { name: 'Mina O.' }) })
    await page.until(() => chips(page).includes('@Mina O.'), 'she has another name')
    expect(chips(page)).to.deep.equal(['@Ana (me)', '@Mina O.', '@Mina O.'])
  })

  it('are shown as they were typed where nobody knows the name, and of everybody', async () => {
    const { page, room } = await aGroup()
    at.server.toServer = ({ t }) => (t === 'send' ? 'drop' : 'pass')
    page.widget.chat.send(room, 'hi @Zoë', { mentions: [{ userId: 'z9', at: 3, length: 4 }] })
    at.server.say(room, 'sam', '@room now', undefined, undefined, undefined, {
      mentionsRoom: { at: 0, length: 5 },
    })
    await page.says('@room now')
    expect(chips(page)).to.deep.equal(['@room (me)', '@Zoë'])
  })

  it('are copied as text', async () => {
    const { page, room } = await aGroup()
    say(room, 'sam', 'ask @Mina', ['mina'])
    const row = await page.says('ask @Mina')
    expect(row.querySelector('.text')?.textContent).to.equal('ask @Mina')
    expect(row.getAttribute('aria-label')).to.contain('ask @Mina')
  })

  it('of the reader stand in the list, beside the count, until they are read', async () => {
    const { page, room } = await aGroup()
    const other = at.server.open(['ana', 'sam'], { name: 'Other' })
    say(other, 'sam', '@Ana', ['ana'])
    const mark = await page.soon('[part=room-mention]')
    expect(mark.closest('.room')?.textContent).to.contain('Other').and.to.contain('You were mentioned')
    await page.isAccessible()
    say(room, 'sam', '@Mina', ['mina'])
    await page.says('@Mina')
    expect(page.all('[part=room-mention]').length).to.equal(1)
    await page.widget.openRoom(other)
    await page.until(() => !page.find('[part=room-mention]'), 'it is read')
  })

  it('of the reader are announced as such, once, in another room too', async () => {
    const { page, room } = await aGroup()
    const mine = at.server.say(room, 'ana', 'mine')
    const [mention] = [{ userId: 'ana', at: 4, length: 4 }]
    at.server.say(room, 'mina', '**so @Ana**', undefined, mine.id, undefined, { mentions: [mention] })
    await page.until(() => region() === 'Mina mentioned you: so @Ana', 'it is announced')
    const other = at.server.open(['ana', 'sam'])
    await page.until(() => page.all('.room').length > 1, 'another room')
    say(other, 'sam', '@Ana!', ['ana'])
    await page.until(() => region() === 'Sam mentioned you: @Ana!', 'it is announced')
  })

  it('are told to the page when they come', async () => {
    const { page, room } = await aGroup()
    const told: string[] = []
    page.widget.addEventListener('chatter-mention', ({ message, room }) =>
      told.push(`${room.id} ${message.text}`),
    )
    say(room, 'sam', '@Mina', ['mina'])
    say(room, 'sam', '@Ana', ['ana'])
    await page.until(() => told.length > 0, 'it is told')
    expect(told).to.deep.equal([`${room} @Ana`])
  })

  it('of somebody who is gone are said at the message, which goes without them', async () => {
    const { page, room } = await aGroup()
    at.server.refuse = (frame) =>
      frame.t === 'send' && frame.mentions
        ? new Problem('bad_request', 'expected members of the room in mentions, got "mina"')
        : undefined
    page.widget.chat.send(room, 'so @Mina', { mentions: [{ userId: 'mina', at: 3, length: 5 }] })
    const why = await page.soon('.failed .why')
    expect(why.textContent).to.equal('Somebody it mentions cannot be mentioned here.')
    const [again] = page.all('.failed [part~=message-action]')
    expect(again?.textContent).to.equal('Send without the mention')
    again?.click()
    await page.until(
      () => at.server.room(room).messages.some(({ text }) => text === 'so @Mina'),
      'it is sent',
    )
    await page.until(() => page.all('.failed').length === 0, 'nothing failed')
    expect(chips(page)).to.deep.equal([])
  })

  it('come back into the text field with a refused text, after those that were there', async () => {
    const { page, room } = await aGroup()
    at.server.refuse = (frame) => (frame.t === 'send' ? new Problem('conflict', 'no') : undefined)
    page.widget.chat.send(room, 'so @Mina', { mentions: [{ userId: 'mina', at: 3, length: 5 }] })
    await page.soon('.failed')
    page.widget.chat.setDraft(room, { text: '@Sam', mentions: [{ userId: 'sam', at: 0, length: 4 }] })
    page.all('.failed [part~=message-action]')[0]?.click()
    await page.until(() => page.composer.value === 'so @Mina\n@Sam', 'it is there')
    at.server.refuse = () => undefined
    await page.until(() => page.root.activeElement === page.composer, 'writing')
    page.press(page.composer, 'Enter')
    await page.until(() => chips(page).length === 2, 'both are mentioned')
    await page.until(() => at.server.room(room).messages.at(-1)?.mentions?.[1]?.at === 9, 'where they stand')
  })
})
