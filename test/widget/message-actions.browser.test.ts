import { expect } from '@open-wc/testing'
import { Problem } from '../../server/protocol/problems.ts'
import { anOpenRoom, aPage, aServer, frames, type Given, type Page } from './a-widget.ts'
import { setMotion } from './browser.ts'

describe('message actions', () => {
  const at = aServer()
  before(() => setMotion('reduce'))
  after(() => setMotion('no-preference'))

  /** Sam and ana have written, and the actions are loaded. */
  async function aTalk(given: Given = {}): Promise<Page & { roomId: string }> {
    const room = at.server.open(['ana', 'sam'])
    at.server.say(room, 'sam', 'see https://example.org')
    at.server.say(room, 'ana', 'mine')
    at.server.say(room, 'sam', 'theirs')
    at.server.read(room, 'ana', 3)
    return Object.assign(await opened(room, given), { roomId: room })
  }

  async function opened(room: string, given?: Given): Promise<Page> {
    // With links to messages.
    const attributes = { 'deep-links': '', ...given?.attributes }
    const page = await anOpenRoom(at.server, room, { ...given, attributes })
    await page.until(() => sheetsOf(page).includes('action-bar'), 'the actions are loaded')
    return page
  }

  const sheetsOf = ({ root }: Page) =>
    root.adoptedStyleSheets.map((sheet) => [...sheet.cssRules].map(({ cssText }) => cssText).join()).join()
  const message = (page: Page, text: string): HTMLElement => {
    const found = page.message(text)
    if (!found) throw new Error(`no message says ${text}`)
    return found
  }
  const bubble = (page: Page, text: string) =>
    message(page, text).querySelector('[part~=bubble]') as HTMLElement
  const pointer = (target: Element, name: string, more: PointerEventInit = {}) =>
    target.dispatchEvent(
      new PointerEvent(name, {
        bubbles: true,
        composed: true,
        cancelable: true,
        pointerType: 'mouse',
        ...more,
      }),
    )
  const hover = (page: Page, text: string) => pointer(bubble(page, text), 'pointerover')
  const rightClick = (target: Element, more: MouseEventInit = {}) => {
    pointer(target, 'pointerdown', { button: 2, pointerType: 'mouse' })
    return target.dispatchEvent(
      new MouseEvent('contextmenu', {
        bubbles: true,
        composed: true,
        cancelable: true,
        button: 2,
        clientX: 90,
        clientY: 90,
        ...more,
      }),
    )
  }
  const menu = async (page: Page, text: string): Promise<HTMLElement> => {
    rightClick(bubble(page, text))
    return page.soon('[role=menu]')
  }
  const items = (page: Page) =>
    page.all('.action-item').map((item) => item.querySelector('span')?.textContent)
  const choose = (page: Page, name: string) =>
    page
      .all('.action-item')
      .find((item) => item.textContent?.includes(name))
      ?.click()
  const said = () => document.querySelector('[data-chatter-announcer=polite]')?.textContent ?? ''
  const spoken = () => document.querySelector('[data-chatter-announcer=assertive]')?.textContent ?? ''

  it('stand on the message under the pointer, and move nothing', async () => {
    const page = await aTalk()
    const places = () => page.all('.message, [part~=bubble]').map((box) => box.getBoundingClientRect().top)
    const before = places()
    hover(page, 'theirs')
    expect(page.all('.action-bar').length).to.equal(1)
    expect(message(page, 'theirs').contains(page.one('.action-bar'))).to.equal(true)
    hover(page, 'mine')
    expect(page.all('.action-bar').length).to.equal(1)
    expect(message(page, 'mine').contains(page.one('.action-bar'))).to.equal(true)
    expect(places()).to.deep.equal(before)
    await page.isAccessible()
    pointer(page.log, 'pointerleave')
    expect(page.find('.action-bar')).to.equal(null)
  })

  it('offer on a message of mine what others cannot do with it', async () => {
    const page = await aTalk()
    await menu(page, 'mine')
    expect(items(page)).to.deep.equal(['Reply', 'Edit', 'Copy text', 'Copy link', 'Delete'])
    await page.isAccessible()
    await menu(page, 'theirs')
    expect(page.all('[role=menu]').length).to.equal(1)
    expect(items(page)).to.deep.equal(['Reply', 'Mark unread from here', 'Copy text', 'Copy link'])
  })

  it('offer no edit after the time that the server gives for it', async () => {
    at.server.limits = { ...at.server.limits, editWindow: 0 }
    const page = await aTalk()
    await menu(page, 'mine')
    expect(items(page)).to.deep.equal(['Reply', 'Copy text', 'Copy link'])
  })

  it('offer no edit of what somebody else said first', async () => {
    const room = at.server.open(['ana', 'sam'])
    Object.assign(at.server.say(room, 'ana', 'theirs'), { forwarded: { authorId: 'sam' } })
    Object.assign(at.server.say(room, 'ana', 'mine'), { forwarded: { authorId: 'ana' } })
    const page = await opened(room)
    await menu(page, 'theirs')
    expect(items(page)).to.deep.equal(['Reply', 'Copy text', 'Copy link', 'Delete'])
    await menu(page, 'mine')
    expect(items(page)).to.include('Edit')
  })

  it('leave the menu of the browser to links, to selected text and to Shift', async () => {
    const page = await aTalk()
    expect(rightClick(page.one('[part=link]'))).to.equal(true)
    expect(rightClick(bubble(page, 'theirs'), { shiftKey: true })).to.equal(true)
    const text = message(page, 'theirs').querySelector('.text') as HTMLElement
    getSelection()?.setBaseAndExtent(text, 0, text, text.childNodes.length)
    expect(rightClick(bubble(page, 'theirs'))).to.equal(true)
    expect(rightClick(bubble(page, 'mine'))).to.equal(false)
    getSelection()?.removeAllRanges()
    expect(rightClick(bubble(page, 'theirs'))).to.equal(false)
  })

  it('close at Escape, at Tab and at a press elsewhere, and give the focus back', async () => {
    const page = await aTalk()
    const row = message(page, 'mine')
    for (const key of ['Escape', 'Tab', 'press']) {
      row.focus()
      row.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, composed: true, cancelable: true }))
      await page.soon('[role=menu]')
      expect(page.root.activeElement?.textContent).to.contain('Reply')
      if (key === 'press') pointer(document.body, 'pointerdown')
      else page.press(page.root.activeElement ?? row, key)
      expect(page.find('[role=menu]'), key).to.equal(null)
      expect(page.root.activeElement, key).to.equal(row)
    }
  })

  it('lie in the window also in a page without a doctype, whose root is as high as all of it', async () => {
    const page = await aTalk()
    const root = document.documentElement
    Object.defineProperty(root, 'clientHeight', { configurable: true, value: 9_999 })
    try {
      await page.until(() => {
        rightClick(bubble(page, 'mine'), { clientX: 20, clientY: innerHeight - 20 })
        return page.find('[role=menu]')
      }, 'it is open')
      expect(page.one('[role=menu]').getBoundingClientRect().bottom).to.be.at.most(innerHeight)
    } finally {
      Reflect.deleteProperty(root, 'clientHeight')
    }
  })

  it('close when what the chat stands in scrolls, and stay when something beside it does', async () => {
    const page = await aTalk()
    const ticker = document.createElement('div')
    ticker.style.cssText = 'block-size: 20px; overflow: auto'
    ticker.innerHTML = '<div style="block-size: 999px"></div>'
    document.body.append(ticker)
    await menu(page, 'mine')
    const scrolled = new Promise((resolve) => ticker.addEventListener('scroll', resolve, { once: true }))
    ticker.scrollTop = 50
    await scrolled
    expect(page.find('[role=menu]')).not.to.equal(null)
    page.widget.parentElement?.dispatchEvent(new Event('scroll'))
    expect(page.find('[role=menu]')).to.equal(null)
    ticker.remove()
  })

  it('are walked with the arrow keys, round their ends', async () => {
    const page = await aTalk()
    await menu(page, 'theirs')
    const walk = ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowUp', 'Home', 'End'].map((key) => {
      page.press(page.root.activeElement ?? page.log, key)
      return (
        page.root.activeElement?.querySelector('span')?.textContent ?? page.root.activeElement?.textContent
      )
    })
    const mark = 'Mark unread from here'
    expect(walk).to.deep.equal([mark, 'Copy text', 'Copy link', '👍', 'Copy link', '👍', 'Copy link'])
  })

  it('follow the focus in the log, are entered with Enter, and left with Escape', async () => {
    const page = await aTalk()
    const row = message(page, 'theirs')
    page.composer.focus()
    row.focus({ focusVisible: true } as FocusOptions)
    await page.until(() => row.querySelector('.action-bar'), 'the bar is there')
    page.press(row, 'Enter')
    await page.until(() => page.root.activeElement?.matches('.action-bar button'), 'the bar has the focus')
    expect(page.root.activeElement?.ariaLabel).to.equal('React')
    page.press(page.root.activeElement ?? row, 'ArrowLeft')
    expect(page.root.activeElement?.ariaLabel).to.equal('More')
    page.press(page.root.activeElement ?? row, 'Escape')
    await page.until(() => page.root.activeElement === row, 'the message has the focus')
  })

  it('have single keys in the log, which do not reach the page', async () => {
    const page = await aTalk()
    const heard: string[] = []
    const listen = ({ key }: KeyboardEvent) => heard.push(key)
    document.addEventListener('keydown', listen)
    const row = message(page, 'mine')
    row.focus()
    expect(page.press(row, 'x').defaultPrevented).to.equal(false)
    page.press(row, 'e')
    await page.until(() => page.root.activeElement === page.composer, 'the composer has the focus')
    expect(page.composer.value).to.equal('mine')
    page.press(page.composer, 'Escape')
    row.focus()
    page.press(row, 'ق', { code: 'KeyR' })
    await page.soon('.context')
    expect(page.one('.context').textContent).to.contain('Reply to yourself')
    row.focus()
    page.press(row, 'Delete')
    await page.soon('[role=alertdialog]')
    page.press(page.root.activeElement ?? row, 'Escape')
    expect(page.find('[role=alertdialog]')).to.equal(null)
    document.removeEventListener('keydown', listen)
    // A letter that does nothing here is no hotkey of the page either (rule K54).
    expect(heard).to.deep.equal([])
    expect(page.press(message(page, 'theirs'), 'e').defaultPrevented).to.equal(false)
    expect(page.press(row, 'r', { ctrlKey: true }).defaultPrevented).to.equal(false)
  })

  it('come as a sheet under a finger that stays, and the click after it is none', async () => {
    const page = await aTalk()
    const target = bubble(page, 'mine')
    pointer(target, 'pointerdown', { pointerType: 'touch' })
    const sheet = await page.soon('dialog.sheet')
    expect(sheet.matches(':modal')).to.equal(true)
    // No emoji looks chosen.
    expect(page.root.activeElement).to.equal(sheet)
    pointer(target, 'pointerup', { pointerType: 'touch' })
    target.click()
    expect(message(page, 'mine').querySelector('.detailed')).to.equal(null)
    expect(items(page)).to.deep.equal(['Reply', 'Edit', 'Copy text', 'Copy link', 'Delete'])
    await page.isAccessible()
    choose(page, 'Edit')
    await page.until(() => page.composer.value === 'mine', 'it is edited')
    expect(page.find('dialog')).to.equal(null)
  })

  it('take the end of the touch that opened them for no tap on what came up under it', async () => {
    const page = await aTalk()
    const target = bubble(page, 'mine')
    const lifted = () => {
      const event = new Event('touchend', { bubbles: true, composed: true, cancelable: true })
      target.dispatchEvent(event)
      return event.defaultPrevented
    }
    pointer(target, 'pointerdown', { pointerType: 'touch' })
    expect(lifted()).to.equal(false)
    await page.soon('dialog.sheet')
    expect(lifted()).to.equal(true)
  })

  it('close when their message is deleted or another room is shown, and act on it as it is by then', async () => {
    const page = await aTalk()
    const other = at.server.open(['ana', 'mina'])
    await menu(page, 'mine')
    at.server.edit(page.roomId, 2, 'mine, edited elsewhere')
    await page.says('mine, edited elsewhere')
    choose(page, 'Edit')
    await page.until(() => page.composer.value === 'mine, edited elsewhere', 'it is edited as it is')
    page.press(page.composer, 'Escape')
    await menu(page, 'mine, edited elsewhere')
    at.server.remove(page.roomId, 2)
    await page.until(() => !page.find('[role=menu]'), 'the menu is closed')
    await menu(page, 'theirs')
    void page.widget.openRoom(other)
    await page.until(() => !page.find('[role=menu]'), 'the menu is closed')
  })

  it('stand within the log where they fit', async () => {
    const page = await aTalk({ size: [375, 600] })
    rightClick(bubble(page, 'mine'), { clientX: page.log.getBoundingClientRect().right - 4 })
    const box = (await page.soon('[role=menu]')).getBoundingClientRect()
    const log = page.log.getBoundingClientRect()
    expect(box.left).to.be.at.least(log.left)
    expect(box.right).to.be.at.most(log.right)
  })

  it('stay away while a finger moves on', async () => {
    const page = await aTalk()
    const target = bubble(page, 'mine')
    pointer(target, 'pointerdown', { pointerType: 'touch', clientX: 10, clientY: 10 })
    pointer(target, 'pointermove', { pointerType: 'touch', clientX: 10, clientY: 40 })
    const { promise, resolve } = Promise.withResolvers<void>()
    // As long as it would have taken.
    setTimeout(resolve, 600)
    await promise
    expect(page.find('dialog')).to.equal(null)
  })

  it('stand on a message that is touched: nobody needs to hover or to hold', async () => {
    const page = await aTalk()
    bubble(page, 'theirs').dispatchEvent(
      new PointerEvent('click', { bubbles: true, composed: true, pointerType: 'touch', detail: 1 }),
    )
    expect(message(page, 'theirs').contains(page.one('.action-bar'))).to.equal(true)
  })

  it('edit in the composer, with the message over it, and bring back what was written before', async () => {
    const page = await aTalk()
    page.type('half a thou')
    await menu(page, 'mine')
    choose(page, 'Edit')
    await page.until(() => page.composer.value === 'mine', 'it is edited')
    expect(page.root.activeElement).to.equal(page.composer)
    expect(page.one('.context').textContent).to.contain('Edit message').and.to.contain('mine')
    expect(page.one('.send').ariaLabel).to.equal('Save')
    await page.isAccessible()
    page.type('mine, better')
    await page.widget.updateComplete
    page.press(page.composer, 'Enter')
    await page.says('mine, better')
    expect(page.composer.value).to.equal('half a thou')
    expect(page.find('.context')).to.equal(null)
    await page.until(() => at.server.room(page.roomId).messages[1]?.text === 'mine, better', 'it is stored')
    await page.until(() => page.message('mine, better')?.querySelector('[part=edited]'), 'it is marked')
  })

  it('C34: edit my last message at ArrowUp in an empty composer, and step back at Escape', async () => {
    const page = await aTalk()
    page.type('not empty')
    expect(page.press(page.composer, 'ArrowUp').defaultPrevented).to.equal(false)
    page.type('')
    page.press(page.composer, 'ArrowUp')
    await page.until(() => page.composer.value === 'mine', 'it is edited')
    page.type('mine, but')
    page.press(page.composer, 'Escape')
    await page.until(() => page.composer.value === '', 'it is not')
    expect(page.find('.context')).to.equal(null)
    expect(page.texts).to.deep.equal(['see https://example.org', 'mine', 'theirs'])
  })

  it('let the page see and change what an edit says', async () => {
    const page = await aTalk()
    page.widget.addEventListener('chatter-before-send', (event) => {
      event.text = `${event.text} (${event.editing === at.server.room(page.roomId).messages[1]?.id})`
    })
    page.press(page.composer, 'ArrowUp')
    await page.until(() => page.composer.value === 'mine', 'it is edited')
    page.press(page.composer, 'Enter')
    await page.says('mine (true)')
  })

  it('go on editing after a reload', async () => {
    const page = await aTalk()
    page.type('before')
    await menu(page, 'mine')
    choose(page, 'Edit')
    await page.until(() => page.composer.value === 'mine', 'it is edited')
    page.type('mine, later')
    page.widget.remove()
    const again = await anOpenRoom(at.server, page.roomId)
    await again.until(() => again.composer.value === 'mine, later', 'the draft is there')
    await again.soon('.context')
    again.press(again.composer, 'Escape')
    await again.until(() => again.composer.value === 'before', 'what was there before')
  })

  it('say in the reader’s words why an edit was refused, and lose nothing of it', async () => {
    const page = await aTalk()
    at.server.refuse = ({ t }) => (t === 'edit' ? new Problem('forbidden', 'the time is over') : undefined)
    page.press(page.composer, 'ArrowUp')
    await page.until(() => page.composer.value === 'mine', 'it is edited')
    page.type('too late')
    await page.widget.updateComplete
    page.press(page.composer, 'Enter')
    const failed = await page.soon('.message.failed')
    expect(failed.textContent).to.contain('too late').and.to.contain('It is too old to be changed.')
    await page.until(() => spoken().includes('Not changed. It is too old'), 'it is said')
    page.all('.message.failed button').at(-1)?.click()
    await page.says('mine')
  })

  it('keep the new text of a message that is gone, as one to send', async () => {
    const page = await aTalk()
    page.press(page.composer, 'ArrowUp')
    await page.until(() => page.composer.value === 'mine', 'it is edited')
    page.type('not lost')
    await page.widget.updateComplete
    at.server.refuse = ({ t }) => (t === 'edit' ? new Problem('conflict', 'it was deleted') : undefined)
    page.press(page.composer, 'Enter')
    await page.soon('.message.failed')
    page.type('begun')
    page.all('.message.failed button').at(-2)?.click()
    await page.until(() => page.composer.value === 'not lost\nbegun', 'the text is back')
    expect(page.find('.context')).to.equal(null)
    expect(page.find('.message.failed')).to.equal(null)
  })

  it('edit no older message at ArrowUp where the newest are not loaded', async () => {
    const room = at.server.open(['ana', 'sam'])
    for (let turn = 1; turn <= 300; turn++) at.server.say(room, 'ana', `message ${turn}`)
    const page = await opened(room)
    const { id } = at.server.room(room).messages[9] ?? { id: '' }
    await page.widget.openRoom(room, { messageId: id })
    await page.says('message 10')
    expect(page.press(page.composer, 'ArrowUp').defaultPrevented).to.equal(false)
    expect(page.composer.value).to.equal('')
  })

  it('ask before they delete, and leave a tombstone with the focus', async () => {
    const page = await aTalk()
    const row = message(page, 'mine')
    row.focus()
    page.press(row, 'Delete')
    const dialog = await page.soon<HTMLDialogElement>('[role=alertdialog]')
    expect(dialog.matches(':modal')).to.equal(true)
    expect(page.root.activeElement?.textContent).to.equal('Cancel')
    await page.isAccessible()
    ;(page.root.activeElement as HTMLElement).click()
    expect(page.find('dialog')).to.equal(null)
    expect(page.root.activeElement).to.equal(row)
    page.press(row, 'Delete')
    await page.soon('[role=alertdialog]')
    page.one('.danger').click()
    await page.says('This message was deleted')
    await page.until(() => page.root.activeElement === row, 'it has the focus')
    await page.until(() => said().includes('Message deleted'), 'it is said')
    expect(at.server.room(page.roomId).messages[1]?.deletedAt).to.be.a('string')
    expect(row.querySelector('.action-bar')).to.equal(null)
  })

  it('bring back what the server does not delete, and say why', async () => {
    const page = await aTalk()
    at.server.refuse = ({ t }) => (t === 'delete' ? new Problem('forbidden', 'the time is over') : undefined)
    await menu(page, 'mine')
    choose(page, 'Delete')
    await page.soon('[role=alertdialog]')
    page.one('.danger').click()
    const banner = await page.soon('.banner')
    expect(banner.textContent).to.contain('Not deleted. It is too old to be changed.')
    expect(page.texts).to.contain('mine')
  })

  it('U18: mark a message and all after it unread; the line stands there, and being here does not undo it', async () => {
    const page = await aTalk()
    expect(page.find('.unread-separator')).to.equal(null)
    await menu(page, 'see https://example.org')
    choose(page, 'Mark unread from here')
    const line = await page.soon('.unread-separator')
    expect(line.nextElementSibling?.textContent).to.contain('see https://example.org')
    await page.until(() => at.server.unread(page.roomId, 'ana') === 2, 'what sam wrote is unread')
    await page.until(() => said().startsWith('Marked as unread'), 'it is said')
    page.composer.focus()
    await frames(5)
    expect([page.widget.unread, at.server.unread(page.roomId, 'ana')]).to.deep.equal([2, 2])
  })

  it('say why a message was not marked unread, and leave all as it was', async () => {
    const page = await aTalk()
    at.server.refuse = ({ t }) => (t === 'arrange' ? new Problem('rate_limited', 'too much') : undefined)
    await menu(page, 'theirs')
    choose(page, 'Mark unread from here')
    const banner = await page.soon('.banner')
    expect(banner.textContent).to.contain('That did not work. That was a lot at once')
    expect(page.widget.unread).to.equal(0)
  })

  it('copy the text, and a link that leads to the message', async () => {
    const page = await aTalk()
    const copied: string[] = []
    const { writeText } = navigator.clipboard
    navigator.clipboard.writeText = async (text) => void copied.push(text)
    try {
      await menu(page, 'theirs')
      choose(page, 'Copy text')
      await page.until(() => said().startsWith('Copied'), 'it is said')
      expect(page.one('.done').textContent).to.equal('Copied')
      await page.until(() => !page.find('.done'), 'it was shown for a while')
      await menu(page, 'theirs')
      choose(page, 'Copy link')
      await page.until(() => copied.length === 2, 'both are copied')
    } finally {
      navigator.clipboard.writeText = writeText
    }
    const id = at.server.room(page.roomId).messages[2]?.id
    expect(copied).to.deep.equal([
      'theirs',
      `${location.href.replace(/#.*/, '')}#chatter:${page.roomId}/${id}`,
    ])
  })

  it('offer no link where the address of the page leads to no message', async () => {
    const page = await aTalk({ attributes: { 'deep-links': 'false' } })
    await menu(page, 'theirs')
    expect(items(page)).to.deep.equal(['Reply', 'Mark unread from here', 'Copy text'])
  })

  it('copy a block of code by the button over it', async () => {
    const page = await aTalk()
    at.server.say(page.roomId, 'sam', 'look:\n```ts\nconst a = 1\nconst b = 2\n```')
    const block = await page.soon('.code-block')
    const copied: string[] = []
    const { writeText } = navigator.clipboard
    navigator.clipboard.writeText = async (text) => void copied.push(text)
    try {
      await page.until(() => {
        block.dispatchEvent(new PointerEvent('pointerover', { bubbles: true, pointerType: 'mouse' }))
        return page.find('.code-copy')
      }, 'the button is there')
      const [over, box] = [page.one('.code-copy').getBoundingClientRect(), block.getBoundingClientRect()]
      expect(over.top >= box.top && over.right <= box.right).to.equal(true)
      page.one('.code-copy').click()
      await page.until(() => said().startsWith('Copied'), 'it is said')
    } finally {
      navigator.clipboard.writeText = writeText
    }
    expect(copied).to.deep.equal(['const a = 1\nconst b = 2'])
    page.log.dispatchEvent(new PointerEvent('pointerleave'))
    expect(!page.find('.code-copy')).to.equal(true)
  })

  it('S11: lead by a link to a message far above, which is brought to the middle and stands out', async () => {
    const room = at.server.open(['ana', 'sam'])
    for (let turn = 1; turn <= 400; turn++) at.server.say(room, 'sam', `message ${turn}`)
    at.server.read(room, 'ana', 400)
    const { hash } = location
    location.hash = `#chatter:${room}/${at.server.room(room).messages[49]?.id}`
    try {
      const page = await anOpenRoom(at.server, room, { attributes: { 'deep-links': '' } })
      const found = await page.says('message 50')
      await page.until(() => found.part.contains('sought'), 'it stands out')
      const [row, log] = [found.getBoundingClientRect(), page.log.getBoundingClientRect()]
      expect(Math.abs(row.top + row.bottom - log.top - log.bottom)).to.be.lessThan(8)
      location.hash = `#chatter:${room}/${at.server.room(room).messages[299]?.id}`
      const other = await page.says('message 300')
      await page.until(() => other.part.contains('sought'), 'the other one stands out')
      await page.until(() => !other.part.contains('sought'), 'and no longer')
    } finally {
      location.hash = hash
    }
  })

  it('open the panel of a launcher at the message that its page was opened at', async () => {
    const room = at.server.open(['ana', 'sam'])
    at.server.say(room, 'sam', 'look here')
    location.hash = `#chatter:${room}/${at.server.room(room).messages[0]?.id}`
    try {
      const page = await aPage(at.server, { attributes: { mode: 'launcher', 'deep-links': '' } })
      const found = await page.says('look here')
      await page.until(() => found.part.contains('sought'), 'it stands out')
    } finally {
      location.hash = ''
    }
  })

  it('stand at the other side where lines run from right to left', async () => {
    const side = async (dir: string) => {
      const page = await aTalk({ attributes: { dir } })
      hover(page, 'theirs')
      const [bar, box] = [page.one('.action-bar'), bubble(page, 'theirs')].map((one) =>
        one.getBoundingClientRect(),
      )
      page.widget.remove()
      return (bar?.left ?? 0) > (box?.left ?? 0)
    }
    expect([await side('ltr'), await side('rtl')]).to.deep.equal([true, false])
  })

  it('go with their message when that goes, and draw no message again', async () => {
    const page = await aTalk()
    hover(page, 'theirs')
    at.server.remove(page.roomId, 3)
    await page.says('This message was deleted')
    await frames(2)
    expect(page.find('.action-bar')).to.equal(null)
  })
})
