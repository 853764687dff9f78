import { expect } from '@open-wc/testing'
import { emulateMedia } from '@web/test-runner-commands'
import { Problem } from '../../server/protocol/problems.ts'
import { aFilledRoom, anOpenRoom, aPage, aServer, aSystemMessage, frames, type Page } from './a-widget.ts'
import { exceptIn, setMotion } from './browser.ts'

/** Where a token shows: the token, a value for it, the box, and the computed property with its value. */
type Shows = [token: string, value: string, box: string, property: string, computed: string]

const red = 'rgb(255, 0, 0)'
const shown: readonly Shows[] = [
  ['accent', 'red', '.own [part=bubble]', 'background-color', red],
  ['accent', 'red', '.send:not([aria-disabled=true])', 'background-color', red],
  ['accent-text', 'red', '.own [part=bubble]', 'color', red],
  ['surface', 'red', '.panel', 'background-color', red],
  ['surface', 'red', '.thread', 'background-color', red],
  ['surface-raised', 'red', '.jump', 'background-color', red],
  ['surface-sunken', 'red', '.sidebar', 'background-color', red],
  ['text', 'red', '.base', 'color', red],
  ['text-muted', 'red', '.header-subtitle', 'color', red],
  ['text-link', 'red', '.other [part=link]', 'color', red],
  ['border', 'red', '.panel', 'border-top-color', red],
  ['divider', 'red', '.header', 'border-bottom-color', red],
  ['bubble-own', 'red', '.own [part=bubble]', 'background-color', red],
  ['bubble-own-text', 'red', '.own [part=bubble]', 'color', red],
  ['bubble-other', 'red', '.other [part=bubble]', 'background-color', red],
  ['bubble-other-text', 'red', '.other [part=bubble]', 'color', red],
  ['danger', 'red', '.status.failed', 'color', red],
  ['unread', 'red', '.unread-separator', 'color', red],
  ['font', 'monospace', '.text', 'font-family', 'monospace'],
  ['font-size', '20px', '.text', 'font-size', '20px'],
  ['line-height', '2', '.base', 'line-height', '30px'],
  ['space', '8px', '.header', 'column-gap', '20px'],
  ['density', '2', '.header', 'column-gap', '20px'],
  ['radius', '3px', '.panel', 'border-top-left-radius', '3px'],
  ['radius-bubble', '3px', '.own [part=bubble]', 'border-top-left-radius', '3px'],
  ['radius-control', '3px', '.icon-button', 'border-top-left-radius', '3px'],
  ['radius-avatar', '3px', '.avatar', 'border-top-left-radius', '3px'],
  ['avatar-size', '50px', '.message > .avatar', 'width', '50px'],
  ['control-size', '50px', '.icon-button', 'width', '50px'],
  ['bubble-max-width', '90px', '.own [part=bubble]', 'max-width', '90px'],
  ['sidebar-width', '250px', '.sidebar', 'width', '250px'],
]

const launcherShown: readonly Shows[] = [
  ['accent', 'red', '.launcher', 'background-color', red],
  ['accent-text', 'red', '.launcher', 'color', red],
  ['launcher-size', '70px', '.launcher', 'width', '70px'],
  ['offset-x', '50px', '.launcher-place', 'right', '50px'],
  ['offset-y', '50px', '.launcher-place', 'bottom', '50px'],
  ['z-index', '7', '.launcher-place', 'z-index', '7'],
  ['safe-area', '10px', '.launcher-place', 'bottom', '30px'],
  ['shadow-launcher', 'none', '.launcher', 'box-shadow', 'none'],
  ['unread', 'red', '.launcher-badge', 'background-color', red],
  ['panel-width', '333px', '.panel', 'width', '333px'],
  ['panel-height', '333px', '.panel', 'height', '333px'],
  ['shadow', 'none', '.panel', 'box-shadow', 'none'],
  ['easing', 'linear', '.panel', 'animation-timing-function', 'linear'],
]

/** Why a test is left out. */
const still = 'it is without motion from its start'
const untold = 'nobody can tell it what the reader prefers'

