/**
 * Socket.IO 4 as its documentation shows it: a middleware that checks the token (with the library that Chatter checks
 * its own with, for what is compared are servers), the rooms a user is in, an INSERT per message, `emit` with an
 * acknowledgement, and the Redis adapter between nodes.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdapter } from '@socket.io/redis-adapter'
import { Redis } from 'ioredis'
import { jwtVerify } from 'jose'
import { Server } from 'socket.io'
import { type Scene, secret } from '../scene.ts'
import type { SendFrame } from './bare-socket.ts'
import { type Joined, MemberLog } from './member-log.ts'
import type { OpenServer } from './open-server.ts'
import { PostgresLog } from './postgres-log.ts'

export async function open(scene: Scene): Promise<OpenServer> {
  const log =
    scene.postgres === undefined ? new MemberLog(scene) : await PostgresLog.open(scene.postgres, scene)
  return serve(scene, log, (_user, rooms) => ({ rooms }))
}

/** What a newcomer is sent. */
type Greet = (user: string, rooms: readonly Joined[]) => object | Promise<object>

export async function serve(
  { redis }: Scene,
  log: MemberLog | PostgresLog,
  greet: Greet,
): Promise<OpenServer> {
  const http = createServer()
  const io = new Server(http, {
    transports: ['websocket'],
    serveClient: false,
    pingInterval: 600_000,
    ...(redis !== undefined && { adapter: createAdapter(new Redis(redis), new Redis(redis)) }),
  })
  const key = await hs256(secret)
  io.use((socket, next) => {
    jwtVerify(socket.handshake.auth.token, key, { algorithms: ['HS256'] }).then(({ payload }) => {
      socket.data.user = payload.sub
      next()
    }, next)
  })
  io.on('connection', async (socket) => {
    const author: string = socket.data.user
    const rooms = log.roomsOf(author)
    await socket.join(rooms.map(({ room }) => room))
    socket.on('send', async (frame: SendFrame, acknowledge: (answer: object) => void) => {
      const message = await log.next(author, frame)
      acknowledge({ message })
      io.to(frame.roomId).emit('message', { message, user: { id: author, name: author } })
    })
    socket.emit('ready', await greet(author, rooms))
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return {
    port: (http.address() as AddressInfo).port,
    stored: () => log.stored(),
    stop: () => io.close(),
  }
}

function hs256(secret: string): Promise<CryptoKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  return crypto.subtle.importKey('raw', new TextEncoder().encode(secret), algorithm, false, ['verify'])
}
