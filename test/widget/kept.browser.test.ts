import { expect } from '@open-wc/testing'
import { aFilledRoom, anOpenRoom, aPage, aServer, frames } from './a-widget.ts'

/** Messages are kept for some days only (docs/operations.md): older ones are no longer there, and nothing says so. */
describe('where older messages went', () => {
  const at = aServer()
  const roomIn = (page: Awaited<ReturnType<typeof aPage>>, room: string) =>
    page.widget.chat.state.rooms.get(room)
  const forget = (room: string, upTo: number) => {
    const held = at.server.room(room)
    held.messages = held.messages.filter(({ seq }) => seq > upTo)
  }

  it('history ends at what is left, and nothing waits for more', async () => {
    const room = aFilledRoom(at.server, 200)
    const page = await anOpenRoom(at.server, room)
    expect(roomIn(page, room)?.log?.older).to.equal(true)
    const first = roomIn(page, room)?.log?.messages[0]?.seq ?? 0
    forget(room, first + 5)
    await page.scrollTo(0)
    await page.until(() => roomIn(page, room)?.log?.older === false, 'it knows that nothing is older')
    await frames(3)
    expect(roomIn(page, room)?.loads.older).to.not.equal('loading')
    await page.scrollTo(0)
    await page.until(() => page.find('slot[name=thread-start]'), 'that is the start')
    expect(page.log.getAttribute('aria-busy')).to.equal('false')
    expect(page.find('.banner')).to.equal(null)
  })

  it('a room in which all is gone says in the list that it has none, opens, and goes on', async () => {
    const room = aFilledRoom(at.server, 3)
    forget(room, 3)
    const page = await aPage(at.server)
    await page.until(() => page.find('.room-name'), 'it is listed')
    expect(page.one('.room-preview').textContent?.trim()).to.equal('No messages yet')
    await page.widget.openRoom(room)
    await page.until(
      () => page.root.textContent?.includes('No messages yet'),
      'it says that nothing is there',
    )
    at.server.say(room, 'sam', 'and on')
    await page.says('and on')
    await page.isAccessible()
  })

  it('a quote that is still shown leads nowhere, and nothing waits', async () => {
    const room = at.server.open(['ana', 'sam'])
    const { id } = at.server.say(room, 'sam', 'when?')
    for (let turn = 1; turn <= 200; turn++) at.server.say(room, 'sam', `message ${turn}`)
    at.server.say(room, 'sam', 'well?', undefined, id)
    at.server.read(room, 'ana', 999)
    const page = await anOpenRoom(at.server, room)
    const answer = await page.says('well?')
    forget(room, 120)
    answer.querySelector<HTMLElement>('.quote')?.click()
    await page.until(() => roomIn(page, room)?.log?.older === false, 'what is left is there')
    await frames(3)
    expect(roomIn(page, room)?.loads.page).to.not.equal('loading')
    expect(page.all('[data-key]').length).to.be.greaterThan(0)
  })

  it('a link to one shows the room, and says that it is not there', async () => {
    const room = at.server.open(['ana', 'sam'])
    const { id } = at.server.say(room, 'sam', 'old')
    at.server.say(room, 'sam', 'young')
    forget(room, 1)
    const page = await aPage(at.server)
    const faults: string[] = []
    page.widget.chat.on('error', ({ fault }) => faults.push(fault.code))
    await page.widget.chat.openRoom(room, { messageId: id })
    await page.says('young')
    expect(faults).to.deep.equal(['not_found'])
  })
})
