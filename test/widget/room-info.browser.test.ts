import { expect } from '@open-wc/testing'
import { aFilledRoom, anOpenRoom, aServer, type Given, type Page } from './a-widget.ts'
import { aUser } from './builders.ts'
import type { LiveServer } from './live-server.ts'

async function theInfo(server: LiveServer, room: string, given: Given = {}): Promise<Page> {
  const page = await anOpenRoom(server, room, given)
  page.one('[part=info-button]').click()
  await page.soon('[part=info]')
  return page
}

const rowNamed = (page: Page, label: string) =>
  page.all('[part=info-row]').find(({ textContent }) => textContent?.trim() === label)
const members = (page: Page) => page.all('[part=member] bdi').map(({ textContent }) => textContent)

describe('about a room', () => {
  const at = aServer()

  it('opens by its title; Escape and the button back leave it, and the focus is where it was', async () => {
    const page = await theInfo(at.server, aFilledRoom(at.server, 3))
    await page.until(() => page.one('[part=info]').contains(page.root.activeElement), 'the focus is in it')
    await page.isAccessible()
    page.press(page.root.activeElement as Element, 'Escape')
    await page.until(() => !page.find('[part=info]'), 'closed')
    await page.until(() => page.root.activeElement === page.one('[part=info-button]'), 'the focus is back')
    page.one('[part=info-button]').click()
    await page.soon('[part=info]')
    page.one('[part=info] [part=back-button]').click()
    await page.until(() => !page.find('[part=info]'), 'closed')
  })

  it('E64: stands beside the messages where there is space, and over them where there is none', async () => {
    const room = aFilledRoom(at.server, 3)
    const wide = await theInfo(at.server, room, { size: [1200, 600] })
    expect(getComputedStyle(wide.log).visibility).to.equal('visible')
    expect(wide.log.getBoundingClientRect().right).to.be.at.most(
      wide.one('[part=info]').getBoundingClientRect().left + 1,
    )
    const narrow = await theInfo(at.server, room, { size: [320, 500] })
    expect(getComputedStyle(narrow.log).visibility).to.equal('hidden')
    expect(narrow.one('[part=info]').getBoundingClientRect().width).to.be.closeTo(320, 2)
    await narrow.isAccessible()
  })

  it('shows of a direct room who the other one is', async () => {
    const page = await theInfo(at.server, aFilledRoom(at.server, 3))
    at.server.send('ana', { t: 'user', user: aUser('sam', { about: 'Night shift, dome 2' }) })
    await page.until(() => page.one('[part=info]').textContent?.includes('Night shift, dome 2'), 'about')
    at.server.send('ana', { t: 'presence', userId: 'sam', online: true })
    await page.until(() => page.find('.info-seen')?.textContent === 'Online', 'online')
    const lastSeenAt = new Date(Date.now() - 5 * 60_000).toISOString()
    at.server.send('ana', { t: 'presence', userId: 'sam', online: false, lastSeenAt })
    await page.until(() => page.find('.info-seen')?.textContent === 'Last here: 5 minutes ago', 'last here')
    expect(page.one('[part=info-name]').textContent).to.equal('Sam')
  })

  it('shows of a group what it is for and its members, owners and who is here first', async () => {
    const room = at.server.open(['ana', 'sam', 'mina', 'zoe'], { name: 'Plans' })
    at.server.room(room).description = 'What we do next'
    at.server.say(room, 'sam', 'hello')
    const page = await theInfo(at.server, room)
    at.server.send('ana', { t: 'presence', userId: 'zoe', online: true })
    await page.until(() => members(page)[1] === 'Zoe', 'zoe is here')
    expect(members(page)).to.deep.equal(['Ana (you)', 'Zoe', 'Sam', 'Mina'])
    expect(page.one('[part=info-text]').textContent).to.equal('What we do next')
    expect(page.all('[part=member-role]').map(({ textContent }) => textContent)).to.deep.equal(['Owner'])
    expect(page.find('[part=info] input')).to.equal(null)
    await page.isAccessible()
  })

  it('links what a group’s description links, as a message does', async () => {
    const room = at.server.open(['ana', 'sam'], { name: 'Plans' })
    at.server.room(room).description = 'All of it: https://example.com/plans, **soon**'
    at.server.say(room, 'sam', 'hello')
    const page = await theInfo(at.server, room)
    const link = page.one<HTMLAnchorElement>('[part=info-text] a')
    expect([link.href, link.rel, link.tabIndex]).to.deep.equal([
      'https://example.com/plans',
      'noopener noreferrer nofollow ugc',
      0,
    ])
    expect(page.one('[part=info-text]').textContent).to.equal('All of it: https://example.com/plans, soon')
    const told: string[] = []
    page.widget.addEventListener('chatter-link-click', (event) => {
      event.preventDefault()
      told.push(event.url)
    })
    link.click()
    expect(told).to.deep.equal(['https://example.com/plans'])
    await page.isAccessible()
  })

  it('leads from a member to their card and a conversation with them', async () => {
    const room = at.server.open(['ana', 'sam', 'mina'], { name: 'Plans' })
    at.server.say(room, 'sam', 'hello')
    const page = await theInfo(at.server, room)
    page.one('[data-user=mina]').click()
    await page.until(() => page.one('[part=info-name]').textContent === 'Mina', 'her card')
    page.press(page.one('[part=info]'), 'Escape')
    await page.until(() => page.root.activeElement === page.find('[data-user=mina]'), 'back, with the focus')
    page.one('[data-user=mina]').click()
    const message = await page.soon('.info-message')
    expect(message.textContent).to.equal('Message Mina')
    message.click()
    await page.until(() => page.one('.header-title').textContent === 'Mina', 'the room of both')
    await page.until(() => !page.find('[part=info]'), 'of another room nothing is shown')
  })

  it('lists the members of a large room once the connection is back', async () => {
    const all = ['ana', ...Array.from({ length: 60 }, (_, at) => `member ${String(at).padStart(2, '0')}`)]
    const room = at.server.open(all, { name: 'Everybody' })
    at.server.say(room, 'ana', 'hello')
    const page = await theInfo(at.server, room)
    await page.until(() => members(page).length > 0, 'its chunk is there')
    page.one('[part=info] [part=back-button]').click()
    await page.until(() => !page.find('[part=info]'), 'closed')
    at.server.isDown = true
    at.server.cut()
    page.one('[part=info-button]').click()
    expect((await page.soon('[part=info] .error')).textContent).to.contain('Waiting for the connection')
    at.server.isDown = false
    page.widget.chat?.wake()
    await page.until(() => members(page).length > 0, 'listed')
    expect(page.find('[part=info] .error')).to.equal(null)
  })

  it('finds members by name, of a large room on the server', async () => {
    const people = Array.from({ length: 130 }, (_, nth) => `member ${nth}`)
    const room = at.server.open(['ana', ...people], { name: 'All of us' })
    at.server.say(room, 'member 1', 'hello')
    const page = await theInfo(at.server, room)
    await page.until(() => members(page).length > 10, 'members')
    const search = page.one<HTMLInputElement>('[part=info] input')
    search.value = '129'
    search.dispatchEvent(new InputEvent('input'))
    await page.until(() => members(page).join() === 'Member 129', 'one of them')
    search.value = 'nobody'
    search.dispatchEvent(new InputEvent('input'))
    await page.until(
      () => page.one('[part=info]').textContent?.includes('No members found for “nobody”'),
      'none',
    )
  })

  it('says how I keep the room, and changes it', async () => {
    const room = aFilledRoom(at.server, 3)
    const page = await theInfo(at.server, room)
    rowNamed(page, 'Pin to the top')?.click()
    await page.until(() => rowNamed(page, 'Unpin'), 'pinned')
    rowNamed(page, 'Mute')?.click()
    await page.soon('[part=menu]')
    page.all('[part=menu-item]').at(-1)?.click()
    await page.until(() => rowNamed(page, 'Unmute'), 'muted')
    await page.until(() => at.server.room(room).members.get('ana')?.muted, 'on the server')
    rowNamed(page, 'Archive')?.click()
    await page.until(() => rowNamed(page, 'Move out of the archive'), 'archived')
  })

  it('counts what is pinned, and leads there', async () => {
    const room = aFilledRoom(at.server, 5)
    at.server.features = { ...at.server.features, pins: true }
    for (const seq of [1, 2]) at.server.pin(room, seq, { by: 'sam' })
    const page = await anOpenRoom(at.server, room)
    await page.soon('[part=pin-bar]')
    page.one('[part=info-button]').click()
    await page.until(() => rowNamed(page, 'Pinned messages: 2'), 'two')
    rowNamed(page, 'Pinned messages: 2')?.click()
    await page.soon('[part=pins]')
    expect(page.find('[part=info]')).to.equal(null)
  })

  it('K55: leaves a group after a question, and goes to its neighbour, or to the list', async () => {
    const direct = aFilledRoom(at.server, 3)
    for (const size of [
      [900, 600],
      [400, 600],
    ] as const) {
      const group = at.server.open(['ana', 'sam', 'mina'], { name: 'Plans' })
      at.server.say(group, 'sam', 'hello')
      const page = await theInfo(at.server, group, { size: [...size] })
      rowNamed(page, 'Leave group')?.click()
      const dialog = await page.soon('[part=dialog]')
      expect(dialog.textContent).to.contain('Leave “Plans”?')
      page.one('[part=dialog] .danger').click()
      if (size[0] > 640)
        await page.until(() => page.find('.header-title')?.textContent === 'Sam', 'its neighbour')
      else await page.until(() => page.find(`[data-room="${direct}"]`), 'the list')
      await page.until(() => page.root.activeElement, 'the focus is somewhere')
      expect(at.server.room(group).members.has('ana')).to.equal(false)
      page.widget.remove()
    }
  })
})
