import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { Line } from '../support/proxy.ts'
import { until } from './until.ts'

/** A server that says back what it hears, and a line to it. */
async function anEcho() {
  const peers = new Set<Socket>()
  let heard = ''
  const server = createServer((peer) => {
    peers.add(peer)
    peer.on('error', () => {})
    peer.on('data', (bytes) => {
      heard += bytes
      peer.write(bytes)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const line = await Line.open(() => [{ port }])
  return {
    line,
    heard: () => heard,
    async [Symbol.asyncDispose]() {
      await line[Symbol.asyncDispose]()
      for (const peer of peers) peer.destroy()
      server.close()
    },
  }
}

/** A connection that remembers what came, and how it ended. */
async function call({ port }: { port: number }) {
  const socket = connect(port, '127.0.0.1')
  const settled = Promise.race([once(socket, 'connect'), once(socket, 'close')])
  const call = { socket, got: '', isClosed: false }
  socket.on('data', (bytes) => (call.got += bytes))
  socket.on('error', () => {})
  socket.on('close', () => (call.isClosed = true))
  await settled.catch(() => {})
  return call
}

test('an open line carries bytes both ways, in order, what was held up too', async () => {
  await using echo = await anEcho()
  const one = await call(echo.line)
  one.socket.write('a')
  await until(() => one.got === 'a', 'the echo')
  echo.line.delayMs = 50
  one.socket.write('b')
  await until(() => echo.heard() === 'ab', 'what was held up')
  echo.line.delayMs = 0
  one.socket.write('c')
  await until(() => one.got.length === 3, 'the echo')
  assert.equal(one.got, 'abc')
})

test('a deaf line loses answers for good; a new connection has them once it is open again', async () => {
  await using echo = await anEcho()
  const old = await call(echo.line)
  old.socket.write('1')
  await until(() => old.got === '1', 'the echo')
  echo.line.turn('deaf')
  old.socket.write('2')
  await until(() => echo.heard() === '12', 'the question')
  echo.line.turn('open')
  const fresh = await call(echo.line)
  old.socket.write('3')
  fresh.socket.write('4')
  await until(() => fresh.got === '4' && echo.heard().length === 4, 'the new one')
  assert.equal(old.got, '1')
  assert.equal(old.isClosed, false)
})

test('a black line accepts, swallows and says nothing', async () => {
  await using echo = await anEcho()
  const old = await call(echo.line)
  old.socket.write('1')
  await until(() => old.got === '1', 'the echo')
  echo.line.turn('black')
  const fresh = await call(echo.line)
  old.socket.write('2')
  fresh.socket.write('3')
  await until(() => echo.line.swallowed === 2, 'what was swallowed')
  echo.line.turn('open')
  const last = await call(echo.line)
  last.socket.write('4')
  await until(() => last.got === '4', 'the echo')
  assert.deepEqual([old.got, fresh.got, echo.heard()], ['1', '', '14'])
  assert.deepEqual([old.isClosed, fresh.isClosed], [false, false])
})

test('a cut line resets what is there and what comes, until it is open again', async () => {
  await using echo = await anEcho()
  const old = await call(echo.line)
  old.socket.write('1')
  await until(() => old.got === '1', 'the echo')
  echo.line.turn('cut')
  await until(() => old.isClosed, 'the reset')
  const refused = await call(echo.line)
  await until(() => refused.isClosed, 'the refusal')
  echo.line.turn('open')
  const fresh = await call(echo.line)
  fresh.socket.write('2')
  await until(() => fresh.got === '2', 'the echo')
})

test('a connection is cut in the middle of what it hears', async () => {
  await using echo = await anEcho()
  const one = await call(echo.line)
  one.socket.write('abc')
  await until(() => one.got === 'abc', 'the echo')
  echo.line.cutAfter(() => 2)
  one.socket.write('defg')
  await until(() => one.isClosed, 'the cut')
  assert.equal(one.got, 'abcde')
})

test('connections go to the first far side that accepts', async () => {
  await using echo = await anEcho()
  const nobody = createServer().listen(0, '127.0.0.1')
  await once(nobody, 'listening')
  const { port } = nobody.address() as AddressInfo
  nobody.close()
  await using line = await Line.open(() => [{ port }, { port: echo.line.port }])
  const one = await call(line)
  one.socket.write('1')
  await until(() => one.got === '1', 'the echo')
})
