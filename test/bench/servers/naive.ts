/** The loop that everybody writes first: for each message one INSERT, then `ws.send` to the whole room at once. */
import type { WebSocket } from 'ws'
import type { Scene } from '../scene.ts'
import { BareLog } from './bare-room.ts'
import { listen } from './bare-socket.ts'
import type { OpenServer } from './open-server.ts'
import { userOf } from './token.ts'

export async function open(scene: Scene): Promise<OpenServer> {
  const log = new BareLog(scene, 'naive', 'FULL')
  const rooms = new Map(scene.rooms.map(({ id }) => [id, new Set<WebSocket>()]))

  const port = await listen((ws) => {
    let author = ''
    let room = new Set<WebSocket>()
    return {
      join(token) {
        author = userOf(token)
        room = rooms.get(log.roomOf(author)) ?? room
        room.add(ws)
        ws.on('close', () => room.delete(ws))
      },
      send(frame) {
        const message = log.next(author, frame)
        ws.send(JSON.stringify({ t: 'ok', id: frame.id, message }))
        const text = JSON.stringify({ t: 'message', message, user: { id: author, name: author } })
        for (const member of room) member.send(text)
      },
    }
  })
  return { port, stored: () => log.stored() }
}
