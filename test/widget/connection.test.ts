import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServerFrame } from '../../server/protocol/events.ts'
import { Problem } from '../../server/protocol/problems.ts'
import { Api } from '../../widget/net/api.ts'
import { Timers } from '../../widget/net/timers.ts'
import type { Tokens } from '../../widget/net/token.ts'
import {
  aChat,
  anOpenChat,
  aProvider,
  aToken,
  aWhile,
  FakeStorage,
  heard,
  messagesIn,
  texts,
} from './a-chat.ts'
import { FakeClock } from './fake-clock.ts'
import { FakeServer } from './fake-server.ts'

const hellos = (server: FakeServer) => server.heard.filter(({ t }) => t === 'hello').length
const inSeconds = (server: FakeServer, seconds: number) => Math.floor(server.clock.now() / 1000) + seconds

test('hello is the first frame, with the token and, when it comes back, the epoch', async () => {
  const server = new FakeServer()
  const chat = aChat(server)
  chat.connect()
  await server.clock.run(100)
  server.cut()
  await server.clock.run(aWhile)
  const [first, second] = server.heard
  assert.deepEqual(first, { t: 'hello', client: 'chatter-widget', token: aToken('ana'), id: '1' })
  assert.equal(second?.t === 'hello' && second.epoch, 'e1')
})

test('the waits between attempts double from a second to half a minute, with jitter (rule D42)', async () => {
  const server = new FakeServer()
  server.isDown = true
  const chat = aChat(server, { random: () => 1 })
  const tried: number[] = []
  chat.on('connection-change', ({ status }) => {
    if (status === 'connecting') tried.push(server.clock.now())
  })
  chat.connect()
  await server.clock.run(300_000)
  const waits = tried.slice(1).map((at, turn) => Math.round((at - (tried[turn] ?? 0)) / 1_000))
  assert.deepEqual(waits.slice(0, 8), [1, 2, 4, 8, 16, 30, 30, 30])
})

test('waking up connects at once, and checks that an open connection is alive', async () => {
  const server = new FakeServer()
  server.isDown = true
  const chat = aChat(server)
  chat.connect()
  await server.clock.run(60_000)
  server.isDown = false
  chat.wake()
  await server.clock.run(100)
  assert.equal(chat.state.connection.status, 'open')
  await server.clock.run(15_000)
  server.freeze()
  chat.wake()
  await server.clock.run(7_000)
  assert.equal(chat.state.connection.status, 'open')
  assert.equal(hellos(server), 2)
})

test('a connection that fell silent is checked and replaced, without being woken', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room)
  server.freeze()
  server.say(room, 'sam', 'into the void')
  await server.clock.run(aWhile)
  assert.deepEqual(texts(chat, room), ['into the void'])
})

test('bye says when to come back', async () => {
  const server = new FakeServer()
  const chat = aChat(server)
  chat.connect()
  await server.clock.run(100)
  server.bye(4001, 7)
  await server.clock.run(6_900)
  assert.equal(chat.state.connection.status, 'waiting')
  await server.clock.run(500)
  assert.equal(chat.state.connection.status, 'open')
})

/** What a server must not send, and what its client waits before it comes back, in milliseconds. */
const waits: readonly [retryAfter: unknown, ms: number][] = [
  [0, 1_000],
  [-5, 1_000],
  [Number.NaN, 1_000],
  ['soon', 1_000],
  [undefined, 1_000],
  [2.5, 2_500],
  [30 * 24 * 3_600, 300_000],
  [Number.MAX_VALUE, 300_000],
]

test('whatever bye asks for, a client comes back after a second to five minutes', async () => {
  for (const [retryAfter, ms] of waits) {
    const server = new FakeServer()
    const chat = aChat(server)
    chat.connect()
    await server.clock.run(100)
    server.bye(4001, retryAfter as number)
    await server.clock.run(ms - 10)
    assert.equal(chat.state.connection.status, 'waiting', String(retryAfter))
    await server.clock.run(200)
    assert.equal(chat.state.connection.status, 'open', String(retryAfter))
    chat.close()
  }
})

