import { expect } from '@open-wc/testing'
import { anOpenRoom, aPage, aServer, type Given, type Page } from './a-widget.ts'

describe('a message that can be undone', () => {
  const at = aServer()
  const spoken = () => document.querySelector('[data-chatter-announcer="polite"]')?.textContent ?? ''
  const sheetsOf = ({ root }: Page) =>
    root.adoptedStyleSheets.map((sheet) => [...sheet.cssRules].map(({ cssText }) => cssText).join()).join()
  const loaded = (page: Page) =>
    page.until(() => sheetsOf(page).includes('action-bar'), 'the actions are loaded')

  async function aTalk(given?: Given) {
    at.server.features = { ...at.server.features, undoSend: true }
    const room = at.server.open(['ana', 'sam'])
    const { id } = at.server.say(room, 'sam', 'when?')
    at.server.say(room, 'ana', 'mine')
    const page = await anOpenRoom(at.server, room, given)
    await loaded(page)
    const stored = () => at.server.room(room).messages.map(({ text }) => text)
    return { page, room, answered: id, stored, undoButton: () => page.find('[part~=undo-button]') }
  }

  it('has a button that puts text, answer and mentions back into the composer', async () => {
    const { page, room, answered, stored, undoButton } = await aTalk()
    const quote = { id: answered, seq: 1, authorId: 'sam', text: 'when?' }
    const mentions = [{ userId: 'sam', at: 6, length: 4 }]
    page.widget.chat.setDraft(room, { text: 'Nine, @Sam', replyTo: answered, quote, mentions })
    await page.until(() => page.composer.value === 'Nine, @Sam', 'it is the draft')
    page.press(page.composer, 'Enter')
    const row = await page.says('Nine, @Sam')
    expect(page.composer.value).to.equal('')
    expect(undoButton()?.textContent).to.equal('Undo')
    expect(row.contains(undoButton())).to.equal(true)
    expect(row.getAttribute('aria-label')).to.contain('Sending')
    expect(spoken()).to.contain('Arrow up undoes it')
    await page.isAccessible()

    undoButton()?.click()
    await page.until(() => page.root.activeElement === page.composer, 'the composer has the focus')
    expect(page.composer.value).to.equal('Nine, @Sam')
    expect(page.message('Nine, @Sam')).to.equal(undefined)
    const draft = page.widget.chat.state.drafts.get(room)
    expect(draft).to.deep.include({ replyTo: answered, quote, mentions })
    expect(stored()).to.deep.equal(['when?', 'mine'])
  })

  it('C34: is undone by ArrowUp in the empty composer, and by Z on it in the log', async () => {
    const { page, undoButton } = await aTalk()
    await page.send('one')
    page.press(page.composer, 'ArrowUp')
    await page.until(() => page.composer.value === 'one', 'it is back')
    expect(page.widget.chat.state.drafts.get(page.widget.chat.state.active?.roomId ?? '')?.editing).to.equal(
      undefined,
    )
    const row = await page.send('two')
    row.focus()
    page.press(row, 'z')
    await page.until(() => page.composer.value === 'two', 'it is back')
    expect(undoButton()).to.equal(null)
  })

  it('is undone before what was begun since', async () => {
    const { page, undoButton } = await aTalk()
    await page.send('one')
    page.type('two')
    undoButton()?.click()
    await page.until(() => page.composer.value === 'one\ntwo', 'both are there')
  })

  it('is sent by the next one, and the focus stays on a message whose button goes', async () => {
    const { page, stored, undoButton } = await aTalk()
    const row = await page.send('one')
    undoButton()?.focus()
    page.widget.chat.sendNow()
    await page.until(() => !undoButton(), 'the button is gone')
    expect(page.root.activeElement).to.equal(row)
    await page.until(() => stored().includes('one'), 'it is sent')
    await page.send('two')
    await page.send('three')
    await page.until(() => stored().includes('two'), 'it is sent')
    expect(stored()).to.deep.equal(['when?', 'mine', 'one', 'two'])
    expect(page.all('[part~=undo-button]')).to.have.length(1)
  })

  it('is sent where the page goes, is hidden or takes the chat away', async () => {
    const { page, stored } = await aTalk()
    await page.send('one')
    dispatchEvent(new Event('pagehide'))
    await page.until(() => stored().includes('one'), 'it is sent')
    await page.send('two')
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
    Reflect.deleteProperty(document, 'visibilityState')
    await page.until(() => stored().includes('two'), 'it is sent')
    await page.send('three')
    page.widget.remove()
    await page.until(() => stored().includes('three'), 'it is sent')
  })

  it('is sent where the panel is closed', async () => {
    at.server.features = { ...at.server.features, undoSend: true }
    const room = at.server.open(['ana', 'sam'])
    at.server.say(room, 'sam', 'hi')
    const page = await aPage(at.server, { attributes: { mode: 'launcher', open: '', 'room-id': room } })
    await page.says('hi')
    await loaded(page)
    await page.send('hello')
    await page.soon('[part~=undo-button]')
    await page.widget.close()
    await page.until(() => at.server.room(room).messages.length === 2, 'it is sent')
  })

  it('is none where a method of the element sends, or the site has it off', async () => {
    const { page, stored, undoButton } = await aTalk()
    await page.widget.send('by a method')
    expect(stored()).to.include('by a method')
    at.server.send('ana', { t: 'settings', features: { typing: true }, limits: at.server.limits })
    await page.until(() => !page.widget.chat.state.features.undoSend, 'it is off')
    await page.send('at once')
    expect(undoButton()).to.equal(null)
    await page.until(() => stored().includes('at once'), 'it is sent')
  })
})
