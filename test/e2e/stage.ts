import { after, before } from 'node:test'
import type { Browser } from 'puppeteer-core'
import { type BrowserName, launchBrowser } from '../support/browsers.ts'
import { Person, type Visit } from './person.ts'
import { Site } from './site.ts'

/** Each is started once for all suites of a process: a Firefox takes seconds to start. */
const launched = new Map<BrowserName, Promise<Browser>>()

after(async () => {
  for (const browser of launched.values()) await (await browser).close()
})

function launchOnce(name: BrowserName): Promise<Browser> {
  const browser = launched.get(name) ?? launchBrowser(name)
  launched.set(name, browser)
  return browser
}

/** A browser for the tests of a suite; every person has a context of their own in it. */
export function withBrowser(name: BrowserName = 'Chromium'): () => Browser {
  let browser: Browser | undefined
  before(async () => {
    browser = await launchOnce(name)
  })
  return () => browser ?? failed('the browser')
}

/** One site for the tests of a suite, and the way for people to visit it. */
export function withSite(
  name?: BrowserName,
  options: () => Promise<Parameters<typeof Site.open>[0]> = async () => ({}),
) {
  const browser = withBrowser(name)
  let site: Site | undefined
  before(async () => {
    site = await Site.open(await options())
  })
  after(() => site?.[Symbol.asyncDispose]())
  const opened = () => site ?? failed('the site')
  return {
    site: opened,
    visit: (user: string, visit?: Visit) => Person.visit(browser(), opened(), user, visit),
  }
}

function failed(what: string): never {
  throw new Error(`${what} did not open`)
}
