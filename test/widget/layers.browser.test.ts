/** Where the panel of a launcher lies: what it covers, what covers it, and what can be reached meanwhile. */
import { expect } from '@open-wc/testing'
import { emulateMedia, setViewport } from '@web/test-runner-commands'
import { aFilledRoom, anOpenRoom, aPage, aServer, frames, type Page } from './a-widget.ts'
import { exceptIn } from './browser.ts'

const launcher = { mode: 'launcher', open: '' }

/** What somebody would hit in the middle of a box. */
function hit(box: Element): Element | null {
  const { left, top, width, height } = box.getBoundingClientRect()
  return document.elementFromPoint(left + width / 2, top + height / 2)
}

/** Of the page, over everything in it. */
function aCover(style = 'inset: 0'): HTMLButtonElement {
  const cover = document.createElement('button')
  cover.textContent = 'of the page'
  cover.style.cssText = `position: fixed; z-index: 2147483647; ${style}`
  document.body.append(cover)
  return cover
}

const isOver = ({ widget }: Page) => widget.frame?.matches(':modal, :popover-open')

/** Why a test is left out. */
const untold = 'nobody can tell it that it prints'

describe('the layer of a launcher', () => {
  const at = aServer()
  let cover: HTMLElement | undefined
  afterEach(() => cover?.remove())

  it('is for the open panel the top one: no box of the page covers or clips it', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3), {
      attributes: launcher,
      before: (widget) => {
        const box = widget.parentElement
        if (box)
          box.style.cssText = 'overflow: hidden; transform: scale(1); inline-size: 50px; block-size: 50px'
      },
    })
    cover = aCover()
    await page.until(() => isOver(page), 'shown above')
    expect(hit(page.one('.panel')) === page.widget).to.equal(true)
    await page.until(() => page.one('.panel').getAnimations().length === 0, 'it has risen')
    const { right, bottom } = page.one('.panel').getBoundingClientRect()
    const { clientWidth, clientHeight } = document.documentElement
    expect(Math.round(clientWidth - right)).to.equal(20)
    expect(Math.round(clientHeight - bottom)).to.equal(20 + 56 + 14)
    expect(page.one('.panel').matches(':modal')).to.equal(false)
    await page.send('from above')
    expect(hit(page.one('.send')) === page.widget).to.equal(true)
  })

  it('is the page for the button: a banner of the page lies over it and can be used', async () => {
    const page = await aPage(at.server, { attributes: { mode: 'launcher' } })
    expect(hit(page.one('.launcher')) === page.widget).to.equal(true)
    cover = aCover('inset: auto 0 0; block-size: 120px')
    expect(hit(page.one('.launcher')) === cover).to.equal(true)
    await page.widget.open()
    await page.until(() => isOver(page), 'shown above')
    expect(hit(page.one('.launcher')) === cover).to.equal(true)
    const { clientHeight } = document.documentElement
    const rest = document.elementFromPoint(5, clientHeight - 5)
    expect(rest === cover).to.equal(true)
    await page.widget.close()
    expect(hit(page.one('.launcher')) === cover).to.equal(true)
  })

  it('is the page for the panel too, where the page wants that', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3), {
      attributes: { ...launcher, layer: 'page' },
    })
    await frames(2)
    expect(isOver(page)).to.equal(false)
    expect(hit(page.one('.panel')) === page.widget).to.equal(true)
    cover = aCover()
    expect(hit(page.one('.panel')) === cover).to.equal(true)
    page.widget.layer = 'top'
    await page.until(() => isOver(page), 'above')
    expect(hit(page.one('.panel')) === page.widget).to.equal(true)
    page.widget.layer = 'page'
    await page.until(() => !isOver(page), 'in the page again')
    expect(hit(page.one('.panel')) === cover).to.equal(true)
  })

  it('leaves a dialog that the page shows later above it, and works again after that', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3), { attributes: launcher })
    page.type('a draft')
    await page.until(() => isOver(page), 'shown above')
    const dialog = document.createElement('dialog')
    const button = document.createElement('button')
    button.textContent = 'Agree'
    button.style.cssText = 'inline-size: 780px; block-size: 560px'
    button.addEventListener('click', () => dialog.close())
    dialog.append(button)
    document.body.append(dialog)
    try {
      dialog.showModal()
      const { left, top } = page.composer.getBoundingClientRect()
      const over = document.elementFromPoint(left + 10, top + 10)
      expect(over === button).to.equal(true)
      page.composer.focus()
      expect(document.activeElement === button).to.equal(true)
      // Drawn meanwhile, it does not come back above.
      at.server.say(aFilledRoom(at.server, 1), 'sam', 'meanwhile')
      await page.widget.updateComplete
      await frames(2)
      expect(document.elementFromPoint(left + 10, top + 10) === button).to.equal(true)
      button.click()
    } finally {
      dialog.remove()
    }
    page.composer.focus()
    expect(page.root.activeElement === page.composer).to.equal(true)
    expect(page.composer.value).to.equal('a draft')
    expect(hit(page.one('.panel')) === page.widget).to.equal(true)
  })

  it('is left where the page hides the element, and taken again; it comes along where the element is moved', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3), { attributes: launcher })
    await page.until(() => isOver(page), 'shown above')
    page.widget.hidden = true
    await page.until(() => !isOver(page), 'hidden')
    expect(page.one('.panel').checkVisibility()).to.equal(false)
    expect(page.one('.launcher').checkVisibility()).to.equal(false)
    page.widget.hidden = false
    await page.until(() => isOver(page), 'shown again')
    const box = document.createElement('div')
    document.body.append(box)
    box.append(page.widget)
    await page.until(() => isOver(page), 'moved')
    box.remove()
  })

  exceptIn({ Firefox: untold, WebKit: untold })('is on no paper', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3), { attributes: launcher })
    const inline = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    await page.until(() => isOver(page), 'shown above')
    const seen = () =>
      [page.one('.panel'), page.one('.launcher'), inline.one('.panel')].map((box) => box.checkVisibility())
    try {
      await emulateMedia({ media: 'print' })
      await page.until(() => matchMedia('print').matches, 'on paper')
      expect(seen()).to.deep.equal([false, false, true])
    } finally {
      await emulateMedia({ media: 'screen' })
    }
    expect(seen()).to.deep.equal([true, true, true])
  })
})

