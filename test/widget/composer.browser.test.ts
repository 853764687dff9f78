import { expect } from '@open-wc/testing'
import { Problem } from '../../server/protocol/problems.ts'
import { ChatterBeforeSendEvent } from '../../widget/events.ts'
import { aFilledRoom, anOpenRoom, aPage, aServer, frames } from './a-widget.ts'

describe('the composer', () => {
  const at = aServer()

  it('C27: sends on Enter, breaks the line on Shift+Enter', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    page.type('hello')
    const broken = page.press(page.composer, 'Enter', { shiftKey: true })
    expect(broken.defaultPrevented).to.equal(false)
    expect(page.message('hello')).to.equal(undefined)
    const sent = page.press(page.composer, 'Enter')
    expect(sent.defaultPrevented).to.equal(true)
    await page.says('hello')
    expect(page.composer.value).to.equal('')
  })

  it('C27: with send-key="mod-enter" Enter breaks the line and Ctrl+Enter sends', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3), {
      attributes: { 'send-key': 'mod-enter' },
    })
    page.type('hello')
    expect(page.press(page.composer, 'Enter').defaultPrevented).to.equal(false)
    page.press(page.composer, 'Enter', { ctrlKey: true })
    await page.says('hello')
  })

  it('C27: under a finger Enter breaks the line and the button sends', async () => {
    const { matchMedia } = window
    window.matchMedia = (query) => {
      const list = matchMedia.call(window, query)
      return query.includes('pointer: coarse') ? ({ ...list, matches: true } as MediaQueryList) : list
    }
    try {
      const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
      expect(page.composer.getAttribute('enterkeyhint')).to.equal('enter')
      page.type('hello')
      await page.widget.updateComplete
      expect(page.press(page.composer, 'Enter').defaultPrevented).to.equal(false)
      expect(page.composer.value).to.equal('hello')
      page.one('.send').click()
      await page.says('hello')
    } finally {
      window.matchMedia = matchMedia
    }
  })

  it('has what the page puts below it below it, and takes no width from the field for that', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3), { size: [900, 500] })
    const field = () => page.one('[part~=composer-field]').getBoundingClientRect()
    const { width } = field()
    for (const tag of ['p', 'span'] as const) {
      const footer = document.createElement(tag)
      footer.slot = 'composer-footer'
      footer.textContent = 'Messages are kept for 90 days.'
      page.widget.append(footer)
      await frames(2)
      expect(field().width).to.equal(width)
      expect(footer.getBoundingClientRect().top).to.be.at.least(field().bottom)
      footer.remove()
    }
  })

  it('C28: leaves Enter to an input method, in the order of Chrome and of Safari', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    page.type('にほん')
    // Chrome: the key goes down inside the composition.
    page.press(page.composer, 'Enter', { isComposing: true, keyCode: 229 })
    page.composer.dispatchEvent(new CompositionEvent('compositionend'))
    expect(page.composer.value).to.equal('にほん')
    // Safari: the composition has ended before the key goes down, and only the key code shows it.
    page.composer.dispatchEvent(new CompositionEvent('compositionend'))
    page.press(page.composer, 'Enter', { isComposing: false, keyCode: 229 })
    expect(page.composer.value).to.equal('にほん')
    page.press(page.composer, 'Enter', { keyCode: 13 })
    await page.says('にほん')
  })

  it('C29: grows with its text up to six lines, and shrinks after sending', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    const heights: number[] = []
    for (const lines of [1, 2, 4, 6, 20]) {
      page.type(Array(lines).fill('line').join('\n'))
      await frames(1)
      heights.push(page.composer.clientHeight)
    }
    const [one = 0, two = 0, four = 0, six = 0, twenty = 0] = heights
    expect(one).to.be.lessThan(two)
    expect(two).to.be.lessThan(four)
    expect(four).to.be.lessThan(six)
    expect(twenty).to.be.within(six - 1, six + 1)
    page.press(page.composer, 'Enter')
    await page.until(() => page.composer.clientHeight === one, 'it shrinks')
  })

  it('C30: keeps a draft per room, through a switch and a reload, and the list shows those of other rooms', async () => {
    const first = aFilledRoom(at.server, 3)
    const second = at.server.open(['ana', 'mina'])
    const page = await anOpenRoom(at.server, first)
    page.type('half a thought')
    page.composer.dispatchEvent(new FocusEvent('blur'))
    await frames(3)
    expect(page.find('.is-draft')).to.equal(null)
    page.one(`[data-room="${second}"]`).click()
    await page.until(() => page.composer.value === '', 'the other room has none')
    await page.until(() => page.find(`[data-room="${first}"] .is-draft`), 'the list shows the draft')
    page.one(`[data-room="${first}"]`).click()
    await page.until(() => page.composer.value === 'half a thought', 'it is back')
    page.widget.remove()
    const again = await anOpenRoom(at.server, first)
    await again.until(() => again.composer.value === 'half a thought', 'it survived')
  })

  it('C30: writes a draft down before it could get lost: when the field or the page is left', async () => {
    const room = aFilledRoom(at.server, 3)
    const page = await anOpenRoom(at.server, room)
    const stored = () => Object.values({ ...localStorage }).join()
    page.type('for the next reader')
    expect(stored()).not.to.contain('for the next reader')
    document.dispatchEvent(new Event('visibilitychange'))
    expect(stored()).to.contain('for the next reader')
    page.type('or of another field')
    page.composer.dispatchEvent(new FocusEvent('blur'))
    expect(stored()).to.contain('or of another field')
    page.type('or nowhere')
    page.widget.remove()
    expect(stored()).to.contain('or nowhere')
  })

  it('C30: leaves a text that was just typed in its room, and takes none into storage that was sent', async () => {
    const first = aFilledRoom(at.server, 3)
    const second = at.server.open(['ana', 'mina'])
    const page = await anOpenRoom(at.server, first)
    page.type('half a thought')
    page.one(`[data-room="${second}"]`).click()
    await page.until(() => page.composer.value === '', 'the other room has none')
    page.type('sent')
    page.press(page.composer, 'Enter')
    await page.says('sent')
    expect(page.composer.value).to.equal('')
    page.composer.dispatchEvent(new FocusEvent('blur'))
    page.one(`[data-room="${first}"]`).click()
    await page.until(() => page.composer.value === 'half a thought', 'it is back')
    expect(page.find('.is-draft')).to.equal(null)
    page.one(`[data-room="${second}"]`).click()
    await page.until(() => page.composer.value === '', 'the other room has none')
    expect(page.one(`[data-room="${first}"] .is-draft`)).not.to.equal(null)
  })

  it('C30: shares a draft with another tab, where it is gone when one of them sent it', async () => {
    const room = aFilledRoom(at.server, 3)
    const page = await anOpenRoom(at.server, room)
    const written = (key: string | null) => dispatchEvent(new StorageEvent('storage', { key }))
    page.type('begun here')
    page.composer.dispatchEvent(new FocusEvent('blur'))
    const key = Object.keys({ ...localStorage }).find((one) => one.includes(`drafted ${room}`)) ?? ''
    localStorage.setItem(key, JSON.stringify({ v: 1, text: 'begun here, gone on there' }))
    written(key)
    await page.until(() => page.composer.value === 'begun here, gone on there', 'the other tab’s text')
    localStorage.removeItem(key)
    written(key)
    await page.until(() => page.composer.value === '', 'it was sent there')
    for (const stranger of [null, 'of the page', key.replace(room, 'nowhere')]) written(stranger)
    expect(localStorage.getItem(key)).to.equal(null)
  })

  it('C30: shows what the page puts there, over what was typed', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    page.type('typed')
    await page.widget.compose('put there')
    await page.until(() => page.composer.value === 'put there', 'the text of the page')
    page.type('')
    await page.until(() => page.find('.is-draft') === null, 'no draft')
    expect(page.composer.value).to.equal('')
  })

  it('C31: never sends white space', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    page.type(' \n\t ')
    page.press(page.composer, 'Enter')
    await frames(2)
    expect(at.server.heard.filter(({ t }) => t === 'send')).to.have.length(0)
    expect(page.one('.send').getAttribute('aria-disabled')).to.equal('true')
  })

  it('counts against the limit that the server says', async () => {
    at.server.limits = { ...at.server.limits, textChars: 20 }
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    page.type('x'.repeat(19))
    await page.until(() => page.find('.left')?.textContent === '1 left', 'how much is left')
    page.type('x'.repeat(22))
    await page.until(() => page.find('.left.over')?.textContent === '2 characters too long', 'too much')
    page.press(page.composer, 'Enter')
    await frames(2)
    expect(at.server.heard.filter(({ t }) => t === 'send')).to.have.length(0)
  })

  it('C36: sends by the button without taking the focus', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    page.composer.focus()
    page.type('hello')
    await page.widget.updateComplete
    const press = new MouseEvent('mousedown', { bubbles: true, cancelable: true })
    page.one('.send').dispatchEvent(press)
    expect(press.defaultPrevented).to.equal(true)
    page.one('.send').click()
    await page.says('hello')
    expect(page.root.activeElement).to.equal(page.composer)
  })

  it('K54: lets no key reach the page, unless the page wants them', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    const heard: string[] = []
    const listen = (event: Event) => void heard.push(event.type)
    const kinds = ['keydown', 'keypress', 'keyup'] as const
    for (const kind of kinds) document.addEventListener(kind, listen)
    try {
      for (const kind of kinds)
        page.composer.dispatchEvent(new KeyboardEvent(kind, { key: 'k', bubbles: true, composed: true }))
      expect(heard).to.deep.equal([])
      page.widget.keepEvents = true
      await page.widget.updateComplete
      for (const kind of kinds)
        page.composer.dispatchEvent(new KeyboardEvent(kind, { key: 'k', bubbles: true, composed: true }))
      expect(heard).to.deep.equal([...kinds])
    } finally {
      for (const kind of kinds) document.removeEventListener(kind, listen)
    }
  })

  it('lets the page change or stop what is sent', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    page.widget.addEventListener('chatter-before-send', (event) => {
      expect(event).to.be.instanceOf(ChatterBeforeSendEvent)
      if (event.text === 'stop') event.preventDefault()
      else event.text = `${event.text}!`
    })
    page.type('stop')
    page.press(page.composer, 'Enter')
    page.type('hello')
    page.press(page.composer, 'Enter')
    await page.says('hello!')
    expect(page.message('stop')).to.equal(undefined)
  })
})

