/** Which users a node hears of, whatever gets lost on the way. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import type { Delivery } from '../../../server/fanout/fanout.ts'
import { isOfNodes, nodeTopic, type TopicName, topicsFor } from '../../../server/fanout/topics.ts'
import { Hub } from '../../../server/live/hub.ts'
import type { Listener } from '../../../server/live/listener.ts'
import type { Person } from '../../../server/live/presence/announcements.ts'
import { RemoteNodes } from '../../../server/live/presence/remote-nodes.ts'
import type { UserTopic } from '../../../server/live/topic.ts'
import { limits } from '../../../server/protocol/limits.ts'
import { leakyBus } from '../../support/leaky-bus.ts'

const tenant = 'default'
const topics = topicsFor(tenant)
const personOf = (user: string): Person => ({ tenant, user })
/** By then everything that was lost has been asked for and said again. */
const calmS = 20
/** A node that died is heard no more after twelve seconds. */
const deadS = 13

class Node {
  readonly name: string
  readonly remoteNodes: RemoteNodes
  readonly hub: Hub
  readonly changes: string[] = []
  readonly settled: string[] = []
  readonly #here = new Map<TopicName, UserTopic>()
  readonly #sessions = new Map<string, Listener>()

  constructor(name: string, fanout: ReturnType<typeof leakyBus>['fanouts'][number]) {
    this.name = name
    this.hub = new Hub(fanout)
    this.remoteNodes = new RemoteNodes({
      hub: this.hub,
      fanout,
      node: name,
      here: this.#here,
      onChange: ({ user }) => this.changes.push(user),
      onSettled: ({ user }) => this.settled.push(user),
    })
    fanout.onDelivery(({ topic, frame }) => {
      if (isOfNodes(topic)) this.remoteNodes.hear(frame)
    })
  }

  holds(room: string): boolean {
    return this.hub.room(topics.room(room)) !== undefined
  }

  has(user: string): boolean {
    return this.#sessions.has(user)
  }

  join(user: string, rooms: readonly string[]): void {
    if (this.has(user)) return
    const about = { user, tenant, flush() {}, rooms: () => rooms }
    const session = about as unknown as Listener
    this.#sessions.set(user, session)
    const topic = this.hub.joinUser(session)
    for (const room of rooms) this.hub.joinRoom(session, room, { head: 0, membershipRev: 0 })
    this.#here.set(topic.name, topic)
    this.remoteNodes.came(topic, rooms)
  }

  leave(user: string): void {
    const session = this.#sessions.get(user)
    const topic = this.hub.user(topics.user(user))
    if (!session || !topic) return
    this.#sessions.delete(user)
    for (const room of session.rooms()) {
      const entered = this.hub.room(topics.room(room))
      if (entered) this.hub.leave(session, entered)
    }
    this.hub.leave(session, topic)
    this.#here.delete(topic.name)
    this.remoteNodes.gone(topic.name)
  }

  hears(user: string): boolean {
    return this.remoteNodes.hold(personOf(user))
  }
}

/** Some nodes on one bus; those that have not started are not there. */
class Cluster {
  readonly nodes: Node[] = []
  readonly #bus
  #dead = new Set<string>()

  constructor(nodes: number, { most = nodes } = {}) {
    this.#bus = leakyBus(most)
    for (let n = 0; n < nodes; n++) this.start()
  }

  start(): void {
    const fanout = this.#bus.fanouts[this.nodes.length]
    if (fanout) this.nodes.push(new Node(`node ${this.nodes.length}`, fanout))
  }

  /** SIGKILL. */
  kill(node: Node | undefined): void {
    if (node) this.#dead.add(node.name)
  }

  get living(): Node[] {
    return this.nodes.filter(({ name }) => !this.#dead.has(name))
  }

  lose(isLost: (delivery: Delivery) => boolean): void {
    this.#bus.lose(isLost)
  }

  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      for (const { remoteNodes } of this.living) remoteNodes.tick()
      await nextTurn()
    }
  }
}

