import * as v from 'valibot'

/** Longer than two refreshes, so that one may get lost. */
const deadAfterS = 12
const mostUsers = 500
const separator = '/user/'

/** A user of a tenant: user ids are unique in their tenant only. */
export type Person = { readonly tenant: string; readonly user: string }

/** Between nodes: `tenant/user/id`. Tenant ids hold no slash. Nodes of earlier builds write and expect the same. */
const PersonText = v.pipe(
  v.string(),
  v.regex(/^[^/]+\/user\//, 'expected tenant/user/id'),
  v.transform((text): Person => {
    const end = text.indexOf(separator)
    return { tenant: text.slice(0, end), user: text.slice(end + separator.length) }
  }),
)
const Announcement = v.object({
  node: v.string(),
  /** The users it holds: newly, or still. */
  here: v.array(PersonText),
  /** … and those it holds no longer. */
  left: v.array(PersonText),
})

type Announcement = v.InferOutput<typeof Announcement>
type Node = { heardAt: number; readonly leases: LeasesOfNode }

/** What a node says, in pieces that hold nobody up. Without anybody: that it lives. */
export function encodeAnnouncements(
  node: string,
  { here = [], left = [] }: { here?: readonly Person[]; left?: readonly Person[] },
): Buffer[] {
  const frames: Buffer[] = []
  for (let at = 0; at === 0 || at < Math.max(here.length, left.length); at += mostUsers) {
    const piece = (people: readonly Person[]) => people.slice(at, at + mostUsers).map(textOf)
    const announcement = { node, here: piece(here), left: piece(left) }
    frames.push(Buffer.from(JSON.stringify(announcement satisfies v.InferInput<typeof Announcement>)))
  }
  return frames
}

export function decodeAnnouncement(frame: Buffer): Announcement {
  return v.parse(Announcement, JSON.parse(frame.toString()))
}

const textOf = ({ tenant, user }: Person): string => `${tenant}${separator}${user}`

/** When each lease was renewed, by tenant and user: no object for each of them. */
class LeasesOfNode {
  readonly #tenants = new Map<string, Map<string, number>>()

  get size(): number {
    return [...this.#tenants.values()].reduce((sum, { size }) => sum + size, 0)
  }

  has({ tenant, user }: Person): boolean {
    return this.#tenants.get(tenant)?.has(user) ?? false
  }

  /** @returns whether it is new */
  renew({ tenant, user }: Person, second: number): boolean {
    const users = this.#tenants.get(tenant) ?? new Map<string, number>()
    this.#tenants.set(tenant, users)
    const isNew = !users.has(user)
    users.set(user, second)
    return isNew
  }

  /** @returns whether there was one */
  end({ tenant, user }: Person): boolean {
    const users = this.#tenants.get(tenant)
    if (!users?.delete(user)) return false
    if (users.size === 0) this.#tenants.delete(tenant)
    return true
  }

  *renewedBefore(second: number): Iterable<Person> {
    for (const [tenant, users] of this.#tenants)
      for (const [user, renewedAt] of users) if (renewedAt < second) yield { tenant, user }
  }
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

  has(person: Person): boolean {
    for (const { leases } of this.#nodes.values()) if (leases.has(person)) return true
    return false
  }

  /** Takes what a node says; `onChange` hears of each lease that is new or ended. */
  hear({ node: id, here, left }: Announcement, second: number, onChange: (person: Person) => void): void {
    const node = this.#nodes.get(id) ?? { heardAt: second, leases: new LeasesOfNode() }
    this.#nodes.set(id, node)
    node.heardAt = second
    for (const person of here) if (node.leases.renew(person, second)) onChange(person)
    for (const person of left) if (node.leases.end(person)) onChange(person)
  }

  /** Ends what was not renewed in time. */
  expire(second: number, onChange: (person: Person) => void): void {
    for (const [id, { heardAt, leases }] of this.#nodes) {
      for (const person of leases.renewedBefore(second - deadAfterS + 1)) {
        leases.end(person)
        onChange(person)
      }
      if (second - heardAt >= deadAfterS) this.#nodes.delete(id)
    }
  }
}
