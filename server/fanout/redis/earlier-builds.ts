/**
 * Servers of the build of 2026-11-29, during an upgrade one after the other. They know only channels that all Chatters of
 * a Redis share, and say nowhere of which database they are: so nothing that they publish is taken. What both builds
 * exchange is a heartbeat with counters: it holds nothing of anybody, and whoever finds that it counts more than it
 * heard asks its own database. A stranger's costs a few questions there, and nothing else.
 */
import * as v from 'valibot'
import { hashOf } from './partitions.ts'
import { Peers } from './peers.ts'

/** Theirs: they hear all of them. */
const partitionCount = 64

const count = v.pipe(v.number(), v.integer(), v.minValue(0))

const Heartbeat = v.object({
  node: v.string(),
  /** The number of this heartbeat: 1, 2, 3 … */
  beat: count,
  /** By partition: the number of its newest batch. */
  published: v.pipe(v.array(count), v.length(partitionCount)),
  isLast: v.boolean(),
  /** Of a later build, and so none of theirs. They do not look at it. */
  mark: v.exactOptional(v.string()),
})

const Json = v.pipe(v.string(), v.parseJson(), Heartbeat)

export type EarlierHeartbeat = v.InferOutput<typeof Heartbeat>

export const earlierPartitionOf = (topic: string): number => (hashOf(topic) >>> 16) % partitionCount

export const encodeEarlierHeartbeat = (heartbeat: EarlierHeartbeat): string => JSON.stringify(heartbeat)

/** Throws at anything else, without its text: it may be a message. */
export function decodeEarlierHeartbeat(bytes: Buffer): EarlierHeartbeat {
  const { success, output } = v.safeParse(Json, bytes.toString())
  if (!success) throw new Error('expected a heartbeat of an earlier build')
  return output
}

type EarlierBuildsEvents = {
  /** One of them published something to these partitions of theirs. */
  readonly onGaps: (partitions: ReadonlySet<number>) => void
  /** One of them fell silent. */
  readonly onLoss: () => void
}

export class EarlierBuilds {
  readonly #peers: Peers
  readonly #events: EarlierBuildsEvents
  #gaps = new Set<number>()
  /** What this node counts for them, by their partitions. */
  #published: readonly number[] = new Array<number>(partitionCount).fill(0)
  #changed = new Set<number>()

  constructor(events: EarlierBuildsEvents) {
    this.#events = events
    const onGap = (partition: number) => void this.#gaps.add(partition)
    this.#peers = new Peers({ onGap, onGapSomewhere: events.onLoss })
  }

  /** Whether one of them is heard now, and so is to be sent heartbeats. */
  get areHeard(): boolean {
    return this.#peers.heard > 0
  }

  hear({ node, mark, published, isLast }: EarlierHeartbeat): void {
    // Of this build or a later one, meant for others.
    if (mark !== undefined) return
    // Nothing was counted for them until now, and they heard nothing of it.
    if (!this.areHeard) this.#countAll()
    this.#peers.hearHeartbeat(node, {
      written: published.flatMap((number, partition) => [partition, number]),
      total: published.reduce((sum, number) => sum + number, 0),
    })
    if (isLast) this.#peers.forget(node)
    if (this.#gaps.size === 0) return
    this.#events.onGaps(this.#gaps)
    this.#gaps = new Set()
  }

  /** This node published something to that topic. */
  count(topic: string): void {
    if (this.areHeard) this.#changed.add(earlierPartitionOf(topic))
  }

  /** What to send them. */
  heartbeat(about: Omit<EarlierHeartbeat, 'published'>): string {
    this.#published = this.#published.map(
      (number, partition) => number + Number(this.#changed.has(partition)),
    )
    this.#changed.clear()
    return encodeEarlierHeartbeat({ ...about, published: [...this.#published] })
  }

  /** Half a second has passed in which this node heard itself. */
  tick(): void {
    if (this.#peers.tick().fell.length > 0) this.#events.onLoss()
  }

  /** This node heard nobody: their silence meant nothing. */
  excuse(): void {
    this.#peers.excuse()
  }

  #countAll(): void {
    for (let partition = 0; partition < partitionCount; partition++) this.#changed.add(partition)
  }
}
