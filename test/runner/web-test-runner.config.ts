/**
 * Browser tests: the widget's own sources in a real Chromium and a real Firefox, or in WebKit where CHATTER_TEST_WEBKIT says so.
 * `browser-tests.ts` says which files.
 */
import { join } from 'node:path'
import { esbuildPlugin } from '@web/dev-server-esbuild'
import { defaultReporter } from '@web/test-runner'
import { chromeLauncher, puppeteerCore } from '@web/test-runner-chrome'
import type { Page } from 'puppeteer-core'
import { firefoxOptions } from '../support/browsers.ts'
import { findChromium } from '../support/find.ts'
import { browserReporter } from './browser-reporter.ts'
import { root } from './command.ts'
import { webkitLauncher } from './webkit.ts'

const { CHATTER_TEST_REPORT, CHATTER_TEST_WEBKIT } = process.env
const webkit = CHATTER_TEST_WEBKIT ? webkitLauncher() : undefined

/**
 * The launcher goes on with one page, whose history would grow with every file. Chromium keeps 50 entries of it, and from then on
 * drops those that no gesture made, which are the tests' own: each file has a page of its own.
 */
function withFreshPages(launcher: ReturnType<typeof chromeLauncher>): typeof launcher {
  const stop = launcher.stopSession.bind(launcher)
  launcher.stopSession = async (id) => {
    const result = await stop(id)
    const { inactivePages } = launcher as unknown as { inactivePages: { puppeteerPage: Page }[] }
    await Promise.all(inactivePages.splice(0).map(({ puppeteerPage }) => puppeteerPage.close()))
    return result
  }
  return launcher
}

/** WebKit has no `using` yet: it is compiled away, and these are the names that it asks for. */
function withDispose(framework: string): string {
  return `<script>
    Symbol.dispose ??= Symbol.for('Symbol.dispose')
    Symbol.asyncDispose ??= Symbol.for('Symbol.asyncDispose')
  </script>
  <script type="module" src="${framework}"></script>`
}

export default {
  rootDir: root,
  files: 'test/widget/**/*.browser.test.ts',
  nodeResolve: { exportConditions: ['browser', 'production'] },
  // A page in the background draws no frames.
  concurrency: 1,
  browsers: webkit
    ? [webkit]
    : [
        withFreshPages(
          chromeLauncher({ launchOptions: { executablePath: findChromium(), args: ['--no-sandbox'] } }),
        ),
        // By its name it is for Chrome, but Puppeteer is what it starts, and that drives Firefox too.
        chromeLauncher({ puppeteer: puppeteerCore, launchOptions: firefoxOptions() }),
      ],
  ...(webkit && { testRunnerHtml: withDispose }),
  // Where a classic script finds the module in a build (widget/classic.ts).
  middleware: [
    (c: { path: string; type: string; body: string }, next: () => Promise<void>) => {
      if (c.path !== '/widget/chatter.js') return next()
      c.type = 'js'
      c.body = "export * from './index.ts'"
    },
  ],
  plugins: [
    esbuildPlugin({ ts: true, target: webkit ? 'es2023' : 'esnext', tsconfig: join(root, 'tsconfig.json') }),
  ],
  reporters: [
    defaultReporter({ reportTestResults: true, reportTestProgress: false }),
    ...(CHATTER_TEST_REPORT ? [browserReporter(CHATTER_TEST_REPORT)] : []),
  ],
  testFramework: { config: { timeout: 20_000 } },
  browserStartTimeout: 120_000,
  testsFinishTimeout: 120_000,
}