test('whatever a refused hello asks for, a client tries again after a second to five minutes', async () => {
  for (const [retryAfter, ms] of waits.filter(([asked]) => asked !== undefined)) {
    const server = new FakeServer()
    const chat = aChat(server)
    server.refuse = () => new Problem('overloaded', 'try again', { retryAfter: retryAfter as number })
    chat.connect()
    await server.clock.run(ms)
    assert.equal(hellos(server), 1, String(retryAfter))
    await server.clock.run(200)
    assert.equal(hellos(server), 2, String(retryAfter))
    chat.close()
  }
})

test('whatever Retry-After says, a Problem asks for a second to five minutes', async () => {
  const timers = new Timers(new FakeClock())
  const tokens = () => ({ current: async () => undefined }) as unknown as Tokens
  for (const [asked, seconds] of [
    ['0', 1],
    ['-3', 1],
    ['', 1],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 1],
    ['7', 7],
    ['2592000', 300],
    [undefined, undefined],
  ] as const) {
    const headers = asked === undefined ? {} : { 'retry-after': asked }
    const fetch = async () => new Response('{}', { status: 503, headers })
    const api = new Api({ server: 'http://chat.test/', fetch, timers, tokens })
    await assert.rejects(api.rooms(), { code: 'overloaded', retryAfter: seconds })
  }
})

test('frames that this version does not know are ignored, whatever their name', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  server.say(room, 'sam', 'one')
  const chat = await anOpenChat(server, room)
  const before = chat.state
  for (const t of ['__proto__', 'toString', 'constructor', 'cleared', 'signed-out', 'restored', 'pin', 7])
    server.send('ana', { t, roomId: room } as unknown as ServerFrame)
  await server.clock.run(100)
  assert.equal(chat.state, before)
})

test('a problem of a later version is what its frame says: to be tried again, or not', async () => {
  const server = new FakeServer()
  const chat = aChat(server)
  for (const [temporary, status] of [
    [true, 'waiting'],
    [false, 'failed'],
  ] as const) {
    const given = { code: { value: 'toString' }, temporary: { value: temporary } }
    server.refuse = () => Object.defineProperties(new Problem('internal', 'of tomorrow'), given)
    chat.connect()
    await server.clock.run(100)
    assert.equal(chat.state.connection.status, status)
    chat.close()
  }
})

test('an outage counts from when it began, however often it tries', async () => {
  const server = new FakeServer()
  const chat = aChat(server)
  chat.connect()
  await server.clock.run(100)
  server.isDown = true
  const began = server.clock.now()
  server.cut()
  await server.clock.run(60_000)
  assert.equal(chat.state.connection.since, began)
})

test('a close that says "do not come back" is obeyed, with one error event', async () => {
  const server = new FakeServer()
  const chat = aChat(server)
  const errors = heard(chat, 'error')
  chat.connect()
  await server.clock.run(100)
  server.cut(4510)
  await server.clock.run(aWhile)
  assert.equal(chat.state.connection.status, 'failed')
  assert.equal(errors.length, 1)
  assert.equal(hellos(server), 1)
  chat.connect()
  await server.clock.run(100)
  assert.equal(chat.state.connection.status, 'open')
})

test('a hello that came too late for the server is sent again', async () => {
  const server = new FakeServer()
  const chat = aChat(server)
  server.toServer = () => 'drop'
  chat.connect()
  await server.clock.run(100)
  server.bye(4502, 0)
  server.toServer = () => 'pass'
  await server.clock.run(aWhile)
  assert.equal(chat.state.connection.status, 'open')
})

test('the host that ends a session signs the user out', async () => {
  const server = new FakeServer()
  const chat = aChat(server)
  const refused = heard(chat, 'auth-error')
  chat.connect()
  await server.clock.run(100)
  server.cut(4503)
  await server.clock.run(aWhile)
  assert.equal(chat.state.session.status, 'signed-out')
  assert.deepEqual(
    refused.map(({ fault }) => fault.code),
    ['forbidden'],
  )
})

// ── Tokens ───────────────────────────────────────────────────────────────────────────────────────────────────────

test('a token is renewed before it expires, without reconnecting', async () => {
  const server = new FakeServer()
  const { asked, auth } = aProvider(() => aToken('ana', { exp: inSeconds(server, 3_600) }))
  const chat = aChat(server, { auth })
  chat.connect()
  await server.clock.run(3_600_000 * 3)
  assert.deepEqual(asked, ['initial', 'expiring', 'expiring', 'expiring'])
  assert.equal(hellos(server), 1)
  assert.equal(server.heard.filter(({ t }) => t === 'auth').length, 3)
  chat.close()
})

