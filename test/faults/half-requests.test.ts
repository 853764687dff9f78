import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { aChatterFolder } from '../support/chatter-process.ts'

/** Sends this and nothing more; resolves with all that came, when the server has closed. */
async function sendOnly({ hostname, port }: URL, text: string): Promise<string> {
  const socket = connect(Number(port), hostname)
  socket.write(text)
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

test('a request that is left half-sent is ended within seconds, headers and body', {
  timeout: 60_000,
}, async () => {
  await using folder = aChatterFolder()
  const server = await folder.serve()
  const url = new URL(server.url)
  const head = `POST /v1/rooms HTTP/1.1\r\nHost: ${url.host}\r\n`
  const [headers, body] = await Promise.all([
    sendOnly(url, head),
    sendOnly(url, `${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{`),
  ])
  assert.match(headers, /^HTTP\/1\.1 408 /)
  // Whoever is not signed in is answered before anything of the body is waited for.
  assert.match(body, /^HTTP\/1\.1 401 /)
})
