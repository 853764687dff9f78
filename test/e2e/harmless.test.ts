import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { Page } from 'puppeteer-core'
import { browsers } from '../support/browsers.ts'
import { Elsewhere } from './elsewhere.ts'
import { becomes, type Person } from './person.ts'
import { withSite } from './stage.ts'

type Shift = PerformanceEntry & {
  readonly value: number
  readonly sources: readonly {
    readonly node: Node | null
    readonly previousRect: DOMRectReadOnly
    readonly currentRect: DOMRectReadOnly
  }[]
}

/** Of what belongs to the page: nodes within the chat are not named. */
const watchShifts = (page: Page) =>
  page.evaluateOnNewDocument(() => {
    const shifts: number[] = []
    Object.assign(window, { shifts })
    new PerformanceObserver((list) => {
      for (const { value, sources } of list.getEntries() as Shift[])
        if (sources.some(({ node }) => node !== null)) shifts.push(value)
    }).observe({ type: 'layout-shift', buffered: true })
  })
type Move = { readonly atMs: number; readonly was: DOMRectReadOnly; readonly is: DOMRectReadOnly }

/** Every box that moved, whenever and wherever. */
const watchMoves = (page: Page) =>
  page.evaluateOnNewDocument(() => {
    const moves: Move[] = []
    Object.assign(window, { moves })
    new PerformanceObserver((list) => {
      for (const { sources, startTime: atMs } of list.getEntries() as Shift[])
        for (const { previousRect: was, currentRect: is } of sources) moves.push({ atMs, was, is })
    }).observe({ type: 'layout-shift', buffered: true })
  })

/** Milliseconds of the page's own clock, once what is drawn now has been painted. */
const painted = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(performance.now()))))
      }),
  )

/** What moved in the log since then. */
async function movesInLog({ page, log }: Person, sinceMs: number): Promise<string[]> {
  const { top, bottom } = await log.evaluate((box) => box.getBoundingClientRect().toJSON() as DOMRect)
  const moves = await page.evaluate(() => JSON.stringify((window as unknown as { moves: Move[] }).moves))
  return (JSON.parse(moves) as Move[])
    .filter(({ atMs, was }) => atMs > sinceMs && was.height > 0 && was.top >= top && was.bottom <= bottom)
    .map(({ was, is }) => `${was.top} → ${is.top}, ${was.width} × ${was.height}`)
}

const shiftsOf = (page: Page) => page.evaluate(() => (window as unknown as { shifts: number[] }).shifts)

async function chatsWithoutShift(person: Person): Promise<void> {
  await person.openRoom('School visits')
  await person.send('Who has seen this?')
  await person.messages.last().locator('[part~="status"][aria-label="Sent"]').waitFor()
  assert.deepEqual(await shiftsOf(person.page), [])
  assert.deepEqual(person.complaints, [])
}

const image = '<img src=x onerror="document.title=\'pwned\'">'
const script = '<script>document.title="pwned"</script>'
const bidi = '\u202eevil\u202d\u2066\u2067mixed'
const word = 'W'.repeat(8_000)
const hostile = [
  image,
  script,
  `javascript:document.title='pwned'`,
  'https://example.com/"onmouseover="document.title=1',
  `data:text/html,${script}`,
  bidi,
  '&lt;b&gt; {{7*7}} %s <!--',
  word,
]

