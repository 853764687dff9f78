import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { WebSocket } from 'ws'
import { encodeFrame, frameText } from '../../server/fanout/frame.ts'
import { SocketWriter } from '../../server/live/socket-writer.ts'

/** A WebSocket whose peer takes nothing: what is written piles up. */
function aStuckSocket({ isHidden = false } = {}) {
  const written: Buffer[] = []
  const sent: string[] = []
  const size = () => written.reduce((sum, { length }) => sum + length, 0)
  const raw = {
    write: (bytes: Buffer) => written.push(bytes),
    get bytesWritten() {
      return size()
    },
    get writableLength() {
      return size()
    },
  }
  const ws = {
    OPEN: 1,
    readyState: 1,
    get bufferedAmount() {
      return size()
    },
    send: (text: string) => sent.push(text),
    ...(!isHidden && { _socket: raw }),
  }
  return { ws: ws as unknown as WebSocket, written, sent }
}

const ping = encodeFrame({ t: 'bye', code: 1, retryAfter: 0 })
const large = (bytes: number) => Buffer.alloc(bytes)

describe('what waits for one socket', () => {
  it('is held until the first frame, and follows it', () => {
    const { ws, written } = aStuckSocket()
    const writer = new SocketWriter(ws)
    writer.push(ping)
    writer.flush()
    assert.deepEqual(written, [])
    const ready = Buffer.from('ready')
    writer.release(ready)
    writer.flush()
    assert.deepEqual(written, [Buffer.concat([ready, ping])])
  })

  it('leaves in one write for each flush', () => {
    const { ws, written } = aStuckSocket()
    const writer = new SocketWriter(ws)
    writer.release(ping)
    for (let count = 0; count < 10; count++) writer.push(ping)
    writer.flush()
    writer.flush()
    assert.equal(written.length, 1)
  })

  it('loses what is only volatile where the peer lags, and nothing else', () => {
    const { ws, written } = aStuckSocket()
    const writer = new SocketWriter(ws)
    writer.release(large(256 * 1024))
    writer.push(ping, { volatile: true })
    writer.push(ping, { volatile: true })
    writer.push(ping)
    writer.flush()
    assert.equal(written[0]?.length, 256 * 1024 + 2 * ping.length)
  })

  it('is too slow when its peer leaves more than 1 MiB, however much one turn brings', () => {
    const { ws } = aStuckSocket()
    const writer = new SocketWriter(ws)
    writer.release(large(1024 * 1024))
    writer.flush()
    writer.push(large(1024 * 1024))
    assert.equal(writer.isTooSlow, false)
    writer.flush()
    assert.equal(writer.isTooSlow, true)
  })

  it('is too slow when more than 1 MiB is held', () => {
    const writer = new SocketWriter(aStuckSocket().ws)
    writer.push(large(1024 * 1024))
    assert.equal(writer.isTooSlow, false)
    writer.push(ping)
    assert.equal(writer.isTooSlow, true)
  })

  it('is dropped when the socket closes', () => {
    const { ws, written } = aStuckSocket()
    const writer = new SocketWriter({ ...ws, readyState: 2 } as unknown as WebSocket)
    writer.release(ping)
    writer.flush()
    assert.deepEqual([written, writer.backlog], [[], 0])
  })

  it('goes out frame by frame should ws ever hide its socket', () => {
    const { ws, sent } = aStuckSocket({ isHidden: true })
    const writer = new SocketWriter(ws)
    const frames = [0, 100, 1_000, 100_000].map((length) =>
      encodeFrame({ t: 'gone', roomId: 'é'.repeat(length) }),
    )
    writer.release(Buffer.concat(frames))
    writer.flush()
    assert.deepEqual(sent, frames.map(frameText))
  })
})
