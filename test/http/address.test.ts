import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressIn, senderOf } from '../../server/http/address.ts'

const trusted = addressIn(['10.0.0.0/8', 'fd00::1'])

for (const [what, address, forwardedFor, sender] of [
  ['the peer, where no proxy is trusted', '203.0.113.7', undefined, '203.0.113.7'],
  ['the peer, whatever it says of itself', '203.0.113.7', '198.51.100.1', '203.0.113.7'],
  ['whom a trusted proxy heard', '10.0.0.1', '203.0.113.7', '203.0.113.7'],
  [
    'whom the last of them heard, not what came before',
    '10.0.0.1',
    '1.2.3.4, 203.0.113.7, 10.9.9.9',
    '203.0.113.7',
  ],
  ['the peer itself, where the proxy says nothing readable', '10.0.0.1', 'unknown', undefined],
  ['nobody behind a private address that is not trusted', '192.168.1.1', '203.0.113.7', undefined],
  ['nobody on the machine itself', '127.0.0.1', undefined, undefined],
  ['nobody where the connection is gone', undefined, '203.0.113.7', undefined],
  ['IPv4 as it is, also in IPv6', '::ffff:203.0.113.7', undefined, '203.0.113.7'],
  ['the first 64 bits of IPv6', '2001:db8:1:2:3:4:5:6', undefined, '2001:db8:1:2::/64'],
  ['the same bits, however they are written', '2001:DB8:1:2::1', undefined, '2001:db8:1:2::/64'],
  ['zeros in them, too', '2001:db8::1', undefined, '2001:db8:0:0::/64'],
  ['a trusted proxy by IPv6', 'fd00::1', '2001:db8::9', '2001:db8:0:0::/64'],
] as const) {
  test(`a request comes from ${what}`, () => {
    assert.equal(senderOf({ address, forwardedFor }, trusted), sender)
  })
}
