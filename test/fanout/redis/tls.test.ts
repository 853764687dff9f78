import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { after, before, describe, it, type TestContext } from 'node:test'
import { createServer as createTlsServer, getCACertificates, setDefaultCACertificates } from 'node:tls'
import type { Delivery, Fanout } from '../../../server/fanout/fanout.ts'
import { createRedisFanout } from '../../../server/fanout/redis/fanout.ts'
import { type Certificate, pemOf } from '../../certificates/certificates.ts'
import { aDelivery, isUp, listen, record, settle, texts, until } from '../../contract/fanout.ts'
import { aLog } from '../../support/builders.ts'
import { aChatterFolder, type ServerProcess } from '../../support/chatter-process.ts'
import { freePort, startRedis, startRedisCluster, startSentinel } from '../../support/redis.ts'
import { aDatabase } from './a-database.ts'

const usual = getCACertificates('default')
before(() => setDefaultCACertificates([...usual, readFileSync(pemOf('authority'), 'utf8')]))
after(() => setDefaultCACertificates(usual))

type Ears = { fanout: Fanout; heard: Delivery[]; text: () => string }

async function open(t: TestContext, url: string): Promise<Ears> {
  const { log, text } = aLog()
  const fanout = await createRedisFanout({ url, log, database: aDatabase })
  t.after(() => fanout.close())
  await listen(fanout, 'room')
  return { fanout, heard: record(fanout), text }
}

async function hearEachOther(here: Ears, there: Ears): Promise<void> {
  const isWhole = ({ fanout }: Ears) => isUp(fanout) && fanout.hearing()?.peers === 1
  await until(() => isWhole(here) && isWhole(there), 'both to hear each other')
  for (const [from, to] of [
    [here, there],
    [there, here],
  ] as const) {
    from.fanout.publish(aDelivery('room', 'through TLS'))
    await settle(from.fanout, to.fanout, to.heard)
    assert.ok(texts(to.heard).includes('through TLS'))
    to.heard.length = 0
  }
}

async function aRedis(t: TestContext, tls?: Certificate, settings: string[] = []) {
  const redis = await startRedis({ tls, settings })
  t.after(() => redis.stop())
  return redis
}

/** A primary and its Sentinel, which speak TLS, each with a certificate of its own. */
async function aSentinel(t: TestContext, certificates: { redis: Certificate; sentinel: Certificate }) {
  const redis = await aRedis(t, certificates.redis)
  const sentinel = await startSentinel(redis, 1, certificates.sentinel)
  t.after(() => sentinel.stop())
  return `rediss+sentinel://127.0.0.1:${sentinel.port}/primary`
}

/** A node there begins without Redis, and logs in one line where and why, and nothing of the password. */
async function distrusts(url: string, why: RegExp, { startWithinMs = 1_500 } = {}): Promise<void> {
  const { log, lines, text } = aLog()
  const fanout = await createRedisFanout({
    url: url.replace('//', '//:hunter2@'),
    log,
    database: aDatabase,
    startWithinMs,
  })
  assert.equal(isUp(fanout), false)
  await fanout.close()
  const said = lines().map(({ redis, reason }) => `${redis}: ${reason}`)
  assert.equal(said.length, 1, text())
  assert.ok(said[0]?.startsWith(`${url}: `), said[0])
  assert.match(said[0] ?? '', why)
  assert.doesNotMatch(text(), /hunter2/)
  assert.doesNotMatch(said[0] ?? '', /\n/)
}

async function eachIsDistrusted(
  urls: string[],
  why: RegExp,
  patience?: { startWithinMs: number },
): Promise<void> {
  await Promise.all(urls.map((url) => distrusts(url, why, patience)))
}

/** The same port by each kind of address. */
const kindsOf = (port: number) => [
  `rediss://127.0.0.1:${port}`,
  `rediss+cluster://127.0.0.1:${port}`,
  `rediss+sentinel://127.0.0.1:${port}/primary`,
]

const readinessOf = async ({ url }: ServerProcess): Promise<{ fanout: string }> =>
  (await fetch(`${url}readyz`)).json()

const certificate = { cert: readFileSync(pemOf('server')), key: readFileSync(pemOf('key')) }

