import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Turns } from '../../server/live/turns.ts'
import { startServer } from '../support/server.ts'

function crowdAt(turns: Turns, count: number): number[] {
  const entered: number[] = []
  for (let one = 0; one < count; one += 1) void turns.take().then(() => entered.push(one))
  return entered
}

test('so many enter at once, and so many with each turn, in the order in which they came', async () => {
  const turns = new Turns(3)
  const entered = crowdAt(turns, 8)
  await Promise.resolve()
  assert.deepEqual(entered, [0, 1, 2])
  await nextTurn()
  assert.deepEqual(entered, [0, 1, 2, 3, 4, 5])
  await nextTurn()
  assert.deepEqual(entered, [0, 1, 2, 3, 4, 5, 6, 7])
  assert.equal(turns.size, 0)
})

test('who comes later waits behind those who wait', async () => {
  const turns = new Turns(2)
  const entered = crowdAt(turns, 4)
  await nextTurn()
  void turns.take().then(() => entered.push(4))
  await nextTurn()
  assert.deepEqual(entered, [0, 1, 2, 3, 4])
})

test('what came before a turn does not count in the next one', async () => {
  const turns = new Turns(2)
  crowdAt(turns, 2)
  await nextTurn()
  await nextTurn()
  const entered = crowdAt(turns, 2)
  await Promise.resolve()
  assert.deepEqual(entered, [0, 1])
})

test('whoever is there is answered while a hundred are still saying hello', async () => {
  await using server = await startServer()
  const mina = await server.join('mina')
  // Known already: the first hello of a user waits for a commit, and lets others pass anyhow.
  await server.join('sam')
  const token = await server.token('sam')
  const sockets = await Promise.all(Array.from({ length: 100 }, () => server.socket()))
  let ready = 0
  const hellos = sockets.map(async (socket) => {
    await socket.hello(token)
    ready += 1
  })
  await mina.socket.settle()
  assert.ok(ready < 50, `${ready} of 100 were served before`)
  await Promise.all(hellos)
})