async function aPair(): Promise<{ cluster: Cluster; here: Node; there: Node }> {
  const cluster = new Cluster(2)
  const [here, there] = cluster.nodes
  assert.ok(here && there)
  await cluster.pass(2)
  return { cluster, here, there }
}

describe('a node hears of the users of another', () => {
  it('when they change who sees them, within a second and without asking for more', async () => {
    const { cluster, here, there } = await aPair()
    const frames: string[] = []
    cluster.lose(({ frame }) => frames.push(frame.toString()) < 0)
    there.remoteNodes.settled(personOf('mina'))
    await cluster.pass(1)
    assert.deepEqual([here.settled, there.settled], [['mina'], []])
    frames.length = 0
    await cluster.pass(12)
    assert.deepEqual(here.settled, ['mina'])
    assert.deepEqual(
      frames.filter((text) => text.includes('"asks":["')),
      [],
    )
  })

  it('where they share a room with somebody here, whoever of them came first', async () => {
    const { cluster, here, there } = await aPair()
    here.join('sam', ['tea'])
    there.join('mina', ['tea', 'other'])
    await cluster.pass(3)
    assert.deepEqual([here.hears('mina'), there.hears('sam')], [true, true])
  })

  it('and of nobody else', async () => {
    const { cluster, here, there } = await aPair()
    here.join('sam', ['tea'])
    there.join('mina', ['other'])
    await cluster.pass(calmS)
    assert.deepEqual([here.hears('mina'), there.hears('sam')], [false, false])
    assert.deepEqual([here.changes, there.changes], [[], []])
  })

  it('until they go', async () => {
    const { cluster, here, there } = await aPair()
    here.join('sam', ['tea'])
    there.join('mina', ['tea'])
    await cluster.pass(3)
    there.leave('mina')
    await cluster.pass(1)
    assert.equal(here.hears('mina'), false)
  })

  it('who enter a room later', async () => {
    const { cluster, here, there } = await aPair()
    here.join('sam', ['tea'])
    there.join('lee', ['tea'])
    there.join('mina', ['other'])
    await cluster.pass(3)
    const mina = there.hub.user(topics.user('mina'))
    assert.ok(mina)
    there.remoteNodes.entered(mina, topics.room('tea'))
    await cluster.pass(1)
    assert.equal(here.hears('mina'), true)
  })

  it('but not for the sake of a room with more of them than a small room has', async () => {
    const { cluster, here, there } = await aPair()
    here.join('sam', ['hall'])
    for (let n = 0; n <= limits.crowd; n++) there.join(`u${n}`, ['hall'])
    await cluster.pass(3)
    there.join('mina', ['hall'])
    await cluster.pass(3)
    assert.equal(here.hears('mina'), false)
    // It gets small enough again: some are gone.
    for (let n = 0; n < 10; n++) there.leave(`u${n}`)
    await cluster.pass(120)
    assert.equal(here.hears('mina'), true)
  })

  it('of one that was killed no longer, after twelve seconds', async () => {
    const { cluster, here, there } = await aPair()
    here.join('sam', ['tea'])
    there.join('mina', ['tea'])
    await cluster.pass(3)
    here.changes.length = 0
    cluster.kill(there)
    await cluster.pass(deadS)
    assert.equal(here.hears('mina'), false)
    assert.deepEqual(here.changes, ['mina'])
  })

  it('that was here before it, and of one that comes late', async () => {
    const cluster = new Cluster(1, { most: 2 })
    const [old] = cluster.nodes
    old?.join('sam', ['tea'])
    await cluster.pass(100)
    cluster.start()
    const late = cluster.nodes[1]
    late?.join('mina', ['tea'])
    await cluster.pass(5)
    assert.deepEqual([old?.hears('mina'), late?.hears('sam')], [true, true])
  })

  it('whose word was lost, within seconds', async () => {
    const { cluster, here, there } = await aPair()
    here.join('sam', ['tea'])
    there.join('lee', ['tea'])
    await cluster.pass(3)
    cluster.lose(() => true)
    there.leave('lee')
    there.join('mina', ['tea'])
    await cluster.pass(2)
    assert.deepEqual([here.hears('mina'), here.hears('lee')], [false, true])
    cluster.lose(() => false)
    await cluster.pass(8)
    assert.deepEqual([here.hears('mina'), here.hears('lee')], [true, false])
  })

  it('where that one forgot it and met it again, and the first of what it then says gets lost', async () => {
    const { cluster, here, there } = await aPair()
    cluster.lose(({ frame }) => frame.includes(`"node":"${here.name}"`))
    await cluster.pass(deadS)
    here.join('jo', ['room'])
    there.join('mina', ['room'])
    cluster.lose(({ topic }) => topic === nodeTopic(here.name))
    await cluster.pass(8)
    cluster.lose(() => false)
    await cluster.pass(calmS)
    assert.ok(here.hears('mina') && there.hears('jo'))
  })

  it('in a bounded number of messages, and says little while nothing changes', async () => {
    const { cluster, here, there } = await aPair()
    for (let n = 0; n < 200; n++) {
      here.join(`h${n}`, [`room ${n >> 2}`])
      there.join(`t${n}`, [`room ${n >> 2}`])
    }
    await cluster.pass(5)
    let bytes = 0
    let announcements = 0
    cluster.lose(({ frame }) => {
      bytes += frame.length
      announcements += 1
      return false
    })
    await cluster.pass(20)
    assert.ok(announcements <= 20 && bytes < 2_000, `${announcements} announcements of ${bytes} bytes`)
  })

  it('and all nodes agree in the end, whoever comes, goes, dies or is late, and whatever is lost', async () => {
    const user = fc.constantFrom(...users)
    const node = fc.nat({ max: 3 })
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('join', 'leave'), node, user }) },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constant('lose'), share: fc.constantFrom(0, 0.5, 1), seed: fc.nat() }),
      },
      {
        weight: 4,
        arbitrary: fc.record({ do: fc.constant('pass'), seconds: fc.integer({ min: 1, max: 4 }) }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('start', 'kill'), node }) },
    ) as fc.Arbitrary<Step>
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60, size: 'max' }), async (steps) => {
        const cluster = new Cluster(2, { most: 4 })
        for (const one of steps) await play(cluster, one)
        cluster.lose(() => false)
        await cluster.pass(calmS)
        for (const here of cluster.living) for (const user of users) agrees(cluster, here, user)
      }),
      { numRuns: 300 },
    )
  })
})

