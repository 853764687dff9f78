/** Tokens by public keys that stand at an address of the tenant's. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { inspect } from 'node:util'
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose'
import { silent } from '../../server/log/logger.ts'
import type { Outbound } from '../../server/outbound/outbound.ts'
import { assertProblem } from '../support/builders.ts'
import { secret, startServer } from '../support/server.ts'

const address = 'https://sign-in.example/jwks.json'
const algorithms = ['RS256', 'ES256', 'EdDSA'] as const
type Pair = { readonly privateKey: CryptoKey; readonly publicKey: CryptoKey; readonly jwk: JWK }
const pairs = new Map<string, Pair>()

async function aPair(alg: string, kid = alg): Promise<Pair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}
before(async () => {
  for (const alg of algorithms) pairs.set(alg, await aPair(alg))
})
const pairOf = (alg: string) => pairs.get(alg) ?? assert.fail(alg)

/** The site's sign-in: what it answers, and how often it was asked. */
class SignIn {
  asked = 0
  isOut = false
  /** What it answers instead of its keys: a page that says so, say. */
  page: string | undefined
  keys: readonly JWK[] = [...pairs.values()].map(({ jwk }) => jwk)

  readonly outbound: Outbound = async (url) => {
    assert.equal(url, address)
    this.asked += 1
    if (this.isOut) throw new Error('it is out')
    if (this.page !== undefined) return new Response(this.page)
    return Response.json({ keys: this.keys })
  }
}

const aTenant = (parts: object = {}) => ({
  id: 'acme',
  hosts: ['127.0.0.1'],
  secrets: [secret],
  origins: [],
  settings: { jwks: address },
  ...parts,
})

type Claims = {
  readonly aud?: string | undefined
  readonly alg?: string
  readonly kid?: string
  readonly expS?: number
  readonly by?: CryptoKey
}

function sign({ aud = '127.0.0.1', alg = 'ES256', kid = alg, expS = 600, by }: Claims = {}): Promise<string> {
  const jwt = new SignJWT({ name: 'Mina' }).setProtectedHeader({ alg, kid }).setSubject('mina')
  if (aud !== '') jwt.setAudience(aud)
  return jwt.setExpirationTime(Math.floor(Date.now() / 1000) + expS).sign(by ?? pairOf(alg).privateKey)
}

const me = (url: string, token: string) =>
  fetch(`${url}v1/me`, { headers: { authorization: `Bearer ${token}` } })

for (const alg of algorithms)
  test(`a token by ${alg} signs in, over HTTP and on a socket, and its key is asked for once`, async () => {
    const signIn = new SignIn()
    await using server = await startServer({ tenants: [aTenant()], outbound: signIn.outbound })
    const token = await sign({ alg })
    const { user } = await (await me(server.url, token)).json()
    assert.deepEqual(user, { id: 'mina', name: 'Mina' })
    await (await server.socket()).hello(await sign({ alg, expS: 300 }))
    assert.equal(signIn.asked, 1)
  })

test('tokens by the secret go on being good beside them', async () => {
  const signIn = new SignIn()
  await using server = await startServer({ tenants: [aTenant()], outbound: signIn.outbound })
  const bySecret = new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('sam')
    .setAudience('127.0.0.1')
  const token = await bySecret.setExpirationTime('10m').sign(new TextEncoder().encode(secret))
  assert.equal((await me(server.url, token)).status, 200)
  assert.equal(signIn.asked, 0)
})

test('a token is refused that names another host or none, is over, is by a key that is not there, or has no key', async () => {
  const signIn = new SignIn()
  await using server = await startServer({ tenants: [aTenant()], outbound: signIn.outbound })
  const stranger = await aPair('ES256')
  const wrong = [
    sign({ aud: 'other.example' }),
    sign({ aud: '' }),
    sign({ by: stranger.privateKey }),
    sign({ kid: 'unknown' }),
    sign({ expS: 7_200 }),
  ]
  for (const token of await Promise.all(wrong))
    await assertProblem(await me(server.url, token), 401, 'unauthorized')
  await assertProblem(await me(server.url, await sign({ expS: -600 })), 401, 'token_expired')
  const [head, body] = (await sign()).split('.')
  const none = Buffer.from('{"alg":"none"}').toString('base64url')
  for (const token of [`${head}.${body}.`, `${none}.${body}.`])
    await assertProblem(await me(server.url, token), 401, 'unauthorized')
})

test('a token that says no kid is told to, where several keys fit it', async () => {
  const signIn = new SignIn()
  const { privateKey, jwk } = await aPair('ES256')
  const nameless = new SignJWT({}).setProtectedHeader({ alg: 'ES256' }).setSubject('mina')
  const token = await nameless.setAudience('127.0.0.1').setExpirationTime('10m').sign(privateKey)
  for (const keys of [[jwk], [jwk, pairOf('ES256').jwk]]) {
    signIn.keys = keys
    await using server = await startServer({ tenants: [aTenant()], outbound: signIn.outbound })
    const answer = await me(server.url, token)
    if (keys.length === 1) assert.equal(answer.status, 200)
    else assert.match((await answer.json()).detail, /several keys .* kid/)
  }
})

test('a public key is no secret: nobody signs HS256 with it', async () => {
  const signIn = new SignIn()
  await using server = await startServer({ tenants: [aTenant()], outbound: signIn.outbound })
  const { publicKey, jwk } = pairOf('RS256')
  for (const text of [await exportSPKI(publicKey), JSON.stringify(jwk)]) {
    const jwt = new SignJWT({})
      .setProtectedHeader({ alg: 'HS256', kid: 'RS256' })
      .setSubject('mina')
      .setAudience('127.0.0.1')
    const token = await jwt.setExpirationTime('10m').sign(new TextEncoder().encode(text))
    await assertProblem(await me(server.url, token), 401, 'unauthorized')
  }
})

