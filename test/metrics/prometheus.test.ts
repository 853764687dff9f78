import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { readConfig } from '../../server/config.ts'
import { createRedisFanout } from '../../server/fanout/redis/fanout.ts'
import { start } from '../../server/main.ts'
import { metrics } from '../../server/metrics/prometheus.ts'
import type { MessageDraft } from '../../server/store/store.ts'
import { until } from '../contract/fanout.ts'
import { aFolder } from '../support/a-folder.ts'
import { aLog, aRoom } from '../support/builders.ts'
import { aClock } from '../support/clock.ts'
import { type Exposition, readExposition } from '../support/exposition.ts'
import { leakyBus } from '../support/leaky-bus.ts'
import { read } from '../support/markdown.ts'
import { startRedis } from '../support/redis.ts'
import { secret, startServer, type TestServer } from '../support/server.ts'

/** A text with what Prometheus reads now. */
async function textOf({ chatter }: TestServer): Promise<string> {
  const response = await metrics(chatter.stats).request('/metrics')
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  return response.text()
}

const scrape = async (server: TestServer): Promise<Exposition> => readExposition(await textOf(server))

/** How much more each of these counters says after some work than before. */
async function growth(server: TestServer, names: readonly string[], work: () => Promise<unknown>) {
  const before = await scrape(server)
  await work()
  const after = await scrape(server)
  return names.map((name) => after.value(name) - before.value(name))
}

test('what is written is well-formed, and each counter of ours ends in _total and no other does', async () => {
  await using server = await startServer()
  const { types } = await scrape(server)
  for (const [name, type] of types) {
    if (name.startsWith('chatter_')) assert.equal(type === 'counter', name.endsWith('_total'), name)
  }
  assert.ok(types.has('process_cpu_seconds_total') && types.has('nodejs_eventloop_lag_p99_seconds'))
})

test('sockets are counted while they are open, and by why they ended', async () => {
  await using server = await startServer()
  const mina = await server.join('mina')
  const silent = await server.socket()
  const open = await scrape(server)
  assert.equal(open.value('chatter_sockets'), 2)
  assert.equal(open.value('chatter_sockets_signed_in'), 1)
  const reasons = ['peer', 'badFrame'].map((reason) => `chatter_sockets_closed_total{reason="${reason}"}`)
  const ended = await growth(server, reasons, async () => {
    silent.raw('not json')
    await Promise.all([mina.socket.close(), silent.closed])
    await until(() => server.chatter.stats().sockets === 0, 'both to be gone')
  })
  assert.deepEqual(ended, [1, 1])
})

test('commands are counted by outcome, a repeated message is stored once, and each delivery counts', async (t) => {
  // Its seconds do not pass by themselves: nothing is counted but what is done here.
  const clock = aClock(t)
  await using server = await startServer({ now: clock.now })
  const { id: roomId } = await aRoom(server, ['mina', 'sam'])
  const [mina, sam] = [await server.join('mina'), await server.join('sam')]
  const lee = await server.join('lee')
  const command = (name: string, outcome: string) =>
    `chatter_commands_total{command="${name}",outcome="${outcome}"}`
  const names = [
    ...[command('send', 'ok'), command('send', 'not_found'), command('send', 'bad_request')],
    ...[command('edit', 'forbidden'), command('open', 'ok')],
    ...['chatter_messages_stored_total', 'chatter_deliveries_total'],
  ]
  const grown = await growth(server, names, async () => {
    const messageId = uuidv7()
    await mina.send(roomId, 'one', messageId)
    await mina.send(roomId, 'one', messageId)
    await sam.send(roomId, 'two')
    await server.fetch('sam', `rooms/${roomId}/messages/${uuidv7()}`, {
      method: 'PUT',
      body: { text: 'three' },
    })
    await lee.err({ t: 'send', roomId, messageId: uuidv7(), text: 'let me in' })
    await mina.err({ t: 'send', roomId, messageId: 'no uuid', text: 'four' })
    await sam.err({ t: 'edit', roomId, messageId, text: 'never said' })
    await server.fetch('mina', 'rooms', { method: 'POST', body: { memberIds: ['sam'] } })
    await Promise.all([mina, sam].map(({ socket }) => socket.settle()))
  })
  // Three messages, each to two sockets.
  assert.deepEqual(grown, [4, 1, 1, 1, 1, 3, 6])
})