describe('the themer', () => {
  const at = aServer()
  // A colour that is still on its way is no colour to compare.
  before(() => setMotion('reduce'))
  after(() => setMotion('no-preference'))

  /** A room in which everything there is can be seen. */
  async function everything(): Promise<Page> {
    const room = aFilledRoom(at.server, 60, { unread: 30, members: ['ana', 'sam', 'mina'] })
    at.server.say(room, 'sam', 'see https://example.org')
    at.server.say(room, 'sam', '> so\n`a`\n```\nb\n```')
    at.server.open(['ana'])
    aFilledRoom(at.server, 3, { unread: 1, members: ['ana', 'sam', 'bo'] })
    for (let more = 0; more < 6; more++) at.server.open(['ana', `u${more}`])
    const page = await anOpenRoom(at.server, room)
    await page.send('hello')
    at.server.read(room, 'sam', 99)
    at.server.refuse = (frame) => (frame.t === 'send' ? new Problem('forbidden', 'no') : undefined)
    await page.send('refused')
    await page.soon('.message.failed')
    at.server.type(room, 'mina')
    page.type('a draft')
    await page.soon('.typing.on')
    await page.soon('.seen-by')
    page.message('hello')?.querySelector<HTMLElement>('[part=bubble]')?.click()
    await page.widget.updateComplete
    return page
  }

  /** The same, scrolled up to where its divider is. */
  async function further(): Promise<Page> {
    const room = aFilledRoom(at.server, 60, { unread: 30, members: ['ana', 'sam', 'mina'] })
    at.server.say(room, 'ana', 'mine')
    const page = await anOpenRoom(at.server, room)
    await page.scrollTo(100)
    at.server.say(room, 'sam', 'new')
    await page.soon('.jump-badge')
    return page
  }

  function check(page: Page, all: readonly Shows[]): Set<string> {
    const done = new Set<string>()
    for (const [token, value, box, property, computed] of all) {
      const element = page.find(box)
      if (!element) continue
      const sheet = pageStyle(`chatter-widget { --chatter-${token}: ${value} }`)
      const found = getComputedStyle(element).getPropertyValue(property)
      const isColor = /^(color|rgb)\(/.test(found)
      expect(isColor ? `rgb(${rgb(found).join(', ')})` : found, `--chatter-${token} on ${box}`).to.equal(
        computed,
      )
      sheet.remove()
      done.add(token)
    }
    return done
  }

  it('reaches every box with every token, from the page', async () => {
    const done = new Set([...check(await everything(), shown), ...check(await further(), shown)])
    const room = aFilledRoom(at.server, 3, { unread: 2, members: ['ana', 'zoe', 'sam'] })
    const launcher = await aPage(at.server, { attributes: { mode: 'launcher' } })
    await launcher.soon('.launcher-badge')
    for (const token of check(launcher, launcherShown)) done.add(token)
    await launcher.widget.openRoom(room)
    await launcher.soon('.message')
    for (const token of check(launcher, launcherShown)) done.add(token)
    expect(
      [...new Set([...shown, ...launcherShown].map(([token]) => token))].filter((token) => !done.has(token)),
    ).to.deep.equal([])
  })

  it('reaches with a token what comes and goes: who is here, where the focus is, a lost connection', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    at.server.send('ana', { t: 'presence', userId: 'sam', online: true })
    const online = await page.soon('.avatar.online')
    const sheet = pageStyle('chatter-widget { --chatter-success: red }')
    expect(getComputedStyle(online, '::after').backgroundColor).to.equal(red)
    sheet.remove()
    page.composer.focus()
    check(page, [['focus-ring', 'red', '.field', 'border-top-color', red]])
    page.one('.room').focus()
    const ring: Shows[] = [
      ['focus-ring', 'red', '.room', 'outline-color', red],
      ['focus-ring-width', '5px', '.room', 'outline-width', '5px'],
    ]
    expect(check(page, ring).size).to.equal(2)
    at.server.isDown = true
    at.server.cut()
    await page.soon('.banner')
    expect(check(page, [['warning', 'red', '.banner', 'color', red]]).size).to.equal(1)
  })

  exceptIn({ Firefox: still, WebKit: still })('sets how fast things move', async () => {
    await setMotion('no-preference')
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    const sheet = pageStyle('chatter-widget { --chatter-duration: 5s; --chatter-easing: linear }')
    const { transitionDuration, transitionTimingFunction } = getComputedStyle(page.one('.send'))
    expect([transitionDuration.split(',')[0], transitionTimingFunction.split(',')[0]]).to.deep.equal([
      '5s',
      'linear',
    ])
    sheet.remove()
    await setMotion('reduce')
  })

  /** Looks for parts, and whether each can be styled from the page. */
  function aLook() {
    const seen = new Set<string>()
    const sheet = pageStyle('')
    const look = (page: Page) => {
      const parts = new Set(page.all('[part]').flatMap((box) => [...box.part]))
      for (const part of parts) {
        if (seen.has(part)) continue
        sheet.textContent = `chatter-widget::part(${part}) { outline: 7px solid red !important }`
        const boxes = page.all(`[part~="${part}"]`)
        for (const box of boxes) expect(getComputedStyle(box).outlineWidth, part).to.equal('7px')
        seen.add(part)
      }
    }
    return { seen, look, sheet }
  }

  it('reaches every box by its part, from the page', async () => {
    const { seen, look, sheet } = aLook()
    const page = await everything()
    look(page)
    page.one('[part~="new-room-button"]').click()
    await page.soon('[role=option]')
    page.one('[role=option]').click()
    await page.widget.updateComplete
    look(page)
    at.server.isDown = true
    at.server.cut()
    await page.soon('.banner')
    look(page)
    page.widget.remove()
    at.server.isDown = false
    look(await further())
    const launcher = await aPage(at.server, { attributes: { mode: 'launcher', open: '' } })
    await launcher.soon('[part~=close-button]')
    look(launcher)
    await launcher.widget.openRoom(at.server.open(['ana', 'nobody yet']))
    await launcher.soon('.empty')
    look(launcher)
    await launcher.widget.close()
    await launcher.soon('.launcher-badge')
    look(launcher)
    sheet.remove()
    const promised =
      'base launcher launcher-icon launcher-badge panel header header-title header-subtitle header-actions back-button close-button sidebar room-search room-list room active unread room-avatar room-name room-preview room-time room-badge new-room-button thread banner offline log day-separator unread-separator message own other first last failed avatar author bubble text link time status seen-by message-actions message-action typing jump-button jump-badge composer composer-field composer-input chip empty-icon send-button menu menu-item button input'
    expect(promised.split(' ').filter((part) => !seen.has(part))).to.deep.equal([])
  })

  it('reaches by its part the day that stands over the log while one scrolls', async () => {
    const { seen, look, sheet } = aLook()
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 60))
    await page.scrollTo(300)
    await page.scrollTo(400)
    await page.soon('[part~=floating-date]')
    look(page)
    sheet.remove()
    expect([...seen]).to.contain('floating-date')
  })

  it('reaches by its part what comes and goes', async () => {
    const { seen, look, sheet } = aLook()
    const { WebSocket } = globalThis
    let isHanging = false
    globalThis.WebSocket = class extends WebSocket {
      constructor(...line: ConstructorParameters<typeof WebSocket>) {
        super(...line)
        Object.assign(this, { isFrozen: isHanging })
      }
    }
    const room = aFilledRoom(at.server, 12)
    const other = aFilledRoom(at.server, 3, { unread: 2, members: ['ana', 'sam', 'bo'] })
    const page = await anOpenRoom(at.server, room)
    aSystemMessage(at.server, room, { text: 'Sam painted the room' })
    at.server.edit(room, 11, 'better')
    at.server.remove(room, 12)
    at.server.send('ana', { t: 'mine', roomId: other, readSeq: 0, unread: 2, muted: true })
    at.server.toServer = (frame) => (frame.t === 'send' ? 'drop' : 'pass')
    await page.send('on its way')
    const mentioned = { mentions: [{ userId: 'ana', at: 0, length: 4 }] }
    for (const one of [room, other])
      at.server.say(one, 'sam', '@Ana', undefined, undefined, undefined, mentioned)
    await page.until(() => {
      page.type('@')
      return page.find('.completions')
    }, 'there are people to choose from')
    look(page)
    page.type('')
    await page.soon('[part~=deleted]')
    await page.soon('[part~=muted]')
    await page.soon('[part~=mention-me]')
    await page.soon('[part~=room-mention]')
    look(page)

    at.server.delayMs = (path) => (path.includes('messages') ? 1_000 : 0)
    page.one(`[data-room="${other}"]`).click()
    await page.soon('[part~=skeleton]')
    look(page)
    await page.soon('.message')
    const empty = await page.soon(`[data-room="${at.server.open(['ana', 'zoe'])}"]`)
    at.server.isDown = true
    empty.click()
    await page.soon('[part~=error]')
    look(page)
    at.server.isDown = false
    page.one('[part~=error] button').click()
    await page.soon('.log [part~=empty]')
    look(page)

    isHanging = true
    at.server.cut()
    await page.soon('[part~=reconnecting]')
    look(page)
    globalThis.WebSocket = WebSocket
    sheet.remove()
    const promised =
      'muted system edited deleted pending reconnecting empty loading skeleton error mention mention-me room-mention completions completion completion-active'
    expect(promised.split(' ').filter((part) => !seen.has(part))).to.deep.equal([])
  })

  it('reaches by its part what acts on rooms', async () => {
    const { seen, look, sheet } = aLook()
    const room = aFilledRoom(at.server, 3)
    at.server.arrange(aFilledRoom(at.server, 3, { members: ['ana', 'bo'] }), 'ana', { archived: true })
    at.server.arrange(room, 'ana', { pinned: true })
    const page = await anOpenRoom(at.server, room)
    await page.soon('[part~=room-filter]')
    page.one('.room').dispatchEvent(new PointerEvent('pointerover', { bubbles: true, pointerType: 'mouse' }))
    await page.soon('[part=room-more]')
    look(page)
    const group = at.server.open(['ana', 'sam', 'mina'], { name: 'Plans' })
    at.server.room(group).description = 'What we do next'
    at.server.say(group, 'sam', 'hello')
    await page.widget.openRoom(group)
    const info = await page.soon('[part=info-button]')
    info.click()
    await page.soon('[part=member-role]')
    look(page)
    sheet.remove()
    const promised =
      'room-filters room-filter chosen room-more room-sign pinned info-button info info-name info-text info-row member member-role'
    expect(promised.split(' ').filter((part) => !seen.has(part))).to.deep.equal([])
  })

  it('reaches by its part what acts on messages', async () => {
    const { seen, look, sheet } = aLook()
    at.server.features = { ...at.server.features, pins: true, forwards: true }
    aFilledRoom(at.server, 1, { members: ['ana', 'mina'] })
    const room = aFilledRoom(at.server, 3)
    const { id } = at.server.say(room, 'ana', 'mine')
    at.server.say(room, 'sam', 'an answer', undefined, id)
    for (const by of ['ana', 'sam']) at.server.react(room, 5, { by, emoji: '👍' })
    for (const seq of [1, 2]) at.server.pin(room, seq, { by: 'sam' })
    const [said] = at.server.room(room).messages
    at.server.say(room, 'ana', 'again', undefined, undefined, said)
    const page = await anOpenRoom(at.server, room)
    const own = await page.says('mine')
    const bubble = own.querySelector('[part=bubble]') as HTMLElement
    await page.until(() => {
      bubble.dispatchEvent(new PointerEvent('pointerover', { bubbles: true, pointerType: 'mouse' }))
      return page.find('.action-bar')
    }, 'the bar is there')
    look(page)
    at.server.say(room, 'sam', '```\ncode\n```')
    const code = await page.soon('.code-block')
    code.dispatchEvent(new PointerEvent('pointerover', { bubbles: true, pointerType: 'mouse' }))
    await page.soon('.code-copy')
    look(page)
    bubble.dispatchEvent(new PointerEvent('pointerover', { bubbles: true, pointerType: 'mouse' }))
    page.one('.action-bar button:last-child').click()
    look(page)
    page.one('.action-item.edit').click()
    await page.soon('.context')
    look(page)
    page.press(own, 'Delete')
    await page.soon('[part=dialog]')
    look(page)
    page.press(page.one('[part=dialog]'), 'Escape')
    bubble.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, pointerType: 'touch' }))
    await page.soon('[part=action-sheet]')
    look(page)
    page.press(page.one('[part=action-sheet]'), 'Escape')
    bubble.dispatchEvent(
      new MouseEvent('contextmenu', { bubbles: true, composed: true, cancelable: true, button: 2 }),
    )
    ;(await page.soon('.action-item.forward')).click()
    await page.soon('.forward-room')
    look(page)
    page.press(page.one('.forward-search'), 'Escape')
    page.one('.pins-button').click()
    look(page)
    page.press(page.one('[part=pins]'), 'Escape')
    await page.widget.chat.seek(room, 4)
    await page.until(() => own.part.contains('sought'), 'it stands out')
    look(page)
    at.server.features = { ...at.server.features, undoSend: true }
    at.server.send('ana', { t: 'settings', features: at.server.features, limits: at.server.limits })
    await page.until(() => page.widget.chat.state.features.undoSend, 'it is on')
    page.press(page.composer, 'Escape')
    await page.until(() => page.composer.value === '', 'nothing is edited')
    await page.send('wait')
    await page.soon('[part~=undo-button]')
    look(page)
    sheet.remove()
    const promised =
      'undo-button action-bar action-button code-copy menu menu-item composer-context composer-context-title composer-context-text cancel-button quote quote-author quote-text forwarded reactions reaction reacted mine reaction-count quick-reactions quick-reaction dialog action-sheet forward-dialog forward-search forward-room pin-bar pin-bar-message pin-bar-author pin-bar-text pins-button pins pin sought'
    expect(promised.split(' ').filter((part) => !seen.has(part))).to.deep.equal([])
  })

  it('keeps every contrast with any one accent, in light and in dark', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    at.server.say([...at.server.rooms.keys()][0] ?? '', 'sam', 'see https://example.org')
    await page.send('hello')
    await page.soon('[part=link]')
    page.type('more')
    page.composer.focus()
    await page.widget.updateComplete
    const named = [
      'yellow',
      'black',
      'white',
      '#00ff00',
      '#ff00ff',
      'navy',
      '#777',
      'rgb(0 80 255 / 30%)',
      'transparent',
    ]
    // The same 200 in each run.
    const others = Array.from(
      { length: 200 },
      (_, at) => `oklch(${(at * 37) % 101}% ${((at * 13) % 38) / 100} ${(at * 97) % 360})`,
    )
    for (const theme of ['light', 'dark'] as const) {
      page.widget.theme = theme
      await page.widget.updateComplete
      const surface = getComputedStyle(page.one('.panel')).backgroundColor
      const field = getComputedStyle(page.one('.field'))
      for (const accent of [...named, ...others]) {
        const sheet = pageStyle(`chatter-widget { --chatter-accent: ${accent} }`)
        const own = getComputedStyle(page.one('.own [part=bubble]'))
        const send = getComputedStyle(page.one('.send'))
        const other = getComputedStyle(page.one('.other [part=bubble]')).backgroundColor
        const edge = (box: CSSStyleDeclaration, under: string) =>
          Math.max(contrast(box.backgroundColor, under), contrast(box.borderTopColor, under))
        const found = {
          text: contrast(own.color, own.backgroundColor),
          sign: contrast(send.color, send.backgroundColor),
          link: contrast(getComputedStyle(page.one('.other [part=link]')).color, other),
          ring: contrast(field.borderTopColor, surface),
          bubble: edge(own, surface),
          button: edge(send, field.backgroundColor),
        }
        for (const [what, is] of Object.entries(found)) {
          const least = ['text', 'sign', 'link'].includes(what) ? 4.5 : 3
          // What a screen shows are whole steps of 256.
          expect(is, `${what} with ${accent} in ${theme}`).to.be.at.least(least - 0.05)
        }
        sheet.remove()
      }
    }
  })

  it('draws emoji alone on the surface, in the colour of its text', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    const alone = await page.send('❤️')
    const bubble = alone.querySelector('[part=bubble]') ?? alone
    expect(getComputedStyle(bubble).backgroundColor).to.equal('rgba(0, 0, 0, 0)')
    expect(getComputedStyle(bubble).color).to.equal(getComputedStyle(page.one('.base')).color)
  })

  it('gives what lies over the panel the panel’s surface, unless it has one of its own', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    page
      .one('.room')
      .dispatchEvent(
        new MouseEvent('contextmenu', { bubbles: true, composed: true, cancelable: true, button: 2 }),
      )
    const menu = await page.soon('[part=menu]')
    const background = () => rgb(getComputedStyle(menu).backgroundColor).join()
    for (const [surface, raised, shown] of [
      ['rgb(250, 240, 220)', '', '250,240,220'],
      // What lies over messages must not let them shine through.
      ['rgb(20 30 60 / 60%)', '', '114,120,138'],
      ['transparent', '', '255,255,255'],
      ['rgb(250, 240, 220)', 'rgb(1, 2, 3)', '1,2,3'],
    ] as const) {
      const own = raised && `--chatter-surface-raised: ${raised}`
      const sheet = pageStyle(`chatter-widget { --chatter-surface: ${surface}; ${own} }`)
      expect(background()).to.equal(shown)
      sheet.remove()
    }
  })

  it('survives a hostile page', async () => {
    const sheet = pageStyle(`
      html { font-size: 62.5%; line-height: 3; letter-spacing: 4px; text-transform: uppercase; word-spacing: 9px; text-align: center }
      * { all: unset; box-sizing: content-box !important; font: 30px/3 fantasy !important; color: lime !important }
      div, button, input, textarea, svg { display: none !important; width: 3px !important }
    `)
    try {
      const room = aFilledRoom(at.server, 3)
      const page = await mountBare(room)
      const text = getComputedStyle(page.one('.text'))
      expect(text.fontSize).to.equal('15px')
      expect(text.letterSpacing).to.equal('normal')
      expect(text.textTransform).to.equal('none')
      expect(text.textAlign).to.equal('start')
      expect(text.color).to.not.equal('rgb(0, 255, 0)')
      expect(page.one('.send').getBoundingClientRect().width).to.equal(34)
      expect(page.one('textarea').getBoundingClientRect().width).to.be.greaterThan(200)
    } finally {
      sheet.remove()
    }
  })

  /** The page's rules hide every div: the widget stands in the body itself. */
  async function mountBare(room: string): Promise<Page> {
    const page = await aPage(at.server, { attributes: { 'room-id': room } })
    page.widget.style.cssText = 'display: block; inline-size: 900px; block-size: 600px'
    document.body.append(page.widget)
    await page.soon('.message')
    await frames(2)
    return page
  }
})

