import { connect, type Socket } from 'node:net'
import type { Dialect } from './dialect.ts'

/** What all peers of a server have seen together. */
export class Tally {
  delivered = 0
  acknowledged = 0
  /** Messages that came twice, out of order or not at all, and frames that should not have come. */
  readonly faults: string[] = []
  /** Whether messages come in the order of their numbers. Else each comes all the same, and once. */
  readonly isOrdered: boolean
  /** Whether a message may come once more: what was late is healed, and comes after all. It counts once. */
  readonly mayRepeat: boolean
  repeated = 0
  #goal = { delivered: Number.POSITIVE_INFINITY, acknowledged: 0, reach: () => {} }

  constructor({ isOrdered = true, mayRepeat = false } = {}) {
    this.isOrdered = isOrdered
    this.mayRepeat = mayRepeat
  }

  /** Calls `reach` as soon as there are so many deliveries and acknowledgements in total. */
  waitFor(delivered: number, acknowledged: number, reach: () => void): void {
    this.#goal = { delivered, acknowledged, reach }
    this.check()
  }

  check(): void {
    const { delivered, acknowledged, reach } = this.#goal
    if (this.delivered < delivered || this.acknowledged < acknowledged) return
    this.#goal.delivered = Number.POSITIVE_INFINITY
    reach()
  }

  fault(what: string): void {
    if (this.faults.length < 20) this.faults.push(what)
  }
}

export type Address = { readonly port: number; readonly dialect: Dialect; readonly token: string }

// All sockets are read into the same bytes: what is left of a frame is copied out before the next read.
const shared = Buffer.allocUnsafe(256 * 1024)
const zero = 0x30
const nine = 0x39

/**
 * One socket of the bench, read as cheaply as JavaScript can: it counts frames by their headers and checks that each
 * message is the one after the last, or at least a new one, so that nothing is lost or doubled unseen.
 */
export class Peer {
  /** All of the room's messages up to this seq were seen; −1 before the first, which may be any. */
  lastSeq: number
  /** What came before its time. */
  readonly #early = new Set<number>()
  /** Whether the server may send it away. */
  isFree = false
  /** The text of the last message, kept on demand. */
  keepsText = false
  lastText = ''
  onAck: () => void = () => {}
  readonly welcomed: Promise<void>
  /** Its socket is closed, by whomever. */
  readonly gone: Promise<void>
  readonly #socket: Socket
  readonly #dialect: Dialect
  readonly #tally: Tally
  readonly #token: string
  #rest: Buffer | undefined
  #isUpgraded = false
  #isEnding = false
  #out: Buffer[] = []
  #isReading = false
  #welcome: () => void = () => {}
  #refuse: (why: Error) => void = () => {}
  #leave: () => void = () => {}

