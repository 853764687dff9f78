/** The disk of SQLite is full, locked or taken away: nothing hangs, and nothing is acknowledged that is lost. */
import assert from 'node:assert/strict'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { uuidv7 } from 'uuidv7'
import { openSqlite } from '../../server/store/sqlite/open.ts'
import { until } from '../contract/fanout.ts'
import { aFolder } from '../support/a-folder.ts'
import { aLog, aRoom } from '../support/builders.ts'
import { startServer } from '../support/server.ts'
import { aSmallDisk, noSmallDisk } from '../support/small-disk.ts'

async function aServerIn(folder: string) {
  const log = aLog()
  const stores = openSqlite({ folder, role: 'server', now: Date.now })
  const server = await startServer({ stores, log: log.log })
  const { id: roomId } = await aRoom(server, ['mina', 'sam'])
  const mina = await server.join('mina')
  const send = (text: string) => mina.socket.ask({ t: 'send', roomId, messageId: uuidv7(), text })
  const readiness = async () => (await fetch(`${server.url}readyz`)).status
  return {
    ...{ server, roomId, send, readiness },
    warnings: () => log.lines().filter(({ level }) => Number(level) >= 40),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await stores.close()
    },
  }
}

test('a full disk is overloaded and 503, one line in the log, and over when there is space', {
  skip: noSmallDisk,
}, async () => {
  using disk = aSmallDisk()
  await using site = await aServerIn(disk.path)
  disk.fill()
  const kept: number[] = []
  // What the journal holds already may be written over once more.
  for (;;) {
    const answer = await site.send('x'.repeat(8_000))
    if (answer.t === 'err') {
      assert.deepEqual([answer.code, answer.temporary], ['overloaded', true])
      break
    }
    kept.push(Number((answer as { seq?: number }).seq))
  }
  for (let times = 0; times < 5; times++) assert.equal((await site.send('x'.repeat(8_000))).t, 'err')
  const path = `rooms/${site.roomId}/messages/${uuidv7()}`
  const put = await site.server.fetch('mina', path, { method: 'PUT', body: { text: 'x'.repeat(8_000) } })
  assert.deepEqual([put.status, await site.readiness()], [503, 503])
  assert.equal(site.warnings().length, 1, JSON.stringify(site.warnings()))
  assert.match(JSON.stringify(site.warnings()), /the database takes no writes/)
  disk.empty()
  await until(async () => (await site.send('again')).t === 'ok', 'sends to work again')
  assert.equal(await site.readiness(), 200)
})

test('a lock of another program holds up writes and nothing else, and they are written when it is gone', async () => {
  using folder = aFolder()
  await using site = await aServerIn(folder.path)
  const other = new Database(folder.file('chatter.db'))
  other.exec('BEGIN EXCLUSIVE')
  let longest = 0
  let last = performance.now()
  const watch = setInterval(() => {
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
  }, 20)
  const sending = site.send('waits')
  for (let times = 0; times < 20; times++) {
    assert.equal((await site.server.fetch('sam', `rooms/${site.roomId}/messages`)).status, 200)
  }
  other.exec('COMMIT')
  assert.equal((await sending).t, 'ok')
  other.exec('BEGIN EXCLUSIVE')
  assert.equal(((await site.send('in vain')) as { code?: string }).code, 'overloaded')
  clearInterval(watch)
  other.close()
  assert.ok(longest < 2_500, `the event loop stood still for ${longest} ms`)
  assert.equal((await site.send('again')).t, 'ok')
})

test('files deleted under a running server are noticed: not ready, nothing acknowledged; back, it goes on', async () => {
  using folder = aFolder()
  await using site = await aServerIn(folder.path)
  const [file, away] = [folder.file('chatter.db'), join(folder.path, 'away')]
  renameSync(file, away)
  await until(async () => (await site.send('lost')).t === 'err', 'sends to be refused')
  assert.equal(await site.readiness(), 503)
  await until(async () => site.warnings().length > 0, 'the log to say it')
  renameSync(away, file)
  assert.equal(await site.readiness(), 200)
  assert.equal((await site.send('again')).t, 'ok')
})