describe('on a phone the panel of a launcher', () => {
  const at = aServer()
  let behind: HTMLButtonElement
  before(() => setViewport({ width: 375, height: 667 }))
  after(() => setViewport({ width: 800, height: 600 }))
  beforeEach(() => {
    behind = aCover('inset: 0 auto auto 0')
  })
  afterEach(() => behind.remove())

  const isModal = (page: Page) => page.find('.panel')?.matches(':modal')
  const isInert = () => {
    behind.focus()
    return document.activeElement !== behind
  }

  exceptIn({ WebKit: 'its window is wider than a phone' })(
    'K53: is modal: nothing of the page behind can be reached, until it is closed',
    async () => {
      const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3), { attributes: launcher })
      await page.until(() => isModal(page), 'modal')
      expect(isInert()).to.equal(true)
      expect(hit(behind) === page.widget).to.equal(true)
      await page.isAccessible()
      const { left, top, width, height } = page.one('.panel').getBoundingClientRect()
      expect([left, top, width, height]).to.deep.equal([0, 0, innerWidth, innerHeight])
      await page.widget.close()
      expect(isInert()).to.equal(false)
    },
  )

  exceptIn({ WebKit: 'its window is wider than a phone' })(
    'is modal again where the element is moved in the page',
    async () => {
      const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3), { attributes: launcher })
      await page.until(() => isModal(page), 'modal')
      const box = document.createElement('div')
      document.body.append(box)
      box.append(page.widget)
      await page.until(() => isModal(page), 'modal again')
      expect(isInert()).to.equal(true)
      await page.widget.close()
      expect(isInert()).to.equal(false)
      box.remove()
    },
  )

  it('has the focus itself where nobody pressed anything: it marks no button', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3), { attributes: launcher })
    await page.until(() => isModal(page), 'modal')
    await frames(3)
    expect(page.root.activeElement === page.one('.panel')).to.equal(true)
  })

  it('says there what is new: what the page says is not heard while it is inert', async () => {
    const room = aFilledRoom(at.server, 3)
    const page = await anOpenRoom(at.server, room, { attributes: launcher })
    await page.until(() => isModal(page), 'modal')
    const region = page.one('.panel [data-chatter-announcer=polite]')
    expect(region.textContent).to.equal('')
    at.server.say(room, 'sam', 'news')
    await page.until(() => region.textContent?.trim() === 'Sam: news', 'said')
    await page.widget.close()
    await page.until(() => !page.find('.panel'), 'closed')
  })

  it('is closed by the device’s own way back, and stays where the page refuses that', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3), { attributes: launcher })
    await page.until(() => isModal(page), 'modal')
    const goBack = () => page.one('.panel').dispatchEvent(new Event('cancel', { cancelable: true }))
    const refuse = (event: Event) => event.preventDefault()
    page.widget.addEventListener('chatter-close', refuse)
    // From the room to the list, and then out.
    expect(goBack()).to.equal(false)
    await page.soon('.room-list')
    expect(goBack()).to.equal(false)
    // As a browser does at the second time.
    ;(page.one('.panel') as HTMLDialogElement).close()
    await page.until(() => isModal(page), 'modal again')
    expect(page.find('.room-list')).not.to.equal(null)
    page.widget.removeEventListener('chatter-close', refuse)
    expect(goBack()).to.equal(false)
    await page.until(() => !page.find('.panel'), 'closed')
    expect(isInert()).to.equal(false)
  })

  it('steps back by the device’s own way back as by Escape: out of what was opened last, and at last out of the panel', async () => {
    const room = at.server.open(['ana', 'sam', 'mina'], { name: 'Plans' })
    at.server.say(room, 'sam', 'hello')
    const page = await anOpenRoom(at.server, room, { attributes: launcher })
    await page.until(() => isModal(page), 'modal')
    const dialog = page.one<HTMLDialogElement>('.panel')
    // The first is refused, and browsers then close it without asking.
    const ways = [() => dialog.dispatchEvent(new Event('cancel', { cancelable: true })), () => dialog.close()]
    for (const goBack of ways) {
      if (!page.find('.log')) {
        page.one('.room').click()
        await page.soon('[part=info-button]')
      }
      page.one('[part=info-button]').click()
      ;(await page.soon('[data-user=mina]')).click()
      await page.soon('.info-message')
      goBack()
      await page.soon('[data-user=mina]')
      goBack()
      await page.until(() => !page.find('[part=info]') && page.find('.log'), 'back at the messages')
      page.one('[part=emoji-button]').click()
      await page.soon('.emoji-picker')
      goBack()
      await page.until(() => !page.find('.emoji-picker'), 'no emoji')
      expect(page.find('.log')).not.to.equal(null)
      goBack()
      await page.soon('.room-list')
      page.one('[part=new-room-button]').click()
      await page.soon('.picker')
      goBack()
      await page.soon('.room-list')
      await page.until(() => isModal(page), 'open')
    }
    dialog.close()
    await page.until(() => !page.find('.panel'), 'closed')
  })

  it('K52: steps back by Escape where one writes: out of the emoji, of what is known of the room, to the list, and out', async () => {
    const room = at.server.open(['ana', 'sam', 'mina'], { name: 'Plans' })
    at.server.say(room, 'sam', 'hello')
    const page = await anOpenRoom(at.server, room, { attributes: launcher })
    await page.until(() => isModal(page), 'modal')
    ;(await page.soon('[part=emoji-button]')).click()
    await page.soon('.emoji-picker')
    page.press(page.composer, 'Escape')
    await page.until(() => !page.find('.emoji-picker'), 'no emoji')
    page.one('[part=info-button]').click()
    await page.soon('[part=info]')
    page.press(page.composer, 'Escape')
    await page.until(() => !page.find('[part=info]'), 'the messages')
    page.type('begun')
    // It is the input method's.
    page.press(page.composer, 'Escape', { isComposing: true })
    page.press(page.composer, 'Escape')
    await page.until(() => !page.find('.log'), 'the list')
    const row = await page.soon('.room')
    await page.until(() => page.root.activeElement === row, 'the focus is on its row')
    await page.until(() => row.textContent?.includes('begun'), 'its draft')
    page.press(row, 'Escape')
    await page.until(() => !page.find('.panel'), 'closed')
  })

  it('keeps no page inert that hides it, nor one that wants it in the page', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3), { attributes: launcher })
    await page.until(() => isModal(page), 'modal')
    page.widget.style.display = 'none'
    await page.until(() => !isModal(page), 'hidden')
    expect(isInert()).to.equal(false)
    page.widget.style.display = ''
    await page.until(() => isModal(page), 'shown')
    page.widget.layer = 'page'
    await page.until(() => !isModal(page), 'in the page')
    expect(isInert()).to.equal(false)
  })

  it('keeps the focus, the draft and the place in the log when the screen becomes larger and smaller', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 60), { attributes: launcher })
    await page.until(() => isModal(page), 'modal')
    page.type('a draft')
    page.composer.focus()
    try {
      await setViewport({ width: 800, height: 600 })
      await page.until(() => isOver(page) && !isModal(page), 'not modal')
      await frames(3)
      expect(page.root.activeElement === page.composer).to.equal(true)
      expect(page.below).to.be.lessThan(1)
      expect(isInert()).to.equal(false)
      page.composer.focus()
    } finally {
      await setViewport({ width: 375, height: 667 })
    }
    await page.until(() => isModal(page), 'modal again')
    await frames(3)
    expect(page.root.activeElement === page.composer).to.equal(true)
    expect(page.composer.value).to.equal('a draft')
    expect(page.below).to.be.lessThan(1)
  })
})
