import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { type Outbound, OutboundProblem } from '../../server/outbound/outbound.ts'
import type { Delivery, SentEvent } from '../../server/webhooks/events.ts'

type Heard = { readonly url: string; readonly id: string; readonly body: Delivery }
type Answer = (heard: Heard) => Response | undefined | Promise<Response | undefined>

/** The site that is told: it believes nothing that is not signed. */
export class Receiver {
  readonly heard: Heard[] = []
  /** What it answers in place of 204; without one, none. */
  answer: Answer = () => new Response(null, { status: 204 })
  secrets: readonly string[]

  constructor(...secrets: string[]) {
    this.secrets = secrets
  }

  readonly outbound: Outbound = async (url, { method, headers = {}, body = '' } = {}) => {
    assert.equal(method, 'POST')
    const id = headers['webhook-id'] ?? assert.fail('no id')
    const signed = `${id}.${headers['webhook-timestamp']}.${body}`
    const given = (headers['webhook-signature'] ?? '').split(' ')
    const isSigned = this.secrets.some((secret) => {
      const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
      return given.includes(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`)
    })
    assert.ok(isSigned, 'signed')
    const heard = { url, id, body: JSON.parse(body) }
    const answer = await this.answer(heard)
    if (!answer) throw new OutboundProblem('https://shop.example: no answer within 10 s')
    if (answer.ok) this.heard.push(heard)
    return answer
  }

  /** All that it took. */
  get events(): SentEvent[] {
    return this.heard.flatMap(({ body }) => body.events)
  }

  /** What it took of each room: the numbers, in the order in which they came. */
  get revs(): Record<string, number[]> {
    const found: Record<string, number[]> = {}
    for (const { data } of this.events) {
      const { roomId = '', rev = 0 } = data
      found[roomId] ??= []
      found[roomId].push(rev)
    }
    return found
  }
}
