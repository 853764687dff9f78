import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type JWTPayload, SignJWT } from 'jose'
import type { ProblemCode } from '../../server/protocol/problems.ts'
import type { UserAnswer } from '../../server/protocol/views.ts'
import { assertProblem, jsonOf } from '../support/builders.ts'
import { secret, startServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startServer()
})
after(() => server[Symbol.asyncDispose]())

const nowS = Math.floor(Date.now() / 1000)
const inAnHour = nowS + 3600

function sign(claims: JWTPayload, { by = secret, alg = 'HS256' } = {}): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(by))
}
const plain = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
const claims = { sub: 'mina', exp: inAnHour }
const unsigned = (alg: string) => `${plain({ alg, typ: 'JWT' })}.${plain(claims)}.`

async function swapped(): Promise<string> {
  const [head, , signature] = (await sign(claims)).split('.')
  return `${head}.${plain({ ...claims, sub: 'sam' })}.${signature}`
}

const bad: Record<string, () => string | Promise<string>> = {
  'of another secret': () => sign(claims, { by: 'another secret of thirty-two bytes' }),
  'without a signature': () => unsigned('HS256'),
  'that says alg none': () => unsigned('none'),
  'that says alg NONE': () => unsigned('NONE'),
  'signed as HS512 with the right secret': () => sign(claims, { alg: 'HS512' }),
  'whose claims were swapped': swapped,
  'that is garbage': () => 'garbage',
  'of three garbage parts': () => 'a.b.c',
  'that is very long garbage': () => 'x'.repeat(4_000),
  'without exp': () => sign({ sub: 'mina' }),
  'whose exp is text': () => sign({ sub: 'mina', exp: 'tomorrow' as unknown as number }),
  'that is not valid for another three minutes': () => sign({ ...claims, nbf: nowS + 180 }),
  'that was issued in three minutes': () => sign({ ...claims, iat: nowS + 180 }),
  'that expires in an hour and three minutes': () => sign({ ...claims, exp: inAnHour + 180 }),
  'that expires in two hours': () => sign({ ...claims, exp: nowS + 7200 }),
  'that is not valid yet': () => sign({ ...claims, nbf: nowS + 600 }),
  'without sub': () => sign({ exp: inAnHour }),
  'with an empty sub': () => sign({ ...claims, sub: '' }),
  'whose sub is a number': () => sign({ ...claims, sub: 5 as unknown as string }),
  'whose sub holds NUL': () => sign({ ...claims, sub: 'mi\0na' }),
  'whose sub holds a line end': () => sign({ ...claims, sub: 'mina\n' }),
  'whose sub holds a lone surrogate': () => sign({ ...claims, sub: 'mina\ud83d' }),
  'whose sub has 129 bytes': () => sign({ ...claims, sub: 'é'.repeat(65) }),
}

async function refusedAtBothDoors(
  from: TestServer,
  token: string,
  code: ProblemCode,
  close: number,
): Promise<void> {
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(`${from.url}v1/me`, { headers })
  assert.equal(response.headers.get('www-authenticate'), 'Bearer')
  await assertProblem(response, 401, code)
  const socket = await from.socket()
  const answer = await socket.ask({ t: 'hello', client: 'test/1', token })
  assert.equal(answer.t === 'err' && answer.code, code)
  assert.equal((await socket.closed).code, close)
}

for (const [what, make] of Object.entries(bad)) {
  test(`a token ${what} is refused: 401 and close 4500`, async () => {
    await refusedAtBothDoors(server, await make(), 'unauthorized', 4500)
  })
}

test('an expired token is refused as such: 401 token_expired and close 4005', async () => {
  await refusedAtBothDoors(server, await sign({ ...claims, exp: nowS - 180 }), 'token_expired', 4005)
})

test('an expired token of another secret is not said to be expired', async () => {
  const token = await sign({ ...claims, exp: 1 }, { by: 'another secret of thirty-two bytes' })
  await refusedAtBothDoors(server, token, 'unauthorized', 4500)
})

const withinSkew: JWTPayload[] = [
  { exp: nowS - 100 },
  { exp: inAnHour + 100 },
  { nbf: nowS + 100 },
  { iat: nowS + 100 },
]

test('clocks may differ by two minutes', async () => {
  for (const claim of withinSkew) {
    const mina = await (await server.socket()).hello(await sign({ ...claims, ...claim }))
    await mina.socket.settle()
  }
})

