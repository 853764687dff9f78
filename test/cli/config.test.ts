import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigProblem, readConfig, settingMeanings, settings } from '../../server/config.ts'
import { settingsFrom } from '../../server/rules/settings.ts'

const long = 'x'.repeat(32)

/** Every setting with values that cannot be, and what the operator reads. */
const wrong: { readonly [name: string]: readonly (readonly [value: string, fault: RegExp])[] } = {
  PORT: ['x', '-1', '65536', '80.5', '0x10', ' 80'].map((value) => [
    value,
    /expected a port from 0 to 65535/,
  ]),
  CHATTER_BASE: ['chat', '/chat', 'chat/', '//', '/a b/', '/a?b/'].map((value) => [value, /starts and ends/]),
  CHATTER_SECRET: [
    ['short', /expected at least 32 bytes, got 5/],
    [`${long},short`, /expected at least 32 bytes, got 5/],
    [',', /expected at least 32 bytes/],
    [`${long},${long},${long}`, /expected one secret, or two/],
  ],
  CHATTER_SECRET_FILE: [['/no/such/file', /cannot read it: ENOENT/]],
  CHATTER_SEAL_KEY: [['short', /expected at least 32 bytes, got 5/]],
  CHATTER_ORIGINS: [
    'example.com',
    'https://example.com/',
    '*',
    'https://Example.com',
    'null',
    'https://*.a.test',
    'https://*',
    'file://',
    'ws://a.test',
    'capacitor://*',
  ].map((value) => [value, /expected an origin like https/]),
  CHATTER_SETTINGS: [
    ['colour=red', /no setting "colour": expected one of /],
    ['directory', /expected KEY=VALUE, got "directory"/],
    ['directory=shared,limits.members=1', /limits.members: expected a whole number from 2 to 10000, got "1"/],
  ],
  CHATTER_TRUST_PROXY: ['proxy', '10.0.0.0/33', '10.0.0.0/x', '::/129', '10.0.0.0/8/8', '10.0.0'].map(
    (value) => [value, /expected an address or a range/],
  ),
  CHATTER_DRAIN_MS: ['10s', '-1', '600001'].map((value) => [value, /expected milliseconds from 0 to 600000/]),
  CHATTER_LIMITS: ['yes', 'OFF', '0'].map((value) => [value, /expected on or off/]),
  CHATTER_LOG: [['loud', /expected one of trace, debug, info/]],
  REDIS_URL: [
    ['localhost:6379', /redis:\/\/ or rediss:\/\//],
    ['http://localhost', /redis:\/\/ or rediss:\/\//],
    ['redis://hunter2@localhost:x', /expected one host, like redis:\/\/host:6379/],
    ['redis+sentinel://localhost', /expected redis\+sentinel:.*\/name/],
  ],
  CHATTER_REDIS_PREFIX: ['a:b', 'a*', 'a b', '[ab]', 'x'.repeat(65)].map((value) => [
    value,
    /expected up to 64 letters, digits/,
  ]),
  DATABASE_URL: ['mysql://localhost', 'data.db'].map((value) => [value, /postgres:\/\//]),
  CHATTER_METRICS: [
    ...['9100', ':9100', 'localhost', 'localhost:', '::1:9100', '[::1]', '[localhost]:9100', '[]:9100'],
    ...['http://localhost:9100', 'localhost:65536', 'localhost:-1', 'a b:9100', 'localhost:9100/metrics'],
  ].map((value) => [value, /expected host:port like 127\.0\.0\.1:9100 or \[::1\]:9100, got "/]),
}

const faultsOf = (env: Record<string, string>): readonly string[] => {
  try {
    readConfig(env)
    return []
  } catch (error) {
    assert.ok(error instanceof ConfigProblem)
    return error.faults
  }
}

test('a name that is no setting is a fault, and names the one that may be meant', () => {
  assert.deepEqual(faultsOf({ CHATTER_ORIGIN: 'https://a.test', CHATTER_TENANTS_OF_MY_SITE: 'x' }), [
    'CHATTER_ORIGIN: no such setting, did you mean CHATTER_ORIGINS?',
    'CHATTER_TENANTS_OF_MY_SITE: no such setting',
  ])
  // What Kubernetes tells each container of the services called chatter and chatter-redis.
  const service = {
    CHATTER_SERVICE_HOST: '10.0.0.1',
    CHATTER_SERVICE_PORT_HTTP: '80',
    CHATTER_PORT: 'tcp://10.0.0.1:80',
    CHATTER_PORT_80_TCP_ADDR: '10.0.0.1',
    CHATTER_REDIS_SERVICE_PORT: '6379',
    CHATTER_REDIS_PORT_6379_TCP: 'tcp://10.0.0.2:6379',
  }
  assert.deepEqual(faultsOf(service), [])
  assert.deepEqual(faultsOf({ CHATTER_PORT: '80' }).length, 1)
})

test('nothing set is a configuration, frozen', () => {
  const config = readConfig({})
  assert.deepEqual(config, {
    port: 8787,
    host: '127.0.0.1',
    base: '/',
    data: './data',
    secrets: [],
    sealKeys: [],
    origins: [],
    settings: settingsFrom({}),
    databaseUrl: undefined,
    redisUrl: undefined,
    redisPrefix: 'chatter',
    metrics: undefined,
    trustedProxies: [],
    drainMs: 0,
    isLimited: true,
    logLevel: 'info',
  })
  assert.ok(Object.isFrozen(config))
})

test('an empty setting is one that is not set', () => {
  const empty = Object.fromEntries(Object.keys(settings).map((name) => [name, '']))
  assert.deepEqual(readConfig(empty), readConfig({}))
})

test('settings are read as they are meant', () => {
  const config = readConfig({
    PORT: '0',
    HOST: '::1',
    CHATTER_BASE: '/chat/v2/',
    CHATTER_DATA: '/var/lib/chatter',
    CHATTER_SECRET: `${long}, ${'y'.repeat(40)}`,
    CHATTER_SEAL_KEY: long,
    CHATTER_ORIGINS: 'https://www.example.com, http://localhost:3000,',
    CHATTER_SETTINGS: 'features.typing=off, limits.members=12',
    CHATTER_TRUST_PROXY: '10.0.0.0/8, ::1, 127.0.0.1',
    CHATTER_DRAIN_MS: '10000',
    CHATTER_LIMITS: 'off',
    CHATTER_LOG: 'silent',
    CHATTER_METRICS: '10.0.0.5:9100',
    REDIS_URL: 'rediss://redis.example:6380/1',
    CHATTER_REDIS_PREFIX: 'site-2.acme',
    DATABASE_URL: 'postgres://db.example/chatter',
  })
  assert.deepEqual(config, {
    port: 0,
    host: '::1',
    base: '/chat/v2/',
    data: '/var/lib/chatter',
    secrets: [long, 'y'.repeat(40)],
    sealKeys: [long],
    origins: ['https://www.example.com', 'http://localhost:3000'],
    settings: settingsFrom({ 'features.typing': false, 'limits.members': 12 }),
    databaseUrl: 'postgres://db.example/chatter',
    redisUrl: 'rediss://redis.example:6380/1',
    redisPrefix: 'site-2.acme',
    metrics: { host: '10.0.0.5', port: 9100 },
    trustedProxies: ['10.0.0.0/8', '::1', '127.0.0.1'],
    drainMs: 10_000,
    isLimited: false,
    logLevel: 'silent',
  })
})

test('metrics listen on any address that names its host', () => {
  const addressOf = (text: string) => readConfig({ CHATTER_METRICS: text }).metrics
  assert.deepEqual(addressOf('[::1]:0'), { host: '::1', port: 0 })
  assert.deepEqual(addressOf('0.0.0.0:65535'), { host: '0.0.0.0', port: 65_535 })
  assert.deepEqual(addressOf('chat-1.internal:9100'), { host: 'chat-1.internal', port: 9100 })
})

for (const [name, values] of Object.entries(wrong)) {
  test(`${name} that cannot be is one fault that says what was expected`, () => {
    for (const [value, fault] of values) {
      const faults = faultsOf({ [name]: value })
      assert.equal(faults.length, 1, value)
      assert.match(faults[0] ?? '', fault, value)
      assert.ok(faults[0]?.startsWith(`${name}: `), faults[0])
    }
  })
}

test('every fault is shown at once, one line each, and no secret', () => {
  const env = Object.fromEntries(Object.entries(wrong).map(([name, [first]]) => [name, first?.[0] ?? '']))
  const faults = faultsOf({ ...env, CHATTER_SECRET: 'hunter2' })
  assert.deepEqual(faults.map((fault) => fault.split(':')[0]).sort(), Object.keys(wrong).sort())
  for (const fault of faults) assert.doesNotMatch(fault, /\n|hunter2/)
})

test('every setting has a meaning to show', () => {
  assert.deepEqual(Object.keys(settingMeanings), Object.keys(settings))
})
