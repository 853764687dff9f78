import type { MessageView } from '../protocol/views.ts'
import { wants } from '../rules/webhook-rows.ts'
import { eventOfMessage } from '../rules/webhooks.ts'
import type { NewWebhookEvent, StoreReads, Stores, Webhook } from '../store/store.ts'

const pageSize = 200

/**
 * What history still knows of the time since then is to be delivered once more: messages as they are now, and what the rooms
 * themselves say. @returns how many events that are
 */
export async function replaySince(
  { webhooks, forTenant }: Pick<Stores, 'webhooks' | 'forTenant'>,
  webhook: Webhook,
  { since, now }: { readonly since: number; readonly now: number },
): Promise<number> {
  const store = forTenant(webhook.tenant)
  let count = 0
  let cursor: string | undefined
  do {
    const page = await store.listAllRooms({ limit: pageSize, ...(cursor !== undefined && { cursor }) })
    for (const { id: room, lastAt } of page.rooms) {
      if (Date.parse(lastAt) < since) continue
      for await (const messages of pagesSince(store, room, since)) {
        const events = messages
          .map((message) => eventIn(room, message, now))
          .filter((one) => wants(webhook, one.event))
        await webhooks.putEvents(webhook, events)
        count += events.length
      }
    }
    cursor = page.cursor
  } while (cursor !== undefined)
  return count
}

/** In their order: a delivery may begin before all are found. */
async function* pagesSince(store: StoreReads, room: string, since: number): AsyncGenerator<MessageView[]> {
  const isNew = ({ createdAt }: MessageView) => Date.parse(createdAt) >= since
  for (let after = await lastBefore(store, room, isNew); ; ) {
    const { messages } = await store.readPage(room, { after }, pageSize)
    const last = messages.at(-1)
    if (!last) return
    yield messages.filter(isNew)
    after = last.seq
  }
}

/** Looks from the newest back. @returns the seq behind which those that are new begin */
async function lastBefore(
  store: StoreReads,
  room: string,
  isNew: (message: MessageView) => boolean,
): Promise<number> {
  for (let before: number | undefined; ; ) {
    const { messages, older } = await store.readPage(room, before === undefined ? {} : { before }, pageSize)
    const known = messages.findLast((message) => !isNew(message))
    if (known) return known.seq
    const [first] = messages
    if (!older || !first) return 0
    before = first.seq
  }
}

/** `at` is when it is asked for: it has its day from then on. */
function eventIn(room: string, message: MessageView, at: number): NewWebhookEvent {
  const { seq } = message
  return { room, rev: seq, event: eventOfMessage(message), seq, at }
}
