/** A server whose network fails as networks do: nothing arrives, without an error. */
import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import type { LineState } from '../support/proxy.ts'
import { scaled } from '../support/scale.ts'
import { aGroup, join } from './api.ts'
import { aCluster, type Cluster, type Member } from './cluster.ts'
import { Host } from './host.ts'
import { Load } from './load.ts'
import { marker } from './node.ts'
import { Chance } from './simulator/chance.ts'
import { until } from './until.ts'

const size = { people: scaled(6, 20), rooms: scaled(3, 10), membersEach: 4 }
const messages = scaled(100, 2_000)

/** How a server's network is taken from it, wholly or as far as Redis and the database go. */
type Fault = { cut(): void; repair(): void }
type Place = { readonly member: Member; readonly behind: Fault; readonly whole: Fault }

let postgres: PostgresServer
before(async () => {
  postgres = await startPostgres()
})
after(() => postgres.stop())

/** On a machine of its own where this one can make them, else behind lines that fail like a network. */
async function aPlace(cluster: Cluster, t: TestContext): Promise<Place> {
  let host: Host
  try {
    host = Host.make()
  } catch (error) {
    t.diagnostic(
      `no network namespaces here, so lines fail in place of a network: ${(error as Error).message.trim()}`,
    )
    return behindLines(await cluster.join())
  }
  t.after(() => host[Symbol.dispose]())
  const member = await cluster.join('sound', host)
  return {
    member,
    behind: { cut: () => host.cut('back'), repair: () => host.repair('back') },
    whole: {
      cut() {
        host.cut('front')
        host.cut('back')
      },
      repair() {
        host.repair('front')
        host.repair('back')
      },
    },
  }
}

function behindLines(member: Member): Place {
  const { node, toRedis, toPostgres } = member
  const turn = (state: LineState) => {
    toRedis.turn(state)
    toPostgres.turn(state)
  }
  return {
    member,
    behind: { cut: () => turn('black'), repair: () => turn('open') },
    whole: { cut: () => node.pause(), repair: () => node.resume() },
  }
}

test('partition: a server loses its network, first to Redis and Postgres, then wholly, and everybody ends with the same', async (t) => {
  await using cluster = await aCluster(postgres, ['sound'])
  const { member, behind, whole } = await aPlace(cluster, t)
  const urls = cluster.members.map(({ node }) => node.url)
  using load = await Load.start({ url: cluster.url, chance: new Chance(10), ...size })
  await load.talk(messages)

  // Sam is with the server that fails, and never asks for what he missed.
  const [url = ''] = urls
  const room = await aGroup(url, ['mina', 'sam'])
  const [mina, sam] = [await join(url, 'mina'), await join(member.node.url, 'sam')]
  behind.cut()
  const talking = load.talk(messages)
  await cluster.saying({ database: 'down', fanout: 'down' }, [member])
  for (let count = 0; count < 5; count++) await mina.send(room, `${marker}${count}`)
  behind.repair()
  await talking
  await cluster.saying({ database: 'up', fanout: 'up' })
  const received = () => new Set(sam.socket.events('message').map(({ message }) => message.seq)).size
  await until(
    () => received() === 5,
    () => `Sam to have 5 messages, not ${received()}`,
  )
  await sam.socket.close()
  assert.deepEqual(await load.agree(urls), [])

  whole.cut()
  const [one] = load.people
  assert.ok(one)
  for (const person of load.people) {
    load.say(person)
    // As a page does that hears of the trouble from its system.
    person.chat.wake()
  }
  await until(
    () => load.people.every(({ waiting }) => waiting === 0),
    'everybody to be with the other server',
  )
  assert.deepEqual(await load.agree(urls.slice(0, 1)), [])
  whole.repair()
  await cluster.saying({ database: 'up', fanout: 'up', peers: 1 })
  await load.talk(messages)
  assert.deepEqual(await load.agree(urls), [])
  assert.deepEqual(cluster.complaints(), [])
})