test('while a secret is being replaced, both are good', async () => {
  const [older, newer] = ['the older secret of thirty-two bytes', 'the newer secret of thirty-two bytes']
  await using replacing = await startServer({ secrets: [newer, older] })
  for (const by of [older, newer]) await (await replacing.socket()).hello(await sign(claims, { by }))
  await refusedAtBothDoors(replacing, await sign(claims), 'unauthorized', 4500)
})

test("a token is for its tenant's host only, and must say so", async () => {
  const tenant = {
    id: 'acme',
    hosts: ['127.0.0.1'],
    secrets: [secret],
    origins: [],
  } as const
  await using strict = await startServer({ tenants: [tenant] })
  await (await strict.socket()).hello(await sign({ ...claims, aud: '127.0.0.1' }))
  for (const aud of [undefined, 'localhost', '127.0.0.1.evil.example', '']) {
    const token = await sign({ ...claims, ...(aud !== undefined && { aud }) })
    await refusedAtBothDoors(strict, token, 'unauthorized', 4500)
  }
})

const noToken = [undefined, '', 'Bearer', 'Bearer ', 'Basic bWluYTpzYW0=', 'Bearer a b']

for (const authorization of noToken) {
  test(`a request with authorization ${JSON.stringify(authorization)} is unauthorized`, async () => {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
    await assertProblem(await fetch(`${server.url}v1/me`, { headers }), 401, 'unauthorized')
  })
}

test('a token in the URL is not looked at', async () => {
  const token = await sign(claims)
  for (const name of ['token', 'access_token', 'authorization']) {
    await assertProblem(await fetch(`${server.url}v1/me?${name}=${token}`), 401, 'unauthorized')
  }
})

const names: Record<string, [name: unknown, shown: string]> = {
  'controls and NUL': ['Mi\0na\nL\u007f', 'Mi na L'],
  'a lone surrogate': ['Mina \ud83d', 'Mina \ufffd'],
  '5,000 characters': ['x'.repeat(5_000), 'x'.repeat(200)],
  'only white space': [' \t ', 'someone'],
  'an object': [{}, 'someone'],
  'right-to-left text': ['مينا', 'مينا'],
  'bidirectional controls': ['\u202eMi\u2066na\u2069\u200f\u061c', 'Mina'],
  'zero-widths': ['Mi\u200bn\u200da\u200c\ufeff\u2060\u00ad', 'Mina'],
  'nothing visible': ['\u3164\u200d\u2800 \ufe0f', 'someone'],
  'piled-up marks': [`Mi${'\u0301'.repeat(90)}na`, `Mi${'\u0301'.repeat(4)}na`],
  'emoji and flags': [
    'Mi ❤️‍🔥 👩🏽‍🚀 🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}',
    'Mi ❤️‍🔥 👩🏽‍🚀 🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}',
  ],
  'joined scripts': ['علی\u200cرضا ශ්\u200dරී', 'علی\u200cرضا ශ්\u200dරී'],
  'tags that belong to nothing': ['Mina\u{e0041}\u{e0067}', 'Mina'],
  'line separators': ['Mi\u2028na', 'Mi na'],
}

for (const [what, [name, shown]] of Object.entries(names)) {
  test(`a name of ${what} is cleaned, and locks nobody out`, async () => {
    await using fresh = await startServer()
    const socket = await fresh.socket()
    const { ready } = await socket.hello(await sign({ ...claims, sub: 'someone', name }))
    assert.equal(ready.me.name, shown)
  })
}

const abouts: Record<string, [about: unknown, shown: string | undefined]> = {
  'in one line': ['Night assistant, dome 2', 'Night assistant, dome 2'],
  'with blanks and line ends around and in it': [' Night\nassistant \t', 'Night assistant'],
  'of 5,000 characters': ['x'.repeat(5_000), 'x'.repeat(200)],
  'that turns text round': ['\u202eassistant', 'assistant'],
  'with a lone surrogate': ['Mina \ud83d', 'Mina \ufffd'],
  'that ends in half a pair when it is cut': [`${'x'.repeat(199)}😀`, `${'x'.repeat(199)}\ufffd`],
  'with nothing visible': ['\u3164 \u200d', undefined],
  'that is no text': [{}, undefined],
}

