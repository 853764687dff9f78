import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { uuidv7 } from 'uuidv7'
import type { MessageView, SettingsView } from '../../../server/protocol/views.ts'
import type { Position } from '../../../server/store/store.ts'
import { aGroup, problem, type Site, type World } from './a-world.ts'

const configure = (site: Site, room: string, history: NonNullable<SettingsView['history']>) =>
  site.alter(room, { kind: 'configure', settings: { history } })
const add = (site: Site, room: string, user: string) => site.alter(room, { kind: 'add', user })
const seqsOf = (messages: readonly MessageView[]) => messages.map(({ seq }) => seq)

/** A group of mina and sam, who said two things before lee came, and one after it. */
async function aGroupWithHistory(site: Site) {
  await site.users('lee')
  const { room } = await site.store.openRoom({ ...(await aDraft(site)), history: 'since-joined' })
  const old = await site.say(room, 'sam', 'a secret')
  const pinned = await site.say(room, 'mina', 'pinned')
  await site.store.amend({ kind: 'pin', room, id: pinned.id, by: 'mina', on: true })
  const came = (await add(site, room, 'lee')) ?? assert.fail('lee came')
  const fresh = await site.say(room, 'sam', 'for all')
  return { room, old, pinned, came, fresh }
}

async function aDraft(site: Site) {
  await site.users('mina', 'sam')
  return aGroup('Team', ['mina', 'sam'])
}

