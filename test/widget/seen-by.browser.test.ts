/** Where it stands who has seen what I wrote. */
import { expect } from '@open-wc/testing'
import { anOpenRoom, aServer, frames, type Page } from './a-widget.ts'
import { setMotion } from './browser.ts'

describe('who has seen what I wrote', () => {
  const at = aServer()
  before(() => setMotion('reduce'))
  after(() => setMotion('no-preference'))

  async function aGroup(): Promise<{ page: Page; room: string }> {
    const room = at.server.open(['ana', 'sam', 'mina'], { name: 'Plans' })
    for (let nth = 0; nth < 20; nth++) at.server.say(room, 'sam', `of sam ${nth}`)
    at.server.say(room, 'ana', 'one')
    at.server.read(room, 'ana', 99)
    return { page: await anOpenRoom(at.server, room), room }
  }
  /** What stands between the bubble of a message and the next one, in pixels. */
  const under = (page: Page, text: string) => {
    const all = page.all('.message')
    const message = page.message(text) as HTMLElement
    const next = all[all.indexOf(message) + 1] as HTMLElement
    const bottom = message.querySelector('[part=bubble]')?.getBoundingClientRect().bottom ?? 0
    return (next.querySelector('[part=bubble]')?.getBoundingClientRect().top ?? 0) - bottom
  }
  const tops = (page: Page) => page.all('.message').map((message) => message.getBoundingClientRect().top)

  it('stands under the newest of it, and moves nothing when it comes', async () => {
    const { page, room } = await aGroup()
    const before = tops(page)
    at.server.read(room, 'sam', 21)
    const seen = await page.soon('[part=seen-by]')
    expect(seen.textContent?.trim().replace(/\s+/g, ' ')).to.match(/Seen by Sam$/)
    await frames(2)
    expect(tops(page)).to.deep.equal(before)
    // Nor where somebody has answered meanwhile.
    await page.send('two')
    at.server.say(room, 'mina', 'an answer')
    await page.says('an answer')
    await frames(2)
    const answered = tops(page)
    at.server.read(room, 'sam', 22)
    await page.until(() => page.message('two')?.querySelector('[part=seen-by]'), 'seen')
    await frames(2)
    expect(tops(page)).to.deep.equal(answered)
    expect(page.all('[part=seen-by]')).to.have.length(1)
  })

  it('stands between no bubbles of mine: not while a newer one is on its way, and under one that I deleted', async () => {
    const { page, room } = await aGroup()
    at.server.read(room, 'sam', 21)
    await page.soon('[part=seen-by]')
    at.server.toServer = ({ t }) => (t === 'send' ? 'drop' : 'pass')
    await page.send('two')
    await frames(2)
    expect(page.find('[part=seen-by]')).to.equal(null)
    expect(under(page, 'one')).to.be.at.most(6)
    at.server.toServer = () => 'pass'
    at.server.cut()
    await page.until(() => page.message('two')?.matches(':not(.pending)'), 'it is sent')
    at.server.read(room, 'sam', 22)
    await page.until(() => page.message('two')?.querySelector('[part=seen-by]'), 'seen')
    at.server.say(room, 'ana', 'three')
    await page.says('three')
    at.server.read(room, 'sam', 23)
    await page.until(() => page.message('three')?.querySelector('[part=seen-by]'), 'seen')
    at.server.remove(room, 23)
    const deleted = await page.soon('.own.deleted')
    await page.until(() => deleted.querySelector('[part=seen-by]'), 'under what is left of it')
    expect(under(page, 'two')).to.be.at.most(6)
    expect(page.all('[part=seen-by]')).to.have.length(1)
  })
})