test('a command that the database has not answered yet is one that waits', async (t) => {
  await using server = await startServer()
  const { id: room } = await aRoom(server, ['mina', 'sam'])
  const mina = await server.join('mina')
  const waiting = 'chatter_commands_waiting'
  assert.equal((await scrape(server)).value(waiting), 0)
  const isAllowed = Promise.withResolvers<void>()
  const store = server.stores.forTenant('default')
  const append = store.append.bind(store)
  t.mock.method(store, 'append', (draft: MessageDraft) => isAllowed.promise.then(() => append(draft)))
  const sending = mina.send(room, 'slowly')
  await until(async () => (await scrape(server)).value(waiting) === 1, 'the command to wait')
  isAllowed.resolve()
  await sending
  assert.equal((await scrape(server)).value(waiting), 0)
})

test('refused upgrades are counted by why', async () => {
  await using server = await startServer()
  const names = [
    'chatter_upgrades_refused_total{reason="origin"}',
    'chatter_sockets_closed_total{reason="version"}',
  ]
  const grown = await growth(server, names, async () => {
    await assert.rejects(server.socket({ headers: { origin: 'https://elsewhere.test' } }), /HTTP 403/)
    await (await server.socket({ protocol: 'chatter.v9' })).closed
  })
  assert.deepEqual(grown, [1, 1])
})

test('what came too fast is counted by limit', async () => {
  await using server = await startServer({ isLimited: true })
  const { id: roomId } = await aRoom(server, ['mina', 'sam'])
  const mina = await server.join('mina')
  const grown = await growth(server, ['chatter_rate_limited_total{limit="send"}'], async () => {
    for (let count = 0; count < 33; count++)
      mina.socket.post({ t: 'send', roomId, messageId: uuidv7(), text: 'hi' })
    await mina.socket.settle()
  })
  assert.deepEqual(grown, [3])
})

test('the largest backlog is that of the socket which reads slowest', async () => {
  await using server = await startServer()
  const { id: room } = await aRoom(server, ['mina', 'sam'])
  const [mina, slow] = [await server.join('mina'), await server.join('sam')]
  const largest = 'chatter_largest_socket_backlog_bytes'
  assert.equal((await scrape(server)).value(largest), 0)
  slow.socket.ws.pause()
  await until(async () => {
    await mina.send(room, '長'.repeat(8_000))
    return server.chatter.stats().largestBacklog > 100_000
  }, 'a backlog')
  assert.ok((await scrape(server)).value(largest) > 100_000)
  slow.socket.ws.terminate()
})

test('counters only grow, and none that was there goes away', async () => {
  await using server = await startServer()
  const { id: room } = await aRoom(server, ['mina', 'sam'])
  const before = await scrape(server)
  const mina = await server.join('mina')
  await mina.send(room, 'Hello')
  await mina.socket.close()
  const after = await scrape(server)
  for (const [series, value] of before.series) {
    if (before.types.get(series.split('{')[0] ?? '') === 'counter') {
      assert.ok(after.value(series) >= value, `${series}: ${value}, then ${after.value(series)}`)
    }
  }
})

test('nothing written names a tenant, user or room, or quotes a text or a token', async () => {
  await using server = await startServer()
  const { id: room } = await aRoom(server, ['wilhelmina', 'samuel'])
  const mina = await server.join('wilhelmina')
  const token = await server.token('wilhelmina')
  const { id: message } = await mina.send(room, 'Nobody else may read this')
  await mina.err({ t: 'send', roomId: uuidv7(), messageId: uuidv7(), text: 'nor this' })
  await (await server.join('samuel')).socket.close()
  const text = await textOf(server)
  for (const private_ of [
    'wilhelmina',
    'samuel',
    room,
    message,
    token,
    'may read',
    'nor this',
    'default',
    '127.0',
  ]) {
    assert.ok(!text.toLowerCase().includes(private_.toLowerCase()), private_)
  }
})

