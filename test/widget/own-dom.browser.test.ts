import { expect } from '@open-wc/testing'
import { Problem } from '../../server/protocol/problems.ts'
import { aFilledRoom, anOpenRoom, aServer, frames, type Page } from './a-widget.ts'

describe('beside a second text field, a second log and a second list', () => {
  const at = aServer()

  /** In front of the widget's own, with their classes, parts, keys and rooms: whoever searches the root finds these. */
  function addSecond(page: Page) {
    const second = document.createElement('div')
    const make = (tag: string, attributes: Record<string, string>, within: Element = second) => {
      const made = document.createElement(tag)
      for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
      within.append(made)
      return made
    }
    const field = make('textarea', { class: 'composer-input', part: 'composer-input' })
    const log = make('div', { class: 'log', part: 'log' })
    for (const { dataset } of page.all('.log [data-key]'))
      make('article', { class: 'message', tabindex: '-1', 'data-key': dataset.key ?? '' }, log)
    const list = make('ul', { class: 'room-list', part: 'room-list' })
    for (const { dataset } of page.all('[data-room]'))
      make('button', { class: 'room', 'data-room': dataset.room ?? '' }, list)
    make('div', { class: 'rooms-end' })
    make('button', { class: 'jump' })
    make('button', { part: 'new-room-button' })
    make('h2', { class: 'header-title', tabindex: '-1' })
    make('input', { class: 'picker-input' })
    make('ul', { class: 'people', role: 'listbox' })
    make('input', { class: 'group-name' })
    page.root.prepend(second)
    return { field: field as HTMLTextAreaElement, log, list, second }
  }

  const focused = (page: Page) => page.root.activeElement as HTMLElement

  it('the composer grows and sends what is written in it', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    const { field } = addSecond(page)
    field.value = 'another draft'
    page.type('one\ntwo\nthree')
    await frames(1)
    const high = page.composer.clientHeight
    expect(field.style.blockSize).to.equal('')
    page.press(page.composer, 'Enter')
    await page.says('one\ntwo\nthree')
    await page.until(() => page.composer.clientHeight < high, 'it shrinks')
    expect(field.value).to.equal('another draft')
    await page.widget.focusComposer()
    expect(focused(page) === page.composer).to.equal(true)
  })

  it('the log loads, jumps and holds its place, and its keyboard stays inside', async () => {
    const room = aFilledRoom(at.server, 120)
    const page = await anOpenRoom(at.server, room)
    const { log } = addSecond(page)
    const before = page.all('.message').length
    await page.scrollTo(0)
    await page.until(() => page.all('.message').length > before, 'earlier ones')
    expect(page.log.scrollTop).to.be.greaterThan(100)
    const jump = await page.soon('.jump')
    jump.click()
    await page.until(() => page.below < 2, 'the end')
    await page.until(() => !page.find('.jump'), 'the button goes')
    page.all('.message').at(-1)?.focus()
    page.press(focused(page), 'ArrowUp')
    await page.until(
      () => focused(page).querySelector('.text')?.textContent?.startsWith('message 119'),
      'one up',
    )
    at.server.refuse = (frame) => (frame.t === 'send' ? new Problem('forbidden', 'no') : undefined)
    await page.send('refused')
    const failed = await page.soon('.message.failed')
    failed.focus()
    page.press(failed, 'Enter')
    await page.until(() => focused(page).localName === 'button', 'inside')
    page.all('.message.failed button').at(-1)?.click()
    await page.until(() => focused(page).classList.contains('message'), 'the neighbour')
    expect(log.contains(focused(page))).to.equal(false)
  })

  it('the list of rooms moves its own focus and loads more at its own end', async () => {
    for (let more = 0; more < 70; more++) at.server.open(['ana', `user ${more}`])
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    const { list } = addSecond(page)
    page.one('.room').focus()
    page.press(focused(page), 'ArrowDown')
    await page.until(() => focused(page) === page.all('.room')[1], 'one down')
    expect(list.contains(focused(page))).to.equal(false)
    for (let turn = 0; turn < 10 && page.all('.room').length < 71; turn++) {
      page.one('.room-scroll').scrollTop = 1e6
      await frames(10)
    }
    await page.until(() => page.all('.room').length === 71, 'all of them')
  })

  it('the people picker takes the focus, walks its own list and gives the focus back', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    const { second } = addSecond(page)
    page.one('[part~="new-room-button"]').click()
    const input = await page.soon<HTMLInputElement>('[role=combobox]')
    await page.until(() => page.all('[role=option]').length === 5, 'everybody')
    await page.until(() => focused(page) === input, 'the focus')
    for (const key of ['ArrowDown', 'Enter', 'ArrowDown', 'ArrowDown', 'Enter']) {
      page.press(input, key)
      await page.widget.updateComplete
    }
    expect(page.all('.chip')).to.have.length(2)
    page.one<HTMLInputElement>('.group-name').value = 'Climbers'
    page.press(input, 'Escape')
    await page.until(() => focused(page).part.contains('new-room-button'), 'the focus is back')
    expect(second.contains(focused(page))).to.equal(false)
    page.one('[part~="new-room-button"]').click()
    for (const name of ['Sam', 'Zoe']) {
      await page.until(() => page.all('[role=option]').length === 5, 'everybody')
      page
        .all('[role=option]')
        .find(({ textContent }) => textContent?.includes(name))
        ?.click()
      await page.widget.updateComplete
    }
    page.one<HTMLInputElement>('.group-name').value = 'Climbers'
    page.one('.start button').click()
    await page.until(() => page.find('.header-title')?.textContent === 'Climbers', 'the group')
  })
})
