import { expect } from '@open-wc/testing'
import { emulateMedia } from '@web/test-runner-commands'
import { Problem } from '../../server/protocol/problems.ts'
import { aToken } from './a-chat.ts'
import { aFilledRoom, anOpenRoom, aPage, aServer, frames } from './a-widget.ts'

describe('the element', () => {
  const at = aServer()

  it('takes properties that were set before it was defined', async () => {
    const early = document.createElement('chatter-early') as HTMLElement & Record<string, unknown>
    Object.assign(early, { mode: 'launcher', open: true, token: aToken('ana'), server: at.server.url })
    document.body.append(early)
    const { ChatterWidget } = await import('../../widget/index.ts')
    customElements.define('chatter-early', class extends ChatterWidget {})
    await early.updateComplete
    expect(early).to.include({ mode: 'launcher', isOpen: true, token: aToken('ana') })
    expect(typeof early.open).to.equal('function')
    early.remove()
  })

  it('keeps one connection and its state when it is moved, and lets go when it is removed', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    page.type('half a thought')
    const box = document.createElement('div')
    document.body.append(box)
    box.append(page.widget)
    await frames(3)
    expect(at.server.connections).to.equal(1)
    expect(page.composer.value).to.equal('half a thought')
    box.remove()
    await page.until(() => at.server.connections === 0, 'disconnected')
    document.body.append(page.widget)
    await page.until(() => at.server.connections === 1, 'connected again')
    await page.send('I am back')
    page.widget.remove()
  })

  it('takes methods before it is ready, in order', async () => {
    const room = aFilledRoom(at.server, 3)
    const page = await aPage(at.server, { attributes: { mode: 'launcher', load: 'interaction' } })
    expect(at.server.connections).to.equal(0)
    const opened = page.widget.openRoom(room)
    const sent = page.widget.send('hello', { roomId: room })
    await opened
    expect(await sent).to.be.a('string')
    await page.says('hello')
    expect(await page.widget.openDirect('mina')).to.be.a('string')
    await page.until(() => page.one('.header-title').textContent === 'Mina', 'Mina')
    await page.widget.createGroup({ memberIds: ['sam', 'zoe'], name: 'Us' })
    await page.until(() => page.one('.header-title').textContent === 'Us', 'the group')
    await page.widget.compose('a start')
    await page.until(() => page.composer.value === 'a start', 'composed')
    expect(page.widget.currentUser?.name).to.equal('Ana')
  })

  it('tells the page what happens', async () => {
    const room = aFilledRoom(at.server, 3)
    const heard: string[] = []
    const names = ['ready', 'room-change', 'send', 'message', 'connection-change'] as const
    const page = await aPage(at.server, {
      attributes: { 'room-id': room },
      before: (widget) => {
        for (const name of names) widget.addEventListener(`chatter-${name}`, () => void heard.push(name))
      },
    })
    await page.says('message 2\nand more\nand more')
    await page.send('hello')
    await page.until(() => heard.includes('send'), 'sent')
    at.server.say(room, 'sam', 'hi')
    await page.until(() => heard.includes('message'), 'heard')
    expect([...new Set(heard)].sort()).to.deep.equal([...names].sort())
  })

  it('has states for the page to style', async () => {
    const room = aFilledRoom(at.server, 3)
    aFilledRoom(at.server, 3, { unread: 2, members: ['ana', 'sam', 'zoe'] })
    const page = await anOpenRoom(at.server, room, { size: [400, 600] })
    await page.until(() => page.widget.matches(':state(unread)'), 'unread')
    expect(page.widget.matches(':state(open):state(narrow)')).to.equal(true)
    page.widget.dir = 'rtl'
    await page.until(() => page.widget.matches(':state(rtl)'), 'rtl')
    at.server.isDown = true
    at.server.cut()
    await page.until(() => page.widget.matches(':state(offline)'), 'offline')
  })

  it('signs another user in, and forgets the first', async () => {
    const room = aFilledRoom(at.server, 3)
    at.server.open(['sam'])
    const page = await anOpenRoom(at.server, room)
    page.widget.removeAttribute('room-id')
    page.widget.token = aToken('sam')
    await page.until(() => page.widget.currentUser?.id === 'sam', 'sam')
    await page.widget.logout()
    await page.until(() => page.one('.panel').textContent?.includes('You are signed out'), 'signed out')
    expect(localStorage.length).to.equal(0)
  })

  it('speaks the page’s words', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    page.widget.strings = { message: 'Schreib was', rooms: 'Gespräche' }
    await page.until(() => page.composer.placeholder === 'Schreib was', 'its words')
    expect(page.one('.bar-title').textContent).to.equal('Gespräche')
  })

  it('stands on a page twice', async () => {
    const room = aFilledRoom(at.server, 3)
    const one = await anOpenRoom(at.server, room)
    const two = await anOpenRoom(at.server, room)
    await one.send('hello')
    await two.says('hello')
    two.type('mine alone')
    expect(one.composer.value).to.equal('')
    expect(document.querySelectorAll('[data-chatter-announcer]')).to.have.length(2)
  })
})

