/** A room that shows members only what came after they joined: every door by which something of before could leave. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { uuidv7 } from 'uuidv7'
import type {
  Changes,
  MessageView,
  Page,
  Pins,
  RoomAnswer,
  RoomsPage,
  SettingsView,
} from '../../server/protocol/views.ts'
import { aCrowd, aRoom, assertProblem, jsonOf } from '../support/builders.ts'
import type { TestClient } from '../support/client.ts'
import { leakyBus } from '../support/leaky-bus.ts'
import { type ServerOptions, startServer, type TestServer } from '../support/server.ts'

const secret = 'a-word-of-before'

type SceneOptions = ServerOptions & Pick<SettingsView, 'history'> & { readonly founders?: readonly string[] }

/** Mina owns the group, Sam said something in it that is pinned, and then Lee came, who is here. */
async function aScene({ history = 'since-joined', founders = [], ...options }: SceneOptions = {}) {
  const server = await startServer(options)
  const { id: room } = await aRoom(server, ['mina', 'sam', ...founders], { name: 'Team', history })
  await aRoom(server, ['lee', 'mina'])
  const [mina, sam, lee] = [await server.join('mina'), await server.join('sam'), await server.join('lee')]
  const old = await sam.send(room, `${secret} @Lee`)
  await mina.ok({ t: 'pin', roomId: room, messageId: old.id, on: true })
  await add(server, room, 'lee')
  const { room: shown } = await lee.socket.event('room', (event) => event.room.id === room)
  const scene = { server, room, mina, sam, lee, old, cameAt: shown.head }
  return {
    ...scene,
    configure: (settings: SettingsView) => configure(server, room, settings),
    /** What Lee is answered by HTTP. */
    get: <T>(path: string) => jsonOf<T>(server.fetch('lee', `rooms/${room}${path}`)),
    /** All that Lee's socket was sent, when the server has nothing more to say; it has nothing of before. */
    async heard() {
      await lee.socket.settle()
      assertNothingOf(old, lee.socket.frames)
      return lee.socket.frames
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

async function add(server: TestServer, room: string, user: string): Promise<void> {
  const response = await server.fetch('mina', `rooms/${room}/members/${user}`, { method: 'PUT', body: {} })
  assert.equal(response.status, 201)
}

async function configure(server: TestServer, room: string, settings: SettingsView): Promise<RoomAnswer> {
  return jsonOf<RoomAnswer>(
    server.fetch('mina', `rooms/${room}/settings`, { method: 'PATCH', body: settings }),
  )
}

function assertNothingOf({ id, authorId }: MessageView, answer: unknown): void {
  const text = JSON.stringify(answer)
  assert.ok(!text.includes(secret), `its text: ${text}`)
  assert.ok(!text.includes(id), `its id: ${text}`)
  assert.equal(authorId, 'sam')
}

const seqsOf = (messages: readonly MessageView[]) => messages.map(({ seq }) => seq)
const answering = async (client: TestClient, { roomId, id }: MessageView, text = 'an answer') =>
  (await client.ok({ t: 'send', roomId, messageId: uuidv7(), text, replyTo: id })).message as MessageView

describe('a member sees nothing from before they joined:', () => {
  it('in pages, whatever place is asked for', async () => {
    await using scene = await aScene()
    const { old, cameAt } = scene
    for (const place of ['', 'after=0', `around=${old.seq}`, 'around=0', 'before=9999']) {
      const page = await scene.get<Page>(`/messages?limit=50&${place}`)
      assertNothingOf(old, page)
      assert.deepEqual([seqsOf(page.messages), page.older, page.newer], [[cameAt], false, false], place)
    }
    const before = await scene.get<Page>(`/messages?before=${cameAt}`)
    assert.deepEqual([before.messages, before.older, before.newer], [[], false, true])
    const all = await jsonOf<Page>(scene.server.fetch('sam', `rooms/${scene.room}/messages`))
    assert.deepEqual(all.messages[0]?.id, old.id)
  })

  it('as a message of its own', async () => {
    await using scene = await aScene()
    const { server, room, old } = scene
    await assertProblem(await server.fetch('lee', `rooms/${room}/messages/${old.id}`), 404, 'not_found')
    assert.equal((await server.fetch('sam', `rooms/${room}/messages/${old.id}`)).status, 200)
  })

  it('in pins', async () => {
    await using scene = await aScene()
    const { messages, users, head } = await scene.get<Pins>('/pins')
    assert.deepEqual([messages, users, head], [[], {}, scene.cameAt])
    const fresh = await scene.mina.send(scene.room, 'news')
    await scene.mina.ok({ t: 'pin', roomId: scene.room, messageId: fresh.id, on: true })
    assert.deepEqual(seqsOf((await scene.get<Pins>('/pins')).messages), [fresh.seq])
  })

  it('in changes, whose head moves all the same, over socket and HTTP', async () => {
    await using scene = await aScene()
    const { room, sam, lee, old, cameAt } = scene
    await sam.ok({ t: 'edit', roomId: room, messageId: old.id, text: `${secret}, edited` })
    for (const since of [0, cameAt]) {
      for (const changes of [
        await lee.changes(room, since),
        await scene.get<Changes>(`/changes?since=${since}`),
      ]) {
        assertNothingOf(old, changes)
        assert.deepEqual(seqsOf(changes.messages), since === 0 ? [cameAt] : [])
        assert.deepEqual([changes.head, changes.more, changes.reset], [cameAt + 1, false, undefined])
      }
    }
  })

  it('in views of the room: its preview has no quote of it', async () => {
    await using scene = await aScene()
    const { room, mina, old, cameAt } = scene
    const answer = await answering(mina, old)
    const views = [
      await scene.get<RoomAnswer>(''),
      (await jsonOf<RoomsPage>(scene.server.fetch('lee', 'rooms'))).rooms.find(({ id }) => id === room),
      (await scene.server.join('lee')).ready.rooms.find(({ id }) => id === room),
      (await scene.lee.changes(room, 0)).room,
    ]
    for (const view of views) {
      assertNothingOf(old, view)
      const { id, replyHidden, replyTo } = view?.lastMessage ?? {}
      assert.deepEqual([id, replyHidden, replyTo], [answer.id, true, undefined])
      assert.deepEqual([view?.me?.visibleFrom, view?.history], [cameAt, 'since-joined'])
    }
  })

  it('in quotes, wherever the answer is shown, and nobody is named for one', async () => {
    await using scene = await aScene()
    const { server, room, mina, lee, old } = scene
    await server.fetch('mina', `rooms/${room}/members/sam`, { method: 'DELETE' })
    const answer = await answering(mina, old)
    const { message, users } = await lee.socket.event('message', (event) => event.message.id === answer.id)
    assert.deepEqual([message.replyHidden, message.replyTo, users], [true, undefined, undefined])
    const page = await scene.get<Page>('/messages?limit=1')
    assert.deepEqual([page.messages, Object.keys(page.users)], [[message], ['mina']])
    const changes = await lee.changes(room, answer.seq - 1)
    assert.deepEqual([changes.messages, Object.keys(changes.users)], [[message], ['mina']])
    assert.deepEqual(answer.replyTo?.text, old.text)
    await scene.heard()
  })

  it('when it is edited, pinned, reacted to or deleted: their socket gets the number alone', async () => {
    await using scene = await aScene()
    const { room, mina, sam, old, cameAt } = scene
    const one = { roomId: room, messageId: old.id }
    await sam.ok({ t: 'edit', ...one, text: `${secret}, edited` })
    await mina.ok({ t: 'react', ...one, emoji: '👍', on: true })
    await mina.ok({ t: 'pin', ...one, on: false })
    await sam.ok({ t: 'delete', ...one })
    const next = await mina.send(room, 'for all')
    await scene.lee.socket.event('message', ({ message }) => message.id === next.id)
    const frames = await scene.heard()
    assert.deepEqual(
      frames.filter(({ t }) => t === 'skipped'),
      [1, 2, 3, 4].map((nth) => ({ t: 'skipped', roomId: room, rev: cameAt + nth })),
    )
    assert.equal(next.rev, cameAt + 5)
    await sam.socket.event('message', ({ message }) => message.rev === cameAt + 4)
  })

  it('when many react to it at once: their socket gets how far the number came', async () => {
    const crowd = aCrowd(20)
    await using scene = await aScene({ founders: crowd })
    const { server, room, mina, old, lee, cameAt } = scene
    const clients = await Promise.all(crowd.map((user) => server.join(user)))
    const reaction = { t: 'react', roomId: room, messageId: old.id, emoji: '🎉', on: true } as const
    await Promise.all(clients.map((client) => client.ok(reaction)))
    const next = await mina.send(room, 'for all')
    await lee.socket.event('message', ({ message }) => message.id === next.id)
    await scene.heard()
    let known = cameAt
    for (const { rev, prev = rev - 1, same } of lee.socket.events('skipped')) {
      assert.deepEqual([prev, same], [known, rev - prev > 1 ? true : undefined])
      known = rev
    }
    assert.equal(known, cameAt + crowd.length)
    assert.ok(lee.socket.events('skipped').length < crowd.length, 'several are told at once')
  })

  it('when the host changes the room, whose view has a quote of it', async () => {
    await using scene = await aScene()
    const { server, room, mina, lee, old } = scene
    const answer = await answering(mina, old)
    await server.chatter.updateRoom({ id: room, pictureUrl: 'https://example.com/a.png' })
    const hasPicture = ({ room: view }: { room: { pictureUrl?: string } }) => view.pictureUrl !== undefined
    const { room: view } = await lee.socket.event('room', hasPicture)
    assert.deepEqual([view.lastMessage?.id, view.lastMessage?.replyHidden], [answer.id, true])
    const { room: whole } = await mina.socket.event('room', hasPicture)
    assert.equal(whole.lastMessage?.replyTo?.text, old.text)
    await scene.heard()
  })

  it('by doing something with it: it is refused as what is not there, over socket and HTTP', async () => {
    await using scene = await aScene()
    const { server, room, lee, old } = scene
    const one = { roomId: room, messageId: old.id }
    const path = `rooms/${room}/messages/${old.id}`
    const doors = [
      [{ t: 'edit', ...one, text: 'mine' }, ['PATCH', path, { text: 'mine' }]],
      [{ t: 'delete', ...one }, ['DELETE', path]],
      [{ t: 'react', ...one, emoji: '👍', on: true }, ['PUT', `${path}/reactions/👍`, { on: true }]],
      [{ t: 'pin', ...one, on: false }, ['PUT', `${path}/pin`, { on: false }]],
      [
        { t: 'send', roomId: room, messageId: uuidv7(), text: 'so?', replyTo: old.id },
        ['PUT', `rooms/${room}/messages/${uuidv7()}`, { text: 'so?', replyTo: old.id }],
      ],
      [
        { t: 'send', roomId: room, messageId: uuidv7(), forward: one },
        ['PUT', `rooms/${room}/messages/${uuidv7()}`, { forward: one }],
      ],
    ] as const
    for (const [frame, [method, url, body]] of doors) {
      const refused = await lee.err(frame)
      const unknown = await lee.err(JSON.parse(JSON.stringify(frame).replaceAll(old.id, uuidv7())))
      assert.deepEqual([refused.code, refused.detail], ['not_found', unknown.detail], JSON.stringify(frame))
      await assertProblem(await server.fetch('lee', url, { method, body }), 404, 'not_found')
    }
  })

  it('in the answer to what they do with a message that quotes it', async () => {
    await using scene = await aScene()
    const { server, room, mina, lee, old } = scene
    const { id: messageId } = await answering(mina, old)
    const one = { roomId: room, messageId }
    const answers = [
      await lee.ok({ t: 'react', ...one, emoji: '👍', on: true }),
      await lee.ok({ t: 'pin', ...one, on: true }),
    ].map(({ message }) => message as MessageView)
    const url = `rooms/${room}/messages/${messageId}/pin`
    answers.push(await jsonOf<MessageView>(server.fetch('lee', url, { method: 'PUT', body: { on: false } })))
    for (const answer of answers) assert.deepEqual([answer.replyHidden, answer.replyTo], [true, undefined])
    await scene.heard()
  })

  it('in counts: nothing of it is unread, and no mention in it counts', async () => {
    await using scene = await aScene()
    const { server, room, lee, mina } = scene
    await mina.send(room, 'one')
    const { unread, mentions, visibleFrom } = (await scene.get<RoomAnswer>('')).me ?? {}
    assert.deepEqual([unread, mentions, visibleFrom], [1, undefined, scene.cameAt])
    await lee.ok({ t: 'arrange', roomId: room, unreadFrom: 1 })
    const [mine] = lee.socket.events('mine').filter(({ roomId }) => roomId === room)
    assert.equal(mine?.visibleFrom, scene.cameAt)
    assert.equal((await server.join('lee')).ready.unread, 1)
  })

  it('after another hello, as before it', async () => {
    await using scene = await aScene()
    const { server, room, sam, mina, old } = scene
    const again = await server.join('lee')
    await sam.ok({ t: 'edit', roomId: room, messageId: old.id, text: `${secret}, edited` })
    const next = await mina.send(room, 'for all')
    await again.socket.event('message', ({ message }) => message.id === next.id)
    assertNothingOf(old, again.socket.frames)
    assert.equal(again.socket.events('skipped').length, 1)
  })

  it('by a link or by themselves into an open group, as when somebody adds them', async () => {
    await using scene = await aScene()
    const { server, room, old } = scene
    await server.chatter.updateRoom({ id: room, join: 'open' })
    const ann = await server.join('ann')
    const joined = await jsonOf<RoomAnswer>(
      server.fetch('ann', `rooms/${room}/join`, { method: 'POST', body: {} }),
      201,
    )
    assert.equal(joined.me?.visibleFrom, joined.head)
    const page = await jsonOf<Page>(server.fetch('ann', `rooms/${room}/messages`))
    assert.deepEqual(seqsOf(page.messages), [joined.head])
    await scene.sam.ok({ t: 'edit', roomId: room, messageId: old.id, text: `${secret}, edited` })
    await ann.socket.event('skipped')
    assertNothingOf(old, [joined, page, ann.socket.frames])
  })

  it('nor who is named by what was said before, where the room comes with the people whom it names', async () => {
    await using scene = await aScene()
    const { server, room } = scene
    await aRoom(server, ['mina', 'ann'])
    const ann = await server.join('ann')
    // What is newest in the group says that Sam has left.
    const left = await server.fetch('sam', `rooms/${room}/members/sam`, { method: 'DELETE' })
    assert.equal(left.status, 204)
    await add(server, room, 'ann')
    const { users } = await ann.socket.event('room', (event) => event.room.id === room)
    assert.deepEqual(Object.keys(users).sort(), ['ann', 'lee', 'mina'])
  })

  it('nor anything of their own, when they come back after having left', async () => {
    await using scene = await aScene()
    const { server, room, mina, old } = scene
    const url = `rooms/${room}/members/sam`
    const said = await mina.send(room, `${secret} of mina`)
    const draft = { roomId: room, messageId: uuidv7(), text: 'my answer', replyTo: said.id }
    await scene.sam.ok({ t: 'send', ...draft })
    await server.fetch('mina', url, { method: 'DELETE' })
    await add(server, room, 'sam')
    const sam = await server.join('sam')
    const { visibleFrom } = sam.ready.rooms.find(({ id }) => id === room)?.me ?? {}
    const view = await jsonOf<RoomAnswer>(server.fetch('sam', `rooms/${room}`))
    assert.equal(visibleFrom, view.head)
    const one = { roomId: room, messageId: old.id }
    assert.equal((await sam.err({ t: 'edit', ...one, text: 'other' })).code, 'not_found')
    const again = (await sam.ok({ t: 'send', ...draft })).message as MessageView
    assert.deepEqual([again.text, again.replyHidden], ['my answer', true])
    await mina.ok({ t: 'react', ...one, emoji: '👍', on: true })
    await sam.socket.event('skipped')
    assertNothingOf(old, [view, sam.socket.frames])
    // What a socket held of the time before is void.
    assert.equal((await sam.changes(room, old.seq)).reset, true)
  })

  it('from the moment on in which an owner says so, and again all of it when an owner takes it back', async () => {
    await using scene = await aScene({ history: 'all' })
    const { room, sam, lee, old, cameAt } = scene
    const one = { roomId: room, messageId: old.id }
    const edit = async (text: string) => (await sam.ok({ t: 'edit', ...one, text })).message as MessageView
    const seen = await edit('seen')
    await lee.socket.event('message', ({ message }) => message.rev === seen.rev)
    const { head } = await scene.configure({ history: 'since-joined' })
    const { room: view } = await lee.socket.event('room', (event) => event.room.history === 'since-joined')
    assert.equal(view.rev, head - 1)
    const hidden = await edit(secret)
    await lee.socket.event('skipped', ({ rev }) => rev === hidden.rev)
    assert.deepEqual(seqsOf((await lee.changes(room, head)).messages), [])
    assert.deepEqual(seqsOf((await scene.get<Page>('/messages')).messages), [cameAt, head])
    assert.ok(!JSON.stringify(lee.socket.frames.slice(-9)).includes(secret))
    await scene.configure({ history: 'all' })
    const shown = await edit('shown')
    await lee.socket.event('message', ({ message }) => message.rev === shown.rev)
    assert.equal((await scene.get<Page>('/messages')).messages[0]?.id, old.id)
    assert.equal((await scene.get<RoomAnswer>('')).me?.visibleFrom, undefined)
  })

  it('on another node, which did not hear that it is so now, or that they came', async () => {
    const bus = leakyBus()
    const [near, far] = bus.fanouts
    await using scene = await aScene({ history: 'all', ...(near && { fanout: near }) })
    const { server, room, sam, old } = scene
    await using other = await startServer({ stores: server.stores, ...(far && { fanout: far }) })
    const lee = await other.join('lee')
    bus.lose(() => true)
    await scene.configure({ history: 'since-joined' })
    const { messages } = await jsonOf<Page>(other.fetch('lee', `rooms/${room}/messages`))
    assertNothingOf(old, messages)
    const asked = await lee.ok({ t: 'changes', roomId: room, since: 0 })
    assertNothingOf(old, asked)
    const forward = { roomId: room, messageId: old.id }
    assert.equal((await lee.err({ t: 'send', roomId: room, messageId: uuidv7(), forward })).code, 'not_found')
    bus.lose(() => false)
    const edited = await sam.ok({ t: 'edit', roomId: room, messageId: old.id, text: secret })
    const { rev } = edited.message as MessageView
    await lee.socket.event('skipped', (event) => event.rev === rev)
    bus.lose(() => true)
    await sam.ok({ t: 'edit', roomId: room, messageId: old.id, text: `${secret} again` })
    bus.reportLoss()
    await lee.socket.event('skipped', (event) => event.rev === rev + 1)
    assertNothingOf(old, lee.socket.frames)
  })

  const doings = [
    { t: 'react', emoji: '👍', on: true },
    { t: 'pin', on: true },
    { t: 'edit', text: 'so then' },
    { t: 'send', text: 'so?' },
  ]
  for (const { t, ...doing } of doings)
    it(`in the answer to ${t}, on a node that did not hear that it is so now`, async () => {
      const bus = leakyBus()
      const [near, far] = bus.fanouts
      await using scene = await aScene({ history: 'all', ...(near && { fanout: near }) })
      const { server, room, old } = scene
      await using other = await startServer({ stores: server.stores, ...(far && { fanout: far }) })
      const lee = await other.join('lee')
      const one = { roomId: room, messageId: uuidv7() }
      const draft = { ...one, text: 'so?', replyTo: old.id }
      const { message } = await lee.ok({ t: 'send', ...draft })
      assert.equal((message as MessageView).replyTo?.text, old.text)
      bus.lose(() => true)
      await scene.configure({ history: 'since-joined' })
      const answer = await lee.socket.ask(t === 'send' ? { t, ...draft } : { t, ...one, ...doing })
      assert.equal(answer.t, 'ok', JSON.stringify(answer))
      assertNothingOf(old, answer)
    })
})

describe('what members see is set', () => {
  it('for new groups by their site, for one of them by its host, and never for two people', async () => {
    await using server = await startServer({ settings: { history: 'since-joined' } })
    const shown = async (members: string[], room?: Parameters<typeof aRoom>[2]) =>
      (await aRoom(server, members, room)).history
    assert.equal(await shown(['mina', 'sam', 'lee']), 'since-joined')
    assert.equal(await shown(['mina', 'sam']), undefined)
    assert.equal(await shown(['mina', 'sam'], { name: 'Team' }), 'since-joined')
    assert.equal(await shown(['mina', 'sam'], { name: 'Open', history: 'all' }), undefined)
    const body = { memberIds: ['sam'], name: 'By a user' }
    const opened = await jsonOf<RoomAnswer>(server.fetch('mina', 'rooms', { method: 'POST', body }), 201)
    assert.deepEqual([opened.history, opened.me?.visibleFrom], ['since-joined', undefined])
    await assert.rejects(aRoom(server, ['mina', 'sam'], { history: 'since-joined' }), { code: 'bad_request' })
    const { id: pair } = await aRoom(server, ['mina', 'sam'])
    const patch = { method: 'PATCH', body: { history: 'since-joined' } }
    await assertProblem(await server.fetch('mina', `rooms/${pair}/settings`, patch), 403, 'forbidden')
  })

  it('to all only by who sees all of it: not by a stranger whom it fell to, nor by an owner who came late', async () => {
    await using server = await startServer()
    const group = { name: 'Open', join: 'open', history: 'since-joined' } as const
    const { id: room } = await aRoom(server, ['mina', 'sam'], group)
    const [mina] = [await server.join('mina'), await server.join('lee'), await server.join('sam')]
    await mina.send(room, secret)
    const ask = (user: string, method: string, path: string, body: object = {}) =>
      server.fetch(user, `rooms/${room}/${path}`, { method, body })
    const showAll = (user: string) => ask(user, 'PATCH', 'settings', { history: 'all', slowMode: 5 })
    await ask('lee', 'POST', 'join')
    await ask('mina', 'PUT', 'members/lee', { role: 'owner' })
    await assertProblem(await showAll('lee'), 403, 'forbidden')
    for (const user of ['mina', 'sam']) await ask(user, 'DELETE', `members/${user}`)
    await assertProblem(await showAll('lee'), 403, 'forbidden')
    assert.doesNotMatch(await (await server.fetch('lee', `rooms/${room}/messages`)).text(), /secret/)
    // Who comes back came late, too.
    await ask('mina', 'POST', 'join')
    await ask('lee', 'PUT', 'members/mina', { role: 'owner' })
    await assertProblem(await showAll('mina'), 403, 'forbidden')
    assert.equal(
      (await ask('mina', 'PATCH', 'settings', { history: 'since-joined', slowMode: 5 })).status,
      200,
    )
    assert.equal((await server.chatter.updateRoom({ id: room, history: 'all' })).history, undefined)
  })

  it('by the host, for a group that is there, with the message that tells it', async () => {
    await using scene = await aScene({ history: 'all' })
    const { server, room } = scene
    const changed = await server.chatter.updateRoom({ id: room, history: 'since-joined' })
    assert.equal(changed.history, 'since-joined')
    const { message } = await scene.lee.socket.event('message', (event) => !!event.message.system?.settings)
    assert.equal(message.text, 'Mina changed the settings: members see what came after they joined')
    assert.equal((await server.chatter.updateRoom({ id: room, history: 'all' })).history, undefined)
  })
})
