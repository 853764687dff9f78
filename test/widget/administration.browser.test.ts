import { expect } from '@open-wc/testing'
import { Problem } from '../../server/protocol/problems.ts'
import { aFilledRoom, anOpenRoom, aServer, frames, type Given, type Page } from './a-widget.ts'
import type { LiveServer } from './live-server.ts'

/** A group of ana, who owns it, and others; with the pane about it open. */
async function aGroup(
  server: LiveServer,
  { people = ['ana', 'sam', 'mina'], ...given }: Given & { people?: string[] } = {},
): Promise<{ page: Page; room: string }> {
  const room = server.open(people, { name: 'Plans' })
  server.say(room, 'sam', 'hello')
  const page = await anOpenRoom(server, room, given)
  page.one('[part=info-button]').click()
  await page.soon('[part=info]')
  return { page, room }
}

const rowNamed = (page: Page, label: string) =>
  page.all('[part=info-row]').find(({ textContent }) => textContent?.trim() === label)
const labelled = (page: Page, label: string) => page.one<HTMLElement>(`[part=info] [aria-label="${label}"]`)
const members = (page: Page) => page.all('[part=member] bdi').map(({ textContent }) => textContent)
const name = (page: Page) => page.find('[part=info] .info-line [part=info-name]')?.textContent
const refusal = (page: Page) => page.find('[part=info] [part=error]')?.textContent

function write(page: Page, text: string): HTMLInputElement {
  const field = page.one<HTMLInputElement>('.info-input')
  field.value = text
  field.dispatchEvent(new InputEvent('input', { bubbles: true }))
  return field
}

async function edit(page: Page, label: string): Promise<HTMLInputElement> {
  labelled(page, label).click()
  const field = await page.soon<HTMLInputElement>('.info-input')
  await page.until(() => page.root.activeElement === field, 'the focus is in the field')
  return field
}

async function openCard(page: Page, user: string): Promise<void> {
  page.one(`[data-user=${user}]`).click()
  await page.soon('.info-message')
}

async function confirm(page: Page, title: string): Promise<void> {
  const dialog = await page.soon('[part=dialog]')
  expect(dialog.querySelector('.title')?.textContent?.replace(/\s+/g, ' ').trim()).to.equal(title)
  await page.isAccessible()
  page.one('[part=dialog] .danger, [part=dialog] .primary').click()
}

/** Opens the picker of people who are added. */
async function pick(page: Page): Promise<void> {
  rowNamed(page, 'Add people')?.click()
  await page.soon('.picker .person')
}
const person = (page: Page, who: string) =>
  page.all('.picker .person').find((one) => one.querySelector('bdi')?.textContent === who)

