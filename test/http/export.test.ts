/** A site's own server asks what is kept of one of its users: line by line, whole or recognisably not. */
import assert from 'node:assert/strict'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createAdaptorServer } from '@hono/node-server'
import { uuidv7 } from 'uuidv7'
import type { Stores } from '../../server/store/store.ts'
import type { UserExportLine } from '../../server/store/user-export.ts'
import { until } from '../contract/fanout.ts'
import { aFolder, type Folder } from '../support/a-folder.ts'
import { assertProblem } from '../support/builders.ts'
import { aKey, asker } from '../support/keys.ts'
import { startServer, type TestServer } from '../support/server.ts'

async function aSite(stores?: Stores) {
  const server = await startServer(stores ? { stores } : {})
  const { id } = await server.chatter.createRoom([{ id: 'mina', name: 'Mina' }, { id: 'sam' }])
  const [mina, sam] = [await server.join('mina'), await server.join('sam')]
  const say = (user: typeof mina, text: string) =>
    user.ok({ t: 'send', roomId: id, messageId: uuidv7(), text })
  return { server, id, mina, sam, say, key: await aKey(server, ['read']) }
}

const linesIn = (text: string): UserExportLine[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

/** By the handler alone: nothing takes of an answer but the test. */
const askHandler = (server: TestServer, key: string, method = 'GET') => {
  const { host } = new URL(server.url)
  const headers = { host, authorization: `Bearer ${key}` }
  return server.chatter.fetch(new Request(`${server.url}v1/export?userId=mina`, { method, headers }))
}

test('a key exports a user: what is kept of them and what they wrote, and nothing that others wrote', async () => {
  const { server, id, mina, sam, say, key } = await aSite()
  await using _ = server
  await say(mina, 'from mina')
  await say(sam, 'from sam')
  const answer = await asker(server, key)('export?userId=mina')
  assert.equal(answer.headers.get('content-type'), 'application/x-ndjson')
  const text = await answer.text()
  assert.doesNotMatch(text, /from sam/)
  const lines = linesIn(text)
  assert.deepEqual(
    lines.map(({ type }) => type),
    ['export', 'user', 'membership', 'message', 'end'],
  )
  const [, user, membership, message, end] = lines
  assert.ok(user?.type === 'user' && membership?.type === 'membership' && message?.type === 'message')
  assert.deepEqual([user.id, user.name, membership.roomId, message.text], ['mina', 'Mina', id, 'from mina'])
  assert.deepEqual(end, { type: 'end', lines: 4 })
})

test('what a user wrote as a guest, before they signed in, is exported with what they wrote since', async () => {
  await using server = await startServer({ settings: { guests: true, guestContacts: 'sam' } })
  const post = (path: string, token: string | undefined, body: object, method = 'POST') =>
    fetch(`${server.url}v1/${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
    })
  const come = async () => (await post('guests', undefined, { name: 'Zoe' })).json()
  const write = ({ token, roomId }: { token: string; roomId: string }, text: string) =>
    post(`rooms/${roomId}/messages/${uuidv7()}`, token, { text }, 'PUT')
  const [guest, other] = [await come(), await come()]
  for (const one of [guest, other]) assert.equal((await write(one, `from ${one.user.id}`)).status, 201)
  const mina = await server.token('mina')
  assert.equal((await post('me/guest', mina, { guestToken: guest.token })).status, 200)
  assert.equal((await write({ ...guest, token: mina }, 'from mina')).status, 201)
  const text = await (await asker(server, await aKey(server, ['read']))('export?userId=mina')).text()
  const texts = linesIn(text).flatMap((line) => (line.type === 'message' ? [line.text] : []))
  assert.deepEqual(texts, [`from ${guest.user.id}`, 'from mina'])
})

test('an export of nobody, or of whom is not said, is a problem', async () => {
  const { server, key } = await aSite()
  await using _ = server
  const ask = asker(server, key)
  await assertProblem(await ask('export?userId=nobody'), 404, 'not_found')
  await assertProblem(await ask('export'), 400, 'bad_request')
  await assertProblem(await ask('export?userId=mina', { user: 'mina' }), 403, 'forbidden')
  await assertProblem(await server.fetch('mina', 'export?userId=mina'), 403, 'forbidden')
})

test('a site has one export at a time, and the next one when it is taken or given up', async () => {
  const { server, key } = await aSite()
  await using _ = server
  const first = await askHandler(server, key)
  await assertProblem(await askHandler(server, key), 429, 'rate_limited')
  await first.body?.cancel()
  const second = await askHandler(server, key)
  assert.equal(linesIn(await second.text()).at(-1)?.type, 'end')
  assert.equal((await askHandler(server, key, 'HEAD')).status, 200)
  assert.equal((await askHandler(server, key)).status, 200)
})

/** A site of many rooms in which mina wrote nothing: it takes ten seconds to find that out of each. */
async function aQuietUser(folder: Folder) {
  let passedMs = 0
  const counts = { read: 0 }
  const now = () => Date.now() + passedMs
  const stores = folder.open({ now })
  const forTenant = (tenant: string) => {
    const store = stores.forTenant(tenant)
    const readPage: typeof store.readPage = (...asked) => {
      counts.read += 1
      passedMs += 10_000
      return store.readPage(...asked)
    }
    return { ...store, readPage }
  }
  const server = await startServer({ now, stores: { ...stores, forTenant } })
  for (const other of ['sam', 'zoe', 'kim', 'ada']) await server.chatter.createRoom([{ id: other }])
  await server.chatter.createRoom([{ id: 'mina', name: 'Mina' }])
  return { server, counts, key: await aKey(server, ['read']) }
}

test('an export that finds nothing for long gives signs of life, and each line stays one of JSON', async () => {
  using folder = aFolder()
  const { server, counts, key } = await aQuietUser(folder)
  await using _ = server
  const { body } = await askHandler(server, key)
  assert.ok(body)
  let text = ''
  for await (const bytes of body) {
    if (text === '') assert.equal(counts.read, 1)
    text += Buffer.from(bytes)
  }
  assert.match(text, /\n {2,}\{/)
  assert.deepEqual(
    linesIn(text).map(({ type }) => type),
    ['export', 'user', 'membership', 'end'],
  )
})

test('an export that is given up looks no further, though it has found nothing', async () => {
  using folder = aFolder()
  const { server, counts, key } = await aQuietUser(folder)
  await using _ = server
  const given = (await askHandler(server, key)).body?.getReader()
  await given?.read()
  await given?.cancel()
  assert.equal(counts.read, 1)
  assert.equal((await askHandler(server, key)).status, 200)
})

test('an export of whom is erased on its way has no end', async () => {
  using folder = aFolder()
  const stores = folder.open()
  let erase = async () => {}
  const forTenant = (tenant: string) => {
    const store = stores.forTenant(tenant)
    const readPage: typeof store.readPage = async (...asked) => {
      if ('after' in asked[1] && asked[1].after) await erase()
      return store.readPage(...asked)
    }
    return { ...store, readPage }
  }
  const { server, mina, say, key } = await aSite({ ...stores, forTenant })
  await using _ = server
  for (let n = 0; n < 250; n++) await say(mina, 'x'.repeat(300))
  const answer = await askHandler(server, key)
  erase = async () => {
    await server.chatter.eraseUser('mina')
    await until(async () => !(await stores.forTenant('default').findUser('mina')), 'mina is gone')
  }
  await assert.rejects(answer.text())
})

test('an export that fails on its way breaks off, and the next one is made', async () => {
  using folder = aFolder()
  const stores = folder.open()
  let isFailing = false
  const forTenant = (tenant: string) => {
    const store = stores.forTenant(tenant)
    const readPage: typeof store.readPage = (...asked) => {
      if (isFailing && 'after' in asked[1] && asked[1].after) throw new Error('the disk is gone')
      return store.readPage(...asked)
    }
    return { ...store, readPage }
  }
  const { server, mina, say, key } = await aSite({ ...stores, forTenant })
  await using _ = server
  for (let n = 0; n < 250; n++) await say(mina, 'x'.repeat(300))
  const http = createAdaptorServer({ fetch: server.chatter.fetch }) as Server
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1/export?userId=mina`
  const ask = () => fetch(url, { headers: { authorization: `Bearer ${key}` } })
  isFailing = true
  await assert.rejects(async () => (await ask()).text())
  isFailing = false
  assert.equal(linesIn(await (await ask()).text()).length, 254)
  await new Promise((resolve) => http.close(resolve))
})
