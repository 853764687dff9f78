import { setTimeout as delay } from 'node:timers/promises'
import type { Actor, Crowd } from './client/crowd.ts'
import { line, uuid } from './scene.ts'

/** What a load did: messages and deliveries, the time until the last of them, and the server's processor time. */
export type Measure = {
  readonly messages: number
  readonly deliveries: number
  readonly seconds: number
  readonly cpuUs: number
  /** How late the server's event loop was, in 99 of 100 samples: milliseconds. Not a number unless it was watched. */
  readonly delayMs: number
}

/** Between two looks at what is to be said. */
const turnMs = 5

/** Messages sent so far, by everybody: their ids rise with it. */
let sent = 0

/**
 * Lets a crowd speak, waits until everything has arrived everywhere, and holds what was stored and delivered against
 * what was sent.
 */
export async function measure(
  crowd: Crowd,
  speak: (crowd: Crowd) => Promise<unknown>,
  { isWatched = false } = {},
): Promise<Measure> {
  const { server, tally } = crowd
  const stored = await server.ask('stored')
  const { delivered } = tally
  if (isWatched) await server.ask('watch')
  const cpu = await server.ask('cpu')
  const start = { at: performance.now(), sent: crowd.sent }
  await speak(crowd)
  await crowd.allArrived()
  const seconds = (performance.now() - start.at) / 1000
  const cpuUs = (await server.ask('cpu')) - cpu
  const delayMs = isWatched ? await server.ask('delay') : Number.NaN
  const messages = crowd.sent - start.sent
  const deliveries = tally.delivered - delivered
  const expected = messages * crowd.reach
  if (deliveries !== expected) tally.fault(`delivered ${deliveries} of ${expected}`)
  if (crowd.actors.some(({ peer }) => peer.hasHole)) tally.fault('a number was left out')
  const kept = (await server.ask('stored')) - stored
  if (kept !== messages) tally.fault(`stored ${kept} of ${messages}`)
  return { messages, deliveries, seconds, cpuUs, delayMs }
}

/** Each speaker has so many messages on their way, and sends the next one when one is acknowledged. */
export function closedLoop(
  speakers: (crowd: Crowd) => readonly Actor[],
  { window, forMs }: { window: number; forMs: number },
): (crowd: Crowd) => Promise<void> {
  return (crowd) =>
    new Promise((resolve) => {
      const end = performance.now() + forMs
      const speaking = new Set(speakers(crowd))
      for (const actor of speaking) {
        actor.peer.onAck = () => {
          if (performance.now() < end) return say(crowd, actor)
          actor.peer.onAck = () => {}
          speaking.delete(actor)
          if (speaking.size === 0) resolve()
        }
        for (let ahead = 0; ahead < window; ahead += 1) say(crowd, actor)
      }
    })
}

/** So many messages a second, whatever comes back, said in turn by everybody. */
export function openLoop({ perS, forMs }: { perS: number; forMs: number }): (crowd: Crowd) => Promise<void> {
  return async (crowd) => {
    const start = performance.now()
    const count = Math.round((perS * forMs) / 1000)
    // In another order than they sit, so that each moment has speakers of many rooms.
    const step = 7 * Math.ceil(crowd.reach) + 1
    for (let said = 0; said < count; ) {
      const due = Math.min(count, Math.ceil(((performance.now() - start) * perS) / 1000))
      for (; said < due; said += 1) {
        const actor = crowd.actors[(said * step) % crowd.actors.length]
        if (actor) say(crowd, actor)
      }
      await delay(turnMs)
    }
  }
}

/** One message after the other, the next one when everybody has the last. */
export function oneByOne(count: number): (crowd: Crowd) => Promise<void> {
  return async (crowd) => {
    const [actor] = crowd.actors
    for (let message = 0; actor && message < count; message += 1) {
      say(crowd, actor)
      await crowd.allArrived()
    }
  }
}

export function say(crowd: Crowd, { peer, room }: Actor, id = nextId()): void {
  crowd.sent += 1
  peer.send(crowd.server.dialect.send({ ack: crowd.sent, roomId: room, messageId: id, text: line }))
}

function nextId(): string {
  sent += 1
  return uuid(0x10_00_00_00 + sent)
}
