const quietMs = 5_000

/** Tells of trouble at once, then at most once in a while, with the number of times since. */
export function seldom<T>(tell: (trouble: T, times: number) => void): (trouble: T, count?: number) => void {
  let toldAt: number | undefined
  let times = 0
  return (trouble, count = 1) => {
    times += count
    const at = performance.now()
    if (toldAt !== undefined && at - toldAt < quietMs) return
    tell(trouble, times)
    toldAt = at
    times = 0
  }
}
