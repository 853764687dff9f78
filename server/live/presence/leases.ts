import * as v from 'valibot'
import { userOf } from '../../fanout/topics.ts'

/** Longer than two refreshes, so that one may get lost. */
const deadAfterS = 12
const mostUsers = 500

const UserTopic = v.pipe(
  v.string(),
  v.check((topic) => userOf(topic) !== undefined, "expected a user's topic"),
)
const Announcement = v.object({
  node: v.string(),
  /** The topics of users it holds: newly, or still. */
  here: v.array(UserTopic),
  /** … and of those it holds no longer. */
  left: v.array(UserTopic),
})

type Announcement = v.InferOutput<typeof Announcement>
type Node = { heardAt: number; readonly leases: Map<string, number> }

/** What a node says, in pieces that hold nobody up. Without anybody: that it lives. */
export function encodeAnnouncements(
  node: string,
  { here = [], left = [] }: { here?: readonly string[]; left?: readonly string[] },
): Buffer[] {
  const frames: Buffer[] = []
  for (let at = 0; at === 0 || at < Math.max(here.length, left.length); at += mostUsers) {
    const piece = { here: here.slice(at, at + mostUsers), left: left.slice(at, at + mostUsers) }
    frames.push(Buffer.from(JSON.stringify({ node, ...piece } satisfies Announcement)))
  }
  return frames
}

export function decodeAnnouncement(frame: Buffer): Announcement {
  return v.parse(Announcement, JSON.parse(frame.toString()))
}

/** Which users other nodes lease. A lease that its node does not renew ends by itself: so nobody outlives a node. */
export class Leases {
  readonly #nodes = new Map<string, Node>()

  /** How many leases there are. */
  get size(): number {
    return [...this.#nodes.values()].reduce((sum, { leases }) => sum + leases.size, 0)
  }

  get nodeCount(): number {
    return this.#nodes.size
  }

  knows(node: string): boolean {
    return this.#nodes.has(node)
  }

  has(user: string): boolean {
    for (const { leases } of this.#nodes.values()) if (leases.has(user)) return true
    return false
  }

  /** Takes what a node says; `onChange` hears of each lease that is new or ended. */
  hear({ node: id, here, left }: Announcement, second: number, onChange: (user: string) => void): void {
    const node = this.#nodes.get(id) ?? { heardAt: second, leases: new Map<string, number>() }
    this.#nodes.set(id, node)
    node.heardAt = second
    for (const user of here) {
      if (!node.leases.has(user)) onChange(user)
      node.leases.set(user, second)
    }
    for (const user of left) if (node.leases.delete(user)) onChange(user)
  }

  /** Ends what was not renewed in time. */
  expire(second: number, onChange: (user: string) => void): void {
    for (const [id, { heardAt, leases }] of this.#nodes) {
      for (const [user, renewedAt] of leases) {
        if (second - renewedAt < deadAfterS) continue
        leases.delete(user)
        onChange(user)
      }
      if (second - heardAt >= deadAfterS) this.#nodes.delete(id)
    }
  }
}
