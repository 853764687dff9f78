/**
 * Criterion 10: one room with thousands of sockets. How late everything else gets meanwhile is for the bench (crowd).
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { aChatterFolder, type ChatterFolder } from '../support/chatter-process.ts'
import { scaled } from '../support/scale.ts'
import { aGroup, join } from './api.ts'
import { Listener } from './listener.ts'
import { marker } from './node.ts'
import { Chance } from './simulator/chance.ts'
import { until } from './until.ts'

const sockets = scaled(1_000, 8_000)
const messages = 40

let folder: ChatterFolder
let url: string
before(async () => {
  folder = aChatterFolder()
  url = (await folder.serve()).url
})
after(() => folder[Symbol.asyncDispose]())

test(`10: what is said to ${sockets} sockets reaches all of them in order, and another room is served meanwhile`, async () => {
  const users = Array.from({ length: 100 }, (_, index) => `u${index}`)
  const room = await aGroup(url, ['mina', ...users])
  const aside = await aGroup(url, ['mina', 'sam'])
  const [mina, sam] = await Promise.all([join(url, 'mina'), join(url, 'sam')])
  const chance = new Chance(10)
  const listeners: Listener[] = []
  try {
    const { seq: first } = await mina.send(room, `${marker}first`)
    // The system's queue for connections is short: some at a time, as they would come.
    while (listeners.length < sockets) {
      const user = users[listeners.length % users.length] ?? ''
      const options = { user, room, urls: () => [url] }
      listeners.push(new Listener({ ...options, chance: chance.branch(`${listeners.length}`) }))
      if (listeners.length % 250 > 0) continue
      await until(() => listeners.every((listener) => listener.has(first)), 'all sockets to be there')
    }

    const heard: number[] = []
    let last = first
    for (let count = 0; count < messages; count += 1) {
      const [loud, quiet] = await Promise.all([mina.send(room, marker), sam.send(aside, marker)])
      last = loud.seq
      heard.push(quiet.seq)
    }
    await until(() => listeners.every((listener) => listener.has(last)), 'all sockets to have everything')

    assert.deepEqual(
      heard,
      Array.from({ length: messages }, (_, index) => index + 1),
    )
    const places = Array.from({ length: last }, (_, index) => index + 1)
    for (const { places: received, closes } of listeners) {
      assert.deepEqual(received, places)
      assert.deepEqual(closes, [])
    }
  } finally {
    for (const listener of listeners) listener[Symbol.dispose]()
  }
})
