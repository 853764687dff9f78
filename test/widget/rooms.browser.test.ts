import { expect } from '@open-wc/testing'
import type { UsersPage } from '../../server/protocol/views.ts'
import { aFilledRoom, anOpenRoom, aPage, aServer, aSystemMessage, frames } from './a-widget.ts'
import { aUser } from './builders.ts'

describe('the room list', () => {
  const at = aServer()

  it('shows the newest activity first, and reorders while it is looked at', async () => {
    const notes = at.server.open(['ana'])
    const direct = at.server.open(['ana', 'sam'])
    const group = at.server.open(['ana', 'sam', 'mina'])
    const page = await aPage(at.server)
    const names = () => page.all('.room-name').map((name) => name.textContent)
    at.server.say(notes, 'ana', 'buy milk')
    await page.until(() => names()[0] === 'Notes to yourself', 'notes')
    at.server.say(direct, 'sam', 'hi')
    await page.until(() => names()[0] === 'Sam', 'direct')
    at.server.say(group, 'mina', 'hello both')
    await page.until(() => names()[0] === 'Sam and Mina', 'group')
    expect(names()).to.deep.equal(['Sam and Mina', 'Sam', 'Notes to yourself'])
    expect(page.all('.room-preview').map((preview) => preview.textContent)).to.deep.equal([
      'Mina: hello both',
      'hi',
      'buy milk',
    ])
  })

  it('U19: counts what is unread in each room, and the total is their sum', async () => {
    const open = aFilledRoom(at.server, 3)
    const one = aFilledRoom(at.server, 12, { unread: 5, members: ['ana', 'sam', 'mina'] })
    const two = aFilledRoom(at.server, 120, { unread: 120, members: ['ana', 'sam', 'bo'] })
    const page = await anOpenRoom(at.server, open)
    const badge = (room: string) => page.find(`[data-room="${room}"] .badge [aria-hidden]`)?.textContent
    expect([badge(open), badge(one), badge(two)]).to.deep.equal([undefined, '5', '99+'])
    expect(page.widget.unread).to.equal(105)
    const totals: number[] = []
    page.widget.addEventListener('chatter-unread-change', ({ total }) => totals.push(total))
    at.server.say(one, 'sam', 'more')
    await page.until(() => badge(one) === '6', 'one more')
    expect(totals.at(-1)).to.equal(106)
  })

  it('U17: forgets the badge of what was read on another device', async () => {
    const open = aFilledRoom(at.server, 3)
    const other = aFilledRoom(at.server, 5, { unread: 2, members: ['ana', 'mina', 'sam'] })
    const page = await anOpenRoom(at.server, open)
    await page.soon(`[data-room="${other}"] .badge`)
    at.server.read(other, 'ana', 5)
    await page.until(() => !page.find(`[data-room="${other}"] .badge`), 'no badge')
  })

  it('K50: is one tab stop; arrows, Home, End and letters move, Enter opens', async () => {
    for (const other of ['sam', 'mina', 'zoe']) at.server.open(['ana', other])
    const page = await aPage(at.server)
    await page.until(() => page.all('.room').length === 3, 'three rooms')
    await page.until(() => page.find('.room.active'), 'one is open')
    expect(page.all('.room').filter(({ tabIndex }) => tabIndex === 0)).to.have.length(1)
    const focused = () => page.root.activeElement?.querySelector('.room-name')?.textContent
    const [first] = page.all('.room')
    const names = page.all('.room-name').map(({ textContent }) => textContent)
    first?.focus()
    const press = async (key: string) => {
      page.press(page.root.activeElement as Element, key)
      await page.widget.updateComplete
      await frames(1)
    }
    await press('ArrowDown')
    expect(focused()).to.equal(names[1])
    await press('End')
    expect(focused()).to.equal(names[2])
    await press('Home')
    expect(focused()).to.equal(names[0])
    await press('m')
    expect(focused()).to.equal('Mina')
    ;(page.root.activeElement as HTMLElement).click()
    await page.until(() => page.one('.header-title').textContent === 'Mina', 'Mina is open')
    expect(page.one('[aria-current]').textContent).to.contain('Mina')
  })

  it('K51: goes to the next unread room with Alt and an arrow, from inside the widget only', async () => {
    const open = aFilledRoom(at.server, 3)
    aFilledRoom(at.server, 3, { unread: 1, members: ['ana', 'sam', 'zoe'] })
    const page = await anOpenRoom(at.server, open)
    page.press(document.body, 'ArrowDown', { altKey: true })
    expect(page.one('.header-title').textContent).to.equal('Sam')
    page.press(page.composer, 'ArrowDown', { altKey: true })
    await page.until(() => page.one('.header-title').textContent === 'Sam and Zoe', 'the unread room')
  })

  it('loads more rooms as the end comes near', async () => {
    for (let more = 0; more < 70; more++) at.server.open(['ana', `user ${more}`])
    const page = await aPage(at.server)
    await page.until(() => page.all('.room').length >= 20, 'the first page')
    for (let turn = 0; turn < 10 && page.all('.room').length < 70; turn++) {
      page.one('.room-scroll').scrollTop = 1e6
      await frames(10)
    }
    await page.until(() => page.all('.room').length === 70, 'all of them')
  })

  it('says what happened to a room, without "You:"', async () => {
    const room = at.server.open(['ana', 'sam', 'mina'])
    const page = await anOpenRoom(at.server, room)
    const preview = () => page.one('.room-preview').textContent
    aSystemMessage(at.server, room, {
      authorId: 'ana',
      text: 'Ana left',
      system: { event: 'renamed', name: 'Us' },
    })
    await page.until(() => preview() === 'You named the group “Us”', 'the preview')
    aSystemMessage(at.server, room, { text: 'Sam did something new', system: { event: 'painted' as 'left' } })
    await page.until(() => preview() === 'Sam did something new', 'the preview')
    expect(page.find('.badge')).to.equal(null)
  })

  it('U19: shows a muted room with a dot, and does not add it', async () => {
    const open = aFilledRoom(at.server, 3)
    const muted = aFilledRoom(at.server, 4, { unread: 4, members: ['ana', 'sam', 'bo'] })
    const page = await anOpenRoom(at.server, open)
    at.server.send('ana', { t: 'mine', roomId: muted, readSeq: 0, unread: 4, muted: true })
    const row = await page.soon(`[data-room="${muted}"][part~=muted]`)
    expect(row.querySelector('.badge [aria-hidden]')?.textContent).to.equal('')
    expect(page.widget.unread).to.equal(0)
  })

  it('filters by name', async () => {
    for (const other of ['sam', 'mina', 'zoe', 'bo', 'u1', 'u2']) at.server.open(['ana', other])
    const page = await aPage(at.server)
    const search = await page.soon<HTMLInputElement>('.search input')
    search.value = 'MI'
    search.dispatchEvent(new InputEvent('input'))
    await page.until(() => page.all('.room').length === 1, 'one room')
    expect(page.one('.room-name').textContent).to.equal('Mina')
  })
})

