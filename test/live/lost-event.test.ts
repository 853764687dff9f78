import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Fanout } from '../../server/fanout/fanout.ts'
import { createInProcessFanout } from '../../server/fanout/in-process.ts'
import { startServer } from '../support/server.ts'

/** Loses every word that somebody became a member. */
function forgetfulFanout(): Fanout {
  const fanout = createInProcessFanout()
  return { ...fanout, publish: (delivery) => delivery.join === undefined && fanout.publish(delivery) }
}

test('a member whose socket never heard so can send, and hears the room from then on', async () => {
  await using server = await startServer({ fanout: forgetfulFanout() })
  const [mina, sam] = [await server.join('mina'), await server.join('sam')]
  const body = { memberIds: ['sam'] }
  const { id: room } = await (await server.fetch('mina', 'rooms', { method: 'POST', body })).json()
  await sam.send(room, 'I did not see it')
  await mina.send(room, 'Neither was I')
  const { message } = await sam.socket.event('message', (event) => event.message.authorId === 'mina')
  assert.equal(message.text, 'Neither was I')
})
