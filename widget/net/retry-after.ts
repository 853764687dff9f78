/** Whatever a server or a proxy asks for, a client comes back: never at once, never in days. */
const leastSeconds = 1
const mostSeconds = 300

/** The seconds to wait when asked to wait so long; what is no number means the least. */
export function clampWait(asked: unknown): number {
  const seconds = Number(asked)
  return seconds > leastSeconds ? Math.min(seconds, mostSeconds) : leastSeconds
}

/** The same for a Problem: nothing where nothing was asked. */
export function waitOf(asked: unknown): { retryAfter?: number } {
  return asked === undefined ? {} : { retryAfter: clampWait(asked) }
}