  constructor({ port, dialect, token }: Address, tally: Tally) {
    this.#dialect = dialect
    this.#tally = tally
    this.#token = token
    // Where messages overtake one another, only an empty room shows which is the first.
    this.lastSeq = tally.isOrdered ? -1 : 0
    this.welcomed = new Promise((resolve, reject) => {
      this.#welcome = resolve
      this.#refuse = reject
    })
    this.gone = new Promise((resolve) => {
      this.#leave = resolve
    })
    const callback = (count: number) => {
      this.#read(count)
      return true
    }
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true, onread: { buffer: shared, callback } })
    this.#socket.on('error', (error) => this.#end(error.message))
    this.#socket.on('close', () => {
      this.#end('closed')
      this.#leave()
    })
    const protocol = dialect.protocol === undefined ? '' : `Sec-WebSocket-Protocol: ${dialect.protocol}\r\n`
    this.#socket.write(
      `GET ${dialect.path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${protocol}\r\n`,
    )
  }

  /** Whether a message came and one before it did not. */
  get hasHole(): boolean {
    return this.#early.size > 0
  }

  /** Sends a text frame. What is sent while reading leaves in one write at the end of it. */
  send(text: string): void {
    this.#out.push(masked(0x81, Buffer.from(text)))
    if (!this.#isReading) this.#flush()
  }

  end(): void {
    this.#isEnding = true
    this.#socket.destroy()
  }

  #flush(): void {
    if (this.#out.length === 0) return
    const out = this.#out
    this.#out = []
    this.#socket.write(out.length === 1 && out[0] ? out[0] : Buffer.concat(out))
  }

  #read(count: number): void {
    let bytes = shared
    let end = count
    if (this.#rest) {
      bytes = Buffer.concat([this.#rest, shared.subarray(0, count)])
      end = bytes.length
      this.#rest = undefined
    }
    this.#isReading = true
    const used = this.#isUpgraded ? this.#takeFrames(bytes, 0, end) : this.#takeUpgrade(bytes, end)
    this.#isReading = false
    if (used < end) this.#rest = Buffer.from(bytes.subarray(used, end))
    this.#flush()
    this.#tally.check()
  }

  #takeUpgrade(bytes: Buffer, end: number): number {
    const blank = bytes.subarray(0, end).indexOf('\r\n\r\n')
    if (blank === -1) return 0
    const status = bytes.toString('latin1', 0, 12)
    if (status !== 'HTTP/1.1 101') this.#refuse(new Error(status))
    this.#isUpgraded = true
    this.send(this.#dialect.hello(this.#token))
    return this.#takeFrames(bytes, blank + 4, end)
  }

  /** @returns how far the bytes held whole frames */
  #takeFrames(bytes: Buffer, from: number, end: number): number {
    let at = from
    while (at + 2 <= end) {
      const start = at + headerLength(bytes, at)
      if (start > end) break
      const length = payloadLength(bytes, at)
      if (start + length > end) break
      this.#take(bytes[at] ?? 0, bytes, start, length)
      at = start + length
    }
    return at
  }

  #take(opcode: number, bytes: Buffer, start: number, length: number): void {
    const kind = opcode === 0x81 ? this.#dialect.kindOf(bytes, start) : 'control'
    if (kind === 'message') this.#takeMessage(bytes, start, length)
    else if (kind === 'control') this.#takeControl(opcode, bytes, start, length)
    else if (kind === 'other') this.#takeOther(bytes.toString('utf8', start, start + length))
    else {
      this.#tally.acknowledged += 1
      this.onAck()
    }
  }

  #takeMessage(bytes: Buffer, start: number, length: number): void {
    let seq = 0
    for (let at = start + this.#dialect.seqAt; ; at += 1) {
      const digit = bytes[at] ?? 0
      if (digit < zero || digit > nine) break
      seq = seq * 10 + digit - zero
    }
    if (this.#isNew(seq)) this.#tally.delivered += 1
    else this.#tally.repeated += 1
    if (this.keepsText) this.lastText = bytes.toString('utf8', start, start + length)
  }

  #isNew(seq: number): boolean {
    const { isOrdered, mayRepeat } = this.#tally
    const isNext = this.lastSeq < 0 || seq === this.lastSeq + 1
    const isRepeated = !isNext && (seq <= this.lastSeq || this.#early.has(seq))
    if (isRepeated ? !mayRepeat : isOrdered && !isNext) {
      this.#tally.fault(`message ${seq} came after ${this.lastSeq}`)
    }
    if (isNext || isOrdered) this.lastSeq = seq
    else if (!isRepeated) this.#early.add(seq)
    while (this.#early.size > 0 && this.#early.delete(this.lastSeq + 1)) this.lastSeq += 1
    return !isRepeated
  }

  #takeOther(text: string): void {
    if (this.#dialect.isWelcome(text)) this.#welcome()
    else if (text.startsWith('{"t":"err"') || text.startsWith('44')) this.#tally.fault(text)
    else if (text.startsWith('{"t":"bye"') && !this.isFree) this.#tally.fault(text)
  }

  #takeControl(opcode: number, bytes: Buffer, start: number, length: number): void {
    if (opcode === 0x89) this.#out.push(masked(0x8a, Buffer.from(bytes.subarray(start, start + length))))
    else if (opcode === 0x88) this.#end(`closed: ${bytes.toString('utf8', start + 2, start + length)}`)
  }

  #end(why: string): void {
    if (this.#isEnding) return
    this.#isEnding = true
    if (!this.isFree) this.#tally.fault(why)
    this.#refuse(new Error(why))
    this.#socket.destroy()
  }
}

function headerLength(bytes: Buffer, at: number): number {
  const short = bytes[at + 1] ?? 0
  return short < 126 ? 2 : short === 126 ? 4 : 10
}

function payloadLength(bytes: Buffer, at: number): number {
  const short = bytes[at + 1] ?? 0
  if (short < 126) return short
  return short === 126 ? bytes.readUInt16BE(at + 2) : bytes.readUIntBE(at + 4, 6)
}

/** A client's frame, masked with zeros: the bytes stay as they are, and the server unmasks them all the same. */
function masked(opcode: number, payload: Buffer): Buffer {
  const { length } = payload
  const header = Buffer.alloc(length < 126 ? 6 : 8)
  header[0] = opcode
  header[1] = 0x80 | Math.min(length, 126)
  if (length >= 126) header.writeUInt16BE(length, 2)
  return Buffer.concat([header, payload])
}
