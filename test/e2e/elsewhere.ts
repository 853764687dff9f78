import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A site of somebody else, on an origin of its own: one page, as strict as its policy. */
export class Elsewhere implements AsyncDisposable {
  readonly #server = createServer((_request, response) => {
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': this.policy,
    })
    response.end(this.page)
  })
  policy = "default-src 'none'"
  page = ''

  static async open(): Promise<Elsewhere> {
    const elsewhere = new Elsewhere()
    await new Promise<void>((resolve) => elsewhere.#server.listen(0, '127.0.0.1', resolve))
    return elsewhere
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }
}