describe('the launcher', () => {
  const at = aServer()

  it('K52: moves the focus to the composer, and Escape closes and brings it back', async () => {
    const room = aFilledRoom(at.server, 3)
    const page = await aPage(at.server, { attributes: { mode: 'launcher', 'room-id': room } })
    const button = page.one<HTMLButtonElement>('.launcher')
    expect(button.getAttribute('aria-expanded')).to.equal('false')
    button.focus()
    button.click()
    await page.says('message 2\nand more\nand more')
    await page.widget.open()
    await page.widget.focusComposer()
    await page.until(() => page.root.activeElement === page.composer, 'the composer has the focus')
    expect(button.getAttribute('aria-expanded')).to.equal('true')
    page.press(page.composer, 'Escape')
    await page.until(() => !page.find('.panel'), 'closed')
    expect(page.root.activeElement).to.equal(button)
  })

  it('shows how much is unread before it is opened', async () => {
    aFilledRoom(at.server, 12, { unread: 7 })
    const page = await aPage(at.server, { attributes: { mode: 'launcher' } })
    const badge = await page.soon('.launcher-badge')
    expect(badge.textContent).to.equal('7')
    expect(page.one('.launcher').getAttribute('aria-label')).to.equal('Open chat, 7 unread')
  })

  it('lets the page keep it closed, or open', async () => {
    at.server.open(['ana'])
    const page = await aPage(at.server, { attributes: { mode: 'launcher' } })
    const refuse = (event: Event) => event.preventDefault()
    page.widget.addEventListener('chatter-open', refuse)
    await page.widget.open()
    expect(page.widget.isOpen).to.equal(false)
    page.widget.removeEventListener('chatter-open', refuse)
    await page.widget.toggle()
    expect(page.widget.isOpen).to.equal(true)
    page.widget.addEventListener('chatter-close', refuse)
    await page.widget.close()
    expect(page.widget.isOpen).to.equal(true)
  })

  it('E69: takes no space', async () => {
    const page = await aPage(at.server, { attributes: { mode: 'launcher', open: '' } })
    expect(page.widget.getBoundingClientRect().height).to.equal(0)
  })

  it('shows one pane at a time, with a way back', async () => {
    const room = aFilledRoom(at.server, 3)
    const page = await aPage(at.server, { attributes: { mode: 'launcher', open: '' } })
    ;(await page.soon('.room')).click()
    await page.soon('.message')
    expect(page.find('.sidebar')).to.equal(null)
    page.one('[part~=back-button]').click()
    await page.soon('.sidebar')
    await page.until(
      () => (page.root.activeElement as HTMLElement)?.dataset.room === room,
      'the focus is on the room',
    )
  })
})

