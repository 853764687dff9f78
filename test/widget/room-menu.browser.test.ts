import { expect } from '@open-wc/testing'
import { Problem } from '../../server/protocol/problems.ts'
import { aFilledRoom, anOpenRoom, aServer, frames, type Given, type Page } from './a-widget.ts'
import type { LiveServer } from './live-server.ts'

const names = (page: Page) => page.all('.room-name').map(({ textContent }) => textContent)
const items = (page: Page) =>
  page.all('[part=menu-item] span:first-of-type').map(({ textContent }) => textContent)
const row = (page: Page, room: string) => page.one(`[data-room="${room}"]`)
const focused = (page: Page) => (page.root.activeElement as HTMLElement | null)?.dataset.room

/** Three rooms and their menus: bo's is the newest, and sam's is open. */
async function aList(server: LiveServer, given: Given = {}) {
  const [sam = '', mina = '', bo = ''] = ['sam', 'mina', 'bo'].map((other) => {
    const room = server.open(['ana', other])
    server.say(room, other, `from ${other}`)
    server.read(room, 'ana', 1)
    return room
  })
  const page = await anOpenRoom(server, sam, given)
  await page.until(() => page.root.adoptedStyleSheets.length > 0 && page.all('.room').length === 3, 'rooms')
  await theMenu(page)
  return { page, sam, mina, bo }
}

/** What acts on rooms is loaded by whoever asks for it. */
async function theMenu(page: Page): Promise<void> {
  page
    .one('.room')
    .dispatchEvent(
      new MouseEvent('contextmenu', { bubbles: true, composed: true, cancelable: true, button: 2 }),
    )
  page.press(await page.soon('[part=menu]'), 'Escape')
  await page.until(() => !page.find('[part=menu]'), 'it is closed')
}

/** By the mouse, in the middle of the row. */
async function openMenu(page: Page, room: string): Promise<HTMLElement> {
  const { left, top, width, height } = row(page, room).getBoundingClientRect()
  const at = { clientX: left + width / 2, clientY: top + height / 2 }
  row(page, room).dispatchEvent(
    new MouseEvent('contextmenu', { ...at, bubbles: true, composed: true, cancelable: true, button: 2 }),
  )
  return page.soon('[part=menu]')
}

async function choose(page: Page, label: string): Promise<void> {
  const item = page.all('[part=menu-item]').find(({ textContent }) => textContent?.trim() === label)
  if (!item) throw new Error(`no item ${label}, got ${items(page).join(', ')}`)
  item.click()
  await page.widget.updateComplete
}

