import type { Fanout } from '../fanout/fanout.ts'
import { encodeFrame } from '../fanout/frame.ts'
import type { Event } from '../protocol/events.ts'
import type { Publication } from './command.ts'
import type { Publisher } from './run.ts'

/** A changed message that waits for the end of the turn. */
type Waiting = {
  readonly publication: Publication
  readonly event: Event<'message'>
  readonly rev: number
  /** The room's rev before the first change that it tells. */
  readonly prev: number
}

/**
 * Hands the events of what was done to the fan-out, each encoded once, whoever gets it. Where one message changes again
 * and again in a turn, with nothing else of its room in between, only its newest version is told: 200 people who react at
 * once are one event, and not 200 for each of them.
 */
export function publishTo(fanout: Fanout): Publisher {
  const waiting = new Map<string, Waiting>()
  let isScheduled = false

  function tellWaiting(topic: string): void {
    const one = waiting.get(topic)
    if (!one) return
    waiting.delete(topic)
    const { publication, event, rev, prev } = one
    const { event: _, isSame: __, ...delivery } = publication
    // These two at its end, where a node finds them (fanout/frame.ts).
    const told = prev === rev - 1 ? event : { ...event, prev, same: true as const }
    fanout.publish({ ...delivery, frame: encodeFrame(told) })
  }

  function wait(publication: Publication): void {
    const { topic, event, rev = 0 } = publication
    if (event.t !== 'message') throw new Error(`expected a message that changed, got ${event.t}`)
    const before = waiting.get(topic)
    const isNext = before?.event.message.id === event.message.id && before.rev === rev - 1
    if (before && !isNext) tellWaiting(topic)
    const next =
      before && isNext
        ? { prev: before.prev, event: withUsersOf(before.event, event) }
        : { prev: rev - 1, event }
    waiting.set(topic, { publication, rev, ...next })
    if (isScheduled) return
    isScheduled = true
    setImmediate(() => {
      isScheduled = false
      for (const name of [...waiting.keys()]) tellWaiting(name)
    })
  }

  return ({ outcome }) => {
    const frames = new Map<Publication['event'], Buffer>()
    for (const publication of outcome.events) {
      if (publication.isSame) {
        wait(publication)
        continue
      }
      const { event, ...delivery } = publication
      tellWaiting(delivery.topic)
      const frame = frames.get(event) ?? encodeFrame(event)
      frames.set(event, frame)
      fanout.publish({ ...delivery, frame })
    }
  }
}

/** The later event, which names also whom the earlier one did. */
function withUsersOf({ users }: Event<'message'>, event: Event<'message'>): Event<'message'> {
  return users ? { ...event, users: { ...users, ...event.users } } : event
}