/** What a group with the history `since-joined` shows, and to whom. */
export function historyPromises(world: World): void {
  it('a member sees from the message on that says that they came, and founders see all', async () => {
    const site = world.site()
    const { room, came } = await aGroupWithHistory(site)
    assert.equal((await site.store.findRoom(room))?.history, 'since-joined')
    const from = (user: string) => site.store.visibleFrom(room, user)
    assert.deepEqual(await Promise.all(['mina', 'sam', 'lee', 'eve'].map(from)), [0, 0, came.seq, undefined])
    assert.equal((await site.store.findRoom(room, 'lee'))?.me?.visibleFrom, came.seq)
    assert.equal((await site.store.findRoom(room, 'sam'))?.me?.visibleFrom, undefined)
    const [listed] = (await site.store.listRooms('lee', { limit: 1 })).rooms
    assert.equal(listed?.me?.visibleFrom, came.seq)
    const [joined] = await site.store.listMemberships('lee')
    assert.equal(joined?.from, came.seq)
    assert.equal((await site.store.listMembershipsOf(['lee'])).get('lee')?.[0]?.from, came.seq)
    const { members, from: places } = (await site.store.filterMembers(room, ['eve', 'lee', 'mina'])) ?? {}
    assert.deepEqual([members, places], [new Set(['lee', 'mina']), new Map([['lee', came.seq]])])
  })

  it('it is switched as a change of members, back and forth, with a message that says so', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina')
    await site.users('lee')
    const came = await add(site, room, 'lee')
    const message = await configure(site, room, 'since-joined')
    assert.deepEqual(message?.system?.settings, { history: 'since-joined' })
    assert.match(message?.text ?? '', /: members see what came after they joined$/)
    const membershipRev = async () => (await site.store.readVersions([room])).get(room)?.membershipRev
    assert.equal(await membershipRev(), 3)
    assert.equal(await site.store.visibleFrom(room, 'lee'), came?.seq)
    assert.equal(await configure(site, room, 'since-joined'), undefined)
    await site.alter(room, { kind: 'configure', settings: { slowMode: 5 } })
    assert.equal(await membershipRev(), 3)
    await configure(site, room, 'all')
    assert.equal(await membershipRev(), 7)
    assert.equal(await site.store.visibleFrom(room, 'lee'), 0)
    assert.equal((await site.store.findRoom(room, 'lee'))?.history, undefined)
  })

  it('who comes back sees from then on', async () => {
    const site = world.site()
    const { room } = await aGroupWithHistory(site)
    await site.alter(room, { kind: 'remove', user: 'sam' })
    assert.equal(await site.store.visibleFrom(room, 'sam'), undefined)
    const back = await add(site, room, 'sam')
    assert.equal(await site.store.visibleFrom(room, 'sam'), back?.seq)
  })

  it('pages, changes and pins begin there, and say that nothing is before', async () => {
    const site = world.site()
    const { room, old, came, fresh } = await aGroupWithHistory(site)
    const page = (position: Position) => site.store.readPage(room, position, 10, came.seq)
    const all = [came.seq, fresh.seq]
    for (const position of [{}, { after: 0 }, { around: old.seq }, { around: 0 }, { before: 100 }]) {
      const { messages, older, newer } = await page(position)
      assert.deepEqual([seqsOf(messages), older, newer], [all, false, false], JSON.stringify(position))
    }
    const before = await page({ before: old.seq + 1 })
    assert.deepEqual([seqsOf(before.messages), before.older, before.newer], [[], false, true])
    const one = await site.store.readPage(room, {}, 1, came.seq)
    assert.deepEqual([seqsOf(one.messages), one.older], [[fresh.seq], true])
    assert.deepEqual((await site.store.listPins(room, came.seq)).messages, [])
    assert.equal(await site.store.findMessage(room, old.id, came.seq), undefined)
    assert.deepEqual(await site.store.findMessage(room, came.id, came.seq), came)
  })

  it('a change of what was before is left out of the changes, and moves their head', async () => {
    const site = world.site()
    const { room, old, came, fresh } = await aGroupWithHistory(site)
    const edited = await site.edit(old, 'another secret')
    const later = await site.edit(fresh, 'for all of you')
    const changes = (since: number, limit = 10) => site.store.readChanges(room, since, limit, came.seq)
    const { messages, head, more, reset } = await changes(fresh.seq)
    assert.deepEqual([messages, head, more, reset], [[later], later.rev, false, undefined])
    assert.deepEqual((await changes(came.seq, 1)).messages, [later])
    assert.deepEqual(seqsOf((await changes(0)).messages), [came.seq, fresh.seq])
    assert.equal((await changes(edited.rev)).messages.length, 1)
  })

  it('what somebody holds of a time before is void', async () => {
    const site = world.site()
    const { room, came } = await aGroupWithHistory(site)
    assert.equal((await site.store.readChanges(room, came.seq - 1, 10, came.seq)).reset, true)
    assert.equal((await site.store.readChanges(room, came.seq, 10, came.seq)).reset, undefined)
    assert.equal((await site.store.readChanges(room, came.seq - 1, 10)).reset, undefined)
  })

  it('a quote of what was before is hidden, in every read', async () => {
    const site = world.site()
    const { room, old, came } = await aGroupWithHistory(site)
    const draft = { room, id: uuidv7(), author: 'mina', text: 'an answer', replyTo: old.id }
    const { message } = await site.store.append(draft)
    const { replyTo: _, ...rest } = message
    const hidden = { ...rest, replyHidden: true }
    assert.deepEqual(await site.store.findMessage(room, message.id, came.seq), hidden)
    assert.deepEqual((await site.store.readPage(room, {}, 1, came.seq)).messages, [hidden])
    assert.deepEqual((await site.store.readChanges(room, message.seq - 1, 9, came.seq)).messages, [hidden])
    assert.deepEqual((await site.store.findRoom(room, 'lee'))?.lastMessage, hidden)
    assert.deepEqual((await site.store.listRooms('lee', { limit: 1 })).rooms[0]?.lastMessage, hidden)
    assert.deepEqual((await site.store.findRoom(room, 'sam'))?.lastMessage, message)
    await site.store.amend({ kind: 'pin', room, id: message.id, by: 'mina', on: true })
    const [pin] = (await site.store.listPins(room, came.seq)).messages
    assert.deepEqual([pin?.replyHidden, pin?.replyTo], [true, undefined])
    const own = await site.store.append({
      room,
      id: uuidv7(),
      author: 'lee',
      text: 'mine',
      replyTo: message.id,
    })
    assert.deepEqual(await site.store.findMessage(room, own.message.id, came.seq), own.message)
  })

  it('nobody answers, edits, deletes, pins or reacts to what they do not see: it is not there', async () => {
    const site = world.site()
    const { room, old } = await aGroupWithHistory(site)
    await site.alter(room, { kind: 'remove', user: 'sam' })
    await add(site, room, 'sam')
    const { head } = (await site.store.findRoom(room)) ?? assert.fail('the group is there')
    for (const by of ['lee', 'sam']) {
      const one = { room, id: old.id, by }
      const tries = [
        () => site.store.append({ room, id: uuidv7(), author: by, text: 'so?', replyTo: old.id }),
        () => site.store.amend({ ...one, kind: 'edit', text: 'mine now' }),
        () => site.store.amend({ ...one, kind: 'delete' }),
        () => site.store.amend({ ...one, kind: 'pin', on: true }),
        () => site.store.react({ ...one, emoji: '👍', on: true }),
      ]
      for (const attempt of tries) await assert.rejects(attempt(), problem('not_found'), by)
    }
    assert.equal((await site.store.findRoom(room))?.head, head)
    await configure(site, room, 'all')
    await site.store.react({ room, id: old.id, by: 'lee', emoji: '👍', on: true })
    await site.edit(old, 'mine again')
  })

  it('a message sent again is the same message, whatever its author sees by now', async () => {
    const site = world.site()
    const { room, old } = await aGroupWithHistory(site)
    await site.alter(room, { kind: 'remove', user: 'sam' })
    await add(site, room, 'sam')
    const again = await site.store.append({ room, id: old.id, author: 'sam', text: 'a secret' })
    assert.deepEqual([again.created, again.message.seq], [false, old.seq])
  })

  it('each reader gets what a plain recount of the whole history says', async () => {
    const site = world.site()
    const { room } = await aGroupWithHistory(site)
    const [first = assert.fail('there is one')] = await site.history(room)
    for (let nth = 0; nth < 12; nth++) {
      const said = await site.say(room, 'mina', `number ${nth}`)
      if (nth % 3 === 0) await site.edit(said, `number ${nth}, edited`)
      if (nth % 4 === 0) await site.edit({ ...first, authorId: 'sam' }, `secret ${nth}`)
    }
    const all = await site.history(room)
    const head = (await site.store.findRoom(room))?.head ?? 0
    const someFrom = fc.nat({ max: head + 2 })
    const somePlace = fc.nat({ max: head + 2 })
    await fc.assert(
      fc.asyncProperty(someFrom, somePlace, fc.integer({ min: 1, max: 8 }), async (from, place, limit) => {
        const shown = all.filter(({ seq }) => seq >= from)
        const older = shown.filter(({ seq }) => seq < place)
        const page = await site.store.readPage(room, { before: place }, limit, from)
        assert.deepEqual(page.messages, older.slice(-limit))
        assert.equal(page.older, older.length > limit)
        const newer = shown.filter(({ seq }) => seq > place)
        const next = await site.store.readPage(room, { after: place }, limit, from)
        assert.deepEqual([next.messages, next.newer], [newer.slice(0, limit), newer.length > limit])
        const changed = shown.filter(({ rev }) => rev > place).sort((a, b) => a.rev - b.rev)
        const changes = await site.store.readChanges(room, place, limit, from)
        if ((place > 0 && place < from) || place > head) return assert.equal(changes.reset, true)
        assert.deepEqual([changes.messages, changes.more], [changed.slice(0, limit), changed.length > limit])
      }),
      { numRuns: 60 },
    )
  })
}
