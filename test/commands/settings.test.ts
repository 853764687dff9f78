/** What the server makes of a tenant's settings, wherever they were set. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { Problem } from '../../server/protocol/problems.ts'
import type { RoomAnswer } from '../../server/protocol/views.ts'
import { aCrowd, aRoom, assertProblem, jsonOf } from '../support/builders.ts'
import { type ServerOptions, secret, startServer } from '../support/server.ts'

const given = { features: { typing: false }, limits: { textChars: 10, members: 3 } }
const set = { 'features.typing': false, 'limits.textChars': 10, 'limits.members': 3 }

const sites: { readonly [where: string]: ServerOptions } = {
  'of the tenant default, from its host': { settings: given },
  'of a tenant in the database': {
    tenants: [{ id: 'default', hosts: ['127.0.0.1'], secrets: [secret], origins: [], settings: set }],
  },
}

for (const [where, options] of Object.entries(sites)) {
  describe(`the settings ${where}:`, () => {
    const aud = '127.0.0.1'
    const start = () => startServer(options)

    it('a text beyond the limit is too_large by socket and HTTP, and what fits is sent', async () => {
      await using server = await start()
      const { id: roomId } = await aRoom(server, ['mina', 'sam'])
      const mina = await (await server.socket()).hello(await server.token('mina', { aud }))
      const detail = 'text: expected at most 10 characters, got 11'
      const long = 'x'.repeat(11)
      const messageId = uuidv7()
      const refused = await mina.err({ t: 'send', roomId, messageId, text: long })
      assert.deepEqual([refused.code, refused.detail], ['too_large', detail])
      const sent = await mina.send(roomId, 'x'.repeat(10), messageId)
      assert.equal((await mina.err({ t: 'edit', roomId, messageId, text: long })).detail, detail)
      await mina.ok({ t: 'edit', roomId, messageId, text: 'y'.repeat(10) })
      const headers = {
        authorization: `Bearer ${await server.token('mina', { aud })}`,
        'content-type': 'application/json',
      }
      for (const [method, id] of [
        ['PUT', uuidv7()],
        ['PATCH', sent.id],
      ] as const) {
        const url = `${server.url}v1/rooms/${roomId}/messages/${id}`
        const answer = await fetch(url, { method, headers, body: JSON.stringify({ text: long }) })
        assert.equal((await assertProblem(answer, 413, 'too_large')).detail, detail)
      }
      // A stranger learns no more than that there is no such room.
      const ann = await (await server.socket()).hello(await server.token('ann', { aud }))
      assert.equal((await ann.err({ t: 'send', roomId, messageId: uuidv7(), text: long })).code, 'not_found')
    })

    it('no room holds more than its members, by whomever it is opened or filled', async () => {
      await using server = await start()
      const crowd = aCrowd(4)
      const isTooLarge = (error: unknown) => error instanceof Problem && error.code === 'too_large'
      await assert.rejects(aRoom(server, crowd), isTooLarge)
      for (const user of crowd) await aRoom(server, [user])
      const headers = {
        authorization: `Bearer ${await server.token('u0', { aud })}`,
        'content-type': 'application/json',
      }
      const ask = (method: string, path: string, body: object = {}) =>
        fetch(`${server.url}v1/${path}`, { method, headers, body: JSON.stringify(body) })
      await assertProblem(await ask('POST', 'rooms', { memberIds: crowd }), 413, 'too_large')
      const group = { memberIds: crowd.slice(0, 3), name: 'Three' }
      const { id } = await jsonOf<RoomAnswer>(ask('POST', 'rooms', group), 201)
      const full = await assertProblem(await ask('PUT', `rooms/${id}/members/u3`), 413, 'too_large')
      assert.equal(full.detail, 'a group has at most 3 members')
    })

    it('what belongs to a feature that is off is unsupported, and sent to nobody', async () => {
      await using server = await start()
      const { id: roomId } = await aRoom(server, ['mina', 'sam'])
      const join = async (user: string) => (await server.socket()).hello(await server.token(user, { aud }))
      const [mina, sam] = [await join('mina'), await join('sam')]
      mina.socket.raw(JSON.stringify({ t: 'typing', roomId }))
      const { code, temporary, id } = await mina.socket.event('err')
      assert.deepEqual([code, temporary, id], ['unsupported', false, undefined])
      await sam.socket.settle()
      assert.deepEqual(sam.socket.events('typing'), [])
      assert.equal(server.chatter.stats().commands.typing.unsupported, 1)
    })
  })
}

it('what another tenant set does not count', async () => {
  await using server = await startServer({
    tenants: [
      { id: 'default', hosts: ['127.0.0.1'], secrets: [secret], origins: [] },
      { id: 'strict', hosts: ['strict.test'], secrets: [secret], origins: [], settings: set },
    ],
  })
  const { id: room } = await aRoom(server, aCrowd(4), { name: 'Four' })
  const token = await server.token('u0', { aud: '127.0.0.1' })
  const someone = await (await server.socket()).hello(token)
  await someone.send(room, 'x'.repeat(11))
})
