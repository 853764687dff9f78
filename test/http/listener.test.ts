import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { test } from 'node:test'
import { nodeListener } from '../../server/http/listener.ts'

for (const base of ['/', '/chat/'])
  test(`under ${base} only its own paths are Chatter’s, and what a site calls alike is the site’s`, () => {
    const isPassedOn = (url: string) => {
      let isNext = false
      // Only the path is looked at before it is answered.
      const listener = nodeListener(() => new Response(), base)
      const request = { url, method: 'GET', headers: {} } as IncomingMessage
      const response = { writeHead: () => response, end: () => response, on: () => response } as never
      listener(request, response as ServerResponse, () => (isNext = true))
      return isNext
    }
    const own = [
      'v1',
      'v1/rooms?limit=2',
      'chatter.js',
      'chatter.js?1',
      'chatter-chunks/a.js',
      'healthz',
      'readyz',
    ]
    const others = [
      '',
      'chatter-token?user=mina',
      'chatter.css',
      'chatter.json',
      'chatter-chunks',
      'v10',
      'healthz/a',
    ]
    assert.deepEqual(
      own.filter((path) => isPassedOn(base + path)),
      [],
    )
    assert.deepEqual(
      others.filter((path) => !isPassedOn(base + path)),
      [],
    )
  })

test('a body that was read as what no JSON can say is an empty one, and ends nothing', () => {
  const listener = nodeListener(() => new Response(), '/')
  const circle: { of?: object } = {}
  circle.of = circle
  for (const body of [{ many: 1n }, circle, () => 1]) {
    const request = { url: '/v1/me', method: 'GET', headers: {}, readableEnded: true, body }
    const response = { writeHead: () => response, end: () => response, on: () => response } as never
    listener(request as never, response)
    assert.equal((request as { rawBody?: Buffer }).rawBody?.length, 0)
  }
})
