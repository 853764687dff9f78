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
type Node = { heardAt: number; readonly claims: Map<string, number> }

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

/** Which users other nodes claim. A claim that its node does not renew ends by itself: so nobody outlives a node. */
export class Claims {
  readonly #nodes = new Map<string, Node>()

  /** How many claims there are. */
  get size(): number {
    return [...this.#nodes.values()].reduce((sum, { claims }) => sum + claims.size, 0)
  }

  get nodeCount(): number {
    return this.#nodes.size
  }

  knows(node: string): boolean {
    return this.#nodes.has(node)
  }

  has(user: string): boolean {
    for (const { claims } of this.#nodes.values()) if (claims.has(user)) return true
    return false
  }

  /** Takes what a node says; `onChange` hears of each claim that is new or ended. */
  hear({ node: id, here, left }: Announcement, second: number, onChange: (user: string) => void): void {
    const node = this.#nodes.get(id) ?? { heardAt: second, claims: new Map<string, number>() }
    this.#nodes.set(id, node)
    node.heardAt = second
    for (const user of here) {
      if (!node.claims.has(user)) onChange(user)
      node.claims.set(user, second)
    }
    for (const user of left) if (node.claims.delete(user)) onChange(user)
  }

  /** Ends what was not renewed in time. */
  expire(second: number, onChange: (user: string) => void): void {
    for (const [id, { heardAt, claims }] of this.#nodes) {
      for (const [user, renewedAt] of claims) {
        if (second - renewedAt < deadAfterS) continue
        claims.delete(user)
        onChange(user)
      }
      if (second - heardAt >= deadAfterS) this.#nodes.delete(id)
    }
  }
}
