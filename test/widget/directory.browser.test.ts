import { expect } from '@open-wc/testing'
import { render } from 'lit'
import { Problem } from '../../server/protocol/problems.ts'
import { Directory } from '../../widget/elements/directory/directory.ts'
import { aPage, aServer, type Given, type Page } from './a-widget.ts'
import type { LiveServer } from './live-server.ts'

/** An open group of others. */
function anOpenGroup(server: LiveServer, name: string, members: string[]): string {
  const room = server.open(members, { name })
  server.room(room).join = 'open'
  return room
}

/** Over the people whom one can start a conversation with. */
async function openDirectory(page: Page): Promise<void> {
  ;(await page.soon('[part=new-room-button]')).click()
  ;(await page.soon('[part=open-rooms-button]')).click()
  await page.soon('.directory')
}

async function theDirectory(server: LiveServer, given: Given = {}): Promise<Page> {
  server.features = { ...server.features, openRooms: true }
  const notes = server.open(['ana'])
  server.say(notes, 'ana', 'a note')
  const page = await aPage(server, given)
  await openDirectory(page)
  await page.until(() => page.find('.open-room, .directory .empty'), 'its answer')
  return page
}

const names = (page: Page) => page.all('.open-room .name').map(({ textContent }) => textContent)
const rowOf = (page: Page, name: string) =>
  page.all('.open-room').find((row) => row.querySelector('.name')?.textContent === name)
const buttonOf = (page: Page, name: string) => rowOf(page, name)?.querySelector<HTMLElement>('button')

describe('groups to join', () => {
  const at = aServer()

  it('are listed where the server has a directory, searched, joined and opened', async () => {
    const small = anOpenGroup(at.server, 'Chess', ['sam'])
    const large = anOpenGroup(at.server, 'Climbing', ['sam', 'mina', 'bo'])
    at.server.room(small).description = 'Openings and endings'
    const page = await theDirectory(at.server)
    expect(names(page)).to.deep.equal(['Climbing', 'Chess'])
    expect(rowOf(page, 'Climbing')?.textContent).to.contain('3 people')
    expect(rowOf(page, 'Chess')?.textContent).to.contain('Openings and endings')
    await page.until(
      () => page.root.activeElement === page.find('.directory input'),
      'the focus is in the search',
    )
    await page.isAccessible()
    const search = page.one<HTMLInputElement>('.directory input')
    search.value = 'clim'
    search.dispatchEvent(new InputEvent('input'))
    await page.until(() => names(page).join() === 'Climbing', 'found')
    buttonOf(page, 'Climbing')?.click()
    await page.until(() => page.find('.header-title')?.textContent === 'Climbing', 'open')
    expect(at.server.room(large).members.has('ana')).to.equal(true)
    await page.until(() => page.root.textContent?.includes('You joined'), 'a line says so')
    await openDirectory(page)
    await page.until(() => buttonOf(page, 'Climbing')?.textContent === 'Open', 'I am in it')
    buttonOf(page, 'Climbing')?.click()
    await page.until(() => page.find('[part=room-list]'), 'the list is back')
  })

  it('come a page at a time', async () => {
    at.server.listed = 20
    for (let at_ = 0; at_ < 45; at_++)
      anOpenGroup(at.server, `Group ${String(at_).padStart(2, '0')}`, ['sam'])
    const page = await theDirectory(at.server, { size: [400, 500] })
    expect(names(page)).to.have.length(20)
    const scroll = page.one('.directory .room-scroll')
    scroll.scrollTop = scroll.scrollHeight
    await page.until(() => names(page).length === 40, 'more')
    scroll.scrollTop = scroll.scrollHeight
    await page.until(() => names(page).length === 45, 'all')
  })

  it('say when there are none, when none is called so, and when they could not be loaded', async () => {
    const page = await theDirectory(at.server)
    const none = page.one('.directory .empty')
    expect(none.textContent).to.contain('There are no groups to join yet')
    expect(none.textContent).to.contain('Groups that everybody may join are listed here')
    await page.isAccessible()
    const start = none.querySelector('button')
    expect(start?.textContent?.trim()).to.equal('New conversation')
    start?.click()
    ;(await page.soon('.picker [part=open-rooms-button]')).click()
    await page.soon('.directory .empty')
    const search = page.one<HTMLInputElement>('.directory input')
    search.value = 'xyz'
    search.dispatchEvent(new InputEvent('input'))
    await page.until(
      () => page.find('.directory .empty')?.textContent?.includes('No groups found for “xyz”'),
      'none',
    )
    at.server.isDown = true
    search.value = 'xy'
    search.dispatchEvent(new InputEvent('input'))
    await page.until(() => page.find('.directory .error'), 'not loaded')
    at.server.isDown = false
    page.one('.directory .error button').click()
    await page.until(() => page.find('.directory .empty'), 'tried again')
    page.press(search, 'Escape')
    page.press(search, 'Escape')
    await page.until(() => !page.find('.directory'), 'closed')
  })

  it('that are opened offline say that they wait, and are listed once it is back', async () => {
    anOpenGroup(at.server, 'Chess', ['sam'])
    const page = await theDirectory(at.server)
    page.one('.directory [part=back-button]').click()
    await page.soon('.picker')
    at.server.isDown = true
    at.server.cut()
    page.one('[part=open-rooms-button]').click()
    const error = await page.soon('.directory .error')
    expect(error.textContent).to.contain('Waiting for the connection')
    at.server.isDown = false
    page.widget.chat?.wake()
    await page.until(() => names(page).join() === 'Chess', 'listed')
    page.one('.directory [part=back-button]').click()
    await page.soon('.person')
    at.server.isDown = true
    at.server.cut()
    page.one('.picker [part=back-button]').click()
    ;(await page.soon('[part=new-room-button]')).click()
    await page.soon('.picker .error')
    at.server.isDown = false
    page.widget.chat?.wake()
    await page.soon('.person')
  })

  it('lead back to where they were opened, by their button and by Escape, and from there to the list', async () => {
    const page = await theDirectory(at.server)
    // Else the browser closes with it the dialog that the panel is on a phone.
    expect(page.press(page.one('.directory input'), 'Escape').defaultPrevented).to.equal(true)
    await page.soon('.picker')
    await page.until(() => page.root.activeElement === page.find('.picker-input'), 'the focus is there')
    page.one('[part=open-rooms-button]').click()
    ;(await page.soon('.directory [part=back-button]')).click()
    await page.soon('.picker')
    expect(page.press(page.one('.picker-input'), 'Escape').defaultPrevented).to.equal(true)
    await page.soon('.room-list')
  })

  it('say beside the group why it could not be joined', async () => {
    anOpenGroup(at.server, 'Chess', ['sam'])
    at.server.refuseChange = (what) =>
      what === 'POST join' ? new Problem('forbidden', 'an owner removed this user') : undefined
    const page = await theDirectory(at.server)
    buttonOf(page, 'Chess')?.click()
    await page.until(() => rowOf(page, 'Chess')?.querySelector('[part=error]'), 'refused')
    expect(rowOf(page, 'Chess')?.querySelector('[part=error]')?.textContent).to.equal(
      'You were removed from it: only an owner can add you again.',
    )
    await page.isAccessible()
  })

  it('are not there where the server has no directory', async () => {
    at.server.features = { ...at.server.features, openRooms: false }
    at.server.say(at.server.open(['ana']), 'ana', 'a note')
    const page = await aPage(at.server)
    ;(await page.soon('[part=new-room-button]')).click()
    await page.soon('.person')
    expect(page.find('[part=open-rooms-button]')).to.equal(null)
  })
})

