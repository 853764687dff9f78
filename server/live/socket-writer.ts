import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { frameText } from '../fanout/frame.ts'

const laggingBytes = 256 * 1024
const mostBytes = 1024 * 1024

/** `volatile`: may be dropped where the peer lags. */
export type WriteOptions = { readonly volatile?: boolean | undefined }

/**
 * What waits to be written to one socket. Everything of one turn leaves in one system call, which is nine tenths of
 * what a delivery costs. A socket that reads too slowly is reported instead of filling the memory.
 */
export class SocketWriter {
  readonly #ws: WebSocket
  readonly #raw: Socket | undefined
  #queue: Buffer[] = []
  #bytes = 0
  #isHeld = true

  constructor(ws: WebSocket) {
    this.#ws = ws
    // Frames come ready-made and shared, which the documented API of ws can't send. Safe while compression is off.
    this.#raw = (ws as unknown as { _socket?: Socket })._socket
  }

  /** Bytes written or waiting that the peer has not taken yet. */
  get backlog(): number {
    return this.#ws.bufferedAmount + this.#bytes
  }

  /** Bytes the peer's side of the connection has taken so far. */
  get taken(): number {
    return this.#raw ? this.#raw.bytesWritten - this.#raw.writableLength : 0
  }

  /** Bytes that have come from the peer. Whatever comes shows that it lives: frames, and the answers to pings. */
  get heard(): number {
    return this.#raw?.bytesRead ?? Number.NaN
  }

  /** Whether its peer lags so far behind that nothing goes to it which can wait or be left out. */
  get isLagging(): boolean {
    return this.backlog > laggingBytes
  }

  /** Judged by what earlier turns left, or holding: much at once is not the peer's fault. */
  get isTooSlow(): boolean {
    return this.#ws.bufferedAmount > mostBytes || (this.#isHeld && this.#bytes > mostBytes)
  }

  /** Queues a frame, or several in one buffer. */
  push(frames: Buffer, options?: WriteOptions): void {
    if (options?.volatile && this.isLagging) return
    this.#queue.push(frames)
    this.#bytes += frames.length
  }

  /** Releases what was held since the start, behind a first frame. */
  release(first: Buffer): void {
    this.#queue.unshift(first)
    this.#bytes += first.length
    this.#isHeld = false
  }

  /** Writes what waits. As the last one before the socket is closed, also what is held. */
  flush(options?: { isLast: boolean }): void {
    if (this.#queue.length === 0 || (this.#isHeld && !options?.isLast)) return
    const queue = this.#queue
    this.#queue = []
    this.#bytes = 0
    if (this.#ws.readyState !== this.#ws.OPEN) return
    const [first] = queue
    if (!this.#raw) for (const frame of queue) this.#sendSlowly(frame)
    else if (queue.length === 1 && first) this.#raw.write(first)
    else this.#raw.write(Buffer.concat(queue))
  }

  /** Should ws ever hide its socket: one documented send for each frame of the buffer. */
  #sendSlowly(frames: Buffer): void {
    for (let start = 0; start < frames.length; ) {
      const end = start + frameLength(frames, start)
      this.#ws.send(frameText(frames.subarray(start, end)))
      start = end
    }
  }
}

function frameLength(frames: Buffer, start: number): number {
  const short = frames.readUInt8(start + 1)
  if (short < 126) return 2 + short
  return short === 126 ? 4 + frames.readUInt16BE(start + 2) : 10 + Number(frames.readBigUInt64BE(start + 2))
}
