import assert from 'node:assert/strict'
import { it } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { limits } from '../../../server/protocol/limits.ts'
import type { MessageView } from '../../../server/protocol/views.ts'
import { problem, type Site, type World } from './a-world.ts'

async function answer(site: Site, message: MessageView, author: string, text = 'yes'): Promise<MessageView> {
  const draft = { room: message.roomId, id: uuidv7(), author, text, replyTo: message.id }
  return (await site.store.append(draft)).message
}

const quoteOf = ({ id, seq, authorId, text }: MessageView) => ({ id, seq, authorId, text })

/** A message may answer another one of its room, and shows what that says now. */
export function replyPromises(world: World): void {
  it('an answer quotes what it answers in every read', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const asked = await site.say(room, 'sam', 'Lunch?')
    const reply = await answer(site, asked, 'mina')
    assert.deepEqual(reply.replyTo, quoteOf(asked))
    assert.deepEqual(await site.store.findMessage(room, reply.id), reply)
    assert.deepEqual(await site.history(room), [asked, reply])
    assert.deepEqual((await site.store.readChanges(room, 1, 10)).messages, [reply])
    assert.deepEqual((await site.store.findRoom(room, 'sam'))?.lastMessage, reply)
    const { rooms } = await site.store.listRooms('sam', { limit: 1 })
    assert.deepEqual(rooms[0]?.lastMessage, reply)
    const edited = await site.edit(reply, 'no')
    assert.deepEqual(edited.replyTo, quoteOf(asked))
    assert.deepEqual(await site.store.findMessage(room, reply.id), edited)
  })

  it('a quote shows the answered message as it is now: edited, or deleted without its text', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const asked = await site.say(room, 'sam', 'Lunhc?')
    const { id } = await answer(site, asked, 'mina')
    const quoted = async () => (await site.store.findMessage(room, id))?.replyTo
    const edited = await site.edit(asked, 'Lunch?')
    assert.deepEqual(await quoted(), quoteOf(edited))
    await site.delete(asked)
    assert.deepEqual(await quoted(), { ...quoteOf(asked), text: '', deleted: true })
    assert.deepEqual((await site.store.readChanges(room, 0, 10)).messages[0]?.replyTo, await quoted())
  })

  it('a tombstone quotes nothing', async () => {
    const site = world.site()
    const room = await site.room('mina')
    const reply = await answer(site, await site.say(room, 'mina'), 'mina')
    assert.equal((await site.delete(reply)).replyTo, undefined)
    assert.equal((await site.store.findMessage(room, reply.id))?.replyTo, undefined)
  })

  it(`a quote has the first ${limits.quoteChars} characters, and never half of one`, async () => {
    const site = world.site()
    const room = await site.room('mina')
    const { quoteChars } = limits
    const texts = {
      [`${'a'.repeat(quoteChars - 1)}🔭!`]: 'a'.repeat(quoteChars - 1),
      [`${'a'.repeat(quoteChars - 2)}🔭!`]: `${'a'.repeat(quoteChars - 2)}🔭`,
      [`${'🔭'.repeat(quoteChars)}`]: '🔭'.repeat(quoteChars / 2),
      ['"\\\n\u0001語'.repeat(30)]: '"\\\n\u0001語'.repeat(30),
    }
    for (const [text, quoted] of Object.entries(texts)) {
      const reply = await answer(site, await site.say(room, 'mina', text), 'mina')
      assert.equal(reply.replyTo?.text, quoted)
      assert.deepEqual(await site.store.findMessage(room, reply.id), reply)
    }
  })

  it('what is no message of the room, or what the room itself says, has no answer', async () => {
    const site = world.site()
    const [room, other] = [await site.group('one', 'mina', 'sam'), await site.group('other', 'mina')]
    const elsewhere = await site.say(other, 'mina')
    const systemMessage = await site.alter(room, { kind: 'rename', name: 'Crew' }, 'mina')
    assert.ok(systemMessage)
    const head = (await site.store.findRoom(room))?.head
    for (const { id } of [elsewhere, systemMessage, { id: uuidv7() }])
      await assert.rejects(answer(site, { ...elsewhere, roomId: room, id }, 'mina'), problem('not_found'))
    const id = uuidv7()
    const itself = { room, id, author: 'mina', text: 'me', replyTo: id }
    await assert.rejects(site.store.append(itself), problem('not_found'))
    assert.equal((await site.store.findRoom(room))?.head, head)
    assert.deepEqual(await site.history(room), [systemMessage])
  })

  it('what was deleted has no answer: conflict, and for a stranger there is no such room', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    await site.users('eve')
    const asked = await site.say(room, 'sam')
    await assert.rejects(answer(site, asked, 'eve'), problem('not_found'))
    await site.delete(asked)
    await assert.rejects(answer(site, asked, 'mina'), problem('conflict'))
    await assert.rejects(answer(site, asked, 'eve'), problem('not_found'))
    assert.equal((await site.store.findRoom(room))?.head, 2)
  })

  it('sent again it is the same message, whatever became of what it answers; with another answer it is a conflict', async () => {
    const site = world.site()
    const room = await site.room('mina')
    const [asked, other] = [await site.say(room, 'mina', 'one'), await site.say(room, 'mina', 'two')]
    const draft = { room, id: uuidv7(), author: 'mina', text: 'yes', replyTo: asked.id }
    const { message } = await site.store.append(draft)
    assert.deepEqual(await site.store.append(draft), { message, created: false, membershipRev: 0 })
    const { replyTo: _, ...plain } = draft
    for (const changed of [plain, { ...draft, replyTo: other.id }])
      await assert.rejects(site.store.append(changed), problem('conflict'))
    const none = await site.say(room, 'mina', 'plain')
    await assert.rejects(site.store.append({ ...draft, id: none.id, text: 'plain' }), problem('conflict'))
    await site.delete(asked)
    const again = await site.store.append(draft)
    assert.deepEqual([again.created, again.message.replyTo?.deleted], [false, true])
    await site.delete(message)
    assert.ok((await site.store.append(draft)).message.deletedAt)
  })

  it('of answers and a deletion at the same time, no answer that comes after the tombstone quotes its text', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    for (let round = 0; round < 5; round++) {
      const asked = await site.say(room, 'sam', 'secret')
      const answers = Array.from({ length: 10 }, () => answer(site, asked, 'mina'))
      const [tombstone, ...outcomes] = await Promise.all([
        site.delete(asked),
        ...answers.map((one) => one.catch((error) => void problem('conflict')(error))),
      ])
      for (const reply of outcomes)
        if (reply && reply.rev > (tombstone?.rev ?? 0)) assert.equal(reply.replyTo?.text, '')
    }
  })
}
