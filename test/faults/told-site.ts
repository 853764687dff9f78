/** The site that is told. What it takes it writes down before it answers. Its arguments: the port, the file, the secret. */
import { createHmac } from 'node:crypto'
import { openSync, readFileSync, writeSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Delivery } from '../../server/webhooks/events.ts'
import { pemOf } from '../certificates/certificates.ts'

const [, , port = '0', file = '', secret = ''] = process.argv
const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
const log = openSync(file, 'a')
const pem = (name: 'key' | 'server') => readFileSync(pemOf(name), 'utf8')

const server = createServer({ key: pem('key'), cert: pem('server') }, async (request, response) => {
  const body = Buffer.concat(await request.toArray()).toString()
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': given } = request.headers
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  const { events }: Delivery = JSON.parse(body)
  const lines = events.map(({ data: { roomId, rev } }) =>
    JSON.stringify({ roomId, rev, isSigned: given === `v1,${signature}` }),
  )
  writeSync(log, `${lines.join('\n')}\n`)
  response.writeHead(204).end()
})
server.listen(Number(port), '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
