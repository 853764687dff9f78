import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Pending, Room, RoomListState, State, Tokens } from '../../widget/headless.ts'
import * as face from '../../widget/headless.ts'
import { read, root } from '../support/markdown.ts'
import { aToken, FakeStorage } from './a-chat.ts'
import { FakeServer } from './fake-server.ts'
import { optionsOf, TextChat } from './text-chat.ts'

/** What keeps the state true and is nobody else's: each must be there in the sources, and in no built type. */
const internals: {
  state: (keyof State)[]
  room: (keyof Room)[]
  list: (keyof RoomListState)[]
  pending: (keyof Pending)[]
  tokens: (keyof Tokens)[]
} = {
  state: ['epoch', 'elsewhere', 'early'],
  room: ['viewer', 'rev', 'head', 'known', 'counted', 'ahead', 'log', 'loads'],
  list: ['cursor'],
  pending: ['after', 'basis'],
  tokens: ['replace'],
}

/** What is left of the two largest: a field that is new there is public only once it stands here. */
const shown = {
  State: `session connection me features limits users online busy lastSeen presence rooms list active unopened outbox drafts typing`,
  Room: `id kind name description pictureUrl post slowMode history memberCount members lastMessage lastAt me`,
}

const consumer = `
import type { Pending, Room, RoomListState, State, Tokens } from './widget/headless.js'
declare const state: State, room: Room, list: RoomListState, pending: Pending, tokens: Tokens
${Object.entries(internals)
  .flatMap(([name, keys]) => keys.map((key) => `// @ts-expect-error\nvoid ${name}.${key}`))
  .join('\n')}
${Object.entries(shown)
  .map(([type, keys]) => `void ({ ${keys.replaceAll(' ', ': 1, ')}: 1 } satisfies Record<keyof ${type}, 1>)`)
  .join('\n')}
`

function tsc(...args: string[]): string {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), ...args],
    {
      cwd: root,
      encoding: 'utf8',
    },
  )
  return stdout + stderr
}

test('the built types of chatter-widget/chat show what its users need and nothing internal', () => {
  const folder = mkdtempSync(join(tmpdir(), 'chatter-types-'))
  try {
    assert.equal(tsc('-p', 'widget', '--noCheck', '--emitDeclarationOnly', '--declarationDir', folder), '')
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    const view = read('test/widget/text-chat.ts').replace(
      "'../../widget/headless.ts'",
      "'./widget/headless.js'",
    )
    writeFileSync(join(folder, 'view.ts'), view)
    writeFileSync(join(folder, 'consumer.ts'), consumer)
    const options = {
      target: 'es2024',
      module: 'nodenext',
      lib: ['es2024', 'dom', 'dom.iterable'],
      types: [],
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noEmit: true,
    }
    const files = ['view.ts', 'consumer.ts', 'widget/index.d.ts']
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files }))
    assert.equal(tsc('-p', folder), '')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('chatter-widget/chat exports the client, its selectors and its problems', () => {
  assert.deepEqual(Object.keys(face).sort(), [
    'Chat',
    'Problem',
    'pinned',
    'roomList',
    'timeline',
    'typing',
    'unread',
  ])
})

test('an interface of one’s own shows rooms, messages and who types, from chatter-widget/chat alone', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  server.open(['ana', 'sam', 'mina'], { name: 'Trip' })
  server.say(room, 'sam', 'Hello')
  const { clock, fetch, WebSocket } = server
  const own = new TextChat({ server: server.url, auth: { token: aToken('ana') }, clock, fetch, WebSocket })
  own.chat.connect()
  await clock.run(100)
  void own.chat.openRoom(room)
  await clock.run(100)
  own.chat.markRead(room, 1)
  own.say(room, 'Hi Sam')
  server.type(room, 'sam')
  await clock.run(100)
  const [status, ...lines] = own.lines()
  assert.equal(status, '0 unread')
  assert.deepEqual(lines, [
    '@Sam (0) Ana: Hi Sam',
    '#Trip (0)',
    '— 2026-11-22',
    'Sam: Hello',
    'Ana: Hi Sam',
    'Sam …',
    '> ',
    'read 1, 0 waiting, typing true',
  ])
  server.say(room, 'sam', 'Bye')
  await clock.run(100)
  assert.deepEqual(own.heard, ['connection-change connecting', 'connection-change open', 'message from sam'])
  const members = own.members(room)
  await clock.run(100)
  assert.deepEqual(await members, ['Ana (owner)', 'Sam (member)'])
  own.chat.close()
})

test('the least connection there can be signs in, and what it cannot answer stands in the state', async () => {
  const { clock, url } = new FakeServer()
  const token = () => aToken('ana')
  const own = new TextChat(optionsOf(url, { clock, storage: new FakeStorage(), token }))
  own.chat.connect()
  await clock.run(100)
  own.say('r', 'Hi')
  await clock.run(100)
  assert.equal(own.say('r', 'far too long'), 'at most 9 characters')
  assert.deepEqual(own.lines(), ['0 unread', '=notes (0) Ana: Hi'])
  assert.deepEqual(
    own.chat.state.outbox.map(({ status, fault }) => [status, fault?.code]),
    [['failed', 'unsupported']],
  )
  own.chat.close()
  assert.deepEqual(own.lines()[0], 'off')
})

test('the selectors in the docs are those that are exported', () => {
  const table = read('docs/reference.md').match(/^\| selector[\s\S]*?\n\n/m)?.[0] ?? ''
  const documented = [...table.matchAll(/^\| `(\w+)\(/gm)].map(([, name]) => name)
  const exported = Object.keys(face).filter((name) => /^[a-z]/.test(name))
  assert.deepEqual(documented.sort(), exported.sort())
})
