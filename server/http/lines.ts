import type { ServerResponse } from 'node:http'
import type { Context } from 'hono'
import type { Logger } from '../log/logger.ts'
import { Problem } from '../protocol/problems.ts'
import type { RequestContext } from './context.ts'

/** Where there is nothing to say yet, though it was looked for: undefined. */
type Lines = AsyncGenerator<object | undefined, undefined>
type Outgoing = { readonly outgoing?: ServerResponse }

/** Whoever takes nothing of an answer for so long never will. */
const patienceMs = 30_000
/** Lines are sent together until they are so long. */
const pieceChars = 32 * 1024
/** Proxies give up what says nothing for a minute, and whoever looks for long must learn that nobody waits any more. */
const silentForMs = 5_000
/** May stand before any JSON, so each line stays one. */
const signOfLife = ' '

export const linesType = 'application/x-ndjson'

/** Long answers, as lines of JSON (https://github.com/ndjson/ndjson-spec): made as they are taken, one at a time for each tenant. */
export class LineAnswers {
  readonly #log: Logger
  readonly #now: () => number
  readonly #running = new Set<string>()

  constructor({ log, now }: { log: Logger; now: () => number }) {
    this.#log = log
    this.#now = now
  }

  /**
   * What is wrong before the first piece is a problem as any other; afterwards the connection breaks, and the log says why.
   * @throws Problem `rate_limited` while one is made for the tenant, and what `lines` throws
   */
  async answer(c: Context<RequestContext>, lines: Lines): Promise<Response> {
    const { tenant } = c.var
    if (this.#running.has(tenant.id))
      throw new Problem('rate_limited', 'another export of this site is on its way', { retryAfter: 5 })
    const pieces = this.#pieces(tenant.id, lines, c.env ?? {})
    let next: IteratorResult<string, undefined> | undefined = await pieces.next()
    if (c.req.method === 'HEAD') await pieces.return(undefined)
    const encoder = new TextEncoder()
    const body = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const { done, value } = next ?? (await pieces.next())
          next = undefined
          if (done) controller.close()
          else controller.enqueue(encoder.encode(value))
        },
        cancel: () => pieces.return(undefined).then(() => {}),
      },
      { highWaterMark: 0 },
    )
    return c.body(body, 200, { 'Content-Type': linesType })
  }

  async *#pieces(tenant: string, lines: Lines, { outgoing }: Outgoing): AsyncGenerator<string, undefined> {
    this.#running.add(tenant)
    let isBegun = false
    const taken = () => {
      isBegun = true
      const patience = setTimeout(() => outgoing?.destroy(), patienceMs)
      patience.unref()
      return { [Symbol.dispose]: () => clearTimeout(patience) }
    }
    try {
      let piece = ''
      let saidAt = this.#now()
      for await (const line of lines) {
        if (line) piece += `${JSON.stringify(line)}\n`
        const isSilent = Math.abs(this.#now() - saidAt) >= silentForMs
        if (piece.length < pieceChars && !isSilent) continue
        using _ = taken()
        yield piece || signOfLife
        piece = ''
        saidAt = this.#now()
      }
      yield piece
    } catch (error) {
      // What was sent already says 200: a broken connection says that it is not all.
      if (!isBegun || !outgoing) throw error
      this.#log.error({ err: error, tenant }, 'an answer of lines broke off')
      outgoing.destroy()
    } finally {
      this.#running.delete(tenant)
    }
  }
}