test('a server that is alone does not speak of a bus', async () => {
  await using server = await startServer()
  const { types } = await scrape(server)
  assert.deepEqual(
    [...types.keys()].filter((name) => name.includes('bus')),
    [],
  )
})

test('what the bus lost is counted as healed', async () => {
  const bus = leakyBus()
  const [near, far] = bus.fanouts
  assert.ok(near && far)
  await using one = await startServer({ fanout: near })
  await using other = await startServer({ fanout: far, stores: one.stores })
  const { id: room } = await aRoom(one, ['mina', 'sam'])
  const [mina, sam] = [await one.join('mina'), await other.join('sam')]
  bus.lose(({ rev }) => rev !== undefined)
  const names = ['chatter_healed_total', 'chatter_bus_losses_total']
  const grown = await growth(other, names, async () => {
    await mina.send(room, 'lost on its way')
    bus.reportLoss()
    await sam.socket.event('message')
    await until(async () => other.chatter.stats().healed > 0, 'the healing to end')
  })
  assert.deepEqual(grown, [1, 1])
  assert.ok((await scrape(other)).value('chatter_healing_rounds_total') > 0)
})

test('asking who is still a member is counted', async () => {
  const bus = leakyBus()
  const [near, far] = bus.fanouts
  assert.ok(near && far)
  await using one = await startServer({ fanout: near })
  await using other = await startServer({ fanout: far, stores: one.stores })
  const { id: room } = await aRoom(one, ['mina', 'sam'], { name: 'Trip' })
  const [mina, sam] = [await one.join('mina'), await other.join('sam')]
  await one.join('lee')
  const grown = await growth(other, ['chatter_membership_checks_total'], async () => {
    bus.lose(() => true)
    assert.equal((await one.fetch('mina', `rooms/${room}/members/lee`, { method: 'PUT' })).status, 201)
    bus.lose(() => false)
    await mina.send(room, 'Welcome')
    await sam.socket.event('message', ({ message }) => message.text === 'Welcome')
  })
  assert.deepEqual(grown, [1])
})

test('a Redis that stands still is shown within seconds, by metrics and readyz, and so is its return', async (t) => {
  const redis = await startRedis()
  t.after(() => redis.stop())
  const fanout = await createRedisFanout({
    url: redis.url,
    log: aLog().log,
    database: { identity: 'a database', epoch: 'an epoch' },
  })
  await using server = await startServer({ fanout })
  const isUp = async () => (await scrape(server)).value('chatter_bus_up')
  const ready = async () => {
    const response = await fetch(`${server.url}readyz`)
    return { code: response.status, ...(await response.json()) }
  }
  assert.equal(await isUp(), 1)
  assert.deepEqual(
    (({ code, fanout, peers, missing }) => ({ code, fanout, peers, missing }))(await ready()),
    { code: 200, fanout: 'up', peers: 0, missing: 0 },
  )
  process.kill(redis.pid, 'SIGSTOP')
  await until(async () => (await isUp()) === 0, 'the metric to say down')
  const down = await ready()
  assert.deepEqual([down.code, down.status, down.fanout], [200, 'ok', 'down'])
  assert.ok((await scrape(server)).value('chatter_bus_echo_age_seconds') > 1)
  process.kill(redis.pid, 'SIGCONT')
  await until(async () => (await ready()).fanout === 'up', 'readyz to say up')
  assert.equal(await isUp(), 1)
})

/** A server that listens on both ports. */
async function aRunningServer(address: string) {
  const folder = aFolder()
  const settings = { CHATTER_DATA: folder.path, CHATTER_SECRET: secret, CHATTER_LOG: 'silent', PORT: '0' }
  const { url, metricsUrl = '', stop } = await start(readConfig({ ...settings, CHATTER_METRICS: address }))
  let stopped: Promise<void> | undefined
  const end = () => {
    stopped ??= stop()
    return stopped
  }
  return { url, metricsUrl, stop: end, [Symbol.asyncDispose]: () => end().finally(folder.remove) }
}

