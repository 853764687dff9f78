/** A site that its operator has closed for a while: nobody comes in, nothing is lost. */
import { Problem } from '../protocol/problems.ts'
import type { Tenant } from '../store/store.ts'

type Disabling = Pick<Tenant, 'disabledAt' | 'enabledAt'>

/** The columns that change; none where it is so already. */
export function disabling({ disabledAt }: Disabling, isDisabled: boolean | undefined, now: number) {
  if (isDisabled === undefined || isDisabled === (disabledAt !== undefined)) return {}
  return isDisabled ? { disabledAt: now } : { disabledAt: null, enabledAt: now }
}

const longestWaitS = 60

/**
 * What everybody is answered. Whoever comes back does so within a minute, and not all of them at once: a page may lie open for
 * weeks. @throws Problem `site_disabled`
 */
export function requireEnabled({ disabledAt }: Disabling, random: () => number): void {
  if (disabledAt === undefined) return
  const retryAfter = Math.ceil(longestWaitS * (0.5 + random() / 2))
  throw new Problem('site_disabled', 'this site is disabled', { retryAfter })
}
