/** Two tenants on one server, with the same user ids and the same-looking rooms: nothing of one reaches the other. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { type FrameName, frames } from '../../server/protocol/commands.ts'
import type { RoomAnswer } from '../../server/protocol/views.ts'
import { makeKey } from '../../server/rules/keys.ts'
import type { NewTenant } from '../../server/store/store.ts'
import { askHost, connectHost, type HostRequest } from '../support/at-host.ts'
import type { TestClient } from '../support/client.ts'
import { nameOf, signToken, startServer, type TestServer } from '../support/server.ts'

type Site = NewTenant & { readonly secret: string }

function aSite(id: string): Site {
  const secret = `the secret of ${id}, of thirty-two bytes`
  const hosts = [`${id}.test`, `${id}.example`]
  return { id, hosts, secrets: [secret], origins: [], settings: { 'features.joinLinks': true }, secret }
}

const home = aSite('home')
const away = aSite('away')
const hostOf = (site: Site) => `${site.id}.test`
const tokenOf = (site: Site, user: string, aud = hostOf(site)) =>
  signToken(user, { secret: site.secret, aud, name: nameOf(user) })

describe('two tenants on one server:', () => {
  let server: TestServer
  let room: RoomAnswer
  let messageId: string
  const link = { id: uuidv7(), code: 'the code of home' }

  before(async () => {
    server = await startServer({ tenants: [home, away] })
    const people = (names: string[]) => names.map((id) => ({ id, name: `${nameOf(id)} at home` }))
    room = await server.chatter.createRoom(people(['mina', 'sam']), { tenant: 'home' })
    messageId = uuidv7()
    const store = server.stores.forTenant('home')
    await store.append({ room: room.id, id: messageId, author: 'sam', text: 'said at home' })
    const { id: group } = await server.chatter.createRoom(people(['mina']), {
      tenant: 'home',
      name: 'Sky at home',
    })
    await store.createLink({ room: group, by: 'mina', ...link })
    // The same people, elsewhere: only their ids are the same.
    await server.chatter.createRoom([{ id: 'mina', name: 'Mina away' }, { id: 'kim' }], { tenant: 'away' })
  })
  after(() => server[Symbol.asyncDispose]())

  const ask = async (site: Site, user: string, path: string, how: HostRequest = {}) =>
    askHost(`${server.url}v1/${path}`, hostOf(site), { token: await tokenOf(site, user), ...how })
  const join = async (site: Site, user: string): Promise<TestClient> =>
    (await connectHost(server.url, hostOf(site))).hello(await tokenOf(site, user))
  /** Everything that must stay as it is. */
  const allOfHome = async () => {
    const store = server.stores.forTenant('home')
    const users = { ...(await store.findUsers(['mina', 'sam', 'kim'])) }
    return { users, room: await store.findRoom(room.id, 'mina'), page: await store.readPage(room.id, {}, 50) }
  }

  /** Every route of the API with ids of the tenant `home`, and the body it needs. */
  function routes(): { method: string; path: string; isOfRoom: boolean; body?: object }[] {
    const known = server.chatter.routes.map((route) => route.split(' '))
    // Of each of these a route takes what it knows.
    const text = 'from away'
    const names = { name: text, description: text, role: 'owner' }
    const body = { memberIds: ['sam'], text, ...names, ...link, seq: 1, on: true }
    const ofApi = known.filter(([, path = '']) => path.startsWith('/v1/'))
    return ofApi.map(([method = '', path = '']) => ({
      method,
      path: path
        .replace('/v1/', '')
        .replace(':roomId', room.id)
        .replace(':messageId', messageId)
        .replace(':userId', 'sam')
        .replace(':linkId', link.id)
        .replace(':code', encodeURIComponent(link.code))
        .replace(':emoji', encodeURIComponent('👍'))
        .concat(path.endsWith('/changes') ? '?since=0' : '')
        // The user of a member's path may stand in the query instead.
        .concat(path.endsWith('/members') && method !== 'GET' ? '?userId=sam' : ''),
      isOfRoom: path.includes(':'),
      ...(method !== 'GET' && method !== 'DELETE' && { body }),
    }))
  }

  it('every route answers ids of another tenant as if they did not exist', async () => {
    const all = routes()
    assert.ok(all.length >= 14, `found ${all.length} routes`)
    const before = await allOfHome()
    for (const { method, path, isOfRoom, body } of all) {
      const { status, text } = await ask(away, 'mina', path, { method, body })
      const shown = `${method} ${path}: ${status} ${text}`
      assert.doesNotMatch(text, /at home/, shown)
      // Changing a user is for the site alone, whoever it is.
      const isOfSite = method !== 'GET' && path.startsWith('users/sam')
      if (isOfRoom) assert.equal(status, isOfSite ? 403 : 404, shown)
      if (isOfRoom) assert.doesNotMatch(text, /sam/, shown)
    }
    assert.deepEqual(await allOfHome(), before)
  })

  it('a key of a tenant shows and changes nothing of another, on any route', async () => {
    const { id, text: token, hash } = makeKey()
    await server.stores.keys.add('away', { id, hash, name: '', scopes: ['admin'], createdAt: 0 })
    const before = await allOfHome()
    // A user of the same id would be its own.
    const others = routes().filter(({ method, path }) => method === 'GET' || !path.startsWith('users'))
    for (const { method, path, body } of others) {
      const { status, text } = await ask(away, '', path, { method, body, token })
      const shown = `${method} ${path}: ${status} ${text}`
      assert.doesNotMatch(text, /at home/, shown)
      if (path.startsWith(`rooms/${room.id}`)) assert.ok(status === 404 || status === 400, shown)
    }
    assert.deepEqual(await allOfHome(), before)
    const { status } = await ask(home, '', 'users', { token })
    assert.equal(status, 401)
  })

  it('somebody who exists elsewhere only is not found', async () => {
    const { status } = await ask(away, 'mina', 'rooms', { method: 'POST', body: { memberIds: ['sam'] } })
    assert.equal(status, 404)
    const found = await ask(away, 'mina', 'users?q=sam')
    assert.deepEqual(found.json, { users: [] })
  })

  it('no route takes the token of another tenant, whatever host it is for', async () => {
    for (const { method, path, body } of routes()) {
      // They take no token: they say to anybody whether a page would get a socket, what the API is, and whether there are guests.
      if (path === 'check' || path === 'openapi.json' || (path === 'guests' && method === 'GET')) continue
      for (const aud of [hostOf(home), hostOf(away)]) {
        const token = await tokenOf(home, 'mina', aud)
        const { status, json } = await ask(away, 'mina', path, { method, body, token })
        assert.deepEqual(
          [status, (json as { code: string }).code],
          [401, 'unauthorized'],
          `${method} ${path}`,
        )
      }
    }
  })

  it('no hello takes the token of another tenant', async () => {
    for (const aud of [hostOf(home), hostOf(away)]) {
      const socket = await connectHost(server.url, hostOf(away))
      socket.post({ t: 'hello', client: 'test/1', token: await tokenOf(home, 'mina', aud) })
      assert.equal((await socket.closed).code, 4500)
    }
  })

  it('every frame answers ids of another tenant as if they did not exist', async () => {
    const client = await join(away, 'mina')
    const token = await tokenOf(home, 'mina')
    const strange: { [N in FrameName]: [frame: object, answer: string] } = {
      hello: [{ client: 'test/1', token }, 'bad_request'],
      auth: [{ token }, 'unauthorized'],
      edit: [{ roomId: room.id, messageId, text: 'from away' }, 'not_found'],
      delete: [{ roomId: room.id, messageId }, 'not_found'],
      send: [{ roomId: room.id, messageId, text: 'said at home' }, 'not_found'],
      react: [{ roomId: room.id, messageId, emoji: '👍', on: true }, 'not_found'],
      pin: [{ roomId: room.id, messageId, on: true }, 'not_found'],
      read: [{ roomId: room.id, seq: 1 }, 'not_found'],
      arrange: [{ roomId: room.id, pinned: true }, 'not_found'],
      typing: [{ roomId: room.id }, 'not_found'],
      changes: [{ roomId: room.id, since: 0 }, 'not_found'],
      ping: [{}, 'ok'],
    }
    assert.deepEqual(Object.keys(strange).sort(), Object.keys(frames).sort())
    const before = await allOfHome()
    for (const [t, [frame, expected]] of Object.entries(strange)) {
      const answer = await client.socket.ask({ t, ...frame })
      assert.equal(answer.t === 'err' ? answer.code : answer.t, expected, t)
    }
    assert.deepEqual(await allOfHome(), before)
    assert.doesNotMatch(JSON.stringify(client.socket.frames), /at home/)
    await client.socket.close()
  })

  it('nothing that happens in one tenant is heard in the other', async () => {
    const [mina, sam] = [await join(home, 'mina'), await join(home, 'sam')]
    const [twin, stranger] = [await join(away, 'mina'), await join(away, 'kim')]
    const heard = () => [...twin.socket.frames, ...stranger.socket.frames].filter(({ t }) => t !== 'ok')
    // Of each other they hear all the same, a second or so after they came.
    for (const client of [twin, stranger]) await client.socket.event('presence')
    const before = heard().length

    const said = await sam.send(room.id, 'again')
    await mina.socket.event('message', (event) => event.message.id === said.id)
    await mina.ok({ t: 'read', roomId: room.id, seq: said.seq })
    await sam.socket.event('read')
    sam.socket.post({ t: 'typing', roomId: room.id })
    await mina.socket.event('typing')
    const body = { memberIds: ['sam'], name: 'New at home' }
    await ask(home, 'mina', 'rooms', { method: 'POST', body })
    const { room: group } = await mina.socket.event('room')
    await sam.ok({ t: 'edit', roomId: room.id, messageId: said.id, text: 'changed at home' })
    await sam.ok({ t: 'delete', roomId: room.id, messageId: said.id })
    await ask(home, 'mina', `rooms/${group.id}`, { method: 'PATCH', body: { name: 'Newer at home' } })
    await ask(home, 'mina', `rooms/${group.id}/members/sam`, { method: 'DELETE' })
    await sam.socket.event('gone')
    await ask(home, 'mina', `rooms/${group.id}/members/sam`, { method: 'PUT' })
    await sam.socket.event('mine', (event) => event.roomId === group.id && event.readSeq > 0)
    const renamed = await signToken('mina', { secret: home.secret, aud: hostOf(home), name: 'Mina renamed' })
    await ask(home, 'mina', 'me', { token: renamed })
    await sam.socket.event('user')

    for (const client of [twin, stranger]) await client.socket.settle()
    assert.equal(heard().length, before, JSON.stringify(heard().slice(before)))
    assert.doesNotMatch(JSON.stringify(heard()), /home|renamed/)
    for (const client of [mina, sam, twin, stranger]) await client.socket.close()
  })

  it('a user who is disconnected in one tenant stays connected in the other', async () => {
    const [mina, twin] = [await join(home, 'mina'), await join(away, 'mina')]
    await server.chatter.disconnect('mina', 'home')
    assert.equal((await mina.socket.closed).code, 4503)
    await twin.socket.settle()
    await twin.socket.close()
  })

  it('all hostnames of a tenant lead to it, with a token for any of them', async () => {
    for (const host of home.hosts) {
      for (const aud of home.hosts) {
        const token = await tokenOf(home, 'mina', aud)
        const { json } = await askHost(`${server.url}v1/me`, host, { token })
        assert.equal((json as { tenantId: string }).tenantId, 'home')
        await (await (await connectHost(server.url, host)).hello(token)).socket.close()
      }
    }
  })

  it('a token without an audience is for no tenant', async () => {
    const token = await signToken('mina', { secret: home.secret })
    const { status } = await askHost(`${server.url}v1/me`, hostOf(home), { token })
    assert.equal(status, 401)
  })

  it('what is no hostname is nobody’s', async () => {
    const token = await tokenOf(home, 'mina')
    const hosts = [
      'home.test/',
      'x@home.test',
      'home.test?',
      'home.test#x',
      'home.test:x',
      'home.test,away.test',
    ]
    for (const host of hosts) {
      const { status } = await askHost(`${server.url}v1/me`, host, { token })
      assert.ok(status === 404 || status === 400, `${host}: ${status}`)
      await assert.rejects(connectHost(server.url, host), /HTTP 40[04]/, host)
    }
  })
})
