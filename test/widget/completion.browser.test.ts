import { expect } from '@open-wc/testing'
import { Problem } from '../../server/protocol/problems.ts'
import { anOpenRoom, aServer, type Given, type Page } from './a-widget.ts'
import { setMotion } from './browser.ts'
import { aUser } from './builders.ts'

describe('what is begun in the text field', () => {
  const at = aServer()
  before(() => setMotion('reduce'))
  after(() => setMotion('no-preference'))

  /** Without the pictures, which are for eyes only. */
  const nameOf = (option: HTMLElement) =>
    [...option.querySelectorAll(':scope > :not([aria-hidden])')]
      .map((part) => part.textContent?.trim())
      .join('')
  const options = (page: Page) => page.all('[role=option]').map(nameOf)
  const active = (page: Page) => page.all('[role=option][aria-selected=true]').map(nameOf)
  const sent = (room: string) => at.server.room(room).messages.at(-1)
  const isOpen = (page: Page) => page.find('.completions') !== null
  const press = (page: Page, key: string, more: KeyboardEventInit = {}) =>
    page.press(page.composer, key, more)

  async function aGroup(
    members = ['ana', 'sam', 'mina', 'milo'],
    given: Given = {},
  ): Promise<{ page: Page; room: string }> {
    const room = at.server.open(members)
    at.server.say(room, members.find((one) => one !== 'ana') ?? '', 'hello')
    at.server.read(room, 'ana', 1)
    return { page: await anOpenRoom(at.server, room, given), room }
  }

  /** Types until there is something to choose: what offers it is loaded when the page is idle. */
  async function begin(page: Page, text: string): Promise<void> {
    page.composer.focus()
    await page.until(() => !isOpen(page), 'nothing else is there')
    let typedAt = 0
    await page.until(() => {
      // Not so often that typing never rests.
      const isLate = performance.now() - typedAt > 500
      if (isLate && !isOpen(page)) {
        typedAt = performance.now()
        page.type(text)
      }
      return isOpen(page)
    }, `there is something to choose for ${text}`)
  }

  it('C35: `@` opens a list of people, and Enter takes the one that is active', async () => {
    const { page, room } = await aGroup()
    await begin(page, 'hi @mi')
    expect(options(page)).to.deep.equal(['Milo', 'Mina'])
    expect(page.composer.getAttribute('aria-autocomplete')).to.equal('list')
    expect(page.composer.getAttribute('aria-haspopup')).to.equal('listbox')
    const list = page.one('[role=listbox]')
    expect(list.ariaLabel).to.equal('Mention somebody')
    expect(page.composer.getAttribute('aria-controls')).to.equal(list.id)
    const activeId = () => page.composer.getAttribute('aria-activedescendant')
    expect(activeId()).to.equal(page.all('[role=option]')[0]?.id)
    await page.isAccessible()
    press(page, 'ArrowDown')
    await page.widget.updateComplete
    expect(active(page)).to.deep.equal(['Mina'])
    expect(activeId()).to.equal(page.all('[role=option]')[1]?.id)
    press(page, 'Enter')
    await page.widget.updateComplete
    expect(page.composer.value).to.equal('hi @Mina ')
    expect(isOpen(page)).to.equal(false)
    for (const name of ['aria-autocomplete', 'aria-haspopup', 'aria-controls', 'aria-activedescendant'])
      expect(page.composer.hasAttribute(name), name).to.equal(false)
    await page.isAccessible()
    press(page, 'Enter')
    const chip = await page.soon('.own .mention')
    expect(chip.textContent).to.equal('@Mina')
    await page.until(() => sent(room)?.text === 'hi @Mina', 'the server has it')
    expect(sent(room)?.mentions).to.deep.equal([{ userId: 'mina', at: 3, length: 5 }])
  })

  it('A63: names begin where the page’s lines do, whichever way they run', async () => {
    const { page } = await aGroup(['ana', 'sam', 'ليلى'], { attributes: { dir: 'rtl' } })
    await begin(page, '@')
    for (const dir of ['rtl', 'ltr']) {
      page.widget.dir = dir
      await page.widget.updateComplete
      for (const name of page.all('.completion .lines > bdi')) {
        const range = document.createRange()
        range.selectNodeContents(name)
        const [text, box] = [range.getBoundingClientRect(), name.getBoundingClientRect()]
        const off = dir === 'rtl' ? box.right - text.right : text.left - box.left
        expect(off, `${name.textContent} ${dir}`).to.be.at.most(3)
      }
    }
    expect(page.all('.completion .lines > bdi').length).to.be.at.least(2)
  })

  it('C35: Tab takes it too, and a press; the focus stays in the field', async () => {
    const { page } = await aGroup()
    await begin(page, '@mil')
    expect(press(page, 'Tab').defaultPrevented).to.equal(true)
    expect(page.composer.value).to.equal('@Milo ')
    expect(page.root.activeElement).to.equal(page.composer)
    await begin(page, '@Milo @s')
    const [one] = page.all('[role=option]')
    const down = new MouseEvent('mousedown', { bubbles: true, composed: true, cancelable: true })
    one?.dispatchEvent(down)
    expect(down.defaultPrevented).to.equal(true)
    one?.click()
    expect(page.composer.value).to.equal('@Milo @Sam ')
    expect(page.root.activeElement).to.equal(page.composer)
    const { mentions } = page.widget.chat.state.drafts.get(page.widget.roomId ?? '') ?? {}
    expect(mentions?.map(({ userId }) => userId)).to.deep.equal(['milo', 'sam'])
  })

  it('C35: Escape leaves the text as it is, and does nothing else', async () => {
    const room = at.server.open(['ana', 'sam', 'mina'])
    at.server.say(room, 'sam', 'hello')
    const page = await anOpenRoom(at.server, room)
    await begin(page, '@mi')
    const key = press(page, 'Escape')
    await page.widget.updateComplete
    expect(key.defaultPrevented).to.equal(true)
    expect(isOpen(page)).to.equal(false)
    expect(page.composer.value).to.equal('@mi')
    page.type('@min')
    await page.widget.updateComplete
    expect(isOpen(page)).to.equal(false)
    await begin(page, '@min @mi')
    press(page, 'Escape')
    press(page, 'Enter')
    await page.until(() => sent(room)?.text === '@min @mi', 'it is sent')
    expect(sent(room)?.mentions).to.equal(undefined)
  })

  it('Escape steps back from an answer only once the list is gone', async () => {
    const { page, room } = await aGroup()
    const { id } = at.server.room(room).messages[0] ?? { id: '' }
    page.widget.chat.setDraft(room, {
      text: '',
      replyTo: id,
      quote: { id, seq: 1, authorId: 'sam', text: 'hello' },
    })
    await page.soon('.context')
    await begin(page, '@mi')
    press(page, 'Escape')
    await page.until(() => !isOpen(page), 'the list is gone')
    expect(page.find('.context')).to.not.equal(null)
    press(page, 'Escape')
    await page.until(() => !page.find('.context'), 'the answer is')
  })

  it('C35: names are found with accents folded, by each of their words, in the middle of a text', async () => {
    const { page, room } = await aGroup(['ana', 'zoë van Dyck', 'sam'])
    await begin(page, '@zoe')
    expect(options(page)).to.deep.equal(['Zoë van Dyck'])
    page.type('hi and bye')
    page.composer.setSelectionRange(3, 3)
    page.composer.setRangeText('@dy ', 3, 3, 'end')
    page.composer.setSelectionRange(6, 6)
    page.composer.dispatchEvent(new InputEvent('input', { bubbles: true }))
    await page.until(() => isOpen(page), 'there is somebody')
    press(page, 'Enter')
    expect(page.composer.value).to.equal('hi @Zoë van Dyck and bye')
    expect(page.composer.selectionStart).to.equal(16)
    page.type('oh, hi @Zoë van Dyck and bye')
    press(page, 'Enter')
    await page.until(() => sent(room)?.mentions?.length === 1, 'it is sent')
    expect(sent(room)?.mentions).to.deep.equal([{ userId: 'zoë van Dyck', at: 7, length: 13 }])
  })

  it('C35: no key is taken while an input method composes', async () => {
    const { page } = await aGroup()
    await begin(page, '@mi')
    const enter = press(page, 'Enter', { isComposing: true })
    expect(enter.defaultPrevented).to.equal(false)
    expect(page.composer.value).to.equal('@mi')
    expect(isOpen(page)).to.equal(true)
  })

  it('C35: the list goes with the caret, the focus and the room', async () => {
    const { page } = await aGroup()
    await begin(page, '@mi')
    page.composer.setSelectionRange(0, 0)
    press(page, 'ArrowLeft')
    page.composer.dispatchEvent(new KeyboardEvent('keyup', { key: 'ArrowLeft', bubbles: true }))
    await page.until(() => !isOpen(page), 'the caret is elsewhere')
    page.type('')
    await begin(page, '@mi')
    page.composer.blur()
    await page.until(() => !isOpen(page), 'the focus is elsewhere')
    page.type('')
    await begin(page, '@mi')
    await page.widget.openRoom(at.server.open(['ana', 'bo']))
    await page.until(() => !isOpen(page), 'another room')
  })

  it('C35: the list goes with the text: when a press on the button sends it, and when another tab changes it', async () => {
    const { page, room } = await aGroup()
    await begin(page, 'hi @mi')
    // The press leaves the focus where it is.
    page.one('[part=send-button]').click()
    await page.until(() => sent(room)?.text === 'hi @mi', 'it is sent')
    await page.until(() => !isOpen(page), 'nothing is begun any more')
    await begin(page, 'so @mi')
    page.widget.chat.setDraft(room, 'of another tab')
    await page.until(() => page.composer.value === 'of another tab', 'it is here')
    await page.until(() => !isOpen(page), 'nothing is begun in it')
    press(page, 'Enter')
    await page.until(() => sent(room)?.text === 'of another tab', 'it is sent as it stands')
  })

  it('C35: a mention that is cut into is text again, and so is one that the browser takes back', async () => {
    const { page, room } = await aGroup()
    await begin(page, '@mi')
    press(page, 'ArrowDown')
    press(page, 'Enter')
    expect(page.composer.value).to.equal('@Mina ')
    document.execCommand('undo')
    await page.until(() => page.composer.value !== '@Mina ', 'it is taken back')
    document.execCommand('redo')
    await page.widget.updateComplete
    page.type(`${page.composer.value}so`)
    press(page, 'Escape')
    press(page, 'Enter')
    await page.until(() => (sent(room)?.text ?? '').endsWith('so'), 'it is sent')
    for (const { at: from, length } of sent(room)?.mentions ?? [])
      expect(sent(room)?.text.slice(from, from + length)).to.equal('@Mina')
    await begin(page, 'so @mil')
    press(page, 'Enter')
    page.type('so @Mil')
    press(page, 'Escape')
    press(page, 'Enter')
    await page.until(() => sent(room)?.text === 'so @Mil', 'it is sent')
    expect(sent(room)?.mentions).to.equal(undefined)
  })

  it('C34: mentions survive a reload with what was begun, and stay in a message that is edited', async () => {
    const { page, room } = await aGroup()
    await begin(page, 'hi @mil')
    press(page, 'Enter')
    page.widget.remove()
    const again = await anOpenRoom(at.server, room)
    await again.until(() => again.composer.value === 'hi @Milo ', 'it is there')
    again.type('oh, hi @Milo ')
    press(again, 'Enter')
    await again.until(() => sent(room)?.mentions?.length === 1, 'it is sent')
    expect(sent(room)?.mentions).to.deep.equal([{ userId: 'milo', at: 7, length: 5 }])
    await again.until(() => {
      press(again, 'ArrowUp')
      return again.find('.context')
    }, 'it is edited')
    expect(again.composer.value).to.equal('oh, hi @Milo')
    again.type('so, hi @Milo')
    press(again, 'Enter')
    await again.until(() => sent(room)?.text === 'so, hi @Milo', 'it is another text')
    expect(sent(room)?.mentions).to.deep.equal([{ userId: 'milo', at: 7, length: 5 }])
  })

  it('everybody is mentioned by owners, and by nobody else', async () => {
    const { page, room } = await aGroup()
    await begin(page, '@ro')
    expect(options(page)).to.deep.equal(['@roomEverybody in the group'])
    press(page, 'Enter')
    press(page, 'Enter')
    await page.until(() => sent(room)?.mentionsRoom, 'it is sent')
    expect(sent(room)?.mentionsRoom).to.deep.equal({ at: 0, length: 5 })
    page.widget.remove()
    const other = await aGroup(['sam', 'ana', 'romy'])
    await begin(other.page, '@ro')
    expect(options(other.page)).to.deep.equal(['Romy'])
  })

  it('everybody is found by what that is called, too', async () => {
    const { page } = await aGroup()
    await begin(page, '@every')
    expect(options(page)).to.deep.equal(['@roomEverybody in the group'])
  })

  it('whoever leaves meanwhile is offered no more, and the one that was active stays so', async () => {
    const { page, room } = await aGroup()
    await begin(page, '@m')
    expect(options(page)).to.deep.equal(['Milo', 'Mina'])
    press(page, 'ArrowDown')
    at.server.leave(room, 'milo')
    await page.until(() => options(page).length === 1, 'Milo is out')
    expect(active(page)).to.deep.equal(['Mina'])
  })

  it('somebody who is no member is added first, where the server lets me', async () => {
    const { page, room } = await aGroup()
    at.server.people = [aUser('mia'), aUser('mina')]
    await begin(page, 'hi @mi')
    await page.until(() => options(page).length === 3, 'somebody else is found')
    expect(options(page)).to.deep.equal(['Milo', 'Mina', 'Add Mia to the group'])
    press(page, 'ArrowDown')
    press(page, 'ArrowDown')
    press(page, 'Enter')
    await page.until(() => page.composer.value === 'hi @Mia ', 'she is mentioned')
    expect(at.server.room(room).members.has('mia')).to.equal(true)
    press(page, 'Enter')
    await page.until(() => sent(room)?.mentions?.[0]?.userId === 'mia', 'it is sent')
  })

  it('who cannot be added is not mentioned, and the list says why', async () => {
    const { page } = await aGroup()
    at.server.people = [aUser('bo')]
    at.server.refuseMember = new Problem('forbidden', 'an owner removed this user')
    await begin(page, '@bo')
    press(page, 'Enter')
    const why = await page.soon('.completions [role=alert]')
    expect(why.textContent).to.equal('Not added. You are not allowed to do that.')
    expect(page.composer.value).to.equal('@bo')
    await page.isAccessible()
    press(page, 'Escape')
    await page.until(() => !isOpen(page), 'it is gone')
  })

  it('who finds no room in a group is not added, and the list says so', async () => {
    const { page } = await aGroup()
    at.server.people = [aUser('bo')]
    at.server.refuseMember = new Problem('too_large', 'a group has at most 250 members')
    await begin(page, '@bo')
    press(page, 'Enter')
    const why = await page.soon('.completions [role=alert]')
    expect(why.textContent).to.match(/^Not added\. A group has at most [\d,]+ people\.$/)
  })

  it('stands within a chat that is lower than the list', async () => {
    const members = ['ana', ...[...Array(12).keys()].map((nth) => `mi${nth}`)]
    const { page } = await aGroup(members, { size: [420, 260] })
    await begin(page, '@mi')
    const inside = () =>
      page.one('.completions').getBoundingClientRect().top >= page.widget.getBoundingClientRect().top
    await page.until(inside, 'it lies within')
  })

  it('members of a large room are found by the server', async () => {
    const many = [...Array(60).keys()].map((nth) => `user ${nth}`)
    const { page, room } = await aGroup(['ana', 'mina', ...many])
    await begin(page, '@mi')
    expect(options(page)).to.deep.equal(['Mina'])
    press(page, 'Enter')
    await begin(page, '@Mina @ro')
    expect(options(page)).to.deep.equal(['@roomEverybody in the group'])
    press(page, 'Escape')
    press(page, 'Enter')
    await page.until(() => sent(room)?.mentions?.[0]?.userId === 'mina', 'it is sent')
  })

  it('`@` is only text where the site has turned mentions off', async () => {
    at.server.features = { ...at.server.features, mentions: false }
    const { page } = await aGroup()
    await begin(page, ':fox')
    page.type('@mi')
    await page.until(() => !isOpen(page), 'nothing to choose')
  })

  it('`:` and two letters open a list of emoji', async () => {
    const { page, room } = await aGroup()
    await begin(page, 'so :fox')
    expect(options(page)[0]).to.equal('🦊fox')
    expect(page.one('[role=listbox]').ariaLabel).to.equal('Emoji')
    await page.isAccessible()
    press(page, 'Tab')
    expect(page.composer.value).to.equal('so 🦊')
    page.type('so 🦊 at 12:30')
    await page.widget.updateComplete
    expect(isOpen(page)).to.equal(false)
    await begin(page, 'so 🦊 :fo')
    press(page, 'Escape')
    press(page, 'Enter')
    await page.until(() => sent(room)?.text === 'so 🦊 :fo', 'it is sent as it stands')
    page.one('[part=emoji-button]').click()
    await page.soon('.emoji-one')
    expect(page.one('.emoji-one').textContent).to.equal('🦊')
  })

  it('moves nothing, and fits into 320 px', async () => {
    const { page } = await aGroup(
      ['ana', ...'abcdefghijklmnop'].map((one) => (one === 'ana' ? one : `${one} name`)),
      {
        size: [320, 480],
      },
    )
    const before = page.below
    await begin(page, '@')
    expect(page.below).to.equal(before)
    const list = page.one('.completions').getBoundingClientRect()
    const panel = page.one('.panel').getBoundingClientRect()
    expect(list.left).to.be.at.least(panel.left)
    expect(list.right).to.be.at.most(panel.right)
    expect(list.top).to.be.at.least(panel.top)
    for (let step = 0; step < 16; step++) press(page, 'ArrowDown')
    await page.until(() => {
      const last = page.all('[role=option]').at(-1)?.getBoundingClientRect()
      return last && last.bottom <= page.one('.completions').getBoundingClientRect().bottom
    }, 'the active one is in view')
  })
})
