/**
 * The one way in which Chatter asks other servers. Addresses come from whoever runs a tenant, so none leads into the
 * network that Chatter stands in: https only, addresses checked when the connection is made (a name may mean another one by
 * then), no redirects, and an end to time and size.
 */
import { type LookupAddress, lookup as lookUp } from 'node:dns'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { BlockList, isIP, type LookupFunction } from 'node:net'

export type OutboundRequest = {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** @throws OutboundProblem where there is no answer, or one that may not be read */
export type Outbound = (url: string, request?: OutboundRequest) => Promise<Response>

/** No answer: the message says why, in words for an operator. */
export class OutboundProblem extends Error {}

export type OutboundOptions = {
  /** Default 4 s, for all of it: who signs in by it waits for no more than 5. */
  readonly timeoutMs?: number
  /** Default 256 KiB. */
  readonly mostBytes?: number
  /** Whether an address may be connected to. Default: those of the public internet. */
  readonly isAllowed?: (address: string) => boolean
  /** Certificates that are trusted beside those of the system. */
  readonly ca?: string
}

/** Of the public internet, as the registries of IANA for special purposes have it. */
export function isPublic(address: string): boolean {
  const family = isIP(address)
  if (family === 0) return false
  // Inside it is one of the other family.
  const [, inside] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? []
  if (inside !== undefined) return isPublic(inside)
  return family === 4
    ? !special.check(address, 'ipv4')
    : global6.check(address, 'ipv6') && !special.check(address, 'ipv6')
}

/** https://www.iana.org/assignments/iana-ipv4-special-registry, and what of IPv6 lies within the unicast range. */
const special = new BlockList()
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  special.addSubnet(net, bits, 'ipv4')
// Tunnels carry an address of the other family, documentation and benchmarks nothing at all.
for (const [net, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  special.addSubnet(net, bits, 'ipv6')
const global6 = new BlockList()
global6.addSubnet('2000::', 3, 'ipv6')

export function createOutbound(options: OutboundOptions = {}): Outbound {
  const { timeoutMs = 4_000, mostBytes = 256 * 1024, isAllowed = isPublic, ca } = options

  const lookup: LookupFunction = (hostname, asked, answer) => {
    lookUp(hostname, { ...asked, all: true }, (error, found: LookupAddress[]) => {
      const addresses = error ? [] : found
      const allowed = addresses.filter(({ address }) => isAllowed(address))
      const [first] = allowed
      if (error) return answer(error, '', 0)
      // One that is not allowed is enough: whoever names it means no good.
      if (!first || allowed.length < addresses.length)
        return answer(new OutboundProblem(`${hostname} leads to an address that is not public`), '', 0)
      if (asked.all) return answer(null, allowed)
      return answer(null, first.address, first.family)
    })
  }

  return (url, { method = 'GET', headers = {}, body } = {}) =>
    new Promise((resolve, reject) => {
      const target = URL.canParse(url) ? new URL(url) : undefined
      const refuse = (why: string) =>
        reject(new OutboundProblem(`${target?.origin ?? 'the address'}: ${why}`))
      if (target?.protocol !== 'https:') return refuse('expected an https address')
      if (target.username !== '' || target.password !== '')
        return refuse('expected an address without a user')
      // No name is looked up for what is an address already.
      const literal = target.hostname.replace(/^\[|\]$/g, '')
      if (isIP(literal) !== 0 && !isAllowed(literal)) return refuse('it is not public')
      const signal = AbortSignal.timeout(timeoutMs)
      const sent = request(target, {
        method,
        headers: { 'accept-encoding': 'identity', ...headers },
        lookup,
        agent: false,
        signal,
        ...(ca && { ca }),
      })
      const fail = (error: Error) =>
        refuse(signal.aborted ? `no answer within ${timeoutMs / 1000} s` : error.message)
      sent.on('error', fail)
      // Without a word, where it goes over to another protocol: the socket is closed, and there is no error.
      const gone = () => refuse('it ended the connection without an answer')
      sent.once('close', gone)
      sent.once('response', (answer) => {
        sent.off('close', gone)
        const { statusCode: status = 0 } = answer
        if (status < 200 || status > 599) {
          sent.destroy()
          return refuse(`it answers with the status ${status}`)
        }
        if (status >= 300 && status < 400) {
          sent.destroy()
          return refuse(`it answers with a redirect (${status})`)
        }
        const chunks: Buffer[] = []
        let bytes = 0
        answer.on('error', fail)
        answer.on('data', (chunk: Buffer) => {
          bytes += chunk.length
          if (bytes <= mostBytes) return void chunks.push(chunk)
          sent.destroy()
          refuse(`it answers with more than ${mostBytes} bytes`)
        })
        answer.on('end', () => {
          // A Response of these with a body is an error, and nobody would catch it.
          const hasBody = status !== 204 && status !== 205
          const init = { status, headers: headersOf(answer) }
          resolve(new Response(hasBody ? Buffer.concat(chunks) : null, init))
        })
        // Cut off in the middle.
        answer.on('close', () => answer.complete || refuse('the answer was cut short'))
      })
      sent.end(body)
    })
}

/** Those that mean something to whoever asked. */
function headersOf({ headers }: IncomingMessage): Headers {
  const told = new Headers()
  for (const name of ['content-type', 'retry-after']) {
    const value = headers[name]
    if (typeof value === 'string') told.set(name, value)
  }
  return told
}
