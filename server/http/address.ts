import { BlockList, isIP, isIPv6 } from 'node:net'

/** Whether an address lies in one of these addresses and CIDR ranges. */
export type AddressTest = (address: string) => boolean

export function addressIn(ranges: readonly string[]): AddressTest {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return (address) => {
    const plain = plainAddress(address)
    return list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4')
  }
}

/** IPv4 as it is written, also where IPv6 carries it, in whichever form. */
function plainAddress(address: string): string {
  if (!isIPv6(address)) return address
  const groups = groupsOf(address)
  return prefixOf(groups) === mapped ? carried(groups) : address
}

/** Of IPv4 in IPv6: RFC 4291, and what translators make (RFC 6052). */
const mapped = '0:0:0:0:0:ffff'
const translated = '64:ff9b:0:0:0:0'

const prefixOf = (groups: readonly string[]) => groups.slice(0, 6).join(':')

function carried(groups: readonly string[]): string {
  const bytes = groups.slice(6).flatMap((group) => {
    const number = Number.parseInt(group, 16)
    return [number >> 8, number & 255]
  })
  return bytes.join('.')
}

/** Loopback, and what no address of the open network is (RFC 1918, 6598, 3927, 4193, 4291). */
const isPrivate = addressIn([
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '::1',
  'fc00::/7',
  'fe80::/10',
])

export type Origin = {
  readonly address: string | undefined
  /** `X-Forwarded-For`: each proxy adds whom it heard. */
  readonly forwardedFor: string | undefined
}

/**
 * Who a request comes from, as far as anybody knows: the peer, or whom the last trusted proxy heard; the proxy itself where it
 * names nobody. Undefined where that is a private address, for then it is probably a proxy that nobody named, with
 * everybody behind it. IPv6 goes by its first 64 bits, which are one customer's, and by the IPv4 that it carries.
 */
export function senderOf({ address, forwardedFor }: Origin, isTrusted: AddressTest): string | undefined {
  if (address === undefined) return undefined
  const chain = [...(forwardedFor?.split(',') ?? []), address]
  let sender: string | undefined
  for (const one of chain.reverse()) {
    const heard = addressOf(one)
    if (heard === undefined) break
    sender = heard
    if (!isTrusted(sender)) break
  }
  if (sender === undefined || isPrivate(sender)) return undefined
  // A proxy is one machine.
  return isTrusted(sender) ? sender : countedAs(sender)
}

/** A customer: of IPv4 the address, also where a translator stands before us, of IPv6 the first 64 bits. */
function countedAs(address: string): string {
  if (!isIPv6(address)) return address
  const groups = groupsOf(address)
  return prefixOf(groups) === translated ? carried(groups) : `${groups.slice(0, 4).join(':')}::/64`
}

/**
 * The address of an entry as proxies write them: alone, with the port it came from (`192.0.2.1:5678`, `[2001:db8::1]:443`), in
 * brackets, in quotes. Undefined for anything else: whoever wrote that is not believed.
 */
function addressOf(entry: string): string | undefined {
  const text = entry.trim().replace(/^"([^"]*)"$/, '$1')
  const [, v6, v4] = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d{1,5})?$/.exec(text) ?? []
  if (v6 !== undefined && !isIPv6(v6)) return undefined
  const address = v6 ?? v4 ?? text
  // Only IPv6 has zones: of `1.2.3.4%5` nothing is believed.
  return isIP(address) === 0 ? undefined : plainAddress(address.replace(/%.*$/, ''))
}

/** All eight groups of IPv6, each as short as it gets. */
function groupsOf(address: string): string[] {
  // The parser of URLs writes an address out in one way.
  const [head = '', tail] = new URL(`http://[${address.split('%')[0]}]`).hostname.slice(1, -1).split('::')
  const groups = head.split(':').filter((group) => group !== '')
  const rest = tail === undefined ? [] : tail.split(':').filter((group) => group !== '')
  const zeros = Array.from({ length: 8 - groups.length - rest.length }, () => '0')
  return [...groups, ...zeros, ...rest]
}
