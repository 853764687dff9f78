import assert from 'node:assert/strict'
import { it } from 'node:test'
import { uuidv7 } from 'uuidv7'
import { Problem } from '../../../server/protocol/problems.ts'
import { aGroup, aRoom, problem, type Site, type World } from './a-world.ts'

const [hour, day] = [3_600_000, 86_400_000]

const refusedFor = (seconds: number) => (error: unknown) => {
  problem('rate_limited')(error)
  assert.equal(error instanceof Problem && error.retryAfter, seconds)
  return true
}

/** What one user may do in an hour or a day, over all servers. */
export function quotaPromises(world: World): void {
  /** A quarter of an hour into a day of its own, and back. */
  async function inADay(work: (start: number) => Promise<void>): Promise<void> {
    const { now } = world.clock
    const start = now - (now % day) + day + hour / 4
    world.clock.now = start
    try {
      await work(start)
    } finally {
      world.clock.now = now
    }
  }

  const people = Array.from({ length: 12 }, (_, n) => `person-${n}`)
  const open = (site: Site, ...members: string[]) =>
    site.store.openRoom({ ...aRoom(members), mostWithStrangers: 3 })

  it('rooms with people one shares no room with count in the hour in which they are made', async () => {
    const site = world.site()
    await site.users('mina', 'sam', ...people)
    await inADay(async (start) => {
      const [first = '', second = '', third = '', fourth = '', fifth = ''] = people
      for (const one of [first, second, third]) assert.ok((await open(site, 'mina', one)).created)
      const draft = { ...aRoom(['mina', fourth]), mostWithStrangers: 3 }
      await assert.rejects(site.store.openRoom(draft), refusedFor((hour * 3) / 4000))
      assert.equal(await site.store.findRoom(draft.id), undefined)
      // What is there is found, with people one knows rooms are made, and others have an hour of their own.
      assert.equal((await open(site, 'mina', third)).created, false)
      assert.ok((await open(site, 'mina', second, third)).created)
      assert.ok((await open(site, 'sam', fourth)).created)
      await assert.rejects(open(site, 'mina', second, fourth), problem('rate_limited'))
      // The host is not counted, and whom it puts into a room one knows.
      await site.room('mina', fifth)
      assert.ok((await open(site, 'mina', second, fifth)).created)
      world.clock.now = start + (hour * 3) / 4
      for (const one of people.slice(5, 8)) assert.ok((await open(site, 'mina', one)).created)
      await assert.rejects(open(site, 'mina', people[8] ?? ''), problem('rate_limited'))
    })
  })

  it('a room that is opened again under its id counts once', async () => {
    const site = world.site()
    await site.users('mina', ...people)
    await inADay(async () => {
      const [first = '', second = '', third = '', fourth = ''] = people
      const draft = { ...aGroup('Team', ['mina', first]), mostWithStrangers: 3 }
      for (let n = 0; n < 5; n++) assert.equal((await site.store.openRoom(draft)).created, n === 0)
      await open(site, 'mina', second)
      await open(site, 'mina', third)
      await assert.rejects(open(site, 'mina', fourth), problem('rate_limited'))
    })
  })

  it('of many rooms that are opened at once no more are made than may be', async () => {
    const site = world.site()
    await site.users('mina', ...people)
    await inADay(async () => {
      const opened = await Promise.allSettled(people.map((one) => open(site, 'mina', one)))
      assert.equal(opened.filter(({ status }) => status === 'fulfilled').length, 3)
      for (const one of opened) if (one.status === 'rejected') problem('rate_limited')(one.reason)
      assert.equal((await site.store.listMemberships('mina')).length, 3)
    })
  })

  it('members that one adds count in the hour, who is one already does not', async () => {
    const site = world.site()
    const rooms = [await site.group('Team', 'mina', 'sam'), await site.group('Crew', 'mina')]
    await site.users(...people)
    const add = (room: string | undefined, user: string | undefined, by = 'mina') =>
      site.alter(room ?? '', { kind: 'add', user: user ?? '', by, mostAdded: 2 }, by)
    await inADay(async (start) => {
      const [team, crew] = rooms
      assert.ok(await add(team, people[0]))
      assert.ok(await add(crew, people[0]))
      assert.equal(await add(team, people[0]), undefined)
      const before = await site.history(team ?? '')
      await assert.rejects(add(team, people[1]), refusedFor((hour * 3) / 4000))
      assert.deepEqual(await site.history(team ?? ''), before)
      assert.equal(await site.store.isMember(team ?? '', people[1] ?? ''), false)
      assert.ok(await add(team, people[1], 'sam'))
      assert.ok(await site.alter(team ?? '', { kind: 'add', user: people[2] ?? '' }))
      world.clock.now = start + hour
      assert.ok(await add(crew, people[3]))
    })
  })

  it('text counts in bytes through the day, new and edited; what is there is answered and counts no more', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    const send = (text: string, { id = uuidv7(), author = 'mina' } = {}) =>
      site.store.append({ room, id, author, text, mostTextBytes: 1_000 })
    const edit = (id: string, text: string) =>
      site.store.amend({ kind: 'edit', room, id, by: 'mina', text, mostTextBytes: 1_000 })
    await inADay(async (start) => {
      const id = uuidv7()
      await send('ä'.repeat(200), { id })
      for (let n = 0; n < 3; n++) assert.equal((await send('ä'.repeat(200), { id })).created, false)
      await edit(id, 'e'.repeat(300))
      await send('x'.repeat(300))
      const untilTomorrow = (day - hour / 4) / 1000
      await assert.rejects(send('x'), refusedFor(untilTomorrow))
      await assert.rejects(edit(id, 'other'), refusedFor(untilTomorrow))
      assert.equal((await send('ä'.repeat(200), { id })).created, false)
      assert.equal((await edit(id, 'e'.repeat(300))).changed, false)
      assert.ok((await site.store.amend({ kind: 'delete', room, id, by: 'mina' })).changed)
      assert.ok((await send('y'.repeat(900), { author: 'sam' })).created)
      world.clock.now = start + day
      assert.ok((await send('x'.repeat(999))).created)
      assert.equal((await site.history(room)).length, 4)
    })
  })

  it('the messages about new names and roles count as text of who gives them; what is so already is answered', async () => {
    const site = world.site()
    const room = await site.group('Team', 'mina', 'sam')
    const rename = (name: string, by = 'mina') =>
      site.alter(room, { kind: 'rename', name, by, mostTextBytes: 40 }, by)
    const give = (role: 'owner' | 'member') =>
      site.alter(room, { kind: 'set-role', user: 'sam', role, by: 'mina', mostTextBytes: 40 }, 'mina')
    await inADay(async (start) => {
      assert.ok(await rename('Crew'))
      assert.ok(await give('owner'))
      const before = await site.history(room)
      const spent = before.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)
      assert.ok(spent > 20 && spent <= 40, `${spent} bytes`)
      const untilTomorrow = (day - hour / 4) / 1000
      await assert.rejects(rename('Band'), refusedFor(untilTomorrow))
      await assert.rejects(give('member'), refusedFor(untilTomorrow))
      assert.deepEqual(await site.history(room), before)
      assert.equal(await rename('Crew'), undefined)
      assert.equal(await give('owner'), undefined)
      // Who is spent goes, and others have a day of their own.
      assert.ok(await rename('Band', 'sam'))
      assert.ok(await site.alter(room, { kind: 'remove', user: 'mina', by: 'mina' }, 'mina'))
      world.clock.now = start + day
      assert.ok(await site.alter(room, { kind: 'rename', name: 'Team', by: 'sam', mostTextBytes: 40 }, 'sam'))
    })
  })

  it('a clock that goes back a little does not begin the hour anew, one that was far ahead does', async () => {
    const site = world.site()
    await site.users('mina', ...people)
    await inADay(async (start) => {
      world.clock.now = start - hour / 4
      for (const one of people.slice(0, 3)) await open(site, 'mina', one)
      world.clock.now -= 1_000
      await assert.rejects(open(site, 'mina', people[3] ?? ''), problem('rate_limited'))
      world.clock.now -= 10 * day
      assert.ok((await open(site, 'mina', people[3] ?? '')).created)
    })
  })
}
