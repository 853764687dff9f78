// The least that takes WebSockets, as a program of its own. Plain JavaScript, as what is built: TypeScript would cost it
// memory and time.
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

const http = createServer()
new WebSocketServer({ server: http, perMessageDeflate: false, clientTracking: false })
http.listen(0, '127.0.0.1', () => console.log(`listens on ${http.address().port}`))
