/** One fresh page of one contender, measured from its start to its end. */
import type { Browser, CDPSession, Page } from 'puppeteer-core'
import type { ContenderName, Pages } from './pages.ts'

/** How a page is measured: messages at its start, and how many times slower the processor is made. */
export type Scene = { readonly count: number; readonly throttle: number }

/** Every figure is better when it is lower. */
export const figures = {
  first: 'first paint of the newest message, from the start of the page, ms',
  receive: 'one arriving message, main thread, ms',
  burst: 'a burst of 100 arriving messages, until painted, ms',
  burstAway: 'the same, read from the middle: main thread, ms',
  key: 'one key in the composer, main thread, ms',
  worstKey: 'the worst key of fifty, until its frame, ms',
  send: 'own message, from Enter until painted, ms',
  prepend: 'fifty earlier messages, main thread, ms',
  dropped: 'frames dropped while wheeling up 6,000 px',
  nodes: 'DOM nodes',
  heap: 'heap, MB',
} as const
export type Figure = keyof typeof figures
export type Figures = Partial<Record<Figure, number>>

/** A room that is read from its end, and one that is read from the middle, as long as it may be. */
export async function visit(
  browser: Browser,
  pages: Pages,
  name: ContenderName,
  scene: Scene,
): Promise<Figures> {
  const context = await browser.createBrowserContext()
  try {
    const page = await context.newPage()
    await page.setViewport({ width: 900, height: 700 })
    const cdp = await page.createCDPSession()
    await cdp.send('Performance.enable', { timeDomain: 'timeTicks' })
    await page.emulateCPUThrottling(scene.throttle)
    await page.goto(pages.url(name), { waitUntil: 'load' })
    await page.waitForFunction(() => 'instruments' in window && 'contender' in window)
    const first = await page.evaluate((count) => window.instruments.mount(count), scene.count)
    await page.bringToFront()
    const size = await sizeOf(page, cdp)
    const rest = scene.count <= 50 ? await atTheEnd(page, cdp, scene) : await inTheMiddle(page, cdp)
    return { first, ...size, ...rest }
  } finally {
    await context.close()
  }
}

async function atTheEnd(page: Page, cdp: CDPSession, { count }: Scene): Promise<Figures> {
  const arrivals = 20
  const receive = await work(cdp, async () => {
    for (let left = arrivals; left > 0; left--) await page.evaluate(() => window.instruments.receive(1, true))
  })
  const burst = await page.evaluate(() => window.instruments.receive(100, true))
  const keys = await typed(page, cdp)
  await page.evaluate(() => {
    window.counted = window.instruments.sent('aaaa')
  })
  await page.keyboard.press('Enter')
  const send = await page.evaluate(() => window.counted())
  const prepend = await work(cdp, () => page.evaluate((held) => window.instruments.prepend(50, held), count))
  return { receive: receive / arrivals, burst, ...keys, send, prepend }
}

async function inTheMiddle(page: Page, cdp: CDPSession): Promise<Figures> {
  await page.evaluate(() => window.instruments.scrollUp())
  const burstAway = await work(cdp, () => page.evaluate(() => window.instruments.receive(100, false)))
  const keys = await typed(page, cdp)
  await page.evaluate(() => {
    window.counted = window.instruments.countDropped()
  })
  const { x, y } = await page.evaluate(() => window.instruments.place())
  await cdp.send('Input.synthesizeScrollGesture', {
    x,
    y,
    yDistance: 6_000,
    speed: 4_000,
    gestureSourceType: 'mouse',
  })
  const dropped = await page.evaluate(() => window.counted())
  return { burstAway, ...keys, dropped }
}

/** Fifty keys, each after the frame of the one before. */
async function typed(page: Page, cdp: CDPSession): Promise<Figures> {
  const keys = 50
  await page.evaluate(() => {
    window.instruments.focus()
    window.counted = window.instruments.worstKey()
  })
  const key = await work(cdp, async () => {
    for (let left = keys; left > 0; left--) await page.keyboard.press('a')
  })
  return { key: key / keys, worstKey: await page.evaluate(() => window.counted()) }
}

/** What the page's main thread does meanwhile: script, styles, layout and paint. Milliseconds. */
async function work(cdp: CDPSession, act: () => Promise<unknown>): Promise<number> {
  const before = await metric(cdp, 'TaskDuration')
  await act()
  return ((await metric(cdp, 'TaskDuration')) - before) * 1_000
}

async function sizeOf(page: Page, cdp: CDPSession): Promise<Figures> {
  await cdp.send('HeapProfiler.collectGarbage')
  // With the insides of shadow roots, those of the browser's own fields too.
  const nodes = await page.evaluate(() => {
    const count = (root: ParentNode): number =>
      [...root.querySelectorAll('*')].reduce(
        (sum, one) => sum + 1 + (one.shadowRoot ? count(one.shadowRoot) : 0),
        0,
      )
    return count(document)
  })
  return { nodes, heap: (await metric(cdp, 'JSHeapUsedSize')) / 1e6 }
}

async function metric(cdp: CDPSession, name: string): Promise<number> {
  const { metrics } = await cdp.send('Performance.getMetrics')
  return metrics.find((one) => one.name === name)?.value ?? Number.NaN
}
