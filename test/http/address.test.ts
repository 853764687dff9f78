import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressIn, senderOf } from '../../server/http/address.ts'

const trusted = addressIn(['10.0.0.0/8', '198.51.100.1', '2001:db8:ffff::1', 'fd00::1'])

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
  ['whom a trusted proxy heard, without the port', '10.0.0.1', '203.0.113.7:5678', '203.0.113.7'],
  ['the same through several of them', '10.0.0.1', '203.0.113.7:1, 10.9.9.9:65535', '203.0.113.7'],
  ['the same by IPv6', '10.0.0.1', '[2001:db8::1]:443', '2001:db8:0:0::/64'],
  ['the same in quotes', '10.0.0.1', '"[2001:db8::1]:443"', '2001:db8:0:0::/64'],
  ['the same in quotes, by IPv4', '10.0.0.1', '"203.0.113.7:80", "10.9.9.9"', '203.0.113.7'],
  ['whom a trusted proxy heard, in brackets', '10.0.0.1', '[2001:db8::1]', '2001:db8:0:0::/64'],
  [
    'whom a trusted proxy heard, not the proxy that this one made up',
    '10.0.0.1',
    '1.2.3.4, 10.0.0.2:80, 203.0.113.7:9',
    '203.0.113.7',
  ],
  ['the last of a quoted list', '10.0.0.1', '"1.2.3.4, 10.0.0.2", 203.0.113.7:9', '203.0.113.7'],
  ['an interface of this machine, without its name', '10.0.0.1', '2001:db8::1%eth0', '2001:db8:0:0::/64'],
  ['nobody behind a private address that is not trusted', '192.168.1.1', '203.0.113.7', undefined],
  ['nobody on the machine itself', '127.0.0.1', undefined, undefined],
  ['nobody where the connection is gone', undefined, '203.0.113.7', undefined],
  ['IPv4 as it is, also in IPv6', '::ffff:203.0.113.7', undefined, '203.0.113.7'],
  ['the same in hexadecimal', '::ffff:cb00:7105', undefined, '203.0.113.5'],
  ['the same, written out', '10.0.0.1', '[0:0:0:0:0:FFFF:CB00:7105]:443', '203.0.113.5'],
  ['a trusted proxy in hexadecimal, too', '::ffff:a00:1', '203.0.113.7', '203.0.113.7'],
  ['nobody behind a private address in hexadecimal', '::ffff:c0a8:101', undefined, undefined],
  ['the IPv4 that a translator carries', '64:ff9b::cb00:7105', undefined, '203.0.113.5'],
  ['the same with dots', '10.0.0.1', '64:ff9b::203.0.113.5', '203.0.113.5'],
  ['no proxy that a translator could carry', '64:ff9b::a00:1', '203.0.113.7', '10.0.0.1'],
  ['no IPv4 of another prefix', '64:ff9b:1::cb00:7105', undefined, '64:ff9b:1:0::/64'],
  ['a public proxy that names nobody', '198.51.100.1', undefined, '198.51.100.1'],
  ['a public proxy that names nobody readable', '198.51.100.1', 'unknown', '198.51.100.1'],
  ['a public proxy by IPv6, whole', '2001:db8:ffff::1', undefined, '2001:db8:ffff::1'],
  ['the first 64 bits of IPv6', '2001:db8:1:2:3:4:5:6', undefined, '2001:db8:1:2::/64'],
  ['the same bits, however they are written', '2001:DB8:1:2::1', undefined, '2001:db8:1:2::/64'],
  ['zeros in them, too', '2001:db8::1', undefined, '2001:db8:0:0::/64'],
  ['a trusted proxy by IPv6', 'fd00::1', '2001:db8::9', '2001:db8:0:0::/64'],
] as const) {
  test(`a request comes from ${what}`, () => {
    assert.equal(senderOf({ address, forwardedFor }, trusted), sender)
  })
}

for (const entry of [
  '1.2.3.4%5.6.7.8',
  '203.0.113.7:',
  '203.0.113.7:1:2',
  '203.0.113.7:port',
  '203.0.113.7 evil',
  '"203.0.113.7',
  '"203.0.113.7"x',
  '[203.0.113.7]:80',
  '[2001:db8::1',
  '[2001:db8::1]443',
  '[]:80',
  '[[2001:db8::1]]:80',
  '2001:db8::1]:443',
  '203.0.113.256:80',
  '',
  ':80',
]) {
  test(`nobody is believed behind ${JSON.stringify(entry)}, whatever stands before it`, () => {
    assert.equal(senderOf({ address: '10.0.0.1', forwardedFor: `1.2.3.4, ${entry}` }, trusted), undefined)
  })
}
