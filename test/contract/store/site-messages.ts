import assert from 'node:assert/strict'
import { it } from 'node:test'
import { uuidv7 } from 'uuidv7'
import type { MessageView, SiteView } from '../../../server/protocol/views.ts'
import { problem, type Site, type World } from './a-world.ts'

const order: SiteView = {
  title: 'Your order',
  text: 'It is on its way.',
  link: { url: 'https://example.com/orders/7', label: 'Follow it' },
  type: 'order',
  data: { id: 7, items: [{ name: 'Größe', count: 2 }], note: '\u0000' },
}
const say = async (site: Site, room: string, view: SiteView = order, id = uuidv7()) =>
  (await site.store.appendFromSite({ room, id, site: view })).message
const edit = (site: Site, { roomId: room, id }: MessageView, change: object) =>
  site.store.amend({ kind: 'edit-site', room, id, by: '', site: change })

/** The site itself says something, and keeps things of its own. */
export function siteMessagePromises(world: World): void {
  it('what the site says stands in the log as any message, in all its parts and as one text', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const sent = await say(site, room)
    assert.deepEqual([sent.seq, sent.rev, sent.authorId, sent.kind, sent.site], [1, 1, '', 'text', order])
    assert.equal(sent.text, 'Your order\nIt is on its way.\nFollow it: https://example.com/orders/7')
    assert.deepEqual(await site.history(room), [sent])
    assert.deepEqual((await site.store.readChanges(room, 0, 10)).messages, [sent])
    assert.deepEqual((await site.store.findRoom(room, 'mina'))?.lastMessage, sent)
    assert.deepEqual((await site.store.findRoom(room, 'sam'))?.me?.unread, 1)
  })

  it('the same again is the same message, also after it was changed; anything else under its id is not', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const id = uuidv7()
    const again = () => site.store.appendFromSite({ room, id, site: order })
    const { message, created } = await again()
    assert.deepEqual([created, await again()], [true, { message, created: false, membershipRev: 0 }])
    const other = { ...order, data: { id: 8 } }
    await assert.rejects(site.store.appendFromSite({ room, id, site: other }), problem('conflict'))
    await edit(site, message, { title: 'Delivered' })
    assert.equal((await again()).created, false)
    await assert.rejects(site.store.appendFromSite({ room, id, site: other }), problem('conflict'))
    const text = message.text
    await assert.rejects(site.store.append({ room, id, author: 'mina', text }), problem('conflict'))
    const said = await site.say(room, 'mina')
    const taken = { room, id: said.id, site: { text: said.text } }
    await assert.rejects(site.store.appendFromSite(taken), problem('conflict'))
  })

  it('of two at once under one id there is one', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const id = uuidv7()
    const both = await Promise.all([1, 2].map(() => site.store.appendFromSite({ room, id, site: order })))
    assert.deepEqual(both.map(({ created }) => created).sort(), [false, true])
    assert.equal((await site.history(room)).length, 1)
  })

  it('the site changes and deletes what it said, and nobody else does', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const sent = await say(site, room)
    const by = 'mina'
    await assert.rejects(
      site.store.amend({ kind: 'edit', room, id: sent.id, by, text: 'mine' }),
      problem('forbidden'),
    )
    await assert.rejects(site.store.amend({ kind: 'delete', room, id: sent.id, by }), problem('forbidden'))
    const { message, changed } = await edit(site, sent, { title: null, text: 'It is here.', link: null })
    assert.deepEqual([changed, message.rev, message.text], [true, 2, 'It is here.'])
    assert.deepEqual(message.site, { text: 'It is here.', type: 'order', data: order.data })
    assert.equal((await edit(site, sent, { text: 'It is here.' })).changed, false)
    await assert.rejects(edit(site, sent, { text: ' ' }), problem('bad_request'))
    const gone = await site.store.amend({ kind: 'delete', room, id: sent.id, by: '' })
    assert.deepEqual([gone.message.site, gone.message.text, gone.changed], [undefined, '', true])
    await assert.rejects(edit(site, sent, { text: 'again' }), problem('conflict'))
  })

  it('what a user said is not for the site to change', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const said = await site.say(room, 'sam')
    await assert.rejects(edit(site, said, { text: 'other' }), problem('forbidden'))
    await assert.rejects(
      site.store.amend({ kind: 'delete', room, id: said.id, by: '' }),
      problem('forbidden'),
    )
  })

  it('members answer what the site says, react to it and pin it', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const { id } = await say(site, room)
    const { message } = await site.store.append({
      ...{ room, id: uuidv7(), author: 'sam', text: 'Thanks', replyTo: id },
    })
    assert.deepEqual([message.replyTo?.authorId, message.replyTo?.id], ['', id])
    await site.store.react({ room, id, by: 'sam', emoji: '👍', on: true })
    const pinned = await site.store.amend({ kind: 'pin', room, id, by: 'mina', on: true })
    assert.deepEqual([pinned.message.reactions?.length, pinned.message.site], [1, order])
  })

  it('the site writes where only owners do, and in no room that is not there', async () => {
    const site = world.site()
    const room = await site.group('News', 'mina', 'sam')
    await site.alter(room, { kind: 'configure', settings: { post: 'owners', slowMode: 60 } })
    await say(site, room)
    const sent = await say(site, room)
    await site.store.deleteRoom({ room, by: 'mina' })
    for (const ask of [
      () => say(site, room),
      () => edit(site, sent, { text: 'x' }),
      () => say(site, uuidv7()),
      () => edit(site, { ...sent, roomId: uuidv7() }, { text: 'x' }),
    ])
      await assert.rejects(ask, problem('not_found'))
  })

  it('what the site keeps with a room of any kind is in its views, as it was given', async () => {
    const site = world.site()
    const data = { order: [1, { deep: 'Größe' }], constructor: 'x', none: null }
    const room = await site.room('mina', 'sam')
    const before = await site.store.findRoom(room)
    const setUp = await site.store.setUpRoom({ room, data: JSON.stringify(data) })
    assert.deepEqual([setUp?.room.data, setUp?.room.rev], [data, (before?.head ?? 0) + 1])
    assert.deepEqual((await site.store.listRooms('sam', { limit: 5 })).rooms[0]?.data, data)
    assert.equal(await site.store.setUpRoom({ room, data: JSON.stringify(data) }), undefined)
    await assert.rejects(site.store.setUpRoom({ room, join: 'open' }), problem('forbidden'))
    const none = await site.store.setUpRoom({ room, data: null })
    assert.equal(none?.room.data, undefined)
  })

  it('what the site keeps with a user is among their details, and stays until it says otherwise', async () => {
    const { store } = world.site()
    const data = { plan: 'gold' }
    await store.saveUser({ id: 'mina', name: 'Mina', data })
    await store.saveUser({ id: 'mina', name: 'Mina Okafor' })
    assert.deepEqual(await store.readDetails('mina'), { data })
    await store.saveUser({ id: 'mina', data: {} })
    assert.deepEqual(await store.readDetails('mina'), {})
    await assert.rejects(store.saveUser({ id: 'mina', data: { x: 'x'.repeat(5_000) } }), problem('too_large'))
  })
}
