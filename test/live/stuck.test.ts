import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { pino } from 'pino'
import type { WebSocket } from 'ws'
import { createInProcessFanout } from '../../server/fanout/in-process.ts'
import { Heartbeat } from '../../server/live/heartbeat.ts'
import { Hub } from '../../server/live/hub.ts'
import { type Handshake, Session, type SessionServer } from '../../server/live/session.ts'
import { SilentSockets } from '../../server/live/silent.ts'

/** A WebSocket of which a test says what its peer has taken, and what still waits. */
class FakeSocket extends EventEmitter {
  readonly OPEN = 1
  readonly readyState = 1
  bufferedAmount = 0
  readonly _socket = { bytesWritten: 0, writableLength: 0, write: () => true }
  closedWith = 0

  lag({ waiting, taken }: { waiting: number; taken: number }): void {
    this.bufferedAmount = waiting
    this._socket.bytesWritten = taken
  }

  ping(): void {}

  close(code: number): void {
    this.closedWith = code
  }
}

function aHeartbeatOfOneSocket() {
  const fanout = createInProcessFanout()
  const hub = new Hub(fanout)
  let now = 0
  const silent = new SilentSockets()
  const server = { hub, fanout, silent, now: () => now, log: pino({ level: 'silent' }) }
  const heartbeat = new Heartbeat(hub, server.now)
  const ws = new FakeSocket()
  const handshake = { id: 's1', tenant: 'default' } as Handshake
  new Session(ws as unknown as WebSocket, handshake, { ...server, heartbeat } as unknown as SessionServer)
  return {
    ws,
    pass(seconds: number) {
      for (let second = 0; second < seconds; second++) {
        now += 1_000
        heartbeat.tick()
      }
    },
    [Symbol.dispose]() {
      heartbeat.stop()
      ws.emit('close')
    },
  }
}

test('a socket that takes nothing of what waits for ten seconds is closed with 4008', () => {
  using one = aHeartbeatOfOneSocket()
  one.ws.lag({ waiting: 1_000, taken: 500 })
  one.pass(10)
  assert.equal(one.ws.closedWith, 0)
  one.pass(1)
  assert.equal(one.ws.closedWith, 4008)
})

test('a socket that takes a little now and then stays', () => {
  using one = aHeartbeatOfOneSocket()
  for (let taken = 0; taken < 4; taken++) {
    one.ws.lag({ waiting: 1_000, taken })
    one.pass(5)
  }
  assert.equal(one.ws.closedWith, 0)
})

test('a socket that nothing waits for stays', () => {
  using one = aHeartbeatOfOneSocket()
  one.ws.lag({ waiting: 1_000, taken: 500 })
  one.pass(9)
  one.ws.lag({ waiting: 0, taken: 1_500 })
  one.pass(9)
  one.ws.lag({ waiting: 1_000, taken: 1_500 })
  one.pass(9)
  assert.equal(one.ws.closedWith, 0)
})
