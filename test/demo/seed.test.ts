import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { people } from '../../demo/seed/people.ts'
import { rooms } from '../../demo/seed/rooms.ts'
import { seed } from '../../demo/seed.ts'
import type { MessageView } from '../../server/protocol/views.ts'
import { openSqlite } from '../../server/store/sqlite/open.ts'
import type { Store } from '../../server/store/store.ts'

const now = Date.parse('2026-03-14T12:00:00Z')

async function seeded<T>(look: (store: Store) => Promise<T>, times = 1): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'chatter-seed-'))
  try {
    for (let time = 0; time < times; time++) await seed(folder, now + time)
    const stores = openSqlite({ folder, role: 'server', now: () => now })
    const seen = await look(stores.forTenant('default'))
    await stores.close()
    return seen
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Everything that people see: each person's rooms, and each room's newest messages. */
async function everything(store: Store) {
  const seen = []
  for (const { id } of people) {
    const { rooms: listed } = await store.listRooms(id, { limit: 100 })
    seen.push(await Promise.all(listed.map(async (room) => [room, await store.readPage(room.id, {}, 200)])))
  }
  return seen
}

test('seeding twice is seeding once, and two seedings of one moment are equal', async () => {
  const once = await seeded(everything)
  assert.deepEqual(await seeded(everything, 2), once)
})

/** All of a room's messages, page by page. */
async function historyOf(store: Store, room: string): Promise<MessageView[]> {
  const all: MessageView[] = []
  for (let after = 0; ; ) {
    const { messages, newer } = await store.readPage(room, { after }, 200)
    all.push(...messages)
    after = messages.at(-1)?.seq ?? after
    if (!newer) return all
  }
}

test('each line stands in its room with its author, in its order, at its time, with its answers and reactions', async () => {
  await seeded(async (store) => {
    for (const { members, lines } of rooms(now)) {
      const { rooms: listed } = await store.listRooms(members[0] ?? '', { limit: 100 })
      const last = lines.at(-1)
      const room = listed.find(({ lastMessage }) => lastMessage?.text === last?.text)
      assert.ok(room, last?.text)
      const shown = (await historyOf(store, room.id)).map(
        ({ seq, authorId, text, createdAt, replyTo, reactions, site }) => ({
          author: authorId,
          text,
          at: Date.parse(createdAt),
          ...(replyTo && { answers: seq - replyTo.seq }),
          ...(site && { site }),
          ...(reactions && {
            reactions: Object.fromEntries(reactions.map(({ emoji, userIds }) => [emoji, userIds])),
          }),
        }),
      )
      assert.deepEqual(shown, lines)
    }
  })
})

test('nothing has happened yet in the future, at any hour of the day', async () => {
  for (let hour = 0; hour < 24; hour++) {
    const moment = now + hour * 3_600_000
    for (const { key, lines } of rooms(moment)) {
      const times = lines.map(({ at }) => at)
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
        key,
      )
      assert.ok(
        times.every((at) => at <= moment),
        key,
      )
    }
  }
})

test('there is a room of 5,000 messages, and somebody who has not read them all', async () => {
  await seeded(async (store) => {
    const { rooms: listed } = await store.listRooms('jo', { limit: 100 })
    const log = listed.find(({ name }) => name === 'Night log')
    assert.deepEqual([log?.head, log?.me?.unread], [5_000, 100])
  })
})

test('a room in which somebody has written is left alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chatter-seed-'))
  try {
    await seed(folder, now)
    const open = () => openSqlite({ folder, role: 'server', now: () => now })
    const stores = open()
    const store = stores.forTenant('default')
    const { rooms: listed } = await store.listRooms('jo', { limit: 100 })
    for (const { id } of listed)
      await store.append({ room: id, id: randomUUID(), author: 'jo', text: 'Hello' })
    const before = await everything(store)
    await stores.close()
    await seed(folder, now + 1)
    const again = open()
    assert.deepEqual(await everything(again.forTenant('default')), before)
    await again.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
