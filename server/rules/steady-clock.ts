/** A correction by more than this means that the clock was wrong: what it says now is the time, at once. */
const mostMs = 10 * 60_000

/**
 * A clock (whole milliseconds since 1970) that never goes back with `now` by a few minutes, as a correction by NTP lets it: it
 * goes on at half its speed until `now` has caught up. The room list is ordered by time, and by a clock that goes back a room
 * would stand below others whose messages are older.
 */
export function steadyClock(now: () => number): () => number {
  let before = 0
  let aheadMs = 0
  return () => {
    const time = now()
    const passedMs = time - before
    before = time
    aheadMs = passedMs < 0 ? aheadMs - passedMs : Math.max(0, aheadMs - passedMs / 2)
    if (aheadMs > mostMs) aheadMs = 0
    return time + Math.ceil(aheadMs)
  }
}
