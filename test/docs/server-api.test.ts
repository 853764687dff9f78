/** What docs/server-api.md shows, run as it stands there. */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import type { Page, RoomAnswer } from '../../server/protocol/views.ts'
import { type KeyScope, keyScopes, makeKey } from '../../server/rules/keys.ts'
import { jsonOf } from '../support/builders.ts'
import { read, textWith } from '../support/markdown.ts'
import { startServer, type TestServer } from '../support/server.ts'

const page = 'docs/server-api.md'
const hasPython = spawnSync('python3', ['--version']).status === 0

/** The environment of a backend that has a key. */
async function aBackend(server: TestServer, scopes: readonly KeyScope[]) {
  const { id, text, hash } = makeKey()
  await server.stores.keys.add('default', { id, hash, name: '', scopes, createdAt: 0 })
  const { PATH = '' } = process.env
  return { env: { PATH, CHATTER_KEY: text, CHATTER_URL: server.url.replace(/\/$/, '') } }
}

test('the example in Python opens a room for two users who never signed in', {
  skip: !hasPython && 'there is no python3',
}, async () => {
  await using server = await startServer()
  const backend = await aBackend(server, ['users', 'rooms'])
  const code = textWith(page, 'python', 'urlopen')
  const { stdout } = await promisify(execFile)('python3', ['-c', code], backend)
  const room = await jsonOf<RoomAnswer>(server.fetch('sam', `rooms/${stdout.trim()}`))
  assert.deepEqual(
    [room.kind, room.users.mina?.name, room.users.sam?.name],
    ['direct', 'Mina Okafor', 'Sam Lee'],
  )
})

test('the example in Python says something as the site', {
  skip: !hasPython && 'there is no python3',
}, async () => {
  await using server = await startServer()
  const backend = await aBackend(server, ['users', 'rooms', 'messages'])
  const code = `${textWith(page, 'python', 'urlopen')}\n${textWith(page, 'python', 'uuid4')}`
  const { stdout } = await promisify(execFile)('python3', ['-c', code], backend)
  const { messages } = await jsonOf<Page>(server.fetch('sam', `rooms/${stdout.trim()}/messages`))
  assert.deepEqual([messages[0]?.site?.title, messages[0]?.site?.data?.order], ['Order 1207', 1207])
})

test('the example in TypeScript makes a group, adds to it and speaks in it', async () => {
  await using server = await startServer()
  for (const user of ['mina', 'sam']) await server.fetch(user, 'me')
  const code = textWith(page, 'ts', 'club')
  const args = ['--input-type=module-typescript', '--eval', code]
  const { stdout } = await promisify(execFile)(
    process.execPath,
    args,
    await aBackend(server, ['rooms', 'messages']),
  )
  const { messages } = await jsonOf<Page>(server.fetch('lee', `rooms/${stdout.trim()}/messages`))
  assert.deepEqual(
    messages.map(({ authorId, text }) => [authorId, text]),
    [
      ['lee', 'Lee joined'],
      ['mina', 'Hello everybody'],
    ],
  )
})

test('the example in Python lists every user, however many pages they are', {
  skip: !hasPython && 'there is no python3',
}, async () => {
  await using server = await startServer()
  const ids = Array.from({ length: 101 }, (_, at) => `user${at}`)
  for (const id of ids) await server.fetch(id, 'me')
  const code = [textWith(page, 'python', 'def chatter'), textWith(page, 'python', 'def pages')]
  const [first = '', second] = code
  const [ask = ''] = first.split('\n\n\nchatter(')
  const backend = await aBackend(server, ['read'])
  const { stdout } = await promisify(execFile)('python3', ['-c', `${ask}\n\n${second}`], backend)
  assert.deepEqual(stdout.trim().split('\n').toSorted(), ids.map((id) => `${id} ${id}`).toSorted())
})

test('the example of a client with types opens a room and speaks in it', async () => {
  await using server = await startServer()
  await server.fetch('mina', 'me')
  const code = textWith(page, 'ts', 'openapi-fetch')
  const args = ['--input-type=module-typescript', '--eval', code]
  const backend = await aBackend(server, ['rooms', 'messages'])
  const { stdout } = await promisify(execFile)(process.execPath, args, backend)
  const [room, seq] = stdout.trim().split(' ')
  const { messages } = await jsonOf<Page>(server.fetch('sam', `rooms/${room}/messages`))
  assert.deepEqual(
    messages.map((message) => [message.authorId, message.text, message.seq]),
    [['mina', 'Clear until four', Number(seq)]],
  )
})

test('its table of scopes is the one of the code', () => {
  const rows = Object.entries(keyScopes).map(([scope, what]) => `| \`${scope}\` | ${what} |`)
  assert.ok(read(page).includes(rows.join('\n')))
})
