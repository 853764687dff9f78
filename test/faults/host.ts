/**
 * A machine of its own, as far as its network goes: a network namespace with two links to this one. One per process.
 */
import { execFileSync } from 'node:child_process'
import { findIp } from '../support/find.ts'

/** The link over which clients come, and the one to what lies behind: Redis and the database. */
const links = ['front', 'back'] as const
type LinkName = (typeof links)[number]

export class Host implements Disposable {
  readonly #name: string
  readonly #net: string

  private constructor(name: string, net: string) {
    this.#name = name
    this.#net = net
  }

  /** @throws Error that says why this machine does not permit it */
  static make(): Host {
    // A range that is kept for tests of networks, and never routed (RFC 2544).
    const host = new Host(`chatter-${process.pid}`, `198.18.${process.pid % 256}`)
    ip('netns', 'add', host.#name)
    process.once('exit', () => host[Symbol.dispose]())
    try {
      for (const link of links) host.#connect(link)
    } catch (error) {
      host[Symbol.dispose]()
      throw error
    }
    return host
  }

  /** Its address on that link, and this machine's. */
  address(link: LinkName, side: 'inside' | 'outside'): string {
    return `${this.#net}.${links.indexOf(link) * 4 + (side === 'outside' ? 1 : 2)}`
  }

  /** What to put before a command, so that it runs there. */
  get prefix(): string[] {
    return [findIp(), 'netns', 'exec', this.#name]
  }

  /**
   * Nothing arrives on that link any more, either way, and without an error: all is sent to a card that does not exist.
   */
  cut(link: LinkName): void {
    const nowhere = ['lladdr', '02:00:00:00:00:01', 'nud', 'permanent']
    ip('neigh', 'replace', this.address(link, 'inside'), ...nowhere, 'dev', this.#device(link))
    this.#inside('neigh', 'replace', this.address(link, 'outside'), ...nowhere, 'dev', link)
  }

  repair(link: LinkName): void {
    ip('neigh', 'del', this.address(link, 'inside'), 'dev', this.#device(link))
    this.#inside('neigh', 'del', this.address(link, 'outside'), 'dev', link)
  }

  [Symbol.dispose](): void {
    try {
      ip('netns', 'del', this.#name)
    } catch {
      // It is gone already.
    }
  }

  #connect(link: LinkName): void {
    const device = this.#device(link)
    ip('link', 'add', device, 'type', 'veth', 'peer', 'name', link, 'netns', this.#name)
    ip('addr', 'add', `${this.address(link, 'outside')}/30`, 'dev', device)
    ip('link', 'set', device, 'up')
    this.#inside('addr', 'add', `${this.address(link, 'inside')}/30`, 'dev', link)
    this.#inside('link', 'set', link, 'up')
    this.#inside('link', 'set', 'lo', 'up')
  }

  #inside(...args: string[]): void {
    ip('-n', this.#name, ...args)
  }

  /** Of fifteen characters at most. */
  #device(link: LinkName): string {
    return `ch${process.pid}${link.slice(0, 1)}`
  }
}

function ip(...args: string[]): void {
  execFileSync(findIp(), args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
