/// <reference types="mocha" />
/** What differs between the browsers that the tests run in. */
import { emulateMedia } from '@web/test-runner-commands'

const isFirefox = navigator.userAgent.includes('Firefox')

/** What the reader prefers. In Firefox that is `reduce` from its start and for good, see test/support/browsers.ts. */
export async function setMotion(reducedMotion: 'reduce' | 'no-preference'): Promise<void> {
  if (!isFirefox) await emulateMedia({ reducedMotion })
}

/** A test that cannot be played in Firefox. Its name says why there, where it is skipped. */
export function exceptFirefox(reason: string): (name: string, run: () => Promise<void>) => void {
  return (name, run) => (isFirefox ? it.skip(`${name} (not in Firefox: ${reason})`, run) : it(name, run))
}
