import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { ConfigProblem } from '../../server/config.ts'
import { DatabaseProblem } from '../../server/store/database-problem.ts'
import { aFolder } from '../support/a-folder.ts'
import { chatterCommand } from '../support/chatter-command.ts'
import { aChatterFolder } from '../support/chatter-process.ts'
import { signToken } from '../support/server.ts'

test('a backup beside a running server that is written to has what was there, and is put back under a new epoch', async () => {
  await using folder = aChatterFolder()
  using other = aFolder()
  const server = await folder.serve()
  const token = await signToken('mina')
  const mina = await (await server.socket()).hello(token)
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const opened = await fetch(`${server.url}v1/rooms`, { method: 'POST', headers, body: '{"memberIds":[]}' })
  const { id: roomId } = await opened.json()
  await mina.send(roomId, 'before')
  // Writes go on while it copies.
  for (let count = 0; count < 50; count++) {
    mina.socket.post({ t: 'send', roomId, messageId: uuidv7(), text: `${count}` })
  }
  const file = other.file('backup.db')
  const { bytes } = JSON.parse(await chatterCommand(folder.path, 'backup', '--to', file, '--json'))
  assert.deepEqual([statSync(file).size, statSync(file).mode & 0o777], [bytes, 0o600])
  assert.deepEqual(readdirSync(other.path), ['backup.db'])
  const said = await mina.send(roomId, 'after')
  const again = () => chatterCommand(folder.path, 'restore', '--from', file, '--yes', '--json')
  await assert.rejects(again(), /another Chatter server is using/)
  server.kill('SIGTERM')
  await server.ended

  await assert.rejects(chatterCommand(folder.path, 'restore', '--from', file), ConfigProblem)
  const epochOf = async () => JSON.parse(await chatterCommand(folder.path, 'status', '--json')).epoch
  const before = await epochOf()
  const { before: replaced } = JSON.parse(await again())
  assert.ok(readdirSync(replaced).includes('chatter.db'))
  assert.notEqual(await epochOf(), before)
  const restored = await folder.serve()
  const page = await fetch(`${restored.url}v1/rooms/${roomId}/messages?limit=100`, { headers })
  const texts = (await page.json()).messages.map(({ text }: { text: string }) => text)
  assert.equal(texts[0], 'before')
  assert.ok(!texts.includes('after'), `${said.seq} is there`)
})

test('what is no sound backup changes nothing, and a file that is there is not written over', async () => {
  using folder = aFolder()
  await chatterCommand(folder.path, 'migrate')
  const file = folder.file('bad.db')
  writeFileSync(file, 'not a database, however long it may be'.repeat(100))
  const before = readFileSync(join(folder.path, 'chatter.db'))
  const fails = (...args: string[]) => assert.rejects(chatterCommand(folder.path, ...args), DatabaseProblem)
  await fails('restore', '--from', file, '--yes')
  await fails('restore', '--from', folder.file('nothing'), '--yes')
  await fails('backup', '--to', file)
  await fails('backup', '--to', folder.file('no/folder/there.db'))
  assert.deepEqual(readFileSync(join(folder.path, 'chatter.db')), before)
  assert.deepEqual(
    readdirSync(folder.path).filter((name) => /unfinished|replaced/.test(name)),
    [],
  )
})

test('status says what there is, and whether a server answers', async () => {
  await using folder = aChatterFolder()
  const server = await folder.serve()
  const { port } = new URL(server.url)
  const status = async (...args: string[]) =>
    JSON.parse(await chatterCommand(folder.path, 'status', '--json', ...args))
  const running = await status('--port', port)
  assert.deepEqual(
    [running['server.status'], running['server.database'], running.tenants],
    ['ok', 'up', 'none: default answers to every host'],
  )
  assert.ok(running.freeBytes > 0)
  server.kill('SIGTERM')
  await server.ended
  assert.match((await status('--port', port)).server, /^none answers at http/)
})
