/** A room of a million messages: what a reader is answered is what was put in, at every depth and on both databases. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { limits } from '../../server/protocol/limits.ts'
import type { Changes, MessageView, Page, RoomAnswer, RoomsPage } from '../../server/protocol/views.ts'
import { openPostgres } from '../../server/store/postgres/open.ts'
import type { Position, Stores } from '../../server/store/store.ts'
import { line, roomOf, userName, uuid } from '../bench/scene.ts'
import { populate } from '../bench/servers/populate.ts'
import { populatePostgres } from '../bench/servers/populate-postgres.ts'
import { aFolder } from '../support/a-folder.ts'
import { jsonOf } from '../support/builders.ts'
import { startPostgres } from '../support/postgres.ts'
import { newSeed } from '../support/scale.ts'
import { startServer, type TestServer } from '../support/server.ts'

const total = 1_000_000
const halfway = total / 2 + 1
const room = roomOf(20)
const reader = userName(0)

/** A database with the room in it. */
type Filled = { readonly stores: Stores; close(): Promise<void> }

describeMillion('SQLite', async () => {
  const folder = aFolder()
  populate({ folder: folder.path, rooms: [room], history: total }, '.').close()
  const stores = folder.open()
  return {
    stores,
    async close() {
      await stores.close()
      folder.remove()
    },
  }
})

describeMillion('Postgres', async () => {
  const postgres = await startPostgres()
  const url = await postgres.newDatabase()
  await populatePostgres(url, { rooms: [room], history: total })
  const stores = await openPostgres({ url, role: 'server', now: Date.now })
  return {
    stores,
    async close() {
      await stores.close()
      await postgres.stop()
    },
  }
})

/** The message with this number, as populate.ts and populate-postgres.ts write it. */
function inserted(seq: number): MessageView {
  return {
    id: uuid(seq),
    roomId: room.id,
    seq,
    rev: seq,
    authorId: userName(seq % 20),
    kind: 'text',
    text: line,
    createdAt: new Date(1_700_000_000_000 + seq * 1_000).toISOString(),
  }
}

/** Those from one number to another, both included; the numbers may lie outside the room. */
function insertedFrom(first: number, last: number): MessageView[] {
  const [from, to] = [Math.max(first, 1), Math.min(last, total)]
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => inserted(from + index))
}

/** A page of history, by its definition. */
function pageOf(position: Position, limit: number): MessageView[] {
  if ('after' in position) return insertedFrom(position.after + 1, position.after + limit)
  if ('around' in position) {
    const lastBefore = Math.min(position.around - 1, total)
    const first = Math.max(1, lastBefore - (limit >> 1) + 1)
    return insertedFrom(first, first + limit - 1)
  }
  const last = Math.min((position.before ?? total + 1) - 1, total)
  return insertedFrom(last - limit + 1, last)
}

