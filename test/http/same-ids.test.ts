/**
 * Two tenants that have the same ids of everything: one is asked by every route and every frame, and succeeds; the other has the
 * same rows as before, hears nothing, and none of its words is in an answer, a frame, a delivery or an export. Each in turn,
 * since a statement that forgot the tenant may find the right row first. What is not walked here fails.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import pino from 'pino'
import { uuidv7 } from 'uuidv7'
import { Sweeper } from '../../server/commands/sweeper.ts'
import { signGuestToken } from '../../server/http/guest-tokens.ts'
import { type FrameName, frames } from '../../server/protocol/commands.ts'
import { guestId } from '../../server/protocol/guests.ts'
import { makeKey } from '../../server/rules/keys.ts'
import { settingsFrom } from '../../server/rules/settings.ts'
import { deliverForMs, webhookEvents } from '../../server/rules/webhooks.ts'
import { exportTenant } from '../../server/store/copy/tenant.ts'
import type { NewTenant } from '../../server/store/store.ts'
import { exportUser } from '../../server/store/user-export.ts'
import { Deliveries } from '../../server/webhooks/deliveries.ts'
import { rowsIn } from '../cli/a-filled-store.ts'
import { until } from '../contract/fanout.ts'
import { aGroup, aRoom } from '../contract/store/a-world.ts'
import { askHost, connectHost } from '../support/at-host.ts'
import type { TestClient } from '../support/client.ts'
import { signToken, startServer, type TestServer } from '../support/server.ts'
import { Receiver } from '../webhooks/receiver.ts'

const silent = pino({ level: 'silent' })
const minute = 60_000

const [room, direct, gone, alsoGone] = [uuidv7(), uuidv7(), uuidv7(), uuidv7()]
const [said, answered, ofSite, only] = [uuidv7(), uuidv7(), uuidv7(), uuidv7()]
const link = { id: uuidv7(), code: 'the same code' }
const guest = guestId('the-same-guest-of-both')
const hook = 'same-hook'

type Site = NewTenant & { readonly secret: string; readonly words: string }

function aSite(id: string): Site {
  const secret = `the secret of ${id}, of thirty-two bytes`
  const settings = { 'features.joinLinks': true, guests: true }
  return { id, hosts: [`${id}.test`], secrets: [secret], origins: [], settings, secret, words: `of-${id}` }
}

/** The same ids, and in every text whose it is. */
async function settle(server: TestServer, { id: tenant, words }: Site): Promise<void> {
  const store = server.stores.forTenant(tenant)
  for (const id of ['mina', 'sam', 'lee', 'ada', 'kim', 'tom'])
    await store.saveUser({ id, name: `${id} ${words}`, about: words, data: { words } })
  await store.addGuest({ id: guest, name: `guest ${words}` })
  await store.openRoom(aGroup(`Sky ${words}`, ['mina', 'sam', 'lee'], room))
  await store.openRoom(aGroup(`Gone ${words}`, ['mina', 'sam'], gone))
  await store.openRoom(aGroup(`Gone too ${words}`, ['mina', 'sam'], alsoGone))
  await store.openRoom(aRoom(['mina', 'sam'], direct))
  await store.openRoom(aRoom(['mina', guest]))
  await store.setUpRoom({ room, join: 'open', data: JSON.stringify({ words }) })
  await store.append({ room, id: said, author: 'mina', text: `said ${words}` })
  await store.append({ room, id: answered, author: 'sam', text: `answered ${words}`, replyTo: said })
  await store.append({ room: direct, id: uuidv7(), author: 'sam', text: `between us ${words}` })
  await store.appendFromSite({ room, id: ofSite, site: { text: `announced ${words}`, title: words } })
  await store.react({ room, id: said, by: 'sam', emoji: '👍', on: true })
  await store.amend({ kind: 'pin', room, id: said, by: 'mina', on: true })
  await store.createLink({ room, by: 'mina', ...link })
}

/** What a step asks as: nobody, the site by its key, or a user. */
type Step = {
  readonly route: string
  readonly as?: 'key' | (string & {})
  readonly query?: string
  readonly body?: object
  readonly of?: { readonly [parameter: string]: string }
  readonly more?: Record<string, string>
}

const ids = { roomId: room, userId: 'sam', messageId: said, linkId: link.id, code: link.code, emoji: '👍' }

