const usualQuietMs = 5_000

/** Logs trouble at once, then at most once in a while, with the number of times since. */
export function throttled<T>(
  log: (trouble: T, times: number) => void,
  quietMs = usualQuietMs,
): (trouble: T, count?: number) => void {
  let loggedAt: number | undefined
  let times = 0
  return (trouble, count = 1) => {
    times += count
    const at = performance.now()
    if (loggedAt !== undefined && at - loggedAt < quietMs) return
    log(trouble, times)
    loggedAt = at
    times = 0
  }
}
