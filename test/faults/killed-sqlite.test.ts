/** Criterion 8: kill -9 of the one server on SQLite, over and over, with people on it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aChatterFolder } from '../support/chatter-process.ts'
import { Line } from '../support/proxy.ts'
import { scaled } from '../support/scale.ts'
import { Load } from './load.ts'
import { Chance } from './simulator/chance.ts'
import { until } from './until.ts'

const kills = scaled(1, 200)
const messagesEach = 60

test(`8: a server on SQLite, killed ${kills === 1 ? 'once' : `${kills} times`}, loses nothing, and everybody ends with the same`, async () => {
  await using folder = aChatterFolder()
  let server = await folder.serve()
  await using front = await Line.open(() => [{ port: Number(new URL(server.url).port) }])
  const url = `http://127.0.0.1:${front.port}/`
  const chance = new Chance(7)
  using load = await Load.start({ url, chance, people: 6, rooms: 3, membersEach: 4, isPlain: true })
  for (let kill = 0; kill < kills; kill++) {
    const enough = load.acknowledged + chance.between(1, messagesEach)
    const talking = load.talk(messagesEach)
    await until(() => load.acknowledged >= enough, 'some load')
    server.kill('SIGKILL')
    await server.ended
    server = await folder.serve()
    for (const { chat } of load.people) chat.wake()
    await talking
  }
  assert.deepEqual(await load.settle([server.url]), [])
})
