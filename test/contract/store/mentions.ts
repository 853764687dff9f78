import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { uuidv7 } from 'uuidv7'
import { limits } from '../../../server/protocol/limits.ts'
import type { MentionView, MessageView } from '../../../server/protocol/views.ts'
import type { Mentions } from '../../../server/rules/mentions.ts'
import type { Store } from '../../../server/store/store.ts'
import { allPages, problem, type Site, type World } from './a-world.ts'

const people = ['mina', 'sam', 'lee', 'ada'] as const

/** A text that mentions these users, each by the id, and the room where that is said. */
function naming(users: readonly string[], isOfRoom = false): { text: string } & Mentions {
  let text = 'hey'
  const place = (word: string) => {
    const at = text.length + 1
    text += ` @${word}`
    return { at, length: word.length + 1 }
  }
  const mentions = users.map((userId): MentionView => ({ userId, ...place(userId) }))
  const mentionsRoom = isOfRoom ? place('room') : undefined
  return { text, ...(mentions.length > 0 && { mentions }), ...(mentionsRoom && { mentionsRoom }) }
}

type Named = { users?: readonly string[]; isOfRoom?: boolean; id?: string }

async function mention(site: Site, room: string, author: string, { users = [], isOfRoom, id }: Named) {
  const draft = { room, id: id ?? uuidv7(), author, ...naming(users, isOfRoom) }
  return (await site.store.append(draft)).message
}

async function amend(site: Site, { roomId: room, id, authorId: by }: MessageView, to: Named) {
  return site.store.amend({ kind: 'edit', room, id, by, ...naming(to.users ?? [], to.isOfRoom) })
}

const countIn = async ({ store }: Site, room: string, user: string) =>
  (await store.findRoom(room, user))?.me?.mentions ?? 0

/** What a reader finds in the whole history: the definition of a mention that is unread. */
async function recount(site: Site, room: string, user: string, joinedSeq: number): Promise<number> {
  const me = (await site.store.findRoom(room, user))?.me
  const from = Math.max(me?.readSeq ?? 0, joinedSeq)
  const found = (await site.history(room)).filter(
    ({ seq, authorId, mentions = [], mentionsRoom }) =>
      seq > from && authorId !== user && (mentionsRoom || mentions.some(({ userId }) => userId === user)),
  )
  return Math.min(found.length, limits.unread)
}

type Act = {
  name: 'say' | 'name' | 'name-all' | 'edit' | 'delete' | 'read' | 'pin' | 'react' | 'rejoin'
  by: number
  users: number[]
  at: number
}

const someActs: fc.Arbitrary<Act[]> = fc.array(
  fc.record({
    name: fc.constantFrom(
      ...(['say', 'name', 'name', 'name', 'name-all', 'edit', 'edit', 'delete'] as const),
      ...(['read', 'pin', 'react', 'rejoin'] as const),
    ),
    by: fc.nat({ max: people.length - 1 }),
    users: fc.uniqueArray(fc.nat({ max: people.length - 1 }), { maxLength: 3 }),
    at: fc.nat({ max: 25 }),
  }),
  { maxLength: 40, size: 'max' },
)

/** By `fresh[by]`; the first of them owns the room. @returns the place of the message about who came back */
async function perform(
  site: Site,
  { name, by, users: numbers, at, room, fresh }: Act & { room: string; fresh: readonly string[] },
): Promise<number | undefined> {
  const [owner = '', user = ''] = [fresh[0], fresh[by]]
  const users = numbers.map((n) => fresh[n] ?? '')
  const texts = (await site.history(room)).filter((one) => one.kind === 'text' && !one.deletedAt)
  const one = texts[at % Math.max(texts.length, 1)]
  const { store } = site
  const onMessage = { room, id: one?.id ?? '', by: user }
  const acts: { readonly [N in Act['name']]: () => Promise<unknown> } = {
    say: () => site.say(room, user),
    name: () => mention(site, room, user, { users }),
    'name-all': () => mention(site, room, owner, { users, isOfRoom: true }),
    edit: async () => one && amend(site, one, { users, isOfRoom: one.authorId === owner && at % 2 > 0 }),
    delete: async () => one && site.delete(one),
    read: () => store.markRead(room, user, at),
    pin: async () => one && store.amend({ kind: 'pin', ...onMessage, on: true }),
    react: async () => one && store.react({ ...onMessage, emoji: '👍', on: at % 2 > 0 }),
    rejoin: async () => {
      await site.leave(room, user)
      const [{ userId: left = '' } = {}] = (await store.listMembers(room, { limit: 1 })).members
      const added = await site.alter(room, { kind: 'add', user }, left)
      // Whoever it was, the first owns the room.
      await site.alter(room, { kind: 'set-role', user: owner, role: 'owner' })
      return added
    },
  }
  const done = await acts[name]()
  return name === 'rejoin' ? (done as MessageView | undefined)?.seq : undefined
}