test('a token without an end is not renewed', async () => {
  const server = new FakeServer()
  const { asked, auth } = aProvider(() => aToken('ana'))
  aChat(server, { auth }).connect()
  await server.clock.run(86_400_000)
  assert.deepEqual(asked, ['initial'])
})

test('a device whose clock is wrong neither asks in a loop nor too late', async () => {
  const server = new FakeServer()
  const hour = 3_600
  const past = (now: number) => aToken('ana', { iat: now - 5 * hour, exp: now - 4 * hour })
  const { asked, auth } = aProvider(() => past(inSeconds(server, 0)))
  server.signIn = () => 'ana'
  aChat(server, { auth }).connect()
  await server.clock.run(hour * 1_000)
  assert.deepEqual(asked, ['initial', 'expiring'])
})

test('an expired token is replaced once, silently (rule D44)', async () => {
  const server = new FakeServer()
  const { asked, auth } = aProvider((_, turn) =>
    aToken('ana', { exp: inSeconds(server, turn === 1 ? -1 : 3_600) }),
  )
  const chat = aChat(server, { auth })
  const refused = heard(chat, 'auth-error')
  chat.connect()
  await server.clock.run(200)
  assert.equal(chat.state.connection.status, 'open')
  assert.deepEqual(asked, ['initial', 'rejected'])
  assert.deepEqual(refused, [])
})

test('a token that expires while connected (4005) is replaced once, silently', async () => {
  const server = new FakeServer()
  const { asked, auth } = aProvider(() => aToken('ana'))
  const chat = aChat(server, { auth })
  chat.connect()
  await server.clock.run(100)
  server.cut(4005)
  await server.clock.run(200)
  assert.equal(chat.state.connection.status, 'open')
  assert.deepEqual(asked, ['initial', 'expiring'])
})

test('a token that is refused twice ends the attempts with one auth-error, never in a loop (rule D44)', async () => {
  const server = new FakeServer()
  const { asked, auth } = aProvider(() => aToken('ana'))
  server.signIn = () => {
    throw new Problem('unauthorized', 'who are you?')
  }
  const chat = aChat(server, { auth })
  const refused = heard(chat, 'auth-error')
  chat.connect()
  await server.clock.run(aWhile)
  assert.deepEqual(asked, ['initial', 'rejected'])
  assert.equal(hellos(server), 2)
  // The host never said that nobody is signed in.
  assert.deepEqual(chat.state.session, { status: 'unknown' })
  assert.equal(chat.state.connection.status, 'failed')
  const fault = { code: 'unauthorized', detail: 'who are you?' }
  assert.deepEqual(chat.state.connection.fault, fault)
  assert.deepEqual(refused, [{ fault }])
})

test('a server that takes a token and then closes is not flooded with attempts', async () => {
  const server = new FakeServer()
  const { asked, auth } = aProvider(() => aToken('ana'))
  server.toClient = (frame) => {
    if (frame.t === 'ready') server.clock.after(6, () => server.cut(4005))
    return 'pass'
  }
  aChat(server, { auth }).connect()
  await server.clock.run(60_000)
  assert.ok(hellos(server) < 10, `${hellos(server)} attempts in a minute`)
  assert.ok(asked.length < 10)
})

test('a fixed token that is refused is not tried again', async () => {
  const server = new FakeServer()
  const chat = aChat(server, { auth: { token: aToken('ana', { exp: inSeconds(server, -1) }) } })
  const refused = heard(chat, 'auth-error')
  chat.connect()
  await server.clock.run(aWhile)
  assert.equal(chat.state.connection.status, 'failed')
  assert.deepEqual(refused, [{ fault: { code: 'token_expired', detail: 'expired' } }])
  assert.equal(hellos(server), 1)
})

test('without a token nobody is signed in, or, where only tokens sign in, something is set up wrong', async () => {
  for (const [detail, session, status] of [
    ['nobody is signed in', 'signed-out', 'idle'],
    ['expected a token', 'unknown', 'failed'],
  ] as const) {
    const server = new FakeServer()
    server.signIn = () => {
      throw new Problem('unauthorized', detail)
    }
    const chat = aChat(server, { auth: {} })
    const refused = heard(chat, 'auth-error')
    chat.connect()
    await server.clock.run(aWhile)
    assert.deepEqual([chat.state.session.status, chat.state.connection.status], [session, status])
    assert.deepEqual(refused, [{ fault: { code: 'unauthorized', detail } }])
    assert.equal(hellos(server), 1)
  }
})

