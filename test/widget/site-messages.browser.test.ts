import { expect } from '@open-wc/testing'
import { html } from 'lit'
import type { MessageView, SiteView } from '../../server/protocol/views.ts'
import type { MessageRenderers } from '../../widget/message-renderers.ts'
import { aFilledRoom, anOpenRoom, aServer, frames, type Page } from './a-widget.ts'
import { aMessage } from './builders.ts'
import type { LiveServer } from './live-server.ts'

// Before a test puts its server in the place of fetch.
const embedding = await (await fetch(new URL('../../docs/embedding.md', import.meta.url))).text()

const order: SiteView = {
  title: 'Order 1207',
  text: 'It *left* our warehouse.',
  link: { url: 'https://shop.example.com/orders/1207', label: 'Follow it' },
  type: 'order',
  data: { order: 1207, state: 'sent', total: 48.5 },
}

/** Everybody in the room reads it, or its next version. */
function siteSays(server: LiveServer, roomId: string, site: SiteView, before?: MessageView): MessageView {
  const held = server.room(roomId)
  const rev = ++held.head
  const text = [site.title, site.text, site.link?.url].filter(Boolean).join('\n')
  const first = before ?? { ...aMessage({ seq: rev }), roomId, authorId: '' }
  const edited = before && { editedAt: new Date().toISOString() }
  const message: MessageView = { ...first, rev, text, site, ...edited }
  held.messages = [...held.messages.filter(({ id }) => id !== message.id), message]
  for (const user of held.members.keys())
    server.send(user, { t: 'message', message, user: { id: '', name: 'The shop' } })
  return message
}

describe('what the site says', () => {
  const at = aServer()

  async function aRoom(messageRenderers?: MessageRenderers): Promise<{ page: Page; room: string }> {
    const room = aFilledRoom(at.server, 3)
    const before = messageRenderers && {
      before: (widget: object) => Object.assign(widget, { messageRenderers }),
    }
    return { page: await anOpenRoom(at.server, room, before), room }
  }

  it('has a title, a text and a link that opens safely, under its own name and without a picture', async () => {
    const { page, room } = await aRoom()
    siteSays(at.server, room, order)
    const title = await page.soon('.message-title')
    const row = title.closest('.message') as HTMLElement
    expect(title.textContent).to.equal('Order 1207')
    expect(row.querySelector('.text em, .text strong')?.textContent).to.equal('left')
    expect(row.querySelector('[part=author]')?.textContent).to.equal('The shop')
    expect(row.querySelector('.avatar')).to.equal(null)
    const link = row.querySelector('a') as HTMLAnchorElement
    expect([link.textContent, link.href, link.target]).to.deep.equal([
      'Follow it',
      'https://shop.example.com/orders/1207',
      '_blank',
    ])
    for (const word of ['noopener', 'noreferrer']) expect(link.rel).to.include(word)
    expect(row.getAttribute('aria-label')).to.match(
      /^The shop, Order 1207, It left our warehouse\., Follow it, /,
    )
    await page.isAccessible()
  })

  it('has its link where its text begins, whatever the page’s direction', async () => {
    const { page, room } = await aRoom()
    const { title: _, ...untitled } = order
    for (const [site, expected] of [
      [{ ...order, title: 'طلبك' }, 'rtl'],
      [{ ...untitled, text: 'غادر المستودع' }, 'rtl'],
      [order, 'ltr'],
    ] as const) {
      const { id } = siteSays(at.server, room, site)
      const link = await page.soon(`[data-key="${id}"] .message-link`)
      expect(getComputedStyle(link).direction).to.equal(expected)
    }
    page.widget.dir = 'rtl'
    const { id } = siteSays(at.server, room, untitled)
    expect(getComputedStyle(await page.soon(`[data-key="${id}"] .message-link`)).direction).to.equal('ltr')
  })

  it('tells the page which link is pressed, and never leads to what runs', async () => {
    const { page, room } = await aRoom()
    siteSays(at.server, room, { ...order, link: { url: 'javascript:alert(1)', label: 'Run' } })
    await page.soon('.message-title')
    expect(page.find('.message-link')).to.equal(null)
    siteSays(at.server, room, order)
    const link = await page.soon('.message-link')
    let pressed = 0
    page.widget.addEventListener('chatter-link-click', (event) => {
      event.preventDefault()
      pressed++
    })
    link.click()
    expect(pressed).to.equal(1)
  })

  it('is no word of either of two people, stands in the list, and is announced', async () => {
    const { page, room } = await aRoom()
    const region = document.querySelector('[data-chatter-announcer=polite]')
    siteSays(at.server, room, order)
    await page.soon('.message.site.first.last')
    await page.until(
      () => page.find('.room')?.textContent?.includes('The shop: Order 1207'),
      'the list shows it, and whose it is',
    )
    await page.until(() => region?.textContent?.includes('Order 1207'), 'it is announced')
    expect(region?.textContent).to.match(/^The shop/)
  })
})

