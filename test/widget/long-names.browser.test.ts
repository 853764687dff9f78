import { expect } from '@open-wc/testing'
import { anOpenRoom, aServer, aSystemMessage, frames, type Page } from './a-widget.ts'

const width = 320

/** What lies beyond the edges of the widget, drawn or to be scrolled to. */
function beyond(page: Page): string[] {
  const { widget } = page
  const { left, right } = widget.getBoundingClientRect()
  return page
    .all('*')
    .filter((element) => element.checkVisibility({ visibilityProperty: true }))
    .filter((element) => {
      const box = element.getBoundingClientRect()
      if (box.width <= 1) return false
      return box.left < left - 1 || box.right > right + 1
    })
    .filter((element) => !isCut(element))
    .map((element) => `${element.tagName} ${element.getAttribute('class') ?? element.getAttribute('part')}`)
}

/** A box around it shows only what is inside of it. */
function isCut(element: Element): boolean {
  for (let box = element.parentElement; box; box = box.parentElement)
    if (getComputedStyle(box).overflowX !== 'visible') return true
  return false
}

/** Boxes that hold more than they show, and do not say so by an ellipsis. Text may reach over its place by 2 px. */
const overfull = (page: Page) =>
  page
    .all('*')
    .filter((box) => {
      const { overflowX, textOverflow } = getComputedStyle(box)
      return overflowX !== 'visible' && textOverflow !== 'ellipsis' && box.scrollWidth > box.clientWidth + 2
    })
    .filter((box) => box.clientWidth > 1 && box.tagName !== 'TEXTAREA')
    .map((box) => `${box.tagName} ${box.className}`)

describe('names of 300 characters without a space', () => {
  const at = aServer()
  const long = 'wolfgang'.repeat(38).slice(0, 299)

  it('wrap or end in an ellipsis in list, header, log, seen-by and typing line, at 320 px', async () => {
    const [sam, kim] = [`s${long}`, `k${long}`]
    const room = at.server.open(['ana', sam, kim])
    at.server.open(['ana', sam], { name: `r${long}` })
    at.server.open(['ana', kim])
    at.server.say(room, sam, 'hello')
    aSystemMessage(at.server, room, { authorId: sam, system: { event: 'added', userId: kim } })
    const { seq } = at.server.say(room, 'ana', 'mine')
    for (const user of [sam, kim]) at.server.read(room, user, seq)
    const page = await anOpenRoom(at.server, room)
    page.widget.style.inlineSize = `${width}px`
    at.server.type(room, sam)
    await page.soon('.typing.on span')
    await frames(3)
    expect(page.all('[part=seen-by]').length).to.equal(1)
    expect(beyond(page)).to.deep.equal([])
    expect(overfull(page)).to.deep.equal([])
    page.widget.style.inlineSize = '760px'
    await frames(3)
    expect(beyond(page)).to.deep.equal([])
    expect(overfull(page)).to.deep.equal([])
  })
})

describe('letters of 30 px', () => {
  const at = aServer()

  it('are clipped by no badge, cut no name for its time, and run nothing out of the list', async () => {
    for (let room = 1; room <= 6; room++) {
      const id = at.server.open(['ana', 'sam', 'kim'], { name: `Observatory ${room}` })
      for (let said = 0; said < 12; said++) at.server.say(id, 'sam', 'hello')
    }
    const room = at.server.open(['ana', 'sam'])
    at.server.say(room, 'sam', 'hello')
    const before = (widget: HTMLElement) => widget.style.setProperty('--chatter-font-size', '30px')
    const page = await anOpenRoom(at.server, room, { before })
    await page.soon('.room-filter')
    const badge = await page.soon('.room .badge')
    expect(badge.textContent).to.contain('12')
    expect(badge.clientHeight).to.be.at.least(Number.parseFloat(getComputedStyle(badge).fontSize) * 1.4)
    const row = badge.closest('.room') as HTMLElement
    const time = row.querySelector('.room-time') as HTMLElement
    time.textContent = 'Yesterday'
    const name = row.querySelector('.room-name') as HTMLElement
    const lines = row.querySelector('.lines') as HTMLElement
    expect(name.getBoundingClientRect().width).to.be.at.least(lines.clientWidth * 0.9)
    const { right } = page.one('.sidebar').getBoundingClientRect()
    // They are one line, which is scrolled.
    expect(page.one('.room-filters').getBoundingClientRect().right).to.be.at.most(right)
    for (const filter of page.all('.room-filter')) {
      filter.scrollIntoView({ inline: 'nearest', block: 'nearest' })
      expect(filter.getBoundingClientRect().right).to.be.below(right)
      expect(filter.getBoundingClientRect().left).to.be.above(
        page.one('.sidebar').getBoundingClientRect().left,
      )
    }
    expect(page.one('.typing').clientHeight).to.be.at.least(24 * 1.45)
  })
})