describe('what a join link opens', () => {
  const at = aServer()

  /** The pane, drawn into a panel of its own place. */
  async function theInvitation(code: string) {
    at.server.say(at.server.open(['ana']), 'ana', 'a note')
    const page = await aPage(at.server)
    await page.soon('.room')
    const place = page.one('.base').appendChild(document.createElement('div'))
    const done: (string | undefined)[] = []
    const pane = new Directory(page.widget, (room) => void done.push(room), code)
    page.widget.adopt([Directory.styles])
    const shows = async (isSo: () => unknown, what: string) => {
      await page.until(() => {
        render(pane.render(), place)
        return isSo()
      }, what)
    }
    return { page, pane, place, done, shows }
  }

  it('asks whether to join the group behind it', async () => {
    const room = at.server.open(['sam', 'mina', 'bo'], { name: 'Chess' })
    at.server.room(room).description = 'Openings and endings'
    const { code } = at.server.makeLink(room, { id: '01234567890123456789ab' })
    const { page, pane, place, done, shows } = await theInvitation(code)
    await shows(() => place.querySelector('.primary'), 'the question')
    expect(place.querySelector('.name')?.textContent).to.equal('Chess')
    expect(place.textContent).to.contain('3 people')
    expect(place.textContent).to.contain('Openings and endings')
    pane.focus()
    expect(page.root.activeElement?.textContent).to.equal('Join')
    await page.isAccessible()
    const [join, notNow] = place.querySelectorAll<HTMLElement>('.buttons button')
    notNow?.click()
    expect(done).to.deep.equal([undefined])
    join?.click()
    await page.until(() => done.length === 2, 'joined')
    expect(done[1]).to.equal(room)
    expect(at.server.room(room).members.has('ana')).to.equal(true)
    await page.until(() => page.find('.header-title')?.textContent === 'Chess', 'open')
  })

  it('says so where it opens nothing any more, and why somebody does not come in', async () => {
    const room = at.server.open(['sam', 'mina'], { name: 'Chess' })
    const { code } = at.server.makeLink(room, { id: '01234567890123456789ab' })
    at.server.refuseChange = (what) => (what === 'POST join' ? new Problem('too_large', 'full') : undefined)
    const full = await theInvitation(code)
    await full.shows(() => full.place.querySelector('.primary'), 'the question')
    full.place.querySelector<HTMLElement>('.primary')?.click()
    await full.shows(() => full.place.querySelector('[part=error]'), 'refused')
    expect(full.place.querySelector('[part=error]')?.textContent).to.equal('It is full.')
    full.page.widget.remove()
    const { place, shows } = await theInvitation('nothing')
    await shows(() => place.querySelector('.empty'), 'an answer')
    expect(place.textContent).to.contain('This link opens nothing any more')
  })
})
