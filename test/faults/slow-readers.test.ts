/** Criterion 9: sockets that stop reading, in a room where much is said. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { aChatterFolder, type ChatterFolder } from '../support/chatter-process.ts'
import { scaled } from '../support/scale.ts'
import { aGroup, join } from './api.ts'
import { Listener } from './listener.ts'
import { marker } from './node.ts'
import { Chance } from './simulator/chance.ts'
import { until } from './until.ts'

const healthy = scaled(12, 450)
const slow = scaled(3, 50)
/** Beyond what the system keeps of a socket that is not read, and what the server adds. */
const messages = 700

let folder: ChatterFolder
let url: string
before(async () => {
  folder = aChatterFolder()
  url = (await folder.serve()).url
})
after(() => folder[Symbol.asyncDispose]())

test(`9: ${slow} of ${healthy + slow} sockets stop reading: they alone are closed, and have everything once they are back`, async () => {
  const users = Array.from({ length: 15 }, (_, index) => `u${index}`)
  const room = await aGroup(url, ['mina', ...users])
  const mina = await join(url, 'mina')
  const chance = new Chance(9)
  const listeners = Array.from({ length: healthy + slow }, (_, index) => {
    const user = users[index % users.length] ?? ''
    return new Listener({ user, room, urls: () => [url], chance: chance.branch(`${index}`) })
  })
  try {
    const { seq: first } = await mina.send(room, `${marker}first`)
    await until(() => listeners.every((listener) => listener.has(first)), 'all sockets to be there')
    const [lagging, others] = [listeners.slice(0, slow), listeners.slice(slow)]
    for (const listener of lagging) listener.pause()
    let last = first
    while (last < messages) last = (await mina.send(room, marker + '長'.repeat(7_900))).seq
    await until(() => others.every((listener) => listener.has(last)), 'the healthy ones to have everything')
    for (const listener of lagging) listener.resume()
    await until(() => lagging.every((listener) => listener.has(last)), 'the slow ones to have everything')

    const places = Array.from({ length: last }, (_, index) => index + 1)
    for (const { places: received } of listeners) assert.deepEqual(received, places)
    // The close code 4008 waits behind all the rest, and the server does not wait for ever: then it is 1006.
    for (const { closes } of lagging) assert.ok([4008, 1006].includes(closes[0] ?? 0), `${closes}`)
    assert.deepEqual(
      others.flatMap(({ closes }) => closes),
      [],
    )
  } finally {
    for (const listener of listeners) listener[Symbol.dispose]()
  }
})

test('9: who is far behind and reads on is not closed, however long the messages are', async () => {
  const room = await aGroup(url, ['mina', 'sam'])
  const mina = await join(url, 'mina')
  for (let count = 0; count < 200; count++) await mina.send(room, marker + '長'.repeat(7_900))
  const sam = await join(url, 'sam')
  let known = 0
  for (let more = true; more; ) {
    const changes = await sam.changes(room, known)
    known = changes.messages.at(-1)?.rev ?? known
    more = changes.more
    await sam.socket.settle()
  }
  assert.equal(known, 200)
})