type Step =
  | { readonly do: 'join' | 'leave'; readonly node: number; readonly user: string }
  | { readonly do: 'lose'; readonly share: number; readonly seed: number }
  | { readonly do: 'pass'; readonly seconds: number }
  | { readonly do: 'start' | 'kill'; readonly node: number }

const users = ['a', 'b', 'c', 'd', 'e', 'f']

function roomsOf(user: string): string[] {
  const at = users.indexOf(user)
  return [`room ${at % 4}`, `room ${(at * 3 + 1) % 4}`]
}

async function play(cluster: Cluster, step: Step): Promise<void> {
  const node = 'node' in step ? cluster.living[step.node] : undefined
  if (step.do === 'join') node?.join(step.user, roomsOf(step.user))
  if (step.do === 'leave') node?.leave(step.user)
  if (step.do === 'lose') cluster.lose(chanceOf(step))
  if (step.do === 'pass') await cluster.pass(step.seconds)
  if (step.do === 'start') cluster.start()
  if (step.do === 'kill' && cluster.living.length > 1) cluster.kill(node)
}

/** What a node knows of a user is what is true. */
function agrees(cluster: Cluster, here: Node, user: string): void {
  const isElsewhere = cluster.living.some((other) => other !== here && other.has(user))
  const isNeeded = isElsewhere && roomsOf(user).some((room) => here.holds(room))
  if (isNeeded) assert.ok(here.hears(user), `${here.name} hears of ${user}`)
  if (!isElsewhere) assert.ok(!here.hears(user), `${here.name} hears no more of ${user}`)
}

/** Loses so many of a hundred, the same ones each time. */
function chanceOf({ share, seed }: { share: number; seed: number }): () => boolean {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return state / 0x7fffffff < share
  }
}