test('a tenant without hostnames takes no token by a public key: it could be for anybody', async () => {
  const signIn = new SignIn()
  await using server = await startServer({ settings: { jwks: address }, outbound: signIn.outbound })
  await assertProblem(await me(server.url, await sign()), 401, 'unauthorized')
})

test('while the keys cannot be had, whoever signs in is told to come back, nobody that they are signed out, and the log says why', async (t) => {
  const signIn = new SignIn()
  signIn.isOut = true
  const lines: string[] = []
  const log = { ...silent, warn: (...said: unknown[]) => void lines.push(inspect(said)) }
  await using server = await startServer({ tenants: [aTenant()], outbound: signIn.outbound, log })
  const token = await sign()
  const refused = await me(server.url, token)
  assert.doesNotMatch(await refused.clone().text(), /it is out/)
  await assertProblem(refused, 503, 'overloaded')
  assert.match(lines.join(), /keys of acme at .*it is out/)
  // Whoever comes meanwhile waits for nothing, and asks nobody.
  await assertProblem(await me(server.url, token), 503, 'overloaded')
  assert.equal(signIn.asked, 1)
  signIn.isOut = false
  const later = performance.now() + 3_000
  t.mock.method(performance, 'now', () => later)
  assert.equal((await me(server.url, token)).status, 200)
})

const pages = ['<html>We are back soon</html>', '{}', 'null', '{"keys":{}}', '{"keys":[7]}', '']
for (const page of pages)
  test(`keys that were answered go on being good where ${JSON.stringify(page)} comes instead`, async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
    const signIn = new SignIn()
    await using server = await startServer({ tenants: [aTenant()], outbound: signIn.outbound })
    assert.equal((await me(server.url, await sign())).status, 200)
    signIn.page = page
    t.mock.timers.tick(11 * 60_000)
    assert.equal((await me(server.url, await sign())).status, 200)
    assert.equal(signIn.asked, 2)
  })

const smallRsa = async () => {
  const pair = await crypto.subtle.generateKey(
    {
      ...{ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
      ...{ modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]) },
    },
    true,
    ['sign', 'verify'],
  )
  const jwk = await crypto.subtle.exportKey('jwk', pair.publicKey)
  return { privateKey: pair.privateKey, jwk: { ...jwk, kid: 'bad', alg: 'RS256', use: 'sig' } as JWK }
}

/** A token as somebody would sign it whose key Chatter cannot use; jose would not sign it. */
async function byHand(privateKey: CryptoKey): Promise<string> {
  const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const exp = Math.floor(Date.now() / 1000) + 600
  const said = `${encoded({ alg: 'RS256', kid: 'bad' })}.${encoded({ sub: 'mina', aud: '127.0.0.1', exp })}`
  const bytes = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', privateKey, Buffer.from(said))
  return `${said}.${Buffer.from(bytes).toString('base64url')}`
}

const broken: Record<string, [jwk: () => Promise<JWK>, why: RegExp]> = {
  'an RSA key of 1,024 bits': [async () => (await smallRsa()).jwk, /2,?048 bits/],
  'a point that is on no curve': [
    async () => ({ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid: 'bad', alg: 'ES256' }),
    /cannot be used/,
  ],
  'a key without its numbers': [async () => ({ kty: 'RSA', kid: 'bad', alg: 'RS256' }), /cannot be used/],
  'a key that is private': [
    async () => ({ ...(await exportJWK(pairOf('ES256').privateKey)), kid: 'bad', alg: 'ES256' }),
    /public/,
  ],
}

for (const [what, [make, why]] of Object.entries(broken))
  test(`${what} among the keys of a tenant is named, to who signs with it and in the log, and the others are good`, async () => {
    const signIn = new SignIn()
    const jwk = await make()
    // Without a name it would fit each token of its kind.
    signIn.keys = [jwk, ...signIn.keys, { ...jwk, kid: 'ES256' }]
    const lines: string[] = []
    const log = { ...silent, warn: (...said: unknown[]) => void lines.push(inspect(said)) }
    await using server = await startServer({ tenants: [aTenant()], outbound: signIn.outbound, log })
    for (const alg of algorithms) assert.equal((await me(server.url, await sign({ alg }))).status, 200, alg)
    const refused = await me(server.url, await sign({ alg: jwk.alg ?? '', kid: 'bad' }))
    const { detail } = await refused.clone().json()
    await assertProblem(refused, 401, 'unauthorized')
    assert.match(detail, why)
    assert.match(detail, /the key "bad" at the address of the tenant cannot be used/)
    const named = lines.filter((line) => line.includes('keys of a tenant cannot be used'))
    assert.match(named.join(), /sign-in\.example.*bad/s)
    assert.equal(named.length, 1)
  })

test('a token by an RSA key that is too small is refused for good', async () => {
  const signIn = new SignIn()
  const { privateKey, jwk } = await smallRsa()
  signIn.keys = [jwk]
  await using server = await startServer({ tenants: [aTenant()], outbound: signIn.outbound })
  await assertProblem(await me(server.url, await byHand(privateKey)), 401, 'unauthorized')
})

test('a tenant that takes its keys from elsewhere ends the sockets of those before', async () => {
  const signIn = new SignIn()
  await using server = await startServer({ tenants: [aTenant()], outbound: signIn.outbound })
  const mina = await (await server.socket()).hello(await sign())
  await server.stores.tenants.change('acme', { settings: { jwks: undefined } })
  assert.equal((await mina.socket.closed).code, 4005)
})
