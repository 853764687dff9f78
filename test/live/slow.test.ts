import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createInProcessFanout } from '../../server/fanout/in-process.ts'
import { topicsFor } from '../../server/fanout/topics.ts'
import { aRoom } from '../support/builders.ts'
import { aClock } from '../support/clock.ts'
import { startServer } from '../support/server.ts'

const text = '長'.repeat(8_000)
/** Far more than the system keeps for a socket that is not read. */
const mostMessages = 2_000

/** A fan-out that shows when the last socket of a user has gone. */
function watchedFanout(user: string) {
  const topic = topicsFor('default').user(user)
  const { promise: gone, resolve } = Promise.withResolvers<true>()
  const fanout = createInProcessFanout()
  const unsubscribe = (name: string) => {
    fanout.unsubscribe(name)
    if (name === topic) resolve(true)
  }
  return { fanout: { ...fanout, unsubscribe }, gone }
}

test('a socket that stops reading is closed with 4008, holds nobody up, and catches up by changes', async (t) => {
  const clock = aClock(t)
  const { fanout, gone } = watchedFanout('sam')
  await using server = await startServer({ fanout, now: clock.now })
  const { id: room } = await aRoom(server, ['mina', 'sam'])
  const [mina, slow] = [await server.join('mina'), await server.join('sam')]
  slow.socket.ws.pause()
  let isGone = false
  void gone.then(() => {
    isGone = true
  })
  for (let count = 0; !isGone && count < mostMessages; count++) await mina.send(room, text)
  const { seq: last } = await mina.send(room, 'The one that it misses')
  slow.socket.ws.resume()
  assert.equal((await slow.socket.closed).code, 4008)

  const known = slow.socket.events('message').at(-1)?.message.rev ?? 0
  assert.ok(known < last)
  const back = await server.join('sam')
  assert.equal(back.ready.heads[room], last)
  const { messages, head } = await back.changes(room, known)
  assert.deepEqual(
    messages.map(({ seq }) => seq),
    Array.from({ length: last - known }, (_, index) => known + 1 + index),
  )
  assert.equal(head, last)
})
