import type { End, Line } from './line.ts'

const text = 1
const bye = 8
const ping = 9
const pong = 10

/** The browser's WebSocket, as much of it as the widget uses, on a line that can break at any byte. */
export class PageSocket extends EventTarget {
  readonly #line: Line
  readonly #overhear: (data: string) => void
  readonly #frames = new Frames()
  #isUpgraded = false
  #isGone = false

  constructor(dial: (page: End) => Line, overhear: (data: string) => void) {
    super()
    this.#overhear = overhear
    this.#line = dial({ hear: (bytes) => this.#hear(bytes), over: () => this.#over(1006) })
  }

  send(data: string): void {
    if (!this.#isGone) this.#line.send(clientFrame(text, Buffer.from(data)))
  }

  close(code = 1000): void {
    if (this.#isGone) return
    this.#isGone = true
    if (this.#isUpgraded) this.#line.send(clientFrame(bye, codeBytes(code)))
    this.#line.hangUp()
  }

  #hear(bytes: Buffer): void {
    this.#frames.push(bytes)
    if (!this.#isUpgraded) this.#upgrade()
    if (!this.#isUpgraded) return
    for (let frame = this.#frames.take(); frame && !this.#isGone; frame = this.#frames.take())
      this.#take(frame)
  }

  #upgrade(): void {
    const head = this.#frames.takeHead()
    if (head === undefined) return
    this.#isUpgraded = head.startsWith('HTTP/1.1 101')
    if (this.#isUpgraded) this.dispatchEvent(new Event('open'))
    else this.#over(1006)
  }

  #take({ opcode, payload }: Frame): void {
    if (opcode === text) this.#receive(payload.toString())
    if (opcode === ping) this.#line.send(clientFrame(pong, payload))
    if (opcode === bye) this.#over(payload.length >= 2 ? payload.readUInt16BE() : 1005)
  }

  #receive(data: string): void {
    this.#overhear(data)
    this.dispatchEvent(new MessageEvent('message', { data }))
  }

  #over(code: number): void {
    if (this.#isGone) return
    this.close(code)
    this.dispatchEvent(Object.assign(new Event('close'), { code }))
  }
}

type Frame = { readonly opcode: number; readonly payload: Buffer }

/** Whole frames out of pieces of any length (RFC 6455 §5.2). The server's are never in parts and never masked. */
class Frames {
  #bytes: Buffer = Buffer.alloc(0)

  push(bytes: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes])
  }

  /** The answer to the upgrade, once it is whole. */
  takeHead(): string | undefined {
    const end = this.#bytes.indexOf('\r\n\r\n')
    return end < 0 ? undefined : this.#cut(end + 4).toString()
  }

  take(): Frame | undefined {
    const bytes = this.#bytes
    if (bytes.length < 2) return undefined
    const short = bytes.readUInt8(1)
    const start = short < 126 ? 2 : short === 126 ? 4 : 10
    if (bytes.length < start) return undefined
    const length =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
    if (bytes.length < start + length) return undefined
    return { opcode: bytes.readUInt8() & 0x0f, payload: this.#cut(start + length).subarray(start) }
  }

  #cut(length: number): Buffer {
    const head = this.#bytes.subarray(0, length)
    this.#bytes = this.#bytes.subarray(length)
    return head
  }
}

/** Masked, as a client must, with zeros. */
function clientFrame(opcode: number, payload: Buffer): Buffer {
  const isShort = payload.length < 126
  const head = Buffer.alloc(isShort ? 6 : 8)
  head[0] = 0x80 | opcode
  head[1] = 0x80 | (isShort ? payload.length : 126)
  if (!isShort) head.writeUInt16BE(payload.length, 2)
  return Buffer.concat([head, payload])
}

function codeBytes(code: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(code === 1005 || code === 1006 ? 1000 : code)
  return bytes
}
