import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidv7 } from 'uuidv7'
import type { Stores } from '../../server/store/store.ts'
import { Site } from '../contract/store/a-world.ts'
import { aFolder, type Folder } from '../support/a-folder.ts'
import { chatterCommand } from '../support/chatter-command.ts'
import { aChatterFolder } from '../support/chatter-process.ts'
import { signToken } from '../support/server.ts'

const run = (folder: Folder, ...args: string[]) => chatterCommand(folder.path, ...args)
const json = async (folder: Folder, ...args: string[]) => JSON.parse(await run(folder, ...args, '--json'))
/** A line of JSON for each. */
const lines = async (folder: Folder, ...args: string[]) =>
  (await run(folder, ...args, '--json'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

const siteOf = (stores: Stores, tenant: string) =>
  new Site(
    { stores, later: { amendAsBefore: async () => {}, addUsers: async () => {} }, close: async () => {} },
    tenant,
  )

/** A folder in which the tenants `default` and `acme` have users and rooms, and its one group of `default`. */
async function aFilledFolder(): Promise<Folder & { readonly group: string; readonly direct: string }> {
  const folder = aFolder()
  const stores = folder.open()
  const site = siteOf(stores, 'default')
  await site.store.saveUser({ id: 'mina', name: 'Mina Okafor', about: 'Sky watcher' })
  const direct = await site.room('mina', 'sam')
  const group = await site.group('Team', 'mina', 'sam', 'lee')
  await site.say(group, 'mina', 'a secret')
  await site.store.markRead(group, 'sam', 1)
  await site.store.markSeen(['mina'], Date.UTC(2026, 0, 2))
  await stores.tenants.add({ id: 'acme', hosts: ['acme.test'], secrets: ['s'.repeat(32)], origins: [] })
  await siteOf(stores, 'acme').users('kim')
  await stores.close()
  return Object.assign(folder, { group, direct })
}

test('a name turns no line of a terminal round, whatever an earlier build stored', async () => {
  using folder = await aFilledFolder()
  const stores = folder.open()
  const site = siteOf(stores, 'default')
  const hostile = '\u202eTeam\u0007\u009b2J\u2028\u{e0041}'
  await site.store.saveUser({ id: 'eve', name: hostile })
  await site.group(hostile, 'eve')
  await stores.close()
  const answers = [
    ['user', 'list'],
    ['user', 'show', 'eve'],
    ['room', 'list'],
  ].flatMap((command) => [run(folder, ...command), run(folder, ...command, '--json')])
  for (const printed of await Promise.all(answers)) {
    assert.match(printed, /Team/)
    assert.doesNotMatch(printed, /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u)
  }
  const listed = await lines(folder, 'user', 'list')
  assert.equal(listed.find(({ id }) => id === 'eve')?.name, hostile)
})

test('users are listed and shown, for programs and for people, of one tenant and of no other', async () => {
  using folder = await aFilledFolder()
  const users = await lines(folder, 'user', 'list')
  assert.deepEqual(users.map(({ id }) => id).sort(), ['lee', 'mina', 'sam'])
  const mina = {
    id: 'mina',
    name: 'Mina Okafor',
    about: 'Sky watcher',
    lastSeenAt: '2026-01-02T00:00:00.000Z',
  }
  assert.deepEqual(
    users.find(({ id }) => id === 'mina'),
    mina,
  )
  assert.deepEqual(await json(folder, 'user', 'show', 'mina'), { ...mina, rooms: 2 })
  assert.match(await run(folder, 'user', 'list'), /^id +name +seen +guest\n/)
  assert.match(await run(folder, 'user', 'show', 'mina'), /^name +Mina Okafor$/m)
  assert.deepEqual(
    (await lines(folder, 'user', 'list', '--tenant', 'acme')).map(({ id }) => id),
    ['kim'],
  )
  await assert.rejects(run(folder, 'user', 'show', 'mina', '--tenant', 'acme'), /no user "mina"/)
  await assert.rejects(
    run(folder, 'user', 'list', '--tenant', 'acne'),
    /no tenant "acne", did you mean acme\?/,
  )
  await run(folder, 'tenant', 'add', 'default', '--host', 'chat.test', '--yes')
  await assert.rejects(
    run(folder, 'user', 'list', '--tenant', 'zz'),
    /no tenant "zz": --tenant may be default, acme$/m,
  )
})

test('more users than a page has are all listed', async () => {
  using folder = aFolder()
  const stores = folder.open()
  await siteOf(stores, 'default').users(...Array.from({ length: 450 }, (_, n) => `u${n}`))
  await stores.close()
  assert.equal(new Set((await lines(folder, 'user', 'list')).map(({ id }) => id)).size, 450)
})

test('rooms are listed and shown without what is said in them, and so are their members', async () => {
  using folder = await aFilledFolder()
  const { group, direct } = folder
  const rooms = await lines(folder, 'room', 'list')
  assert.deepEqual(rooms.map(({ id }) => id).sort(), [group, direct].sort())
  const shown = await json(folder, 'room', 'show', group)
  assert.deepEqual([shown.name, shown.memberCount, shown.kind], ['Team', 3, 'group'])
  for (const args of [['list'], ['show', group], ['members', group]])
    for (const how of [[], ['--json']])
      assert.doesNotMatch(await run(folder, 'room', ...args, ...how), /secret/)
  const ofLee = await lines(folder, 'room', 'list', '--user', 'lee')
  assert.deepEqual(ofLee, [shown])
  const members = await lines(folder, 'room', 'members', group)
  const roles = members.map(({ userId, role, readSeq }) => [userId, role, readSeq])
  assert.deepEqual(roles, [
    ['lee', 'member', 0],
    ['mina', 'owner', 0],
    ['sam', 'member', 1],
  ])
  assert.equal(members[1].name, 'Mina Okafor')
  assert.match(await run(folder, 'room', 'members', group), /^user +name +role +read +last\n/)
  assert.equal(await run(folder, 'room', 'list', '--tenant', 'acme'), 'No rooms.')
  assert.equal(await run(folder, 'room', 'list', '--tenant', 'acme', '--json'), '')
  await assert.rejects(run(folder, 'room', 'show', group, '--tenant', 'acme'), /no room/)
  await assert.rejects(run(folder, 'room', 'list', '--user', 'nobody'), /no user "nobody"/)
})

test('a group is deleted with all its messages, and only where that was meant', async () => {
  using folder = await aFilledFolder()
  const { group, direct } = folder
  await assert.rejects(run(folder, 'room', 'delete', group), /--yes: expected/)
  await assert.rejects(run(folder, 'room', 'delete', direct, '--yes'), /only groups/)
  await assert.rejects(run(folder, 'room', 'delete', uuidv7(), '--yes'), /no such room/)
  assert.deepEqual(await json(folder, 'room', 'delete', group, '--yes'), { deleted: group })
  await assert.rejects(run(folder, 'room', 'show', group), /no room/)
  const stores = folder.open()
  assert.deepEqual((await stores.forTenant('default').readPage(group, {}, 9)).messages, [])
  await stores.close()
})

test('a group that is deleted beside a running server is gone for who has it open, once they ask for anything there', async () => {
  await using folder = aChatterFolder()
  const server = await folder.serve()
  const mina = await (await server.socket()).hello(await signToken('mina'))
  const made = await fetch(`${server.url}v1/rooms`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await signToken('mina')}`, 'content-type': 'application/json' },
    body: JSON.stringify({ memberIds: [], kind: 'group', name: 'Team' }),
  })
  const { id: roomId } = await made.json()
  await mina.send(roomId, 'hello')
  await chatterCommand(folder.path, 'room', 'delete', roomId, '--yes')
  const refused = await mina.err({ t: 'send', roomId, messageId: uuidv7(), text: 'still there?' })
  assert.equal(refused.code, 'not_found')
  await mina.socket.event('gone', (event) => event.roomId === roomId)
})