describe('running a group', () => {
  const at = aServer()

  it('names it and says what it is for where that stands: Enter keeps it, Escape does not', async () => {
    const { page, room } = await aGroup(at.server)
    expect((await edit(page, 'Change the name')).value).to.equal('Plans')
    await page.isAccessible()
    page.press(write(page, '  Better plans\u0007 '), 'Enter')
    await page.until(() => name(page) === 'Better plans', 'named')
    await page.until(() => page.root.activeElement === labelled(page, 'Change the name'), 'the focus is back')
    await edit(page, 'Change the name')
    page.press(write(page, 'Worse plans'), 'Escape')
    await page.until(() => name(page) === 'Better plans', 'as it was')
    expect(page.find('[part=info]')).to.not.equal(null)

    page.one('.info-add').click()
    await page.soon('.info-input')
    page.press(write(page, 'First line'), 'Enter', { shiftKey: true })
    page.press(write(page, 'First line\nSecond line'), 'Enter')
    await page.until(
      () => page.find('[part=info-text]')?.textContent === 'First line\nSecond line',
      'described',
    )
    await edit(page, 'Change the description')
    write(page, ' ')
    page.one('.info-form .primary').click()
    await page.until(() => at.server.room(room).description === undefined, 'taken away')
  })

  it('shows a hostile name and description as the text that they are, in the width that there is', async () => {
    const { page, room } = await aGroup(at.server, { size: [320, 600] })
    const hostile = `<img src=x onerror="document.title='broken'">\u202e${'m'.repeat(150)}`
    at.server.rename(room, hostile)
    at.server.describe(room, `${hostile}\n`.repeat(2))
    await page.until(() => name(page) === hostile, 'its name')
    const pane = page.one('.info-scroll')
    expect(pane.scrollWidth).to.be.at.most(pane.clientWidth)
    expect(page.find('[part=info] img')).to.equal(null)
    rowNamed(page, 'Leave group')?.click()
    const dialog = await page.soon('[part=dialog]')
    expect(dialog.querySelector('bdi')?.textContent).to.equal(hostile)
    expect(dialog.scrollWidth).to.be.at.most(dialog.clientWidth)
    expect(document.title).to.not.equal('broken')
  })

  it('has the pencil of a name or a description behind its last word, also where it takes several lines', async () => {
    const { page, room } = await aGroup(at.server, { size: [320, 600] })
    at.server.describe(room, 'Short')
    for (const name of [
      'Plans',
      'Everything that there is to be planned',
      'Maximilianes Gesprächsrunde über den Turm',
    ]) {
      at.server.rename(room, name)
      await page.until(() => page.find('[part=info-name]')?.textContent === name, name)
      await page.until(() => page.all('button.info-edit').length === 2, 'two pencils')
      for (const pencil of page.all('button.info-edit')) {
        const range = document.createRange()
        range.selectNodeContents(pencil.previousElementSibling as Element)
        const last = [...range.getClientRects()].at(-1) as DOMRect
        const { left, right, top, bottom } = pencil.getBoundingClientRect()
        expect(left - last.right).to.be.within(1, 8)
        expect((top + bottom) / 2).to.be.closeTo((last.top + last.bottom) / 2, 4)
        expect(right).to.be.at.most(page.one('.info-scroll').getBoundingClientRect().right)
      }
    }
  })

  it('says how much of a name is left near its end, and keeps none that is too long', async () => {
    at.server.limits = { ...at.server.limits, nameChars: 20 }
    const { page, room } = await aGroup(at.server)
    await edit(page, 'Change the name')
    expect(page.find('.info-form .left')).to.equal(null)
    write(page, 'x'.repeat(19))
    await page.until(() => page.find('.info-form .left')?.textContent === '1 left', 'one left')
    page.press(write(page, 'x'.repeat(22)), 'Enter')
    await page.until(() => page.find('.info-form .left')?.textContent === '2 characters too long', 'too long')
    expect(at.server.room(room).name).to.equal('Plans')
    await page.isAccessible()
  })

  it('keeps what I type while somebody else changes it: the later wish wins', async () => {
    const { page, room } = await aGroup(at.server)
    await edit(page, 'Change the name')
    const field = write(page, 'Mine')
    at.server.rename(room, 'Of sam')
    await page.until(() => page.one('.header-title').textContent === 'Of sam', 'the change is here')
    expect(field.value).to.equal('Mine')
    page.press(field, 'Enter')
    await page.until(() => at.server.room(room).name === 'Mine', 'the later one')
  })

  it('says beside the field why it was refused, and keeps what was typed', async () => {
    at.server.refuseChange = (what) => (what === 'PATCH ' ? new Problem('forbidden', 'no') : undefined)
    const { page } = await aGroup(at.server)
    await edit(page, 'Change the name')
    page.press(write(page, 'Better plans'), 'Enter')
    await page.until(() => page.find('.info-form [part=error]'), 'refused')
    expect(refusal(page)).to.equal('That did not work. You are not allowed to do that.')
    expect(page.one<HTMLInputElement>('.info-input').value).to.equal('Better plans')
    await page.isAccessible()
  })

  it('adds people, and shows who is in it already', async () => {
    const { page, room } = await aGroup(at.server, { people: ['ana', 'sam'] })
    await pick(page)
    expect(person(page, 'Sam')?.textContent).to.contain('Already in the group')
    person(page, 'Sam')?.click()
    expect(page.find('.picker .chip')).to.equal(null)
    person(page, 'Mina')?.click()
    await page.until(() => page.find('.picker .start .primary')?.textContent === 'Add 1 person', 'one')
    person(page, 'Bo')?.click()
    await page.until(() => page.find('.picker .start .primary')?.textContent === 'Add 2 people', 'two')
    await page.isAccessible()
    page.one('.picker .start .primary').click()
    await page.until(() => !page.find('.picker'), 'added')
    await page.until(() => members(page).includes('Mina') && members(page).includes('Bo'), 'in the list')
    expect([...at.server.room(room).members.keys()]).to.deep.equal(['ana', 'sam', 'mina', 'bo'])
    await page.until(() => page.root.activeElement === rowNamed(page, 'Add people'), 'the focus is back')
  })

  it('says of whom it could not add why, and goes on with the others', async () => {
    at.server.refuseChange = (what, named) =>
      what === 'PUT members' && named === 'bo' ? new Problem('forbidden', 'removed by an owner') : undefined
    const { page, room } = await aGroup(at.server)
    await pick(page)
    person(page, 'Bo')?.click()
    person(page, 'Zoe')?.click()
    await page.until(() => page.all('.picker .chip').length === 2, 'two')
    page.one('.picker .start .primary').click()
    await page.until(() => page.find('.picker [part=error]'), 'refused')
    expect(page.one('.picker [part=error]').textContent).to.equal(
      'Bo: They were removed: only an owner can add them again.',
    )
    expect(page.all('.picker .chip bdi').map(({ textContent }) => textContent)).to.deep.equal(['Bo'])
    expect(at.server.room(room).members.has('zoe')).to.equal(true)
    page.press(page.one('.picker-input'), 'Escape')
    await page.until(() => !page.find('.picker'), 'closed')
    expect(page.find('[part=info]')).to.not.equal(null)
  })

  it('takes no more people than a group may have', async () => {
    at.server.limits = { ...at.server.limits, members: 4 }
    const { page } = await aGroup(at.server)
    await pick(page)
    person(page, 'Bo')?.click()
    person(page, 'Zoe')?.click()
    await page.until(() => page.find('.picker [part=error]'), 'full')
    expect(page.one('.picker [part=error]').textContent).to.equal('A group has at most 4 people.')
    expect(page.all('.picker .chip')).to.have.length(1)
  })

  it('makes an owner, and takes ownership away, after a question', async () => {
    const { page, room } = await aGroup(at.server)
    const roleOf = (user: string) => at.server.room(room).members.get(user)?.role
    await openCard(page, 'sam')
    rowNamed(page, 'Make owner')?.click()
    await confirm(page, 'Make Sam an owner?')
    await page.until(() => roleOf('sam') === 'owner', 'an owner')
    await page.until(() => page.find('.info-head [part=member-role]'), 'the card says so')
    rowNamed(page, 'Take ownership away')?.click()
    await confirm(page, 'Take ownership away from Sam?')
    await page.until(() => roleOf('sam') === 'member', 'a member')
    await page.until(() => rowNamed(page, 'Make owner'), 'the card says so')
    await page.isAccessible()
  })

  it('passes a group on; its last owner stays one, and reads why', async () => {
    const { page, room } = await aGroup(at.server)
    await openCard(page, 'ana')
    rowNamed(page, 'Stop being an owner')?.click()
    await confirm(page, 'Stop being an owner?')
    await page.until(() => refusal(page), 'refused')
    expect(refusal(page)).to.equal('A group needs an owner. Make somebody else one first.')
    at.server.setRole(room, 'sam', 'owner')
    rowNamed(page, 'Stop being an owner')?.click()
    await confirm(page, 'Stop being an owner?')
    await page.until(() => at.server.room(room).members.get('ana')?.role === 'member', 'passed on')
    await page.until(() => !rowNamed(page, 'Stop being an owner'), 'no owner')
    await page.until(
      () => page.one('[part=info]').contains(page.root.activeElement),
      'the focus is in the pane',
    )
    page.one('[part=info] [part=back-button]').click()
    await page.until(() => rowNamed(page, 'Leave group'), 'the group')
    expect(rowNamed(page, 'Delete group')).to.equal(undefined)
  })

  it('removes somebody, after a question', async () => {
    const { page, room } = await aGroup(at.server)
    await openCard(page, 'sam')
    rowNamed(page, 'Remove from the group')?.click()
    await confirm(page, 'Remove Sam from the group?')
    await page.until(() => !members(page).includes('Sam') && members(page).includes('Mina'), 'without him')
    expect(at.server.room(room).members.has('sam')).to.equal(false)
    await page.until(
      () => page.one('[part=info]').contains(page.root.activeElement),
      'the focus is in the pane',
    )
  })

  it('offers to members who are no owners what they may, and no more', async () => {
    const { page } = await aGroup(at.server, { people: ['sam', 'ana', 'mina'] })
    expect(rowNamed(page, 'Add people')).to.not.equal(undefined)
    expect(page.find('[part=info] [aria-label="Change the name"]')).to.not.equal(null)
    expect(rowNamed(page, 'Delete group')).to.equal(undefined)
    await openCard(page, 'mina')
    expect(page.all('[part=info-row]')).to.have.length(0)
  })

  it('runs a group too large to have all of its members here', async () => {
    const people = Array.from({ length: 60 }, (_, nth) => `member ${nth}`)
    const { page, room } = await aGroup(at.server, { people: ['ana', 'sam', ...people] })
    await page.until(() => rowNamed(page, 'Delete group'), 'I am known to own it')
    const first = await page.soon('[data-user=sam]')
    // However many they are, nobody goes past all of them to leave.
    for (const label of ['Leave group', 'Delete group'])
      expect(rowNamed(page, label)?.compareDocumentPosition(first)).to.equal(Node.DOCUMENT_POSITION_FOLLOWING)
    await openCard(page, 'sam')
    rowNamed(page, 'Make owner')?.click()
    await confirm(page, 'Make Sam an owner?')
    await page.until(() => rowNamed(page, 'Take ownership away'), 'an owner')
    rowNamed(page, 'Remove from the group')?.click()
    await confirm(page, 'Remove Sam from the group?')
    await page.until(() => members(page).length > 2 && !members(page).includes('Sam'), 'without him')
    expect(at.server.room(room).members.has('sam')).to.equal(false)
    await pick(page)
    await page.until(() => person(page, 'Ana (you)')?.textContent?.includes('Already in the group'), 'known')
    expect(person(page, 'Sam')?.textContent).to.not.contain('Already in the group')
  })

  it('K55: deletes a group for everybody after a question with its name, and goes to its neighbour', async () => {
    const direct = at.server.open(['ana', 'sam'])
    at.server.say(direct, 'sam', 'hello')
    const { page, room } = await aGroup(at.server)
    rowNamed(page, 'Delete group')?.click()
    const dialog = await page.soon('[part=dialog]')
    page.press(dialog, 'Escape')
    await page.until(() => !page.find('[part=dialog]'), 'not yet')
    rowNamed(page, 'Delete group')?.click()
    await confirm(page, 'Delete “Plans” for everybody?')
    await page.until(() => page.find('.header-title')?.textContent === 'Sam', 'its neighbour')
    expect(at.server.rooms.has(room)).to.equal(false)
    expect(page.find('[part=info]')).to.equal(null)
  })

  it('shows the picture of a group in the list, the header and the pane, else its initial', async () => {
    const { page, room } = await aGroup(at.server)
    const pictures = () => page.all<HTMLImageElement>('[part=room-avatar] img')
    expect(page.all('[part=room-avatar]').map(({ textContent }) => textContent?.trim())).to.deep.equal([
      'P',
      'P',
      'P',
    ])
    at.server.room(room).pictureUrl = 'data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA='
    at.server.rename(room, 'Pictures')
    await page.until(() => pictures().length === 3, 'three')
    await page.isAccessible()
  })
})