test('metrics have a port of their own, which answers nothing else; the main one does not know them', async () => {
  await using server = await aRunningServer('127.0.0.1:0')
  const { url, metricsUrl } = server
  assert.match(metricsUrl, /^http:\/\/127\.0\.0\.1:\d+\/metrics$/)
  assert.equal((await fetch(`${url}metrics`)).status, 404)
  const response = await fetch(metricsUrl)
  assert.equal(readExposition(await response.text()).value('chatter_sockets'), 0)
  for (const path of ['/', '/healthz', '/readyz', '/v1/me', '/metrics/', '/metrics/x', '/chatter.js']) {
    assert.equal((await fetch(new URL(path, metricsUrl))).status, 404, path)
  }
  for (const method of ['POST', 'PUT', 'DELETE']) {
    assert.equal((await fetch(metricsUrl, { method })).status, 404, method)
  }
})

test('a stop closes the port of the metrics, also where somebody holds a connection to it', async () => {
  await using server = await aRunningServer('[::1]:0')
  const { metricsUrl } = server
  assert.equal((await fetch(metricsUrl)).status, 200)
  const held = connect(Number(new URL(metricsUrl).port), '::1')
  await once(held, 'connect')
  const ended = new Promise((resolve) => held.on('error', () => {}).once('close', resolve))
  held.write('GET /metrics HTTP/1.1\r\n')
  await server.stop()
  await ended
  await assert.rejects(fetch(metricsUrl))
})

test('a send that was stored is in the histogram of how long they took, in the bucket of its time', async () => {
  await using server = await startServer()
  const { id } = await aRoom(server, ['mina', 'sam'])
  const mina = await server.join('mina')
  const grown = await growth(
    server,
    ['chatter_send_seconds_count', 'chatter_send_seconds_bucket{le="+Inf"}'],
    () => mina.send(id, 'hello'),
  )
  assert.deepEqual(grown, [1, 1])
  const shown = await scrape(server)
  assert.ok(shown.value('chatter_send_seconds_sum') > 0)
  assert.ok(shown.value('chatter_data_free_bytes') > 0)
  assert.equal(shown.value(`chatter_build_info{version="${server.chatter.stats().version}"}`), 1)
})

test('the alert rules and the dashboard ask for metrics that there are', async () => {
  const bus = leakyBus()
  const [fanout] = bus.fanouts
  assert.ok(fanout)
  await using server = await startServer({ fanout })
  const { types } = await scrape(server)
  const dashboard = JSON.parse(read('docs/grafana.json'))
  const asked = [read('docs/alerts.yml').replace(/^#.*|summary:.*/gm, ''), JSON.stringify(dashboard.panels)]
  const names = asked.flatMap((text) => text.match(/\b(chatter|nodejs|process)_[a-z0-9_]+/g) ?? [])
  assert.ok(names.length > 20)
  for (const name of names) assert.ok(types.has(name.replace(/_bucket$/, '')), name)
})

test('the page for operators names every metric of ours, and no other', async () => {
  const bus = leakyBus()
  const [fanout] = bus.fanouts
  assert.ok(fanout)
  await using server = await startServer({ fanout })
  const { types } = await scrape(server)
  const ours = [...types.keys()].filter((name) => name.startsWith('chatter_'))
  const [, table = ''] =
    /\| `chatter_…` \|[^\n]*\n[^\n]*\n((?:\|[^\n]*\n)+)/.exec(read('docs/operations.md')) ?? []
  const named = table.split('\n').flatMap((row) => {
    const [, names = ''] = row.split('|')
    return [...names.matchAll(/`([a-z_]+)/g)].map(([, name]) => `chatter_${name}`)
  })
  assert.deepEqual(named.sort(), ours.sort())
})
