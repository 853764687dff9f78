/** Socket.IO 4 as its documentation shows it: a room, an INSERT per message, `emit` with an acknowledgement. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import type { Scene } from '../scene.ts'
import { BareLog, userOf } from './bare-room.ts'
import type { SendFrame } from './bare-socket.ts'
import type { OpenServer } from './child.ts'

export async function open(scene: Scene): Promise<OpenServer> {
  // It promises less than Chatter: a power cut may take the last commits. One flush per message would slow it down.
  const log = new BareLog(scene, 'socket-io', 'NORMAL')
  const http = createServer()
  const io = new Server(http, { transports: ['websocket'], serveClient: false, pingInterval: 600_000 })
  io.on('connection', async (socket) => {
    const author = userOf(socket.handshake.auth.token)
    await socket.join(log.roomOf(author))
    socket.on('send', (frame: SendFrame, acknowledge: (answer: object) => void) => {
      const message = log.next(author, frame)
      acknowledge({ message })
      io.to(frame.room).emit('message', { message, user: { id: author, name: author } })
    })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return { port: (http.address() as AddressInfo).port, stored: () => log.stored() }
}
