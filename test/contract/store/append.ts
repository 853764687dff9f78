import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { uuidv7 } from 'uuidv7'
import { problem, type Site, type World } from './a-world.ts'

const writers = Array.from({ length: 64 }, (_, n) => `writer-${n}`)

const numbersTo = (count: number) => Array.from({ length: count }, (_, n) => n + 1)

/** Every writer on its own, one message after the other, all of them at once. */
function writeAll(site: Site, roomOf: (writer: string) => string, each: number): Promise<unknown> {
  return Promise.all(
    writers.map(async (author) => {
      for (let n = 1; n <= each; n++) await site.say(roomOf(author), author, `${n}`)
    }),
  )
}

/** A message gets its place once, for ever. */
export function appendPromises(world: World): void {
  it('64 writers in one room get the numbers 1…N without holes, each of them in its own order', async () => {
    const site = world.site()
    const room = await site.room(...writers)
    await writeAll(site, () => room, 8)
    const history = await site.history(room)
    assert.deepEqual(
      history.map(({ seq }) => seq),
      numbersTo(64 * 8),
    )
    for (const writer of writers) {
      const texts = history.filter(({ authorId }) => authorId === writer).map(({ text }) => text)
      assert.deepEqual(texts, numbersTo(8).map(String))
    }
    assert.equal((await site.store.findRoom(room))?.head, 64 * 8)
  })

  it('64 writers in eight rooms get the numbers of their room', async () => {
    const site = world.site()
    await site.users(...writers)
    const rooms = await Promise.all(numbersTo(8).map((n) => site.group(`room ${n}`, ...writers)))
    await writeAll(site, (writer) => rooms[writers.indexOf(writer) % 8] ?? '', 5)
    for (const room of rooms) {
      const seqs = (await site.history(room)).map(({ seq }) => seq)
      assert.deepEqual(seqs, numbersTo(8 * 5))
    }
  })

  it('a message is kept as it was sent', async () => {
    const site = world.site()
    const roomId = await site.room('mina', 'sam')
    const id = uuidv7()
    const { message, created } = await site.store.append({ room: roomId, id, author: 'sam', text: 'Hi Mina' })
    assert.equal(created, true)
    const createdAt = new Date(world.clock.now).toISOString()
    assert.deepEqual(message, {
      ...{ id, roomId, seq: 1, rev: 1, authorId: 'sam', kind: 'text', text: 'Hi Mina', createdAt },
    })
    assert.deepEqual(await site.store.findMessage(roomId, id), message)
    assert.deepEqual(await site.history(roomId), [message])
    assert.deepEqual((await site.store.findRoom(roomId))?.lastMessage, message)
  })

  it('any text of any script comes back as it was', async () => {
    const site = world.site()
    const room = await site.room('mina')
    const anyText = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 40 })
      .map((text) => text.toWellFormed().replaceAll('\0', ' '))
    await fc.assert(
      fc.asyncProperty(fc.array(anyText, { minLength: 20, maxLength: 50 }), async (texts) => {
        const sent = await Promise.all(texts.map((text) => site.say(room, 'mina', text)))
        for (const [index, { id }] of sent.entries()) {
          assert.equal((await site.store.findMessage(room, id))?.text, texts[index])
        }
      }),
      { numRuns: 10 },
    )
  })

  it('a message keeps who said first what it says again and their words, and sent again it is the same with any text', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const draft = { room, id: uuidv7(), author: 'mina', text: 'said', forwarded: 'lee' }
    const { message } = await site.store.append(draft)
    assert.deepEqual(message.forwarded, { authorId: 'lee' })
    const plain = await site.say(room, 'mina', 'plain')
    assert.deepEqual(await site.history(room), [message, plain])
    assert.deepEqual((await site.store.append({ ...draft, text: 'other' })).message, message)
    await assert.rejects(site.say(room, 'mina', 'said', draft.id), problem('conflict'))
    await assert.rejects(site.store.append({ ...draft, id: plain.id, text: 'plain' }), problem('conflict'))
    await assert.rejects(site.edit(message, 'never said'), problem('forbidden'))
    assert.deepEqual(await site.edit(message, 'said'), message)
    assert.equal((await site.delete(message)).forwarded, undefined)
    const own = (await site.store.append({ ...draft, id: uuidv7(), forwarded: 'mina' })).message
    const edited = await site.edit(own, 'edited')
    assert.deepEqual([edited.text, edited.forwarded], ['edited', { authorId: 'mina' }])
  })

  it('the same id with the same author and text is the same message', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const first = await site.say(room, 'sam', 'once')
    await site.say(room, 'mina', 'between')
    const again = await site.store.append({ room, id: first.id, author: 'sam', text: 'once' })
    assert.deepEqual(again, { message: first, created: false, membershipRev: 0 })
    assert.equal((await site.store.findRoom(room))?.head, 2)
  })

  it('what an earlier version stored with blanks around it is the same message when it is sent again without', async () => {
    const site = world.site()
    const room = await site.room('mina')
    const sent = await site.say(room, 'mina', ' hello\n')
    const again = () => site.store.append({ room, id: sent.id, author: 'mina', text: 'hello' })
    assert.deepEqual(await again(), { message: sent, created: false, membershipRev: 0 })
    await site.edit(sent, 'bye')
    assert.equal((await again()).message.text, 'bye')
    await assert.rejects(site.say(room, 'mina', 'hel lo', sent.id), problem('conflict'))
  })

  it('a retry after an edit is the message as it is today, after a deletion its tombstone', async () => {
    const site = world.site()
    const room = await site.room('mina')
    const sent = await site.say(room, 'mina', 'frist')
    const { id } = sent
    await site.edit(sent, 'first')
    const edited = await site.store.append({ room, id, author: 'mina', text: 'frist' })
    assert.equal(edited.created, false)
    assert.deepEqual([edited.message.text, edited.message.seq, edited.message.rev], ['first', 1, 2])
    await assert.rejects(site.say(room, 'mina', 'first', id), problem('conflict'))
    await site.delete(sent)
    const deleted = await site.store.append({ room, id, author: 'mina', text: 'frist' })
    assert.deepEqual([deleted.message.text, deleted.message.rev], ['', 3])
    assert.ok(deleted.message.deletedAt)
    for (const other of ['first', 'other']) {
      await assert.rejects(site.say(room, 'mina', other, id), problem('conflict'))
    }
    assert.equal((await site.store.findRoom(room))?.head, 3)
  })

  it('the same id with another text or author is a conflict, and changes nothing', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const first = await site.say(room, 'sam', 'mine')
    const { id } = first
    await assert.rejects(site.say(room, 'sam', 'other', id), problem('conflict'))
    await assert.rejects(site.say(room, 'mina', 'mine', id), problem('conflict'))
    assert.deepEqual(await site.history(room), [first])
    assert.equal((await site.store.findRoom(room))?.head, 1)
  })

  it('the id of a system message is a conflict, even with its own words', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam', 'lee')
    await site.alter(room, { kind: 'rename', name: 'Lunch' })
    for (const { kind, authorId, text, id } of await site.history(room)) {
      assert.equal(kind, 'system')
      await assert.rejects(site.say(room, authorId, text, id), problem('conflict'))
    }
    assert.equal((await site.store.findRoom(room))?.lastMessage?.kind, 'system')
  })

  it('the same id in two rooms names two messages', async () => {
    const site = world.site()
    const [one, other] = [await site.room('mina'), await site.room('mina', 'sam')]
    const id = uuidv7()
    await site.say(one, 'mina', 'here', id)
    await site.say(other, 'sam', 'there', id)
    assert.equal((await site.store.findMessage(one, id))?.text, 'here')
    assert.equal((await site.store.findMessage(other, id))?.text, 'there')
  })

  it('one id in many rooms and tenants at once names a message of each', async () => {
    const id = uuidv7()
    const rooms = await Promise.all(
      numbersTo(20).map(async (n) => {
        const site = world.site()
        const room = await site.room('mina')
        for (const _ of numbersTo(n)) await site.say(room, 'mina')
        return { site, room, seq: n + 1 }
      }),
    )
    const said = await Promise.all(rooms.map(({ site, room }) => site.say(room, 'mina', `in ${room}`, id)))
    for (const [index, { site, room, seq }] of rooms.entries()) {
      assert.deepEqual([said[index]?.seq, said[index]?.text], [seq, `in ${room}`])
      assert.deepEqual(await site.store.findMessage(room, id), said[index])
    }
  })

  it('what is sent again among new messages of many rooms is the same messages, each once', async () => {
    const site = world.site()
    await site.users('mina')
    const rooms = await Promise.all(numbersTo(12).map((n) => site.group(`room ${n}`, 'mina')))
    const drafts = rooms.map((room) => ({ room, id: uuidv7(), author: 'mina', text: `to ${room}` }))
    const send = (draft: (typeof drafts)[number]) => site.store.append(draft)
    // The first waits for its turn while the second comes, and the third finds what was written long ago.
    const early = drafts.map(send)
    await new Promise(setImmediate)
    const again = drafts.map(send)
    const first = await Promise.all([...early, ...again])
    const late = await Promise.all(
      drafts.flatMap((draft) => [send({ ...draft, id: uuidv7(), text: 'new' }), send(draft)]),
    )
    for (const [index, { room, id, text }] of drafts.entries()) {
      const [one, two] = [first[index], first[index + drafts.length]]
      const [fresh, three] = [late[index * 2], late[index * 2 + 1]]
      assert.deepEqual(
        [one?.created, two?.created, fresh?.created, three?.created],
        [true, false, true, false],
      )
      assert.deepEqual([two?.message, three?.message], [one?.message, one?.message])
      const history = (await site.history(room)).map((message) => [message.seq, message.text])
      assert.deepEqual(history, [
        [1, text],
        [2, 'new'],
      ])
      assert.equal((await site.store.findMessage(room, id))?.seq, 1)
    }
  })

  it('fifty concurrent sends of one id make one message', async () => {
    const site = world.site()
    const room = await site.room('mina')
    const draft = { room, id: uuidv7(), author: 'mina', text: 'once' }
    const answers = await Promise.all(Array.from({ length: 50 }, () => site.store.append(draft)))
    assert.equal(answers.filter(({ created }) => created).length, 1)
    const [first] = await site.history(room)
    for (const { message } of answers) assert.deepEqual(message, first)
    assert.equal((await site.store.findRoom(room))?.head, 1)
  })

  it('what is made never seems older than what came before it, when the clock goes back', async () => {
    const site = world.site()
    const room = await site.room('mina')
    const start = world.clock.now
    const times: string[] = []
    for (const now of [start, start + 5_000, start - 86_400_000, start + 4_000, start + 6_000]) {
      world.clock.now = now
      times.push((await site.say(room, 'mina')).createdAt)
    }
    world.clock.now = start
    const late = new Date(start + 5_000).toISOString()
    const latest = new Date(start + 6_000).toISOString()
    assert.deepEqual(times, [new Date(start).toISOString(), late, late, late, latest])
    assert.equal((await site.store.findRoom(room))?.lastAt, latest)
  })

  it('a write that fails leaves the others of the same turn alone', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const taken = await site.say(room, 'sam', 'taken')
    const outcomes = await Promise.allSettled([
      site.say(room, 'mina', 'one'),
      site.say(uuidv7(), 'mina', 'nowhere'),
      site.say(room, 'mina', 'two'),
      site.say(room, 'mina', 'not mine', taken.id),
      site.store.markRead(room, 'stranger', 1),
      site.store.openRoom({ id: uuidv7(), kind: 'group', members: ['mina', 'nobody'] }),
      site.say(room, 'sam', 'three'),
    ])
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'rejected', 'rejected', 'fulfilled'],
    )
    assert.deepEqual(
      (await site.history(room)).map(({ seq, text }) => [seq, text]),
      [
        [1, 'taken'],
        [2, 'one'],
        [3, 'two'],
        [4, 'three'],
      ],
    )
  })

  it('a room that does not exist takes no message and has none', async () => {
    const site = world.site()
    await site.users('mina')
    await assert.rejects(site.say(uuidv7(), 'mina'), problem('not_found'))
    assert.equal(await site.store.findMessage(uuidv7(), uuidv7()), undefined)
  })
}