describe('light and dark', () => {
  const at = aServer()

  it('follow the theme attribute', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    const background = () => getComputedStyle(page.one('.panel')).backgroundColor
    page.widget.theme = 'light'
    await page.widget.updateComplete
    expect(background()).to.equal('rgb(255, 255, 255)')
    page.widget.theme = 'dark'
    await page.widget.updateComplete
    expect(background()).to.equal('rgb(22, 24, 29)')
  })

  exceptIn({ Firefox: untold, WebKit: untold })(
    'follow the page where it says so, and the reader where it does not',
    async () => {
      const dark = 'rgb(22, 24, 29)'
      const light = 'rgb(255, 255, 255)'
      const room = aFilledRoom(at.server, 3)
      for (const [page, reader, wanted] of [
        ['', 'light', light],
        ['', 'dark', dark],
        ['color-scheme: dark', 'light', dark],
        ['color-scheme: light', 'dark', light],
        ['color-scheme: light dark', 'dark', dark],
      ] as const) {
        await emulateMedia({ colorScheme: reader })
        const sheet = pageStyle(`html { ${page} }`)
        const { root } = await anOpenRoom(at.server, room)
        const panel = root.querySelector('.panel')
        expect(panel && getComputedStyle(panel).backgroundColor, `${page} ${reader}`).to.equal(wanted)
        sheet.remove()
      }
      await emulateMedia({ colorScheme: 'light' })
    },
  )
})

function pageStyle(css: string): HTMLStyleElement {
  const sheet = document.createElement('style')
  sheet.textContent = css
  document.head.append(sheet)
  return sheet
}

/** WCAG's, of two colours as computed. */
function contrast(a: string, b: string): number {
  const [lighter = 0, darker = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (lighter + 0.05) / (darker + 0.05)
}

function luminance(color: string): number {
  const [r = 0, g = 0, b = 0] = rgb(color).map((value) => {
    const part = value / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })

/** As a screen shows it. */
function rgb(color: string): number[] {
  if (!canvas) throw new Error('no canvas')
  canvas.clearRect(0, 0, 1, 1)
  canvas.fillStyle = color
  canvas.fillRect(0, 0, 1, 1)
  return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3)
}