describe('who writes in a group', () => {
  const at = aServer()
  const field = (page: Page) => page.find('textarea.composer-input')

  it('is said by owners, and stands in the room', async () => {
    const { page, room } = await aGroup(at.server)
    const onlyOwners = () => rowNamed(page, 'Only owners write')
    expect(onlyOwners()?.getAttribute('aria-checked')).to.equal('false')
    onlyOwners()?.click()
    await page.until(() => onlyOwners()?.getAttribute('aria-checked') === 'true', 'on')
    expect(at.server.room(room).post).to.equal('owners')
    await page.says('hello')
    await page.until(() => page.root.textContent?.includes('You let only owners write'), 'a line says so')
    expect(field(page)).to.not.equal(null)
    const slow = () =>
      page.all('[part=info-row]').find(({ textContent }) => textContent?.includes('Slow mode'))
    expect(slow()?.textContent).to.contain('Off')
    slow()?.click()
    await page.soon('[part=menu]')
    expect(page.all('[part=menu-item]').map(({ textContent }) => textContent?.trim())).to.deep.equal([
      'Off',
      '10 seconds',
      '30 seconds',
      '1 minute',
      '5 minutes',
      '1 hour',
    ])
    page.all('[part=menu-item]')[2]?.click()
    await page.until(() => slow()?.textContent?.includes('30 seconds'), 'chosen')
    expect(at.server.room(room).slowMode).to.equal(30)
    const see = () =>
      page.all('[part=info-row]').find(({ textContent }) => textContent?.includes('New people see'))
    expect(see()?.textContent).to.contain('All messages')
    see()?.click()
    await page.soon('[part=menu]')
    page.all('[part=menu-item]')[1]?.click()
    await page.until(() => see()?.textContent?.includes('Only what comes after they joined'), 'hidden')
    expect(at.server.room(room).history).to.equal('since-joined')
    await page.until(
      () => page.root.textContent?.includes('You hid earlier messages from new members'),
      'a line says so',
    )
    await page.isAccessible()
  })

  it('is not opened to all by an owner who came late, and that is said', async () => {
    const room = at.server.open(['sam', 'ana'], { name: 'Plans' })
    at.server.say(room, 'sam', 'hello')
    Object.assign(at.server.room(room), { history: 'since-joined' })
    Object.assign(at.server.room(room).members.get('ana') ?? {}, { joinedSeq: 1, role: 'owner' })
    const page = await anOpenRoom(at.server, room)
    page.one('[part=info-button]').click()
    await page.soon('[part=info]')
    page
      .all('[part=info-row]')
      .find(({ textContent }) => textContent?.includes('New people see'))
      ?.click()
    await page.soon('[part=menu]')
    page.all('[part=menu-item]')[0]?.click()
    await page.until(() => refusal(page), 'said')
    expect(refusal(page)).to.equal('Only who sees all messages can show them to everybody.')
    expect(at.server.room(room).history).to.equal('since-joined')
  })

  it('offers the times of slow mode beside the one that holds, whichever way the page runs', async () => {
    for (const dir of ['ltr', 'rtl']) {
      const { page } = await aGroup(at.server, { size: [760, 560], attributes: { dir } })
      page
        .all('[part=info-row]')
        .find(({ textContent }) => textContent?.includes('Slow mode'))
        ?.click()
      const menu = (await page.soon('[part=menu]')).getBoundingClientRect()
      const value = page
        .all('.info-value')
        .find(({ textContent }) => textContent === 'Off')
        ?.getBoundingClientRect() as DOMRect
      expect(menu.left, dir).to.be.at.most(value.right)
      expect(menu.right, dir).to.be.at.least(value.left)
      page.press(page.one('[part=menu]'), 'Escape')
      page.widget.remove()
    }
  })

  it('says in the place of the text field why nothing can be written, until that ends', async () => {
    const room = at.server.open(['sam', 'ana'], { name: 'News' })
    at.server.say(room, 'sam', 'hello')
    at.server.configure(room, { post: 'owners' }, 'sam')
    const page = await anOpenRoom(at.server, room)
    const closed = await page.soon('[part=writing-closed]')
    expect(closed.textContent?.trim()).to.equal('Only owners write here')
    expect(field(page)).to.equal(null)
    expect(page.root.textContent).to.contain('Sam let only owners write')
    await page.isAccessible()
    at.server.configure(room, { post: 'all' }, 'sam')
    await page.until(() => field(page), 'open')
    at.server.configure(room, { post: 'owners' }, 'sam')
    await page.until(() => !field(page), 'closed')
    at.server.setRole(room, 'ana', 'owner')
    await page.until(() => field(page), 'open to owners')
  })

  it('S4, S8: waits in a line that comes, counts and goes without moving what is read, at the end and further up', async () => {
    const room = aFilledRoom(at.server, 60, { members: ['sam', 'ana', 'mina'] })
    at.server.configure(room, { slowMode: 2 }, 'sam')
    const page = await anOpenRoom(at.server, room, { size: [320, 480] })
    for (const isUp of [false, true]) {
      await page.send(`mine ${isUp}`)
      if (isUp) await page.scrollTo(page.log.scrollTop - 400)
      await page.soon('[part=slow-mode]')
      await frames(2)
      const [first] = page
        .all('.message')
        .filter((row) => row.getBoundingClientRect().top > page.log.getBoundingClientRect().top)
      const top = () => Math.round(first?.getBoundingClientRect().top ?? Number.NaN)
      const [start, seen] = [top(), new Set<number>()]
      const below: number[] = []
      await page.until(() => {
        seen.add(top())
        below.push(page.below)
        return !page.find('[part=slow-mode]')
      }, 'it is over')
      await frames(2)
      if (isUp) expect([...seen, top()].every((one) => one === start)).to.equal(true)
      else expect(Math.max(...below, page.below)).to.be.at.most(1)
    }
  })

  it('is told whether I own a group that is too large to have all of its members here', async () => {
    const people = Array.from({ length: 60 }, (_, nth) => `member ${nth}`)
    const room = at.server.open(['sam', 'ana', ...people], { name: 'News' })
    at.server.say(room, 'sam', 'hello')
    at.server.configure(room, { post: 'owners' }, 'sam')
    const page = await anOpenRoom(at.server, room)
    await page.soon('[part=writing-closed]')
    expect(at.server.requests.filter((asked) => asked.includes('/members'))).to.deep.equal([])
    page.one('[part=info-button]').click()
    await page.soon('[part=info-name]')
    expect(page.find('[part=info-edit]')).to.equal(null)
    at.server.setRole(room, 'ana', 'owner')
    await page.until(() => field(page), 'open to owners')
    await page.until(() => rowNamed(page, 'Delete group') && page.find('[part=info-edit]'), 'what owners do')
  })

  it('asks a server of an earlier build whether I own such a group', async () => {
    at.server.tellsNoRole = true
    const people = Array.from({ length: 60 }, (_, nth) => `member ${nth}`)
    const room = at.server.open(['ana', ...people], { name: 'News' })
    at.server.say(room, 'ana', 'hello')
    at.server.configure(room, { post: 'owners' })
    const page = await anOpenRoom(at.server, room)
    await page.until(
      () => at.server.requests.some((asked) => asked.includes('/members?q=Ana')) && field(page),
      'mine',
    )
    expect(page.find('[part=writing-closed]')).to.equal(null)
  })

  it('counts slow mode down over the text field, and sends what is written before that in its turn', async () => {
    const room = at.server.open(['sam', 'ana'], { name: 'Busy' })
    at.server.say(room, 'sam', 'hello')
    at.server.configure(room, { slowMode: 3 }, 'sam')
    const page = await anOpenRoom(at.server, room)
    await page.send('one')
    const line = await page.soon('[part=slow-mode]')
    expect(line.textContent).to.match(/^Slow mode: your next message in [1-3] sec$/)
    await page.isAccessible()
    await page.send('two')
    await page.until(() => page.find('[part=slow-mode]')?.textContent?.includes('in 1 sec'), 'it counts')
    await page.until(
      () =>
        at.server.room(room).messages.filter(({ authorId, kind }) => authorId === 'ana' && kind === 'text')
          .length === 2,
      'both are there',
    )
  })
})

