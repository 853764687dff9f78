/** Browser tests: the widget's own sources in a real Chromium. `test/run.ts` says which files. */
import { esbuildPlugin } from '@web/dev-server-esbuild'
import { defaultReporter } from '@web/test-runner'
import { chromeLauncher } from '@web/test-runner-chrome'
import { browserTally } from './support/browser-tally.ts'
import { findChromium } from './support/find.ts'

export default {
  rootDir: `${import.meta.dirname}/..`,
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
  ],
  plugins: [
    esbuildPlugin({ ts: true, target: 'esnext', tsconfig: `${import.meta.dirname}/../tsconfig.json` }),
  ],
  reporters: [defaultReporter({ reportTestResults: true, reportTestProgress: false }), browserTally()],
  testFramework: { config: { timeout: 20_000 } },
  testsFinishTimeout: 120_000,
}