describe('delivery', () => {
  const at = aServer()

  it('D38: shows my message at once, and "sending" only after 400 ms', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    at.server.toServer = (frame) => (frame.t === 'send' ? 'drop' : 'pass')
    page.type('hello')
    const before = performance.now()
    page.press(page.composer, 'Enter')
    await page.widget.updateComplete
    expect(page.message('hello')).to.not.equal(undefined)
    expect(performance.now() - before).to.be.lessThan(500)
    const status = page.message('hello')?.querySelector('.status') as Element
    const [appears] = status.getAnimations()
    expect(appears?.effect?.getTiming().delay).to.equal(400)
    expect(getComputedStyle(status).opacity).to.equal('0')
  })

  it('D39: says in words how far a message got', async () => {
    const room = aFilledRoom(at.server, 3)
    const page = await anOpenRoom(at.server, room)
    const message = await page.send('hello')
    const label = () => message.getAttribute('aria-label') ?? ''
    await page.until(() => label().endsWith('Sent'), 'sent')
    at.server.read(room, 'sam', 99)
    await page.until(() => label().endsWith('Seen'), 'seen')
    // Of two people one sign says it.
    expect(message.querySelector('.status.seen')?.getAttribute('aria-label')).to.equal('Seen')
    expect(page.find('.seen-by')).to.equal(null)
    expect(label()).to.match(/^You, hello, /)
  })

  it('a message of one line is 56 px high at most, on its way as when it is stored', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    at.server.toServer = (frame) => (frame.t === 'send' ? 'drop' : 'pass')
    const lone = await page.send('hello')
    const heightOf = (row: HTMLElement) =>
      row.offsetHeight + Number.parseFloat(getComputedStyle(row).marginBlockStart)
    const before = heightOf(lone)
    expect(before).to.be.lessThan(56)
    at.server.toServer = () => 'pass'
    at.server.cut()
    await page.until(() => lone.querySelector('.status.sent'), 'stored')
    expect(heightOf(lone)).to.equal(before)
    const next = await page.send('one more')
    await page.until(() => next.querySelector('.status.sent'), 'stored')
    // Beside all but the last of a group the time is there for who points at it, and moves nothing.
    expect(getComputedStyle(lone.querySelector('.meta') as Element).opacity).to.equal('0')
    expect(heightOf(lone)).to.equal(before)
  })

  it('D40: offers Retry and Delete where a message failed, and keeps its place', async () => {
    const room = aFilledRoom(at.server, 3)
    const page = await anOpenRoom(at.server, room)
    at.server.refuse = (frame) => (frame.t === 'send' ? new Problem('forbidden', 'no') : undefined)
    await page.send('hello')
    await page.soon('.message.failed')
    expect(page.one('.message.failed .actions').textContent).to.contain('You are not allowed to do that.')
    at.server.say(room, 'sam', 'later')
    await page.says('later')
    expect(page.texts.slice(-2)).to.deep.equal(['hello', 'later'])
    at.server.refuse = () => undefined
    const [retry] = page.all<HTMLButtonElement>('.message.failed button')
    retry?.click()
    await page.until(() => !page.find('.message.failed, .message.pending'), 'it is sent')
  })

  it('D40, K55: deletes a failed message, and the focus goes to its neighbour', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    at.server.refuse = (frame) => (frame.t === 'send' ? new Problem('forbidden', 'no') : undefined)
    await page.send('hello')
    const failed = await page.soon('.message.failed')
    failed.focus()
    page.press(failed, 'Enter')
    await page.until(() => page.root.activeElement?.localName === 'button', 'inside')
    page.all('.message.failed button').at(-1)?.click()
    await page.until(() => !page.message('hello'), 'it is gone')
    await page.until(() => page.root.activeElement?.classList.contains('message'), 'the neighbour')
  })

  it('D41: stores a message once when the connection breaks between sending and the answer', async () => {
    const room = aFilledRoom(at.server, 3)
    const page = await anOpenRoom(at.server, room)
    let cuts = 0
    at.server.toClient = (frame) => {
      if (frame.t !== 'ok' || !('message' in frame) || cuts++ > 0) return 'pass'
      // With this one after it, no preview of the room shows that its own has arrived.
      setTimeout(() => at.server.say(room, 'sam', 'meanwhile'))
      return 'cut'
    }
    await page.send('once')
    await page.until(() => page.message('once')?.getAttribute('aria-label')?.endsWith('Sent'), 'sent')
    const sent = at.server.heard.filter((frame) => frame.t === 'send')
    expect(sent.map(({ messageId }) => messageId)).to.deep.equal([sent[0]?.messageId, sent[0]?.messageId])
    expect(at.server.room(room).messages.filter(({ text }) => text === 'once')).to.have.length(1)
    await page.until(() => page.texts.filter((text) => text === 'once').length === 1, 'one bubble')
  })

  it('D43: says that the connection is lost after two seconds, and takes messages meanwhile', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    at.server.isDown = true
    at.server.cut()
    await frames(5)
    expect(page.find('.banner')).to.equal(null)
    await page.send('while offline')
    const banner = await page.soon('.banner')
    expect(banner.textContent).to.contain('No connection')
    expect(document.querySelector('[data-chatter-announcer="polite"]')?.textContent).to.contain(
      'No connection',
    )
    at.server.isDown = false
    page.one<HTMLButtonElement>('.banner button').click()
    await page.until(
      () => page.message('while offline')?.getAttribute('aria-label')?.endsWith('Sent'),
      'sent',
    )
    await page.until(() => !page.find('.banner'), 'the banner goes')
  })

  it('D44: asks the page to sign in when the token is refused, and goes on with a new one', async () => {
    at.server.open(['ana'])
    const { signIn } = at.server
    at.server.signIn = () => {
      throw new Problem('unauthorized', 'no')
    }
    let faults = 0
    const page = await aPage(at.server, {
      before: (widget) => widget.addEventListener('chatter-auth-error', () => void faults++),
    })
    await page.until(() => page.one('.panel').textContent?.includes('Chat is not available right now'), 'why')
    expect(page.one('.panel').textContent).not.to.contain('You are signed out')
    expect(faults).to.equal(1)
    at.server.signIn = signIn
    page.one<HTMLButtonElement>('.empty button').click()
    await page.soon('.room')
  })

  it('D45: says why a room could not be loaded, and tries again', async () => {
    const room = aFilledRoom(at.server, 3)
    const { fetch } = globalThis
    let isBroken = true
    globalThis.fetch = (input, init) =>
      isBroken && String(input).includes('/messages')
        ? Promise.reject(new TypeError('no'))
        : fetch(input, init)
    try {
      const page = await aPage(at.server, { attributes: { 'room-id': room } })
      const error = await page.soon('.log .error')
      expect(error.textContent).to.contain('There is no connection.')
      isBroken = false
      error.querySelector('button')?.click()
      await page.says('message 3\nand more\nand more\nand more')
    } finally {
      globalThis.fetch = fetch
    }
  })

  it('D46: says why there is nothing to show, in each case', async () => {
    const notes = at.server.open(['ana'])
    for (let more = 0; more < 8; more++) at.server.open(['ana', `u${more}`])
    const page = await anOpenRoom(at.server, notes)
    expect(page.one('.log .empty').textContent).to.contain('A place of your own')
    page.one(`[data-room]:not([data-room="${notes}"])`).click()
    await page.until(() => page.one('.log').textContent?.includes('Say hello'), 'an empty room')
    const search = page.one<HTMLInputElement>('.search input')
    search.value = 'nobody'
    search.dispatchEvent(new InputEvent('input'))
    await page.until(
      () => page.one('.sidebar').textContent?.includes('No conversations found for “nobody”'),
      'no hit',
    )
    await page.widget.openRoom('00000000-0000-7000-8000-00000000dead')
    await page.until(
      () => page.one('.thread').textContent?.includes('This conversation is not here'),
      'no access',
    )
  })

  // Firefox put the placeholder beside the field, and a scroll bar below it.
  it('shows what stands in an empty field inside it, right to left too', async () => {
    for (const dir of ['ltr', 'rtl']) {
      const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3), { attributes: { dir } })
      const { scrollWidth, clientWidth } = page.composer
      expect(scrollWidth, dir).to.equal(clientWidth)
      page.type('hello')
      expect(getComputedStyle(page.composer).unicodeBidi, dir).to.equal('plaintext')
    }
  })
})