describe('what a page draws of it', () => {
  const at = aServer()

  async function drawnBy(
    messageRenderers: MessageRenderers,
    count = 1,
  ): Promise<{ page: Page; room: string; sent: MessageView[] }> {
    const room = aFilledRoom(at.server, 20)
    const sent = Array.from({ length: count }, () => siteSays(at.server, room, order))
    const before = (widget: object) => Object.assign(widget, { messageRenderers })
    return { page: await anOpenRoom(at.server, room, { before }), room, sent }
  }
  const drawn = (page: Page) => page.find('[part=message-content]')?.textContent?.trim()

  it('stands in the bubble: a node, a template or a text, and never HTML of a text', async () => {
    const node = document.createElement('b')
    node.textContent = 'a node'
    for (const [given, expected] of [
      [node, 'a node'],
      [html`<i>${'<b>'} template</i>`, '<b> template'],
      ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
      [42, '42'],
    ] as const) {
      const { page } = await drawnBy({ order: () => given })
      await page.soon('[part=message-content]')
      expect(drawn(page)).to.equal(expected)
      expect(page.find('.message-title')).to.equal(null)
      expect(page.find('[part=message-content] img')).to.equal(null)
      page.widget.remove()
    }
  })

  it('falls back to what the widget draws where nothing is known of the type, or nothing is answered', async () => {
    for (const renderers of [{ invoice: () => 'x' }, { order: () => undefined }, { order: () => true }, {}]) {
      const { page } = await drawnBy(renderers)
      await page.soon('.message-title')
      expect(drawn(page)).to.equal(undefined)
      page.widget.remove()
    }
  })

  it('that fails is told once, and every message of the kind has its text', async () => {
    const told: unknown[] = []
    const { error } = console
    console.error = (...args: unknown[]) => void told.push(args)
    try {
      const failing = [
        () => {
          throw new Error('no such order')
        },
        async () => 'too late',
        () => ({ html: '<b>what is no content</b>' }),
        () => html`<i>${html`${Symbol('what cannot be drawn')}`}</i>`,
      ]
      for (const [at, fail] of failing.entries()) {
        let asked = 0
        const order = () => {
          asked++
          return fail()
        }
        const { page } = await drawnBy({ order }, 3)
        await page.until(() => asked === 3, 'all were asked for')
        await page.until(() => page.all('.message-title').length === 3, 'all have their text')
        expect(told.length).to.equal(at + 1)
        page.widget.remove()
      }
    } finally {
      console.error = error
    }
  })

  it('is asked for again when the site changes it, and by no reaction', async () => {
    let asked = 0
    const order = ({ site }: MessageView) => {
      asked++
      return `state: ${site?.data?.state}`
    }
    const { page, room, sent } = await drawnBy({ order })
    await page.until(() => drawn(page) === 'state: sent', 'it is drawn')
    const box = page.find('[part=message-content]')
    const [message] = sent
    if (!message) throw new Error('expected a message')
    const changed = siteSays(
      at.server,
      room,
      { ...(message.site as SiteView), data: { state: 'here' } },
      message,
    )
    await page.until(() => drawn(page) === 'state: here', 'it is drawn again')
    expect([asked, page.find('[part=message-content]')]).to.deep.equal([2, box])
    const held = at.server.room(room)
    const reactions = [{ emoji: '👍', count: 1, userIds: ['sam'] }]
    const reacted = { ...changed, rev: ++held.head, reactions }
    at.server.send('ana', { t: 'message', message: reacted, user: { id: '', name: 'The shop' } })
    await page.until(() => page.find('.message.site.reacted'), 'the reaction is there')
    expect(asked).to.equal(2)
  })

  it('may grow, and the reader stays where they were', async () => {
    const boxes: HTMLElement[] = []
    const order = () => {
      const box = document.createElement('div')
      box.style.blockSize = '40px'
      boxes.push(box)
      return box
    }
    const { page } = await drawnBy({ order })
    await page.soon('[part=message-content]')
    await frames(2)
    expect(page.below).to.be.lessThan(2)
    for (const box of boxes) box.style.blockSize = '240px'
    await page.until(() => page.below < 2, 'the end is in view')
    const before = page.log.scrollHeight
    for (const box of boxes) box.style.blockSize = '40px'
    await page.until(() => page.log.scrollHeight < before && page.below < 2, 'the end is in view')
  })

  it('as docs/embedding.md shows it, in the language of the widget', async () => {
    const code = /```js\n((?:(?!```)[\s\S])*messageRenderers[\s\S]*?)```/.exec(embedding)?.[1] ?? ''
    const room = aFilledRoom(at.server, 2)
    const page = await anOpenRoom(at.server, room, { attributes: { lang: 'de' } })
    new Function(code)()
    siteSays(at.server, room, order)
    await page.until(() => drawn(page)?.includes('48,50'), 'it is drawn')
    expect(page.find('[part~=order]')?.textContent).to.include('1207')
  })
})