type Counted = {
  readonly rooms: readonly string[]
  readonly user: string
  /** By room and user, for those who came back. */
  readonly joined: ReadonlyMap<string, number>
}

async function checkMentions(site: Site, { rooms, user, joined }: Counted): Promise<void> {
  const listed = (await site.store.listRooms(user, { limit: 10 })).rooms
  let total = 0
  for (const room of rooms) {
    const expected = await recount(site, room, user, joined.get(`${room} ${user}`) ?? 0)
    assert.equal(await countIn(site, room, user), expected, `mentions of ${user}`)
    assert.equal(listed.find(({ id }) => id === room)?.me?.mentions ?? 0, expected)
    total += expected
  }
  assert.equal(await site.store.countMentions(user), total)
  const named = await site.store.listRooms(user, { limit: 10, filter: 'mentions' })
  assert.deepEqual(
    named.rooms,
    listed.filter(({ me }) => me?.mentions),
  )
}

/** Messages mention members, and members are told how often. */
export function mentionPromises(world: World): void {
  it('a message says whom it mentions and where, in every read', async () => {
    const site = world.site()
    const room = await site.group('team', ...people)
    const { text, ...mentions } = naming(['sam', 'lee'], true)
    const message = await mention(site, room, 'mina', { users: ['sam', 'lee'], isOfRoom: true })
    assert.deepEqual({ text: message.text, ...mentions }, { text, ...mentions })
    assert.deepEqual(
      [message.mentions, message.mentionsRoom],
      [
        [
          { userId: 'sam', at: 4, length: 4 },
          { userId: 'lee', at: 9, length: 4 },
        ],
        { at: 14, length: 5 },
      ],
    )
    assert.deepEqual(await site.store.findMessage(room, message.id), message)
    assert.deepEqual(await site.history(room), [message])
    assert.deepEqual((await site.store.readChanges(room, 0, 10)).messages, [message])
    const [listed] = (await site.store.listRooms('sam', { limit: 1 })).rooms
    assert.deepEqual([listed?.lastMessage, listed?.me?.mentions], [message, 1])
  })

  it('who is mentioned counts it until they have read it, and nobody else does', async () => {
    const site = world.site()
    const room = await site.group('team', ...people)
    const { seq } = await mention(site, room, 'mina', { users: ['sam', 'mina'] })
    await site.say(room, 'mina', 'and so on')
    const counts = await Promise.all(people.map((user) => countIn(site, room, user)))
    assert.deepEqual(counts, [0, 1, 0, 0])
    assert.equal(await site.store.countMentions('sam'), 1)
    const mark = await site.store.markRead(room, 'sam', seq)
    assert.deepEqual(mark, { readSeq: 1, unread: 1, muted: false, moved: true, memberCount: 4 })
    assert.equal(await site.store.countMentions('sam'), 0)
  })

  it('a message that mentions somebody twice, or with everybody, is one', async () => {
    const site = world.site()
    const room = await site.group('team', ...people)
    await mention(site, room, 'mina', { users: ['sam', 'sam'] })
    await mention(site, room, 'mina', { users: ['sam', 'lee'], isOfRoom: true })
    const counts = await Promise.all(people.map((user) => countIn(site, room, user)))
    assert.deepEqual(counts, [0, 2, 1, 1])
    assert.equal((await site.store.markRead(room, 'sam', 1)).mentions, 1)
  })

  it('unread mentions are what a recount of the messages finds, whatever everybody did', async () => {
    const site = world.site()
    await fc.assert(
      fc.asyncProperty(someActs, async (acts) => {
        const fresh = people.map((name) => `${name}-${uuidv7()}`)
        const rooms = [await site.group('one', ...fresh), await site.group('two', ...fresh)]
        const joined = new Map<string, number>()
        for (const [index, act] of acts.entries()) {
          const seq = await perform(site, { ...act, room: rooms[index % 2] ?? '', fresh })
          if (act.name === 'rejoin') joined.set(`${rooms[index % 2]} ${fresh[act.by]}`, seq ?? 0)
        }
        for (const user of fresh) await checkMentions(site, { rooms, user, joined })
      }),
      { numRuns: 40 },
    )
  })

  it('mentions are counted to the cap, in each room and so in the sum', async () => {
    const site = world.site()
    const [full, small] = [await site.room('mina', 'sam'), await site.group('small', 'mina', 'sam')]
    const many = Array.from({ length: limits.unread + 20 }, () =>
      mention(site, full, 'sam', { users: ['mina'] }),
    )
    await Promise.all(many)
    await mention(site, small, 'sam', { users: ['mina'] })
    assert.equal(await countIn(site, full, 'mina'), limits.unread)
    assert.equal(await site.store.countMentions('mina'), limits.unread + 1)
    assert.equal((await site.store.markRead(full, 'mina', limits.unread + 15)).mentions, 5)
  })

  it('in a muted room mentions count there and in the sum', async () => {
    const site = world.site()
    const room = await site.room('mina', 'sam')
    await mention(site, room, 'sam', { users: ['mina'] })
    await site.mute(room, 'mina')
    assert.equal(await countIn(site, room, 'mina'), 1)
    assert.deepEqual([await site.store.countUnread('mina'), await site.store.countMentions('mina')], [0, 1])
  })

  it('the rooms with mentions are listed by pages, muted ones too, and without those in the archive', async () => {
    const site = world.site()
    const rooms: string[] = []
    for (const name of ['one', 'two', 'three', 'four', 'five']) {
      world.clock.now += 1_000
      const room = await site.group(name, 'mina', 'sam')
      await (name === 'two'
        ? site.say(room, 'sam')
        : mention(site, room, 'sam', { users: ['mina'], isOfRoom: false }))
      rooms.unshift(room)
    }
    const [five = '', four = '', three = '', , one = ''] = rooms
    await site.mute(four, 'mina')
    await site.store.arrange({ room: one, user: 'mina', archived: true })
    const { store } = site
    const first = await store.listRooms('mina', { limit: 2, filter: 'mentions' })
    assert.deepEqual(
      first.rooms.map(({ id }) => id),
      [five, four],
    )
    const cursor = first.cursor ?? assert.fail('there are more')
    const second = await store.listRooms('mina', { limit: 2, filter: 'mentions', cursor })
    assert.deepEqual([second.rooms.map(({ id }) => id), second.cursor], [[three], undefined])
    await store.markRead(five, 'mina', 10)
    assert.equal((await store.listRooms('mina', { limit: 2, filter: 'mentions' })).rooms[0]?.id, four)
    assert.deepEqual((await store.listRooms('sam', { limit: 2, filter: 'mentions' })).rooms, [])
  })

  it('an edit takes the place of the mentions, and a deletion takes them along', async () => {
    const site = world.site()
    const room = await site.group('team', ...people)
    const sent = await mention(site, room, 'mina', { users: ['sam', 'lee'] })
    const { message } = await amend(site, sent, { users: ['lee', 'ada'] })
    assert.deepEqual(
      message.mentions?.map(({ userId }) => userId),
      ['lee', 'ada'],
    )
    const counts = () => Promise.all(people.map((user) => countIn(site, room, user)))
    assert.deepEqual(await counts(), [0, 0, 1, 1])
    await amend(site, sent, { isOfRoom: true })
    assert.deepEqual(await counts(), [0, 1, 1, 1])
    assert.equal((await site.edit(sent, 'nobody')).mentions, undefined)
    assert.deepEqual(await counts(), [0, 0, 0, 0])
    await amend(site, sent, { users: ['sam'] })
    const tombstone = await site.delete(sent)
    assert.equal(tombstone.mentions, undefined)
    assert.deepEqual(await counts(), [0, 0, 0, 0])
  })

  it('the same text with other mentions is an edit, and with the same ones none', async () => {
    const site = world.site()
    const room = await site.group('team', ...people)
    const { id, roomId } = await mention(site, room, 'mina', { users: ['sam'] })
    const { text, mentions = [] } = naming(['sam'])
    const change = { kind: 'edit', room: roomId, id, by: 'mina', text } as const
    assert.equal((await site.store.amend({ ...change, mentions })).changed, false)
    const other = mentions.map((one) => ({ ...one, userId: 'lee' }))
    const { message, changed } = await site.store.amend({ ...change, mentions: other })
    assert.deepEqual([message.mentions, changed], [other, true])
    assert.equal((await site.store.amend({ ...change, mentions: other })).changed, false)
    assert.equal((await site.store.amend(change)).message.mentions, undefined)
  })

  it('sent again with the same mentions it is the same message, with others a conflict, also after an edit', async () => {
    const site = world.site()
    const room = await site.group('team', ...people)
    const id = uuidv7()
    const sent = await mention(site, room, 'mina', { users: ['sam'], id })
    const again = async () => {
      const draft = { room, id, author: 'mina', ...naming(['sam']) }
      const { text, mentions = [] } = draft
      const others = [
        { room, id, author: 'mina', text },
        { ...draft, mentions: mentions.map((one) => ({ ...one, userId: 'lee' })) },
        { ...draft, mentionsRoom: { at: 0, length: 3 } },
      ]
      for (const other of others) await assert.rejects(site.store.append(other), problem('conflict'))
      return site.store.append(draft)
    }
    assert.deepEqual((await again()).message, sent)
    await site.leave(room, 'sam')
    assert.deepEqual((await again()).created, false)
    const edited = await site.edit(sent, 'better')
    assert.deepEqual((await again()).message, edited)
    const plain = await site.say(room, 'mina', sent.text)
    await assert.rejects(mention(site, room, 'mina', { users: ['lee'], id: plain.id }), problem('conflict'))
  })

  it('only members are mentioned: a message of somebody else is none, and leaves nothing behind', async () => {
    const site = world.site()
    const room = await site.group('team', 'mina', 'sam', 'lee')
    await site.users('eve')
    await site.leave(room, 'lee')
    const { head } = (await site.store.findRoom(room)) ?? {}
    for (const users of [['eve'], ['sam', 'lee'], ['nobody']]) {
      const id = uuidv7()
      await assert.rejects(mention(site, room, 'mina', { users, id }), problem('bad_request'))
      assert.equal(await site.store.findMessage(room, id), undefined)
    }
    assert.equal((await site.store.findRoom(room))?.head, head)
    assert.equal(await countIn(site, room, 'sam'), 0)
    await assert.rejects(mention(site, room, 'eve', { users: ['sam'] }), problem('not_found'))
  })

  it('of several at once the one that mentions a stranger fails alone', async () => {
    const site = world.site()
    const room = await site.group('team', 'mina', 'sam')
    await site.users('eve')
    const outcomes = await Promise.allSettled([
      site.say(room, 'mina', 'one'),
      mention(site, room, 'mina', { users: ['eve'] }),
      mention(site, room, 'sam', { isOfRoom: true }),
      mention(site, room, 'mina', { users: ['sam'] }),
      site.say(room, 'sam', 'two'),
    ])
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'rejected', 'fulfilled', 'fulfilled'],
    )
    assert.equal((await site.history(room)).length, 3)
  })

  it('an edit may keep whom the message mentions though they left, and mention no other stranger', async () => {
    const site = world.site()
    const room = await site.group('team', 'mina', 'sam', 'lee')
    await site.users('eve')
    const sent = await mention(site, room, 'mina', { users: ['sam', 'lee'] })
    await site.leave(room, 'sam')
    const { message } = await amend(site, sent, { users: ['lee', 'sam'] })
    assert.equal(message.mentions?.length, 2)
    await assert.rejects(amend(site, sent, { users: ['sam', 'eve'] }), problem('bad_request'))
    assert.deepEqual(await site.store.findMessage(room, sent.id), message)
    await site.alter(room, { kind: 'add', user: 'sam' })
    assert.equal(await countIn(site, room, 'sam'), 0)
  })

  it('only an owner of a group mentions everybody, in a message as in an edit', async () => {
    const site = world.site()
    const [room, direct] = [await site.group('team', 'mina', 'sam'), await site.room('mina', 'sam')]
    for (const [place, author] of [
      [room, 'sam'],
      [direct, 'mina'],
    ] as const) {
      await assert.rejects(mention(site, place, author, { isOfRoom: true }), problem('forbidden'))
      const sent = await site.say(place, author)
      await assert.rejects(amend(site, sent, { isOfRoom: true }), problem('forbidden'))
      assert.deepEqual(await site.store.findMessage(place, sent.id), sent)
    }
    const sent = await mention(site, room, 'mina', { isOfRoom: true })
    await site.alter(room, { kind: 'set-role', user: 'sam', role: 'owner' })
    await site.alter(room, { kind: 'set-role', user: 'mina', role: 'member' }, 'sam')
    await assert.rejects(mention(site, room, 'mina', { isOfRoom: true }), problem('forbidden'))
    assert.ok((await amend(site, sent, { users: ['sam'], isOfRoom: true })).changed)
    assert.equal(await countIn(site, room, 'sam'), 1)
  })

  it('of a text that a server of an earlier build gave it a message has no mentions, until it has one of this build', async () => {
    const site = world.site()
    const room = await site.group('team', 'mina', 'sam', 'lee')
    const counts = () => Promise.all(['sam', 'lee'].map((user) => countIn(site, room, user)))
    const sent = await mention(site, room, 'mina', { users: ['sam', 'lee'] })
    await site.amendAsBefore(room, sent.id, 'x')
    assert.equal((await site.store.findMessage(room, sent.id))?.mentions, undefined)
    assert.deepEqual([await counts(), await site.store.countMentions('sam')], [[0, 0], 0])
    const { message } = await amend(site, sent, { users: ['sam'] })
    assert.deepEqual([message.mentions, await counts()], [naming(['sam']).mentions, [1, 0]])
    await site.amendAsBefore(room, sent.id, null)
    assert.equal((await site.store.findMessage(room, sent.id))?.mentions, undefined)
    assert.deepEqual([await counts(), await site.store.countMentions('sam')], [[0, 0], 0])
  })

  it('what is forwarded mentions nobody, also after an edit', async () => {
    const site = world.site()
    const room = await site.group('team', 'mina', 'sam')
    const { text, mentions = [] } = naming(['sam'])
    const { message } = await site.store.append({
      ...{ room, id: uuidv7(), author: 'mina', text },
      forwarded: 'mina',
    })
    const change = { kind: 'edit', room, id: message.id, by: 'mina', text, mentions } as const
    await assert.rejects(site.store.amend(change), problem('bad_request'))
    assert.deepEqual(await site.store.findMessage(room, message.id), message)
  })

  it('members are found by their words, and nobody who is not in the room', async () => {
    const site = world.site()
    const names = ['Mina López', 'Łukasz Minar', 'Zoë Ångström', '🦊 Fox', 'Lopez Mina Gone', 'Mina Stranger']
    for (const name of names) await site.store.saveUser({ id: name, name })
    const members = names.slice(0, 5)
    const room = await site.group('team', ...members)
    await site.leave(room, 'Lopez Mina Gone')
    const find = async (query: string) => {
      const found = await site.store.searchMembers({ room, query, limit: 10 })
      assert.deepEqual(
        found.members.map(({ userId }) => userId),
        Object.keys(found.users),
      )
      return Object.keys(found.users).sort()
    }
    assert.deepEqual(await find('MI'), ['Mina López', 'Łukasz Minar'])
    assert.deepEqual(await find('lop min'), ['Mina López'])
    assert.deepEqual(await find('angs'), ['Zoë Ångström'])
    assert.deepEqual(await find('🦊'), ['🦊 Fox'])
    for (const query of ['ina', 'stranger', '', '  ', '%']) assert.deepEqual(await find(query), [], query)
    const [mina] = (await site.store.searchMembers({ room, query: 'lopez', limit: 10 })).members
    assert.deepEqual(mina, { userId: 'Mina López', role: 'owner', readSeq: 0 })
  })

  for (const size of [700, 2_600])
    it(`in a group of ${size} each page of members found goes on where the last one ended`, async () => {
      const site = world.site()
      const names = Array.from(
        { length: size },
        (_, n) => `${n % 3 ? 'Ann' : 'Bea'} ${String(n).padStart(5, '0')}`,
      )
      await site.addUsers(names)
      await site.addUsers(Array.from({ length: 300 }, (_, n) => `Bea ${n} Outside`))
      const room = await site.group('all', ...names)
      const found = await pagesOf(site.store, room, 'be 0')
      assert.ok(found.every((page) => page.length <= 60))
      assert.deepEqual(
        found.flat().sort(),
        names.filter((name) => name.startsWith('Bea')),
      )
      const [one] = (await pagesOf(site.store, room, 'bea 00003')).flat()
      assert.equal(one, 'Bea 00003')
    })

  it('no search looks at more than it says, and pages of other searches are refused', async () => {
    const site = world.site()
    const names = Array.from({ length: 2_600 }, (_, n) => `Ann ${n}`)
    await site.addUsers(names)
    const room = await site.group('all', ...names)
    const found = await site.store.searchMembers({ room, query: 'ann zzz', limit: 10 })
    assert.ok(found.examined <= 2_000, `${found.examined}`)
    const bad = site.store.searchMembers({ room, query: 'ann', limit: 10, cursor: 'nonsense' })
    await assert.rejects(bad, problem('bad_request'))
  })
}

function pagesOf(store: Store, room: string, query: string): Promise<string[][]> {
  return allPages(async (cursor) => {
    const search = { room, query, limit: 60, ...(cursor !== undefined && { cursor }) }
    const { members, ...found } = await store.searchMembers(search)
    return { ...found, entries: members.map(({ userId }) => userId) }
  })
}
