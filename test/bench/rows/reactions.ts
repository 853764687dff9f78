import { type Actor, type Crowd, gather } from '../client/crowd.ts'
import { Tally } from '../client/peer.ts'
import { say } from '../load.ts'
import type { Budget, Pace, Result, Row } from '../result.ts'
import { type Contender, compete } from '../rounds.ts'
import { roomOf, type Scene, type Talk, userName, uuid } from '../scene.ts'
import { scratch, startServer } from '../server-process.ts'
import { pageSize, reader } from './reader.ts'

/** Messages reacted to so far. */
let messages = 0

/** What reactions cost beside plain messages: to give them, and to read a page that is full of them. */
export const reactions: Row = async (pace) => [...(await given(pace)), ...(await read(pace))]

/** Two hundred react to one message, in a room of two hundred; against as many messages in the same room. */
async function given({ rounds, isQuick }: Pace): Promise<Result[]> {
  const people = isQuick ? 20 : 200
  using folder = scratch()
  const scene: Scene = { folder: folder.path, rooms: [roomOf(people)] }
  await using server = await startServer('chatter', scene)
  // Each version of a message comes under its number once more.
  const tally = new Tally({ isOrdered: false, mayRepeat: true })
  using crowd = await gather(server, scene, { tally })
  const contender = (name: string, act: (crowd: Crowd) => Promise<unknown>): Contender => ({
    name,
    faults: () => tally.faults,
    async measure() {
      const before = await server.ask('cpu')
      await act(crowd)
      return ((await server.ask('cpu')) - before) / people
    },
  })
  const results: Result[] = []
  for (const [how, isAtOnce] of [
    ['at once', true],
    ['one after the other', false],
  ] as const) {
    results.push(
      ...(await compete(
        { what: `200 reactors on a message, ${how}`, unit: 'µs of CPU each', rounds },
        contender('Chatter', (all) => reactAll(all, isAtOnce)),
        [{ ...contender('plain messages there', (all) => sayAll(all, isAtOnce)), budget: { atMost: 1.5 } }],
      )),
    )
  }
  return results
}

async function reactAll(crowd: Crowd, isAtOnce: boolean): Promise<void> {
  const [first] = crowd.actors
  if (!first) return
  messages += 1
  const messageId = uuid(0x20_00_00_00 + messages)
  say(crowd, first, messageId)
  await crowd.allArrived()
  const { room: roomId } = first
  const wish = { t: 'react', roomId, messageId, emoji: '👍', on: true }
  await inTurn(crowd, isAtOnce, ({ peer }, index) => peer.send(JSON.stringify({ ...wish, id: `r${index}` })))
  // Whoever has this has what was sent before it.
  say(crowd, first)
  await crowd.allArrived()
}

async function sayAll(crowd: Crowd, isAtOnce: boolean): Promise<void> {
  const [first] = crowd.actors
  if (!first) return
  say(crowd, first)
  await crowd.allArrived()
  await inTurn(crowd, isAtOnce, (actor) => say(crowd, actor))
  say(crowd, first)
  await crowd.allArrived()
}

/** Everybody sends something; either all together, or each when the one before is acknowledged. */
async function inTurn(
  { actors }: Crowd,
  isAtOnce: boolean,
  send: (actor: Actor, index: number) => void,
): Promise<void> {
  const all: Promise<void>[] = []
  for (const [index, actor] of actors.entries()) {
    const { peer } = actor
    const { promise, resolve } = Promise.withResolvers<void>()
    peer.onAck = resolve
    send(actor, index)
    all.push(promise)
    if (!isAtOnce) await promise
  }
  await Promise.all(all)
}

const pages: readonly {
  readonly what: string
  readonly talk: Talk
  readonly users: number
  readonly budget: Budget
}[] = [
  {
    what: 'a page with 6 reactions and a reply each',
    talk: { messages: pageSize + 1, reactions: { emoji: 6, users: 1 }, isAnswered: true },
    users: 20,
    budget: { atMost: 1.5 },
  },
  {
    what: 'a page with 500 reactors each',
    talk: { messages: pageSize + 1, reactions: { emoji: 1, users: 500 } },
    users: 501,
    budget: 'none',
  },
]

/** A page of fifty, against one of plain messages in a room of as many. */
async function read({ rounds }: Pace): Promise<Result[]> {
  const results: Result[] = []
  for (const { what, talk, users, budget } of pages) {
    using folder = scratch()
    const plain = { messages: talk.messages }
    const rooms = [
      { ...roomOf(users), talk },
      { ...roomOf(users, { room: 2 }), talk: plain },
    ]
    await using server = await startServer('chatter', { folder: folder.path, rooms })
    // Whoever came last is none of those whom the messages name.
    const user = userName(users - 1)
    using full = await reader('Chatter', server, talk.messages, { user })
    using bare = await reader('a plain page', server, talk.messages, { user, room: uuid(2) })
    const { messages } = await full.read()
    const count = talk.reactions?.users
    const isFull = messages.every(({ reactions = [] }) => reactions.every((one) => one.count === count))
    if (!isFull || messages.some(({ reactions }) => reactions?.length !== talk.reactions?.emoji))
      throw new Error('expected reactions')
    if (talk.isAnswered && messages.some(({ replyTo }) => !replyTo)) throw new Error('expected answers')
    const line = { what, unit: 'ms, p50', rounds }
    results.push(...(await compete(line, full, [{ ...bare, budget }])))
  }
  return results
}