for (const name of browsers) {
  describe(`in ${name}`, () => {
    let elsewhere: Elsewhere | undefined
    const { site, visit } = withSite(name, async () => {
      elsewhere = await Elsewhere.open()
      return { origins: [elsewhere.origin] }
    })
    after(() => elsewhere?.[Symbol.asyncDispose]())

    /** Somebody on a page of another site, where nothing else is allowed and only the two lines were pasted. */
    async function visitElsewhere(user: string, called: string): Promise<Person> {
      assert.ok(elsewhere)
      const { url } = site()
      const { origin } = elsewhere
      const chatter = new URL(url).origin
      // Nothing but Chatter itself; and of Trusted Types policies only the one that Lit makes.
      elsewhere.policy =
        `default-src 'none'; script-src ${chatter}; connect-src ${chatter} ${chatter.replace('http', 'ws')};
        require-trusted-types-for 'script'; trusted-types lit-html`.replace(/\s+/g, ' ')
      elsewhere.page = `<!doctype html><html lang="en"><title>Elsewhere</title><h1>A strict page</h1>
        <script type="module" src="${url}chatter.js"></script>
        <chatter-widget mode="launcher" token="${await site().token(user, called)}"></chatter-widget>`
      const person = await visit(user, { path: origin })
      await person.widget.getByRole('button', { name: /^Open chat/ }).click()
      return person
    }

    const skip = name === 'Firefox' && 'Firefox measures no layout shifts'
    test('it moves nothing on a page while it loads, opens and chats, nor what is read', {
      skip,
    }, async () => {
      {
        await using zoe = await visit('zoe', { path: '', prepare: watchShifts })
        await zoe.widget.getByRole('button', { name: /^Open chat/ }).click()
        await chatsWithoutShift(zoe)
      }
      const prepare = (page: Page) => Promise.all([watchShifts(page), watchMoves(page)])
      await using zoe = await visit('zoe', { prepare })
      await chatsWithoutShift(zoe)

      await zoe.page.reload()
      await zoe.rooms.first().waitFor()
      for (const name of ['Mina Okafor', 'Open night, Friday', 'School visits']) {
        await zoe.openRoom(name)
        await zoe.messages.first().waitFor()
        const sinceMs = await painted(zoe.page)
        // What acts on messages is loaded later, and so is who has seen mine and who writes.
        await zoe.act(zoe.messages.last(), 'More')
        await zoe.page.keyboard.press('Escape')
        if (name === 'School visits') {
          await using ines = await visit('ines')
          await ines.openRoom('School visits')
          await ines.page.bringToFront()
          await ines.composer.focus()
          await zoe.log.locator('[part~="seen-by"]').getByText('Inês Carvalho').waitFor()
          await ines.page.keyboard.type('I have')
          await zoe.widget.locator('[part~="typing"].on').waitFor()
          await painted(zoe.page)
        }
        assert.deepEqual(await movesInLog(zoe, sinceMs), [], name)
      }
      assert.deepEqual(zoe.complaints, [])
    })

    test('on a site that allows nothing else it works, silently, asks nobody but its own server, and all that means harm is only ever text', async () => {
      await using mina = await visitElsewhere('mina', 'Mina Okafor')
      await mina.openRoom('Workshop')
      await mina.send('From a strict page')
      await mina.message('From a strict page').locator('[part~="status"][aria-label="Sent"]').waitFor()
      assert.deepEqual(mina.complaints, [])
      const known = [site().url, elsewhere?.origin ?? ''].map((url) => new URL(url).host)
      const strangers = mina.requests.filter((url) => !known.includes(new URL(url).host))
      assert.deepEqual(strangers, [])

      // Names and texts that mean harm break no layout either.
      await using eve = await visitElsewhere('eve', `${image}${'N'.repeat(60)}\u202e`)
      await eve.composer.waitFor()
      await eve.widget.getByRole('button', { name: 'Back to conversations' }).click()
      await eve.pick(['Sam Whitfield', 'Zoë Brännström'], `${image}${'N'.repeat(150)}`)
      for (const text of hostile) await eve.send(text)
      await becomes(() => eve.texts(), hostile)

      await using sam = await visit('sam', { width: 375, height: 700 })
      await sam.rooms.first().waitFor()
      await sam.rooms.first().click()
      for (const text of hostile) await sam.message(text).waitFor({ state: 'attached' })
      for (const person of [eve, sam]) {
        assert.equal(await person.page.evaluate(() => document.title === 'pwned'), false)
        assert.deepEqual(person.complaints, [])
        const links = await person.log
          .locator('a')
          .evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).href))
        assert.ok(
          links.every((href) => href.startsWith('https://example.com/')),
          links.join(' '),
        )
        assert.equal(await person.log.locator('img, script, iframe').count(), 0)
        const overflow = await person.log.evaluate((log) => log.scrollWidth - log.clientWidth)
        assert.equal(overflow, 0)
        const beyond = await person.page.evaluate(
          () => document.documentElement.scrollWidth - window.innerWidth,
        )
        assert.ok(beyond <= 0, `the page is ${beyond} px too wide`)
      }
    })
  })
}
