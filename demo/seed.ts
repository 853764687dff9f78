import { hash } from 'node:crypto'
import { draftOf } from '../server/commands/open.ts'
import type { MentionView } from '../server/protocol/views.ts'
import { mentionsOf } from '../server/rules/mentions.ts'
import { settingsFrom } from '../server/rules/settings.ts'
import { openSqlite } from '../server/store/sqlite/open.ts'
import type { Store } from '../server/store/store.ts'
import type { Line, SeedRoom } from './seed/conversation.ts'
import { people } from './seed/people.ts'
import { rooms } from './seed/rooms.ts'

const batchSize = 500

/**
 * Fills the database in a folder, which no server may be using, with the demo's people and rooms. It goes on where an
 * interrupted one stopped, and leaves alone what is there: ids are made of names, a room knows how far it got, and one
 * in which somebody has written is theirs.
 */
export async function seed(folder: string, now: number): Promise<void> {
  // History needs a clock of its own: each write below reads it once, and finds the time it happened at.
  const clock = { times: [] as number[], rest: now }
  const stores = openSqlite({ folder, role: 'server', now: () => clock.times.shift() ?? clock.rest })
  try {
    const store = stores.forTenant('default')
    await Promise.all(people.map(({ id, name, role }) => store.saveUser({ id, name, about: role })))
    for (const room of rooms(now)) {
      clock.rest = room.lines[0]?.at ?? now
      const id = await openRoom(store, room)
      const { head = 0 } = (await store.findRoom(id)) ?? {}
      if (head > 0 && (await store.findMessage(id, messageId(id, head - 1)))?.seq !== head) continue
      for (let from = head; from < room.lines.length; from += batchSize) {
        const batch = room.lines.slice(from, from + batchSize)
        clock.times = batch.map(({ at }) => at)
        await Promise.all(batch.map((line, index) => write(store, id, line, from + index)))
      }
      clock.rest = room.lines.at(-1)?.at ?? now
      await react(store, id, room)
      await markRead(store, id, room)
    }
  } finally {
    await stores.close()
  }
}

async function openRoom(store: Store, { key, name, members }: SeedRoom): Promise<string> {
  const id = uuidOf(`room ${key}`)
  const { room } = await store.openRoom(
    draftOf({ id, memberIds: [...members], ...(name && { name }) }, settingsFrom({}), () => id),
  )
  return room
}

const messageId = (room: string, index: number) => uuidOf(`message ${room} ${index}`)

const write = (store: Store, room: string, line: Line, index: number) =>
  line.site
    ? store.appendFromSite({ room, id: messageId(room, index), site: line.site })
    : store.append(draft(room, line, index))

const draft = (room: string, { author, text, answers }: Line, index: number) => ({
  room,
  id: messageId(room, index),
  author,
  text,
  ...(answers !== undefined && { replyTo: messageId(room, index - answers) }),
  ...mentionsOf({ mentions: mentioned(text) }, text),
})

/** Whoever stands in it as @ and the whole name. */
function mentioned(text: string): MentionView[] {
  return people.flatMap(({ id, name }) => {
    const at = text.indexOf(`@${name}`)
    return at < 0 ? [] : [{ userId: id, at, length: name.length + 1 }]
  })
}

async function react(store: Store, room: string, { lines }: SeedRoom): Promise<void> {
  for (const [index, { reactions = {} }] of lines.entries())
    for (const [emoji, users] of Object.entries(reactions))
      for (const by of users) await store.react({ room, id: messageId(room, index), by, emoji, on: true })
}

async function markRead(
  store: Store,
  room: string,
  { members, lines, unread = {} }: SeedRoom,
): Promise<void> {
  await Promise.all(members.map((user) => store.markRead(room, user, lines.length - (unread[user] ?? 0))))
}

/** A UUID that is the same for the same name, so that seeding twice makes nothing twice. */
function uuidOf(name: string): string {
  const digits = hash('sha256', name)
  const group = (from: number, to: number) => digits.slice(from, to)
  // Version 8, variant 1: a UUID of one's own making (RFC 9562).
  return `${group(0, 8)}-${group(8, 12)}-8${group(13, 16)}-a${group(17, 20)}-${group(20, 32)}`
}