test('an empty token says that nobody is signed in', async () => {
  const server = new FakeServer()
  const chat = aChat(server, { auth: { token: '' } })
  chat.connect()
  await server.clock.run(aWhile)
  assert.equal(chat.state.session.status, 'signed-out')
  assert.equal(hellos(server), 0)
})

test('a newer token that the server does not take ends nothing while the old one lives', async () => {
  const server = new FakeServer()
  const { asked, auth } = aProvider(() => aToken('ana', { exp: inSeconds(server, 600) }))
  const chat = aChat(server, { auth })
  chat.connect()
  await server.clock.run(100)
  server.refuse = (frame) => (frame.t === 'auth' ? new Problem('unauthorized', 'another secret') : undefined)
  await server.clock.run(500_000)
  assert.equal(chat.state.connection.status, 'open')
  assert.ok(asked.length > 2)
  server.refuse = () => undefined
  await server.clock.run(20_000)
  assert.equal(hellos(server), 1)
  assert.equal(chat.state.session.status, 'signed-in')
  chat.close()
})

test('while it waits it says why: no token, no server, or what the server said; and it says so until it is open', async () => {
  const server = new FakeServer()
  let isTokenless = true
  const provider = () => {
    if (isTokenless) throw new Error('no token: 503')
    return aToken('ana')
  }
  const chat = aChat(server, { auth: { provider } })
  const errors = heard(chat, 'error')
  const faults = new Set<string>()
  chat.subscribe(({ connection: { status, fault } }) => {
    if (status === 'waiting') faults.add(`${fault?.code} ${fault?.detail}`.trim())
    if (status === 'connecting' && faults.size > 0) assert.ok(fault)
  })
  chat.connect()
  await server.clock.run(2_000)
  isTokenless = false
  server.isDown = true
  await server.clock.run(aWhile)
  server.isDown = false
  server.refuse = () => new Problem('overloaded', 'a moment')
  await server.clock.run(aWhile)
  assert.deepEqual([...faults], ['no_token Error: no token: 503', 'offline', 'overloaded a moment'])
  server.refuse = () => undefined
  await server.clock.run(aWhile)
  assert.deepEqual([chat.state.connection.status, chat.state.connection.fault], ['open', undefined])
  assert.deepEqual(errors, [])
})

test('a host with nobody signed in is signed-out at once; one that fails is asked again later', async () => {
  const server = new FakeServer()
  const nobody = aChat(server, { auth: { provider: () => null } })
  nobody.connect()
  await server.clock.run(100)
  assert.equal(nobody.state.session.status, 'signed-out')
  const { asked, auth } = aProvider((_, turn) => {
    if (turn < 3) throw new Error('host is down')
    return aToken('ana')
  })
  const failing = aChat(server, { auth })
  failing.connect()
  await server.clock.run(10_000)
  assert.equal(failing.state.connection.status, 'open')
  assert.equal(asked.length, 3)
})

test('a host that does not answer is asked again, and says so meanwhile', async () => {
  const server = new FakeServer()
  const never = new Promise<string>(() => {})
  const { asked, auth } = aProvider((_, turn) => (turn < 3 ? never : aToken('ana')))
  const chat = aChat(server, { auth })
  chat.connect()
  await server.clock.run(21_000)
  const { status, fault } = chat.state.connection
  assert.deepEqual([status, fault], ['connecting', { code: 'no_token', detail: 'no answer' }])
  await server.clock.run(aWhile)
  assert.equal(chat.state.connection.status, 'open')
  assert.deepEqual(asked, ['initial', 'initial', 'initial'])
})

test('a token that came late is used, and not asked for again', async () => {
  const server = new FakeServer()
  const late = Promise.withResolvers<string>()
  const { asked, auth } = aProvider((_, turn) => (turn === 1 ? late.promise : new Promise(() => {})))
  const chat = aChat(server, { auth })
  chat.connect()
  await server.clock.run(30_000)
  late.resolve(aToken('ana'))
  await server.clock.run(aWhile)
  assert.equal(chat.state.connection.status, 'open')
  assert.equal(asked.length, 2)
})

