import puppeteer, { type Browser, type Page } from 'puppeteer-core'
import { findChromium, findFirefox } from './find.ts'

export type BrowserName = 'Chromium' | 'Firefox'

/** What readers use, as far as Debian has it. */
export const browsers: readonly BrowserName[] = ['Chromium', 'Firefox']

/** Without motion: WebDriver BiDi cannot tell Firefox what its reader prefers, its profile can. */
export const firefoxOptions = () => ({
  browser: 'firefox' as const,
  protocol: 'webDriverBiDi' as const,
  executablePath: findFirefox(),
  extraPrefsFirefox: {
    'ui.prefersReducedMotion': 1,
    // A tab that nobody sees asks for no icon, as in Chromium.
    'browser.chrome.site_icons': false,
  },
})

/** Without a window on the screen. */
export function launchBrowser(name: BrowserName): Promise<Browser> {
  const options = { headless: true, defaultViewport: null }
  return name === 'Firefox'
    ? puppeteer.launch({ ...options, ...firefoxOptions() })
    : puppeteer.launch({ ...options, executablePath: findChromium(), args: ['--no-sandbox'] })
}

/**
 * A page of somebody who shares nothing with the browser's other pages, without motion. In Chromium it always counts as
 * looked at, in Firefox only one page does: see `lookAt`.
 */
export async function openPage(
  browser: Browser,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<Page> {
  const context = await browser.createBrowserContext()
  const page = await context.newPage({ type: 'window' })
  await page.setViewport({ width, height })
  if (!(await browser.version()).toLowerCase().startsWith('firefox')) {
    await page.emulateFocusedPage(true)
    await page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }])
  }
  await lookAt(page)
  return page
}

/** The page of each browser that has the focus. */
const lookedAt = new WeakMap<Browser, Page>()

/** Gives the focus to a page, before somebody acts on it. */
export async function lookAt(page: Page): Promise<void> {
  if (lookedAt.get(page.browser()) === page) return
  lookedAt.set(page.browser(), page)
  await page.bringToFront()
}
