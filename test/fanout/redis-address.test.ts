import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readRedisAddress } from '../../server/fanout/redis-address.ts'

describe('an address of Redis', () => {
  it('of one is a URL, left to the client as it is', () => {
    for (const url of [
      'redis://localhost',
      'rediss://user:p%40ss@redis.example:6380/1?family=6',
      'redis://[::1]:7',
    ]) {
      const { kind, ...address } = readRedisAddress(url)
      assert.equal(kind, 'one')
      assert.ok('url' in address && address.url === url)
    }
  })

  it('of Sentinels is where they are, and the name of what they watch', () => {
    assert.deepEqual(readRedisAddress('redis+sentinel://one.example,two.example:7,[fd00::3]:8/chat'), {
      kind: 'sentinel',
      place: 'redis+sentinel://one.example:26379,two.example:7,[fd00::3]:8/chat',
      hosts: [
        { host: 'one.example', port: 26_379 },
        { host: 'two.example', port: 7 },
        { host: 'fd00::3', port: 8 },
      ],
      name: 'chat',
      login: {},
      sentinelLogin: {},
      isTls: false,
    })
  })

  it('of a Cluster is where some of its nodes are', () => {
    assert.deepEqual(readRedisAddress('redis+cluster://10.0.0.1,10.0.0.2:7000'), {
      kind: 'cluster',
      place: 'redis+cluster://10.0.0.1:6379,10.0.0.2:7000',
      hosts: [
        { host: '10.0.0.1', port: 6_379 },
        { host: '10.0.0.2', port: 7_000 },
      ],
      login: {},
      isTls: false,
    })
  })

  it('begins with rediss for TLS', () => {
    for (const url of ['rediss+cluster://a', 'rediss+sentinel://a/chat']) {
      const address = readRedisAddress(url)
      assert.ok('isTls' in address && address.isTls)
      assert.ok(address.place.startsWith('rediss+'))
    }
  })

  it('says who signs in, percent-encoded where need be, and never shows it', () => {
    const logins = {
      'user:secret': { username: 'user', password: 'secret' },
      ':secret': { password: 'secret' },
      user: { username: 'user' },
      'user:se:c@ret': { username: 'user', password: 'se:c@ret' },
      'us%3Aer:%2Fsecret%2C%25': { username: 'us:er', password: '/secret,%' },
    }
    for (const [written, login] of Object.entries(logins)) {
      for (const url of [`redis+cluster://${written}@a,b`, `redis+sentinel://${written}@a,b/chat`]) {
        const address = readRedisAddress(url)
        assert.ok('login' in address)
        assert.deepEqual(address.login, login)
        assert.deepEqual(
          address.hosts.map(({ host }) => host),
          ['a', 'b'],
        )
        assert.doesNotMatch(address.place, /user|ret/)
      }
    }
    assert.equal(readRedisAddress('redis://user:secret@a:1/?password=secret').place, 'redis://a:1')
  })

  it('says who signs in to the Sentinels, if they want to know', () => {
    const url = 'redis+sentinel://user:secret@a/chat?sentinelPassword=an%26other&sentinelUsername=me'
    const address = readRedisAddress(url)
    assert.ok(address.kind === 'sentinel')
    assert.deepEqual(address.sentinelLogin, { username: 'me', password: 'an&other' })
    assert.equal(address.place, 'redis+sentinel://a:26379/chat')
  })

  const faults: Record<string, RegExp> = {
    secret: /^expected a URL that starts with redis:/,
    'http://secret': /^expected a URL that starts with redis:/,
    'redis+unix://secret': /^expected a URL that starts with redis:/,
    'REDIS://secret': /^expected a URL that starts with redis:/,
    'redis://secret:x': /^expected one host/,
    'redis://secret,secret2': /^expected one host/,
    'redis://secret:1,secret2:2': /^expected one host/,
    'redis+cluster://': /^expected redis\+cluster:/,
    'redis+cluster://secret,': /^expected redis\+cluster:/,
    'redis+cluster://secret:0': /^expected redis\+cluster:/,
    'redis+cluster://secret:65536': /^expected redis\+cluster:/,
    'redis+cluster://sec ret': /^expected redis\+cluster:/,
    'redis+cluster://secret/': /^expected redis\+cluster:/,
    'redis+cluster://secret?x=1': /^expected redis\+cluster:/,
    'redis+cluster://fd00::1': /^expected redis\+cluster:/,
    'redis+cluster://%:secret@a': /^expected user, password and name percent-encoded/,
    'redis+sentinel://secret': /^expected redis\+sentinel:.*\/name/,
    'redis+sentinel://secret/': /^expected redis\+sentinel:.*\/name/,
    'redis+sentinel:///secret': /^expected redis\+sentinel:/,
    'redis+sentinel://a/secret/0': /^expected redis\+sentinel:/,
    'redis+sentinel://a/chat?secret=1': /^expected no options but sentinelUsername/,
    'redis+sentinel://a/%secret': /^expected user, password and name percent-encoded/,
  }
  for (const [url, fault] of Object.entries(faults)) {
    it(`is not ${url}, and what is expected is said without showing it`, () => {
      assert.throws(
        () => readRedisAddress(url),
        (error: Error) => fault.test(error.message) && !error.message.includes('secret'),
      )
    })
  }
})
