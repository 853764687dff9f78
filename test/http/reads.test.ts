import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import type { RateLimit } from '../../server/http/rate-limits.ts'
import { Reads } from '../../server/http/reads.ts'
import { limits } from '../../server/protocol/limits.ts'
import { aRoom, assertProblem } from '../support/builders.ts'
import { aClock } from '../support/clock.ts'
import { startServer, type TestServer } from '../support/server.ts'

const longest = 'ä'.repeat(limits.textChars)

/** A room whose page of history is as large as a page may be. */
async function aLongRoom(server: TestServer): Promise<string> {
  const { id: room } = await aRoom(server, ['mina', 'sam'])
  const store = server.stores.forTenant('default')
  for (let n = 0; n < 40; n++) await store.append({ room, id: uuidv7(), author: 'sam', text: longest })
  return room
}

/** A response that is taken when its test says so. */
class AResponse extends EventEmitter {
  isDestroyed = false

  destroy(): void {
    this.isDestroyed = true
    this.emit('close')
  }

  asResponse(): ServerResponse {
    return this as unknown as ServerResponse
  }
}

const unlimited = { take: async () => {} } as unknown as RateLimit

test('a user who does not take the answers is given 8 MiB of them, and then no more until some are taken', async () => {
  const reads = new Reads(unlimited)
  const responses: AResponse[] = []
  for (let n = 0; n < 16; n++) {
    const response = new AResponse()
    const read = await reads.begin('mina')
    read.leave(limits.pageBytes, response.asResponse())
    responses.push(response)
  }
  await assert.rejects(reads.begin('mina'), { code: 'rate_limited', retryAfter: 1 })
  const other = await reads.begin('sam')
  other.end()
  responses[0]?.emit('close')
  const again = await reads.begin('mina')
  again.end()
  again.end()
  await reads.begin('mina')
  await assert.rejects(reads.begin('mina'), { code: 'rate_limited' })
})

test('small answers hold what they have, so many of them can wait', async () => {
  const reads = new Reads(unlimited)
  for (let n = 0; n < 1_000; n++) (await reads.begin('mina')).leave(1_000, new AResponse().asResponse())
})

test('256 MiB of answers wait in all, and then everybody is asked to come back', async () => {
  const reads = new Reads(unlimited)
  for (let n = 0; n < 512; n++) await reads.begin(`user ${n}`)
  await assert.rejects(reads.begin('another'), { code: 'overloaded' })
})

test('an answer that is not taken within 30 seconds is cut off', async (t) => {
  const clock = aClock(t)
  const reads = new Reads(unlimited)
  const response = new AResponse()
  const read = await reads.begin('mina')
  read.leave(limits.pageBytes, response.asResponse())
  clock.pass(29_000)
  assert.equal(response.isDestroyed, false)
  clock.pass(1_000)
  assert.equal(response.isDestroyed, true)
})

test('whoever reads more than 20 MB at once is asked to wait, by HTTP and by the socket', async () => {
  await using server = await startServer({ isLimited: true })
  const room = await aLongRoom(server)
  const read = async () => {
    const response = await server.fetch('mina', `rooms/${room}/messages?limit=200`)
    await response.arrayBuffer()
    return response
  }
  let bytes = 0
  let response = await read()
  for (; response.status === 200 && bytes < 40_000_000; response = await read()) bytes += limits.pageBytes
  assert.ok(bytes > 10_000_000 && bytes < 21_000_000, `${bytes} bytes`)
  assert.ok(Number(response.headers.get('retry-after')) > 0)
  await assertProblem(await server.fetch('mina', `rooms/${room}/messages`), 429, 'rate_limited')
  const mina = await server.join('mina')
  const { code, retryAfter } = await mina.err({ t: 'changes', roomId: room, since: 0 })
  assert.equal(code, 'rate_limited')
  assert.ok((retryAfter ?? 0) > 0)
  // What changes something is no reading.
  assert.equal(
    (await server.fetch('mina', `rooms/${room}/read`, { method: 'PUT', body: { seq: 1 } })).status,
    204,
  )
  assert.equal((await server.fetch('sam', `rooms/${room}/messages`)).status, 200)
})

test('people are searched for 60 times a minute, and not more often', async () => {
  await using server = await startServer({ isLimited: true })
  const answers = await Promise.all(Array.from({ length: 61 }, () => server.fetch('mina', 'users?q=a')))
  const statuses = answers.map(({ status }) => status)
  assert.deepEqual(
    [statuses.filter((status) => status === 200).length, statuses.filter((status) => status === 429).length],
    [60, 1],
  )
})