describe('the menu of a room', () => {
  const at = aServer()

  it('opens by right click, the menu key and a button on the row, and closes by Escape', async () => {
    const { page, bo, mina } = await aList(at.server)
    await openMenu(page, bo)
    expect(items(page)).to.deep.equal(['Pin to the top', 'Mute', 'Mark as unread', 'Archive'])
    await page.isAccessible()
    page.press(page.one('[part=menu]'), 'Escape')
    await page.until(() => !page.find('[part=menu]'), 'closed')
    expect(focused(page)).to.equal(bo)

    row(page, mina).focus()
    // As a browser does it for the key.
    row(page, mina).dispatchEvent(
      new MouseEvent('contextmenu', { bubbles: true, composed: true, cancelable: true, button: 0 }),
    )
    await page.soon('[part=menu]')
    page.press(page.root.activeElement as Element, 'ArrowDown')
    expect(page.root.activeElement?.textContent).to.contain('Mute')
    page.press(page.root.activeElement as Element, 'Tab')
    await page.until(() => !page.find('[part=menu]'), 'closed')
    expect(focused(page)).to.equal(mina)

    row(page, bo).dispatchEvent(new PointerEvent('pointerover', { bubbles: true, pointerType: 'mouse' }))
    const more = await page.soon('[part=room-more]')
    more.click()
    await page.soon('[part=menu]')
    expect(page.find('[part=room-more]')?.getAttribute('aria-haspopup')).to.equal('menu')
  })

  it('pins a room to the top, with the focus, and takes the pin away', async () => {
    const { page, sam, mina, bo } = await aList(at.server)
    expect(names(page)).to.deep.equal(['Bo', 'Mina', 'Sam'])
    await openMenu(page, sam)
    await choose(page, 'Pin to the top')
    await page.until(() => names(page)[0] === 'Sam', 'at the top')
    await page.until(() => focused(page) === sam, 'with the focus')
    expect(row(page, sam).part.contains('pinned')).to.equal(true)
    expect(row(page, sam).querySelector('[part=room-sign]')?.textContent).to.contain('Pinned')
    expect(page.all('[part=room-sign]')).to.have.length(1)
    await openMenu(page, sam)
    await choose(page, 'Unpin')
    await page.until(() => names(page)[0] === 'Bo', 'by their time')
    expect([mina, bo].every((room) => row(page, room))).to.equal(true)
  })

  it('mutes a room for a while or for ever, and says so', async () => {
    const { page, bo } = await aList(at.server)
    await openMenu(page, bo)
    await choose(page, 'Mute')
    await page.until(() => items(page).includes('For 8 hours'), 'for how long')
    expect(items(page)).to.deep.equal([
      'For 1 hour',
      'For 8 hours',
      'Until tomorrow',
      'Until I turn it on again',
    ])
    await choose(page, 'For 8 hours')
    await page.soon(`[data-room="${bo}"][part~=muted]`)
    expect(row(page, bo).querySelector('[part=room-sign]')?.textContent).to.contain('Muted')
    const until = () => at.server.room(bo).members.get('ana')?.arranged?.mutedUntil
    await page.until(until, 'on the server')
    expect(Date.parse(until() ?? '') - Date.now()).to.be.closeTo(8 * 3_600_000, 60_000)
    await openMenu(page, bo)
    await choose(page, 'Unmute')
    await page.until(() => !page.find('[part~=muted]'), 'no longer')
  })

  it('U18: marks a room unread and read again; being in it does not undo the mark', async () => {
    const { page, sam, bo } = await aList(at.server)
    const badge = (room: string) => row(page, room).querySelector('.badge [aria-hidden]')?.textContent
    await openMenu(page, bo)
    await choose(page, 'Mark as unread')
    await page.until(() => badge(bo) === '1', 'one unread')
    expect(page.widget.unread).to.equal(1)
    await openMenu(page, bo)
    await choose(page, 'Mark as read')
    await page.until(() => badge(bo) === undefined, 'none')

    // The room that is open, in which somebody goes on writing.
    await openMenu(page, sam)
    await choose(page, 'Mark as unread')
    await page.until(() => badge(sam) === '1', 'one unread')
    page.composer.focus()
    at.server.say(sam, 'sam', 'and more')
    await page.until(() => badge(sam) === '2', 'two unread')
    await frames(5)
    expect(badge(sam)).to.equal('2')
    // Opened again it is read.
    row(page, bo).click()
    await page.until(() => page.one('.header-title').textContent === 'Bo', 'another room')
    row(page, sam).click()
    await page.until(() => badge(sam) === undefined, 'read')
    await page.until(() => at.server.unread(sam, 'ana') === 0, 'on the server')
  })

  it('finds what is archived once the connection is back', async () => {
    const { page, mina } = await aList(at.server)
    at.server.arrange(mina, 'ana', { archived: true })
    const archived = await page.soon('[part~=room-filter]:nth-child(4)')
    at.server.isDown = true
    at.server.cut()
    archived.click()
    expect((await page.soon('.room-scroll .error')).textContent).to.contain('Waiting for the connection')
    at.server.isDown = false
    page.widget.chat?.wake()
    await page.until(() => !page.find('.room-scroll .error') && names(page).join() === 'Mina', 'it is there')
  })

  it('fades the filters where they go on beyond an edge, and none of them at their ends', async () => {
    const { page, mina } = await aList(at.server)
    at.server.arrange(mina, 'ana', { archived: true })
    const filters = await page.soon('[part=room-filters]')
    expect(getComputedStyle(filters).maskImage).to.contain('linear-gradient')
    for (const dir of ['ltr', 'rtl']) {
      page.widget.dir = dir
      filters.style.inlineSize = '150px'
      const { left, right } = filters.getBoundingClientRect()
      const fade = Number.parseFloat(getComputedStyle(filters).paddingInlineStart)
      expect(filters.scrollWidth).to.be.greaterThan(filters.clientWidth)
      for (const [end, to] of [
        ['first', 0],
        ['last', dir === 'rtl' ? -1_000 : 1_000],
      ] as const) {
        filters.scrollLeft = to
        const chip = filters.querySelector(`button:${end}-child`)?.getBoundingClientRect()
        expect(chip?.left, `${dir} ${end}`).to.be.at.least(left + fade - 1)
        expect(chip?.right, `${dir} ${end}`).to.be.at.most(right - fade + 1)
      }
    }
  })

  it('K55: archives a room, with the focus on its neighbour, and finds it in the archive', async () => {
    const { page, mina, sam } = await aList(at.server)
    await openMenu(page, mina)
    await choose(page, 'Archive')
    await page.until(() => names(page).join() === 'Bo,Sam', 'gone from the list')
    await page.until(() => focused(page) === sam, 'the neighbour has the focus')
    const archived = await page.soon('[part~=room-filter]:nth-child(4)')
    archived.click()
    await page.until(() => names(page).join() === 'Mina', 'the archive')
    await page.isAccessible()
    await openMenu(page, mina)
    await choose(page, 'Move out of the archive')
    await page.until(() => page.find('.room-scroll .empty'), 'an empty archive')
    expect(page.one('.room-scroll .empty').textContent).to.contain('Nothing is archived')
    page.one('[part~=room-filter]').click()
    await page.until(() => names(page).length === 3, 'all of them')
  })

  it('brings the archive from the server, page by page, and what is unread', async () => {
    const open = aFilledRoom(at.server, 3)
    const rooms = Array.from({ length: 45 }, (_, nth) => at.server.open(['ana', `user ${nth}`]))
    for (const room of rooms) at.server.arrange(room, 'ana', { archived: true })
    const unread = aFilledRoom(at.server, 3, { unread: 2, members: ['ana', 'zoe'] })
    const page = await anOpenRoom(at.server, open)
    await page.until(() => page.all('[part~=room-filter]').length === 4, 'the filters')
    expect(page.all('.room')).to.have.length(2)
    page.all('[part~=room-filter]')[1]?.click()
    await page.until(() => page.all('.room').length === 1, 'one is unread')
    expect(page.one('.room').dataset.room).to.equal(unread)
    page.all('[part~=room-filter]')[3]?.click()
    await page.until(() => page.all('.room').length >= 20, 'the first page')
    for (let turn = 0; turn < 10 && page.all('.room').length < 45; turn++) {
      page.one('.room-scroll').scrollTop = 1e6
      await frames(10)
    }
    await page.until(() => page.all('.room').length === 45, 'all that is archived')
    expect(page.widget.unread).to.equal(2)
  })

  it('brings the rooms in which somebody mentions me, also those far down the list', async () => {
    const mention = { mentions: [{ userId: 'ana', at: 0, length: 4 }] }
    const far = at.server.open(['ana', 'zoe'])
    at.server.say(far, 'zoe', '@Ana come', undefined, undefined, undefined, mention)
    const open = aFilledRoom(at.server, 3)
    for (const other of ['mina', 'bo', 'kim', 'lee', 'max', 'ida'])
      at.server.say(at.server.open(['ana', other]), other, 'hello')
    at.server.listed = 6
    const page = await anOpenRoom(at.server, open)
    const chips = () => page.all('[part~=room-filter]')
    await page.until(() => chips().length === 4, 'the filters')
    expect(chips().map(({ textContent }) => textContent)).to.deep.equal([
      'All',
      'Unread',
      'Mentions',
      'Archived',
    ])
    chips()[2]?.click()
    await page.until(() => names(page).join() === 'Zoe', 'the one that mentions me')
    await page.isAccessible()
    row(page, far).click()
    await page.until(() => page.one('.header-title').textContent === 'Zoe', 'it is open')
    page.composer.focus()
    await page.until(() => page.find('.room-scroll .empty'), 'read')
    expect(page.one('.room-scroll .empty').textContent).to.contain('No unread mentions')
  })

  it('offers no mentions where the site has none', async () => {
    at.server.features = { typing: true }
    const rooms = Array.from({ length: 6 }, (_, nth) => at.server.open(['ana', `user ${nth}`]))
    const page = await anOpenRoom(at.server, rooms[0] ?? '')
    await page.until(() => page.all('[part~=room-filter]').length > 0, 'the filters')
    expect(page.all('[part~=room-filter]').map(({ textContent }) => textContent)).to.deep.equal([
      'All',
      'Unread',
      'Archived',
    ])
  })

  it('asks before it leaves a group, and goes on to its neighbour', async () => {
    const { page, bo } = await aList(at.server)
    const group = at.server.open(['ana', 'sam', 'mina'], { name: 'Plans' })
    at.server.say(group, 'sam', 'hello')
    await page.soon(`[data-room="${group}"]`)
    row(page, group).click()
    await page.until(() => page.one('.header-title').textContent === 'Plans', 'it is open')
    await openMenu(page, group)
    await choose(page, 'Leave group')
    const dialog = await page.soon('[part=dialog]')
    expect(dialog.textContent).to.contain('Leave “Plans”?')
    await page.isAccessible()
    page.one('[part=dialog] .danger').click()
    await page.until(() => !page.find(`[data-room="${group}"]`), 'gone')
    await page.until(() => page.one('.header-title').textContent === 'Bo', 'its neighbour is open')
    expect(at.server.room(group).members.has('ana')).to.equal(false)
    await page.until(() => focused(page) === bo, 'with the focus')
  })

  it('follows the page that keeps rooms by a method, and tells it of each change', async () => {
    const { page, sam, bo } = await aList(at.server)
    const told: unknown[] = []
    page.widget.addEventListener('chatter-arrange', ({ room }) => told.push([room.id, room.me.muted]))
    const { arranged } = await page.widget.arrange(sam, { pinned: true })
    expect(arranged?.pinnedAt).to.be.a('string')
    await page.until(() => names(page)[0] === 'Sam', 'at the top')
    at.server.arrange(bo, 'ana', { mutedUntil: 'forever' })
    await page.until(() => told.length === 2, 'both are told')
    expect(told).to.deep.equal([
      [sam, false],
      [bo, true],
    ])
  })

  it('says why something was not done, and shows the list as it was', async () => {
    const { page, sam } = await aList(at.server)
    const refused = new Problem('too_large', 'pinned: expected at most 100 pinned rooms')
    at.server.refuse = ({ t }) => (t === 'arrange' ? refused : undefined)
    await openMenu(page, sam)
    await choose(page, 'Pin to the top')
    const why = await page.soon('.room-why')
    expect(why.textContent).to.equal('That did not work. Too many conversations are pinned already.')
    expect(names(page)).to.deep.equal(['Bo', 'Mina', 'Sam'])
  })

  it('opens as a sheet under a finger that stays, and that opens no room', async () => {
    const { page, bo } = await aList(at.server)
    const finger = {
      bubbles: true,
      composed: true,
      pointerType: 'touch',
      isPrimary: true,
      clientX: 5,
      clientY: 5,
    }
    row(page, bo).dispatchEvent(new PointerEvent('pointerdown', finger))
    const sheet = await page.soon('[part=action-sheet]')
    row(page, bo).dispatchEvent(new PointerEvent('pointerup', finger))
    row(page, bo).click()
    expect(page.one('.header-title').textContent).to.equal('Sam')
    expect(items(page)).to.contain('Archive')
    await page.isAccessible()
    page.press(sheet, 'Escape')
    await page.until(() => !page.find('[part=action-sheet]'), 'closed')
  })
})
