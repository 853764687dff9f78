import assert from 'node:assert/strict'
import { it } from 'node:test'
import { limits } from '../../../server/protocol/limits.ts'
import type { MessageView, RoomView } from '../../../server/protocol/views.ts'
import type { Position, StoredPage } from '../../../server/store/store.ts'
import type { Site, World } from './a-world.ts'

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value))
/** The longest text there is, of the characters that take most: six bytes each. */
const longest = '\u0001'.repeat(limits.textChars)

/** A page is never larger than whoever asked for it can be expected to take. */
export function bytePromises(world: World): void {
  it(`a page of history has at most ${limits.pageBytes} bytes, the messages nearest to its place`, async () => {
    const site = world.site()
    const room = await site.room('mina')
    for (let n = 1; n <= 30; n++) await site.say(room, 'mina', n % 2 ? longest : 'short')
    const all = await site.history(room)
    const positions: Position[] = [{}, { before: 20 }, { after: 3 }, { around: 15 }]
    const spans = new Map<string, [first: number, last: number]>()
    for (const position of positions) {
      const page = await site.store.readPage(room, position, limits.page)
      spans.set(Object.keys(position)[0] ?? 'newest', assertFitting(page, all))
    }
    assert.equal(spans.get('newest')?.[1], 30)
    assert.equal(spans.get('before')?.[1], 19)
    assert.equal(spans.get('after')?.[0], 4)
    const [first = 0, last = 0] = spans.get('around') ?? []
    assert.ok(first < 15 && last > 15)
  })

  it('a page of rooms has no more either, and the next one goes on where it ended', async () => {
    const site = world.site()
    const people = Array.from({ length: 49 }, (_, n) => `person-${n}`)
    await site.users('mina', ...people)
    const sizes = Array.from({ length: 60 }, (_, n) => (n % 3 ? people : []))
    const rooms = await Promise.all(sizes.map((others, n) => site.group(`room ${n}`, 'mina', ...others)))
    for (const room of rooms.slice(0, 3)) await site.say(room, 'mina', longest)
    const pages = await pagesOfRooms(site)
    assert.ok(pages.length > 1)
    for (const page of pages) {
      assert.ok(page.length > 0 && bytesOf(page) <= limits.pageBytes)
      for (const { members, memberCount } of page) assert.equal(members?.length, memberCount)
    }
    const seen = pages.flat().map(({ id }) => id)
    assert.deepEqual(seen.toSorted(), rooms.toSorted())
  })
}

/** What of the room's messages the page shows: all from the first to the last, as many as fit. */
function assertFitting(
  { messages, older, newer }: StoredPage,
  all: readonly MessageView[],
): [number, number] {
  assert.ok(bytesOf(messages) <= limits.pageBytes)
  assert.ok(bytesOf(messages) > limits.pageBytes / 2)
  const first = messages[0]?.seq ?? 0
  const last = messages.at(-1)?.seq ?? 0
  assert.deepEqual(messages, all.slice(first - 1, last))
  assert.deepEqual([older, newer], [first > 1, last < all.length])
  return [first, last]
}

async function pagesOfRooms({ store }: Site): Promise<RoomView[][]> {
  const pages: RoomView[][] = []
  for (let cursor: string | undefined; ; ) {
    const page = await store.listRooms('mina', { limit: limits.page, ...(cursor && { cursor }) })
    pages.push(page.rooms)
    cursor = page.cursor
    if (cursor === undefined) return pages
  }
}