test('token-url is asked on its own origin, uncached, and may answer a JWT or JSON', async () => {
  for (const body of [`  ${aToken('ana')}\n`, JSON.stringify({ token: aToken('ana') })]) {
    const server = new FakeServer()
    const asked: [string, RequestInit | undefined][] = []
    const fetchToo: typeof fetch = async (url, init) => {
      if (String(url) !== '/chatter-token') return server.fetch(url, init)
      asked.push([String(url), init])
      return new Response(body)
    }
    const chat = aChat(server, { auth: { url: '/chatter-token' }, fetch: fetchToo })
    chat.connect()
    await server.clock.run(100)
    assert.equal(chat.state.me, 'ana')
    assert.deepEqual(asked, [
      ['/chatter-token', { cache: 'no-store', credentials: 'same-origin', mode: 'same-origin' }],
    ])
  }
})

test('a token-url that answers 401, or a provider that answers nothing, means signed out', async () => {
  for (const auth of [
    { url: '/chatter-token' },
    { provider: () => null },
    { provider: () => undefined },
    { provider: () => '' },
  ]) {
    const server = new FakeServer()
    const chat = aChat(server, { auth, fetch: async () => new Response('', { status: 401 }) })
    chat.connect()
    await server.clock.run(aWhile)
    assert.equal(chat.state.session.status, 'signed-out')
  }
})

const outages: Record<string, () => Response> = {
  'a 503': () => new Response('', { status: 503 }),
  'a 403': () => new Response('', { status: 403 }),
  'a 404': () => new Response('', { status: 404 }),
  'a login page': () => new Response('<!doctype html><form>'),
  'broken JSON': () => new Response('{"tok'),
  'JSON with a number for a token': () => new Response('{"token": 5}'),
}
for (const [name, answer] of Object.entries(outages))
  test(`${name} in the place of a token is no sign-out: it is asked for again`, async () => {
    const server = new FakeServer()
    const room = server.open(['ana', 'sam'])
    let isOut = true
    const exp = () => aToken('ana', { exp: inSeconds(server, 600) })
    const fetchToo: typeof fetch = async (url, init) =>
      String(url) === '/chatter-token' ? (isOut ? answer() : new Response(exp())) : server.fetch(url, init)
    const chat = aChat(server, { auth: { url: '/chatter-token' }, fetch: fetchToo })
    const refused = heard(chat, 'auth-error')
    chat.connect()
    await server.clock.run(5_000)
    assert.equal(chat.state.connection.status, 'waiting')
    isOut = false
    await server.clock.run(aWhile)
    assert.equal(chat.state.connection.status, 'open')
    isOut = true
    // Past the time at which the next one is asked for.
    await server.clock.run(550_000)
    assert.equal(chat.state.connection.status, 'open')
    isOut = false
    await server.clock.run(aWhile)
    await Promise.all([chat.openRoom(room), server.clock.run(100)])
    assert.equal(chat.state.session.status, 'signed-in')
    assert.equal(hellos(server), 1)
    assert.deepEqual(refused, [])
    chat.close()
  })

test('a new function in the place of a provider is asked for the next token, without a reconnection', async () => {
  const server = new FakeServer()
  const asked: string[] = []
  const providerOf = (name: string) => ({
    provider: () => {
      asked.push(name)
      return aToken('ana', { exp: inSeconds(server, 600) })
    },
  })
  const chat = aChat(server, { auth: providerOf('first') })
  chat.connect()
  await server.clock.run(100)
  for (const name of ['second', 'third', 'fourth']) chat.identify(providerOf(name))
  await server.clock.run(600_000)
  assert.equal(hellos(server), 1)
  assert.deepEqual([...new Set(asked)], ['first', 'fourth'])
  chat.close()
})

test('a provider of another user hangs up when its token is shown', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room, { auth: { provider: () => aToken('ana') } })
  chat.identify({ provider: () => aToken('kim') })
  const refreshed = chat.refreshToken().catch(() => undefined)
  await Promise.all([refreshed, server.clock.run(aWhile)])
  assert.equal(chat.state.me, 'kim')
  assert.equal(chat.state.rooms.size, 0)
})