describe('messages', () => {
  const at = aServer()

  it('M21: groups one author within five minutes, with one name and one picture', async () => {
    const room = at.server.open(['ana', 'sam', 'mina'])
    const { messages } = at.server.room(room)
    for (const [author, minute] of [
      ['sam', 0],
      ['sam', 1],
      ['sam', 9],
      ['mina', 10],
    ] as const) {
      const said = at.server.say(room, author, `${author} ${minute}`)
      messages[messages.length - 1] = {
        ...said,
        createdAt: new Date(Date.now() - 3_600_000 + minute * 60_000).toISOString(),
      }
    }
    const page = await anOpenRoom(at.server, room)
    const kinds = page
      .all('.message')
      .map((message) => [...message.part].filter((part) => /first|last/.test(part)).join(' '))
    expect(kinds).to.deep.equal(['first', 'last', 'first last', 'first last'])
    expect(page.all('[part=author]').map(({ textContent }) => textContent)).to.deep.equal([
      'Sam',
      'Sam',
      'Mina',
    ])
    expect(page.all('.message > .avatar')).to.have.length(3)
  })

  it('M22: separates days: a date, a weekday, Yesterday, Today', async () => {
    const room = at.server.open(['ana', 'sam'])
    const { messages } = at.server.room(room)
    const noonOf = (daysAgo: number) =>
      new Date(new Date(Date.now() - daysAgo * 86_400_000).setHours(0, 0, 1))
    for (const days of [20, 3, 1, 0]) {
      const said = at.server.say(room, 'sam', `${days}`)
      messages[messages.length - 1] = { ...said, createdAt: noonOf(days).toISOString() }
    }
    const page = await anOpenRoom(at.server, room, { attributes: { lang: 'en-GB' } })
    const date = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long' }).format(noonOf(20))
    const weekday = new Intl.DateTimeFormat('en-GB', { weekday: 'long' }).format(noonOf(3))
    const days = page.all('.day-separator').map(({ textContent }) => textContent)
    expect(days).to.deep.equal([date, weekday, 'Yesterday', 'Today'])
  })

  it('M23: writes times in the language of the page and the hours it asks for', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 1), {
      attributes: { lang: 'de', 'hour-cycle': 'h23' },
    })
    expect(page.one('.message time').textContent).to.match(/^\d\d:\d\d$/)
    page.widget.lang = 'ar-EG'
    await page.until(() => /[٠-٩]/.test(page.one('.message time').textContent ?? ''), 'Arabic digits')
  })

  it('M24: shows the full time of a message on click and on Enter', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    const [first] = page.all('.message')
    const time = first?.querySelector('time')
    expect(time?.dateTime).to.match(/^\d{4}-\d\d-\d\dT/)
    const short = time?.textContent
    first?.querySelector<HTMLElement>('[part=bubble]')?.click()
    await page.widget.updateComplete
    expect(time?.textContent).to.contain(String(new Date().getFullYear()))
    first?.focus()
    page.press(first as Element, 'Enter')
    await page.widget.updateComplete
    expect(time?.textContent).to.equal(short)
  })

  it('M25: shows a few emoji large, and wraps words of 8,000 letters', async () => {
    const room = at.server.open(['ana', 'sam'])
    at.server.say(room, 'sam', '👩🏽‍🚀🏳️‍🌈 😍')
    at.server.say(room, 'sam', 'x'.repeat(8000))
    const page = await anOpenRoom(at.server, room, { size: [375, 600] })
    expect(page.all('.text.emoji')).to.have.length(1)
    expect(page.log.scrollWidth).to.equal(page.log.clientWidth)
  })

  it('renders what users write as text, and links only what is one', async () => {
    const room = at.server.open(['ana', 'sam'])
    const text =
      '<img src=x onerror=alert(1)> javascript:alert(1) see (https://example.org/a_(b)). www.example.com, me@example.org'
    at.server.say(room, 'sam', text)
    const page = await anOpenRoom(at.server, room)
    expect(page.texts).to.deep.equal([text])
    expect(page.find('.text img')).to.equal(null)
    const links = page.all<HTMLAnchorElement>('.text a')
    expect(links.map(({ href }) => href)).to.deep.equal([
      'https://example.org/a_(b)',
      'https://www.example.com/',
      'mailto:me@example.org',
    ])
    for (const link of links)
      expect([link.target, link.rel]).to.deep.equal(['_blank', 'noopener noreferrer nofollow ugc'])
  })

  it('keeps tricks with the direction of text inside their message, and out of links', async () => {
    const room = at.server.open(['ana', 'sam'])
    at.server.say(room, 'sam', 'https://example.org/\u202egpj.exe')
    const page = await anOpenRoom(at.server, room)
    expect(page.one<HTMLAnchorElement>('.text a').href).to.equal('https://example.org/')
    expect(getComputedStyle(page.one('.text')).unicodeBidi).to.equal('isolate')
    expect(page.one('.text').dir).to.equal('auto')
  })

  it('K48, K49: are one tab stop; arrows, Home and End move, Enter goes in, Escape comes out', async () => {
    const room = aFilledRoom(at.server, 80)
    at.server.say(room, 'sam', 'see https://example.org')
    at.server.read(room, 'ana', 99)
    const page = await anOpenRoom(at.server, room)
    const stops = () => page.all('.log [tabindex="0"]')
    expect(stops()).to.have.length(1)
    const newest = page.all('.message').at(-1) as HTMLElement
    expect(stops()[0]).to.equal(newest)
    newest.focus()
    const press = async (key: string) => {
      page.press(page.root.activeElement as Element, key)
      await page.widget.updateComplete
      await frames(2)
    }
    const focused = () =>
      page.root.activeElement?.querySelector('.text')?.textContent ?? page.root.activeElement?.localName
    await press('ArrowUp')
    expect(focused()).to.match(/^message 80/)
    await press('ArrowDown')
    await press('Enter')
    expect(page.root.activeElement?.localName).to.equal('a')
    await press('Escape')
    expect(page.root.activeElement).to.equal(newest)
    await press('Home')
    expect(focused()).to.match(/^message 3[0-9]/)
    await press('End')
    expect(focused()).to.match(/^see/)
    expect(page.below).to.be.lessThan(10)
  })

  it('A57: tells of messages of others, batched, and not of mine', async () => {
    const room = aFilledRoom(at.server, 3)
    const page = await anOpenRoom(at.server, room)
    const region = document.querySelector('[data-chatter-announcer="polite"]')
    if (region) region.textContent = ''
    await page.send('mine')
    at.server.say(room, 'sam', 'first')
    await page.until(() => region?.textContent?.trim() === 'Sam: first', 'one is read out')
    at.server.say(room, 'sam', 'second')
    at.server.say(room, 'sam', 'third')
    await page.until(() => region?.textContent?.trim() === '2 new messages in Sam', 'two are counted')
  })

  it('A59: tells at once of a message that was refused', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    at.server.refuse = (frame) => (frame.t === 'send' ? new Problem('forbidden', 'no') : undefined)
    await page.send('refused')
    const region = document.querySelector('[data-chatter-announcer="assertive"]')
    await page.until(() => region?.textContent?.trim() === 'Not sent: refused', 'told')
  })
})