async function listening(t: TestContext, server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

describe('through TLS', { concurrency: 2 }, () => {
  it('nodes hear each other, and again when Redis is back', async (t) => {
    const redis = await aRedis(t, 'server')
    const [here, there] = [await open(t, redis.url), await open(t, `rediss://localhost:${redis.port}`)]
    await hearEachOther(here, there)
    await redis.stop()
    await until(() => !isUp(here.fanout) && !isUp(there.fanout), 'both to notice')
    const returned = await startRedis({ port: redis.port, tls: 'server' })
    t.after(() => returned.stop())
    await hearEachOther(here, there)
    assert.doesNotMatch(here.text() + there.text(), /without an answer/)
  })

  it('nodes hear each other by what Sentinels say', async (t) => {
    const url = await aSentinel(t, { redis: 'server', sentinel: 'server' })
    await hearEachOther(await open(t, url), await open(t, url))
  })

  it('nodes hear each other across a Cluster', async (t) => {
    const nodes = await startRedisCluster(2, 'server')
    t.after(() => Promise.all(nodes.map(({ stop }) => stop())))
    const ports = nodes.map(({ port }) => port)
    const urls = [ports, ports.toReversed()].map(
      (order) => `rediss+cluster://${order.map((port) => `127.0.0.1:${port}`)}`,
    )
    const [here, there] = await Promise.all(urls.map((url) => open(t, url)))
    assert.ok(here && there)
    await hearEachOther(here, there)
  })

  it('the name of the host is asked for, and an address is not', async (t) => {
    const asked: unknown[] = []
    const port = await listening(
      t,
      createTlsServer(certificate, (socket) => {
        asked.push('servername' in socket && socket.servername)
        socket.destroy()
      }),
    )
    await distrusts(`rediss://localhost:${port}`, /without an answer/)
    assert.deepEqual([...new Set(asked)], ['localhost'])
    await distrusts(`rediss://127.0.0.1:${port}`, /without an answer/)
    assert.deepEqual([...new Set(asked)], ['localhost', false])
  })

  it('a certificate of an authority that nobody knows is refused', async (t) => {
    const { port } = await aRedis(t, 'unknown')
    await eachIsDistrusted(kindsOf(port), /unable to verify the first certificate/)
  })

  it('a certificate of another host is refused', async (t) => {
    const { port } = await aRedis(t, 'elsewhere')
    const why = /does not match certificate's altnames: IP: 127\.0\.0\.1 is not in/
    await eachIsDistrusted(kindsOf(port), why)
    await distrusts(`rediss://localhost:${port}`, /Host: localhost\. is not in the cert's altnames/)
  })

  it('a primary is not trusted more because a trusted Sentinel named it', async (t) => {
    const url = await aSentinel(t, { redis: 'unknown', sentinel: 'server' })
    await distrusts(url, /primary: unable to verify the first certificate/)
  })

  it('a Redis that asks for client certificates is reported as such', async (t) => {
    const { port } = await aRedis(t, 'server', ['--tls-auth-clients', 'yes'])
    const why = /it must not ask for client certificates|TLS failed: [\w ]*certificate required$/
    await eachIsDistrusted(kindsOf(port), why)
  })

  it('a port that wants TLS is reported as such for a plain address', async (t) => {
    const { port } = await aRedis(t, 'server')
    const plain = kindsOf(port).map((url) => url.replace('rediss', 'redis'))
    await eachIsDistrusted(
      plain,
      /without an answer: if TLS is spoken there, the address begins with rediss$/,
    )
  })

  it('a port without TLS is reported as such within the usual patience', async (t) => {
    const { port } = await aRedis(t)
    const why = /no TLS is spoken there: if that is right, the address begins with redis, not rediss$/
    await eachIsDistrusted(kindsOf(port), why, { startWithinMs: 5_000 })
  })

  it('a port that answers TLS with something else is reported as such', async (t) => {
    const port = await listening(
      t,
      createServer((socket) => {
        socket.on('error', () => {}).end('-ERR Protocol error: unbalanced quotes in request\r\n')
      }),
    )
    await eachIsDistrusted(kindsOf(port), /no TLS is spoken there/)
  })

  it('what OpenSSL says is reported in one line', async (t) => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const
    const port = await listening(t, createTlsServer({ ...certificate, ...old }))
    await eachIsDistrusted(kindsOf(port), /TLS failed: [^:]*protocol version$/)
  })

  it('nobody there is reported as such', async () => {
    await eachIsDistrusted(kindsOf(await freePort()), /connect ECONNREFUSED/)
  })

  it('a server trusts the authority of NODE_EXTRA_CA_CERTS, and no longer without it', async (t) => {
    const redis = await aRedis(t, 'server')
    const folder = aChatterFolder()
    t.after(() => folder[Symbol.asyncDispose]())
    const settings = { REDIS_URL: redis.url.replace('//', '//:hunter2@') }
    const distrusting = await folder.serve({ ...settings, CHATTER_LOG: 'warn' })
    assert.equal((await readinessOf(distrusting)).fanout, 'down')
    distrusting.kill('SIGTERM')
    const { stderr } = await distrusting.ended
    assert.equal(stderr.split('"Redis is down').length, 2)
    assert.match(stderr, new RegExp(`"redis":"${redis.url}","reason":"[^"]*certificate`))
    assert.doesNotMatch(stderr, /hunter2/)
    const server = await folder.serve({ REDIS_URL: redis.url, NODE_EXTRA_CA_CERTS: pemOf('authority') })
    await until(async () => (await readinessOf(server)).fanout === 'up', 'the server to hear itself')
    server.kill('SIGTERM')
    assert.equal((await server.ended).code, 0)
  })
})
