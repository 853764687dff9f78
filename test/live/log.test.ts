import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { aLog, aRoom } from '../support/builders.ts'
import { startServer } from '../support/server.ts'

test('no token and no text of a message is ever logged, however fine the log', async (t) => {
  const { log, lines, text: logged } = aLog()
  const text = 'a text that nobody logs'
  const tokens: string[] = []
  {
    await using server = await startServer({ log, isLimited: true })
    const { id: roomId } = await aRoom(server, ['mina', 'sam'])
    const tokenOf = async (user: string, claims = {}) => {
      tokens.push(await server.token(user, claims))
      return tokens.at(-1) ?? ''
    }
    const mina = await (await server.socket()).hello(await tokenOf('mina'))
    await mina.send(roomId, text)
    await mina.err({ t: 'send', roomId: uuidv7(), messageId: uuidv7(), text })
    await mina.err({ t: 'auth', token: await tokenOf('sam') })
    await mina.socket.ask({ t: text, token: await tokenOf('mina') })
    for (const claims of [{ exp: 1 }, { secret: 'another secret of thirty-two bytes' }]) {
      const socket = await server.socket()
      await socket.ask({ t: 'hello', client: 'test/1', token: await tokenOf('mina', claims) })
      await socket.closed
    }
    const authorization = `Bearer ${await tokenOf('mina')}`
    const message = `${server.url}v1/rooms/${roomId}/messages/${uuidv7()}`
    const headers = { authorization, 'content-type': 'application/json' }
    await fetch(message, { method: 'PUT', headers, body: JSON.stringify({ text }) })
    await fetch(`${server.url}v1/users?q=${encodeURIComponent(text)}`, { headers })
    t.mock.method(server.stores.forTenant('default'), 'append', () => Promise.reject(new Error('broken')))
    await fetch(message, { method: 'PUT', headers, body: JSON.stringify({ text }) })
    await mina.err({ t: 'send', roomId, messageId: uuidv7(), text })
    mina.socket.raw(`{"t":"send","text":"${text}",`)
    await mina.socket.closed
  }
  assert.ok(lines().length > 0, 'something was logged')
  for (const token of tokens) {
    assert.ok(!logged().includes(token))
    assert.ok(!logged().includes(token.split('.')[2] ?? token), 'not even its signature')
  }
  assert.ok(!logged().includes(text))
})
