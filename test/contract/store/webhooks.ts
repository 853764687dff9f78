import assert from 'node:assert/strict'
import { it } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { mostWebhooks } from '../../../server/rules/webhooks.ts'
import type { NewWebhook, PendingEvent, PendingPlace } from '../../../server/store/store.ts'
import { problem, type World } from './a-world.ts'

let made = 0

export function aWebhook(tenant: string, parts: Partial<NewWebhook> = {}): NewWebhook {
  const id = `webhook-${++made}`
  const url = 'https://shop.example/hook'
  return { tenant, id, url, events: 'all', secrets: [`whsec_${made}`], createdAt: made, ...parts }
}

/** What sites are told, and what is still to be. */
export function webhookPromises(world: World): void {
  const sortOut = async () => {
    while (await world.stores.webhooks.sortOut());
  }
  const pendingOf = async (tenant: string) => {
    await sortOut()
    return (await world.stores.webhooks.listPending(undefined, 1_000)).filter((one) => one.tenant === tenant)
  }
  const eventsOf = async (place: PendingPlace) => world.stores.webhooks.readEvents(place, 100)
  const named = (events: readonly PendingEvent[]) => events.map(({ event, rev, seq }) => [event, rev, seq])

  it('a webhook is kept as it was made, of one tenant and of no other', async () => {
    const { webhooks } = world.stores
    const [one, two] = [
      aWebhook('of-webhooks'),
      aWebhook('of-webhooks', { events: ['room.created', 'member.left'] }),
    ]
    for (const webhook of [two, one]) await webhooks.add(webhook)
    const rest = { deliveredAt: null, dropped: 0, droppedAt: null, disabledAt: null, disabledWhy: null }
    assert.deepEqual(await webhooks.list('of-webhooks'), [
      { ...one, ...rest },
      { ...two, ...rest },
    ])
    assert.deepEqual(await webhooks.list('another'), [])
    assert.equal(await webhooks.remove({ ...one, tenant: 'another' }), false)
    await assert.rejects(webhooks.add(aWebhook('of-webhooks', { id: one.id })), problem('conflict'))
    await webhooks.changeSecrets(one, (now) => ['newer', ...now])
    assert.deepEqual((await webhooks.list('of-webhooks'))[0]?.secrets, ['newer', ...one.secrets])
    await assert.rejects(
      webhooks.changeSecrets({ ...one, tenant: 'another' }, () => []),
      problem('not_found'),
    )
    for (let more = 2; more < mostWebhooks; more++) await webhooks.add(aWebhook('of-webhooks'))
    await assert.rejects(webhooks.add(aWebhook('of-webhooks')), problem('too_large'))
    assert.deepEqual([await webhooks.remove(one), await webhooks.remove(one)], [true, false])
  })

  it('each change of a room is to be delivered, in its order, with the message as it is then', async () => {
    const site = world.site()
    const { webhooks } = world.stores
    const webhook = aWebhook(site.tenant)
    await webhooks.add(webhook)
    const room = await site.group('Sky', 'mina', 'sam')
    const message = await site.say(room, 'mina', 'hello')
    const { id } = message
    await site.edit(message, 'hello!')
    await site.store.react({ room, id, by: 'sam', emoji: '👍', on: true })
    await site.store.amend({ kind: 'pin', room, id, by: 'mina', on: true })
    await site.users('lee')
    await site.alter(room, { kind: 'add', user: 'lee' })
    await site.alter(room, { kind: 'set-role', user: 'lee', role: 'owner' })
    await site.alter(room, { kind: 'rename', name: 'Stars' })
    await site.alter(room, { kind: 'remove', user: 'sam' })
    await site.leave(room, 'lee')
    await site.store.setUpRoom({ room, join: 'open' })
    await site.delete(message)
    const [place, ...others] = await pendingOf(site.tenant)
    assert.deepEqual([place, others], [{ tenant: site.tenant, webhook: webhook.id, room }, []])
    assert.ok(place)
    const events = await eventsOf(place)
    assert.deepEqual(named(events), [
      ['room.created', 0, null],
      ['message.sent', 1, 1],
      ['message.edited', 2, 1],
      ['message.reacted', 3, 1],
      ['message.pinned', 4, 1],
      ['member.added', 6, 6],
      ['member.role', 8, 8],
      ['room.changed', 10, 10],
      ['member.removed', 12, 12],
      ['member.left', 14, 14],
      ['room.changed', 15, null],
      ['message.deleted', 16, 1],
    ])
    assert.deepEqual(
      [events[1]?.message?.text, events[1]?.message?.deletedAt],
      ['', events[11]?.message?.deletedAt],
    )
    await site.store.deleteRoom({ room })
    await sortOut()
    assert.deepEqual(named(await eventsOf(place)).at(-1), ['room.deleted', 17, null])
  })

  it('what is written twice, changes nothing or is refused is not to be delivered', async () => {
    const site = world.site()
    const room = await site.group('Sky', 'mina', 'sam')
    await world.stores.webhooks.add(aWebhook(site.tenant))
    const message = await site.say(room, 'mina', 'hello')
    await site.say(room, 'mina', 'hello', message.id)
    await site.edit(message, 'hello')
    await assert.rejects(site.say(room, 'a stranger'))
    await site.alter(room, { kind: 'rename', name: 'Sky' })
    const [place] = await pendingOf(site.tenant)
    assert.deepEqual(place && named(await eventsOf(place)), [['message.sent', 1, 1]])
  })

  it('a tenant without a webhook that wants it has nothing to deliver, and neither has one that is disabled', async () => {
    const [home, away] = [world.site(), world.site()]
    const { webhooks } = world.stores
    const [few, none] = [aWebhook(home.tenant, { events: ['message.deleted'] }), aWebhook(home.tenant)]
    for (const webhook of [few, none]) await webhooks.add(webhook)
    await home.say(await home.room('mina', 'sam'), 'mina')
    await webhooks.disable(none, 5, 'gone')
    assert.deepEqual(await pendingOf(home.tenant), [])
    const room = await home.room('mina', 'lee')
    await home.delete(await home.say(room, 'lee'))
    await away.say(await away.room('mina', 'sam'), 'mina')
    assert.deepEqual(await pendingOf(home.tenant), [{ tenant: home.tenant, webhook: few.id, room }])
    assert.deepEqual(await pendingOf(away.tenant), [])
    const [, disabled] = await webhooks.list(home.tenant)
    assert.deepEqual([disabled?.disabledAt, disabled?.disabledWhy], [5, 'gone'])
  })

  it('what many send in one moment is to be delivered, each once', async () => {
    const site = world.site()
    await world.stores.webhooks.add(aWebhook(site.tenant, { events: ['message.sent'] }))
    const rooms = await Promise.all(['sam', 'lee', 'kim'].map((other) => site.room('mina', other)))
    await Promise.all(
      rooms.flatMap((room) => Array.from({ length: 20 }, () => site.say(room, 'mina', 'at once', uuidv7()))),
    )
    const places = await pendingOf(site.tenant)
    assert.deepEqual(places.map(({ room }) => room).sort(), [...rooms].sort())
    for (const place of places)
      assert.deepEqual(
        (await eventsOf(place)).map(({ rev, message }) => [rev, message?.seq]),
        Array.from({ length: 20 }, (_, at) => [at + 1, at + 1]),
      )
  })

  it('what was logged counts as what waits, is sorted out once, and goes to no webhook that was added afterwards', async () => {
    const site = world.site()
    const { webhooks } = world.stores
    const [one, few] = [aWebhook(site.tenant), aWebhook(site.tenant, { events: ['message.deleted'] })]
    for (const webhook of [one, few]) await webhooks.add(webhook)
    const room = await site.room('mina', 'sam')
    await site.delete(await site.say(room, 'mina'))
    const placesNow = async () =>
      (await webhooks.listPending(undefined, 1_000)).filter((place) => place.tenant === site.tenant)
    const waiting = async () =>
      Promise.all([one, few].map(async (webhook) => (await webhooks.readBacklog(webhook)).events))
    assert.deepEqual([await placesNow(), await waiting()], [[], [3, 1]])
    const later = aWebhook(site.tenant)
    await webhooks.add(later)
    await Promise.all([sortOut(), sortOut()])
    const places = await placesNow()
    assert.deepEqual(
      places.map(({ webhook }) => webhook),
      [one.id, few.id],
    )
    assert.deepEqual(await waiting(), [3, 1])
    const told = await Promise.all(places.map(eventsOf))
    assert.deepEqual(
      told.map((events) => events.map(({ event }) => event)),
      [['room.created', 'message.sent', 'message.deleted'], ['message.deleted']],
    )
    for (const webhook of [one, few]) await webhooks.remove(webhook)
    await site.say(room, 'sam')
    assert.deepEqual(
      (await pendingOf(site.tenant)).map(({ webhook }) => webhook),
      [later.id],
    )
  })

  it('what is asked for again comes after all of its room that is in the log', async () => {
    const site = world.site()
    const { webhooks } = world.stores
    const webhook = aWebhook(site.tenant)
    await webhooks.add(webhook)
    const room = await site.room('mina', 'sam')
    const message = await site.say(room, 'mina')
    await site.edit(message, 'something else')
    const { seq } = await site.say(room, 'sam')
    await webhooks.putEvents(webhook, [{ room, rev: seq, event: 'message.sent', seq, at: world.clock.now }])
    // Before anything else is sorted out.
    const [place] = (await webhooks.listPending(undefined, 1_000)).filter((one) => one.tenant === site.tenant)
    assert.deepEqual(place && named(await eventsOf(place)), [
      ['room.created', 0, null],
      ['message.sent', 1, 1],
      ['message.edited', 2, 1],
      ['message.sent', 3, 3],
    ])
  })

  it('what arrived is done with, and what did not is held with its room until then', async () => {
    const site = world.site()
    const { webhooks } = world.stores
    const webhook = aWebhook(site.tenant, { events: ['message.sent'] })
    await webhooks.add(webhook)
    const [one, two] = [await site.room('mina', 'sam'), await site.room('mina', 'lee')]
    for (const room of [one, one, two]) await site.say(room, 'mina')
    const held = { room: one, attempts: 3, nextAt: 9, why: 'no answer' }
    const at = world.clock.now
    assert.equal(await webhooks.holdRooms(webhook, [held], { at, old: at - 1 }), 0)
    const { room: _, ...hold } = held
    const find = async (room: string) => (await pendingOf(site.tenant)).find((place) => place.room === room)
    assert.deepEqual((await find(one))?.hold, hold)
    assert.deepEqual(await webhooks.readBacklog(webhook), { events: 3, held: [held] })
    await webhooks.endHolds(webhook)
    assert.equal((await find(one))?.hold?.nextAt, 0)
    await webhooks.markDelivered(
      webhook,
      [
        { room: one, revs: [1] },
        { room: two, revs: [1] },
      ],
      at,
    )
    assert.deepEqual(await pendingOf(site.tenant), [{ tenant: site.tenant, webhook: webhook.id, room: one }])
    assert.equal((await webhooks.list(site.tenant))[0]?.deliveredAt, at)
    assert.equal(await webhooks.holdRooms(webhook, [held], { at: at + 2, old: at + 1 }), 1)
    // Nothing of the room waits any more, so nothing is held.
    assert.deepEqual(await webhooks.readBacklog(webhook), { events: 0, held: [] })
    const [after] = await webhooks.list(site.tenant)
    assert.deepEqual([after?.dropped, after?.droppedAt], [1, at + 2])
    const again = { room: two, rev: 1, event: 'message.sent', seq: 1, at } as const
    await webhooks.putEvents(webhook, [again, again])
    assert.deepEqual(await pendingOf(site.tenant), [{ tenant: site.tenant, webhook: webhook.id, room: two }])
    await webhooks.remove(webhook)
    assert.deepEqual(await pendingOf(site.tenant), [])
  })

  it('rooms with something to deliver are listed page by page', async () => {
    const site = world.site()
    const { webhooks } = world.stores
    await webhooks.add(aWebhook(site.tenant, { events: ['message.sent'] }))
    for (const other of ['sam', 'lee', 'kim']) await site.say(await site.room('mina', other), 'mina')
    const all = await pendingOf(site.tenant)
    const [first] = await webhooks.listPending({ tenant: site.tenant, webhook: '', room: '' }, 1)
    const rest = await webhooks.listPending(first, 2)
    assert.deepEqual([first, ...rest], all)
  })

  it('members with something unread are found, not those who muted it, are not to be disturbed, are disabled, or were told', async () => {
    const site = world.site()
    const { webhooks } = world.stores
    const { store } = site
    await webhooks.add(aWebhook(site.tenant, { events: ['user.unread'] }))
    const room = await site.group('Sky', 'mina', 'sam', 'lee', 'kim', 'ada', 'eve', 'joe')
    await world.stores.signOuts.put(
      { tenant: site.tenant, user: 'joe', at: 1, tokensFrom: null, isDisabled: true, isEnabled: false },
      0,
    )
    await site.mute(room, 'lee')
    await store.setPresence('kim', { doNotDisturb: true })
    const { seq } = await site.say(room, 'mina')
    await store.markRead(room, 'ada', seq)
    await site.leave(room, 'eve')
    const at = world.clock.now
    await sortOut()
    const [check, ...others] = await webhooks.listChecks([site.tenant], at + 1, 10)
    assert.deepEqual([check, others], [{ tenant: site.tenant, room, at }, []])
    assert.deepEqual(await webhooks.listChecks([site.tenant], at, 10), [])
    assert.deepEqual(await webhooks.listChecks(['another'], at + 1, 10), [])
    assert.ok(check)
    const find = async () => (await webhooks.findUnread(check, '', 10)).map(({ user }) => user)
    assert.deepEqual(await find(), ['sam'])
    const mentions = [{ userId: 'lee', at: 0, length: 3 }]
    await store.append({ room, id: uuidv7(), author: 'mina', text: '@lee', mentions })
    assert.deepEqual(await find(), ['ada', 'lee', 'sam'])
    await webhooks.tellUnread(site.tenant, ['sam', 'lee'], at + 5)
    assert.deepEqual(await find(), ['ada'])
    assert.deepEqual(
      (await pendingOf(site.tenant)).map((place) => place.room),
      ['@lee', '@sam'],
    )
    await store.markSeen(['sam'], at + 6)
    assert.deepEqual(await webhooks.findUnread(check, 'lee', 10), [{ user: 'sam', seenAt: at + 6 }])
    await webhooks.endCheck(check, at + 7)
    assert.deepEqual(await webhooks.listChecks([site.tenant], at + 10, 10), [{ ...check, at: at + 7 }])
    await webhooks.endCheck({ ...check, at: at + 7 })
    assert.deepEqual(await webhooks.listChecks([site.tenant], at + 10, 10), [])
  })

  it('a server has its webhooks for itself until it releases them', async () => {
    const site = world.site()
    const { webhooks } = world.stores
    const webhook = aWebhook(site.tenant)
    await webhooks.add(webhook)
    const isIts = async (server: string) =>
      (await webhooks.lease(server, 60_000)).some(
        ({ tenant, id }) => tenant === site.tenant && id === webhook.id,
      )
    assert.equal(await isIts('one'), true)
    assert.equal(await isIts('one'), true)
    await webhooks.release('one')
    assert.equal(await isIts('two'), true)
    await webhooks.release('two')
    await webhooks.disable(webhook, 5, 'gone')
    assert.equal(await isIts('one'), false)
  })
}