for (const theme of ['light', 'dark'] as const) {
  describe(`is accessible, ${theme}`, () => {
    const at = aServer()

    const states: Record<string, () => Promise<unknown>> = {
      'with a room full of messages': async () => {
        const room = aFilledRoom(at.server, 30, { unread: 20, members: ['ana', 'sam', 'mina'] })
        at.server.say(room, 'sam', 'see https://example.org')
        aFilledRoom(at.server, 3, { unread: 2 })
        for (let more = 0; more < 6; more++) at.server.open(['ana', `u${more}`])
        const page = await anOpenRoom(at.server, room, { attributes: { theme } })
        await page.send('hello')
        at.server.read(room, 'sam', 99)
        await page.soon('.seen-by')
        page.message('hello')?.querySelector<HTMLElement>('[part=bubble]')?.click()
        await page.soon('.seen-by ul')
        await page.isAccessible()
      },
      'with a message that failed, offline': async () => {
        const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3), { attributes: { theme } })
        at.server.refuse = (frame) => (frame.t === 'send' ? new Problem('forbidden', 'no') : undefined)
        await page.send('hello')
        await page.soon('.message.failed')
        at.server.isDown = true
        at.server.cut()
        await page.send('pending')
        await page.soon('.banner')
        await page.isAccessible()
      },
      'with nothing yet': async () => {
        const page = await aPage(at.server, { attributes: { theme } })
        await page.soon('.log .empty')
        await page.isAccessible()
      },
      'as a launcher, closed and open': async () => {
        aFilledRoom(at.server, 5, { unread: 2 })
        const page = await aPage(at.server, { attributes: { theme, mode: 'launcher' } })
        await page.soon('.launcher-badge')
        await page.isAccessible()
        await page.widget.open()
        await page.soon('.room')
        await page.isAccessible()
      },
      'signed out': async () => {
        at.server.signIn = () => {
          throw new Problem('unauthorized', 'no')
        }
        const page = await aPage(at.server, { attributes: { theme } })
        await page.soon('.empty button')
        await page.isAccessible()
      },
      'with the picker, from right to left': async () => {
        aFilledRoom(at.server, 3)
        const page = await aPage(at.server, { attributes: { theme, dir: 'rtl' } })
        page.one('[part~="new-room-button"]').click()
        ;(await page.soon('[role=option]')).click()
        await page.soon('.chip')
        await page.isAccessible()
      },
    }
    for (const [state, test] of Object.entries(states)) it(state, test)

    it('without motion for those who asked', async () => {
      await emulateMedia({ reducedMotion: 'reduce' })
      try {
        const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3), { attributes: { theme } })
        expect(getComputedStyle(page.one('.send')).transitionDuration).to.equal('0s')
      } finally {
        await emulateMedia({ reducedMotion: 'no-preference' })
      }
    })
  })
}
