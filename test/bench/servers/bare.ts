/**
 * The practical limit: ws and better-sqlite3 with all the tricks and none of the product. Per turn of the event loop
 * one transaction, flushed to the disk, and one buffer of ready-made frames per socket, written past ws.
 */
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { frameJson } from '../../../server/fanout/frame.ts'
import type { Scene } from '../scene.ts'
import { BareLog } from './bare-room.ts'
import { listen, type SendFrame } from './bare-socket.ts'
import type { OpenServer } from './open-server.ts'
import { userOf } from './token.ts'

type Seat = { readonly raw: Socket; readonly room: Set<Seat>; queue: Buffer[] }
type Sent = { readonly from: Seat; readonly author: string; readonly frame: SendFrame }

export async function open(scene: Scene): Promise<OpenServer> {
  const log = new BareLog(scene, 'bare', 'FULL')
  const rooms = new Map(scene.rooms.map(({ id }) => [id, new Set<Seat>()]))
  let sent: Sent[] = []

  const write = log.db.transaction((batch: readonly Sent[]) =>
    batch.map(({ author, frame }) => log.next(author, frame)),
  )

  function turn(): void {
    const batch = sent
    sent = []
    const messages = write.immediate(batch)
    const frames = new Map<Set<Seat>, Buffer[]>()
    const touched = new Set<Seat>()
    for (const [index, { from, author, frame }] of batch.entries()) {
      const message = messages[index]
      from.queue.push(frameJson(JSON.stringify({ t: 'ok', id: frame.id, message })))
      touched.add(from)
      const event = frameJson(JSON.stringify({ t: 'message', message, user: { id: author, name: author } }))
      const waiting = frames.get(from.room)
      if (waiting) waiting.push(event)
      else frames.set(from.room, [event])
    }
    for (const [room, events] of frames) {
      const together = joined(events)
      for (const seat of room) {
        seat.queue.push(together)
        touched.add(seat)
      }
    }
    for (const seat of touched) {
      const { queue } = seat
      seat.queue = []
      seat.raw.write(joined(queue))
    }
  }

  const port = await listen((ws) => {
    let author = ''
    let seat: Seat | undefined
    return {
      join(token) {
        author = userOf(token)
        const room = rooms.get(log.roomOf(author)) ?? new Set()
        seat = { raw: rawOf(ws), room, queue: [] }
        room.add(seat)
        ws.on('close', () => seat && room.delete(seat))
      },
      send(frame) {
        if (seat && sent.push({ from: seat, author, frame }) === 1) setImmediate(turn)
      },
    }
  })
  return { port, stored: () => log.stored() }
}

function rawOf(ws: WebSocket): Socket {
  return (ws as unknown as { _socket: Socket })._socket
}

function joined(buffers: readonly Buffer[]): Buffer {
  const [first] = buffers
  return buffers.length === 1 && first ? first : Buffer.concat(buffers)
}
