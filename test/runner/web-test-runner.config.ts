/** Browser tests: the widget's own sources in a real Chromium and a real Firefox. `browser-tests.ts` says which files. */
import { join } from 'node:path'
import { esbuildPlugin } from '@web/dev-server-esbuild'
import { defaultReporter } from '@web/test-runner'
import { chromeLauncher, puppeteerCore } from '@web/test-runner-chrome'
import { firefoxOptions } from '../support/browsers.ts'
import { findChromium } from '../support/find.ts'
import { browserReporter } from './browser-reporter.ts'
import { root } from './command.ts'

const { CHATTER_TEST_REPORT } = process.env

export default {
  rootDir: root,
  files: 'test/widget/**/*.browser.test.ts',
  nodeResolve: { exportConditions: ['browser', 'production'] },
  // A page in the background draws no frames.
  concurrency: 1,
  browsers: [
    chromeLauncher({
      launchOptions: {
        executablePath: findChromium(),
        args: ['--no-sandbox'],
      },
    }),
    // By its name it is for Chrome, but Puppeteer is what it starts, and that drives Firefox too.
    chromeLauncher({ puppeteer: puppeteerCore, launchOptions: firefoxOptions() }),
  ],
  plugins: [esbuildPlugin({ ts: true, target: 'esnext', tsconfig: join(root, 'tsconfig.json') })],
  reporters: [
    defaultReporter({ reportTestResults: true, reportTestProgress: false }),
    ...(CHATTER_TEST_REPORT ? [browserReporter(CHATTER_TEST_REPORT)] : []),
  ],
  testFramework: { config: { timeout: 20_000 } },
  browserStartTimeout: 120_000,
  testsFinishTimeout: 120_000,
}
