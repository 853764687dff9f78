/// <reference types="mocha" />
/** What differs between the browsers that the tests run in. */
import { emulateMedia } from '@web/test-runner-commands'

type BrowserName = 'Chromium' | 'Firefox' | 'WebKit'

const { userAgent } = navigator
const browser: BrowserName = userAgent.includes('Firefox')
  ? 'Firefox'
  : userAgent.includes('Chrome')
    ? 'Chromium'
    : 'WebKit'

/**
 * What the reader prefers. In Firefox and WebKit that is `reduce` from their start and for good, see
 * test/support/browsers.ts and test/runner/webkit.ts.
 */
export async function setMotion(reducedMotion: 'reduce' | 'no-preference'): Promise<void> {
  if (browser === 'Chromium') await emulateMedia({ reducedMotion })
}

/** A test that cannot be played in some browsers. Its name says why there, where it is skipped. */
export function exceptIn(
  reasons: Partial<Record<BrowserName, string>>,
): (name: string, run: () => Promise<void>) => void {
  const reason = reasons[browser]
  return (name, run) =>
    reason === undefined ? it(name, run) : it.skip(`${name} (not in ${browser}: ${reason})`, run)
}