test('where nobody is signed in a new provider is asked at once, and says nothing where nobody still is', async () => {
  const server = new FakeServer()
  const chat = aChat(server, { auth: { provider: () => null } })
  const refused = heard(chat, 'auth-error')
  chat.connect()
  await server.clock.run(100)
  for (let draws = 0; draws < 4; draws++) {
    chat.identify({ provider: () => null })
    await server.clock.run(100)
  }
  assert.equal(refused.length, 1)
  assert.equal(chat.state.session.status, 'signed-out')
  chat.identify({ provider: () => aToken('ana') })
  await server.clock.run(100)
  assert.equal(chat.state.me, 'ana')
})

test('a sign-out that the server says leaves nothing of the user here, and their storage as it is', async () => {
  const server = new FakeServer()
  const storage = new FakeStorage()
  const room = server.open(['ana', 'sam'])
  server.say(room, 'sam', 'Hello')
  const chat = await anOpenChat(server, room, { storage })
  chat.setDraft(room, 'half a thought')
  server.cut(4503)
  await server.clock.run(100)
  const { me, rooms, users, active, drafts, outbox } = chat.state
  assert.deepEqual(
    [me, rooms.size, users.size, active, drafts.size, outbox.length],
    [undefined, 0, 0, undefined, 0, 0],
  )
  chat.connect()
  await server.clock.run(100)
  assert.equal(chat.state.drafts.get(room)?.text, 'half a thought')
})

test('a request with an expired token renews it once and is repeated', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const { asked, auth } = aProvider((_, turn) =>
    aToken('ana', { exp: inSeconds(server, turn === 1 ? 1_000 : 9_999) }),
  )
  const chat = await anOpenChat(server, room, { auth })
  server.toServer = (frame) => (frame.t === 'auth' ? 'drop' : 'pass')
  await server.clock.run(1_001_000)
  asked.length = 0
  const members = chat.listMembers(room)
  await server.clock.run(100)
  assert.equal((await members).members.length, 2)
  assert.ok(asked.length <= 1)
  chat.close()
})

test('without any token the host’s own session signs in', async () => {
  const server = new FakeServer()
  server.signIn = (token) => {
    assert.equal(token, undefined)
    return 'ana'
  }
  const chat = aChat(server, { auth: {} })
  chat.connect()
  await server.clock.run(100)
  assert.equal(chat.state.me, 'ana')
})

test('a newer token of the same user keeps everything; another user starts from nothing', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  server.say(room, 'sam', 'Hello')
  const chat = await anOpenChat(server, room)
  chat.identify({ token: aToken('ana', { iat: 5 }) })
  await server.clock.run(100)
  assert.equal(hellos(server), 1)
  assert.deepEqual(texts(chat, room), ['Hello'])
  chat.identify({ token: aToken('kim') })
  assert.deepEqual(texts(chat, room), [])
  await server.clock.run(100)
  assert.equal(chat.state.me, 'kim')
  assert.equal(chat.state.rooms.size, 0)
})

test('what the old user asked for does not reach the new one', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'kim'])
  server.say(room, 'kim', 'secret of ana')
  const chat = aChat(server)
  chat.connect()
  await server.clock.run(100)
  const opened = chat.openRoom(room)
  chat.identify({ token: aToken('zoe') })
  await server.clock.run(100)
  await opened
  assert.equal(chat.state.rooms.size, 0)
  assert.deepEqual(messagesIn(chat, room), [])
})

test('what waits for the old user’s token is not asked in their name', async () => {
  const server = new FakeServer()
  let give: (token: string) => void = () => {}
  const slow = new Promise<string>((resolve) => {
    give = resolve
  })
  const chat = aChat(server, { auth: { provider: () => slow } })
  const search = chat.searchUsers('sa')
  chat.identify({ token: aToken('zoe') })
  give(aToken('ana'))
  await Promise.all([assert.rejects(search), server.clock.run(100)])
  assert.deepEqual(server.requests, [])
})

test('logging out leaves nothing and stays out', async () => {
  const server = new FakeServer()
  const room = server.open(['ana', 'sam'])
  const chat = await anOpenChat(server, room)
  chat.logout()
  await server.clock.run(aWhile)
  assert.equal(chat.state.session.status, 'signed-out')
  assert.equal(chat.state.rooms.size, 0)
  assert.equal(server.connections, 0)
  chat.connect()
  await server.clock.run(100)
  assert.equal(chat.state.session.status, 'signed-in')
})
