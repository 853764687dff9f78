import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

/** A frame of the client, as far as the bare servers read it. */
export type SendFrame = {
  readonly id: string
  readonly roomId: string
  readonly messageId: string
  readonly text: string
}

export type Guest = { join(token: string): void; send(frame: SendFrame): void }

/** ws on a plain HTTP server: the first frame of a socket says who it is, the others are messages. */
export async function listen(welcome: (ws: WebSocket) => Guest): Promise<number> {
  const http = createServer()
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: false, clientTracking: false })
  sockets.on('connection', (ws) => {
    const guest = welcome(ws)
    ws.on('message', (data) => {
      const frame = JSON.parse(String(data))
      if (frame.t === 'send') return guest.send(frame)
      guest.join(frame.token)
      ws.send('{"t":"ready"}')
    })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return (http.address() as AddressInfo).port
}