describe('join links', () => {
  const at = aServer()

  it('are made, copied and taken back by owners, where the site has them', async () => {
    at.server.features = { ...at.server.features, joinLinks: true }
    const { page, room } = await aGroup(at.server, { attributes: { 'deep-links': '' } })
    const links = () => page.all('[part=join-link]')
    rowNamed(page, 'Join links')?.click()
    await page.until(() => page.find('[part=info] .empty'), 'there are none')
    await page.isAccessible()
    const [ends, uses] = page.all('[part=info-row]')
    ends?.click()
    await page.soon('[part=menu]')
    expect(page.all('[part=menu-item]').map(({ textContent }) => textContent?.trim())).to.deep.equal([
      '1 day',
      '7 days',
      'Never',
    ])
    page.all('[part=menu-item]')[0]?.click()
    uses?.click()
    await page.soon('[part=menu]')
    page.all('[part=menu-item]')[1]?.click()
    await page.until(() => uses?.textContent?.includes('10'), 'chosen')
    page.one('.info-scroll .primary').click()
    await page.until(() => links().length === 1, 'made')
    const [link] = at.server.room(room).links ?? []
    expect(link?.maxUses).to.equal(10)
    expect(Date.parse(link?.expiresAt ?? '') - Date.now()).to.be.within(86_000_000, 86_400_000)
    expect(links()[0]?.textContent).to.contain('0 of 10 joined')
    await page.until(() => page.root.activeElement?.textContent === 'Copy', 'the focus is on it')
    await page.isAccessible()
    const written: string[] = []
    Object.defineProperty(navigator, 'clipboard', {
      configurable: true,
      value: { writeText: async (text: string) => void written.push(text) },
    })
    links()[0]?.querySelector('button')?.click()
    await page.until(() => written.length === 1, 'copied')
    Reflect.deleteProperty(navigator, 'clipboard')
    expect(written[0]?.endsWith(`#chatter:join/${link?.code}`)).to.equal(true)
    links()[0]?.querySelector<HTMLElement>('.icon-button')?.click()
    await confirm(page, 'Take this link back?')
    await page.until(() => links().length === 0, 'taken back')
    expect(at.server.room(room).links).to.deep.equal([])
    page.press(page.one('[part=info]'), 'Escape')
    await page.until(() => page.root.activeElement === rowNamed(page, 'Join links'), 'back')
  })

  it('are copied as a code, and say so, on a page that its address does not lead into the chat', async () => {
    at.server.features = { ...at.server.features, joinLinks: true }
    const { page, room } = await aGroup(at.server)
    const { code } = at.server.makeLink(room, { id: '01234567890123456789ab' })
    rowNamed(page, 'Join links')?.click()
    const link = await page.soon('[part=join-link]')
    expect(page.one('.info-lead').textContent).to.contain(
      'This page opens no links, so the code alone is copied.',
    )
    const copy = link.querySelector('button')
    expect(copy?.getAttribute('aria-label')).to.match(/^Copy code: /)
    const written: string[] = []
    Object.defineProperty(navigator, 'clipboard', {
      configurable: true,
      value: { writeText: async (text: string) => void written.push(text) },
    })
    copy?.click()
    await page.until(() => written.length === 1, 'copied')
    Reflect.deleteProperty(navigator, 'clipboard')
    expect(written).to.deep.equal([code])
    await page.isAccessible()
  })

  it('say when there are too many', async () => {
    at.server.features = { ...at.server.features, joinLinks: true }
    const { page, room } = await aGroup(at.server)
    for (let n = 0; n < 20; n++) at.server.makeLink(room, { id: `link-${n}` })
    rowNamed(page, 'Join links')?.click()
    await page.until(() => page.all('[part=join-link]').length === 20, 'twenty')
    page.one('.info-scroll .primary').click()
    await page.until(() => refusal(page), 'refused')
    expect(refusal(page)).to.equal('There are too many links already. Take one back first.')
  })

  it('are not there for members, nor where the site has none', async () => {
    const { page } = await aGroup(at.server)
    expect(rowNamed(page, 'Join links')).to.equal(undefined)
    page.widget.remove()
    at.server.features = { ...at.server.features, joinLinks: true }
    const other = await aGroup(at.server, { people: ['sam', 'ana'] })
    expect(rowNamed(other.page, 'Join links')).to.equal(undefined)
  })
})
