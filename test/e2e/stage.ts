import { after, before } from 'node:test'
import { type Browser, chromium } from 'playwright-core'
import { findChromium } from '../support/find.ts'
import { Person, type Visit } from './person.ts'
import { Site } from './site.ts'

/** One browser for the tests of a file; every person has a context of their own in it. */
export function withBrowser(): () => Browser {
  let browser: Browser | undefined
  before(async () => {
    browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] })
  })
  after(() => browser?.close())
  return () => browser ?? failed('the browser')
}

/** One site for the tests of a file, and the way for people to visit it. */
export function withSite(options: () => Promise<Parameters<typeof Site.open>[0]> = async () => ({})) {
  const browser = withBrowser()
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