const steps = (guestToken: string): Step[] => [
  { route: 'GET /v1/check' },
  { route: 'GET /v1/openapi.json' },
  { route: 'GET /v1/guests' },
  { route: 'POST /v1/guests', body: { name: 'Somebody' } },
  { route: 'GET /v1/me', as: 'mina' },
  { route: 'GET /v1/me', as: 'key', more: { 'chatter-user': 'sam' } },
  { route: 'PUT /v1/me/presence', as: 'mina', body: { doNotDisturb: true } },
  { route: 'POST /v1/me/guest', as: 'mina', body: { guestToken } },
  { route: 'GET /v1/users', as: 'key' },
  { route: 'GET /v1/users', as: 'key', query: 'q=of' },
  { route: 'GET /v1/users', as: 'key', query: 'userId=sam' },
  { route: 'GET /v1/users', as: 'mina', query: 'q=of' },
  { route: 'GET /v1/users/:userId', as: 'key' },
  { route: 'GET /v1/users/:userId', as: 'mina' },
  { route: 'PUT /v1/users', as: 'key', query: 'userId=ada', body: { name: 'Another', data: { new: 1 } } },
  { route: 'PUT /v1/users/:userId', as: 'key', body: { name: 'Sam', data: { new: 1 }, disabled: false } },
  { route: 'POST /v1/users/disconnect', as: 'key', query: 'userId=lee' },
  {
    route: 'POST /v1/users/:userId/disconnect',
    as: 'key',
    of: { userId: 'tom' },
    body: { revokeTokens: true },
  },
  { route: 'GET /v1/rooms', as: 'key' },
  { route: 'GET /v1/rooms', as: 'key', query: 'userId=sam' },
  { route: 'GET /v1/rooms', as: 'mina' },
  {
    ...{
      route: 'POST /v1/rooms',
      as: 'key',
      body: { members: ['mina', 'lee'], name: 'New', data: { new: 1 } },
    },
    more: { 'idempotency-key': 'the-same-name' },
  },
  { route: 'POST /v1/rooms', as: 'mina', body: { memberIds: ['lee'] } },
  { route: 'GET /v1/rooms/shared', as: 'mina', query: 'userId=sam' },
  { route: 'GET /v1/rooms/:roomId', as: 'key' },
  { route: 'GET /v1/rooms/:roomId', as: 'mina' },
  { route: 'PATCH /v1/rooms/:roomId', as: 'key', body: { name: 'Renamed', data: { new: 1 } } },
  { route: 'PATCH /v1/rooms/:roomId', as: 'mina', body: { name: 'Renamed again' } },
  { route: 'PUT /v1/rooms/:roomId/description', as: 'mina', body: { description: 'described' } },
  {
    route: 'PATCH /v1/rooms/:roomId/settings',
    as: 'mina',
    body: { slowMode: 0, history: 'all', post: 'all' },
  },
  { route: 'POST /v1/rooms/:roomId/join', as: 'ada', body: {} },
  { route: 'POST /v1/rooms/:roomId/join', as: 'kim', body: { code: link.code } },
  { route: 'GET /v1/rooms/:roomId/members', as: 'key' },
  { route: 'GET /v1/rooms/:roomId/members', as: 'mina', query: 'q=of' },
  { route: 'PUT /v1/rooms/:roomId/members', as: 'key', query: 'userId=tom', body: {} },
  { route: 'PUT /v1/rooms/:roomId/members', as: 'mina', query: 'userId=lee', body: { role: 'owner' } },
  { route: 'PUT /v1/rooms/:roomId/members/:userId', as: 'key', body: { role: 'owner' } },
  { route: 'PUT /v1/rooms/:roomId/members/:userId', as: 'mina', body: { role: 'member' } },
  { route: 'DELETE /v1/rooms/:roomId/members', as: 'key', query: 'userId=tom' },
  { route: 'DELETE /v1/rooms/:roomId/members', as: 'mina', query: 'userId=kim' },
  { route: 'DELETE /v1/rooms/:roomId/members/:userId', as: 'lee', of: { userId: 'lee' } },
  {
    route: 'PUT /v1/rooms/:roomId/messages/:messageId',
    as: 'mina',
    of: { messageId: only },
    body: { text: 'new' },
  },
  {
    ...{ route: 'PUT /v1/rooms/:roomId/messages/:messageId', as: 'key', of: { messageId: uuidv7() } },
    body: { text: 'from the site', data: { new: 1 } },
  },
  { route: 'GET /v1/rooms/:roomId/messages', as: 'key' },
  { route: 'GET /v1/rooms/:roomId/messages', as: 'mina' },
  { route: 'GET /v1/rooms/:roomId/messages/:messageId', as: 'key' },
  { route: 'GET /v1/rooms/:roomId/messages/:messageId', as: 'mina' },
  { route: 'GET /v1/rooms/:roomId/changes', as: 'mina', query: 'since=0' },
  { route: 'GET /v1/rooms/:roomId/pins', as: 'mina' },
  { route: 'PATCH /v1/rooms/:roomId/messages/:messageId', as: 'mina', body: { text: 'edited' } },
  {
    route: 'PATCH /v1/rooms/:roomId/messages/:messageId',
    as: 'key',
    of: { messageId: ofSite },
    body: { text: 'new' },
  },
  { route: 'PUT /v1/rooms/:roomId/messages/:messageId/pin', as: 'mina', body: { on: false } },
  {
    ...{ route: 'PUT /v1/rooms/:roomId/messages/:messageId/reactions/:emoji', as: 'sam' },
    body: { on: false },
  },
  { route: 'PUT /v1/rooms/:roomId/read', as: 'sam', body: { seq: 1 } },
  { route: 'PATCH /v1/rooms/:roomId/me', as: 'sam', body: { pinned: true } },
  { route: 'DELETE /v1/rooms/:roomId/messages/:messageId', as: 'mina' },
  { route: 'DELETE /v1/rooms/:roomId/messages/:messageId', as: 'key', of: { messageId: ofSite } },
  { route: 'GET /v1/links/:code', as: 'lee' },
  { route: 'GET /v1/rooms/:roomId/links', as: 'mina' },
  { route: 'POST /v1/rooms/:roomId/links', as: 'mina', body: { id: uuidv7(), maxUses: 2 } },
  { route: 'DELETE /v1/rooms/:roomId/links/:linkId', as: 'mina' },
  { route: 'GET /v1/directory', as: 'mina' },
  { route: 'GET /v1/export', as: 'key', query: 'userId=sam' },
  { route: 'DELETE /v1/rooms/:roomId', as: 'key', of: { roomId: gone } },
  { route: 'DELETE /v1/rooms/:roomId', as: 'mina', of: { roomId: alsoGone } },
  { route: 'DELETE /v1/users', as: 'key', query: 'userId=kim' },
  { route: 'DELETE /v1/users/:userId', as: 'key', of: { userId: 'tom' } },
]