for (const [what, [about, shown]] of Object.entries(abouts)) {
  test(`a line about a user ${what} is cleaned, and locks nobody out`, async () => {
    await using fresh = await startServer()
    const socket = await fresh.socket()
    const { ready } = await socket.hello(await sign({ ...claims, sub: 'someone', about }))
    assert.equal(ready.me.about, shown)
  })
}

const timeZones: Record<string, [given: unknown, shown: string | undefined]> = {
  'of the IANA database': ['America/Argentina/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
  'of its short names': ['UTC', 'UTC'],
  'that is an offset': ['+02:00', undefined],
  'of another system': ['W. Europe Standard Time', undefined],
  'of 5,000 characters': ['x/'.repeat(2_500), undefined],
  'with a NUL': ['Europe/Ma\u0000drid', undefined],
  'that is no text': [{}, undefined],
}

for (const [what, [timeZone, shown]] of Object.entries(timeZones)) {
  test(`a time zone ${what} is ${shown ? 'kept' : 'left out'}, and locks nobody out`, async () => {
    await using fresh = await startServer()
    await (await fresh.socket()).hello(await sign({ ...claims, sub: 'someone', timeZone }))
    const user = await jsonOf<UserAnswer>(fresh.fetch('someone', 'users/someone'))
    assert.equal(user.timeZone, shown)
  })
}

test('a new line about a user is shown to the people of their rooms, and one that is missing changes nothing', async () => {
  await using fresh = await startServer()
  await fresh.chatter.createRoom([{ id: 'mina', about: 'Director' }, { id: 'sam' }])
  const sam = await fresh.join('sam')
  assert.equal(sam.ready.users.mina?.about, 'Director')
  const signIn = async (said: object) =>
    (await fresh.socket()).hello(await sign({ ...claims, name: 'Mina', ...said }))
  await signIn({ about: 'Night assistant' })
  const { user } = await sam.socket.event('user', ({ user: { about } }) => about === 'Night assistant')
  assert.deepEqual(user, { id: 'mina', name: 'Mina', about: 'Night assistant' })
  assert.equal((await signIn({})).ready.me.about, 'Night assistant')
  assert.equal((await signIn({ about: '' })).ready.me.about, undefined)
  assert.equal((await sam.socket.event('user', ({ user: { about } }) => about === undefined)).user.id, 'mina')
})

test('a picture is a web address or a path, or none', async () => {
  const picture = async (url: unknown) => {
    const headers = {
      authorization: `Bearer ${await sign({ ...claims, sub: encodeURIComponent(`${url}`).slice(0, 40), picture: url })}`,
    }
    const { user } = await jsonOf<{ user: { avatarUrl?: string } }>(fetch(`${server.url}v1/me`, { headers }))
    return user.avatarUrl
  }
  assert.equal(await picture('https://a.example/me.png'), 'https://a.example/me.png')
  assert.equal(await picture('/me.png'), '/me.png')
  for (const url of [
    'javascript:alert(1)',
    'data:image/svg+xml,x',
    '//evil.example/x',
    'me.png',
    '/\\evil.example',
    '\\/evil.example',
    '/\t/evil.example/x',
    '/\n/evil.example/x',
    ' //evil.example/x',
    'https:\\\\evil.example',
    'https://',
    'https://[',
    'HTTPS:evil.example',
    7,
    `https://${'x'.repeat(2_000)}`,
  ]) {
    assert.equal(await picture(url), undefined)
  }
})

for (const id of ['__proto__', 'constructor', 'toString', 'a/b', '../x', '<b>', 'é'.repeat(64), ' ']) {
  test(`a user called ${id.slice(0, 12)} is a user like any other`, async () => {
    const { id: room } = await server.chatter.createRoom([{ id }, { id: 'sam' }], { name: 'x' })
    const sam = await server.join('sam')
    const someone = await (await server.socket()).hello(await sign({ ...claims, sub: id }))
    assert.equal((await someone.send(room, 'Hello')).authorId, id)
    await sam.socket.event('message', ({ message }) => message.authorId === id && message.roomId === room)
    const text = await (await server.fetch('sam', `rooms/${room}`)).text()
    const { users } = JSON.parse(text)
    assert.deepEqual(Object.getOwnPropertyNames(users).sort(), [id, 'sam'].sort())
    await sam.socket.close()
  })
}