describe('the first run', () => {
  const at = aServer()

  it('opens the notes of somebody who has no rooms', async () => {
    const page = await aPage(at.server)
    await page.until(() => page.find('.header-title')?.textContent === 'Notes to yourself', 'notes')
    expect(at.server.rooms.size).to.equal(1)
    await page.send('my first note')
  })
})

describe('choosing people', () => {
  const at = aServer()

  async function aPicker() {
    aFilledRoom(at.server, 3)
    const page = await aPage(at.server)
    page.one('[part~="new-room-button"]').click()
    const input = await page.soon<HTMLInputElement>('[role=combobox]')
    await page.until(() => page.all('[role=option]').length === 5, 'everybody')
    const look = async (query: string, count: number) => {
      input.value = query
      input.dispatchEvent(new InputEvent('input', { bubbles: true }))
      await page.until(() => page.all('[role=option]').length === count, `${count} for ${query}`)
    }
    return { page, input, look }
  }

  it('tells people of one name apart by what the host says about them', async () => {
    at.server.people.push({ ...aUser('other'), name: 'Mina', about: 'Dome crew' })
    const page = await aPage(at.server)
    page.one('[part~="new-room-button"]').click()
    await page.until(() => page.all('[role=option]').length === 6, 'everybody')
    const minas = page.all('[role=option]').filter(({ textContent }) => textContent?.includes('Mina'))
    const said = minas.map((option) => option.querySelector('[part=about]')?.textContent)
    expect(said).to.deep.equal([undefined, 'Dome crew'])
  })

  it('is a combobox: the focus stays in the field, arrows walk, Enter chooses, Backspace takes back', async () => {
    const { page, input } = await aPicker()
    await page.until(() => page.root.activeElement === input, 'the focus')
    expect(input.getAttribute('aria-expanded')).to.equal('true')
    page.press(input, 'ArrowDown')
    page.press(input, 'ArrowDown')
    await page.widget.updateComplete
    const active = page.one(`#${input.getAttribute('aria-activedescendant')}`)
    expect(active.textContent).to.contain('Mina')
    page.press(input, 'Enter')
    await page.widget.updateComplete
    expect(page.root.activeElement).to.equal(input)
    expect(
      page.all('[role=option][aria-selected=true]').map(({ textContent }) => textContent?.trim()),
    ).to.have.length(1)
    expect(page.one('.chip').textContent).to.contain('Mina')
    page.press(input, 'Backspace')
    await page.widget.updateComplete
    expect(page.find('.chip')).to.equal(null)
    await page.isAccessible()
  })

  it('Home and End go to the first and the last, as long as nothing is written', async () => {
    const { page, input, look } = await aPicker()
    const active = () => input.getAttribute('aria-activedescendant')
    const press = async (key: string) => {
      const event = page.press(input, key)
      await page.widget.updateComplete
      return event.defaultPrevented
    }
    const ids = page.all('[role=option]').map(({ id }) => id)
    expect(await press('End')).to.equal(true)
    expect(active()).to.equal(ids.at(-1))
    await press('ArrowDown')
    expect(active()).to.equal(ids.at(-1))
    await press('Home')
    expect(active()).to.equal(ids[0])
    await look('mi', 1)
    expect(await press('End')).to.equal(false)
  })

  /** Holds back the answers to requests whose address holds a text. */
  function hold(text: string) {
    const { fetch } = globalThis
    const held = Promise.withResolvers<void>()
    globalThis.fetch = async (...asked) => {
      if (String(asked[0]).includes(text)) await held.promise
      return fetch(...asked)
    }
    return {
      release: () => held.resolve(),
      [Symbol.dispose]: () => {
        globalThis.fetch = fetch
      },
    }
  }

  it('chooses whom the answer names, however early Enter is pressed', async () => {
    const { page, input } = await aPicker()
    using answer = hold('q=zo')
    input.value = 'zo'
    input.dispatchEvent(new InputEvent('input', { bubbles: true }))
    await page.widget.updateComplete
    expect(input.hasAttribute('aria-activedescendant')).to.equal(false)
    page.press(input, 'ArrowDown')
    page.press(input, 'Enter')
    await frames(20)
    expect(page.all('.chip').length).to.equal(0)
    answer.release()
    expect((await page.soon('.chip')).textContent).to.contain('Zoe')
    expect(page.all('.chip').length).to.equal(1)
    expect(input.value).to.equal('')
  })

  it('takes no late answer to what was typed before for the answer to what is typed now', async () => {
    aFilledRoom(at.server, 3)
    const page = await aPage(at.server)
    using everybody = hold('users?')
    page.one('[part~="new-room-button"]').click()
    const input = await page.soon<HTMLInputElement>('[role=combobox]')
    input.value = 'zo'
    input.dispatchEvent(new InputEvent('input', { bubbles: true }))
    page.press(input, 'Enter')
    everybody.release()
    expect((await page.soon('.chip')).textContent).to.contain('Zoe')
    expect(page.all('.chip').length).to.equal(1)
  })

  /** Answers the requests whose address holds a text with these pages, one after the other. */
  function answerWith(text: string, pages: readonly (UsersPage | Response)[]) {
    const { fetch } = globalThis
    const cursors: (string | null)[] = []
    globalThis.fetch = async (...asked) => {
      const address = String(asked[0])
      if (!address.includes(text)) return fetch(...asked)
      const page = pages[cursors.length] ?? { users: [] }
      cursors.push(new URL(address).searchParams.get('cursor'))
      return page instanceof Response ? page : Response.json(page)
    }
    return {
      cursors,
      [Symbol.dispose]: () => {
        globalThis.fetch = fetch
      },
    }
  }

  it('goes on by itself where an answer is short and not the last, and then lets the reader go on', async () => {
    const { page, look } = await aPicker()
    const quinn = { id: 'quinn', name: 'Quinn Q' }
    using asked = answerWith('q=qu', [
      { users: [], cursor: 'a' },
      { users: [], cursor: 'b' },
      { users: [], cursor: 'c' },
      { users: [quinn], cursor: 'd' },
      { users: [] },
    ])
    await look('qu', 0)
    const further = await page.soon<HTMLButtonElement>('.picker .empty button')
    expect(further.textContent).to.equal('Look further')
    expect(page.one('.picker').textContent).to.not.contain('No people found')
    expect(asked.cursors).to.deep.equal([null, 'a', 'b'])
    further.click()
    await page.until(() => page.all('[role=option]').length === 1, 'who was found later')
    await page.until(() => !page.find('.picker .empty'), 'the end')
    expect(asked.cursors).to.deep.equal([null, 'a', 'b', 'c', 'd'])
    await page.isAccessible()
  })

  it('says in the reader’s words that too much was looked up, and looks again when it is told to', async () => {
    const { page, input } = await aPicker()
    const refusal = {
      code: 'rate_limited',
      temporary: true,
      detail: 'too many: try again in 3 s',
      retryAfter: 3,
    }
    using _ = answerWith('q=zo', [
      Response.json(refusal, { status: 429, headers: { 'retry-after': '3' } }),
      { users: [{ id: 'zoe', name: 'Zoe' }] },
    ])
    input.value = 'zo'
    input.dispatchEvent(new InputEvent('input', { bubbles: true }))
    const said = await page.soon('.picker .error')
    expect(said.textContent).to.contain('That was a lot at once. Wait a moment.')
    await page.isAccessible()
    page.one('.picker .error button').click()
    await page.until(() => page.all('[role=option]').length === 1, 'who was looked for')
    expect(page.find('.picker .error')).to.equal(null)
  })

  it('chooses nobody when Enter was for a query that is no longer there', async () => {
    const { page, input, look } = await aPicker()
    input.value = 'zo'
    input.dispatchEvent(new InputEvent('input', { bubbles: true }))
    page.press(input, 'Enter')
    await look('mi', 1)
    await frames(5)
    expect(page.all('.chip').length).to.equal(0)
  })

  it('opens a direct room with one', async () => {
    const { page, input, look } = await aPicker()
    await look('mi', 1)
    page.press(input, 'Enter')
    await page.widget.updateComplete
    expect(page.one('.start button').textContent).to.equal('Message Mina')
    page.one('.start button').click()
    await page.until(() => page.find('.header-title')?.textContent === 'Mina', 'the room')
    expect([...at.server.rooms.values()].at(-1)?.kind).to.equal('direct')
  })

  it('makes a group with several, and takes a name for it', async () => {
    const { page } = await aPicker()
    for (const name of ['Sam', 'Zoe'])
      page
        .all('[role=option]')
        .find(({ textContent }) => textContent?.includes(name))
        ?.click()
    await page.widget.updateComplete
    page.one<HTMLInputElement>('.group-name').value = 'Climbers'
    page.one('.start button').click()
    await page.until(() => page.find('.header-title')?.textContent === 'Climbers', 'the group')
    expect(page.one('.header-subtitle').textContent).to.equal('3 people')
  })

  it('takes no more people than a group may have, and says so where the server has less room', async () => {
    at.server.limits = { ...at.server.limits, members: 3 }
    const { page } = await aPicker()
    const choose = async (name: string) => {
      page
        .all('[role=option]')
        .find(({ textContent }) => textContent?.includes(name))
        ?.click()
      await page.widget.updateComplete
    }
    for (const name of ['Sam', 'Mina', 'Bo']) await choose(name)
    const why = () => page.find('.picker [part=error]')?.textContent
    expect(why()).to.equal('A group has at most 3 people.')
    expect(page.all('.picker .chip')).to.have.length(2)
    const { fetch } = globalThis
    globalThis.fetch = async (...asked) => {
      const problem = { code: 'too_large', temporary: false, detail: 'memberIds: expected at most 2' }
      const isIt = asked[1]?.method === 'POST' && String(asked[0]).endsWith('/v1/rooms')
      return isIt ? Response.json(problem, { status: 413 }) : fetch(...asked)
    }
    try {
      // Said before, it is not what was said again.
      page.one('.picker .chip button').click()
      await page.until(() => why() === undefined, 'one is gone')
      await choose('Bo')
      page.one('.start button').click()
      await page.until(why, 'refused')
      expect(why()).to.equal('A group has at most 3 people.')
    } finally {
      globalThis.fetch = fetch
    }
  })

  it('begins a group with as many as one request names, and says that more come later', async () => {
    at.server.limits = { ...at.server.limits, members: 10_000, memberIds: 2 }
    const { page } = await aPicker()
    for (const name of ['Sam', 'Mina']) {
      const option = page.all('[role=option]').find(({ textContent }) => textContent?.includes(name))
      option?.click()
      await page.widget.updateComplete
    }
    const why = page.find('.picker [part=error]')?.textContent
    expect(why).to.equal('A group begins with at most 2 people. More can be added later.')
    expect(page.all('.picker .chip')).to.have.length(1)
  })

  it('opens my notes with nobody but me', async () => {
    const { page, input, look } = await aPicker()
    await look('ana', 1)
    page.press(input, 'Enter')
    await page.widget.updateComplete
    page.one('.start button').click()
    await page.until(() => page.find('.header-title')?.textContent === 'Notes to yourself', 'notes')
  })

  it('looks like every field that searches: the glass stands and the text begins at one place', async () => {
    for (let nth = 0; nth < 6; nth++) at.server.open(['ana', `somebody ${nth}`])
    const page = await aPage(at.server)
    const glass = (icon: Element) => {
      const { left, width } = icon.getBoundingClientRect()
      return [Math.round(left), Math.round(width)]
    }
    const textAt = (input: HTMLElement) =>
      Math.round(input.getBoundingClientRect().left + Number.parseFloat(getComputedStyle(input).paddingLeft))
    await page.soon('.search')
    const [icon, input] = [glass(page.one('.search .icon')), textAt(page.one('.search input'))]
    page.one('[part~="new-room-button"]').click()
    await page.soon('.picker')
    expect(glass(page.one('.picked > .icon'))).to.deep.equal(icon)
    expect(textAt(page.one('.picker-input'))).to.be.closeTo(input, 1.5)
  })

  it('says that nobody has that name, and Escape goes back', async () => {
    const { page, input, look } = await aPicker()
    await look('xyz', 0)
    expect(page.one('.picker').textContent).to.contain('No people found for “xyz”')
    page.press(input, 'Escape')
    await page.widget.updateComplete
    expect(page.find('.picker')).to.not.equal(null)
    page.press(input, 'Escape')
    await page.until(() => !page.find('.picker'), 'closed')
    await page.until(() => page.root.activeElement?.part.contains('new-room-button'), 'the focus is back')
  })
})