for (const [walked, still] of [
  [aSite('home'), aSite('away')],
  [aSite('away'), aSite('home')],
] as const) {
  describe(`the same ids at ${walked.id} and ${still.id}, and everything is done at ${walked.id}:`, () => {
    const foreign = new RegExp(still.words)
    const receivers = new Map([walked, still].map(({ id }) => [id, new Receiver(secretOf(id))]))
    const outbound: Receiver['outbound'] = (url, how) =>
      (receivers.get(new URL(url).hostname.split('.')[0] ?? '') ?? assert.fail(url)).outbound(url, how)
    const keys = new Map<string, string>()
    let time = Date.now()
    const now = () => time
    let server: TestServer
    let listeners: TestClient[]
    let rowsBefore: string[]

    before(async () => {
      server = await startServer({ tenants: [walked, still], now, outbound })
      const { stores, chatter } = server
      await settle(server, still)
      await settle(server, walked)
      await stores.forTenant(still.id).append({ room, id: only, author: 'sam', text: `only ${still.words}` })
      // The same ids: one is disabled there, and one erased.
      await chatter.disableUser('ada', still.id)
      await chatter.eraseUser('zoe', still.id)
      for (const { id } of [walked, still]) {
        const { text, ...key } = makeKey()
        await stores.keys.add(id, { ...key, name: id, scopes: ['admin'], createdAt: 0 })
        keys.set(id, text)
        const url = `https://${id}.example/hook`
        await stores.webhooks.add({
          tenant: id,
          id: hook,
          url,
          events: 'all',
          secrets: [secretOf(id)],
          createdAt: 0,
        })
      }
      listeners = [await join(still, 'mina'), await join(still, 'sam')]
      for (const { socket } of listeners) await socket.event('presence')
      rowsBefore = rowsOf(server, still)
    })
    after(() => server[Symbol.asyncDispose]())

    const tokenOf = (site: Site, user: string) =>
      signToken(user, { secret: site.secret, aud: `${site.id}.test`, iat: Math.floor(time / 1000) })
    const join = async (site: Site, user: string): Promise<TestClient> =>
      (await connectHost(server.url, `${site.id}.test`)).hello(await tokenOf(site, user))
    async function ask(site: Site, { route, as, query, body, of, more }: Step) {
      const [method = '', pattern = ''] = route.split(' ')
      const parameters: Record<string, string> = { ...ids, ...of }
      const path = pattern.replace(/:(\w+)/g, (_, name) => encodeURIComponent(parameters[name] ?? ''))
      const token = as === 'key' ? keys.get(site.id) : as && (await tokenOf(site, as))
      const url = `${server.url}${path.slice(1)}${query === undefined ? '' : `?${query}`}`
      const how = { method, ...(token && { token }), ...(body && { body }), ...(more && { more }) }
      return askHost(url, `${site.id}.test`, how)
    }
    const untouched = (what: string) => assert.deepEqual(rowsOf(server, still), rowsBefore, what)

    it('every frame answers and changes one of them alone', async () => {
      const [mina, sam] = [await join(walked, 'mina'), await join(walked, 'sam')]
      const token = await tokenOf(walked, 'mina')
      const text = { roomId: room, messageId: answered, text: 'in a frame' }
      const walk: { [N in FrameName]: [as: TestClient, frame: object, answer?: string] } = {
        // Said already, by join.
        hello: [mina, { client: 'test/1', token }, 'bad_request'],
        auth: [mina, { token }],
        send: [sam, { ...text, messageId: uuidv7() }],
        edit: [sam, text],
        react: [mina, { roomId: room, messageId: answered, emoji: '👍', on: true }],
        pin: [mina, { roomId: room, messageId: answered, on: true }],
        read: [mina, { roomId: room, seq: 2 }],
        arrange: [mina, { roomId: room, pinned: true }],
        typing: [mina, { roomId: room }],
        changes: [mina, { roomId: room, since: 0 }],
        delete: [sam, { roomId: room, messageId: answered }],
        ping: [mina, {}],
      }
      assert.deepEqual(Object.keys(walk).sort(), Object.keys(frames).sort())
      for (const [t, [{ socket }, frame, expected = 'ok']] of Object.entries(walk)) {
        if (t === 'typing') socket.post({ t, ...frame })
        else {
          const answer = await socket.ask({ t, ...frame })
          assert.equal(
            answer.t === 'err' ? answer.code : answer.t,
            expected,
            `${t} ${JSON.stringify(answer)}`,
          )
        }
        untouched(t)
      }
      await sam.socket.event('typing')
      for (const { socket } of [mina, sam]) {
        assert.doesNotMatch(JSON.stringify(socket.frames), foreign)
        await socket.close()
      }
    })

    it('every route answers and changes one of them alone', async () => {
      const tenant = (await server.stores.tenants.list()).find(({ id }) => id === walked.id)
      const all = steps(await signGuestToken(guest, tenant ?? assert.fail(), time))
      const known = server.chatter.routes.filter((route) => route.includes(' /v1/'))
      assert.deepEqual([...new Set(all.map(({ route }) => route))].sort(), known.toSorted())
      for (const step of all) {
        const answer = await ask(walked, step)
        const what = `${step.route} as ${step.as}: ${answer.status} ${answer.text}`
        assert.ok(answer.status >= 200 && answer.status < 300, what)
        assert.doesNotMatch(answer.text, foreign, what)
        untouched(what)
      }
    })

    it('the other hears nothing of it', async () => {
      for (const { socket } of listeners) {
        await socket.settle()
        const news = socket.frames.filter(({ t }) => !['ok', 'ready', 'presence', 'heads'].includes(t))
        assert.deepEqual(news, [])
        assert.doesNotMatch(JSON.stringify(socket.frames), new RegExp(walked.words))
        await socket.close()
      }
    })

    it('webhooks are told every event of it, and nothing of the other’s', async () => {
      // Who has been away is told of, too.
      time += 10 * minute
      const { stores } = server
      const deliveries = new Deliveries({
        ...{ store: stores.webhooks, forTenant: (id) => stores.forTenant(id), outbound, node: 'a node', now },
        ...{ tenantOf: () => undefined, isDisabled: () => false, random: () => 1, log: silent },
        onError: (error) => assert.fail(error as Error),
      })
      await deliveries.look()
      await deliveries.look()
      const told = receivers.get(walked.id)?.heard ?? []
      const names = new Set(told.flatMap(({ body }) => body.events.map(({ type }) => type)))
      assert.deepEqual([...names].sort(), Object.keys(webhookEvents).sort())
      assert.doesNotMatch(JSON.stringify(told), foreign)
      assert.deepEqual(receivers.get(still.id)?.heard, [])
    })

    it('a repeated request, a tag and a key count where they belong', async () => {
      // What was answered goes with whoever is erased.
      const isErased = async () => (await server.stores.erasures.list(0)).every(({ user }) => user === null)
      await until(isErased, 'who was erased by a route is gone')
      // The same name at both is another request: each has an answer of its own, and has it again.
      const again: Step = {
        ...{ route: 'POST /v1/rooms', as: 'key', body: { members: ['mina', 'lee'], name: 'Repeated' } },
        more: { 'idempotency-key': 'another-name' },
      }
      const [mine, theirs] = [await ask(walked, again), await ask(still, again)]
      assert.deepEqual([mine.status, theirs.status], [201, 201])
      assert.notEqual((mine.json as { id: string }).id, (theirs.json as { id: string }).id)
      const other = await ask(walked, { ...again, body: { members: ['mina'], name: 'Other' } })
      assert.match(other.text, /key_reused/)
      assert.equal((await ask(walked, again)).text, mine.text)
      assert.equal((await ask(still, again)).text, theirs.text)
      // A tag is that of one's own row: the other's has moved on, and does not count.
      const here: Step = { route: 'GET /v1/rooms/:roomId', as: 'key' }
      const change: Step = { route: 'PATCH /v1/rooms/:roomId', as: 'key', body: { name: 'Matched' } }
      const [{ etag = '' }, { etag: strange = '' }] = [await ask(walked, here), await ask(still, here)]
      assert.notEqual(etag, strange)
      assert.equal((await ask(walked, { ...change, more: { 'if-match': strange } })).status, 412)
      assert.equal((await ask(walked, { ...change, more: { 'if-match': etag } })).status, 200)
      const token = keys.get(still.id) ?? assert.fail()
      assert.equal((await askHost(`${server.url}v1/users`, `${walked.id}.test`, { token })).status, 401)
    })

    it('it is exported, loses what is old, is disabled and removed, and the other stays as it is', async () => {
      const { stores, folder } = server
      const isTold = async () =>
        (await stores.webhooks.readBacklog({ tenant: still.id, id: hook })).events === 0
      await until(isTold, 'what it repeated there was delivered there')
      const rows = rowsOf(server, still)
      const mine = () => stores.forTenant(walked.id)
      let exported = ''
      for await (const piece of exportTenant({ from: folder, tenant: walked.id, now })) exported += piece
      for await (const line of exportUser(mine(), walked.id, 'mina')) exported += JSON.stringify(line)
      assert.match(exported, new RegExp(walked.words))
      assert.doesNotMatch(exported, foreign)
      const sweeper = new Sweeper({
        ...{ now: () => time + 9 * deliverForMs, forTenant: (id) => stores.forTenant(id) },
        tenants: () => [walked],
        settingsOf: () => settingsFrom({ keepDays: 1 }),
        forgetAnswers: async () => 0,
        onError: (error) => assert.fail(error as Error),
      })
      await sweeper.sweep()
      await sweeper.stop()
      assert.deepEqual((await mine().readPage(direct, {}, 5)).messages, [])
      const client = await join(still, 'mina')
      await stores.tenants.change(walked.id, { isDisabled: true })
      await until(
        async () => (await ask(walked, { route: 'GET /v1/me', as: 'mina' })).status === 503,
        'disabled',
      )
      await client.socket.settle()
      await client.socket.close()
      await stores.tenants.remove(walked.id)
      assert.deepEqual(rowsOf(server, still), rows)
    })
  })
}

function secretOf(id: string): string {
  return `whsec_${Buffer.from(`the secret of the hook of ${id}`).toString('base64')}`
}

/** All rows of the tenant, but for when its users were last here. */
function rowsOf({ folder }: TestServer, { id }: Site): string[] {
  return Object.entries(rowsIn(folder)).flatMap(([table, rows]) =>
    rows
      .map((row) => JSON.parse(row))
      .filter((row) => (table === 'tenants' ? row.id : row.tenant) === id)
      .map(({ last_seen_at: _, ...row }) => `${table} ${JSON.stringify(row)}`),
  )
}
