import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { askHost } from '../support/at-host.ts'
import { textWith } from '../support/markdown.ts'
import { secret, startServer } from '../support/server.ts'
import { runSnippet } from './run-snippet.ts'

const page = 'docs/embedding.md'

test('a server of several sites takes the token that the endpoint in README.md answers, and a stranger gets none', async () => {
  const [status, token, strange] = await runSnippet<[number, string, number]>(
    textWith('README.md', 'js', 'chatterToken'),
    `const answer = await chatterToken({ id: 7, name: 'Mina Okafor' })
     const nobody = await chatterToken(undefined)
     console.log(JSON.stringify([answer.status, await answer.text(), nobody.status]))`,
  )
  assert.deepEqual([status, strange], [200, 401])
  const one = { id: 'one', hosts: ['chat.example.com'], secrets: [secret], origins: [] }
  await using server = await startServer({ tenants: [one, { ...one, id: 'two', hosts: ['other.test'] }] })
  const { json } = await askHost(`${server.url}v1/me`, 'chat.example.com', { token })
  assert.deepEqual((json as { user: object }).user, { id: '7', name: 'Mina Okafor' })
})

test('an app mounts Chatter, signs in by its own session, and makes rooms', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chatter-docs-'))
  const yours = `const app = (request, response) => response.end('the app')
    const userOfSession = async (cookie) => cookie === 'session=1' && { id: 'mina', name: 'Mina' }`
  const snippet = textWith(page, 'js', 'authenticate')
    .replace(/^import .* from '.\/your-app.js'$/m, yours)
    .replace("'./data'", JSON.stringify(folder))
    .replace('3000', "0, '127.0.0.1'")
  const rooms = textWith(page, 'js', 'createRoom').replace(/^console\.log.*$/m, '')
  const groups = ['updateRoom', 'setMember'].map((words) => textWith(page, 'js', words)).join('\n')
  const more = `${rooms}
${groups}
    const { port } = server.address()
    const ask = async (path, cookie) => (await fetch('http://127.0.0.1:' + port + path, { headers: { cookie } })).text()
    const said = [await ask('/'), await ask('/chat/v1/me', 'session=1'), await ask('/chat/v1/me', '')]
    console.log(JSON.stringify([...said, room.kind, trip.name, (await chatter.updateRoom({ id: club.id })).members.map(({ userId, role }) => userId + ' ' + role).sort().join()]))
    process.exit()`
  try {
    const [app, me, nobody, kind, name, members] = await runSnippet<string[]>(snippet, more)
    assert.equal(app, 'the app')
    assert.equal(JSON.parse(me ?? '').user.name, 'Mina')
    assert.equal(JSON.parse(nobody ?? '').code, 'unauthorized')
    assert.deepEqual([kind, name], ['direct', 'Trip to the coast'])
    assert.equal(members, 'lee owner,mina owner')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('the client without the widget answers a ping', async () => {
  await using server = await startServer()
  const [bot, mina] = [await server.token('bot', { name: 'Bot' }), await server.token('mina')]
  const { room } = await server.chatter
    .createRoom([{ id: 'mina' }, { id: 'bot' }])
    .then(({ id }) => ({ room: id }))
  const snippet = textWith(page, 'js', 'new Chat(')
    .replace(/^import .* from '.\/your-app.js'$/m, `const newToken = () => ${JSON.stringify(bot)}`)
    .replace('https://chat.example.com', server.url)
  const more = `const mina = new Chat({ server: ${JSON.stringify(server.url)}, auth: { token: ${JSON.stringify(mina)} } })
    mina.on('message', ({ message }) => {
      console.log(JSON.stringify([message.authorId, message.text]))
      process.exit()
    })
    chat.on('ready', () => mina.connect())
    mina.on('ready', () => mina.send('${room}', 'ping'))`
  assert.deepEqual(await runSnippet(snippet, more), ['bot', 'pong'])
})

test('importing the widget where there is no browser does nothing and fails nothing', async () => {
  const print = `import * as widget from './widget/index.ts'
    console.log(JSON.stringify([Object.keys(widget), typeof document]))`
  assert.deepEqual(await runSnippet('', print), [['ChatterWidget'], 'undefined'])
})