function describeMillion(database: string, fill: () => Promise<Filled>): void {
  describe(`in a room of a million messages on ${database}`, () => {
    let filled: Filled
    let server: TestServer
    before(async () => {
      filled = await fill()
      server = await startServer({ stores: filled.stores })
    })
    after(async () => {
      await server?.[Symbol.asyncDispose]()
      await filled?.close()
    })

    const get = <T>(path: string, user = reader) => jsonOf<T>(server.fetch(user, path))
    const page = (query: string) => get<Page>(`rooms/${room.id}/messages?${query}`)
    const changes = (since: number, limit: number = limits.page) =>
      get<Changes>(`rooms/${room.id}/changes?since=${since}&limit=${limit}`)
    const me = async (user: string) => (await get<RoomAnswer>(`rooms/${room.id}`, user)).me

    it('every page from the last to the first holds what was inserted', async () => {
      let before = total + 1
      for (let older = true; older; ) {
        const answer = await page(`limit=${limits.page}&before=${before}`)
        assert.deepEqual(answer.messages, pageOf({ before }, limits.page))
        assert.deepEqual([answer.head, answer.newer], [total, before <= total])
        ;[before, older] = [answer.messages[0]?.seq ?? 0, answer.older]
      }
      assert.equal(before, 1)
    })

    it('a page before, after or around any place holds what was inserted there', async () => {
      const somePlace = fc.oneof(
        fc.nat(total + 300),
        fc.nat(300),
        fc.integer({ min: total - 300, max: total + 300 }),
      )
      const someWay = fc.constantFrom('before', 'after', 'around')
      const someLimit = fc.integer({ min: 1, max: limits.page })
      await fc.assert(
        fc.asyncProperty(someWay, somePlace, someLimit, async (way, place, limit) => {
          const answer = await page(`limit=${limit}&${way}=${place}`)
          const expected = pageOf({ [way]: place } as Position, limit)
          assert.deepEqual(answer.messages, expected)
          if (expected.length === 0) return
          const shown = [answer.older, answer.newer, answer.head]
          assert.deepEqual(shown, [expected[0]?.seq !== 1, expected.at(-1)?.seq !== total, total])
        }),
        { numRuns: 1_000, seed: newSeed },
      )
    })

    it('the room list shows the last message, and nobody more unread than are counted', async () => {
      const { rooms, more } = await get<RoomsPage>('rooms')
      assert.deepEqual([rooms.length, more], [1, false])
      const [shown] = rooms
      assert.deepEqual(shown?.lastMessage, inserted(total))
      assert.deepEqual([shown?.head, shown?.memberCount, shown?.members?.length], [total, 20, 20])
      assert.deepEqual(shown?.me, { readSeq: 0, unread: limits.unread, muted: false })
    })

    it('unread are the messages of others after the read mark, wherever it lies', async () => {
      for (const [index, user] of room.users.entries()) {
        const client = await server.join(user)
        const deep = Math.floor((total / 20) * index)
        for (const seq of [deep, total - 150, total - 106, total - 100, total - 30, total - 1, total]) {
          await client.ok({ t: 'read', roomId: room.id, seq })
          const after = insertedFrom(seq + 1, seq + 2 * limits.unread)
          const unread = Math.min(limits.unread, after.filter(({ authorId }) => authorId !== user).length)
          assert.deepEqual(await me(user), { readSeq: seq, unread, muted: false }, `${user} at ${seq}`)
        }
        await client.socket.close()
      }
    })

    it('changes are the messages after a number, up to so many', async () => {
      for (const since of [total, total - 1, total - 777, total - limits.changes]) {
        const found: MessageView[] = []
        for (let more = true; more; ) {
          const answer = await changes(found.at(-1)?.rev ?? since)
          assert.deepEqual([answer.head, answer.reset, answer.room], [total, undefined, undefined])
          found.push(...answer.messages)
          more = answer.more
        }
        assert.deepEqual(found, insertedFrom(since + 1, total))
      }
      for (const since of [0, total / 2, total - limits.changes - 1, total + 1]) {
        assert.equal((await changes(since)).reset, true, `since ${since}`)
      }
    })

    it('what is edited, deleted and sent far apart comes as changes after the millionth, and stands in its place', async () => {
      const [early, middle] = [inserted(3), inserted(halfway)]
      const [editor, deleter, sender] = [early.authorId, middle.authorId, userName(7)]
      const by = {
        editor: await server.join(editor),
        deleter: await server.join(deleter),
        sender: await server.join(sender),
      }
      await by.editor.ok({ t: 'edit', roomId: room.id, messageId: early.id, text: 'Edited' })
      await by.deleter.ok({ t: 'delete', roomId: room.id, messageId: middle.id })
      const sent = await by.sender.send(room.id, 'One more')
      for (const { socket } of Object.values(by)) await socket.close()

      const { messages, head } = await changes(total - 2)
      assert.deepEqual(
        messages.map(({ seq, rev, text, authorId }) => [seq, rev, text, authorId]),
        [
          [total - 1, total - 1, line, userName(19)],
          [total, total, line, userName(0)],
          [3, total + 1, 'Edited', editor],
          [halfway, total + 2, '', deleter],
          [total + 3, total + 3, 'One more', sender],
        ],
      )
      assert.equal(head, total + 3)
      const [, , edited, deleted] = messages
      assert.deepEqual((await page('limit=5&before=6')).messages, [
        inserted(1),
        inserted(2),
        edited,
        inserted(4),
        inserted(5),
      ])
      assert.deepEqual((await page(`limit=3&around=${halfway}`)).messages, [
        inserted(halfway - 1),
        deleted,
        inserted(halfway + 1),
      ])
      assert.deepEqual((await page('limit=2')).messages, [inserted(total), sent])
      assert.ok(edited?.editedAt && deleted?.deletedAt)

      const { rooms } = await get<RoomsPage>('rooms')
      assert.deepEqual([rooms[0]?.head, rooms[0]?.lastMessage, rooms[0]?.me?.unread], [total + 3, sent, 1])
    })
  })
}
