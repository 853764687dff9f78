/**
 * The time that rooms are sorted by. Where a server's clock is set back, a room that is active after that must not sort
 * below those that were active before it.
 */

/** In `meta`: about how far the time of the rooms has come, in milliseconds since 1970. */
export const clockKey = 'clock'
/** It is kept this often at most. */
const keepEveryMs = 1_000
/** A time further ahead than this was of a wrong clock: to wait for it would date messages wrongly for days. */
const mostAheadMs = 86_400_000

export type RoomClockOptions = {
  readonly now: () => number
  /** What was kept before the start. */
  readonly kept: number | undefined
  readonly keep: (at: number) => void
}

/**
 * A clock that never goes back while it runs, nor over a restart. What it is ahead of a clock that was set back it makes
 * up for by going at half the speed: so times go on telling what came first.
 */
export function roomClock({ now, kept = 0, keep }: RoomClockOptions): () => number {
  let before = now()
  // What was given after the last keeping is not known.
  let ahead = kept > before ? asBelieved(kept + keepEveryMs - before) : 0
  let keptAt = 0
  return () => {
    const current = now()
    const passed = current - before
    ahead = passed < 0 ? asBelieved(ahead - passed) : Math.max(0, ahead - passed / 2)
    before = current
    const at = Math.ceil(current + ahead)
    if (Math.abs(at - keptAt) >= keepEveryMs) {
      keptAt = at
      keep(at)
    }
    return at
  }
}

const asBelieved = (aheadMs: number) => (aheadMs > mostAheadMs ? 0 : aheadMs)
