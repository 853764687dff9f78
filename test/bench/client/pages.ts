import { connect, type Socket } from 'node:net'

/** One kept-open HTTP connection, read with as little work as possible: its time is the server's. */
export class Pages implements Disposable {
  readonly #socket: Socket
  readonly #port: number
  #answer: (body: Buffer) => void = () => {}
  #fail: (error: Error) => void = () => {}
  #chunks: Buffer[] = []
  #missing = -1

  constructor(port: number) {
    this.#port = port
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true })
    this.#socket.on('data', (chunk) => this.#take(chunk))
    this.#socket.on('error', (error) => this.#fail(error))
    this.#socket.on('close', () => this.#fail(new Error('the connection was closed')))
  }

  /** The body of a GET that must succeed. */
  get(path: string, token: string): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#answer = resolve
      this.#fail = reject
      this.#socket.write(
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${this.#port}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
      )
    })
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk)
    if (this.#missing < 0) this.#readHead()
    else this.#missing -= chunk.length
    if (this.#missing !== 0) return
    const whole = Buffer.concat(this.#chunks)
    this.#chunks = []
    this.#missing = -1
    this.#answer(whole.subarray(whole.indexOf('\r\n\r\n') + 4))
  }

  #readHead(): void {
    const bytes = Buffer.concat(this.#chunks)
    const end = bytes.indexOf('\r\n\r\n')
    if (end === -1) return
    const head = bytes.toString('latin1', 0, end)
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
    if (!head.startsWith('HTTP/1.1 200') || length === undefined) this.#fail(new Error(head))
    else this.#missing = end + 4 + Number(length) - bytes.length
  }
}
