/** One signed request. */
import { type Outbound, OutboundProblem } from '../outbound/outbound.ts'
import { retryAfterMs, signaturesOf } from '../rules/webhooks.ts'
import type { Webhook } from '../store/store.ts'
import { version } from '../version.ts'
import type { Delivery } from './events.ts'

/** It arrived where the answer's status is 2xx. */
export type Sent =
  | { readonly isDelivered: true; readonly status: number }
  | {
      readonly isDelivered: false
      readonly why: string
      /** The receiver asks to wait so long. */
      readonly afterMs: number
      /** It wants no more, ever: 410. */
      readonly isGone: boolean
    }

export async function send(
  outbound: Outbound,
  { url, secrets }: Pick<Webhook, 'url' | 'secrets'>,
  { id, body, now }: { readonly id: string; readonly body: string; readonly now: number },
): Promise<Sent> {
  const timestamp = Math.floor(now / 1000)
  try {
    const { status, headers } = await outbound(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': `Chatter/${version}`,
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signaturesOf(secrets, { id, timestamp, body }),
      },
      body,
    })
    if (status >= 200 && status < 300) return { isDelivered: true, status }
    return {
      isDelivered: false,
      why: `expected a status from 200 to 299, got ${status}`,
      afterMs: retryAfterMs(headers.get('retry-after'), now),
      isGone: status === 410,
    }
  } catch (error) {
    if (!(error instanceof OutboundProblem)) throw error
    return { isDelivered: false, why: error.message, afterMs: 0, isGone: false }
  }
}

/** What a first try says. */
export function testDelivery(now: number): Delivery {
  const timestamp = new Date(now).toISOString()
  return { events: [{ id: `test.${now}`, type: 'test', timestamp, data: {} }], users: {} }
}
